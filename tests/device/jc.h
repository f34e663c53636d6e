/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * jc.h - machine code as steps that can be compared: one file jc_ARCH.c each.
 */
#ifndef JC_H
#define JC_H

#include "vt.h"

struct jc_step {
	enum {
		JC_OTHER,	/* an instruction like any other */
		JC_CONST,	/* all that puts one constant into a register */
		JC_BRANCH,	/* goes, or calls, to an address in the code */
	} kind;
	u64 insn;		/* without the constant or the distance */
	u64 value;		/* the constant, or where the branch goes;
				 * else more of insn */
	u32 at;			/* first byte in the code */
};

/*
 * Decode size bytes of one function's code that runs at base.  s has room for
 * size steps.  Returns their number, 0 for code that cannot be decoded.
 */
u32 jc_decode(const u8 *code, u32 size, u64 base, struct jc_step *s);

/* Does this JIT branch to the kernel's functions directly? */
extern const bool jc_branches_outside;

/* x86-64: insn of a jump.  The kernel patches some to where another program
 * is. */
#define JC_JUMP 0xeb

#endif /* JC_H */
