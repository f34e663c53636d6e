#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""limits.py - suite 88-service-limits: what one client may take of a service,
and that nobody waits in vain.  Prints TAP."""
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Service, Tap, read, suite  # noqa: E402

B = os.environ.get("B", "build")
T = os.environ.get("T", "armv7")
TINY = f"{B}/tests/progs/tiny.o"
DIR = os.path.realpath(tempfile.mkdtemp())
# less than a client waits, more than a busy machine needs
SOON = 60
tap = Tap()
ok = tap.ok


def parts(name, path=TINY):
    return [("object", (os.path.basename(path), read(path))), ("target", T),
            ("name", name)]


def queued(s, name):
    a = s.submit(parts(name), {"Prefer": "respond-async"})
    if a.status != 202:
        raise RuntimeError(f"not accepted: {a.status} {a.body[:300]}")
    return a.json()["id"]


class Asker(threading.Thread):
    """GET, in a thread; answer is None if there was none soon."""

    def __init__(self, s, path):
        super().__init__(daemon=True)
        self.s, self.path, self.answer = s, path, None
        self.start()

    def run(self):
        try:
            self.answer = self.s.get(self.path, timeout=SOON)
        except OSError:
            pass

    def body(self):
        self.join(SOON + 10)
        return self.answer.body.decode() if self.answer else ""


def missed_changes():
    """A commit whose time is of before: seen late, or by a clock set back."""
    with Service(tap, f"{DIR}/waits", "--workers", "0") as s:
        job = queued(s, "waits")
        asker = Asker(s, f"/v1/jobs/{job}?wait=300")
        time.sleep(2)       # it waits by now
        con = sqlite3.connect(f"{s.state}/vorw.db", timeout=30)
        con.execute("UPDATE jobs SET state = 'failed', reason = 'io-error',"
                    " version = version + 1, updated = updated - 3600000,"
                    " finished = updated WHERE id = ?", (job,))
        con.commit()
        con.close()
        ok('"failed"' in asker.body(),
           "who waits hears of a change that has an older time")
        ok(not s.errors, "all as docs/openapi.yaml says", s.errors)


def main():
    try:
        missed_changes()
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
    return tap.done()


suite(main)
