#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""service_seeds.py DIR - first inputs for fuzz_http, fuzz_remote and fuzz_log,
in folders of DIR: good requests, good answers, a good log."""
import hashlib
import json
import os
import sys

ROOT = sys.argv[1]
HEAD = b"Host: 127.0.0.1\r\nAuthorization: Bearer vorw_fuzz\r\n"
ID = b"0" * 64


def write(kind, name, data):
    os.makedirs(f"{ROOT}/{kind}", exist_ok=True)
    with open(f"{ROOT}/{kind}/{name}", "wb") as f:
        f.write(data)


def text(o):
    return json.dumps(o).encode()


def http():
    body = b""
    for name, value in ((b"object", b"\x7fELF"), (b"target", b"armv7"),
                        (b"target", b"vax"), (b"name", b"n"),
                        (b"xlated", b"true"), (b"require_native", b"false"),
                        (b"full_log", b"true"), (b"btf", b"\x9f\xeb\x01\x00")):
        file = b'; filename="a.o"' if name in (b"object", b"btf") else b""
        body += (b'--xx\r\nContent-Disposition: form-data; name="' + name +
                 b'"' + file + b"\r\n\r\n" + value + b"\r\n")
    body += b"--xx--\r\n"
    post = (b"POST /v1/verify HTTP/1.1\r\n" + HEAD + b"Content-Type: "
            b"multipart/form-data; boundary=xx\r\nPrefer: wait=3, "
            b"respond-async\r\n")
    write("http", "post", post + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    write("http", "chunked", post + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" %
          len(body) + body + b"\r\n0\r\n\r\n")
    for i, path in enumerate((
            b"/", b"/healthz", b"/metrics", b"/v1/targets", b"/v1/certificates",
            b"/v1/openapi", b"/v1/jobs?object=" + ID +
            b"&state=done&limit=3&before=5", b"/v1/jobs/" + ID +
            b"?wait=1&version=2", b"/v1/jobs/" + ID + b"/events", b"/v1/jobs/" +
            ID + b"/log", b"/v1/jobs/" + ID + b"/provenance",
            b"/v1/blobs/" + ID)):
        write("http", f"get{i}", b"GET " + path + b" HTTP/1.1\r\n" + HEAD +
              b"Origin: http://127.0.0.1\r\n\r\n")


def remote():
    blob = b"blob"
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
    job = {"id": "a" * 64, "state": "queued", "version": 1, "target": "armv7",
           "object": {"sha256": "b" * 64, "size": 1}, "progress": ["one"]}
    done = dict(job, state="done", version=2, progress=["one", "two"],
                blob=hashlib.sha256(blob).hexdigest(), report_text="program\n",
                report={"ok": True, "programs": [], "target": {
                    "name": "armv7", "release": "6.1", "cpu": "x"}})
    bad = dict(job, state="refused", version=2, reason="verifier-rejected",
               message="fuzz.o: no")
    log = ok % (3, b"log")
    write("remote", "done", b"\0".join([text(job), text(done), log,
                                        ok % (len(blob), blob)]))
    write("remote", "refused", b"\0".join([text(job), text(bad), log]))
    # what libcurl 7.88 does not survive on a handle that was used before
    write("remote", "folded", b"\0".join([text(job), text(done), b"HTTP/1.1 200 "
          b"OK\r\n folded\r\nContent-Length: 3\r\n\r\nlog", log]))
    problem = text({"type": "x", "title": "t", "status": 422, "reason":
                    "bad-object", "detail": "fuzz.o: d", "log": "l\nm"})
    write("remote", "problem", b"HTTP/1.1 422 X\r\nContent-Type: application/"
          b"problem+json\r\nContent-Length: %d\r\n\r\n%s" % (len(problem),
                                                            problem))


def log():
    digest = hashlib.sha256(b"").hexdigest()
    prev, out = "0" * 64, b""
    for seq in 1, 2, 3:
        if seq == 2:
            line = (f'{{"seq":{seq},"time":"2026-11-21T16:32:40Z","what":'
                    f'"repair","dropped":7,"sha256":"{digest}","prev":"{prev}"}}')
        else:
            line = (f'{{"seq":{seq},"time":"2026-11-21T16:32:40Z","what":"sign",'
                    f'"content":"{digest}","blob":"{digest}","object":"{digest}"'
                    f',"transcript":"{digest}","target":"armv7","build_id":"ab",'
                    f'"name":"n","job":"j","token":"t","uid":0,"cert":"{digest}"'
                    f',"prev":"{prev}"}}')
        prev = hashlib.sha256(line.encode()).hexdigest()
        out += line.encode() + b"\n"
        write("log", f"line{seq}", line.encode())
    write("log", "chain", out)
    write("log", "torn", out + b'{"seq":4')


http()
remote()
log()
