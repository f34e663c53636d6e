# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Objects without end, each unlike the others, made of the examples."""
import random
import struct

# r0 = imm (BPF_ALU64 | BPF_MOV | BPF_K): what these programs return, or an
# argument's error code; the verifier takes any number there.
MOV_R0 = b"\xb7\x00\x00\x00"
GOOD = ("01-sockcount", "02-xdp-deny", "05-kprobe-open", "06-tp-exec",
        "07-rawtp-syscalls")


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Variants:
    def __init__(self, examples, bad, seed):
        self.rnd = random.Random(seed)
        self.good = [(n, read(f"{examples}/{n}.o")) for n in GOOD]
        self.refused = [("13-callback", read(f"{examples}/13-callback.o")),
                        ("bad", read(bad))]
        self.n = 0

    def _patched(self, data):
        """Another number in one instruction."""
        at = []
        i = data.find(MOV_R0)
        while i >= 0:
            # in a section of code: those are aligned
            if i % 8 == 0 and i + 8 <= len(data):
                at.append(i)
            i = data.find(MOV_R0, i + 1)
        if not at:
            return data + struct.pack("<I", self.n)
        i = at[-1]
        return data[:i + 4] + struct.pack("<I", 0x10000 + self.n) + data[i + 8:]

    def next(self):
        """(kind, name, bytes)"""
        self.n += 1
        kind = self.rnd.choices(("good", "refused", "broken"), (90, 6, 4))[0]
        name, data = self.rnd.choice(
            self.refused if kind == "refused" else self.good)
        if kind == "refused":
            # behind the end of an ELF file may be anything
            data += struct.pack("<I", self.n)
        else:
            data = self._patched(data)
        if kind == "broken":
            b = bytearray(data)
            if self.rnd.random() < 0.3:
                del b[self.rnd.randrange(64, len(b)):]
            for _ in range(self.rnd.randrange(1, 40)):
                b[self.rnd.randrange(len(b))] = self.rnd.randrange(256)
            data = bytes(b)
        return kind, f"{name}.o", data
