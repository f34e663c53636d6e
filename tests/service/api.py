#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""api.py - a real service on loopback: what it answers, what it refuses, and
what it keeps when its parts are killed.  Prints TAP."""
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from client import (B, T, TINY, Service, Tap, kill_hard, multipart, read,
                    operations, seen_operations, suite)

OTHER = f"{B}/tests/progs/alu.o"
BAD = f"{B}/tests/progs/out-of-bounds.o"
DIR = tempfile.mkdtemp()
tap = Tap()
ok = tap.ok


def vorw(*args, **kw):
    return subprocess.run([f"{B}/vorw", *args], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL, **kw)


def obj(path):
    return ("object", (os.path.basename(path), read(path)))


def page(s):
    """What protects the page is sent with each of its files, and what is no
    page keeps the policy that allows nothing."""
    files = {"/": "index.html"}
    files.update((f"/{f}", f) for f in os.listdir("verifier-host/service/page")
                 if f != "index.html")
    for url, f in sorted(files.items()):
        a = s.get(url)
        csp = a.headers.get("Content-Security-Policy", "")
        rules = dict(r.strip().split(" ", 1) for r in csp.split(";"))
        ok(a.status == 200 and
           a.body == read(f"verifier-host/service/page/{f}") and
           rules.pop("default-src") == "'none'" and
           rules.pop("require-trusted-types-for") == "'script'" and
           set(rules.values()) <= {"'self'", "'none'"} and
           {"base-uri", "form-action", "frame-ancestors"} <= set(rules) and
           a.headers.get_all("Content-Security-Policy") == [csp] and
           a.headers["X-Content-Type-Options"] == "nosniff" and
           a.headers["X-Frame-Options"] == "DENY" and
           a.headers["Referrer-Policy"] == "no-referrer" and
           a.headers["Cross-Origin-Opener-Policy"] == "same-origin" and
           a.headers["Cross-Origin-Resource-Policy"] == "same-origin",
           f"the page's {f}, with its policy", a.headers)
    html = read("verifier-host/service/page/index.html").decode()
    ok(not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)|//", html),
       "the page has no script and no style in itself, no other origin")
    for url in ("/healthz", "/nowhere"):
        a = s.get(url)
        ok(a.headers["Content-Security-Policy"].startswith("default-src 'none'") and
           "script-src" not in a.headers["Content-Security-Policy"],
           f"{url}: nothing may run", a.headers)
    for accept, kind in (("*/*", "text/html"), ("text/html,application/json",
                         "text/html"), ("application/json", "application/json")):
        a = s.get("/", headers={"Accept": accept})
        ok(a.headers["Content-Type"].split(";")[0] == kind,
           f"/ for {accept}: {kind}")


def answers(s):
    a = s.get("/healthz")
    ok(a.status == 200 and a.json()["ok"], "healthz: all is well", a.body)
    ok(s.get("/", headers={"Accept": "application/json"}).json()["service"] ==
       "vorw", "/: says what it is to who wants JSON")
    page(s)
    ok(s.get("/v1/openapi").body == read("docs/openapi.yaml"),
       "it hands out its own description")
    t = {t["name"]: t for t in s.get("/v1/targets").json()["targets"]}
    ok(T in t and t[T]["identity"], "targets", t)
    certs = s.get("/v1/certificates").json()["certificates"]
    with open(f"{DIR}/cert.pem", "w", encoding="ascii") as f:
        f.write(certs[0]["pem"])
    ok(certs[0]["pem"] == read(f"{B}/keys/dev.cert.pem").decode(),
       "the signer's certificate")


def curl_verify(s):
    url = f"http://127.0.0.1:{s.port}/v1/verify"
    p = subprocess.run(["curl", "-sf", "-H", "Prefer: wait=300", "-F", f"object=@{TINY}", "-F",
                        f"target={T}", url, "-o", f"{DIR}/tiny.blob"],
                       check=False)
    ok(p.returncode == 0, "curl -F object=@tiny.o -F target=…: a blob")
    c = vorw("check", f"{DIR}/tiny.blob", "--cert", f"{DIR}/cert.pem")
    ok(c.returncode == 0, "vorw check accepts it", c.stderr)
    v = vorw("verify", TINY, "-t", T, "-o", f"{DIR}/local.blob", "--json")
    ok(v.returncode == 0 and
       read(f"{DIR}/tiny.blob") == read(f"{DIR}/local.blob"),
       "the same bytes as vorw verify on this machine", v.stderr)
    cert = s.get("/v1/certificates").json()["certificates"][0]["sha256"]
    ok(json.loads(v.stdout)["signer"] == {"certificate": cert},
       "by the same certificate, in no log", v.stdout)
    v = vorw("verify", TINY, "-t", T, "-o", f"{DIR}/u.blob", "-u", "--json")
    ok(json.loads(v.stdout)["signer"] is None, "unsigned: by nobody", v.stdout)


def cached(s):
    blob = read(f"{DIR}/tiny.blob")
    a = s.submit([obj(TINY), ("target", T)])
    ok(a.status == 200 and a.body == blob, "again: the same bytes", a.status)
    ok(a.headers["ETag"] == f'"{hashlib.sha256(blob).hexdigest()}"',
       "with their digest as ETag")
    a = s.submit([obj(TINY), ("target", T)], {"Prefer": "respond-async"})
    j = a.json()
    ok(a.status == 202 and a.headers["Location"] == "/v1/jobs/" + j["id"] and
       j["attempts"] == 1, "respond-async: the job", a.body)
    ok(j["state"] == "done" and j["object"]["sha256"] ==
       hashlib.sha256(read(TINY)).hexdigest(), "which is done, by the object's digest")
    a = s.submit([obj(TINY), ("target", T), ("name", "another")],
                 {"Prefer": "respond-async"})
    ok(a.json()["id"] != j["id"], "another name is another job")
    s.wait_job(a.json()["id"])
    return j["id"], blob


def one_job(s, job, blob):
    digest = hashlib.sha256(blob).hexdigest()
    j = s.get(f"/v1/jobs/{job}").json()
    ok(j["blob"] == digest and j["report"]["programs"] and
       "program" in j["report_text"], "a job has its report")
    ok(any("signing" in x for x in j["progress"]), "and its progress",
       j["progress"])
    ok(s.get(f"/v1/jobs/{job}/blob").body == blob, "its blob")
    ok(s.get(f"/v1/blobs/{digest}").body == blob, "a blob by its digest")
    ok(s.get(f"/v1/jobs/{job}/log").status == 200 and
       "log" not in j["report"], "its log, once")
    p = s.get(f"/v1/jobs/{job}/provenance").json()
    ok(p["blob"] == digest and p["verified_for"]["name"] == T, "provenance")
    cert = s.get("/v1/certificates").json()["certificates"][0]["sha256"]
    ok(p["signer"]["certificate"] == cert and
       p["tool"] == vorw("--version").stdout.strip(), "by whom, with what", p)
    log = vorw("log", "verify", f"{s.state}/signing.log", "--blob",
               f"{DIR}/tiny.blob", "--head", p["signer"]["log_line"], "--json")
    ok(log.returncode == 0 and json.loads(log.stdout)["given_head_line"] ==
       json.loads(log.stdout)["blob_line"] == p["signer"]["log_seq"],
       "and which line of the signing log", log.stdout + log.stderr)
    e = s.get(f"/v1/jobs/{job}/events").body.decode()
    ok("event: progress\n" in e and e.rstrip().rsplit("\n", 2)[-2] ==
       "event: end", "events: progress, then the end", e)
    found = s.get(f"/v1/jobs?object={j['object']['sha256']}").json()["jobs"]
    ok(len(found) == 2 and job in [x["id"] for x in found],
       "jobs found by the object's digest")
    ok(len(s.get("/v1/jobs?limit=1").json()["jobs"]) == 1, "a list with a limit")
    ok(s.get("/v1/jobs?limit=x").status == 400, "which is a number")
    ok(s.get("/v1/jobs/" + "0" * 64).reason() == "not-found", "no such job")
    h = s.request("HEAD", f"/v1/jobs/{job}/blob")
    ok(h.status == 200 and not h.body and
       h.headers["Content-Length"] == str(len(blob)), "HEAD")


def refused(s):
    a = s.submit([obj(BAD), ("target", T)])
    d = a.json()
    ok(a.status == 422 and d["reason"] == "verifier-rejected" and
       len(d["log"]) > 100, "a refused program: 422, its reason and the log",
       a.body[:500])
    log = s.get(f"/v1/jobs/{d['job']}/log")
    ok(log.body.decode() == d["log"], "the log on its own")
    ok(s.get(f"/v1/jobs/{d['job']}/blob").status == 404, "there is no blob")
    b = s.submit([obj(BAD), ("target", T)])
    ok(b.status == 422 and b.body == a.body, "again: the same answer")


def remote(s):
    """vorw verify --remote: the same bytes, output and exit status."""
    url = f"http://127.0.0.1:{s.port}"
    out = f"{DIR}/remote.blob"
    here = vorw("verify", TINY, "-t", T, "-o", f"{DIR}/local.blob")
    there = vorw("verify", TINY, "-t", T, "-o", out, "--remote", url)
    ok(there.returncode == 0 and read(out) == read(f"{DIR}/local.blob"),
       "--remote: the same bytes as here", there.stderr)
    # the verifier's milliseconds differ

    def plain(text):
        return re.sub(r" +[0-9]+$", "", text, flags=re.M)
    ok(plain(there.stdout) == plain(here.stdout).replace("local.blob",
                                                         "remote.blob"),
       "the same report", (here.stdout, there.stdout))
    ok("vorw: verifying " in there.stderr, "its progress", there.stderr)
    j = json.loads(vorw("verify", TINY, "-t", T, "-o", out, "--remote", url,
                        "--json").stdout)
    here = json.loads(vorw("verify", TINY, "-t", T, "-o", out, "--json").stdout)
    ok(j["ok"] and j["blob"] == out and j["programs"] and
       set(j) == set(here), "--json: the same members", (here, j))
    j, here = (json.loads(vorw("verify", TINY, "-t", T, "-o", out, "--json",
                               "--log", f"{DIR}/log", *at).stdout)
               for at in (["--remote", url], []))
    ok(set(j) == set(here) and len(j["log"].splitlines()) ==
       len(here["log"].splitlines()) > 2, "with the log", (here, j))
    here = vorw("verify", BAD, "-t", T, "-o", out)
    there = vorw("verify", BAD, "-t", T, "-o", out, "--remote", url)
    ok(there.returncode == here.returncode == 1 and
       here.stderr.splitlines()[-1:] == there.stderr.splitlines()[-1:] and
       "verifier-rejected" in there.stderr,
       "a refusal: the same words and status", (here.stderr, there.stderr))
    for name, args, word in (
            ("nobody there", ["--remote", "http://127.0.0.1:1"],
             "remote-failed"),
            ("another protocol", ["--remote", "file:///etc"], "remote-failed"),
            ("no such target", ["--remote", url, "-t", "vax"],
             "target-unavailable")):
        if "-t" not in args:
            args += ["-t", T]
        p = vorw("verify", TINY, "-o", out, *args)
        ok(p.returncode == 1 and f"[{word}]" in p.stderr, f"--remote: {name}",
           p.stderr)
    p = vorw("verify", TINY, "-t", T, "-o", out, "--remote", url, "--unsigned")
    ok(p.returncode == 2, "--remote --unsigned is a mistake", p.stderr)


def several(s):
    a = s.submit([obj(TINY), ("target", T), ("target", T)])
    ok(a.status == 200 and [j["state"] for j in a.json()["jobs"]] ==
       ["done", "done"], "several targets: a list of jobs", a.body[:300])
    before = s.get("/v1/jobs?limit=1000").json()["jobs"]
    a = s.submit([obj(TINY), ("target", T), ("target", "vax"),
                  ("name", "half")])
    ok(a.status == 422 and a.reason() == "target-unavailable" and
       s.get("/v1/jobs?limit=1000").json()["jobs"] == before,
       "one of several targets is none: refused as a whole", a.body)
    m = s.get("/metrics").body.decode()
    ok(re.search(r'^vorw_jobs\{state="done"\} 2$', m, re.M) and
       re.search(r"^vorw_submitted_known_total [1-9]", m, re.M) and
       re.search(r'^vorw_answers_total\{status="422"\} 3$', m, re.M),
       "metrics count it", m)


def hostile(s):
    tgt = ("target", T)
    form = multipart([obj(TINY), tgt])
    cases = [
        ("no object", [tgt], 400, "bad-request"),
        ("no target", [obj(TINY)], 400, "bad-request"),
        ("an empty object", [("object", ("a.o", b"")), tgt], 400, "bad-request"),
        ("two objects", [obj(TINY), obj(TINY), tgt], 400, "bad-request"),
        ("a field that is none", [obj(TINY), tgt, ("x", "y")], 400,
         "bad-request"),
        ("an option that is neither", [obj(TINY), tgt, ("xlated", "1")], 400,
         "bad-request"),
        ("a name with a slash", [obj(TINY), tgt, ("name", "../x")], 400,
         "bad-request"),
        ("a target that is a path", [obj(TINY), ("target", "../../etc")], 422,
         "target-unavailable"),
        ("a target that is not there", [obj(TINY), ("target", "vax")], 422,
         "target-unavailable"),
        ("too many targets", [obj(TINY)] + [tgt] * 17, 400, "bad-request"),
        ("a target with a zero byte", [obj(TINY), ("target", b"arm\0v7")], 400,
         "bad-request"),
        ("not an object", [("object", ("a.o", b"hello")), tgt], 422,
         "bad-object"),
        ("an object above the limit",
         [("object", ("a.o", b"\x7fELF" + b"x" * (16 << 20))), tgt], 413,
         "limit-exceeded"),
    ]
    for name, parts, status, reason in cases:
        a = s.submit(parts)
        ok(a.status == status and a.reason() == reason,
           f"refused: {name}: {status} {reason}", (a.status, a.body[:300]))
        if name == "an empty object":
            ok(b"is empty" in a.body, "as what it is", a.body)
        if reason == "target-unavailable":
            ok(os.getcwd() not in a.body.decode() and b"/v1/targets" in a.body,
               "no path of the service's in it", a.body)
    bodies = [
        ("no multipart", b"x=1", "application/x-www-form-urlencoded", 415),
        ("no content type", b"x", None, 415),
        ("no boundary", form[0], "multipart/form-data", 400),
        ("cut in the middle", form[0][:len(form[0]) // 2], form[1], 400),
        ("its end is missing", form[0][:-12], form[1], 400),
        ("another boundary", form[0], "multipart/form-data; boundary=zz", 400),
        ("an empty body", b"", form[1], 400),
    ]
    for name, body, kind, status in bodies:
        a = s.request("POST", "/v1/verify", body,
                      {"Content-Type": kind} if kind else {})
        ok(a.status == status, f"refused: {name}: {status}",
           (a.status, a.body[:300]))
    for path in ("/v1/../etc/passwd", "/v1/jobs/..%2f..%2fetc%2fpasswd",
                 "/v1/jobs/" + "A" * 64, "/v1/jobs/" + "0" * 65, "/v1/jobs/",
                 "//", "/v1/verify/", "/v1/blobs/%00", "/" + "x" * 4000):
        ok(s.get(path).status == 404, f"no such path: {path[:40]}")
    ok(s.request("DELETE", "/v1/jobs").status == 405, "a method that is none")
    ok(s.get("/v1/verify").status == 405, "GET where POST belongs")
    ok(s.get("/v1/jobs", headers={"Origin": "http://evil.example"}).status ==
       403, "a page of another origin")
    ok(all(s.get("/v1/jobs", headers={h: "x"}).status == 403
           for h in ("Forwarded", "Via", "X-Forwarded-For", "X-Real-IP")),
       "a proxy in front of a service without tokens")
    ok(s.get("/v1/jobs", headers={"Host": "evil.example"}).status == 403,
       "another host's name, while open")
    ok(s.request("POST", "/v1/verify", form[0], {
        "Content-Type": form[1], "Prefer": "wait=soon"}).status == 400,
       "a wait that is no number")
    ok([s.request("POST", f"/v1/verify?wait={n}", form[0], {
        "Content-Type": form[1], "Prefer": "wait=300"}).status
        for n in ("soon", 0)] == [400, 200], "a wait in the URL, before Prefer's")


def raw(s, data, seconds=10):
    with socket.create_connection(("127.0.0.1", s.port), timeout=seconds) as c:
        try:
            c.sendall(data)
            c.shutdown(socket.SHUT_WR)
            return c.recv(4096)
        except OSError:
            return b""


def raw_hostile(s):
    big = raw(s, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " +
              b"y" * 100000 + b"\r\n\r\n")
    ok(not big or b" 431 " in big[:40] or b" 413 " in big[:40] or
       b" 414 " in big[:40], "headers above the limit are not taken", big[:80])
    for name, data in (
            ("garbage", b"\x16\x03\x01\x02\x00\x01\x00"),
            ("two lengths", b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
             b"Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello"),
            ("a negative length", b"POST /v1/verify HTTP/1.1\r\nHost: "
             b"localhost\r\nContent-Length: -5\r\n\r\nhello"),
            ("a bad chunk", b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
             b"Content-Type: multipart/form-data; boundary=xx\r\n"
             b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")):
        got = raw(s, data)
        ok(b" 200 " not in got[:20] and b" 202 " not in got[:20],
           f"{name}: no success", got[:80])
    slow = []
    for _ in range(40):
        c = socket.create_connection(("127.0.0.1", s.port))
        c.sendall(b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 1000000\r\nContent-Type: "
                  b"multipart/form-data; boundary=xx\r\n\r\n--xx\r\n")
        slow.append(c)
    start = time.monotonic()
    a = s.submit([obj(TINY), ("target", T)])
    ok(a.status == 200 and time.monotonic() - start < 20,
       "40 clients that stop in the middle: others are served")
    for c in slow:
        c.close()
    ok(s.get("/healthz").status == 200, "and it is well")


def metrics(s):
    """Those that have no labels."""
    return {k: float(v) for k, v in re.findall(
        r"^vorw_(\w+) (\S+)$", s.get("/metrics").body.decode(), re.M)}


def killed(s):
    a = s.submit([obj(OTHER), ("target", T)], {"Prefer": "respond-async"})
    job = a.json()["id"]
    s.wait_state(job, "running")
    workers = s.children("worker")
    # or one takes the job of another, and dies over it, too
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    for pid in workers:
        kill_hard(pid)
    j = s.wait_job(job)
    ok(j["state"] == "done" and j["attempts"] == 2,
       "all workers killed in the middle: done at the second try", j)
    end = time.monotonic() + 60
    while metrics(s)["workers"] != 2 and time.monotonic() < end:
        time.sleep(0.2)
    m = metrics(s)
    ok(m["workers"] == 2 and m["leases_lost_total"] == 1,
       "metrics: one ended in the middle of a job, two are there", m)
    a = s.submit([obj(OTHER), ("target", T), ("name", "killed-2")],
                 {"Prefer": "respond-async"})
    job = a.json()["id"]
    s.wait_state(job, "running")
    signer = s.children("signer")[0]
    kill_hard(signer)
    j = s.wait_job(job)
    ok(j["state"] == "done", "the signer killed in the middle: done", j)
    a = s.submit([obj(OTHER), ("target", T), ("name", "killed-3")],
                 {"Prefer": "respond-async"})
    job = a.json()["id"]
    s.wait_state(job, "running")
    ok(s.stop(signal.SIGKILL) == -signal.SIGKILL,
       "the front end killed in the middle")
    s.start()
    j = s.wait_job(job)
    ok(j["state"] == "done", "started again: done", j)
    a = s.submit([obj(OTHER), ("target", T), ("name", "stopped")],
                 {"Prefer": "respond-async"})
    job = a.json()["id"]
    s.wait_state(job, "running")
    start = time.monotonic()
    rc = s.stop()
    ok(rc == 0 and time.monotonic() - start < 40, "SIGTERM: it ends, exit 0", rc)
    s.start()
    j = s.wait_job(job)
    ok(j["state"] == "done" and j["attempts"] == 1,
       "the job it had was given back, and is done", j)


def ended_while_writing(s):
    """Workers told to end while they wait for the database, to write a result:
    that is no death of theirs."""
    for n in range(8):
        a = s.submit([obj(TINY), ("target", T), ("name", f"writing-{n}")],
                     {"Prefer": "respond-async"})
        job = a.json()["id"]
        while True:
            j = s.get(f"/v1/jobs/{job}").json()
            if any("signing" in x for x in j["progress"]) or j["finished"]:
                break
        db = sqlite3.connect(f"{s.state}/vorw.db", isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        if s.get(f"/v1/jobs/{job}").json()["state"] == "running":
            break
        db.close()
    time.sleep(2)
    for pid in s.children("worker"):
        os.kill(pid, signal.SIGTERM)
    time.sleep(0.5)
    db.close()
    j = s.wait_job(job)
    ok(j["state"] == "done" and j["attempts"] == 1,
       "workers ended while one writes a result: it is written, or given back",
       j)


def invariants(s):
    """Nothing accepted was lost; one object, target and options: one blob."""
    jobs = s.get("/v1/jobs?limit=1000").json()["jobs"]
    ends = [j["state"] for j in jobs]
    ok(all(e in ("done", "refused") for e in ends), "every job has its result",
       ends)
    key = {}
    good = True
    for j in jobs:
        if j["state"] == "done":
            blob = s.get(f"/v1/jobs/{j['id']}/blob").body
            good &= hashlib.sha256(blob).hexdigest() == j["blob"]
            key.setdefault(j["content"], set()).add(j["blob"])
    ok(good, "every blob is what its job says")
    ok(all(len(v) == 1 for v in key.values()),
       "no content was signed in two ways", key)
    log = vorw("log", "verify", f"{s.state}/signing.log")
    ok(log.returncode == 0, "the signing log is whole", log.stderr)


def token_add(s, *args):
    p = vorw("token", "add", "--state", s.state, *args)
    return p.stdout.strip()


def starts(s):
    """What does not start, and says why."""
    p = vorw("serve", "--listen", "127.0.0.1:0", "--state", s.state)
    ok(p.returncode == 1 and f"another vorw serve has {s.state}" in p.stderr,
       "a second service on the same directory", p.stderr)
    for args in (("-k", "nix.pem", "-c", "nix.pem"),
                 ("-k", "docs/openapi.yaml", "-c", "nix.pem")):
        p = vorw("serve", "--listen", "127.0.0.1:0", "--state",
                 f"{DIR}/state2", *args)
        ok(p.returncode == 1 and "nix.pem: No such file" in p.stderr and
           "[key-unusable]" in p.stderr, "a key that is not there", p.stderr)
    key = shutil.copy(f"{B}/keys/dev.key.pem", f"{DIR}/open.pem")
    os.chmod(key, 0o644)
    p = vorw("serve", "--listen", "127.0.0.1:0", "--state", f"{DIR}/state2",
             "-k", key, "-c", f"{B}/keys/dev.cert.pem")
    ok(p.returncode == 1 and "open.pem: mode 644" in p.stderr and
       "the signer does not start" in p.stderr and
       "[signer-unavailable]" in p.stderr,
       "a signer that cannot start: the service ends", p.stderr)
    ok(p.stderr.count('"started":"signer"') == 1 and
       not os.path.exists(f"{DIR}/state2/signer.sock"),
       "without trying again", p.stderr)
    signer_goes_on()
    log_in_use()
    p = vorw("token", "list", "--state", f"{DIR}/state3")
    ok(p.returncode == 1 and "[store-failed]" in p.stderr,
       "tokens of no service", p.stderr)
    p = vorw("token", "add", "--state", f"{DIR}/state3", "--name", "early")
    ok(p.returncode == 0 and f"{DIR}/state3/vorw.db is new" in p.stderr,
       "a token before the service: said", p.stderr)
    os.makedirs(f"{DIR}/unused")
    with open(f"{DIR}/unused/vorw.db", "w", encoding="ascii"):
        pass
    p = vorw("token", "list", "--state", f"{DIR}/unused")
    ok(p.returncode == 1 and "[store-failed]" in p.stderr,
       "tokens of an empty store", p.stderr)
    p = vorw("token", "add", "--state", f"{DIR}/unused", "--name", "early")
    ok(p.returncode == 0 and "/vorw.db is new" in p.stderr,
       "a token in a store that was only made: said", p.stderr)
    ok("is new" not in vorw("token", "add", "--state", f"{DIR}/state3",
                            "--name", "second").stderr, "once")
    for bad in ("state=bla", "target=%ff", "object=12", "before=1&before_id=x",
                "before_id=" + "0" * 64, "blob=" + "g" * 64):
        ok(s.get("/v1/jobs?" + bad).status == 400, f"a search for {bad[:12]}")


def signer_goes_on():
    """One that had started, and ends by itself."""
    with Service(tap, f"{DIR}/state5", "--workers", "0") as s:
        signer = s.children("signer")[0]
        with open(f"/proc/{signer}/task/{signer}/children",
                  encoding="ascii") as f:
            checker = int(f.read())
        os.kill(checker, signal.SIGKILL)
        end = time.monotonic() + 60
        while (signer in s.children("signer") or
               s.get("/healthz").status != 200) and time.monotonic() < end:
            time.sleep(0.1)
        ok(s.get("/healthz").status == 200 and
           any('"exit status 3"' in x for x in s.log),
           "a signer that cannot go on is started again", "".join(s.log))
        ok(s.stop() == 0, "and the service ends as ever")


def log_in_use():
    """As by the signer of a service that was killed."""
    state = f"{DIR}/state5"
    with open(f"{state}/signing.log", "r+b") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        serve = subprocess.Popen(
            [f"{B}/vorw", "serve", "--listen", "127.0.0.1:0", "--state", state,
             "--workers", "0"], stderr=subprocess.PIPE, text=True)
        line = serve.stderr.readline()
        ok("waits_for" in line and "signing.log" in line,
           "a log that another signer has is waited for", line)
        serve.terminate()
        ok(serve.wait(60) == 0, "until SIGTERM", serve.stderr.read())
        serve.stderr.close()
        s = Service(tap, state, "--workers", "0")
        threading.Timer(1, fcntl.flock, (log, fcntl.LOCK_UN)).start()
        with s:
            ok(any("waits_for" in x for x in s.log), "or until it is free",
               "".join(s.log))


def nobody(s):
    """Each operation, asked by who may not: refused as the document says."""
    name = token_add(s, "--name", "nothing")
    con = sqlite3.connect(f"{s.state}/vorw.db", timeout=30)
    con.execute("UPDATE tokens SET scopes = 0 WHERE name = 'nothing'")
    con.commit()
    con.close()
    cases = [("without a token", {}, 401),
             ("with a token that is none",
              {"Authorization": "Bearer vorw_" + "0" * 64}, 401),
             ("with a token that may not",
              {"Authorization": "Bearer " + name}, 403)]
    foreign = {"Authorization": "Bearer " + name,
               "Origin": "http://evil.example"}
    s.token = None
    for method, path, op in operations():
        url = re.sub(r"\{[^}]*\}", "0" * 64, path)
        got = {what: s.request(method, url, headers=h).status
               for what, h, _ in cases}
        want = {what: 200 if op.get("security") == [] else status
                for what, _, status in cases}
        ok(got == want, f"{op['operationId']}, by who may not", got)
        ok(s.request(method, url, headers=foreign).status == 403 and
           s.request(method, url, headers={"Origin": "null"}).status == 403,
           "and by a page of another origin: 403")


def tokens(s):
    both = token_add(s, "--name", "both", "--scope", "submit", "--scope",
                     "read")
    ok(re.fullmatch("vorw_[0-9a-f]{64}", both), "vorw token add", both)
    files = [read(f"{s.state}/{f}") for f in os.listdir(s.state)
             if f.startswith("vorw.db")]
    ok(files and not any(both.encode() in f for f in files),
       "the database has no token in it")
    a = s.get("/v1/jobs")
    ok(a.status == 401 and "Bearer" in a.headers["WWW-Authenticate"],
       "there is one now: it is needed")
    ok(s.get("/healthz").status == 200, "not for healthz")
    for bad in ("Bearer vorw_" + "0" * 64, "Bearer", "Bearer ", both,
                "Basic " + both, "Bearer " + both + "x", "Bearer " + both[:-1]):
        ok(s.get("/v1/jobs", headers={"Authorization": bad}).status == 401,
           f"refused: {bad[:20]}…")
    s.token = both
    ok(s.get("/v1/jobs").status == 200, "with it: answered")
    s.token = token_add(s, "--name", "r", "--scope", "read")
    a = s.submit([obj(TINY), ("target", T)])
    ok(a.reason() == "scope-missing" and "'submit'" in a.json()["detail"],
       "one for reading does not submit", a.body)
    s.token = token_add(s, "--name", "s")
    ok(s.submit([obj(TINY), ("target", T)]).status == 200, "one for submitting does")
    ok(s.get("/v1/jobs").status == 403, "but does not list what others do")
    s.token = token_add(s, "--name", "small", "--max-bytes", "100")
    a = s.submit([obj(TINY), ("target", T)])
    ok(a.status == 413 and a.reason() == "quota-exceeded" and
       "100 bytes" in a.json()["detail"], "its size limit", a.body)
    s.token = token_add(s, "--name", "few", "--max-queued", "1")
    first = s.submit([obj(TINY), ("target", T), ("name", "q1")],
                     {"Prefer": "respond-async"})
    a = s.submit([obj(TINY), ("target", T), ("name", "q2")],
                 {"Prefer": "respond-async"})
    ok(first.status == 202 and a.status == 429 and
       a.reason() == "quota-exceeded" and a.headers["Retry-After"],
       "its quota of jobs", a.body)
    s.wait_job(first.json()["id"])
    listed = vorw("token", "list", "--state", s.state).stdout
    ok("  few\n          at most 1 jobs at a time\n" in listed and
       "  small\n          at most 100 bytes an object\n" in listed and
       listed.count("at most") == 2, "token list: with quotas", listed)
    tid = next(x.split()[0] for x in listed.splitlines() if x.endswith(" both"))
    s.token = both
    ok(vorw("token", "revoke", tid, "--state", s.state).returncode == 0 and
       s.get("/v1/jobs").status == 401, "revoked: refused", listed)
    s.token = token_add(s, "--name", "last", "--scope", "submit", "--scope",
                        "read")
    p = vorw("verify", TINY, "-t", T, "-o", f"{DIR}/t.blob", "--remote",
             f"http://127.0.0.1:{s.port}")
    ok(p.returncode == 1 and "[unauthorized]" in p.stderr and
       "--token-file" in p.stderr, "--remote without one", p.stderr)
    p = vorw("verify", TINY, "-t", T, "-o", f"{DIR}/t.blob", "--remote",
             f"http://127.0.0.1:{s.port}",
             env={**os.environ, "VORW_TOKEN": s.token})
    ok(p.returncode == 0, "--remote with $VORW_TOKEN", p.stderr)


def main():
    with Service(tap, f"{DIR}/state", "--workers", "2") as s:
        ok(True, "vorw serve is up")
        answers(s)
        curl_verify(s)
        job, blob = cached(s)
        one_job(s, job, blob)
        refused(s)
        several(s)
        remote(s)
        hostile(s)
        raw_hostile(s)
        killed(s)
        ended_while_writing(s)
        starts(s)
        tokens(s)
        token = s.token
        nobody(s)
        s.token = token
        invariants(s)
        ok(not s.errors, "every answer is as docs/openapi.yaml says",
           "\n".join(s.errors))
        all_ops = {op["operationId"] for _, _, op in operations()}
        ok(all_ops == seen_operations, "every operation of it was asked for",
           all_ops - seen_operations)
        ok(s.stop() == 0, "stopped")


suite(tap, main, DIR)
