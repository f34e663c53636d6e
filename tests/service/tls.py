#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""tls.py - a service by https, asked by curl, openssl and vorw verify
--remote, with good certificates and bad ones.  Prints TAP."""
import os
import re
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from client import B, T, TINY, Service, Tap, read, suite
from pki import Ca

DIR = tempfile.mkdtemp()
OUT = f"{DIR}/out.blob"
tap = Tap()
ok = tap.ok


def run(*args, env=None):
    return subprocess.run(args, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})})


def verify(s, *args, target=T, env=None, host="127.0.0.1"):
    return run(f"{B}/vorw", "verify", TINY, "-t", target, "-o", OUT, "--remote",
               f"https://{host}:{s.port}", *args, env=env)


def curl(s, *args):
    return run("curl", "-sS", *args, f"https://127.0.0.1:{s.port}/healthz")


def serve(ca, cert, *args, workers="0", client=None):
    s = Service(tap, f"{DIR}/state", "--workers", workers, "--tls-cert",
                cert[0], "--tls-key", cert[1], *args)
    s.tls = ssl.create_default_context(cafile=ca.cert)
    # what is asked here is whether it serves; clients check for themselves
    s.tls.check_hostname = False
    s.tls.verify_mode = ssl.CERT_NONE
    if client:
        s.tls.load_cert_chain(*client)
    return s.start()


def refused(name, p, *words):
    ok(p.returncode == 1 and "[remote-failed]" in p.stderr and
       all(w in p.stderr for w in words), name, p.stderr)


def server(ca, other, cert):
    s = serve(ca, cert, workers="1")
    try:
        p = curl(s, "--cacert", ca.cert)
        ok(p.returncode == 0 and '"ok": true' in p.stdout, "curl, by https",
           p.stderr)
        for version in "1.2", "1.3":
            p = curl(s, "--cacert", ca.cert, f"--tlsv{version}", "--tls-max",
                     version)
            ok(p.returncode == 0, f"TLS {version}", p.stderr)
        for version in "-tls1", "-tls1_1":
            p = run("openssl", "s_client", "-connect", f"127.0.0.1:{s.port}",
                    version, "-cipher", "ALL:@SECLEVEL=0")
            ok(p.returncode != 0 and "Cipher is (NONE)" in p.stdout,
               f"openssl s_client {version}: no handshake", p.stdout)
        p = run("curl", "-sS", f"http://127.0.0.1:{s.port}/healthz")
        ok(p.returncode != 0, "http on its port: no answer", p.stdout)
        p = verify(s, "--ca", ca.cert)
        ok(p.returncode == 0, "vorw verify --remote https://… --ca: a blob",
           p.stderr)
        here = run(f"{B}/vorw", "verify", TINY, "-t", T, "-o", f"{DIR}/here")
        ok(here.returncode == 0 and read(OUT) == read(f"{DIR}/here"),
           "the same bytes as here", here.stderr)
        p = verify(s, env={"VORW_CA": ca.cert})
        ok(p.returncode == 0, "$VORW_CA in place of --ca", p.stderr)
        refused("no CA: the system's, which does not know it", verify(s),
                "SSL certificate problem", "--ca FILE")
        refused("another CA", verify(s, "--ca", other.cert),
                "SSL certificate problem")
        refused("a name that is not in the certificate",
                verify(s, "--ca", ca.cert, host="localhost"),
                "certificate subject name", "localhost")
        p = verify(s, "--ca", f"{DIR}/none")
        ok(p.returncode == 1 and "[key-unusable]" in p.stderr,
           "a CA file that is not there", p.stderr)
        p = verify(s, "--ca", ca.cert, "--client-cert", ca.cert)
        ok(p.returncode == 2, "--client-cert without its key is a mistake")
        p = run(f"{B}/vorw", "verify", TINY, "-t", T, "--ca", ca.cert)
        ok(p.returncode == 2, "--ca without --remote is a mistake")
    finally:
        ok(s.stop() == 0, "stopped")


def no_server(ca):
    """https:// asked of one that has none."""
    s = Service(tap, f"{DIR}/plain", "--workers", "0").start()
    try:
        refused("https of a service without: a hint",
                verify(s, "--ca", ca.cert), "is it http://")
    finally:
        s.stop()


def bad_servers(ca, other):
    for name, by, kw, words in (
            ("expired", ca, {"expired": True}, ["expired"]),
            ("for another host", ca, {"san": "DNS:elsewhere.example"},
             ["certificate subject name"]),
            ("of another CA", other, {}, ["SSL certificate problem"]),
            ("for clients", ca, {"kind": "client"}, ["SSL certificate problem"])):
        s = serve(ca, by.issue("bad-" + name.replace(" ", "-"), **kw))
        try:
            refused(f"a service's certificate {name}",
                    verify(s, "--ca", ca.cert), *words)
            ok(curl(s, "--cacert", ca.cert).returncode == 60,
               f"curl of one {name}: exit status 60")
        finally:
            s.stop()


