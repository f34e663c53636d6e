#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""deploy.py - what is in verifier-host/service/deploy holds together: units,
Containerfile, Kubernetes manifests.  Prints TAP."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

sys.path.insert(0, os.path.dirname(__file__))
from client import B, Tap

HERE = "verifier-host/service/deploy"
# systemd-analyze security: 0 is all that there is, 100 is nothing; tenths of
# what it prints
EXPOSURE = {"vorw-front.service": 15, "vorw-worker@.service": 16,
            "vorw-signer.service": 8}
tap = Tap()
ok = tap.ok


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def options_of(command):
    """Long options that a command's --help names."""
    return set(re.findall(r"--([a-z-]+)",
                          run(f"{B}/vorw", command, "--help").stdout))


def units():
    tmp = tempfile.mkdtemp()
    for name in os.listdir(f"{HERE}/systemd"):
        with open(f"{HERE}/systemd/{name}", encoding="utf-8") as f:
            text = f.read()
        for line in re.findall(r"^ExecStart=/usr/bin/vorw (.*)$", text, re.M):
            known = options_of(line.split()[0])
            used = set(re.findall(r" --([a-z-]+)", line))
            ok(used and used <= known, f"{name}: options that there are",
               used - known)
        # the program need not be installed to look at its unit
        with open(f"{tmp}/{name}", "w", encoding="utf-8") as f:
            f.write(text.replace("/usr/bin/vorw", os.path.abspath(f"{B}/vorw")))
    with open(f"{tmp}/vorw-signer.service", encoding="utf-8") as f:
        allowed = re.findall(r" --(allow[a-z-]*) (\S+)", f.read())
    ok(sorted(allowed) == [("allow", "vorw-worker"),
                           ("allow-status", "vorw-front")],
       "the signer signs for workers, and tells the front end its state",
       allowed)
    names = sorted(n for n in os.listdir(tmp) if n.endswith((".service", ".socket", ".slice")))
    p = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
            *(f"{tmp}/{n}" for n in names))
    ok(p.returncode == 0 and not p.stderr.strip() and len(names) == 5,
       "systemd-analyze verify: nothing to say", p.stderr)
    for name, most in EXPOSURE.items():
        p = run("systemd-analyze", "security", "--offline=yes",
                f"--threshold={most}", "--no-pager", f"{tmp}/{name}")
        ok(p.returncode == 0, f"systemd-analyze security: {name} is at most "
           f"{most / 10}", p.stdout[-300:])
        p = run("systemd-analyze", "security", "--offline=yes",
                "--threshold=3", "--no-pager", f"{tmp}/{name}")
        ok(p.returncode != 0, "and the threshold is one")
    root = f"{tmp}/root"
    os.makedirs(f"{root}/etc")
    p = run("systemd-sysusers", f"--root={root}",
            os.path.abspath(f"{HERE}/systemd/vorw.sysusers"))
    passwd = ""
    if os.path.exists(f"{root}/etc/passwd"):
        with open(f"{root}/etc/passwd", encoding="utf-8") as f:
            passwd = f.read()
    ok(p.returncode == 0 and all(f"vorw-{u}:" in passwd for u in
                                 ("front", "worker", "signer")),
       "systemd-sysusers makes three users", p.stderr)
    users = set(re.findall(r"^(vorw-[a-z]+):", passwd, re.M))
    for name in names:
        with open(f"{tmp}/{name}", encoding="utf-8") as f:
            used = set(re.findall(r"^(?:Socket)?User=(.*)$", f.read(), re.M))
        ok(used <= users, f"{name}: users that there are", used)
    shutil.rmtree(tmp)


def containers(doc):
    spec = doc["spec"]["template"]["spec"]
    return spec.get("initContainers", []) + spec["containers"]


