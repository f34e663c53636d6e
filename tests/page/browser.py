# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A headless Chromium, spoken to over a pair of pipes with the DevTools
protocol (--remote-debugging-pipe: JSON messages that end in a zero byte), so
that neither a driver nor a WebSocket library is needed."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36,
        "ArrowUp": 38, "ArrowDown": 40, "PageDown": 34}
TEXT = {"Enter": "\r", " ": " "}


class Browser:
    """One process, one page.  What it complains of is collected: `errors` of
    scripts and policies, `failed` answers (status, URL), `urls` asked for."""

    def __init__(self, slow=1):
        self.dir = tempfile.mkdtemp()
        self.downloads = f"{self.dir}/downloads"
        os.mkdir(self.downloads)
        self.slow = slow
        self.last, self.rest, self.queue = 0, b"", []
        self.errors, self.failed, self.urls, self.saved = [], [], [], {}
        self.session = None
        self._start()
        self.call("Browser.setDownloadBehavior", behavior="allow",
                  downloadPath=self.downloads, eventsEnabled=True)
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM",
                       "Accessibility", "Audits"):
            self.call(f"{domain}.enable")
        self.size(1280, 900)

    def _start(self):
        to_r, to_w = os.pipe()
        from_r, from_w = os.pipe()

        def fds():          # what Chromium expects: 3 to read, 4 to write
            os.dup2(to_r, 100)
            os.dup2(from_w, 101)
            os.dup2(100, 3)
            os.dup2(101, 4)

        args = ["chromium", "--headless=new", "--remote-debugging-pipe",
                f"--user-data-dir={self.dir}/profile", "--no-first-run",
                "--no-default-browser-check", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                "--disable-extensions", "--disable-gpu",
                "--disable-dev-shm-usage", "--password-store=basic",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--force-device-scale-factor=1", "--lang=en"]
        if os.geteuid() == 0:       # its sandbox wants to be started by a user
            args.append("--no-sandbox")
        with open(f"{self.dir}/log", "wb") as log:
            self.proc = subprocess.Popen(
                args, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=fds, pass_fds=(3, 4))
        os.close(to_r)
        os.close(from_w)
        self.out, self.inp = to_w, from_r

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.proc.wait(20)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.proc.kill()
            self.proc.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    # -- messages

    def _read(self, seconds):
        """The next message, or None when none comes in time."""
        end = time.monotonic() + seconds
        while b"\0" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.inp], [], [], left)[0]:
                return None
            data = os.read(self.inp, 1 << 20)
            if not data:
                with open(f"{self.dir}/log", "rb") as f:
                    raise RuntimeError("Chromium has ended: " +
                                       f.read()[-2000:].decode(errors="replace"))
            self.rest += data
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **params):
        self.last += 1
        msg = {"id": self.last, "method": method, "params": params}
        if self.session:
            msg["sessionId"] = self.session
        data = json.dumps(msg).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        while True:
            m = self._read(60 * self.slow)
            if m is None:
                raise RuntimeError(f"Chromium does not answer {method}")
            if m.get("id") == self.last:
                if "error" in m:
                    raise RuntimeError(f"{method}: {m['error']}")
                return m["result"]
            self._event(m)

    def _event(self, m):
        p = m.get("params", {})
        kind = m.get("method")
        if kind == "Network.requestWillBeSent":
            self.urls.append(p["request"]["url"])
        elif kind == "Network.responseReceived":
            r = p["response"]
            if r["status"] >= 400:
                self.failed.append((r["status"], urlsplit(r["url"]).path))
        elif kind == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.errors.append(d.get("exception", {}).get("description") or
                               d["text"])
        elif kind == "Runtime.consoleAPICalled" and p["type"] in (
                "error", "warning", "assert"):
            self.errors.append(str([a.get("value") or a.get("description")
                                    for a in p["args"]]))
        elif kind == "Log.entryAdded":
            e = p["entry"]
            # failed answers are in `failed`, whose owner expects some
            if e["level"] in ("error", "warning") and e["source"] != "network":
                self.errors.append(f'{e["source"]}: {e["text"]}')
        elif kind == "Audits.issueAdded" and p["issue"]["code"] in (
                "ContentSecurityPolicyIssue", "MixedContentIssue",
                "CorsIssue"):
            self.errors.append(json.dumps(p["issue"])[:500])
        elif kind == "Page.javascriptDialogOpening":
            self.errors.append("a dialog: " + p["message"])
        elif kind == "Browser.downloadWillBegin":
            self.saved[p["guid"]] = [p["suggestedFilename"], False]
        elif kind == "Browser.downloadProgress" and p["state"] == "completed":
            self.saved[p["guid"]][1] = True

    # -- the page

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def js(self, text):
        r = self.call("Runtime.evaluate", expression=text, awaitPromise=True,
                      returnByValue=True)
        if "exceptionDetails" in r:
            raise RuntimeError(f"{text[:200]}: {r['exceptionDetails']}"[:1000])
        return r["result"].get("value")

    def until(self, text, seconds=30):
        """Wait until the expression is true; its value, or None."""
        # a node has no value that could be sent
        text = f"((v) => v instanceof Node || v)({text})"
        end = time.monotonic() + seconds * self.slow
        while True:
            value = self.js(text)
            if value or time.monotonic() > end:
                return value or None
            time.sleep(0.05)

    def text(self, selector):
        return self.js(f"document.querySelector({json.dumps(selector)})"
                       "?.innerText.trim() ?? ''")

    def click(self, selector):
        """With the mouse, as a person would."""
        sel = json.dumps(selector)
        x, y = self.js(f"""(() => {{
            const e = document.querySelector({sel});
            e.scrollIntoView({{ block: "center" }});
            const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                      button="left", clickCount=1)

    def key(self, name, shift=False):
        more = {"text": TEXT[name]} if name in TEXT else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name,
                      code="Space" if name == " " else name,
                      windowsVirtualKeyCode=KEYS[name],
                      modifiers=8 if shift else 0,
                      **(more if kind == "keyDown" else {}))

    def type(self, text):
        self.call("Input.insertText", text=text)

    def choose(self, selector, path):
        """A file, for an input that wants one."""
        doc = self.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=doc,
                         selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[os.path.abspath(path)],
                  nodeId=node)

    def drop(self, path, x=640, y=400):
        data = {"items": [], "files": [os.path.abspath(path)],
                "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=x, y=y,
                      data=data)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)

    def media(self, **features):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": k.replace("_", "-"), "value": v}
            for k, v in features.items()])

    def picture(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=whole)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def download(self, seconds=30):
        """The next file that was saved: its name and bytes."""
        end = time.monotonic() + seconds * self.slow
        while time.monotonic() < end:
            m = self._read(0.1)
            if m:
                self._event(m)
            for guid, (name, done) in list(self.saved.items()):
                if done:
                    del self.saved[guid]
                    with open(f"{self.downloads}/{name}", "rb") as f:
                        data = f.read()
                    os.unlink(f"{self.downloads}/{name}")
                    return name, data
        return None, b""

    def tree(self):
        """(role, name) of all that assistive technology sees."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(n.get("role", {}).get("value"),
                 n.get("name", {}).get("value", ""),
                 {p["name"]: p["value"].get("value")
                  for p in n.get("properties", [])})
                for n in nodes if not n.get("ignored")]
