#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""ops.py - a service in operation, as docs/operations.md says: installed,
upgraded, backed up, restored, cleaned up.  PG_URL is a server to use, PG_BIN
its programs.  Prints TAP."""
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from client import B, T, TINY, Service, Tap, read, suite

PG_URL, PG_BIN = os.environ["PG_URL"], os.environ["PG_BIN"]
OTHER = f"{B}/tests/progs/alu.o"
DIR = tempfile.mkdtemp()
tap = Tap()
ok = tap.ok


def run(*args, **kw):
    return subprocess.run(args, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **kw)


def parts(path, *more):
    return [("object", (os.path.basename(path), read(path))), ("target", T),
            *more]


def job_of(s, *args):
    a = s.submit(parts(*args), {"Prefer": "respond-async"})
    return a.json()["id"]


def signed(s):
    """A job that ends well: its id and blob."""
    a = s.submit(parts(TINY))
    if not ok(a.status == 200, "a blob", a.body[:300]):
        raise RuntimeError("no blob")
    return job_of(s, TINY), a.body


def log_head(state):
    p = run(f"{B}/vorw", "log", "verify", f"{state}/signing.log", "--json")
    return json.loads(p.stdout)["head"]


def goes_on(s, job, blob, head, what):
    """A restored service knows what was, and signs what comes."""
    j = s.get(f"/v1/jobs/{job}").json()
    ok(j["state"] == "done" and s.get(f"/v1/jobs/{job}/blob").body == blob,
       f"{what}: the job is there, and its blob", j)
    a = s.submit(parts(TINY))
    ok(a.status == 200 and a.body == blob, f"{what}: asked again, the same bytes",
       a.body[:300])
    a = s.submit(parts(TINY, ("name", "after_restore")))
    ok(a.status == 200 and a.body != blob, f"{what}: it goes on", a.body[:300])
    p = run(f"{B}/vorw", "log", "verify", f"{s.state}/signing.log", "--head",
            head)
    ok(p.returncode == 0, f"{what}: the signing log is whole, and has what was "
       "signed before", p.stderr)


def one_worker(name, *args):
    return Service(tap, f"{DIR}/{name}", "--workers", "1", *args)


def sqlite_backup():
    with one_worker("lite") as s:
        job, blob = signed(s)
        # while it runs, and has work
        busy = job_of(s, OTHER)
        con = sqlite3.connect(f"{DIR}/lite/vorw.db")
        con.execute("VACUUM INTO ?", (f"{DIR}/copy.db",))
        con.close()
        shutil.copy(f"{DIR}/lite/signing.log", f"{DIR}/copy.log")
        head = log_head(f"{DIR}/lite")
        ok(s.wait_job(busy)["state"] == "done",
           "SQLite, VACUUM INTO: the service goes on meanwhile")
    left = sorted(x for x in os.listdir(f"{DIR}/lite") if x.startswith("vorw.db"))
    ok(left == ["vorw.db"], "stopped: nothing but the database is left", left)
    os.mkdir(f"{DIR}/lite2", 0o700)
    shutil.copy(f"{DIR}/copy.db", f"{DIR}/lite2/vorw.db")
    # the log of now, not of then: it is on another disk, and only grows
    shutil.copy(f"{DIR}/lite/signing.log", f"{DIR}/lite2/signing.log")
    with one_worker("lite2") as s:
        goes_on(s, job, blob, head, "SQLite restored")
        j = s.wait_job(busy)
        ok(j["state"] == "done",
           "what was running when it was copied is done", j)
        lines = len(read(f"{DIR}/lite2/signing.log").splitlines())
        ok(lines == len(read(f"{DIR}/lite/signing.log").splitlines()) + 1,
           "and was not signed a second time", lines)
    # nothing but the copies: the log of then is behind the database of now
    os.mkdir(f"{DIR}/lite3", 0o700)
    shutil.copy(f"{DIR}/copy.db", f"{DIR}/lite3/vorw.db")
    shutil.copy(f"{DIR}/copy.log", f"{DIR}/lite3/signing.log")
    with one_worker("lite3") as s:
        ok(s.wait_job(busy)["state"] == "done", "with the log's copy, too")


def postgres_backup():
    second = PG_URL.replace("/postgres?", "/restored?")
    with one_worker("pg", "--store", PG_URL) as s:
        job, blob = signed(s)
        p = run(f"{PG_BIN}/pg_dump", "-Fc", "-d", PG_URL, "-f", f"{DIR}/dump")
        ok(p.returncode == 0, "PostgreSQL: pg_dump while it runs", p.stderr)
        head = log_head(f"{DIR}/pg")
    p = run(f"{PG_BIN}/psql", "-d", PG_URL, "-c", "CREATE DATABASE restored")
    p = run(f"{PG_BIN}/pg_restore", "-d", second, f"{DIR}/dump")
    ok(p.returncode == 0, "pg_restore into a new database", p.stderr)
    with one_worker("pg", "--store", second) as s:
        goes_on(s, job, blob, head, "PostgreSQL restored")


def retention():
    s = Service(tap, f"{DIR}/lite", "--workers", "0", "--retain", "30")
    con = sqlite3.connect(f"{DIR}/lite/vorw.db")
    old = con.execute("SELECT id, blob, object FROM jobs WHERE state = 'done'"
                      " ORDER BY created").fetchone()
    month = 31 * 86400000
    con.execute("UPDATE jobs SET finished = finished - ?, updated = updated - ?"
                " WHERE id = ?", (month, month, old[0]))
    con.commit()
    count = con.execute("SELECT count(*) FROM jobs").fetchone()[0]
    con.close()
    with s:
        for _ in range(100):
            if any('"expired"' in line for line in s.log):
                break
            time.sleep(0.1)
        ok(s.get(f"/v1/jobs/{old[0]}").status == 404,
           "--retain 30: a job that ended 31 days ago is forgotten")
        ok(s.get(f"/v1/blobs/{old[1]}").status == 404, "with its blob")
        ok(len(s.get("/v1/jobs").json()["jobs"]) == count - 1 and count > 1,
           "and no other")
    p = run(f"{B}/vorw", "log", "verify", f"{DIR}/lite/signing.log")
    ok(p.returncode == 0 and old[1] in read(
        f"{DIR}/lite/signing.log").decode(), "the signing log keeps all")


def install(*args, build=None):
    env = {**os.environ, **({"BUILD": build} if build else {})}
    p = run("verifier-host/service/deploy/install", *args, env=env)
    if p.returncode:
        raise RuntimeError(p.stderr)


def waits_for_old_target(s, prefix):
    """A job that no worker has taken when the target becomes another one."""
    worker = s.children("worker")[0]
    os.kill(worker, signal.SIGSTOP)
    waits = job_of(s, TINY, ("name", "waits"))
    install("-n", prefix, T)
    os.kill(worker, signal.SIGCONT)
    j = s.wait_job(waits)
    ok(j["state"] == "failed" and j["reason"] == "target-unavailable",
       "a job that waited for the target as it was has failed", j)
    a = s.submit(parts(TINY, ("name", "waits")))
    ok(a.status == 200, "submitted again, it is done", a.body[:300])


def upgrade():
    """Another guest for the target, while the service runs."""
    prefix = f"{DIR}/usr"
    install(prefix, T)
    tree = f"{prefix}/lib/vorw/bin"
    p = run(f"{prefix}/bin/vorw", "target", "show", T,
            env={k: v for k, v in os.environ.items() if k != "VORW_TARGETS"})
    ok(p.returncode == 0 and T in p.stdout, "installed: the target is there",
       p.stderr)
    new = f"{DIR}/build"
    shutil.copytree(f"{tree}/{T}/", f"{new}/{T}", symlinks=True)
    # the same guest, other bytes: what is behind the archive's end
    with open(f"{new}/{T}/guest/initramfs.cpio", "ab") as f:
        f.write(bytes(512))
    os.environ["VORW_TARGETS"] = tree
    s = Service(tap, f"{DIR}/up", "--key", os.path.abspath(
        f"{B}/keys/dev.key.pem"), "--cert", os.path.abspath(
            f"{B}/keys/dev.cert.pem"), "--workers", "1", build=tree)
    with s:
        job, blob = signed(s)
        busy = job_of(s, OTHER)
        s.wait_state(busy, "running")
        install("-n", prefix, T, build=new)
        ok(s.wait_job(busy)["state"] == "done",
           "a target replaced while a job runs: the job is done")
        again = job_of(s, TINY)
        ok(again != job, "the same object is a new job then", again)
        j = s.wait_job(again)
        ok(j["state"] == "done" and
           s.get(f"/v1/jobs/{again}/blob").body == blob,
           "which gives the same bytes", j)
        ok(s.get(f"/v1/jobs/{job}").json()["state"] == "done",
           "and the old one is still there")
        waits_for_old_target(s, prefix)
        # nobody could say what for a blob is
        os.unlink(f"{new}/{T}/guest/build-id")
        with open(f"{new}/{T}/guest/kernel", "wb") as f:
            f.write(bytes(4096))
        install("-n", prefix, T, build=new)
        a = s.submit(parts(TINY))
        ok(a.status == 422 and a.reason() == "target-unavailable" and
           "no build-id" in a.json()["detail"],
           "a target whose kernel has no build-id: refused", a.body[:300])
        t = {t["name"]: t for t in s.get("/v1/targets").json()["targets"]}
        ok(t[T]["identity"] is None, "and listed without identity", t[T])
    install("-n", prefix, T)
    programs()
    del os.environ["VORW_TARGETS"]


def programs():
    """Another vorw-service, installed over one that runs, then restarted."""
    tree = f"{DIR}/usr/lib/vorw/bin"
    args = ["--key", os.path.abspath(f"{B}/keys/dev.key.pem"),
            "--cert", os.path.abspath(f"{B}/keys/dev.cert.pem")]
    with Service(tap, f"{DIR}/prog", "--workers", "1", *args, build=tree) as s:
        job, blob = signed(s)
    with Service(tap, f"{DIR}/prog", "--workers", "0", *args, build=tree) as s:
        waits = job_of(s, OTHER)
        # other bytes behind the program's end do not change what it does
        with open(f"{DIR}/new", "wb") as f:
            f.write(read(f"{tree}/vorw-service") + b"\n")
        os.chmod(f"{DIR}/new", 0o755)
        os.rename(f"{DIR}/new", f"{tree}/vorw-service")
        ok(job_of(s, TINY) == job, "a program that was replaced, and still runs,"
           " knows its jobs")
    with Service(tap, f"{DIR}/prog", "--workers", "1", *args, build=tree) as s:
        j = s.wait_job(waits)
        ok(j["reason"] == "target-unavailable",
           "restarted as another program: a job that waited has failed", j)
        a = s.submit(parts(OTHER))
        ok(a.status == 200, "submitted again, it is done", a.body[:300])
        again, other = signed(s)
        ok(again != job and other == blob,
           "what was known is verified anew, and gives the same bytes", again)


def new_key(name):
    p = run("keys/make-key", "-n", name, f"{DIR}/{name}.key",
            f"{DIR}/{name}.pem")
    if p.returncode:
        raise RuntimeError(p.stderr)
    return "--key", f"{DIR}/{name}.key", "--cert", f"{DIR}/{name}.pem"


def by(cert, blob):
    """Is the blob good for who believes this certificate?"""
    with open(f"{DIR}/by.blob", "wb") as f:
        f.write(blob)
    return run(f"{B}/vorw", "check", f"{DIR}/by.blob", "--cert",
               cert).returncode == 0


def key_rotation():
    """The service's own signer, started anew with another key."""
    old, new = new_key("old"), new_key("new")
    old_pem, new_pem = old[3], new[3]
    with one_worker("rot", *old) as s:
        job, blob = signed(s)
        ok(by(old_pem, blob) and not by(new_pem, blob),
           "signed with the first key")
    with Service(tap, f"{DIR}/rot", "--workers", "0", *old) as s:
        waits = job_of(s, OTHER)
        ok(job_of(s, TINY) == job, "the same key: the same job")
    with one_worker("rot", *new) as s:
        j = s.wait_job(waits)
        ok(j["reason"] == "target-unavailable",
           "another key: a job that waited has failed", j)
        again, other = signed(s)
        ok(again != job and by(new_pem, other) and not by(old_pem, other),
           "the same object is a new job, signed with the new key", again)
        ok(s.submit(parts(TINY)).body == other,
           "asked again, the same bytes")
        ok(s.get(f"/v1/jobs/{job}/blob").body == blob,
           "the old job has the old signature")
        a = s.submit(parts(OTHER))
        ok(a.status == 200 and by(new_pem, a.body),
           "what has failed is submitted again, and done", a.body[:300])
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)
    with one_worker("rot", *old) as s:
        ok(s.submit(parts(TINY)).body == blob,
           "the first key again: its bytes")
    p = run(f"{B}/vorw", "log", "verify", f"{DIR}/rot/signing.log")
    ok(p.returncode == 0, "the signing log has both, and is whole", p.stderr)


