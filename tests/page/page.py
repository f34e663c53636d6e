#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""page.py - the service's web page in a headless Chromium, against a real
service: what a person does there, by mouse and by keyboard, what assistive
technology sees, and what hostile input does not do.  Prints TAP."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../service")]
from browser import Browser             # noqa: E402
from client import B, T, TINY, Service, Tap, read, suite  # noqa: E402

GOOD = f"{B}/{T}/examples/02-xdp-deny.o"
BAD = f"{B}/tests/progs/out-of-bounds.o"
MARKUP = f"{B}/tests/page/markup.o"
NAME = f"{B}/tests/page/name.o"
LONG = f"{B}/tests/page/long.o"
SECOND = "second-target"
DIR = tempfile.mkdtemp()
tap = Tap()
ok = tap.ok


def vorw(*args):
    return subprocess.run([f"{B}/vorw", *args], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)


def make_targets():
    """The target, and the same kernel under another name, each with a snapshot
    of its own; those of the build stay as they are."""
    root = f"{DIR}/targets"
    for name in (T, SECOND):
        os.makedirs(f"{root}/{name}/guest")
        for f in os.listdir(f"{B}/{T}"):
            if f != "guest":
                os.symlink(os.path.abspath(f"{B}/{T}/{f}"), f"{root}/{name}/{f}")
        for f in ("kernel", "initramfs.cpio"):
            if os.path.exists(f"{B}/{T}/guest/{f}"):
                shutil.copy2(f"{B}/{T}/guest/{f}", f"{root}/{name}/guest/{f}")
    os.environ["VORW_TARGETS"] = root
    for name in (T, SECOND):
        p = vorw("target", "snapshot", name)
        if p.returncode:
            raise RuntimeError(p.stderr)


class Page:
    """The page, and what its user does."""

    def __init__(self, browser, service):
        self.b, self.s = browser, service
        self.expected = set()

    def load(self, path=""):
        self.b.go("about:blank")
        self.b.go(f"http://127.0.0.1:{self.s.port}/{path}")
        self.b.js(read(f"{HERE}/look.js").decode())

    def ready(self):
        return self.b.until("document.querySelector('input[name=target]') !== null")

    def verify(self, path=None, seconds=150, **boxes):
        """Choose, tick, submit; the state that the job ends in."""
        if path:
            self.b.choose("#object", path)
        for box, on in boxes.items():
            if self.b.js(f"document.getElementById('{box}').checked") != on:
                self.b.click(f"#{box}" if self.b.js(
                    f"document.getElementById('{box}').checkVisibility()") else
                    f"details:has(#{box}) > summary")
                if self.b.js(f"document.getElementById('{box}').checked") != on:
                    self.b.click(f"#{box}")
        before = self.b.js("location.hash")
        self.b.click("#go")
        self.b.until(f"location.hash !== {json.dumps(before)}", 10)
        return self.ends(seconds)

    def ends(self, seconds=150):
        return self.b.until("""['done', 'refused', 'failed'].includes(
            document.querySelector('#job-state').textContent) &&
            document.querySelector('#job-state').textContent""", seconds)

    def logged(self):
        """Its log is there."""
        return self.b.until("!document.querySelector('#log').hidden && "
                            "document.querySelector('#log-view li') !== null")

    def job(self):
        return self.b.js("location.hash").partition("=")[2]

    def api(self, what=""):
        return self.s.get(f"/v1/jobs/{self.job()}{what}")


def start_page(p):
    b = p.b
    p.load()
    ok(p.ready(), "the page is there, with the targets that are ready")
    ok(b.js("document.title").startswith("vorw"), "its title")
    names = b.js("[...document.querySelectorAll('input[name=target]')].map(t => t.value)")
    ok(set(names) == {T, SECOND}, "both of them", names)
    ok("not ready" in b.text("#targets-other summary"),
       "the others are said not to be", b.text("#targets-other"))
    ok(b.until("document.querySelector('#health').innerText === 'ready'") and
       b.until("/^vorw [0-9]/.test(document.querySelector('#version').innerText)"),
       "the service is well, of some version", b.text("footer"))
    b.click("#go")
    ok("Choose an object" in b.text("#object-error") and
       b.js("document.activeElement.id") == "object" and
       b.js("document.querySelector('#object').ariaInvalid ?? "
            "document.querySelector('#object').getAttribute('aria-invalid')") == "true",
       "nothing chosen: said at the field, which has the focus")
    ok("Choose a target" in b.text("#targets-error"), "no target: said, too")


