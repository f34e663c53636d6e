#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""image.py - the container image: built from its Containerfile, run as that
says, and then as the Kubernetes manifests do, by buildah and podman (root).
Prints TAP.

  image.py [--keep]     --keep: leave the image in build/image/storage, and take
                        the one that is there

Base images come from their registry; where that cannot be reached they are made
of Debian's packages, from where this machine's apt has them."""
import os
import re
import shlex
import shutil
import sys
import tempfile
import time

import yaml

sys.path.insert(0, os.path.dirname(__file__))
from client import Tap, read, suite
from containers import Engine, Pod, need, own_mounts, own_network, run
from pki import Ca

B = os.environ.get("B", "build")
T = os.environ.get("T", "armv7")
DIR = os.path.abspath(f"{B}/image")
DEPLOY = "verifier-host/service/deploy"
FILE = f"{DEPLOY}/Containerfile"
KEEP = sys.argv[1:] == ["--keep"]
GOOD, OTHER = f"{B}/{T}/examples/02-xdp-deny.o", f"{B}/{T}/examples/03-tc-mark.o"
BAD = f"{B}/tests/progs/out-of-bounds.o"
SUITE = "bookworm"
SIGNER, GROUP = 64101, 64100
PORT = 5432
tap = Tap()
ok = tap.ok


def note(*what):
    print("#", *what, flush=True)


def wait(what, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.5)
    return False


def make_root():
    """Archive of a minimal Debian, made once."""
    archive = f"{DIR}/{SUITE}.tar"
    if os.path.exists(archive):
        return archive
    uris = re.findall(r"^'(.*)/dists/([^/']*)/InRelease'",
                      need("apt-get", "update", "--print-uris"), re.M)
    lines = [f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
             f"{uri} {name} main" for uri, name in dict.fromkeys(uris)
             if re.fullmatch(rf"{SUITE}(-updates|-security)?", name)]
    # as in the registry's: no service is started, and dpkg does not wait for
    # the disk
    need("mmdebstrap", "--quiet", "--variant=minbase", "--mode=root",
         "--dpkgopt=force-unsafe-io", "--customize-hook="
         r'printf "#!/bin/sh\nexit 101\n" > "$1/usr/sbin/policy-rc.d" &&'
         ' chmod 755 "$1/usr/sbin/policy-rc.d"', SUITE, f"{DIR}/new.tar",
         *lines, seconds=1800)
    os.rename(f"{DIR}/new.tar", archive)
    return archive


def commands():
    """Of the Containerfile's head, as argument lists."""
    text = re.sub(r"\\\n# *", "", read(FILE).decode())
    return [shlex.split(x) for x in re.findall(r"^#   +(\S.*)$", text, re.M)]


def emulator():
    """The package that T's emulator is in."""
    conf = read(f"verifier-host/targets/{T}.conf").decode()
    arch = re.search("^ARCH=(.*)$", conf, re.M)[1]
    both = conf + read(f"verifier-host/targets/arch/{arch}.conf").decode()
    return re.search("^QEMU_PACKAGES=(.*)$", both, re.M)[1].replace(",", " ")


def build(engine):
    if KEEP and engine.has("vorw"):
        note("the image of an earlier run")
        return
    for base in re.findall(r"^FROM (\S+)", read(FILE).decode(), re.M):
        note(f"{base}: {engine.bring(base, make_root)}")
    args = commands()[0]
    # chroot: needs nothing of the machine but root
    args = engine.buildah("bud", "--isolation", "chroot", "--layers=false",
                          *args[2:])
    for i, a in enumerate(args):
        args[i] = {"TARGETS=armv7": f"TARGETS={T}",
                   "QEMU=qemu-system-arm": f"QEMU={emulator()}"}.get(a, a)
    start = time.monotonic()
    with open(f"{DIR}/build.log", "w", encoding="utf-8") as log:
        p = run("sh", "-c", 'exec "$@" 2>&1', "-", *args, seconds=7200)
        log.write(p.stdout)
    if not ok(p.returncode == 0, "buildah bud", p.stdout[-3000:]):
        raise RuntimeError("there is no image")
    note(f"built in {time.monotonic() - start:.0f} s")


