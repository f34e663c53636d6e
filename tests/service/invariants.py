# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What has to be true of a service after whatever happened to it: read from its
database and its signing log, not from what it answers."""
import hashlib
import json
import os
import subprocess

from fleet import BUILD

FINAL = ("done", "refused", "failed")
# What an object can be refused for; the other reasons are about us.
ABOUT_OBJECTS = {
    "bad-object", "verifier-rejected", "map-unsupported", "unsupported",
    "limit-exceeded", "program-type-unsupported", "helper-unavailable",
    "native-required"}
# Two workers died over it, or two virtual machines.
KILLED = {"worker-died", "vm-failed"}


def outcomes(jobs, kinds, alone, hits, near):
    """Yields as broken() does.  jobs: id: (state, reason); kinds: id: (kind,
    name); alone: name: (state, reason) of such an object when nothing was
    killed; hits: how many jobs were interrupted at most by what was killed;
    near: id: what was killed while it was running."""
    wrong, killed = [], []
    for i, (kind, name) in kinds.items():
        end = jobs.get(i, ("lost", ""))
        if kind in ("good", "large", "slow"):
            right = end[0] == "done"
        elif kind == "broken":
            right = end[0] == "done" or (end[0] == "refused" and
                                         end[1] in ABOUT_OBJECTS)
        else:
            right = end == alone[name]
            # what ends its guest by itself may meet a kill, too
            if alone[name][0] == "failed" and end == ("failed", "worker-died"):
                right = True
        if not right and end[0] == "failed" and end[1] in KILLED:
            killed.append(i)
        elif not right:
            wrong.append((i, kind, name, end))
    yield ("every job ended as its object deserves, or its workers were killed",
           len(kinds), wrong)
    yield (f"{len(killed)} jobs failed because of kills; {hits} interruptions,"
           " two for each", len(killed), killed if 2 * len(killed) > hits else [])
    yield ("each of these was running when something was killed, twice",
           len(killed), [(i, near[i]) for i in killed if near[i] < 2])
    good = [jobs.get(i, ("", ""))[0] for i, k in kinds.items() if k[0] == "good"]
    yield ("nearly all good objects have their blob", good.count("done"),
           [] if good and good.count("done") >= 0.9 * len(good) else
           [(good.count("done"), len(good))])


def check_blob(path):
    p = subprocess.run([f"{BUILD}/vorw", "check", "--cert",
                        f"{BUILD}/keys/dev.cert.pem", path],
                       capture_output=True, text=True, check=False)
    return p.returncode == 0, p.stderr


def broken(fleet, accepted):
    """Yields (invariant, how many were looked at, what is wrong).
    accepted: ids of jobs that were acknowledged."""
    jobs = {r[0]: r for r in fleet.db.rows(
        "SELECT id, state, coalesce(reason, ''), coalesce(blob, ''),"
        " coalesce(content, ''), attempts FROM jobs")}
    lost = [i for i in accepted if i not in jobs]
    yield "every accepted job is there", len(accepted), lost
    yield ("every job has ended", len(jobs),
           [j for j in jobs.values() if j[1] not in FINAL])
    yield ("who was refused or failed has a reason", len(jobs),
           [j for j in jobs.values() if j[1] != "done" and not j[2]])
    done = [j for j in jobs.values() if j[1] == "done"]
    with open(f"{fleet.state}/signing.log", encoding="utf-8") as f:
        lines = [json.loads(x) for x in f if x.strip()]
    signed = [x for x in lines if x.get("content")]
    per_job, by_content = {}, {}
    for x in signed:
        per_job.setdefault(x.get("job"), set()).add(x["content"])
        by_content.setdefault(x["content"], set()).add(x["blob"])
    yield ("no job was signed with two contents", len(per_job),
           [i for i, c in per_job.items() if len(c) > 1])
    yield ("no content was signed in two ways", len(by_content),
           [c for c, b in by_content.items() if len(b) > 1])
    yield ("no content has two lines in the log", len(signed),
           [] if len(signed) == len(by_content) else
           [x["content"] for x in signed])
    yield ("nothing was signed that is no job's", len(per_job),
           [i for i in per_job if i not in jobs])
    p = subprocess.run([f"{BUILD}/vorw", "log", "verify",
                        f"{fleet.state}/signing.log"],
                       capture_output=True, text=True, check=False)
    yield ("the signing log's chain holds", len(lines),
           [p.stderr] if p.returncode else [])
    yield ("every blob's signature stands in the log", len(done),
           [j[0] for j in done if by_content.get(j[4]) != {j[3]}])
    wrong, unchecked = [], []
    file = f"{fleet.dir}/blob"
    for j in done:
        status, body = fleet.try_request("GET", f"/v1/jobs/{j[0]}/blob")
        if status != 200 or hashlib.sha256(body).hexdigest() != j[3]:
            wrong.append((j[0], status))
            continue
        with open(file, "wb") as f:
            f.write(body)
        good, why = check_blob(file)
        if not good:
            unchecked.append((j[0], why))
    if os.path.exists(file):
        os.remove(file)
    yield "every blob is what its job says", len(done), wrong
    yield "every blob passes vorw check", len(done), unchecked
    blobs = fleet.db.rows("SELECT count(*), count(DISTINCT sha256) FROM blobs")
    yield ("each blob is stored once, and none without a job",
           int(blobs[0][0]),
           [] if blobs[0][0] == blobs[0][1] ==
           str(len({j[3] for j in done})) else [blobs])
    objects = fleet.db.rows("SELECT count(*), (SELECT count(DISTINCT object)"
                            " FROM jobs) FROM objects")[0]
    yield ("each object is stored once, and none without a job",
           int(objects[0]), [objects] if objects[0] != objects[1] else [])
