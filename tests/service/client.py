# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A service under test, requests to it, and every answer held against
docs/openapi.yaml."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import jsonschema
import yaml

B = os.environ.get("B", "build")
T = os.environ.get("T", "armv7")
TINY = f"{B}/tests/progs/tiny.o"

with open("docs/openapi.yaml", encoding="utf-8") as f:
    API = yaml.safe_load(f)
RESOLVER = jsonschema.RefResolver("", API)
# the page's own files are part of it, as the document says
PAGE = set(os.listdir("verifier-host/service/page")) - {"index.html"}
seen_operations = set()


class Tap:
    """Results in the order they come."""

    def __init__(self):
        self.n = 0
        self.bad = 0

    def ok(self, good, name, why=""):
        self.n += 1
        print(f"{'' if good else 'not '}ok {self.n} - {name}", flush=True)
        if not good:
            self.bad += 1
            for line in str(why).splitlines()[:30]:
                print("#", line, flush=True)
        return good

    def skip(self, name, why):
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}", flush=True)

    def done(self):
        print(f"1..{self.n}")
        return 1 if self.bad else 0


def suite(tap, main, scratch=None):
    """main() as the whole of a suite; its plan is missing when it dies.
    scratch: a directory that goes in any case."""
    try:
        main()
    except Exception as e:
        print("not ok - died:", repr(e))
        raise
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(tap.done())


def deref(node):
    while "$ref" in node:
        node = RESOLVER.resolve(node["$ref"])[1]
    return node


def operation(method, path):
    """What the document says of it; None: nothing."""
    for template, item in API["paths"].items():
        pattern = re.sub(r"\{[^}]*\}", "[0-9a-f]{64}", template)
        if re.fullmatch(pattern, path) and method.lower() in item:
            return item[method.lower()]
    return None


def operations():
    """Each of the document's: method, path with its {}, what it says."""
    return [(m.upper(), path, op) for path, item in API["paths"].items()
            for m, op in item.items() if isinstance(op, dict)]


def responses(method, path):
    """By status, of what is not described only that it is not there."""
    op = operation(method, path)
    if op:
        seen_operations.add(op["operationId"])
        return op["responses"]
    if os.path.basename(path) in PAGE and method == "GET":
        return {"200": {"content": {"text/css": {}, "text/javascript": {},
                                    "image/svg+xml": {}}}}
    problem = {"$ref": "#/components/responses/Problem"}
    return {"404": problem, "405": problem}


def against_api(method, path, answer):
    """Why the answer is none that the document describes; "" if it is one."""
    path = path.split("?")[0]
    resp = responses(method, path).get(str(answer.status))
    if resp is None:
        return f"{method} {path}: {answer.status} is not described"
    resp = deref(resp)
    missing = [h for h, what in resp.get("headers", {}).items()
               if what.get("required") and h not in answer.headers]
    if missing:
        return f"{method} {path}: {answer.status} without {missing}"
    content = resp["content"]
    kind = (answer.headers.get("Content-Type") or "").split(";")[0]
    if kind not in content:
        return f"{method} {path}: {answer.status} with {kind}"
    if kind not in ("application/json", "application/problem+json"):
        return ""
    try:
        jsonschema.Draft202012Validator(
            content[kind]["schema"], resolver=RESOLVER).validate(answer.json())
    except (jsonschema.ValidationError, ValueError) as e:
        return f"{method} {path}: {e}"[:1500]
    return ""


class Answer:
    def __init__(self, resp):
        self.status = resp.status
        self.headers = resp.headers
        self.body = resp.read()

    def json(self):
        return json.loads(self.body)

    def reason(self):
        try:
            return self.json().get("reason")
        except ValueError:
            return None


def multipart(parts, boundary="xx-boundary"):
    out = b""
    for name, value in parts:
        file = ""
        if isinstance(value, tuple):
            file, value = f'; filename="{value[0]}"', value[1]
        if isinstance(value, str):
            value = value.encode()
        out += (f'--{boundary}\r\nContent-Disposition: form-data; '
                f'name="{name}"{file}\r\n\r\n').encode() + value + b"\r\n"
    return (out + f"--{boundary}--\r\n".encode(),
            f"multipart/form-data; boundary={boundary}")


class Service:
    """`vorw serve` on a free port of loopback."""

    def __init__(self, tap, state, *args, build="build"):
        self.tap, self.state, self.args, self.build = tap, state, args, build
        self.token = None
        self.tls = None         # an ssl.SSLContext: it serves https
        self.lines = []
        self.errors = []

    def start(self):
        self.log = []
        self.proc = subprocess.Popen(
            [f"{self.build}/vorw", "serve", "--listen", "127.0.0.1:0",
             "--state", self.state, *self.args],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.port = None
        up = threading.Event()

        def read():
            for line in self.proc.stderr:
                self.log.append(line)
                try:
                    where = json.loads(line).get("listening")
                except ValueError:
                    continue
                if where:
                    self.port = int(where.rsplit(":", 1)[1])
                    up.set()
            up.set()
        threading.Thread(target=read, daemon=True).start()
        up.wait(60)
        if self.port is None:
            raise RuntimeError("the service did not start: " + "".join(self.log))
        for _ in range(300):
            if self.request("GET", "/healthz").status == 200:
                return self
            time.sleep(0.1)
        raise RuntimeError("the service is not healthy: " + "".join(self.log))

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.proc.poll() is None:
            self.stop()
        if self.tap.bad:
            print("".join("# " + x for x in self.log[-40:]))

    def children(self, part):
        """Process ids that run as this part, as the log says."""
        alive = {}
        for line in list(self.log):
            try:
                d = json.loads(line)
            except ValueError:
                continue
            if d.get("started") == part:
                alive[int(d["pid"])] = True
            elif d.get("ended") == part:
                alive.pop(int(d["pid"]), None)
        return list(alive)

    def stop(self, sig=signal.SIGTERM, seconds=60):
        self.proc.send_signal(sig)
        return self.proc.wait(seconds)

    def request(self, method, path, body=None, headers=None, timeout=400):
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = "Bearer " + self.token
        c = (http.client.HTTPSConnection("127.0.0.1", self.port,
                                         timeout=timeout, context=self.tls)
             if self.tls else
             http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout))
        try:
            c.request(method, path, body, headers)
            a = Answer(c.getresponse())
        finally:
            c.close()
        if method != "HEAD":
            why = against_api(method, path, a)
            if why:
                self.errors.append(why)
        return a

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def submit(self, parts, headers=None, **kw):
        body, kind = multipart(parts)
        return self.request("POST", "/v1/verify", body,
                            {"Content-Type": kind, "Prefer": "wait=300",
                             **(headers or {})}, **kw)

    def wait_job(self, job, seconds=300):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            j = self.get(f"/v1/jobs/{job}?wait=20").json()
            if j["state"] not in ("queued", "running"):
                return j
        raise RuntimeError(f"job {job} does not end")

    def wait_state(self, job, state, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            j = self.get(f"/v1/jobs/{job}").json()
            if j["state"] == state:
                return j
            time.sleep(0.05)
        raise RuntimeError(f"job {job} is not {state}")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def commit():
    """Of what is measured here; pages that tools write do not make it
    another."""
    def git(*args):
        return subprocess.run(["git", *args], capture_output=True, text=True,
                              check=False).stdout.strip()
    dirty = git("status", "--porcelain", "-uno", "--", ":!docs/*.md")
    return (git("describe", "--always") or "?") + ("-dirty" if dirty else "")


def kill_hard(pid):
    os.kill(pid, signal.SIGKILL)
