# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""buildah and podman with a storage of their own, and containers out of
Kubernetes manifests, as a kubelet would start them."""
import ctypes
import fcntl
import json
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import tempfile

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def run(*args, seconds=600, **kw):
    return subprocess.run(args, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=seconds, **kw)


def need(*args, **kw):
    p = run(*args, **kw)
    if p.returncode:
        raise RuntimeError(f"{' '.join(args)}: {p.stderr[-2000:]}")
    return p.stdout.strip()


def unshare(what):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(what):
        raise OSError(ctypes.get_errno(), "unshare")


def own_mounts():
    """From here on what we and our containers mount is gone when we are."""
    unshare(CLONE_NEWNS)
    need("mount", "--make-rprivate", "/")
    # crun 1.8 refuses version 2 beside version 1, if it has controllers
    if os.path.ismount("/sys/fs/cgroup/unified"):
        need("umount", "/sys/fs/cgroup/unified")


def own_network():
    """From here on nothing but a loopback of our own, for us and for what we
    start: ports are free there, and nobody else is reached."""
    unshare(CLONE_NEWNET)
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


class Engine:
    """What path has of images and containers; nothing of the machine's."""

    def __init__(self, path):
        self.path = path
        os.makedirs(path, exist_ok=True)
        self.run = tempfile.mkdtemp()
        # podman's own database has the directory above in it
        shutil.rmtree(f"{path}/storage/libpod", ignore_errors=True)
        self.storage = ["--root", f"{path}/storage", "--runroot", self.run,
                        "--storage-driver",
                        os.environ.get("STORAGE_DRIVER", "overlay")]

    def buildah(self, *args):
        return ["buildah", *self.storage, *args]

    def podman(self, *args):
        return ["podman", *self.storage, "--cgroup-manager", "cgroupfs",
                "--events-backend", "none", "--tmpdir", f"{self.run}/libpod",
                *args]

    def has(self, image):
        return run(*self.buildah("inspect", "--type", "image",
                                 image)).returncode == 0

    def bring(self, image, make_root):
        """From its registry, or else out of the archive that make_root()
        makes.  Says which."""
        try:
            p = run(*self.buildah("pull", "-q", image), seconds=300)
            if p.returncode == 0:
                return "pulled"
        except subprocess.TimeoutExpired:
            pass
        c = need(*self.buildah("from", "scratch"))
        need(*self.buildah("add", "-q", c, make_root(), "/"))
        need(*self.buildah("config", "--cmd", "bash", c))
        need(*self.buildah("commit", "-q", "--rm", c, image))
        return "made of Debian's packages"

    def start(self, *args, **kw):
        """podman run, in our network, with limits that need no capability."""
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        return run(*self.podman("run", "--pull", "never", "--network", "host",
                                "--ulimit", f"nofile={files}:{files}",
                                "--ulimit", "nproc=4096:4096", *args), **kw)

    def state(self, name):
        return json.loads(need(*self.podman("inspect", name)))[0]["State"]

    def pid(self, name):
        return self.state(name)["Pid"]

    def exec(self, name, *args):
        return run(*self.podman("exec", name, *args))

    def log(self, name):
        p = run(*self.podman("logs", name))
        return p.stdout + p.stderr

    def stop(self, name, seconds):
        """Its exit status after SIGTERM; 137 if it took too long."""
        need(*self.podman("stop", "-t", str(seconds), name))
        return self.state(name)["ExitCode"]

    def clear(self):
        run(*self.podman("rm", "-f", "-a", "-v", "-t", "0"))

    def end(self, keep):
        """Containers and volumes go; images too, unless kept."""
        self.clear()
        run(*self.podman("volume", "rm", "-a", "-f"))
        with open("/proc/self/mounts", encoding="utf-8") as f:
            mounts = [x.split()[1] for x in f]
        for m in reversed(mounts):
            if m.startswith((f"{self.path}/", f"{self.run}/")):
                run("umount", "-l", m)
        shutil.rmtree(self.run, ignore_errors=True)
        if not keep:
            shutil.rmtree(f"{self.path}/storage", ignore_errors=True)