def accepted(p):
    b = p.b
    b.drop(GOOD)
    ok(b.js("document.querySelector('#object').files[0]?.name") == "02-xdp-deny.o",
       "a file that is dropped is chosen")
    ok(p.verify(**{f"target-{T}": True, "full_log": False}) == "done",
       "an example is verified", b.text("#job"))
    ok(b.text("#job-h") == "02-xdp-deny.o" and
       b.js("document.activeElement.id") == "job-h",
       "the job's heading has the focus")
    ok(b.until("document.querySelectorAll('#programs tbody tr').length === 1") and
       "xdp_deny" in b.text("#programs") and "native" in b.text("#programs"),
       "its program", b.text("#programs"))
    ok("signing" in b.js("document.querySelector('#progress ol').textContent"),
       "its progress")
    b.click("#get-blob")
    name, blob = b.download()
    ok(name == f"02-xdp-deny.{T}.blob" and blob and blob == p.api("/blob").body,
       "the blob: byte for byte the API's", (name, len(blob)))
    ok(b.until("document.querySelector('#fetch-note').innerText.includes('SHA-256')"),
       "its digest was checked", b.text("#fetch-note"))
    b.click("#get-provenance")
    name, data = b.download()
    ok(data == p.api("/provenance").body and name.endswith(".json"),
       "its provenance", name)
    b.click("#facts summary")
    j = p.api().json()
    facts = b.text("#facts")
    ok(all(x in facts for x in (j["id"], j["object"]["sha256"], j["blob"])),
       "its facts", facts)
    b.click("#get-cert")
    name, data = b.download()
    ok(data == read(f"{B}/keys/dev.cert.pem"), "the signer's certificate", name)
    ok(b.js("[...document.querySelectorAll('#jobs li')].length") == 1 and
       "02-xdp-deny.o" in b.text("#jobs [aria-current]"), "it is in the list",
       b.text("#jobs"))


def failing_line(log):
    """Index of the source line that the log names last before its message; found
    otherwise than the page does it."""
    lines = log.split("\n")
    end = lines.index("-- libbpf")
    stats = ("processed ", "verification time ", "stack depth ", "insns processed ")
    last = max(i for i in range(end) if not lines[i].startswith(stats))
    return lines, max(i for i in range(last) if lines[i].startswith("; "))


def refused(p):
    b = p.b
    ok(p.verify(MARKUP, full_log=True) == "refused", "a refused object",
       b.text("#job"))
    j = p.api().json()
    ok(b.text("#verdict .reason") == "verifier-rejected" == j["reason"],
       "its reason")
    ok(b.text("#verdict .message") == j["message"], "its message",
       b.text("#verdict"))
    ok(p.logged(), "its log")
    log = p.api("/log").body.decode()
    lines, at = failing_line(log)
    marked = b.js("""[...document.querySelectorAll('.failure.line-source')].map(li =>
        [li.value, li.lastChild.textContent])""")
    ok(marked == [[at + 1, lines[at]]], "the source line that the log names is marked",
       (marked, at, lines[at]))
    source = next(x.strip() for x in read("tests/page/markup.bpf.c").decode()
                  .splitlines() if "onerror" in x)
    ok(b.text("#cause-source") == source, "which is that of the source",
       (b.text("#cause-source"), source))
    ok(re.fullmatch(r"\d+: \(71\) r0 = .*", b.text("#cause-insn")),
       "and its instruction", b.text("#cause-insn"))
    ok(b.js("""[...document.querySelectorAll('.failure.line-message')].length""") == 2,
       "the message's lines are marked, too")
    ok(b.js("[...document.querySelectorAll('#log-view li')].map("
            "li => [...li.children].filter(c => c.className !== 'hidden')"
            ".map(c => c.textContent).join('')).join('\\n') + '\\n'") == log,
       "every line of the log is there, as it is")
    ok(b.js("document.images.length + document.querySelectorAll("
            "'main script, main [onerror]').length") == 0,
       "markup in it has become text")


