# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the processes of a service have: memory and descriptors, over time."""
import os
import threading
import time

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
PERIOD = 5              # seconds
# More than this no process has, whatever it was asked: the front end has up to
# eight large objects and their copies at a time.
LIMITS = {"front end": (768, 80), "worker": (384, 64), "signer": (384, 48),
          "this test": (768, 64)}


def usage(pid):
    """(KiB resident, descriptors), None: it has ended."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as f:
            rss = int(f.read().split()[1]) * PAGE_KIB
        return rss, len(os.listdir(f"/proc/{pid}/fd"))
    except (OSError, ValueError, IndexError):
        return None


class Resources(threading.Thread):
    """Looks every few seconds until it is told to end."""

    def __init__(self, fleet):
        super().__init__(daemon=True)
        self.fleet = fleet
        self.over = threading.Event()
        self.seen = {}          # (part, pid): [first, last, since, until]
        self.peak = {}          # part: [KiB, descriptors]
        self.processes = 0

    def pids(self):
        return {"this test": [os.getpid()], **{
            p: self.fleet.pids(p) for p in ("front end", "worker", "signer")}}

    def look(self):
        for part, pids in self.pids().items():
            for pid in pids:
                now = pid and usage(pid)
                # one that is still vorw, before it becomes its part
                if not now or now[0] < 1024:
                    continue
                t = time.monotonic()
                v = self.seen.setdefault((part, pid), [now, now, t, t])
                v[1], v[3] = now, t
                peak = self.peak.setdefault(part, [0, 0])
                self.peak[part] = [max(a, b) for a, b in zip(peak, now)]
        self.processes = max(self.processes, len(self.fleet.here()))

    def run(self):
        while not self.over.wait(PERIOD):
            self.look()

    def stop(self):
        self.over.set()
        self.join()
        self.look()

    def too_much(self):
        return [(p, n, LIMITS[p]) for p, n in self.peak.items()
                if n[0] > LIMITS[p][0] * 1024 or n[1] > LIMITS[p][1]]

    def table(self):
        """part: first and last of the one that lived longest, and the peak of
        all."""
        out = []
        for part, peak in self.peak.items():
            first, last, _, _ = max(
                (v for (p, _), v in self.seen.items() if p == part),
                key=lambda v: v[3] - v[2])
            out.append(f"{part} {first[0] >> 10} → {last[0] >> 10} "
                       f"(≤ {peak[0] >> 10}) MiB, {first[1]} → {last[1]} "
                       f"(≤ {peak[1]})")
        return "; ".join(out)
