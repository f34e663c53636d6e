#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""units.py - the units of docs/operations.md, started by a systemd of their own:
systemd-nspawn on a copy of this machine's file system.  Prints TAP."""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from client import B, T, Tap, read, suite

UNITS = ["vorw-signer", "vorw-front", "vorw-worker@1", "vorw-worker@2"]
WORK = "/root/vorw-test"
URL = "http://127.0.0.1:8080"
tap = Tap()
ok = tap.ok


def run(*args, **kw):
    return subprocess.run(args, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **kw)


class Container:
    """This machine's root, read only, with a layer in memory above it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp()
        self.root = f"{self.dir}/root"
        self.proc = self.leader = None
        self.mounts = []

    def mount(self, where, *args):
        os.makedirs(where, exist_ok=True)
        p = run("mount", *args, where)
        if p.returncode:
            raise OSError(p.stderr.strip())
        self.mounts.append(where)

    def prepare(self):
        layer = f"{self.dir}/layer"
        self.mount(layer, "-t", "tmpfs", "tmpfs")
        os.makedirs(f"{layer}/upper")
        os.makedirs(f"{layer}/work")
        self.mount(self.root, "-t", "overlay", "overlay", "-o",
                   f"lowerdir=/,upperdir={layer}/upper,workdir={layer}/work")
        os.makedirs(self.root + WORK)
        # nothing of this machine's is to start there
        for name in "postgresql.service", "cron.service", "ssh.service":
            link = f"{self.root}/etc/systemd/system/{name}"
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink("/dev/null", link)

    def boot(self):
        with open(f"{self.dir}/console", "w", encoding="utf-8") as log:
            self.proc = subprocess.Popen(
                ["systemd-nspawn", "-D", self.root, "--register=no",
                 "--keep-unit", "--private-network", "--boot",
                 "--machine", f"vorw-{os.getpid()}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(600):
            if self.proc.poll() is not None:
                raise OSError(self.console())
            kids = read(f"/proc/{self.proc.pid}/task/{self.proc.pid}/children")
            for pid in kids.decode().split():
                if read(f"/proc/{pid}/comm") == b"systemd\n":
                    self.leader = pid
            if self.leader and self.sh(
                    "systemctl is-system-running").stdout.strip() in (
                        "running", "degraded"):
                return
            time.sleep(0.2)
        raise RuntimeError("systemd does not get ready: " + self.console())

    def console(self):
        return read(f"{self.dir}/console").decode(errors="replace")[-2000:]

    def sh(self, script):
        return run("nsenter", "-t", self.leader, "-m", "-u", "-i", "-n", "-p",
                   "-C", "--", "sh", "-ec", f"cd {WORK}; {script}")

    def stop(self):
        if self.proc and self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
            try:
                self.proc.wait(90)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        for where in reversed(self.mounts):
            run("umount", "-l", where)
        shutil.rmtree(self.dir, ignore_errors=True)


def documented():
    """The commands of docs/operations.md, as they stand there."""
    text = read("docs/operations.md").decode()
    block = re.search(r"^### systemd\n.*?^```\n(.*?)^```$", text, re.M | re.S)
    token = re.search(r"^A token: `([^`]*)`.*?^```\n(.*?)^```$", text,
                      re.M | re.S)
    return block[1], token[1], token[2]


def install(c):
    p = run("verifier-host/service/deploy/install", f"{c.root}/usr", T)
    ok(p.returncode == 0, "installed", p.stderr)
    work = c.root + WORK
    shutil.copy(f"{B}/keys/dev.key.pem", f"{work}/signer.key")
    shutil.copy(f"{B}/keys/dev.cert.pem", f"{work}/signer.pem")
    for name in "02-xdp-deny", "03-tc-mark":
        shutil.copy(f"{B}/{T}/examples/{name}.o", work)
    shutil.copy(f"{B}/tests/progs/out-of-bounds.o", work)


def active(c, unit):
    return c.sh(f"systemctl is-active {unit} || true").stdout.strip()


def pid(c, unit):
    return int(c.sh(f"systemctl show -P MainPID {unit}").stdout)


def wait(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True


def journal(c, unit):
    return c.sh(f"journalctl -o cat --no-pager -u {unit}").stdout


def healthy(c):
    """All of it: store and signer, too (else /healthz says 503)."""
    return c.sh(f"curl -sf {URL}/healthz").returncode == 0


def verify(c, name, more=""):
    return c.sh(f"VORW_TOKEN=$(cat token) vorw verify {name}.o -t {T} -o {name}.blob "
                f"--remote {URL} {more}")


def started(c):
    commands, token, other = documented()
    p = c.sh(commands.replace("armv7", shlex.quote(T)))
    ok(p.returncode == 0, "the commands of docs/operations.md",
       p.stdout + p.stderr)
    ok(wait(lambda: healthy(c)), "the front end is well",
       journal(c, "vorw-front"))
    for unit in UNITS:
        ok(active(c, unit) == "active", f"{unit} runs", journal(c, unit))
        status = c.sh(f"cat /proc/{pid(c, unit)}/status").stdout
        ok(re.search(r"^Seccomp:\s+2$", status, re.M) and
           re.search(r"^NoNewPrivs:\s+1$", status, re.M) and
           not re.search(r"^(?:Uid:\s+0\s|CapBnd:\s+0*[1-9a-f])", status, re.M),
           f"{unit}: filtered, without capabilities, not root", status)
    group = c.sh("systemctl show -P ControlGroup vorw-worker@1").stdout
    ok(re.search(r"^(/|.*\.scope/|.*/payload/)vorw\.slice/vorw-worker@1", group) and
       c.sh("systemctl show -P CPUWeight vorw.slice").stdout == "50\n",
       "workers weigh less than all the rest", group)
    p = c.sh(f"{token} > token")
    ok(p.returncode == 0 and "is new" not in p.stderr, "a token", p.stderr)
    p = c.sh("echo VORW_STORE=/tmp/other.db > /etc/vorw/service.conf;"
             f"{other}rm /etc/vorw/service.conf;"
             "test -s /tmp/other.db")
    ok(p.returncode == 0 and "/tmp/other.db is new" in p.stderr,
       "one in the store of service.conf", p.stderr)


def works(c):
    p = verify(c, "02-xdp-deny")
    ok(p.returncode == 0, "vorw verify --remote", p.stdout + p.stderr +
       journal(c, "vorw-worker@1") + journal(c, "vorw-worker@2"))
    said = journal(c, "vorw-worker@1") + journal(c, "vorw-worker@2")
    ok('"level":"warn"' not in said, "the workers miss nothing", said)
    p = c.sh("vorw check 02-xdp-deny.blob --cert signer.pem")
    ok(p.returncode == 0, "its blob is good", p.stdout + p.stderr)
    p = verify(c, "out-of-bounds")
    ok(p.returncode == 1 and "[verifier-rejected]" in p.stderr,
       "a bad object is refused", p.stderr)
    log = "/var/lib/vorw-signer/signing.log"
    p = c.sh(f"vorw log verify {log} --blob 02-xdp-deny.blob")
    ok(p.returncode == 0, "the blob is in the signing log", p.stderr)
    p = c.sh("runuser -u vorw-worker -- "
             "cat /etc/vorw/signer.key || true")
    ok("PRIVATE" not in p.stdout and "denied" in p.stderr,
       "the workers' user cannot read the key", p.stderr)
    p = c.sh("install -m 644 02-xdp-deny.o /tmp/; cd /tmp; "
             f"runuser -u vorw-front -- vorw verify 02-xdp-deny.o -t {T} "
             "--signer /run/vorw/signer.sock -o /tmp/no.blob 2>&1 >/dev/null || true")
    ok("[key-unusable]" in p.stdout,
       "the front end's user can have nothing signed", p.stdout)
    lines = [json.loads(x) for x in journal(c, "vorw-front").splitlines()
             if x.startswith("{")]
    ok(any("listening" in x for x in lines), "the journal has it line by line",
       lines)


def survives(c):
    before = {u: pid(c, u) for u in UNITS}
    for unit in UNITS:
        c.sh(f"kill -KILL {before[unit]}")
    ok(wait(lambda: all(active(c, u) == "active" and pid(c, u) not in
                        (0, before[u]) for u in UNITS)),
       "all killed, all start again",
       [(u, active(c, u), before[u], pid(c, u)) for u in UNITS])
    ok(wait(lambda: healthy(c)), "and are well",
       journal(c, "vorw-front"))
    p = verify(c, "03-tc-mark")
    ok(p.returncode == 0, "and work", p.stdout + p.stderr)
    p = c.sh("systemctl restart vorw-front")
    ok(p.returncode == 0 and wait(lambda: healthy(c)),
       "restarted", p.stderr)
    p = c.sh("systemctl stop vorw-front vorw-worker@1 vorw-worker@2 "
             "vorw-signer.socket vorw-signer")
    left = [c.sh(f"systemctl show -P Result {u}").stdout.strip() for u in UNITS]
    ok(p.returncode == 0 and left == ["success"] * len(UNITS),
       "stopped, each by itself", left)
    p = c.sh("pgrep -a 'vorw|qemu' || true")
    ok(not p.stdout, "no process is left", p.stdout)


def main():
    c = Container()
    try:
        try:
            c.prepare()
            c.boot()
        except OSError as e:
            why = str(e).splitlines()[-1] if str(e) else "?"
            tap.skip("units", f"no systemd can be started here: {why}")
            return
        ok(True, "a systemd is up")
        install(c)
        started(c)
        works(c)
        survives(c)
    finally:
        c.stop()


suite(tap, main)
