#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""picture.py FILE - a picture of the service's page with a refused program, for
the documents."""
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../service")]
from browser import Browser         # noqa: E402
from client import Service, Tap     # noqa: E402

B = os.environ.get("B", "build")
T = os.environ.get("T", "armv7")
OBJECTS = [f"{B}/{T}/examples/02-xdp-deny.o", f"{B}/tests/progs/out-of-bounds.o"]


def main():
    state = tempfile.mkdtemp()
    s = Service(Tap(), state, "--workers", "1").start()
    b = Browser(slow=4)
    try:
        b.size(1180, 780)
        b.media(prefers_color_scheme="light")
        b.go(f"http://127.0.0.1:{s.port}/")
        b.until(f"document.getElementById('target-{T}')")
        for path in OBJECTS:
            name = os.path.basename(path)
            b.choose("#object", path)
            b.click("#go")
            if not b.until(f"""document.querySelector('#job-h').textContent === '{name}' &&
                    document.querySelector('#log-view li') !== null &&
                    !document.querySelector('#log').hidden""", 150):
                sys.exit(f"{name} was not verified")
        b.js("document.activeElement.blur(); scrollTo(0, 0)")
        b.picture(sys.argv[1])
    finally:
        b.close()
        s.stop()
        shutil.rmtree(state, ignore_errors=True)


main()