def image(engine):
    size = int(need(*engine.podman("image", "inspect", "-f", "{{.Size}}", "vorw")))
    note(f"the image has {size >> 20} MiB")
    p = engine.start("--rm", "--user", "0", "--entrypoint", "grep", "vorw",
                     "-rlE", "BEGIN (RSA |EC )?PRIVATE KEY", "/etc", "/root",
                     "/usr/lib/vorw", "/var")
    ok(p.returncode == 1 and not p.stdout, "no key is in it", p.stdout + p.stderr)


def curl(*args):
    """Status and standard error."""
    p = run("curl", "-sS", "-w", "%{http_code}", *args)
    return p.stdout[-3:], p.stderr


def verify(base, token, path, blob, *more):
    return curl(*more, "-H", f"Authorization: Bearer {token}", "-F",
                f"object=@{path}", "-F", f"target={T}", "-o", blob,
                f"{base}/v1/verify")


def works(base, token, blob, *more):
    """An object is verified, another is refused."""
    status, why = verify(base, token, GOOD, blob, *more)
    p = run(f"{B}/vorw", "check", blob, "--cert", f"{B}/keys/dev.cert.pem")
    ok(status == "200" and p.returncode == 0,
       "curl gets a blob, vorw check finds it good",
       status + why + p.stderr + read(blob)[:500].decode(errors="replace"))
    status, why = verify(base, token, BAD, f"{blob}.no", *more)
    ok(status == "422" and b"verifier-rejected" in read(f"{blob}.no"),
       "a bad object is refused", status + why)


def zombies(pid):
    """Children of pid that nobody has waited for."""
    out = []
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = read(f"/proc/{p}/stat").decode().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if stat[0] == "Z" and int(stat[1]) == pid:
            out.append(p)
    return out


def alone(engine, tmp):
    """All in one, as the Containerfile's head says."""
    etc = f"{tmp}/signer"
    os.mkdir(etc)
    shutil.copy(f"{B}/keys/dev.cert.pem", f"{etc}/signer.pem")
    shutil.copy(f"{B}/keys/dev.key.pem", f"{etc}/signer.key")
    os.chmod(f"{etc}/signer.key", 0o600)
    os.chown(f"{etc}/signer.key", SIGNER, GROUP)
    start, token = commands()[1:3]
    p = engine.start("-d", *start[2:], cwd=tmp)
    ok(p.returncode == 0, "podman run of the Containerfile's head", p.stderr)
    base = "http://127.0.0.1:8080"
    ok(wait(lambda: curl(f"{base}/healthz", "-o", "/dev/null")[0] == "200"),
       "/healthz says 200", engine.log("vorw"))
    status, _ = verify(base, "none", GOOD, f"{tmp}/no")
    ok(status == "401", "a token is needed", status)
    p = run(*engine.podman(*token[1:]))
    ok(p.returncode == 0, "podman exec of the Containerfile's head", p.stderr)
    works(base, p.stdout.strip(), f"{tmp}/alone.blob")
    ok(not zombies(engine.pid("vorw")), "as process 1 it waits for its children")
    ok(engine.stop("vorw", 60) == 0, "stopped, it ends by itself",
       engine.log("vorw"))
    need(*engine.podman("start", "vorw"))
    wait(lambda: curl(f"{base}/healthz", "-o", "/dev/null")[0] == "200")
    verify(base, p.stdout.strip(), GOOD, f"{tmp}/again.blob")
    ok(read(f"{tmp}/alone.blob") == read(f"{tmp}/again.blob"),
       "started again, it knows token and job: the same bytes")
    engine.stop("vorw", 60)


