/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fake_guest.h - the part of guest.h that classify.c and relink.c use,
 * answered by mini_jit.c, with a place to lie.
 *
 * Only for what a real guest cannot be made to do: answer wrongly.
 */
#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include "session.h"

extern struct fake_guest {
	u32 compiles;		/* answered so far */
	u32 lie_at;		/* which compile is changed; ~0: none */
	u32 lie_word, lie_xor;
	u32 lie_len;		/* words cut off */
	bool swap;		/* the first two LD_IMM64 are exchanged */
	bool not_compiled;	/* "the JIT does not take it" */
	struct { u32 id; u64 addr; } helpers[4];
	u32 nhelpers;
	struct guest_sym syms[8];	/* exact addresses only */
	u32 nsyms;
} fake;

/* Compile as the fake guest does; words, for the kernel's own image. */
u32 fake_compile(const struct bpf_insn *insns, u32 n, u32 *out);

#endif
