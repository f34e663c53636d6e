# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""bench.py - what the service costs, measured: to docs/service-bench.md.

	bench.py FILE [JOBS]

Everything runs on this machine, the clients too.  CPU seconds are the kernel's,
of all processes of the service; they depend less than rates on what else runs."""
import concurrent.futures
import datetime
import hashlib
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import T, Service, Tap, commit  # noqa: E402
from fleet import children, command_of  # noqa: E402
from variants import GOOD, Variants  # noqa: E402

EXAMPLES = f"build/{T}/examples"
TICK = os.sysconf("SC_CLK_TCK")
DIR = tempfile.mkdtemp()
TINY = f"{EXAMPLES}/02-xdp-deny.o"


def load():
    return os.getloadavg()[0]


def tree(pid):
    """pid and all below it."""
    out = [pid]
    for c in children(pid):
        out += tree(c)
    return out


def cpu(pid, reaped=True):
    """Seconds used by a process, its children that ended included."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            x = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(v) for v in x[11:15 if reaped else 13]) / TICK


def pss(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1]) / 1024
    except (OSError, TypeError):
        return 0.0


def percentiles(values):
    v = sorted(values)
    return [v[min(len(v) - 1, int(len(v) * p))] for p in (0.5, 0.9, 0.99)]


def ms(values):
    return " / ".join(f"{1000 * x:.0f}" for x in percentiles(values))


def verdict(good):
    return "met" if good else "missed"


