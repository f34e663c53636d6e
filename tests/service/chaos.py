# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""chaos.py - everything of a service is killed at random while clients submit,
hostile objects among the others; in the end nothing may be lost, every job has
ended as its object deserves, nothing is signed twice differently, and nothing
has grown.

	chaos.py JOBS MINUTES SEED DATABASE [FILE]

Ends submitting after so many jobs or minutes, what comes first.  DATABASE:
postgresql or sqlite; FILE: gets a line in the table at its end."""
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
from client import T, Tap, commit  # noqa: E402
from fleet import Fleet  # noqa: E402
from invariants import FINAL, broken, outcomes  # noqa: E402
from resources import Resources, usage  # noqa: E402
from variants import Variants  # noqa: E402

CLIENTS = 8
WORKERS = 3
JOBS_PER_KILL = 8       # on average
PAUSE_MAX = 30          # seconds between two kills
PATIENCE = 90           # of a client, with one job: a slow one has no others wait
SETTLE = 3600           # what was accepted has ended then
TWICE = 0.05            # of what is submitted is submitted once more
CALM = 1 << 20          # numbers of objects from there on: nothing is killed
CALM_JOBS = 40
CALM_ROUNDS = 5
GROWTH_KIB = 8          # a job, at most
VICTIMS = {"VM": 40, "worker": 20, "signer": 15, "front end": 12,
           "front end (SIGTERM)": 5, "database": 8}
tap = Tap()
ok = tap.ok


class Chaos:
    def __init__(self, jobs, minutes, seed, postgres):
        self.want, self.rnd = jobs, random.Random(seed)
        self.minutes, self.postgres = minutes, postgres
        self.fleet = Fleet(os.path.realpath(tempfile.mkdtemp()), postgres,
                           WORKERS)
        self.victims = dict(VICTIMS)
        if not postgres:
            # what writes to SQLite's file are the processes themselves
            del self.victims["database"]
        self.variants = Variants(f"build/{T}/examples",
                                 "build/tests/guest/bad.bpf.o", seed, True)
        self.resources = Resources(self.fleet)
        self.lock = threading.Lock()
        self.taken = 0
        self.accepted = {}      # id: number of the object
        self.kinds = {}         # id: (kind, name)
        self.door = collections.Counter()
        self.kills = collections.Counter()
        self.near = collections.Counter()   # id: kills while it was running
        self.retries = collections.Counter()
        self.others = []        # asked twice, answered with two jobs
        self.alone = {}
        self.over = threading.Event()
        self.settled = False

    # ---- clients ----

    def client(self):
        while True:
            with self.lock:
                if self.taken == self.want or time.monotonic() > self.end:
                    return
                self.taken += 1
                n = self.taken
                twice = self.rnd.random() < TWICE
            kind, name, data = self.variants.make(n)
            ident = self.submit(kind, name, data, n)
            if ident and twice and self.submit(kind, name, data, n) != ident:
                self.others.append(ident)
            # kills shall find jobs at all stages: no queue of thousands
            end = time.monotonic() + PATIENCE
            while ident and time.monotonic() < end and not self.ended(ident):
                time.sleep(0.3)

    def ended(self, ident):
        j = self.fleet.job(ident, wait=20)
        return j and j["state"] in FINAL

    def submit(self, kind, name, data, n=0):
        """The job's id, once it was acknowledged, which is a promise; "": the
        object was refused at the door.  n: of the variant, 0: none that counts."""
        while True:
            status, body = self.fleet.submit(name, data, T)
            ident = self.fleet.accepted(status, body, data)
            with self.lock:
                if not n:
                    pass
                elif ident:
                    self.accepted[ident] = n
                    self.kinds[ident] = kind, name
                elif ident == "":
                    self.door[kind] += 1
                else:
                    self.retries[status] += 1
            if ident is not None:
                return ident
            time.sleep(0.3)

    # ---- what happens to it ----

    def running(self):
        return {i for i, in self.fleet.db.rows(
            "SELECT id FROM jobs WHERE state = 'running'")}

    def strike(self):
        part = self.rnd.choices(list(self.victims),
                                list(self.victims.values()))[0]
        near = self.running()
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
        if part != "database":
            self.near.update(near | self.running())

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

    def hits(self):
        """How many attempts the kills can have cost: one of what ran there; a
        front end, its own workers; a database that is restarted, none."""
        return (self.kills["VM"] + self.kills["worker"] +
                (0 if self.postgres else WORKERS *
                 (self.kills["front end"] + self.kills["front end (SIGTERM)"])))

    # ---- the whole ----

    def run(self):
        f = self.fleet
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
                self.show(shown - start)
        self.over.set()
        killer.join()
        self.seconds = time.monotonic() - start
        f.wait_healthy()
        self.settled = self.settle()

    def show(self, seconds):
        rate = max(self.taken, 1) / seconds
        print(f"# {seconds / 60:.0f} min: {self.taken} of {self.want} objects, "
              f"{len(self.accepted)} accepted, {sum(self.kills.values())} kills,"
              f" {60 * rate:.0f} a minute; {self.want} would take "
              f"{self.want / rate / 60:.0f} min in all; "
              f"{self.resources.table()}", flush=True)

    def settle(self):
        """Until nothing is queued or running."""
        end = time.monotonic() + SETTLE
        while time.monotonic() < end:
            n = self.fleet.db.rows("SELECT count(*) FROM jobs WHERE state IN"
                                   " ('queued', 'running')")[0][0]
            if n == "0":
                return True
            time.sleep(0.5)
        return False

    # ---- while nothing is killed ----

    def one_of_each(self):
        """What each kind of object comes to."""
        jobs = []
        for kind, name, data in self.variants.one_of_each():
            jobs.append((kind, name, self.submit(kind, name, data)))
        for kind, name, ident in jobs:
            while not self.ended(ident):
                time.sleep(0.3)
            j = self.fleet.job(ident)
            self.alone[name] = j["state"], j.get("reason") or ""
            print(f"# alone: {kind}, {name}: {self.alone[name]}, "
                  f"attempts {j['attempts']}", flush=True)
            want = {"good": "done", "slow": "done",
                    "exhausting": "failed"}.get(kind, "refused")
            ok(j["state"] == want and (want != "failed" or (
                j["reason"], j["attempts"]) == ("vm-failed", 2)),
               f"alone, {name} ({kind}) is {want}", j)

    def calm_round(self, first):
        """Some new objects, and what clients ask for beside them."""
        jobs = []
        for n in range(first, first + CALM_JOBS):
            data = self.variants.bytes[self.variants.files["good"][0]]
            data += n.to_bytes(4, "little")
            jobs.append(self.submit("good", "calm.o", data))
        for i in jobs:
            while not self.ended(i):
                time.sleep(0.3)
            for path in ("", "/log", "/provenance", "/blob"):
                self.fleet.try_request("GET", f"/v1/jobs/{i}{path}")
            self.fleet.try_request("GET", "/metrics")
            self.fleet.try_request("GET", "/v1/jobs?limit=50")
            self.fleet.submit("broken.o", b"none", T)
        time.sleep(1)
        return {(p, i): usage(i) for p, pids in self.resources.pids().items()
                for i in pids}

    def growth(self):
        """[] when work costs no more memory a job than allocators may, and no
        descriptor; the first round may fill caches."""
        rounds = [self.calm_round(CALM + k * CALM_JOBS)
                  for k in range(CALM_ROUNDS)]
        most = GROWTH_KIB * CALM_JOBS * (CALM_ROUNDS - 2)
        bad = []
        for who in rounds[1]:
            seen = [r.get(who) for r in rounds[1:]]
            if (not all(seen) or seen[-1][0] > seen[0][0] + most or
                    min(fds for _, fds in seen[1:]) > seen[0][1]):
                bad.append((who, seen))
        return bad

    def failed_again(self):
        """A job that failed with its workers can be asked for anew, and then
        has its result: the killing is over."""
        bad = []
        for (i,) in self.fleet.db.rows("SELECT id FROM jobs"
                                       " WHERE state = 'failed'"):
            if i not in self.accepted or self.kinds[i][0] == "exhausting":
                continue
            kind, name, data = self.variants.make(self.accepted[i])
            self.submit(kind, name, data, self.accepted[i])
            while not self.ended(i):
                time.sleep(0.3)
            j = self.fleet.job(i)
            if j["state"] not in ("done", "refused"):
                bad.append((i, j["state"], j.get("reason")))
        return bad

    def asked_again(self):
        """The same bytes, and the same job."""
        bad = []
        done = self.fleet.db.rows("SELECT id, blob FROM jobs"
                                  " WHERE state = 'done' ORDER BY id")
        done = [d for d in done if d[0] in self.accepted]
        for i, digest in self.rnd.sample(done, min(len(done), 100)):
            _, name, data = self.variants.make(self.accepted[i])
            status, body = self.fleet.submit(name, data, T, wait=60)
            same = self.fleet.job(i)
            _, blob = self.fleet.try_request("GET", f"/v1/blobs/{digest}")
            if status != 200 or body != blob or same["blob"] != digest:
                bad.append((i, status))
        return bad

    def as_here(self):
        """Blobs are those of vorw verify without a service, which is slower:
        of a few."""
        bad = []
        done = [i for i, k in self.kinds.items() if k[0] == "good"]
        for i in self.rnd.sample(done, min(len(done), 3)):
            _, name, data = self.variants.make(self.accepted[i])
            path, out = f"{self.fleet.dir}/{name}", f"{self.fleet.dir}/here.blob"
            with open(path, "wb") as f:
                f.write(data)
            p = subprocess.run(["build/vorw", "verify", path, "--target", T,
                                "-o", out], capture_output=True, text=True,
                               check=False)
            status, blob = self.fleet.try_request("GET", f"/v1/jobs/{i}/blob")
            with open(out, "rb") as f:
                same = f.read() == blob
            os.remove(path)
            os.remove(out)
            if p.returncode or status != 200 or not same:
                bad.append((i, name, status, p.stderr))
        return bad


def ends(f):
    """id: (state, reason)"""
    return {i: (s, r) for i, s, r in f.db.rows(
        "SELECT id, state, coalesce(reason, '') FROM jobs")}


def by_kind(c, jobs):
    """kind: "N done, N failed" """
    count = collections.defaultdict(collections.Counter)
    for i, (kind, _) in c.kinds.items():
        count[kind][jobs.get(i, ("lost",))[0]] += 1
    for kind, n in c.door.items():
        count[kind]["refused at the door"] += n
    return {k: ", ".join(f"{n} {s}" for s, n in sorted(v.items()))
            for k, v in sorted(count.items())}


def write(path, c, jobs, kinds, database, seed):
    killed = ", ".join(f"{k} {n}" for k, n in sorted(c.kills.items()))
    n = collections.Counter(jobs[i][0] for i in c.kinds)
    with open(path, "a", encoding="utf-8") as f:
        f.write(f"| {datetime.datetime.utcnow():%Y-%m-%d %H:%M} | {commit()} | "
                f"{database} | {len(c.kinds)} | {n['done']} | "
                f"{n['refused']} | {n['failed']} | " +
                "; ".join(f"{k}: {v}" for k, v in kinds.items()) +
                f" | {killed} | {c.resources.table()} | "
                f"{c.seconds / 60:.0f} | {seed} |\n")


def judge(c):
    """What has to be true; (ends of jobs, counts of kinds)."""
    f = c.fleet
    jobs = ends(f)
    kinds = by_kind(c, jobs)
    for kind, n in kinds.items():
        print(f"# {kind}: {n}")
    ok(c.kills.total() >= c.taken / (4 * JOBS_PER_KILL),
       f"parts were killed ({c.kills.total()})", c.kills)
    ok(c.settled, "nothing is queued or running for ever")
    ok(len(c.accepted) + c.door.total() == c.taken,
       f"every object was acknowledged in the end ({c.taken})",
       (len(c.accepted), c.door))
    ok(set(c.door) <= {"broken", "too large"},
       "only broken and too large objects were refused at the door", c.door)
    ok(not c.others, "who asked twice had one job", c.others)
    for what, n, wrong in broken(f, c.accepted):
        ok(not wrong, f"{what} ({n})", wrong[:20])
    for what, n, wrong in outcomes(jobs, c.kinds, c.alone, c.hits(), c.near):
        ok(not wrong, f"{what} ({n})", wrong[:20])
    return jobs, kinds


def main(jobs, minutes, seed, database, path=None):
    c = Chaos(jobs, minutes, seed, database == "postgresql")
    f = c.fleet
    try:
        f.start()
        c.one_of_each()
        c.resources.start()
        c.run()
        print(f"# killed: {dict(c.kills)}, not acknowledged at once: "
              f"{dict(c.retries)}, {c.seconds:.0f} s")
        state, kinds = judge(c)
        bad = c.failed_again()
        ok(not bad, "what failed is done when it is asked for again", bad)
        bad = c.asked_again()
        ok(not bad, "who asks again gets the same bytes", bad)
        bad = c.as_here()
        ok(not bad, "blobs are those that vorw verify makes here", bad)
        bad = c.growth()
        ok(not bad, "work costs no more memory and descriptors in the end", bad)
        c.resources.stop()
        print(f"# {c.resources.table()}; {c.resources.processes} processes")
        bad = c.resources.too_much()
        ok(not bad, "no process ever had too many of them", bad)
        # front end, signer and its children, workers with a template, a copy
        # and one that boots each
        most = 2 + 2 * WORKERS + 4 * WORKERS
        ok(c.resources.processes <= most,
           f"there were never more than {most} processes",
           c.resources.processes)
        ok(f.stop(), "all end by SIGTERM, exit 0")
        left = f.left()
        ok(not left, "no process is left", left)
        files = set(os.listdir(f.state)) - {
            "vorw.db", "vorw.db-wal", "vorw.db-shm", "signing.log",
            "signer.sock", "serve.lock"}
        ok(not files, "no file is left", files)
        files = set(os.listdir(f.dir)) - {"state", "log", "pg", "pg.out",
                                          "initdb.log"}
        ok(not files, "not in the working directory either", files)
        if path and not tap.bad:
            write(path, c, state, kinds, database, seed)
    finally:
        if tap.bad:
            with open(f"{f.dir}/log", encoding="utf-8",
                      errors="replace") as log:
                print("".join("# " + x for x in log.readlines()[-80:]))
        f.remove()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4]), *sys.argv[4:]))
