#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""remote.py - suite 83-service-remote: vorw verify --remote while the service
is away, or busy.  Prints TAP."""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import B, T, TINY, Service, Tap, read, suite  # noqa: E402

BAD = f"{B}/tests/progs/out-of-bounds.o"
DIR = os.path.realpath(tempfile.mkdtemp())
BUSY = (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n")
tap = Tap()
ok = tap.ok


class Road:
    """To the service; what comes first of each kind of request does not get
    there: it is answered as given, or (None) the connection breaks."""

    def __init__(self, port, kinds, answer):
        self.port, self.kinds, self.answer = port, kinds, answer
        self.stopped = []
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.sock.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                c, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(c,), daemon=True).start()

    def _one(self, c):
        with c:
            head = b""
            while b"\r\n\r\n" not in head:
                got = c.recv(65536)
                if not got:
                    return
                head += got
            # one request a connection, so that each is seen here
            head = head.replace(b"\r\n\r\n",
                                b"\r\nConnection: close\r\n\r\n", 1)
            line = head.split(b"\r\n")[0].decode()
            kind = next((k for k, p in self.kinds.items()
                         if re.match(p, line)), None)
            if kind and kind not in self.stopped:
                self.stopped.append(kind)
                if self.answer:
                    self._drain(c, head)
                    c.sendall(self.answer)
                return
            with socket.create_connection(("127.0.0.1", self.port)) as s:
                s.sendall(head)
                threading.Thread(target=self._pass, args=(c, s),
                                 daemon=True).start()
                self._pass(s, c)

    @staticmethod
    def _drain(c, head):
        """Who sends is not to find the connection closed over it."""
        size = re.search(rb"Content-Length: (\d+)", head, re.I)
        left = int(size[1]) if size else 0
        left -= len(head.split(b"\r\n\r\n", 1)[1])
        while left > 0:
            left -= len(c.recv(65536)) or left

    @staticmethod
    def _pass(a, b):
        try:
            while got := a.recv(65536):
                b.sendall(got)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.sock.close()


def log():
    """But for the times in it."""
    return re.sub(rb"\d+ usec", b"", read(f"{DIR}/log"))


def refusal(p):
    return [x for x in p.stderr.splitlines() if "[verifier-rejected]" in x]


def verify(path, url, *more):
    return subprocess.run(
        [f"{B}/vorw", "verify", path, "-t", T, "-o", f"{DIR}/out", "--remote",
         url, "--log", f"{DIR}/log", *more], capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL)


AFTER = {"job": r"GET /v1/jobs/[0-9a-f]{64}(\?| )",
         "log": r"GET /v1/jobs/[0-9a-f]{64}/log ",
         "blob": r"GET /v1/jobs/[0-9a-f]{64}/blob "}


def interrupted(s):
    p = verify(TINY, f"http://127.0.0.1:{s.port}")
    good = log()
    ok(p.returncode == 0 and b"processed" in good and read(f"{DIR}/out"),
       "undisturbed: blob and log", p.stderr)
    p = verify(BAD, f"http://127.0.0.1:{s.port}")
    words, bad = refusal(p), log()
    ok(p.returncode == 1 and len(words) == 1 and b"out_of_bounds" in bad,
       "undisturbed: refused, with its log", p.stderr)
    os.remove(f"{DIR}/log")
    for what, kinds, answer in (
            ("broken off", AFTER, None),
            ("busy", {"submission": r"POST /v1/verify ", **AFTER}, BUSY)):
        r = Road(s.port, kinds, answer)
        os.remove(f"{DIR}/out")
        p = verify(TINY, r.url, "--name", what.replace(" ", "-"))
        ok(p.returncode == 0 and set(r.stopped) == set(kinds) and
           log() == good and read(f"{DIR}/out"),
           f"each kind of request {what} once: blob and log all the same",
           (r.stopped, p.stderr))
        r.close()
        kinds = {k: v for k, v in kinds.items() if k != "blob"}
        r = Road(s.port, kinds, answer)
        p = verify(BAD, r.url)
        ok(p.returncode == 1 and set(r.stopped) == set(kinds) and
           refusal(p) == words and log() == bad,
           f"{what}: a refusal is the same",
           (r.stopped, p.stderr))
        r.close()
    r = Road(s.port, {"job": AFTER["job"]}, b"nonsense\r\n\r\n")
    p = verify(TINY, r.url, "--name", "nonsense")
    ok(p.returncode == 1 and "[remote-failed]" in p.stderr and
       "it has the job" not in p.stderr and r.stopped == ["job"],
       "an answer that is none: not asked for again", p.stderr)
    r.close()


def main():
    with Service(tap, f"{DIR}/state", "--workers", "1") as s:
        interrupted(s)
    s = socket.create_server(("127.0.0.1", 0))
    port = s.getsockname()[1]
    s.close()
    p = verify(TINY, f"http://127.0.0.1:{port}")
    ok(p.returncode == 1 and "[remote-failed]" in p.stderr and
       "it has the job" not in p.stderr, "nobody there: said at once", p.stderr)


suite(tap, main, DIR)