class Database:
    """PostgreSQL with a password on loopback, as nobody."""

    def __init__(self, path):
        self.path = path
        self.bin = need("sh", "-c", "ls -d /usr/lib/postgresql/*/bin | tail -n 1")
        os.mkdir(path)
        with open(f"{path}/password", "w", encoding="ascii") as f:
            f.write("secret\n")
        need("chown", "-R", "nobody:nogroup", path)
        self._do("initdb", "-U", "vorw", "-A", "scram-sha-256",
                 f"--pwfile={path}/password", "-E", "UTF8")
        self._do("pg_ctl", "-w", "-s", "-l", f"{path}/log", "-o",
                 f"-k {path} -p {PORT} -c listen_addresses=127.0.0.1", "start")
        self._do("createdb", "-h", "127.0.0.1", "-U", "vorw", "vorw")

    def _do(self, program, *args):
        need("sh", "-c", 'exec "$@" >out 2>&1', "-", "setpriv", "--reuid=nobody",
             "--regid=nogroup", "--clear-groups", f"{self.bin}/{program}", *args,
             cwd=self.path, env={**os.environ, "LC_ALL": "C", "HOME": self.path,
                                 "PGDATA": f"{self.path}/data",
                                 "PGPASSWORD": "secret"})

    def stop(self):
        self._do("pg_ctl", "-w", "-s", "-m", "immediate", "stop")


def manifests():
    docs = []
    for name in "workers", "front":
        with open(f"{DEPLOY}/kubernetes/{name}.yaml", encoding="utf-8") as f:
            docs += [d for d in yaml.safe_load_all(f)
                     if d["kind"] in ("Deployment", "StatefulSet")]
    return docs


def started(pod, c, wait_for):
    """Container c runs, as little as it may."""
    name = pod.full(c)
    p = pod.start(c)
    if not ok(p.returncode == 0 and wait(wait_for), f"{name} starts",
              p.stderr + pod.engine.log(name)):
        return
    if c in pod.spec.get("initContainers", []):
        return
    pid = pod.engine.pid(name)
    status = read(f"/proc/{pid}/status").decode()
    user = {**pod.context, **c["securityContext"]}["runAsUser"]
    ok(re.search(r"^Seccomp:\s+2$", status, re.M) and
       re.search(r"^NoNewPrivs:\s+1$", status, re.M) and
       re.search(r"^CapBnd:\s+0+$", status, re.M) and
       re.search(rf"^Uid:\s+{user}\s", status, re.M),
       f"{name}: filtered, without capabilities, user {user}", status)
    options = re.search(r"^\S+ \S+ \S+ / / (\S+)",
                        read(f"/proc/{pid}/mountinfo").decode(), re.M)
    ok(options and "ro" in options[1].split(","),
       f"{name}: its root cannot be written to", options and options[0])


def limits(pod, c):
    """Within its memory, so far: what its control group has needed at most."""
    name = pod.full(c)
    pid = pod.engine.pid(name)
    groups = read(f"/proc/{pid}/cgroup").decode()
    v1 = re.search(r"^\d+:memory:(.*)$", groups, re.M)
    path = (f"/sys/fs/cgroup/memory{v1[1]}/memory.%s" if v1 else "/sys/fs/cgroup"
            + re.search("^0::(.*)$", groups, re.M)[1] + "/memory.%s")
    most = int(read(path % ("max_usage_in_bytes" if v1 else "peak")))
    limit = int(read(path % ("limit_in_bytes" if v1 else "max")))
    killed = re.search(r"^oom_kill (\d+)$", read(path % (
        "oom_control" if v1 else "events")).decode(), re.M)
    want = c["resources"]["limits"]["memory"]
    ok(limit == int(want[:-2]) << {"Mi": 20, "Gi": 30}[want[-2:]] and
       killed and killed[1] == "0", f"{name}: {want} of memory are enough",
       f"limit {limit}, peak {most}, {killed and killed[0]}")
    note(f"{name}: {most >> 20} MiB at most")