def cosigned():
    """Two services that share nothing verify the same object."""
    blobs = []
    for name in "one", "two":
        with one_worker(f"co-{name}", *new_key(name)) as s:
            p = run(f"{B}/vorw", "verify", TINY, "--target", T, "--remote",
                    f"http://127.0.0.1:{s.port}", "-o", f"{DIR}/{name}.blob")
            ok(p.returncode == 0, f"service {name}: verified", p.stderr)
            # the same object, called otherwise
            a = s.submit([("object", ("other.o", read(TINY))), ("target", T)])
            with open(f"{DIR}/{name}-other.blob", "wb") as f:
                f.write(a.body)
        blobs.append(read(f"{DIR}/{name}.blob"))
    ok(blobs[0] != blobs[1], "two blobs")
    certs = ["--cert", f"{DIR}/one.pem", "--cert", f"{DIR}/two.pem"]
    p = run(f"{B}/vorw", "cosign", f"{DIR}/one.blob", "--with",
            f"{DIR}/two.blob", "-o", f"{DIR}/sigs")
    ok(p.returncode == 0, "of one content: cosigned", p.stderr)
    for name in "one", "two":
        p = run(f"{B}/vorw", "check", f"{DIR}/{name}.blob", *certs,
                "--cosigned", "2", "--signatures", f"{DIR}/sigs")
        ok(p.returncode == 0, f"two of two, with the blob of service {name}",
           p.stderr)
    p = run(f"{B}/vorw", "check", f"{DIR}/one.blob", *certs[:2],
            "--cosigned", "2", "--signatures", f"{DIR}/sigs")
    ok(p.returncode == 1 and "[unknown-signer]" in p.stderr,
       "who believes only one of them has one", p.stderr)
    p = run(f"{B}/vorw", "cosign", f"{DIR}/one.blob", "--with",
            f"{DIR}/two-other.blob", "-o", f"{DIR}/none")
    ok(p.returncode == 1 and "[evidence-mismatch]" in p.stderr,
       "under another file name it is another content", p.stderr)


