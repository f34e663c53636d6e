/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * walk.h - code that is read by going through the instructions that it was
 * compiled from, in order, and looking whether what the JIT emits for each is
 * what comes next.  Only the program tells where an instruction begins.
 */
#ifndef VORW_WALK_H
#define VORW_WALK_H

#include "arch.h"

enum walk_mode {
	WALK_CANONICAL,	/* fields zero, described by relocations */
	WALK_REAL,	/* the kernel's own, with the guest's addresses */
	WALK_FIND,	/* fields hold anything: where are they? */
};

/* Compared once all instructions have a place. */
struct walk_jump {
	s64 to;		/* in the code */
	u32 from;	/* behind the jump */
	u32 target;	/* what the program says: a place in start[] */
};

#define WALK_NOWHERE	(~0u)	/* in start[]: nothing may jump there */

/* Do all jumps go where start[] has their targets?  *at: the first that does
 * not. */
bool walk_jumps_right(const struct walk_jump *jumps, u32 njumps,
		      const u32 *start, u32 nstart, u32 *at);

/* The relocation of instruction insn if it is c->insn_rel[*next], which moves
 * on; NULL if that one is another's. */
const struct vreloc *walk_insn_rel(const struct vcode *c, u32 insn, u32 *next);

#endif /* VORW_WALK_H */
