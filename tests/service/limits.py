#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""limits.py - suite 88-service-limits: what one client may take of a service,
and that nobody waits in vain.  Prints TAP."""
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import (B, T, TINY, Service, Tap, multipart, operations,  # noqa: E402
                    read, suite)
from fleet import Postgres  # noqa: E402

DIR = os.path.realpath(tempfile.mkdtemp())
# less than a client waits, more than a busy machine needs
SOON = 60
tap = Tap()
ok = tap.ok


def parts(name, path=TINY):
    return [("object", (os.path.basename(path), read(path))), ("target", T),
            ("name", name)]


def queued(s, name):
    a = s.submit(parts(name), {"Prefer": "respond-async"})
    if a.status != 202:
        raise RuntimeError(f"not accepted: {a.status} {a.body[:300]}")
    return a.json()["id"]


class Upload:
    """A submission of that size without an end; says how large it will be and
    sends nothing of it yet, or (chunked) does not."""

    def __init__(self, s, token, mib, chunked=False):
        self.c = socket.create_connection(("127.0.0.1", s.port), timeout=SOON)
        self.mib, self.chunked = mib, chunked
        length = "Transfer-Encoding: chunked" if chunked else \
            f"Content-Length: {(mib + 1) << 20}"
        self.c.sendall((f"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
                        f"Authorization: Bearer {token}\r\nContent-Type: "
                        f"multipart/form-data; boundary=xx\r\n{length}\r\n"
                        "\r\n").encode())
        if chunked:
            self.body()

    def body(self):
        self.send(b'--xx\r\nContent-Disposition: form-data; name="btf"\r\n\r\n')
        for _ in range(self.mib):
            self.send(b"x" * (1 << 20))

    def stay(self):
        """Sent but for the end; a byte now and then, or it is ended."""
        def drip():
            try:
                while True:
                    time.sleep(5)
                    self.c.sendall(b"x")
            except OSError:
                pass
        self.body()
        threading.Thread(target=drip, daemon=True).start()
        return self

    def send(self, data):
        if self.chunked:
            data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
        self.c.sendall(data)

    def answer(self):
        if self.chunked:
            self.c.sendall(b"0\r\n\r\n")
        try:
            text = b""
            while b"}" not in text:
                got = self.c.recv(65536)
                if not got:
                    break
                text += got
        except OSError:
            pass
        self.c.close()
        return text.decode()


def token_add(s, name, *args):
    p = subprocess.run([f"{B}/vorw", "token", "add", "--state", s.state,
                        "--name", name, "--scope", "submit", "--scope",
                        "read", *args], capture_output=True, text=True,
                       check=True)
    return p.stdout.strip()


def metric(s, name):
    text = s.get("/metrics").body.decode()
    return float(re.search(rf"^vorw_{name} (\S+)$", text, re.M)[1])


def held(s):
    # some bytes may be a boundary's
    return round(metric(s, "upload_bytes") / (1 << 20))


def until_held(s, mib):
    """What was sent has also been read."""
    end = time.monotonic() + SOON
    while held(s) != mib and time.monotonic() < end:
        time.sleep(0.1)
    return held(s)


def refusal(text, status, reason):
    return (f" {status} " in text[:20] and f'"{reason}"' in text and
            "\r\nRetry-After: " in text)


def refuses(s, token, mib, status, reason, what):
    """Whether it says how much will come, or not."""
    for chunked in False, True:
        text = Upload(s, token, mib, chunked).answer()
        ok(refusal(text, status, reason), f"{what}, "
           f"{'as they come' if chunked else 'as it says'}: {status}",
           text[:600])


def uploads():
    """129 MiB for all, 64 for one token."""
    with Service(tap, f"{DIR}/uploads", "--workers", "0", "--max-uploads",
                 "129") as s:
        a, b, c = [token_add(s, x) for x in "abc"]
        s.token = a
        one = Upload(s, a, 40).stay()
        ok(until_held(s, 40) == 40, "an upload stops after 40 MiB", held(s))
        refuses(s, a, 30, 429, "quota-exceeded", "30 more of this token")
        ok(until_held(s, 40) == 40, "of these nothing is kept", held(s))
        two = Upload(s, b, 45).stay()
        ok(until_held(s, 85) == 85, "45 of another token are taken", held(s))
        refuses(s, c, 47, 503, "service-busy",
                "47 of a third, above what all may have")
        small = s.submit(parts("small"), {"Prefer": "respond-async"})
        ok(small.status == 202, "a small one is taken meanwhile", small.body)
        one.c.shutdown(socket.SHUT_RDWR)
        two.c.shutdown(socket.SHUT_RDWR)
        ok(until_held(s, 0) == 0, "they go away: all of it is free", held(s))
        text = Upload(s, c, 40, chunked=True).answer()
        ok(" 400 " in text[:20], "and is used again", text[:600])
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)
    p = subprocess.run([f"{B}/vorw", "serve", "--max-uploads", "128"],
                       capture_output=True, text=True, check=False)
    ok(p.returncode == 2 and "129" in p.stderr,
       "a limit below the largest submissions is a mistake", p.stderr)


class Deaf:
    """Asks for this, and takes none of the answer."""

    def __init__(self, s, path, token):
        self.c = socket.socket()
        self.c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.c.connect(("127.0.0.1", s.port))
        self.c.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                       f"Authorization: Bearer {token}\r\n\r\n".encode())


def until_answers(s, mib):
    end = time.monotonic() + SOON
    while True:
        n = int(metric(s, "answer_bytes")) >> 20
        if n == mib or time.monotonic() > end:
            return n
        time.sleep(0.1)


def answers():
    """128 MiB for all, 64 for one token."""
    with Service(tap, f"{DIR}/answers", "--workers", "1") as s:
        job = s.submit(parts("refused", f"{B}/tests/progs/out-of-bounds.o")
                       ).json()["job"]
        con = sqlite3.connect(f"{s.state}/vorw.db", timeout=30)
        con.execute("UPDATE jobs SET log = ? WHERE id = ?",
                    ("x" * (4 << 20), job))
        con.commit()
        con.close()
        path = f"/v1/jobs/{job}/log"
        a, b, c = [token_add(s, x) for x in "abc"]
        s.token = b
        deaf = [Deaf(s, path, a) for _ in range(20)]
        ok(until_answers(s, 64) == 64, "of 20 that take no answer of 4 MiB, "
           "one token's: 64 MiB are held")
        got = s.get(path, headers={"Authorization": f"Bearer {a}"})
        ok(got.status == 503 and got.reason() == "service-busy" and
           got.headers["Retry-After"], "one more of this token: 503",
           got.body[:300])
        ok(len(s.get(path).body) == 4 << 20, "another token gets it")
        deaf += [Deaf(s, path, c) for _ in range(20)]
        ok(until_answers(s, 128) == 128, "with another token's 20: 128 MiB")
        again = s.submit(parts("refused", f"{B}/tests/progs/out-of-bounds.o"))
        ok([s.get(path).reason(), again.reason()] == ["service-busy"] * 2,
           "a third one gets none, by whatever way", again.body[:300])
        ok(s.get(f"/v1/jobs/{job}").status == 200, "but what is small")
        for x in deaf:
            x.c.close()
        ok(until_answers(s, 0) == 0 and len(s.get(path).body) == 4 << 20,
           "they go away: all of it is free")
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


def refused(s, name, status, reason, what):
    a = s.submit(parts(name), {"Prefer": "respond-async"})
    ok(a.status == status and a.reason() == reason and
       a.headers["Retry-After"], f"{what}: {status}", a.body)


def queue():
    """Three jobs that wait, of all, and one a minute, of one token."""
    with Service(tap, f"{DIR}/queue", "--workers", "0", "--max-queued", "3",
                 "--need-token") as s:
        ok([s.get(x).status for x in ("/v1/jobs", "/metrics", "/healthz")] ==
           [401, 401, 200], "--need-token: needed on loopback, while there "
           "is none, too")
        s.token = token_add(s, "slow", "--per-minute", "1")
        first = queued(s, "first")
        refused(s, "second", 429, "quota-exceeded", "--per-minute 1: a second")
        ok(queued(s, "first") == first, "the first one is known")
        s.token = token_add(s, "other")
        for name in "second", "third":
            queued(s, name)
        refused(s, "fourth", 503, "service-busy", "--max-queued 3: a fourth")
        ok(queued(s, "first") == first, "what is known is answered")
        before = metric(s, "queue_oldest_seconds")
        time.sleep(1.5)
        ok(metric(s, "queue_oldest_seconds") > before + 1 and
           metric(s, "workers") == 0,
           "metrics: how long the first one waits; no workers")
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


def job_limit():
    """A virtual machine that has a second, a job that has four, for an object
    that takes longer."""
    with Service(tap, f"{DIR}/second", "--workers", "1", "--job-limit",
                 "1") as s:
        a = s.submit(parts("long", f"{B}/tests/progs/many-programs.o"))
        ok(a.status == 503 and a.reason() in ("vm-failed", "worker-died"),
           "--job-limit 1: a job that takes longer has failed", a.body[:400])
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


class Asker(threading.Thread):
    """GET, in a thread; answer is None if there was none soon."""

    def __init__(self, s, path):
        super().__init__(daemon=True)
        self.s, self.path, self.answer = s, path, None
        self.start()

    def run(self):
        try:
            self.answer = self.s.get(self.path, timeout=SOON)
        except OSError:
            pass

    def body(self):
        self.join(SOON + 10)
        return self.answer.body.decode() if self.answer else ""


def missed_changes():
    """A commit whose time is of before: seen late, or by a clock set back."""
    with Service(tap, f"{DIR}/waits", "--workers", "0") as s:
        job = queued(s, "waits")
        asker = Asker(s, f"/v1/jobs/{job}?wait=300")
        time.sleep(2)       # it waits by now
        con = sqlite3.connect(f"{s.state}/vorw.db", timeout=30)
        con.execute("UPDATE jobs SET state = 'failed', reason = 'io-error',"
                    " version = version + 1, updated = updated - 3600000,"
                    " finished = updated WHERE id = ?", (job,))
        con.commit()
        con.close()
        ok('"failed"' in asker.body(),
           "who waits hears of a change that has an older time")
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


def asked(s, method, path, **kw):
    """Its status; 0: none soon."""
    try:
        return s.request(method, path, timeout=SOON / 2, **kw).status
    except OSError:
        return 0


def until_health(s, status):
    end = time.monotonic() + SOON
    got = asked(s, "GET", "/healthz")
    while got not in (status, 0) and time.monotonic() < end:
        time.sleep(0.2)
        got = asked(s, "GET", "/healthz")
    return got


def without_store(s, what, jobs):
    """What a service answers whose database is not there for it."""
    body, kind = multipart(parts("without"))
    posts = [threading.Thread(target=lambda: got.append(asked(
        s, "POST", "/v1/verify", body=body, headers={
            "Content-Type": kind, "Prefer": "respond-async"})))
        for _ in range(5)]
    got = []
    for p in posts:
        p.start()
    ok(until_health(s, 503) == 503, f"{what}: not healthy")
    ok(asked(s, "GET", "/v1/openapi") == 200 and asked(s, "GET", "/") == 200,
       "what needs no database is answered")
    for p in posts:
        p.join()
    ok(got == [503] * 5, "submissions are refused", got)
    for method, path, op in operations():
        need = (503 if path == "/healthz" else 200 if op.get("security") == []
                else jobs)
        if need == 503 or path == "/v1/jobs":
            path = re.sub(r"\{[^}]*\}", "0" * 64, path)
            ok(asked(s, method, path) == need, f"{op['operationId']}: {need}")


def store_stalls():
    """A database that is stopped, or locked, takes the front end's only thread
    from nobody who does not need it."""
    with Service(tap, f"{DIR}/locked", "--workers", "0") as s:
        con = sqlite3.connect(f"{s.state}/vorw.db", isolation_level=None)
        con.execute("BEGIN IMMEDIATE")
        without_store(s, "SQLite locked by another one", 200)
        con.close()
        ok(until_health(s, 200) == 200, "healthy when it is not any more")
        queued(s, "after")
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)
    with Service(tap, f"{DIR}/stopped", "--workers", "0", "--store",
                 os.environ["PG_URL"]) as s:
        data = re.search("host=([^&]*)", os.environ["PG_URL"])[1]
        with open(f"{data}/data/postmaster.pid", encoding="ascii") as f:
            server = int(f.readline())
        pids = [server] + below(server)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            without_store(s, "PostgreSQL stopped", 503)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        ok(until_health(s, 200) == 200, "healthy when it goes on")
        queued(s, "after")
        db = Postgres(data)
        db.stop()
        ok(until_health(s, 503) == 503 and
           asked(s, "GET", "/v1/jobs") == 503, "it ends: not healthy")
        db.restart()
        ok(until_health(s, 200) == 200, "it starts again: healthy")
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


def below(pid):
    """Its children, and theirs."""
    out = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children",
                      encoding="ascii") as f:
                out += [int(x) for x in f.read().split()]
        except OSError:
            pass
    return out + [p for c in out for p in below(c)]


def having(pids, what, secret):
    """Those whose /proc/PID/what has the secret in it, and that still run."""
    out = []
    for p in pids:
        try:
            if secret in read(f"/proc/{p}/{what}"):
                out.append(p)
        except (ProcessLookupError, FileNotFoundError):
            pass
    return out


def passwords():
    """Where a database's password can be read.  A worker's environment is
    root's alone."""
    secret = b"geheim-4711"
    url = f"{os.environ['PG_URL']}&password={secret.decode()}"
    for args, env in (["--store", url], None), ([], url):
        if env:
            os.environ["VORW_STORE"] = env
        with Service(tap, f"{DIR}/password{len(args)}", "--workers", "1",
                     *args) as s:
            os.environ.pop("VORW_STORE", None)
            a = s.submit(parts(f"password{len(args)}"))
            ok(a.status == 200, f"a store {'by $VORW_STORE' if env else 'by --store'}:"
               " a worker has it", a.body[:300])
            pids = vms = []
            end = time.monotonic() + SOON
            # the job's is gone, the next one's may not be there yet
            while not vms and time.monotonic() < end:
                pids = below(s.proc.pid)
                vms = having(pids, "cmdline", b"qemu")
            worker = s.children("worker")
            ok(vms and not having(pids, "cmdline", secret),
               "its password is in no other process's arguments", pids)
            if os.geteuid():
                continue
            ok(having(pids, "environ", secret) == worker and
               os.stat(f"/proc/{worker[0]}/environ").st_uid == 0,
               "and in no environment but the worker's",
               having(pids, "environ", secret))


def signer_hangs():
    """Nobody waits for a signer that does not answer."""
    with Service(tap, f"{DIR}/hangs", "--workers", "0") as s:
        before = s.get("/v1/certificates")
        ok(before.status == 200, "the signer's certificate", before.body)
        signer = s.children("signer")[0]
        os.kill(signer, signal.SIGSTOP)
        end = time.monotonic() + SOON
        while s.get("/healthz").status == 200 and time.monotonic() < end:
            time.sleep(0.2)
        ok(s.get("/healthz").status == 503, "the signer hangs: not healthy")
        ok(all(s.get("/v1/certificates").body == before.body
               for _ in range(20)), "its certificate is known all the same")
        os.kill(signer, signal.SIGCONT)
        while s.get("/healthz").status != 200 and time.monotonic() < end:
            time.sleep(0.2)
        ok(s.get("/healthz").status == 200, "it goes on: healthy")
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


def main():
    missed_changes()
    uploads()
    answers()
    queue()
    job_limit()
    signer_hangs()
    store_stalls()
    passwords()


suite(tap, main, DIR)