def signer(key, sock, log):
    return subprocess.Popen(
        [f"{B}/vorw", "signer", "--socket", sock, "--log", log, *key],
        stderr=subprocess.DEVNULL)


def signer_rotation():
    """A signer elsewhere gets another key, while front end and worker run."""
    old = "--key", f"{DIR}/old.key", "--cert", f"{DIR}/old.pem"
    new = "--key", f"{DIR}/new.key", "--cert", f"{DIR}/new.pem"
    sock = f"{DIR}/rot.sock"
    s = one_worker("rot2", "--signer", sock)
    starts = threading.Thread(target=s.start)
    starts.start()
    while not getattr(s, "port", None):
        time.sleep(0.1)
    a = s.submit(parts(TINY))
    ok(a.status == 503 and a.reason() == "signer-unavailable",
       "no signer since the start: 503", a.body)
    p = signer(old, sock, f"{DIR}/rot-old.log")
    try:
        starts.join()
        job, blob = signed(s)
        ok(by(old[3], blob), "a signer elsewhere")
        p.terminate()
        p.wait(60)
        a = s.submit(parts(TINY))
        ok(a.status == 200 and a.body == blob,
           "it is away: what is known is answered", a.body[:300])
        p = signer(new, sock, f"{DIR}/rot-new.log")
        want = read(new[3]).decode()
        for _ in range(300):
            c = s.get("/v1/certificates").json()["certificates"][0]["pem"]
            if c == want:
                break
            time.sleep(0.1)
        ok(c == want, "it comes back with another certificate")
        again, other = signed(s)
        ok(again != job and by(new[3], other),
           "and what was known is signed with it", again)
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)
    finally:
        p.terminate()
        p.wait(60)
        s.stop()


