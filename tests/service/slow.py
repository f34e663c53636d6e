#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""slow.py - clients that take their time, by plain HTTP and by TLS: each is
ended, and none hurts another one.  Prints TAP."""
import os
import resource
import socket
import ssl
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from client import Service, Tap, suite
from pki import Ca

DIR = tempfile.mkdtemp()
HEAD = (b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: multipart/form-data; boundary=xx\r\n")
# the longest of the limits in http_pace.c, with room for a busy machine
MOST = 180
PER_ADDRESS = 64
tap = Tap()
ok = tap.ok


def connect(s, address="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", s.port), timeout=20,
                                    source_address=(address, 0))


def ended(c):
    """Closed by the other side, without an answer that says well done."""
    c.settimeout(0.01)
    try:
        got = c.recv(4096)
        return not got
    except TimeoutError:
        return False
    except OSError:
        return True


class Slow(threading.Thread):
    """Sends what comes first at once, then a byte a second, for ever."""

    def __init__(self, s, name, first, rest, address, tls=False):
        super().__init__(daemon=True)
        self.what, self.rest = name, rest
        self.c = connect(s, address)
        if tls:
            self.c = ssl._create_unverified_context().wrap_socket(self.c)
        self.c.sendall(first)
        self.began = time.monotonic()
        self.seconds = None

    def run(self):
        i = 0
        while time.monotonic() - self.began < MOST:
            try:
                self.c.sendall(self.rest[i % len(self.rest):][:1])
                i += 1
            except OSError:
                break
            if ended(self.c):
                break
            time.sleep(1)
        else:
            return
        self.seconds = time.monotonic() - self.began


def reader(s, address):
    """Asks for much, and reads none of it."""
    c = socket.socket()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    c.bind((address, 0))
    c.connect(("127.0.0.1", s.port))
    c.sendall(b"GET /v1/openapi HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
    return c


def crowd(s, n, address):
    """So many connections that say nothing more than this."""
    out = []
    for _ in range(n):
        try:
            c = connect(s, address)
            c.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n--xx\r\n")
            out.append(c)
        except OSError:
            pass
    time.sleep(2)
    return out, [c for c in out if not ended(c)]


def alone(s, address, n, first):
    """So many connections of that address, that send this; those it gets."""
    out = []
    for _ in range(n):
        try:
            c = connect(s, address)
            c.sendall(first)
            out.append(c)
        except OSError:
            pass
    return out


def trickle(conns, over):
    """A byte now and then, or they were ended for their silence."""
    while not over.wait(4):
        for c in conns:
            try:
                c.send(b"x")
            except OSError:
                pass


def asked(s, seconds):
    """GET of an address that is not among them; 0: no answer."""
    try:
        return s.get("/healthz", timeout=seconds).status
    except OSError:
        return 0


def addresses():
    """Several of them together: five take no more than their share, and of 16,
    who have all there is, those are ended soon that do not even ask."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Service(tap, f"{DIR}/many", "--workers", "0") as s:
        held = [c for i in range(5) for c in
                alone(s, f"127.0.0.{10 + i}", 250, b"GET /healthz HTT")]
        ok(asked(s, 20) == 200, "five addresses with 250 connections each: "
           "another one is served")
        for c in held:
            c.close()
        held = [c for i in range(16) for c in
                alone(s, f"127.0.0.{20 + i}", PER_ADDRESS,
                      b"GET /healthz HTTP/1.1\r\nX: ")]
        over = threading.Event()
        drip = threading.Thread(target=trickle, args=(held, over))
        drip.start()
        # well below the minute that headers may take else
        ok(asked(s, 40) == 200, "16 addresses with all connections there are, "
           "that do not get to ask: another one is served")
        over.set()
        drip.join()
        for c in held:
            c.close()
    s = Service(tap, f"{DIR}/proxy", "--workers", "0", "--max-per-address",
                "100")
    with s:
        held = alone(s, "127.0.0.9", 120, b"GET /healthz HTT")
        time.sleep(2)
        n = sum(not ended(c) for c in held)
        ok(n == 100, "--max-per-address: as many", n)
        for c in held:
            c.close()


def main():
    addresses()
    ca = Ca(f"{DIR}/ca")
    cert = ca.issue("service")
    s = Service(tap, f"{DIR}/state", "--workers", "0").start()
    t = Service(tap, f"{DIR}/state2", "--workers", "0", "--tls-cert", cert[0],
                "--tls-key", cert[1])
    t.tls = ssl._create_unverified_context()
    t.start()
    body = HEAD + b"Content-Length: 1000000\r\n\r\n"
    slow = [
        Slow(s, "the request line", b"G", b"E", "127.0.0.3"),
        Slow(s, "headers", HEAD, b"X-A: b\r\n", "127.0.0.3"),
        Slow(s, "a body", body, b"--xx\r\n", "127.0.0.3"),
        Slow(s, "a body of no said length",
             HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n",
             "127.0.0.3"),
        Slow(s, "a body where none belongs", b"GET /healthz HTTP/1.1\r\n"
             b"Host: localhost\r\nContent-Length: 100000\r\n\r\n", b"x",
             "127.0.0.3"),
        Slow(t, "headers, by TLS", HEAD, b"X-A: b\r\n", "127.0.0.1", tls=True),
        Slow(t, "a body, by TLS", body, b"--xx\r\n", "127.0.0.1", tls=True),
        # a ClientHello of 16 KiB
        Slow(t, "a TLS handshake", b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc",
             b"\x03", "127.0.0.1"),
    ]
    try:
        for x in slow:
            x.start()
        deaf = reader(s, "127.0.0.3")
        begun, held = crowd(s, PER_ADDRESS + 50, "127.0.0.2")
        ok(len(begun) > PER_ADDRESS - 1 and len(held) == PER_ADDRESS,
           f"one address gets {PER_ADDRESS} connections, and not more",
           (len(begun), len(held)))
        c = connect(s, "127.0.0.2")
        try:
            c.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            got = c.recv(100)
        except OSError:
            got = b""
        ok(not got, "its next one is closed", got)
        ok(s.get("/healthz").status == 200, "another address is served")
        for x in slow:
            x.join(MOST + 20)
            ok(x.seconds is not None and x.seconds < MOST,
               f"a byte a second of {x.what}: ended", x.seconds)
        end = time.monotonic() + MOST
        while not all(ended(c) for c in held) and time.monotonic() < end:
            time.sleep(1)
        ok(all(ended(c) for c in held), "the crowd's were ended, too")
        c = connect(s, "127.0.0.2")
        c.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        ok(b" 200 " in c.recv(100), "its address is served again")
        m = s.get("/metrics").body.decode()
        n = [x for x in m.splitlines()
             if x.startswith("vorw_slow_connections_total")]
        ok(n and float(n[0].split()[1]) >= 3, "the metrics count them", n)
        deaf.close()
        ok(s.get("/healthz").status == 200 and
           t.get("/healthz").status == 200, "both services are well")
    finally:
        ok(s.stop() == 0 and t.stop() == 0, "stopped")


suite(tap, main, DIR)