def manifests():
    docs = []
    for name in sorted(os.listdir(f"{HERE}/kubernetes")):
        with open(f"{HERE}/kubernetes/{name}", encoding="utf-8") as f:
            docs += [d for d in yaml.safe_load_all(f) if d]
    ok(len(docs) > 8 and all(d["metadata"].get("namespace") == "vorw"
                             for d in docs if d["kind"] != "Namespace"),
       "manifests: all in one namespace")
    sets = [d for d in docs if d["kind"] in ("Deployment", "StatefulSet")]
    labels = {d["spec"]["template"]["metadata"]["labels"]["app"] for d in sets}
    services = {d["metadata"]["name"] for d in docs if d["kind"] == "Service"}
    for d in sets:
        name = d["metadata"]["name"]
        spec = d["spec"]["template"]["spec"]
        pod = spec["securityContext"]
        ok(d["spec"]["selector"]["matchLabels"] ==
           d["spec"]["template"]["metadata"]["labels"] and
           d["spec"].get("serviceName", "vorw") in services,
           f"{name}: selects its pods")
        ok(pod["runAsNonRoot"] and
           pod["seccompProfile"]["type"] == "RuntimeDefault" and
           not spec["automountServiceAccountToken"], f"{name}: not root", pod)
        have = {v["name"] for v in spec.get("volumes", []) +
                [{"name": v["metadata"]["name"]}
                 for v in d["spec"].get("volumeClaimTemplates", [])]}
        used = {m["name"] for c in containers(d) for m in c["volumeMounts"]}
        ok(have == used, f"{name}: its volumes are mounted", have ^ used)
        for c in containers(d):
            s = c["securityContext"]
            who = {**pod, **s}.get("runAsUser", 0)
            ok(not s["allowPrivilegeEscalation"] and who >= 100 and
               s["readOnlyRootFilesystem"] and s["capabilities"]["drop"] ==
               ["ALL"] and "memory" in c["resources"]["limits"] and
               "cpu" in c["resources"]["requests"],
               f"{name}/{c['name']}: without privileges, within limits", s)
            args = c.get("args", [])
            if not args:
                continue
            flags = {re.match("--([a-z-]+)", a).group(1) for a in args[1:]}
            ok(flags <= options_of(args[0]),
               f"{name}/{c['name']}: options that there are", flags)
    worker = next(d for d in sets if d["metadata"]["name"] == "vorw-worker")
    key = [c["name"] for c in containers(worker)
           if any(m["name"] in ("key", "secret") for m in c["volumeMounts"])]
    ok(key == ["key", "signer"], "only the signer has the key", key)
    pod = worker["spec"]["template"]["spec"]["securityContext"]
    ok(pod.get("fsGroupChangePolicy") == "OnRootMismatch",
       "a pod that starts again leaves the log's mode alone", pod)
    with open(f"{HERE}/Containerfile", encoding="utf-8") as f:
        text = f.read()
    uids = {str(c["securityContext"]["runAsUser"]) for c in containers(worker)
            if c.get("args")}
    ok(len(uids) == 2 and all(f"{u}:vorw-" in text for u in uids),
       "the container's users are the manifests'", uids)
    for policy in (d for d in docs if d["kind"] == "NetworkPolicy"):
        found = set(re.findall(r"vorw-[a-z]+", yaml.safe_dump(policy["spec"])))
        ok(found <= labels, f"policy {policy['metadata']['name']}: of pods that "
           "there are", found - labels)


def container():
    with open(f"{HERE}/Containerfile", encoding="utf-8") as f:
        text = f.read()
    last = text.split("\nFROM ")[-1]
    needed = set()
    for p in "vorw", "vorw-service", "vorw-signer", "vorw-qemu-clone.so":
        libs = re.findall(r"NEEDED +(lib\S+)",
                          run("objdump", "-p", f"{B}/{p}").stdout)
        needed |= set(libs) - {"libc.so.6"}
    packages = set()
    for lib in needed:
        owner = run("dpkg", "-S", f"*/{lib}").stdout
        packages |= set(re.findall(r"^([^:]+):", owner, re.M))
    missing = {p for p in packages if not re.search(rf"\b{re.escape(p)}\b", last)}
    ok(packages and not missing,
       "Containerfile: the packages that the programs link", missing)
    ok(re.search(r"^USER 6", last, re.M) and "COPY --from=build" in last,
       "and not root")


units()
container()
manifests()
sys.exit(tap.done())