def hostile_names(p):
    b = p.b
    evil = f"{DIR}/<img src=x onerror=alert(4)>&amp;.o"
    shutil.copy(BAD, evil)
    ok(p.verify(evil, full_log=False) == "refused", "a file name with markup",
       b.text("#job"))
    ok(b.text("#job-h") == "<img_src=x_onerror=alert(4)>&amp;.o",
       "is shown as text", b.text("#job-h"))
    ok(b.until("!document.querySelector('#cause-none').hidden") and
       "full log" in b.text("#cause-none"),
       "without the full log: said what to do", b.text("#verdict"))
    ok(p.verify(NAME) == "refused" and
       "<img/src=x onerror=alert(3)>" in b.text("#verdict .message"),
       "so is a program's name", b.text("#verdict"))
    ok(b.js("document.images.length") == 0, "nothing of it was made")
    count = b.js("document.querySelectorAll('#jobs li').length")
    with open(f"{DIR}/hello.o", "w", encoding="ascii") as f:
        f.write("hello <b>world</b>")
    b.choose("#object", f"{DIR}/hello.o")
    b.click("#go")
    ok(b.until("!document.querySelector('#submit-error').hidden") and
       b.text("#submit-error .reason") == "bad-object" and
       "not an ELF file" in b.text("#submit-error .message"),
       "what is no object: reason and message", b.text("#submit-error"))
    p.expected.add((422, "/v1/verify"))
    ok(b.js("document.querySelectorAll('#jobs li').length") == count,
       "and no job")
    with open(f"{DIR}/hello.o", "wb") as f:
        f.truncate((16 << 20) + 1)
    b.choose("#object", f"{DIR}/hello.o")
    b.click("#go")
    ok(b.until("document.querySelector('#object-error').innerText.includes('16 MiB')"),
       "what is too large is not even sent")
    shutil.copy(TINY, f"{DIR}/again.o")
    b.choose("#object", f"{DIR}/again.o")
    # asked for its size, the browser looks at the file
    b.until("document.querySelector('#object').files[0]?.size === "
            f"{os.path.getsize(TINY)}")
    shutil.copy(GOOD, f"{DIR}/again.o")
    os.utime(f"{DIR}/again.o", (1, 1))      # it looks at whole seconds
    b.click("#go")
    ok(b.until("document.querySelector('#object-error').innerText.includes('Choose it once more')"),
       "what was built again since it was chosen", b.text("#object-error"))


def several(p):
    b = p.b
    b.choose("#object", TINY)
    ok(p.verify(full_log=False, **{f"target-{T}": True, f"target-{SECOND}": True}) == "done",
       "two targets at once", b.text("#job"))
    both = b.js("[...document.querySelectorAll('#jobs a')].slice(0, 2).map(a => a.hash.slice(5))")
    jobs = [p.s.wait_job(j) for j in both]
    ok({j["target"] for j in jobs} == {T, SECOND} and
       all(j["state"] == "done" for j in jobs), "a job for each", jobs)
    ok(b.until("""[...document.querySelectorAll('#jobs .state')].slice(0, 2)
        .every(s => s.textContent === 'done')"""), "both are seen to end", b.text("#jobs"))
    other = next(j for j in jobs if j["id"] != p.job())
    b.click(f"#jobs a[href='#job={other['id']}']")
    ok(b.until(f"document.querySelector('#job-sub').innerText.includes('{other['target']}')"),
       "the other one, chosen in the list", b.text("#job-sub"))
    b.click("#get-blob")
    name, blob = b.download()
    ok(name == f"tiny.{other['target']}.blob" and
       hashlib.sha256(blob).hexdigest() == other["blob"], "has its own blob", name)
    b.js("history.back()")
    ok(b.until(f"!document.querySelector('#job-sub').innerText.includes('{other['target']}')"),
       "back: the first again")
    b.js("const s = document.querySelector('#jobs-show'); s.value = 'refused';"
         "s.dispatchEvent(new Event('change'))")
    ok(b.until("document.querySelectorAll('#jobs .done').length === 0 && "
               "document.querySelectorAll('#jobs .refused').length === 3"),
       "the list by state", b.text("#jobs"))
    b.js("s.value = ''; s.dispatchEvent(new Event('change'))")


