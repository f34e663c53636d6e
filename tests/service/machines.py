# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""machines.py - suite 82-machines: front end, signer and three workers that share
a real PostgreSQL server; workers are killed and the server is restarted in the
middle of jobs."""
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import T, Tap, suite  # noqa: E402
from fleet import Fleet  # noqa: E402
from invariants import FINAL, broken  # noqa: E402
from variants import Variants  # noqa: E402

tap = Tap()
ok = tap.ok


def slow_object():
    """One that takes the verifier a while: time to kill something."""
    with open("build/tests/progs/many-programs.o", "rb") as f:
        return "many-programs.o", f.read()


def accept(f, name, data, *options):
    """The job's id; "": refused at the door, for what it is."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status, body = f.submit(name, data, T, options)
        ident = f.accepted(status, body, data)
        if ident is not None:
            return ident
        time.sleep(0.2)
    raise RuntimeError(f"not accepted: {status} {body[:300]}")


def until(f, ident, states, seconds=120):
    end = time.monotonic() + seconds
    j = None
    while time.monotonic() < end:
        j = f.job(ident) or j
        if j and j["state"] in states:
            return j
        time.sleep(0.02)
    return j or {"state": "no answer"}


def worker_of(f, j):
    """Process id, out of host-pid-time."""
    row = f.db.rows(f"SELECT worker FROM jobs WHERE id = '{j}'"
                    " AND state = 'running'")
    return int(row[0][0].rsplit("-", 2)[1]) if row and row[0][0] else 0


def many(f, v, accepted):
    door = []
    for kind, name, data in (v.next() for _ in range(20)):
        ident = accept(f, name, data)
        if ident:
            accepted.append(ident)
        else:
            door.append(kind)
    ends = [until(f, i, FINAL) for i in accepted]
    ok(all(e["state"] in FINAL for e in ends) and set(door) <= {"broken"},
       "20 objects: all have a result", [e["state"] for e in ends])
    ok(sum(e["state"] == "done" for e in ends) >= 10, "most of them a blob")
    who = {r[0] for r in f.db.rows("SELECT DISTINCT worker FROM jobs"
                                   " WHERE state <> 'queued'")}
    ok(len(who) > 1, "more than one worker had some", who)


def kill_worker(f, accepted):
    name, data = slow_object()
    ident = accept(f, name, data, ("name", "killed"))
    accepted.append(ident)
    until(f, ident, ("running",))
    pid = worker_of(f, ident)
    ok(pid in f.pids("worker") and f.kill(pid),
       "a worker is killed in the middle of a job", pid)
    j = until(f, ident, FINAL)
    ok(j["state"] == "done" and j["attempts"] == 2,
       "another one does it, at the second try", j)


def kill_twice(f, accepted):
    name, data = slow_object()
    ident = accept(f, name, data, ("name", "killed-twice"))
    accepted.append(ident)
    killed = {0}
    end = time.monotonic() + 90
    while len(killed) < 3 and time.monotonic() < end:
        pid = worker_of(f, ident)
        if pid not in killed and f.kill(pid):
            killed.add(pid)
        time.sleep(0.02)
    j = until(f, ident, FINAL)
    ok(j["state"] == "failed" and j["reason"] == "worker-died",
       "killed at both tries: failed, with a reason", j)


def restart_database(f, accepted):
    name, data = slow_object()
    ident = accept(f, name, data, ("name", "restarted"))
    accepted.append(ident)
    until(f, ident, ("running",))
    f.db.restart()      # as by a crash
    j = until(f, ident, FINAL)
    ok(j["state"] == "done" and j["attempts"] == 1,
       "the database stopped in the middle of a job, and started: done, at the first try", j)
    name, data = slow_object()
    ident = accept(f, name, data, ("name", "after"))
    accepted.append(ident)
    ok(until(f, ident, FINAL)["state"] == "done", "and so is a new one")


def restart_at_result(f, accepted):
    """In the middle of the transaction that writes a signed result: held there
    by somebody who has the row."""
    name, data = slow_object()
    ident = accept(f, name, data, ("name", "restarted-late"))
    accepted.append(ident)
    until(f, ident, ("running",))
    with subprocess.Popen(
            ["psql", "-X", f.db.url, "-c", "SELECT 1 FROM jobs WHERE id ="
             f" '{ident}' FOR UPDATE; SELECT pg_sleep(600)"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        end = time.monotonic() + 120
        writes = []
        while not writes and time.monotonic() < end:
            time.sleep(0.05)
            writes = f.db.rows("SELECT pid FROM pg_stat_activity WHERE query"
                               " LIKE 'UPDATE jobs SET state = ''done''%'"
                               " AND wait_event_type = 'Lock'")
        f.db.restart()
    ok(len(writes) == 1, "the database stops while a result is written", writes)
    status = f.try_request("GET", f"/v1/jobs/{ident}")[0]
    ok(status == 200, "the first request after its start is answered", status)
    j = until(f, ident, FINAL)
    ok(j["state"] == "done" and j["attempts"] == 1,
       "that result is written, at the first try", j)
    signed = signatures(f, ident)
    ok(signed == 1, "and was signed once", signed)


def signatures(f, ident):
    with open(f"{f.state}/signing.log", encoding="utf-8") as log:
        return sum(ident in line for line in log)


def main():
    f = Fleet(os.path.realpath(tempfile.mkdtemp()), True, 3, lease=3)
    accepted = []
    try:
        f.start()
        ok(True, "PostgreSQL, a front end, a signer and three workers run")
        v = Variants(f"build/{T}/examples", "build/tests/guest/bad.bpf.o", 1)
        many(f, v, accepted)
        kill_worker(f, accepted)
        restart_database(f, accepted)
        restart_at_result(f, accepted)
        kill_twice(f, accepted)
        for what, n, wrong in broken(f, accepted):
            ok(not wrong, what, wrong)
        ok(f.stop(), "all end by SIGTERM, exit 0")
        left = f.left()
        ok(not left, "no process is left", left)
    finally:
        if tap.bad:
            with open(f"{f.dir}/log", encoding="utf-8") as log:
                print("".join("# " + x for x in log.readlines()[-60:]))
        f.remove()


suite(tap, main)