class Pod:
    """A pod's volumes and containers.  given: what Secrets and ConfigMaps have,
    NAME -> FILE -> bytes; those of environment variables, NAME -> KEY -> str."""

    def __init__(self, engine, path, doc, given, more):
        self.engine, self.path, self.given, self.more = engine, path, given, more
        self.name = doc["metadata"]["name"]
        self.spec = doc["spec"]["template"]["spec"]
        self.context = self.spec["securityContext"]
        self.claims = doc["spec"].get("volumeClaimTemplates", [])
        self.grace = self.spec["terminationGracePeriodSeconds"]

    def containers(self):
        return self.spec.get("initContainers", []) + self.spec["containers"]

    def volumes(self):
        """The directories, with owners and modes as a kubelet sets them."""
        for v in self.spec.get("volumes", []):
            d = f"{self.path}/{v['name']}"
            os.makedirs(d)
            if "emptyDir" in v:
                os.chmod(d, 0o777)
            elif "secret" in v:
                self._files(d, self.given[v["secret"]["secretName"]],
                            v["secret"].get("defaultMode", 0o644))
            else:
                self._files(d, self.given[v["configMap"]["name"]],
                            v["configMap"].get("defaultMode", 0o644))
            self._own(d, 0o660 if "emptyDir" in v else 0o440)
        for v in self.claims:
            os.makedirs(f"{self.path}/{v['metadata']['name']}")
        self.mount_claims()

    @staticmethod
    def _files(d, files, mode):
        """Files are links into a directory that a link leads to
        (pkg/volume/util/atomic_writer.go)."""
        os.mkdir(f"{d}/..1")
        os.symlink("..1", f"{d}/..data")
        for name, data in files.items():
            with open(f"{d}/..1/{name}", "wb") as f:
                f.write(data)
            os.chmod(f"{d}/..1/{name}", mode)
            os.symlink(f"..data/{name}", f"{d}/{name}")

    def _own(self, top, mask=0o660):
        """SetVolumeOwnership() of pkg/volume/volume_linux.go."""
        group = self.context["fsGroup"]
        for d, _, files in os.walk(top):
            for p, more in [(d, 0o2110)] + [(f"{d}/{f}", 0) for f in files]:
                if not os.path.islink(p):
                    mode = os.stat(p).st_mode & 0o7777
                    os.chown(p, -1, group)
                    os.chmod(p, mode | mask | more)

    def mount_claims(self):
        """Each time the pod starts."""
        policy = self.context.get("fsGroupChangePolicy", "Always")
        for v in self.claims:
            d = f"{self.path}/{v['metadata']['name']}"
            st = os.stat(d)
            if (policy == "Always" or st.st_gid != self.context["fsGroup"] or
                    st.st_mode & 0o2770 != 0o2770):
                self._own(d)

    def start(self, c):
        s = {**self.context, **c["securityContext"]}
        args = ["--replace", "--name", self.full(c),
                "--read-only-tmpfs=false", *self.more,
                "--user", f"{s['runAsUser']}:{s['runAsGroup']}",
                "--group-add", str(s["fsGroup"]),
                f"--read-only={str(s['readOnlyRootFilesystem']).lower()}",
                *(f"--cap-drop={x}" for x in s["capabilities"]["drop"]),
                "--memory", re.sub("i$", "", c["resources"]["limits"]["memory"])]
        if not s["allowPrivilegeEscalation"]:
            args += ["--security-opt", "no-new-privileges"]
        env = {}
        for e in c.get("env", []):
            ref = e["valueFrom"]["secretKeyRef"]
            env[e["name"]] = self.given[ref["name"]][ref["key"]]
            args += ["--env", e["name"]]
        for m in c["volumeMounts"]:
            args += ["-v", f"{self.path}/{m['name']}:{m['mountPath']}" +
                     (":ro" if m.get("readOnly") else "")]
        if "command" in c:
            args += ["--entrypoint", json.dumps(c["command"])]
        if c not in self.spec.get("initContainers", []):
            args.append("-d")
        return self.engine.start(*args, c["image"], *c.get("args", []),
                                 env={**os.environ, **env})

    def full(self, c):
        return f"{self.name}-{c['name']}"