def reader(p):
    """A log of many lines."""
    b = p.b
    b.click(f"#target-{SECOND}")
    ok(p.verify(LONG, full_log=True) == "refused", "an object with a long log")
    p.logged()
    log = p.api("/log").body.decode()
    lines, at = failing_line(log)
    ok(len(lines) > 5000 and
       b.js("document.querySelectorAll('#log-view li').length") < len(lines) / 2,
       f"{len(lines)} lines, not all of them in the document")
    seen = """(() => { const v = document.querySelector('#log-view').getBoundingClientRect();
        return [...document.querySelectorAll('#log-view li')].filter(li => {
            const r = li.getBoundingClientRect();
            return r.top >= v.top && r.bottom <= v.bottom; }).map(li => li.value); })()"""
    ok(at + 1 in b.js(seen), "the failing line is what one sees first", b.js(seen))
    b.js("document.querySelector('#log-view').scrollTop = 0")
    ok(b.until(f"({seen})[0] === 1"), "its start", b.js(seen))
    b.click("#log-jump")
    ok(b.until(f"({seen}).includes({at + 1})") and
       b.js("document.activeElement.value") == at + 1,
       "Go to the failure: there, with the focus")
    b.click("#log-find")
    b.type("FOR (I =")
    want = [i + 1 for i, x in enumerate(lines) if "for (i =" in x.lower()]
    ok(b.until(f"document.querySelector('#log-count').innerText === '{len(want):,} matches'"),
       "Find counts", b.text("#log-count"))
    b.key("Enter")
    ok(b.until(f"({seen}).includes({want[0]})") and
       b.text("#log-count").startswith("1 of") and
       b.js("document.activeElement.id") == "log-find", "Enter: the first match")
    b.key("Enter", shift=True)
    ok(b.until(f"({seen}).includes({want[-1]})"), "Shift and Enter: the last")
    ok(b.js("document.querySelector('#log-view mark').textContent") == "for (i =",
       "it is highlighted")
    b.click("#log-only")
    ok(b.until("document.querySelectorAll('#log-view mark').length > 20 && "
               "[...document.querySelectorAll('#log-view li')].every(li => "
               "li.textContent.includes('for (i ='))"),
       "matches only", b.js("document.querySelector('#log-view').innerText.slice(0, 300)"))
    b.click("#log-jump")
    ok(b.until(f"({seen}).includes({at + 1})"), "Go to the failure shows all again")
    b.js("const w = document.querySelector('#log-show'); w.value = 'source';"
         "w.dispatchEvent(new Event('change'))")
    ok(b.until("document.querySelectorAll('#log-view .line-insn').length === 0 && "
               "document.querySelectorAll('#log-view .line-source').length > 0"),
       "source and messages only")
    b.click("#log-wrap")
    b.click("#log-jump")
    ok(b.until(f"({seen}).includes({at + 1})"), "with lines wrapped, too")
    b.click("#log-wrap")
    b.click("#log-save")
    name, data = b.download()
    ok(data.decode() == log and name == f"long.{T}.log", "the log as a file", name)
    b.call("Browser.grantPermissions", permissions=[
        "clipboardReadWrite", "clipboardSanitizedWrite"])
    b.click("#log-copy")
    b.until("document.querySelector('#log-copy').innerText === 'Copied'")
    ok(b.js("navigator.clipboard.readText()") == log, "and in the clipboard")


