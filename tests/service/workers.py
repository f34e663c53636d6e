#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""workers.py - suite 89-service-workers: when a worker's templates are replaced,
and how it goes on without them.  Prints TAP."""
import datetime
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import B, T, TINY, Service, Tap, read, suite  # noqa: E402

# takes the verifier a while: time to kill something
SLOW = f"{B}/tests/progs/many-programs.o"
DIR = os.path.realpath(tempfile.mkdtemp())
# far more than anything here takes on a machine that is busy
LONG = 300
tap = Tap()
ok = tap.ok


def until(what, seconds=LONG):
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


class Worker:
    """`vorw worker` for a service that has none."""

    def __init__(self, s, *args, build=B):
        self.log = []
        self.proc = subprocess.Popen(
            [f"{build}/vorw", "worker", "--store", f"{s.state}/vorw.db",
             "--signer", f"{s.state}/signer.sock", *args],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.proc.stderr:
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.log.append({"text": line})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.proc.poll() is None:
            self.proc.terminate()
        self.proc.wait(60)
        if tap.bad:
            print("".join(f"# {x}\n" for x in self.log[-20:]))

    def templates(self):
        """What the log says of them, in order."""
        return [x for x in list(self.log) if "template" in x]

    def started(self):
        return sum(x["template"] == "started" for x in self.templates())

    def vms(self):
        out = set()
        for task in os.listdir(f"/proc/{self.proc.pid}/task"):
            with open(f"/proc/{self.proc.pid}/task/{task}/children",
                      encoding="ascii") as f:
                out |= {int(x) for x in f.read().split()}
        return out


def verifying(s, w, before, job):
    """The job's copy, when it is past its start."""
    until(lambda: any(x.startswith("verifying") for x in
                      s.get(f"/v1/jobs/{job}").json()["progress"]))
    return (w.vms() - before or {None}).pop()


class Jobs:
    """Each another one."""

    def __init__(self, s):
        self.s, self.n = s, 0

    def submit(self, path=TINY):
        self.n += 1
        a = self.s.submit([("object", (os.path.basename(path), read(path))),
                           ("target", T), ("name", f"w{self.n}")],
                          {"Prefer": "respond-async"})
        return a.json()["id"]

    def done(self, path=TINY):
        return self.s.wait_job(self.submit(path), LONG)


def replaced(s, jobs):
    """Two jobs for each template."""
    with Worker(s, "--template-jobs", "2") as w:
        ends = [jobs.done() for _ in range(5)]
        ok(all(j["state"] == "done" and j["attempts"] == 1 for j in ends),
           "five jobs are done", [j["message"] for j in ends])
        ok(until(lambda: w.started() == 3), "by three templates",
           w.templates())
        ok(until(lambda: len(w.vms()) == 1), "of which one is left", w.vms())


def first(jobs, w):
    """Nobody waits until a template is there, where there is a snapshot."""
    j = jobs.done()
    text = "\n".join(j["progress"])
    ok(j["state"] == "done" and "from its snapshot" in text and
       "preparing" not in text, "the first job: in a copy of the snapshot", text)
    ok(until(lambda: w.started() == 1), "a template is started then",
       w.templates())
    text = "\n".join(jobs.done()["progress"])
    ok("from a running VM" in text, "of which the next job has a copy", text)


def takes_turns(s, jobs):
    """Two workers do not prepare at the same time."""
    with open(f"{B}/{T}/guest/snapshot", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with Worker(s) as w:
            ends = [jobs.done() for _ in range(3)]
            ok(all("from its snapshot" in "\n".join(j["progress"])
                   for j in ends) and not w.templates(),
               "another worker prepares: jobs are done without", w.templates())
            fcntl.flock(held, fcntl.LOCK_UN)
            ok(until(lambda: w.started() == 1), "then it is this one's turn",
               w.templates())


def copy_dies(s, jobs, w):
    before = w.vms()
    job = jobs.submit(SLOW)
    os.kill(verifying(s, w, before, job), signal.SIGKILL)
    j = s.wait_job(job, LONG)
    ok(j["state"] == "done" and j["attempts"] == 2,
       "a copy dies: its job is tried again", j)
    ok(until(lambda: w.started() == 2) and any("as a copy did" in x["template"]
                                for x in w.templates()) and
       not before & w.vms(), "with another template", w.templates())


def template_dies(s, jobs, w):
    os.kill(w.vms().pop(), signal.SIGKILL)
    j = jobs.done()
    text = "\n".join(j["progress"])
    ok(j["state"] == "done" and j["attempts"] == 1 and
       "not a copy of the running VM" in text and "booting" not in text,
       "a template dies: its job is done, in a copy of the snapshot", text)


def cannot_start(s, jobs):
    """Installed without what makes copies: each job is done, and what does not
    work is tried seldom, then more seldom."""
    root = f"{DIR}/programs"
    os.mkdir(root)
    for name in "vorw", "vorw-service":
        shutil.copy2(f"{B}/{name}", root)
    os.symlink(os.path.realpath(f"{B}/{T}"), f"{root}/{T}")
    with Worker(s, build=root) as w:
        ends, last = [], time.monotonic() + LONG
        while len(w.templates()) < 3 and time.monotonic() < last:
            ends.append(jobs.done())
        ok(ends and all(j["state"] == "done" and j["attempts"] == 1
                        for j in ends),
           f"no template can be started: {len(ends)} jobs are done all the same",
           [j["message"] for j in ends])
        ok(not w.started() and all("vorw-qemu-clone.so" in x["template"]
                                   for x in w.templates()),
           "the log says why", w.templates())
        at = [datetime.datetime.fromisoformat(x["time"].replace("Z", "+00:00"))
              for x in w.templates()]
        pauses = [(b - a).total_seconds() for a, b in zip(at, at[1:])]
        ok(len(pauses) == 2 and pauses[0] >= 5 and pauses[1] >= 10,
           "tried again after 5 seconds, then after 10", pauses)


def signer_hangs(s, jobs):
    """For longer than a job may take, which is four lives of a VM."""
    limit = 8
    with Worker(s, "--job-limit", str(limit)) as w:
        jobs.done()
        signer = s.children("signer")[0]
        job = jobs.submit(SLOW)
        s.wait_state(job, "running")
        os.kill(signer, signal.SIGSTOP)
        try:
            time.sleep(4 * limit + 3)
            j = s.get(f"/v1/jobs/{job}").json()
            ok(j["state"] == "running" and j["attempts"] == 1 and
               w.proc.poll() is None, "the signer hangs: its job waits", j)
        finally:
            os.kill(signer, signal.SIGCONT)
        j = s.wait_job(job, LONG)
        ok(j["state"] == "done" and j["attempts"] == 1, "and is done then", j)


def main():
    with Service(tap, f"{DIR}/state", "--workers", "0") as s:
        jobs = Jobs(s)
        replaced(s, jobs)
        with Worker(s) as w:
            first(jobs, w)
            copy_dies(s, jobs, w)
            template_dies(s, jobs, w)
        takes_turns(s, jobs)
        cannot_start(s, jobs)
        signer_hangs(s, jobs)
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


suite(tap, main, DIR)