def apart():
    """A front end without a signer; a worker that has one."""
    state = f"{DIR}/apart"
    front = Service(tap, state, "--workers", "0", "--no-signer", "--cert",
                    f"{B}/keys/dev.cert.pem").start()
    sock, log = f"{DIR}/s.sock", f"{DIR}/s.log"
    signer = subprocess.Popen(
        [f"{B}/vorw", "signer", "--socket", sock, "--log", log, "--key",
         f"{B}/keys/dev.key.pem", "--cert", f"{B}/keys/dev.cert.pem"],
        stderr=subprocess.DEVNULL)
    worker = subprocess.Popen([f"{B}/vorw", "worker", "--store",
                               f"{state}/vorw.db", "--signer", sock],
                              stderr=subprocess.DEVNULL)
    try:
        h = front.get("/healthz").json()
        ok(h["ok"] and h["signer"] is None, "--no-signer: it has none to ask", h)
        c = front.get("/v1/certificates").json()["certificates"][0]["pem"]
        ok(c == read(f"{B}/keys/dev.cert.pem").decode(),
           "the certificate is the file's")
        a = front.submit(parts(TINY))
        ok(a.status == 200, "a worker elsewhere verifies", a.body[:300])
        with open(f"{DIR}/apart.blob", "wb") as f:
            f.write(a.body)
        p = run(f"{B}/vorw", "log", "verify", log, "--blob", f"{DIR}/apart.blob")
        ok(p.returncode == 0, "and its signer has it in the log", p.stderr)
        ok(not front.errors, "all as docs/openapi.yaml says", front.errors)
    finally:
        for p in worker, signer:
            p.terminate()
            p.wait(60)
        ok(front.stop() == 0, "stopped")
    p = run(f"{B}/vorw", "serve", "--no-signer", "--cert", "x")
    ok(p.returncode == 2, "--no-signer with workers is a mistake", p.stderr)
    p = run(f"{B}/vorw", "worker", "--store", "mysql://me:word@h/db",
            "--signer", "x")
    ok(p.returncode == 1 and "[store-failed]" in p.stderr and
       "postgresql://" in p.stderr and "word" not in p.stderr,
       "a store of another kind: said what there is", p.stderr)


