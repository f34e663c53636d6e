# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A service of many processes, to be killed: front end and signer, workers that
are started again when they end, and a real PostgreSQL server or SQLite."""
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

from client import multipart

TOP = os.getcwd()
BUILD = f"{TOP}/build"


def children(pid):
    """Process ids of the children of pid, of all its threads."""
    out = []
    try:
        for t in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{t}/children", encoding="ascii") as f:
                out += [int(x) for x in f.read().split()]
    except OSError:
        pass
    return out


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().decode(errors="replace").split("\0")
    except OSError:
        return []


class Postgres:
    """tests/service/postgres.sh, driven from here."""

    def __init__(self, path):
        self.path = path
        self.url = f"postgresql:///postgres?host={path}&user=vorw"

    def _sh(self, what):
        # a server that is started keeps no pipe of ours open
        with open(f"{self.path}.out", "wb") as out:
            p = subprocess.run(
                ["bash", "-c", f". {TOP}/tests/service/postgres.sh; {what} "
                 f"{self.path}"], stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, timeout=300, check=False)
        if p.returncode:
            with open(f"{self.path}.out", encoding="utf-8",
                      errors="replace") as f:
                raise RuntimeError(f"{what}: " + f.read())

    def start(self):
        self._sh("pg_start")

    def restart(self):
        self._sh("pg_restart")

    def stop(self):
        self._sh("pg_stop")

    def rows(self, sql):
        p = subprocess.run(["psql", "-XAt", "-F", "\t", self.url, "-c", sql],
                           capture_output=True, text=True, check=True)
        return [tuple(x.split("\t")) for x in p.stdout.splitlines()]


class Sqlite:
    def __init__(self, path):
        self.url = path

    def start(self):
        pass

    stop = start

    def rows(self, sql):
        db = sqlite3.connect(f"file:{self.url}?mode=ro", uri=True, timeout=60)
        try:
            return [tuple("" if v is None else str(v) for v in r)
                    for r in db.execute(sql)]
        finally:
            db.close()


class Fleet:
    """dir is theirs alone: each process has it as its working directory, and
    whatever is left with it in the end is a leak."""

    def __init__(self, path, postgres, workers, lease=5):
        self.dir = path
        os.chmod(path, 0o755)
        self.state = f"{path}/state"
        self.db = (Postgres(f"{path}/pg") if postgres else
                   Sqlite(f"{self.state}/vorw.db"))
        self.remote_workers = workers if postgres else 0
        self.local_workers = 0 if postgres else workers
        self.lease = lease
        self.log = open(f"{path}/log", "ab")
        self.front = None
        self.workers = [None] * self.remote_workers
        self.lock = threading.Lock()
        self.running = False
        self.starts = 0
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]

    def _run(self, *args):
        self.starts += 1
        return subprocess.Popen(
            [f"{BUILD}/vorw", *args], cwd=self.dir, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log,
            env={**os.environ, "VORW_TARGETS": BUILD})

    def _watch(self):
        while self.running:
            with self.lock:
                if not self.running:
                    break
                if self.front is None or self.front.poll() is not None:
                    self.front = self._run(
                        "serve", "--listen", f"127.0.0.1:{self.port}",
                        "--state", self.state, "--store", self.db.url,
                        "--workers", str(self.local_workers))
                for i, w in enumerate(self.workers):
                    if w is None or w.poll() is not None:
                        self.workers[i] = self._run(
                            "worker", "--store", self.db.url, "--signer",
                            f"{self.state}/signer.sock", "--lease",
                            str(self.lease))
            time.sleep(0.2)

    def start(self):
        self.db.start()
        self.running = True
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        self.wait_healthy()

    def wait_healthy(self, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.try_request("GET", "/healthz")[0] == 200:
                return
            time.sleep(0.2)
        raise RuntimeError("the service does not come up")

    def try_request(self, method, path, body=None, headers=None, timeout=60):
        """Status (0: no answer), body."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            c.close()

    def submit(self, name, data, target, options=(), wait=0):
        """As try_request()."""
        body, kind = multipart([("object", (name, data)), ("target", target),
                                *options])
        return self.try_request("POST", "/v1/verify", body, {
            "Content-Type": kind, "Prefer": f"wait={wait}" if wait else
            "respond-async"}, timeout=60 + wait)

    def accepted(self, status, body, data):
        """The job's id, if this answer acknowledges it; "": refused at the door,
        for what it is; None: ask again.  A result that was there already (the
        first answer was lost) is found by object; with options, it may be
        another one of that object."""
        try:
            if status == 202:
                return json.loads(body)["id"]
            if status in (200, 422):
                status, body = self.try_request(
                    "GET", "/v1/jobs?object=" +
                    hashlib.sha256(data).hexdigest())
                if status == 200:
                    jobs = json.loads(body)["jobs"]
                    return jobs[0]["id"] if jobs else ""
            if status in (400, 413):
                return ""
        except (ValueError, LookupError):
            pass
        return None

    def job(self, ident, wait=0):
        """As it is; with wait, seconds, as it has ended if it does."""
        status, body = self.try_request(
            "GET", f"/v1/jobs/{ident}" + (f"?wait={wait}" if wait else ""),
            timeout=60 + wait)
        return json.loads(body) if status == 200 else None

    # ---- who there is to kill ----

    def pids(self, part):
        with self.lock:
            front = self.front.pid if self.front else 0
            alone = [w.pid for w in self.workers if w]
        below = [(p, command_of(p)) for p in children(front)]
        workers = alone + [p for p, c in below if "worker" in c[:2]]
        if part == "front end":
            return [front]
        if part == "worker":
            return workers
        if part == "signer":
            return [p for p, c in below if c and "vorw-signer" in c[0]]
        return [v for w in workers for v in children(w)]    # VMs

    def kill(self, pid, sig=signal.SIGKILL):
        if not pid:             # that is us, and all that we started
            return False
        try:
            os.kill(pid, sig)
            return True
        except ProcessLookupError:
            return False

    # ---- the end ----

    def stop(self):
        """SIGTERM; False: one did not end, or not with 0."""
        with self.lock:
            self.running = False
        self.thread.join()
        good = True
        for p in [*self.workers, self.front]:
            if p is None:
                continue
            p.terminate()
            try:
                good &= p.wait(60) == 0
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
                good = False
        return good

    def here(self):
        """What runs in our directory: (pid, command); PostgreSQL has its own."""
        out = []
        for p in os.listdir("/proc"):
            try:
                if p.isdigit() and os.readlink(f"/proc/{p}/cwd") == self.dir:
                    out.append((int(p), command_of(p)[:3]))
            except OSError:
                pass
        return out

    def left(self, seconds=10):
        """What still runs when all has ended."""
        end = time.monotonic() + seconds
        while self.here() and time.monotonic() < end:
            time.sleep(0.2)
        return self.here()

    def remove(self):
        if self.running:
            self.stop()
        for pid, _ in self.left(0):
            self.kill(pid)
        try:
            self.db.stop()
        except RuntimeError:
            pass
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)