def mutual(ca, other, cert):
    clients = Ca(f"{DIR}/clients")
    good = clients.issue("good", "client")
    s = serve(ca, cert, "--tls-client-ca", clients.cert, workers="1",
              client=good)
    old = clients.issue("old", "client", expired=True)

    def shown(pair):
        return ["--ca", ca.cert, "--client-cert", pair[0], "--client-key",
                pair[1]]
    try:
        p = verify(s, *shown(good))
        ok(p.returncode == 0, "--tls-client-ca: a client with a certificate",
           p.stderr)
        p = curl(s, "--cacert", ca.cert, "--cert", good[0], "--key", good[1])
        ok(p.returncode == 0, "curl with it", p.stderr)
        refused("a client without", verify(s, "--ca", ca.cert),
                "want a client's certificate")
        for name, pair in (
                ("of another CA", other.issue("stranger", "client")),
                ("of the service's own CA", ca.issue("inside", "client")),
                ("that has expired", old),
                ("for servers", clients.issue("server", "server"))):
            refused(f"a client's certificate {name}", verify(s, *shown(pair)),
                    "take the client's certificate")
            for version in "1.2", "1.3":
                p = curl(s, "--cacert", ca.cert, "--cert", pair[0], "--key",
                         pair[1], "--tls-max", version)
                ok(p.returncode != 0 and not p.stdout,
                   f"curl, TLS {version}, with one {name}: no answer", p.stdout)
        for version in "1.2", "1.3":
            p = curl(s, "--cacert", ca.cert, "--tls-max", version)
            ok(p.returncode != 0 and not p.stdout,
               f"curl, TLS {version}, without: no answer", p.stdout)
        refused("another one's key", verify(s, "--ca", ca.cert, "--client-cert",
                                            good[0], "--client-key", old[1]),
                "private key")
        log = "".join(s.log)
        ok(all(w in log for w in ('"client_certificate":"none"', "expired",
                                  "issuer is unknown")),
           "the log says why", log)
        ok(s.get("/healthz").status == 200, "and it is well")
    finally:
        ok(s.stop() == 0, "stopped")


def bad_files(ca, cert):
    second = ca.issue("second")
    for name, args in (
            ("a key of another certificate", ["--tls-cert", cert[0],
                                              "--tls-key", second[1]]),
            ("no certificate", ["--tls-cert", cert[1], "--tls-key", cert[1]]),
            ("no key", ["--tls-cert", cert[0], "--tls-key", cert[0]]),
            ("CAs that are none", ["--tls-cert", cert[0], "--tls-key", cert[1],
                                   "--tls-client-ca", cert[1]])):
        p = run(f"{B}/vorw", "serve", "--listen", "127.0.0.1:0", "--state",
                f"{DIR}/state", *args)
        ok(p.returncode == 1 and "[key-unusable]" in p.stderr,
           f"does not start: {name}", p.stderr)
    p = run(f"{B}/vorw", "serve", "--tls-client-ca", ca.cert)
    ok(p.returncode == 2, "--tls-client-ca without TLS is a mistake", p.stderr)


def documented():
    """The certificate that docs/service.md makes."""
    how = re.search(r"```\n(openssl req .*?)```", read("docs/service.md").decode(),
                    re.S)
    p = subprocess.run(how[1], shell=True, cwd=DIR, capture_output=True,
                       text=True, check=False)
    ok(p.returncode == 0, "docs/service.md's openssl req", p.stderr)
    s = Service(tap, f"{DIR}/state", "--workers", "0", "--tls-cert",
                f"{DIR}/tls.crt", "--tls-key", f"{DIR}/tls.key")
    s.tls = ssl.create_default_context(cafile=f"{DIR}/tls.crt")
    for mode, warned in ((0o640, False), (0o604, True)):
        os.chmod(f"{DIR}/tls.key", mode)
        with s:
            said = "".join(s.log)
            ok(("lets everybody at it" in said) == warned,
               f"a key of mode {mode:o}: {'a' if warned else 'no'} warning",
               said)
    with s:
        for host in ("localhost", "127.0.0.1"):
            p = run("curl", "-sS", "--cacert", f"{DIR}/tls.crt",
                    f"https://{host}:{s.port}/healthz")
            ok(p.returncode == 0, f"is good for {host}", p.stderr)


def main():
    ca, other = Ca(f"{DIR}/ca"), Ca(f"{DIR}/other")
    cert = ca.issue("service")
    server(ca, other, cert)
    no_server(ca)
    bad_servers(ca, other)
    mutual(ca, other, cert)
    bad_files(ca, cert)
    documented()


suite(tap, main, DIR)