def psql(url, *args):
    return run(f"{PG_BIN}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url,
               *args)


def until_health(s, status):
    end = time.monotonic() + 60
    while s.get("/healthz").status != status and time.monotonic() < end:
        time.sleep(0.2)
    return s.get("/healthz")


def all_sql(*statements):
    """As the server's owner; a transaction each."""
    p = psql(PG_URL, *(x for one in statements for x in ("-c", one)))
    if p.returncode:
        raise RuntimeError(p.stderr)


def read_only():
    """A server that answers, and takes nothing."""
    with Service(tap, f"{DIR}/ro", "--workers", "0", "--store", PG_URL) as s:
        try:
            all_sql("ALTER SYSTEM SET default_transaction_read_only = on",
                    "SELECT pg_reload_conf()")
            h = until_health(s, 503)
            ok(h.status == 503 and not h.json()["store"],
               "a database that is read only: not healthy", h.body)
            a = s.submit(parts(OTHER, ("name", "read_only")))
            ok(a.status == 503 and a.reason() == "store-failed",
               "a submission is refused", a.body)
        finally:
            all_sql("ALTER SYSTEM RESET default_transaction_read_only",
                    "SELECT pg_reload_conf()")
        ok(until_health(s, 200).status == 200, "healthy when it is not any more")


