# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Certificates for the tests of TLS, made with openssl."""
import os
import subprocess

CONF = """
[ca]
default_ca = c
[c]
dir = {d}
database = {d}/index.txt
serial = {d}/serial
new_certs_dir = {d}
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[server]
basicConstraints = critical,CA:FALSE
subjectAltName = {san}
extendedKeyUsage = serverAuth
[client]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = clientAuth
[ca_cert]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
"""


def openssl(*args):
    p = subprocess.run(["openssl", *args], capture_output=True, text=True,
                       check=False, stdin=subprocess.DEVNULL)
    if p.returncode:
        raise RuntimeError(f"openssl {args}: {p.stderr}")


class Ca:
    """A CA in a directory of its own: cert.pem, key.pem."""

    def __init__(self, path):
        self.dir = path
        os.mkdir(path)
        with open(f"{path}/index.txt", "w", encoding="ascii"):
            pass
        with open(f"{path}/serial", "w", encoding="ascii") as f:
            f.write("01\n")
        self.conf("DNS:unused")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                "-config", f"{path}/conf", "-extensions", "ca_cert", "-subj",
                f"/CN={os.path.basename(path)}", "-keyout", f"{path}/key.pem",
                "-out", f"{path}/cert.pem")
        self.cert = f"{path}/cert.pem"

    def conf(self, san):
        with open(f"{self.dir}/conf", "w", encoding="ascii") as f:
            f.write(CONF.format(d=self.dir, san=san))

    def issue(self, name, kind="server", san="IP:127.0.0.1", expired=False):
        """Paths of certificate and key."""
        base = f"{self.dir}/{name}"
        self.conf(san)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-config",
                f"{self.dir}/conf", "-subj", f"/CN={name}", "-keyout",
                f"{base}.key", "-out", f"{base}.csr")
        dates = (["-startdate", "20200101000000Z", "-enddate",
                  "20210101000000Z"] if expired else ["-days", "30"])
        openssl("ca", "-batch", "-notext", "-config", f"{self.dir}/conf",
                "-extensions", kind, "-cert", self.cert, "-keyfile",
                f"{self.dir}/key.pem", "-in", f"{base}.csr", "-out",
                f"{base}.pem", *dates)
        os.chmod(f"{base}.key", 0o600)
        return f"{base}.pem", f"{base}.key"