def other_logs(p):
    """What the reader makes of logs that this target's kernel does not print."""
    b = p.b
    found = b.js("""(async () => {
        const { findFailure, kindOf } = await import("/log.js");
        const newer = ["-- program 'a'", "0: R1=ctx() R10=fp0",
            "; int x = 0; @ prog.c:7", "0: (b7) r1 = 0                        ; R1=0",
            "; return *p; @ prog.c:9", "from 3 to 5: R1=1 R10=fp0",
            "5: (61) r0 = *(u32 *)(r1 +0)",
            "R1 invalid mem access 'scalar'", "processed 2 insns (limit 1000000)",
            "-- libbpf", "libbpf: prog 'a': failed to load: -13"];
        return { f: findFailure(newer), none: findFailure([]),
                 stats: findFailure(["-- program 'a'", "processed 2 insns"]),
                 short: findFailure(["-- program 'a'", "R0 !read_ok", "processed 2 insns"]),
                 kinds: newer.map(kindOf) };
    })()""")
    ok(found["f"] == {"first": 7, "last": 7, "insn": 6, "source": 4},
       "lines with file and number (Linux 6.9 and later)", found)
    ok(found["none"] is None and found["stats"] is None, "no message: nothing marked")
    ok(found["short"] == {"first": 1, "last": 1, "insn": -1, "source": -1},
       "a message only: it is marked", found)
    ok(found["kinds"] == ["part", "state", "source", "insn", "source", "state",
                          "insn", "message", "note", "part", "note"],
       "which line is what", found["kinds"])
    # 300,000 lines, 20 MB, with one of a megabyte: the document must not grow
    # with it
    got = b.js("""(async () => {
        const { LogView } = await import("/log.js");
        const ui = {};
        for (const x of ["view", "find", "next", "prev", "count", "show", "only",
                         "wrap", "jump", "copy", "save", "size"])
            ui[x] = document.getElementById(`log-${x}`).cloneNode(true);
        const root = document.createElement("div");
        root.append(...Object.values(ui));
        document.querySelector("#job").append(root);
        const lines = ["-- program 'a'", "x".repeat(1 << 20)];
        for (let i = 0; i < 150000; i++)
            lines.push("; for (i = 0; i < 150000; i++)",
                       `${i}: (07) r1 += 1                       ; R1_w=${i} fp-16=${i * 7}`);
        lines.push("R1 is not allowed", "processed 2 insns", "-- libbpf", "");
        const view = new LogView(ui, () => {});
        const f = view.set(lines.join("\\n"), "x.log", true);
        ui.find.value = "r1_w=149999";
        ui.find.dispatchEvent(new Event("input"));
        while (ui.count.textContent !== "1 match")
            await new Promise((go) => setTimeout(go, 20));
        ui.view.scrollTop = 0;
        await new Promise((go) => setTimeout(go, 300));
        const most = Math.max(...[...ui.view.querySelectorAll("li")].map(li => li.textContent.length));
        const nodes = ui.view.querySelectorAll("li").length;
        root.remove();
        return { f: [f.source, f.insn, f.first], nodes, most };
    })()""")
    ok(got["f"] == [300000, 300001, 300002], "300,000 lines: the failing one", got)
    ok(got["nodes"] < 7000 and got["most"] < 5000, "few of them in the document", got)


def keyboard(p):
    """Without a mouse: to the form, through it, to the blob."""
    b = p.b
    p.load()
    p.ready()
    b.until("document.querySelectorAll('#jobs li').length > 0")
    b.key("Tab")
    ok(b.js("look.focus().text") == "Skip to the content" and
       b.js("look.focus().there"), "first there is a link past the header",
       b.js("look.focus()"))
    b.key("Enter")
    b.key("Tab")
    ok(b.js("look.focus().id") == "object", "behind it the form", b.js("look.focus()"))
    b.choose("#object", f"{B}/{T}/examples/01-sockcount.o")
    stops = []

    def tab_to(what, most=40):
        for _ in range(most):
            f = b.js("look.focus()")
            stops.append(f)
            if f and f["id"] == what:
                return True
            b.key("Tab")
        return False

    ok(tab_to(f"target-{T}"), "Tab comes to the target", stops)
    if not b.js(f"document.getElementById('target-{T}').checked"):
        b.key(" ")
    if b.js(f"document.getElementById('target-{SECOND}').checked"):
        tab_to(f"target-{SECOND}")
        b.key(" ")
    ok(tab_to("full_log"), "to the options")
    b.key(" ")
    b.js("document.activeElement.checked") and b.key(" ")
    ok(tab_to("go"), "to the button", stops)
    b.key("Enter")
    ok(b.until("document.querySelector('#job-h').innerText === '01-sockcount.o'") and
       p.ends() == "done", "Enter submits", b.text("#job"))
    ok(b.js("look.focus().id") == "job-h", "the focus is with the job")
    ok(tab_to("get-blob"), "Tab comes to its blob", stops)
    b.key("Enter")
    ok(b.download()[1] == p.api("/blob").body, "Enter saves it")
    ok(b.until("look.focus()?.id === 'get-blob'"), "where the focus stays")
    p.logged()
    ok(tab_to("log-view"), "Tab comes to the log", stops)
    ok(tab_to("get-cert"), "and to the end of the page", stops)
    unseen = [f for f in stops if f and not (f["ring"] and f["there"])
              and f["id"] not in ("main", "job-h")]
    ok(not unseen, f"one sees where the focus is, {len(stops)} times", unseen)
    b.js("document.querySelector('#token-open').focus()")
    b.key("Enter")
    ok(b.js("look.focus().id") == "token", "Enter opens the field for the token")
    b.key("Escape")
    ok(b.js("look.focus().id") == "token-open" and
       b.js("document.querySelector('#token-panel').hidden"), "Escape closes it")


