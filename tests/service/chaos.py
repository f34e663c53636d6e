# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""chaos.py - everything of a service is killed at random while clients submit;
in the end nothing may be lost, and nothing may be signed twice differently.

	chaos.py JOBS MINUTES SEED DATABASE [FILE]

Ends submitting after so many jobs or minutes, what comes first.  DATABASE:
postgresql or sqlite; FILE: gets a line of its table."""
import collections
import datetime
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Tap  # noqa: E402
from fleet import Fleet  # noqa: E402
from invariants import FINAL, broken  # noqa: E402
from variants import Variants  # noqa: E402

T = os.environ.get("T", "armv7")
CLIENTS = 8
JOBS_PER_KILL = 8       # on average
PAUSE_MAX = 30          # seconds between two kills
VICTIMS = {"VM": 40, "worker": 20, "signer": 15, "front end": 12,
           "front end (SIGTERM)": 5, "database": 8}
tap = Tap()
ok = tap.ok


class Chaos:
    def __init__(self, jobs, minutes, seed, postgres):
        self.want, self.rnd = jobs, random.Random(seed)
        self.minutes = minutes
        self.fleet = Fleet(os.path.realpath(tempfile.mkdtemp()), postgres, 3)
        self.victims = dict(VICTIMS)
        if not postgres:
            # what writes to SQLite's file are the processes themselves
            del self.victims["database"]
        self.variants = Variants(f"build/{T}/examples",
                                 "build/tests/guest/bad.bpf.o", seed)
        self.lock = threading.Lock()
        self.taken = 0
        self.accepted = {}      # id: (kind, name, bytes)
        self.kills = collections.Counter()
        self.retries = collections.Counter()
        self.over = threading.Event()

    # ---- clients ----

    def client(self):
        while True:
            with self.lock:
                if self.taken == self.want or time.monotonic() > self.end:
                    return
                self.taken += 1
                kind, name, data = self.variants.next()
            while not self.submit(kind, name, data):
                time.sleep(0.3)

    def submit(self, kind, name, data):
        """True once it was acknowledged, which is a promise."""
        status, body = self.fleet.submit(name, data, T)
        ident = self.fleet.accepted(status, body, data)
        if ident == "":
            with self.lock:
                self.retries["refused at the door"] += 1
            return True
        if not ident:
            with self.lock:
                self.retries[status] += 1
            return False
        with self.lock:
            self.accepted[ident] = (kind, name, data)
        # a queue that is not too long: kills shall find jobs at all stages
        for _ in range(600):
            j = self.fleet.job(ident)
            if j and j["state"] in FINAL:
                break
            time.sleep(0.1)
        return True

    # ---- what happens to it ----

    def strike(self):
        part = self.rnd.choices(list(self.victims),
                                list(self.victims.values()))[0]
        if part == "database":
            self.fleet.db.restart()
        elif part == "front end (SIGTERM)":
            if not self.fleet.kill(self.fleet.pids("front end")[0], 15):
                return
        else:
            pids = self.fleet.pids(part)
            if not pids or not self.fleet.kill(self.rnd.choice(pids)):
                return
        self.kills[part] += 1

    def killer(self):
        """Paced by what is done, not by the clock: on a machine that is slow
        or busy as many jobs lie between two kills."""
        while not self.over.is_set():
            due = len(self.accepted) + self.rnd.randint(0, 2 * JOBS_PER_KILL)
            end = time.monotonic() + PAUSE_MAX
            while (len(self.accepted) < due and time.monotonic() < end and
                   not self.over.wait(0.05)):
                pass
            self.over.wait(self.rnd.random() / 2)
            self.strike()

    # ---- the whole ----

    def run(self):
        f = self.fleet
        f.start()
        self.end = time.monotonic() + 60 * self.minutes
        clients = [threading.Thread(target=self.client) for _ in range(CLIENTS)]
        killer = threading.Thread(target=self.killer)
        for t in [*clients, killer]:
            t.start()
        start = shown = time.monotonic()
        while any(t.is_alive() for t in clients):
            time.sleep(1)
            if time.monotonic() > shown + 60:
                shown = time.monotonic()
                print(f"# {len(self.accepted)} accepted, {shown - start:.0f} s, "
                      f"{sum(self.kills.values())} kills", flush=True)
        self.over.set()
        killer.join()
        self.seconds = time.monotonic() - start
        f.wait_healthy()
        self.settle()

    def settle(self):
        """Until nothing is queued or running."""
        end = time.monotonic() + 600
        while time.monotonic() < end:
            n = self.fleet.db.rows("SELECT count(*) FROM jobs WHERE state IN"
                                   " ('queued', 'running')")[0][0]
            if n == "0":
                return
            time.sleep(0.5)

    def failed_again(self):
        """A job that failed with its workers can be asked for anew, and then
        has its result: the killing is over."""
        bad = []
        for (i,) in self.fleet.db.rows("SELECT id FROM jobs"
                                       " WHERE state = 'failed'"):
            _, name, data = self.accepted[i]
            self.fleet.submit(name, data, T, wait=120)
            j = self.fleet.job(i)
            if not j or j["state"] not in ("done", "refused"):
                bad.append((i, j and j["state"], j and j.get("reason")))
        return bad

    def asked_again(self):
        """The same bytes, and the same job."""
        bad = []
        done = self.fleet.db.rows("SELECT id, blob FROM jobs"
                                  " WHERE state = 'done' ORDER BY id")
        for i, digest in self.rnd.sample(done, min(len(done), 100)):
            _, name, data = self.accepted[i]
            status, body = self.fleet.submit(name, data, T, wait=60)
            same = self.fleet.job(i)
            _, blob = self.fleet.try_request("GET", f"/v1/blobs/{digest}")
            if status != 200 or body != blob or same["blob"] != digest:
                bad.append((i, status))
        return bad


def states(f):
    return dict(f.db.rows("SELECT state, count(*) FROM jobs GROUP BY state"))


def write(path, c, states_, lines, database, seed):
    head = """<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