class Bench:
    def __init__(self, jobs):
        self.jobs = jobs
        self.rows = []
        self.v = Variants(EXAMPLES, "build/tests/guest/bad.bpf.o", 7)

    def row(self, what, value, goal=""):
        self.rows.append((what, value, goal, f"{load():.1f}"))
        print(f"# {what}: {value} (load {load():.1f}) {goal}", flush=True)

    def good(self):
        while True:
            kind, name, data = self.v.next()
            if kind == "good":
                return name, data

    # ---- the command line ----

    def command_line(self):
        for what, extra in (("booting", ["--cold"]), ("from a snapshot", [])):
            wall, used = [], []
            for _ in range(3):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                start = time.monotonic()
                p = subprocess.run(
                    ["build/vorw", "verify", TINY, "-t", T, *extra, "-o",
                     f"{DIR}/x.blob"], check=True, capture_output=True,
                    text=True)
                wall.append(time.monotonic() - start)
                if ("from its snapshot" in p.stderr) == bool(extra):
                    raise RuntimeError(f"not {what}: {p.stderr}")
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                used.append(after.ru_utime + after.ru_stime -
                            before.ru_utime - before.ru_stime)
            self.row(f"`vorw verify`, {what}: best of 3",
                     f"{min(wall):.2f} s, {min(used):.2f} CPU s")
        self.snapshot_cpu = min(used)

    # ---- the service ----

    def start(self, *args):
        self.s = Service(Tap(), f"{DIR}/state", "--workers", "2",
                         "--max-per-address", "250", *args).start()
        _, first = self.many(1, 1)
        # both workers get their running VM, one after the other
        end = time.monotonic() + 300
        while sum('"template":"started"' in x for x in list(self.s.log)) < 2:
            if time.monotonic() > end:
                raise RuntimeError("no templates:\n" + "".join(self.s.log))
            self.many(2, 2)
        self.many(8, 4)
        return first[0]

    def submit(self, data, name="x.o", token=None, wait=120):
        headers = {"Prefer": f"wait={wait}" if wait else "respond-async"}
        if token:
            headers["Authorization"] = "Bearer " + token
        start = time.monotonic()
        a = self.s.submit([("object", (name, data)), ("target", T)], headers)
        return a, time.monotonic() - start

    def many(self, n, clients, token=None):
        """n objects from so many clients; seconds, and each one's."""
        todo = [self.good() for _ in range(n)]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            done = list(pool.map(
                lambda x: self.submit(x[1], x[0], token), todo))
        bad = [a.status for a, _ in done if a.status != 200]
        if bad:
            raise RuntimeError(f"not done: {bad}")
        return time.monotonic() - start, [t for _, t in done]

    def parts(self):
        """CPU seconds so far: front end, signer, workers, their VMs.  A VM's
        count when it has ended; templates are halted."""
        front = self.s.proc.pid
        out = {"front end": cpu(front, False), "signer": 0.0, "workers": 0.0,
               "VMs": 0.0}
        for c in children(front):
            words = command_of(c)
            if "worker" in words[:2]:
                out["workers"] += cpu(c, False)
                out["VMs"] += cpu(c) - cpu(c, False)
            else:
                out["signer"] += sum(cpu(p) for p in tree(c))
        return out

    def throughput(self):
        before = self.parts()
        seconds, each = self.many(self.jobs, 4)
        after = self.parts()
        used = {k: (after[k] - before[k]) / self.jobs for k in after}
        total = sum(used.values())
        self.row(f"{self.jobs} small objects, each a new one, 4 clients, "
                 "2 workers", f"{self.jobs / seconds:.1f} a second",
                 "≥ 10: " + verdict(self.jobs / seconds >= 10))
        self.row("their latency, ms (p50 / p90 / p99)", ms(each))
        self.row("CPU seconds of a job", f"{total:.3f} (" + ", ".join(
            f"{k} {v:.3f}" for k, v in used.items()) + ")")
        self.row("jobs in 2 CPU seconds, that is a second of two cores",
                 f"{2 / total:.1f}")
        self.row("a job's CPU seconds to those of `vorw verify` from a snapshot",
                 f"1 : {self.snapshot_cpu / total:.1f}")

    def latency(self):
        """One at a time: what is above the verifier's own time."""
        whole, above = [], []
        for _ in range(100):
            name, data = self.good()
            a, t = self.submit(data, name)
            digest = hashlib.sha256(data).hexdigest()
            j = self.s.get(f"/v1/jobs?object={digest}").json()["jobs"][0]
            rep = self.s.get(f"/v1/jobs/{j['id']}").json()["report"]
            own = sum(p.get("verification_usec", 0)
                      for p in rep["programs"]) / 1e6
            whole.append(t)
            above.append(t - own)
            assert a.status == 200
        self.row("new objects one at a time, ms (p50 / p90 / p99)", ms(whole))
        self.row("the same above the verifier's own time, ms", ms(above),
                 "≤ 300: " + ", ".join(
                     f"{p} {verdict(x <= 0.3)}" for p, x in
                     zip(("p50", "p90", "p99"), percentiles(above))))

    def cached(self):
        with open(TINY, "rb") as f:
            data = f.read()
        self.submit(data, "02-xdp-deny.o")
        with open(f"{DIR}/post.lua", "w", encoding="latin-1") as f:
            f.write('local f = io.open(os.getenv("OBJECT"), "rb")\n'
                    'local b = "xx-boundary"\n'
                    'wrk.method = "POST"\n'
                    'wrk.headers["Content-Type"] = '
                    '"multipart/form-data; boundary=" .. b\n'
                    'wrk.body = "--" .. b .. "\\r\\nContent-Disposition: '
                    'form-data; name=\\"object\\"; filename=\\"02-xdp-deny.o\\"'
                    '\\r\\n\\r\\n" .. f:read("*a") .. "\\r\\n--" .. b .. '
                    '"\\r\\nContent-Disposition: form-data; '
                    f'name=\\"target\\"\\r\\n\\r\\n{T}\\r\\n--" .. b .. '
                    '"--\\r\\n"\n')
        p = subprocess.run(
            ["wrk", "-t1", "-c8", "-d10s", "--latency", "-s", f"{DIR}/post.lua",
             f"http://127.0.0.1:{self.s.port}/v1/verify"], capture_output=True,
            text=True, check=True, env={**os.environ, "OBJECT": TINY})
        rate = re.search(r"Requests/sec:\s+([\d.]+)", p.stdout)[1]
        lat = dict(re.findall(r"(50|90|99)%\s+(\S+)", p.stdout))
        bad = re.search(r"Non-2xx.*", p.stdout)
        self.row("objects that were verified before, by wrk with 8 connections",
                 f"{float(rate):.0f} a second; {lat['50']} / {lat['90']} / "
                 f"{lat['99']}" + (f"; {bad[0]}" if bad else ""))

    def memory(self):
        front = self.s.proc.pid
        workers = [c for c in children(front) if "worker" in command_of(c)[:2]]
        vms = [v for w in workers for v in children(w)]
        copies, template = [], []
        stop = threading.Event()

        def look():
            while not stop.is_set():
                for w in workers:
                    for p in children(w):
                        (template if p in vms else copies).append(pss(p))
                time.sleep(0.02)
        t = threading.Thread(target=look)
        t.start()
        self.many(20, 2)
        stop.set()
        t.join()
        copies = [c for c in copies if c]
        self.row("memory (PSS), MiB: front end", f"{pss(front):.0f}")
        self.row("each worker", f"{sum(pss(w) for w in workers) / 2:.0f}")
        self.row("each halted VM, while it has no copy",
                 f"{sum(pss(v) for v in vms) / max(1, len(vms)):.0f}")
        if copies:
            self.row("a copy of it that runs, at most", f"{max(copies):.0f}")

    # ---- others ----

    def slow_clients(self):
        """Two hundred that send a byte a second."""
        stop = threading.Event()
        socks = []
        for _ in range(200):
            c = socket.create_connection(("127.0.0.1", self.s.port))
            c.setblocking(False)
            socks.append(c)

        def trickle():
            text = (b"POST /v1/verify HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    b"Content-Length: 1000000\r\nContent-Type: "
                    b"multipart/form-data; boundary=x\r\n\r\n" + b"x" * 4096)
            i = 0
            while not stop.wait(1):
                for c in socks:
                    try:
                        c.send(text[i:i + 1])
                    except OSError:
                        pass
                i += 1
        t = threading.Thread(target=trickle)
        t.start()
        _, each = self.many(20, 1)
        stop.set()
        t.join()
        for c in socks:
            c.close()
        self.row("new objects one at a time beside 200 clients that send a byte "
                 "a second, ms", ms(each))

    def crowd(self):
        """One submits thousands; another one's jobs go on, and a third's
        quota is full."""
        def token(name, *more):
            return subprocess.run(
                ["build/vorw", "token", "add", "--state", self.s.state,
                 "--name", name, "--scope", "submit", "--scope",
                 "read", *more], capture_output=True, text=True,
                check=True).stdout.strip()
        greedy, other = token("greedy"), token("other")
        full = token("full", "--max-queued", "3")
        self.s.token = other
        n = 10 * self.jobs
        todo = [self.good() for _ in range(n)]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda x: self.submit(
                x[1], x[0], greedy, 0)[0].status, todo))
        took = time.monotonic() - start
        self.row(f"{n} objects submitted by one token: acknowledged",
                 f"{codes.count(202)}, {n / took:.0f} a second")
        codes = [self.submit(self.good()[1], "x.o", full, 0)[0].status
                 for _ in range(10)]
        self.row("10 of a token with `--max-queued 3`", ", ".join(
            f"{codes.count(c)} answered {c}" for c in sorted(set(codes))))
        _, each = self.many(20, 1, other)
        self.row("another token's new objects, one at a time, meanwhile, ms",
                 ms(each))
        m = self.s.get("/metrics").body.decode()
        waiting = re.search(r'vorw_jobs\{state="queued"\} (\d+)', m)
        if waiting:
            self.row("still waiting then", waiting[1])


HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
# Measurements of the service

Written by `make bench-service`, not by hand.

- date (UTC): {date}
- commit: {commit}
- machine: {cpus} cores, {model}, QEMU with TCG
- target: {target}; the objects are {objects}, each with another number in one instruction
- clients and service share the cores; the last column is the machine's load average, so what is above {cpus} waited for others: rates and latencies are those of a machine that is that busy; CPU seconds say more, though they grow, too, where caches are shared with many

| what | measured | goal | load |
| --- | --- | --- | ---: |
"""


def main(path, jobs=200):
    b = Bench(jobs)
    try:
        b.command_line()
        b.row("the first object of a service that was just started, with a "
              "snapshot of the target", f"{b.start():.2f} s")
        b.throughput()
        b.latency()
        b.cached()
        b.memory()
        b.slow_clients()
        b.crowd()
        b.s.stop()
    finally:
        if hasattr(b, "s") and b.s.proc.poll() is None:
            b.s.proc.kill()
        shutil.rmtree(DIR, ignore_errors=True)
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD.format(
            date=f"{datetime.datetime.utcnow():%Y-%m-%d %H:%M}", commit=commit(),
            cpus=os.cpu_count(), model=model[1] if model else "?", target=T,
            objects=", ".join(GOOD)))
        for r in b.rows:
            f.write("| " + " | ".join(r) + " |\n")


if __name__ == "__main__":
    main(sys.argv[1], *[int(x) for x in sys.argv[2:]])
