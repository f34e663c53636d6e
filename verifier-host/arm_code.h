/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* arm_code.h - the two halves of the code validator for 32-bit Arm. */
#ifndef VORW_ARM_CODE_H
#define VORW_ARM_CODE_H

#include "arm.h"

/* What a word is; a branch may go to all but ARM_INNER. */
enum arm_mark {
	ARM_INNER,	/* inside a sequence or an address pair, prologue */
	ARM_PLAIN,
	ARM_BRANCH,	/* B outside the sequences */
	ARM_CALL,	/* first word of a helper call */
	ARM_DIVIDE,	/* … of a call of a division routine */
	ARM_TAIL_CALL,	/* … of a tail call */
	ARM_EPILOGUE,	/* … of the epilogue */
};

/* Name of the row that a plain word matches; NULL if none does. scratch is
 * the size of the stacked registers, features are added to. */
const char *arm_insn_known(u32 w, u32 scratch, u32 *features);

/* The relocation of this word of the code, or NULL. */
const struct vreloc *arm_rel_at(const struct vcode *c, u32 word);

/* The JIT's own routines take other arguments than what programs call, and 64
 * bits come in other registers than 32.  (arm_divide.c) */
enum arm_divide { ARM_DIVIDE_NO, ARM_DIVIDE_32, ARM_DIVIDE_64 };
enum arm_divide arm_divide_target(const struct vreloc *r);

/* Words of the 64-bit division that begins at word i; 0: none does. */
u32 arm_divide64_at(const struct vcode *c, u32 i);

/* Fill mark[], one byte per word; refuse what the JIT does not emit. */
bool arm_mark_code(const struct vcode *c, const char *prog, u8 *mark,
		   u32 *features, struct vorw_err *e);

/* Do branches, calls, tail calls and exits come in the program's order, with
 * its conditions, and go where the program goes?  Are the addresses those of
 * the program, each where its instruction is? */
bool arm_check_flow(const struct vcode *c, const char *prog, const u8 *mark,
		    struct vorw_err *e);

#endif /* VORW_ARM_CODE_H */