def tree(p):
    b = p.b
    nodes = b.tree()
    roles = {}
    for role, name, props in nodes:
        roles.setdefault(role, []).append((name, props))
    for role in ("banner", "main", "contentinfo"):
        ok(len(roles.get(role, [])) == 1, f"one {role}", sorted(roles))
    nameless = [role for role in ("button", "link", "textbox", "searchbox",
                                  "checkbox", "combobox", "region", "form",
                                  "group", "table", "radio")
                for name, props in roles.get(role, [])
                if not name.strip() and (role != "group")]
    ok(not nameless, "whatever one can use has a name", nameless)
    have = {role: [n for n, _ in v] for role, v in roles.items()}
    want = [("button", "Verify"), ("button", "Download the blob"),
            ("button", "Next match"), ("button", "Token"), ("checkbox", T),
            ("checkbox", "The verifier's full log"), ("searchbox", "Find"),
            ("combobox", "Which jobs"), ("combobox", "Show"),
            ("form", "Verify an object"), ("region", "Recent jobs"),
            ("region", "Lines of the log"), ("heading", "Verify an object"),
            ("heading", "Verifier's log"), ("group", "Targets"),
            ("table", "Programs"), ("rowheader", "sockcount"),
            ("link", "Skip to the content")]
    missing = [w for w in want if w[1] not in have.get(w[0], [])]
    ok(not missing, "roles and names are those one expects",
       (missing, {r: have.get(r) for r in {m[0] for m in missing}}))
    levels = [props.get("level") for _, props in roles["heading"]]
    ok(levels[0] == 1 and levels.count(1) == 1 and
       all(y <= x + 1 for x, y in zip(levels, levels[1:])),
       "headings go down by one", levels)
    live = [(role, props.get("live")) for role, _, props in nodes
            if props.get("live") not in (None, "off")]
    ok(("status", "polite") in live, "there is a polite live region", live)
    ok(not any(role == "log" for role, _ in live), "the log is none")
    said = b.text("#status")
    ok("01-sockcount.o" in said and "done" in said, "which says how it ended", said)


def looks(p):
    b = p.b
    views = {"a blob": GOOD, "a refusal": MARKUP}
    jobs = {j["options"]["file"]: j["id"] for j in p.s.get("/v1/jobs").json()["jobs"]}
    for what, path in views.items():
        p.load(f"#job={jobs[os.path.basename(path)]}")
        p.ready()
        p.logged()
        b.js("for (const d of document.querySelectorAll('details')) d.open = true;"
             "document.querySelector('#token-open').click();"
             "document.querySelector('#token-form').requestSubmit();"
             "document.querySelector('#submit').requestSubmit()")
        b.until("document.querySelector('#object-error').innerText !== ''")
        for scheme in ("light", "dark"):
            b.media(prefers_color_scheme=scheme)
            got = b.js("look.contrast()")
            ok(got["n"] > 60 and not got["bad"],
               f"{what}, {scheme}: contrast of {got['n']} texts and edges",
               "\n".join(got["bad"]))
        b.media()
        for width in (320, 400, 768, 1600):
            b.size(width, 800)
            got = b.js("look.wide()")
            ok(got["scroll"] <= 0 and not got["out"],
               f"{what}: {width} px wide, nothing sticks out", got)
        b.size(1280, 900)
    moves = """(() => { const s = document.createElement("span");
        s.className = "state running"; document.querySelector("#job").append(s);
        const n = getComputedStyle(s, "::before").animationName; s.remove(); return n; })()"""
    ok(b.js(moves) != "none", "a running job moves")
    b.media(prefers_reduced_motion="reduce")
    ok(b.js(moves) == "none", "not for who wants none of that")
    b.media()