def cluster(engine, tmp):
    """Containers of the manifests, with a database that is here."""
    ca = Ca(f"{tmp}/ca")
    cert, key = ca.issue("front")
    db = Database(f"{tmp}/pg")
    given = {
        "vorw-signer-key": {"signer.key": read(f"{B}/keys/dev.key.pem")},
        "vorw-signer-certificate": {"signer.pem": read(f"{B}/keys/dev.cert.pem")},
        "vorw-tls": {"tls.crt": read(cert), "tls.key": read(key)},
        "vorw-store": {"url": "postgresql://vorw:secret@postgres/vorw"},
    }
    base = "https://127.0.0.1:8443"
    tls = ["--cacert", ca.cert]
    pods = {}
    for doc in manifests():
        pod = Pod(engine, f"{tmp}/{doc['metadata']['name']}", doc, given,
                  ["--add-host", "postgres:127.0.0.1"])
        pods[pod.name] = pod
        pod.volumes()
        for c in pod.containers():
            need(*engine.podman("tag", "vorw", c["image"]))
    try:
        workers, front = pods["vorw-worker"], pods["vorw-front"]
        (first,), (signer, worker) = (workers.spec["initContainers"],
                                      workers.spec["containers"])
        (door,) = front.spec["containers"]
        started(workers, first, lambda: True)
        st = os.stat(f"{workers.path}/key/signer.key")
        ok(st.st_uid == SIGNER and st.st_mode & 0o777 == 0o400,
           "the key is its user's alone", oct(st.st_mode))
        # a kubelet starts containers of a pod one after the other, but waits for
        # none: the worker may be first, and the front end may be before both
        started(workers, worker, lambda: engine.state("vorw-worker-worker")["Running"])
        started(workers, signer,
                lambda: os.path.exists(f"{workers.path}/socket/signer.sock"))
        probe = door["startupProbe"]["httpGet"]["path"]
        started(front, door, lambda: curl(
            *tls, f"{base}{probe}", "-o", "/dev/null")[0] == "200")
        for kind in "readinessProbe", "livenessProbe":
            path = door[kind]["httpGet"]["path"]
            status = curl(*tls, f"{base}{path}", "-o", "/dev/null")
            ok(status[0] == "200", f"{kind}: {path}", status)
        p = engine.exec("vorw-front-front", *documented())
        ok(p.returncode == 0, "the token of docs/operations.md", p.stderr)
        token = p.stdout.strip()
        works(base, token, f"{tmp}/cluster.blob", *tls)
        log = f"{workers.path}/log/signing.log"
        p = run(f"{B}/vorw", "log", "verify", log, "--blob", f"{tmp}/cluster.blob")
        ok(p.returncode == 0, "the blob is in the signing log", p.stderr)
        left = [x for c in (signer, worker) for x in zombies(
            engine.pid(workers.full(c)))] + zombies(engine.pid("vorw-front-front"))
        ok(not left, "as process 1 each waits for its children", left)
        for pod, c in (workers, signer), (workers, worker), (front, door):
            limits(pod, c)
        ends = [(pod.full(c), engine.stop(pod.full(c), pod.grace))
                for pod, c in ((front, door), (workers, worker), (workers, signer))]
        ok(not any(x for _, x in ends), "stopped, each ends by itself", ends)
        # the same pods again: another node's kubelet mounts their claims
        workers.mount_claims()
        started(workers, first, lambda: True)
        started(workers, signer, lambda: "ready" in engine.log("vorw-worker-signer"))
        started(workers, worker, lambda: engine.state("vorw-worker-worker")["Running"])
        started(front, door, lambda: curl(
            *tls, f"{base}{probe}", "-o", "/dev/null")[0] == "200")
        status, why = verify(base, token, OTHER, f"{tmp}/other.blob", *tls)
        p = run(f"{B}/vorw", "log", "verify", log, "--blob", f"{tmp}/other.blob")
        ok(status == "200" and p.returncode == 0,
           "started again, it verifies and signs in the same log",
           status + why + p.stderr + engine.log("vorw-worker-signer"))
    finally:
        db.stop()


def documented():
    """How docs/operations.md makes a token on a cluster."""
    text = read("docs/operations.md").decode()
    return shlex.split(re.search("^kubectl .* -- (vorw token .*)$", text, re.M)[1])


def main():
    need("verifier-host/install-deps", "--image")
    own_mounts()
    engine = Engine(DIR)
    try:
        build(engine)
        own_network()
        with tempfile.TemporaryDirectory() as tmp:
            os.chmod(tmp, 0o755)
            try:
                image(engine)
                alone(engine, tmp)
                cluster(engine, tmp)
            finally:
                # before the directory goes: it is mounted
                engine.clear()
        note("run with", *(need(x, "--version") for x in ("buildah", "podman")))
        note(need("crun", "--version").splitlines()[0])
    finally:
        engine.end(KEEP)


suite(tap, main)