def role_worker(s, store):
    return subprocess.Popen(
        [f"{B}/vorw", "worker", "--store", store, "--signer",
         f"{s.state}/signer.sock", "--lease", "3"],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def does_all(s, theirs):
    """All that a worker does, so that no right is missing."""
    worker = role_worker(s, theirs)
    a = s.submit(parts(TINY))
    ok(a.status == 200, "a worker with what it was granted verifies",
       a.body[:300])
    a = s.submit(parts(f"{B}/tests/progs/out-of-bounds.o"))
    ok(a.status == 422, "and refuses", a.body[:300])
    job = job_of(s, f"{B}/tests/progs/many-programs.o")
    s.wait_state(job, "running")
    worker.kill()
    said = worker.communicate()[1]
    worker = role_worker(s, theirs)
    j = s.wait_job(job)
    ok(j["state"] == "done" and j["attempts"] == 2,
       "killed: another one ends its lease, and does its job", j)
    worker.terminate()
    said += worker.communicate()[1]
    ok(worker.returncode == 0 and "denied" not in said,
       "nothing was denied to it", said)


def two_roles():
    """Front end and workers as docs/operations.md has them."""
    roles, grants = re.findall(r"```sql\n(.*?)```",
                               read("docs/operations.md").decode(), re.S)
    url = PG_URL.replace("/postgres?", "/vorw?")
    own, theirs = [url.replace("user=vorw", f"user=vorw-{r}")
                   for r in ("front", "worker")]
    with open(f"{DIR}/roles.sql", "w", encoding="utf-8") as f:
        f.write(roles)
    p = psql(PG_URL, "-f", f"{DIR}/roles.sql")
    ok(p.returncode == 0, "two roles, a database of the front end's", p.stderr)
    with Service(tap, f"{DIR}/roles", "--workers", "0", "--store", own) as s:
        p = role_worker(s, theirs)
        said = p.communicate(timeout=60)[1]
        ok(p.returncode == 1 and "permission denied" in said,
           "a worker that was granted nothing says so", said)
        p = psql(own, "-c", grants)
        ok(p.returncode == 0, "granted", p.stderr)
        for name in "ab":       # several: claims look at them
            p = run(f"{B}/vorw", "token", "add", "--store", own, "--name", name,
                    "--scope", "admin")
            s.token = p.stdout.strip()
        does_all(s, theirs)
        for sql in ("SELECT hash FROM tokens", "SELECT bytes FROM blobs",
                    "UPDATE tokens SET revoked = NULL", "DELETE FROM jobs",
                    "INSERT INTO tokens VALUES ('', '', '', 4, 0, 0, 0, 0)",
                    "UPDATE jobs SET target = ''", "DROP TABLE workers"):
            p = psql(theirs, "-c", sql)
            ok("permission denied" in p.stderr or "must be owner" in p.stderr,
               f"not for a worker: {sql}", p.stdout + p.stderr)
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


def main():
    sqlite_backup()
    postgres_backup()
    read_only()
    two_roles()
    retention()
    upgrade()
    key_rotation()
    signer_rotation()
    cosigned()
    apart()


suite(tap, main, DIR)