def token(p):
    b, s = p.b, p.s
    both = vorw("token", "add", "--state", s.state, "--name", "both",
                "--scope", "submit", "--scope", "read").stdout.strip()
    some = vorw("token", "add", "--state", s.state, "--name", "some", "--scope",
                "submit").stdout.strip()
    p.expected |= {(401, "/v1/targets"), (403, "/v1/jobs")}
    p.load()
    ok(b.until("!document.querySelector('#token-panel').hidden") and
       "wants a token" in b.text("#token-error") and
       b.js("document.activeElement.id") == "token", "a token is needed: asked for")
    b.type("vorw_" + "0" * 64)
    b.key("Enter")
    ok(b.until("document.querySelector('#token-error').innerText.includes('not valid')"),
       "a wrong one: said", b.text("#token-panel"))
    ok(b.js("document.querySelectorAll('#jobs li').length") == 0, "nothing is shown")
    b.js("document.querySelector('#token').value = ''")
    b.click("#token")
    b.type(both)
    b.key("Enter")
    ok(p.ready() and b.until("document.querySelector('#token-panel').hidden") and
       b.until("document.querySelectorAll('#jobs li').length > 5"),
       "the right one: targets and jobs")
    ok(b.js("Object.values(sessionStorage).join() + Object.values(localStorage).join()"
            " + document.cookie").find(both) < 0 and
       not any(both in u for u in b.urls), "it is in no storage and no URL")
    b.choose("#object", GOOD)
    b.js(f"document.querySelectorAll('input[name=target]').forEach(t => "
         f"t.checked = t.value === '{T}')")
    ok(p.verify(full_log=False) == "done", "submitting with it")
    b.click("#get-blob")
    s.token = both
    ok(b.download()[1] == p.api("/blob").body, "downloading with it")
    p.load()
    ok(b.until("!document.querySelector('#token-panel').hidden"),
       "after a reload it is gone")
    b.click("#token-keep")
    b.click("#token")
    b.type(both)
    b.key("Enter")
    p.ready()
    p.load()
    ok(p.ready() and b.js("document.querySelector('#token-panel').hidden"),
       "unless one wants it kept, for this tab")
    b.click("#token-open")
    b.click("#token-forget")
    ok(b.until("document.querySelector('#token-error').innerText.includes('wants a token')") and
       b.js("Object.values(sessionStorage).join()").find(both) < 0 and
       b.js("document.querySelectorAll('#jobs li').length") == 0,
       "forgotten: nothing is left", b.text("#token-panel"))
    b.click("#token")
    b.type(some)
    b.key("Enter")
    ok(b.until("document.querySelector('#jobs-note').innerText.includes('may not list')") and
       b.js("document.querySelectorAll('#jobs li').length") > 0,
       "one that may not list: the jobs of this tab", b.text("#jobs-note"))
    p.load("#job=" + "0" * 64)
    p.expected |= {(404, "/v1/jobs/" + "0" * 64), (401, "/v1/jobs")}
    b.js("document.querySelector('#token-panel').hidden && "
         "document.querySelector('#token-open').click()")
    b.click("#token")
    b.type(both)
    b.key("Enter")
    ok(b.until("document.querySelector('#trouble').innerText.includes('no such job')"),
       "a job that is not there: said", b.text("main"))
    listed = vorw("token", "list", "--state", s.state).stdout
    vorw("token", "revoke", next(x.split()[0] for x in listed.splitlines()
                                 if x.endswith(" both")), "--state", s.state)
    b.js("document.querySelector('#jobs-show').dispatchEvent(new Event('change'))")
    ok(b.until("!document.querySelector('#token-panel').hidden && document."
               "querySelector('#token-error').innerText.includes('not valid')"),
       "a token that was revoked meanwhile", b.text("#token-panel"))


def walk(s):
    b = Browser(slow=4)
    p = Page(b, s)
    try:
        start_page(p)
        accepted(p)
        refused(p)
        hostile_names(p)
        several(p)
        reader(p)
        other_logs(p)
        keyboard(p)
        tree(p)
        looks(p)
        token(p)
        ok(not b.errors, "no error on the console, no policy violated",
           "\n".join(b.errors))
        ok(set(b.failed) == p.expected, "no answer failed but those that should",
           set(b.failed) ^ p.expected)
        origin = f"http://127.0.0.1:{s.port}/"
        away = {u for u in b.urls if not u.startswith((origin, "blob:" + origin, "about:"))}
        ok(b.urls and not away, f"none of {len(b.urls)} requests leaves the origin", away)
        ok(not s.errors, "the API is as docs/openapi.yaml says", s.errors)
        ok(s.stop() == 0, "stopped")
    except Exception:
        if os.environ.get("PICTURE"):
            b.picture(os.environ["PICTURE"])
        raise
    finally:
        b.close()


def main():
    make_targets()
    with Service(tap, f"{DIR}/state", "--workers", "1") as s:
        walk(s)


suite(tap, main, DIR)
