# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Objects without end, each unlike the others, made of examples and tests'
objects; the n-th of a seed is always the same."""
import os
import random
import struct

# r0 = imm (BPF_ALU64 | BPF_MOV | BPF_K): what these programs return, or an
# argument's error code; the verifier takes any number there.
MOV_R0 = b"\xb7\x00\x00\x00"
GOOD = ("01-sockcount", "02-xdp-deny", "05-kprobe-open", "06-tp-exec",
        "07-rawtp-syscalls")
OBJECT_MAX = 16 << 20

# kind: how many of 1000.  Each kind of HOSTILE comes once early, too.
USUAL = {"good": 900, "refused": 60, "broken": 40}
HOSTILE = {"large": 8, "too large": 4, "slow": 6, "too complex": 3,
           "greedy": 8, "exhausting": 5}
EARLY = 6               # so many objects between two of these


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Variants:
    """hostile: also what is large, slow, or takes all memory of the guest."""

    def __init__(self, examples, bad, seed, hostile=False):
        self.seed, self.n = seed, 0
        progs = f"{os.path.dirname(os.path.dirname(bad))}/progs"
        good = [f"{examples}/{n}.o" for n in GOOD]
        self.files = {"good": good, "broken": good, "large": good,
                      "too large": good,
                      "refused": [f"{examples}/13-callback.o", bad],
                      "slow": [f"{progs}/slow.o"],
                      "too complex": [f"{progs}/too-complex.o"],
                      "greedy": [f"{progs}/huge-map.o"],
                      "exhausting": [f"{progs}/exhaust.o"]}
        self.kinds = {**USUAL, **(HOSTILE if hostile else {})}
        self.early = list(HOSTILE) if hostile else []
        self.bytes = {p: read(p) for k in self.kinds for p in self.files[k]}

    def _patched(self, data, n):
        """Another number in one instruction."""
        at = []
        i = data.find(MOV_R0)
        while i >= 0:
            # in a section of code: those are aligned
            if i % 8 == 0 and i + 8 <= len(data):
                at.append(i)
            i = data.find(MOV_R0, i + 1)
        if not at:
            return data + struct.pack("<I", n)
        i = at[-1]
        return data[:i + 4] + struct.pack("<I", 0x10000 + n) + data[i + 8:]

    def _broken(self, data, rnd):
        b = bytearray(data)
        if rnd.random() < 0.3:
            del b[rnd.randrange(64, len(b)):]
        for _ in range(rnd.randrange(1, 40)):
            b[rnd.randrange(len(b))] = rnd.randrange(256)
        return bytes(b)

    def one_of_each(self):
        """(kind, name, bytes) of each file as it is."""
        return [(k, os.path.basename(p), self.bytes[p])
                for k in self.kinds for p in self.files[k]
                if k not in ("broken", "large", "too large")]

    def make(self, n):
        """The n-th, from 1 on: (kind, name, bytes)"""
        rnd = random.Random(self.seed << 32 | n)
        kind = rnd.choices(list(self.kinds), list(self.kinds.values()))[0]
        if n % EARLY == 0 and n // EARLY <= len(self.early):
            kind = self.early[n // EARLY - 1]
        path = rnd.choice(self.files[kind])
        data = self.bytes[path]
        if kind in ("good", "broken", "large", "too large"):
            data = self._patched(data, n)
        else:
            # behind the end of an ELF file may be anything
            data += struct.pack("<I", n)
        if kind == "broken":
            data = self._broken(data, rnd)
        if kind == "large":
            data = data.ljust(OBJECT_MAX - rnd.randrange(3), b"\0")
        if kind == "too large":
            data = data.ljust(OBJECT_MAX + 1 + rnd.randrange(3), b"\0")
        return kind, os.path.basename(path), data

    def next(self):
        self.n += 1
        return self.make(self.n)