# Chaos test

`make check-chaos` submits objects to a service, each unlike the others, some of them bad or broken, while at random times SIGKILL hits front end, workers, signer and virtual machines, the front end is ended by SIGTERM, and the database server is stopped as by a crash and started again.
Clients ask again until a job is acknowledged.
In the end the database and the signing log are read: every job that was acknowledged is there and has ended, with a reason if it was refused or failed; no job was signed with two contents and no content in two ways; the log's chain holds; every blob passes `vorw check`; what failed because of the kills can be asked for anew, and asking again gives the same bytes; no process is left.
A line stands here only if all of that was so.
`JOBS=n` is how many objects at most, `MINUTES=n` how long they are submitted, `SEED=n` makes the same choices again; each line was added by the tool.

| date (UTC) | commit | database | jobs accepted | done | refused | failed | killed | minutes | seed |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"],
                            capture_output=True, text=True,
                            check=False).stdout.strip() or "?"
    killed = ", ".join(f"{k} {n}" for k, n in sorted(c.kills.items()))
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as f:
            f.write(head)
    with open(path, "a", encoding="utf-8") as f:
        f.write(f"| {datetime.datetime.utcnow():%Y-%m-%d %H:%M} | {commit} | "
                f"{database} | {len(c.accepted)} | "
                f"{states_.get('done', 0)} | {states_.get('refused', 0)} | "
                f"{states_.get('failed', 0)} | {killed} | "
                f"{c.seconds / 60:.0f} | {seed} |\n")


def main(jobs, minutes, seed, database, path=None):
    c = Chaos(jobs, minutes, seed, database == "postgresql")
    f = c.fleet
    try:
        c.run()
        ends = states(f)
        print(f"# {ends}, killed: {dict(c.kills)}, not acknowledged at once: "
              f"{dict(c.retries)}, {c.seconds:.0f} s")
        lines = []
        ok(len(c.accepted) + c.retries["refused at the door"] == c.taken,
           f"every object was acknowledged in the end ({c.taken})",
           len(c.accepted))
        for what, n, wrong in broken(f, c.accepted):
            ok(not wrong, f"{what} ({n})", wrong[:20])
            lines.append((what, n))
        bad = c.failed_again()
        ok(not bad, "what failed is done when it is asked for again", bad)
        bad = c.asked_again()
        ok(not bad, "who asks again gets the same bytes", bad)
        ok(f.stop(), "all end by SIGTERM, exit 0")
        left = f.left()
        ok(not left, "no process is left", left)
        files = set(os.listdir(f.state)) - {
            "vorw.db", "vorw.db-wal", "vorw.db-shm", "signing.log",
            "signer.sock"}
        ok(not files, "no file is left", files)
        if path and not tap.bad:
            write(path, c, ends, lines, database, seed)
    finally:
        if tap.bad:
            with open(f"{f.dir}/log", encoding="utf-8",
                      errors="replace") as log:
                print("".join("# " + x for x in log.readlines()[-80:]))
        f.remove()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4]), *sys.argv[4:]))
