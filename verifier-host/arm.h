/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm.h - 32-bit Arm instruction words, as arch/arm/net/bpf_jit_32.c writes
 * them.  Shared by arch_arm.c and arm_code.c.
 */
#ifndef VORW_ARM_H
#define VORW_ARM_H

#include "words.h"

#define ARM_FP		11
#define ARM_IP		12
#define ARM_LR		14

static inline bool arm_is_movw(u32 w) { return (w & 0xfff00000) == 0xe3000000; }
static inline bool arm_is_movt(u32 w) { return (w & 0xfff00000) == 0xe3400000; }
static inline u32 arm_rd(u32 w) { return w >> 12 & 15; }
static inline u32 arm_rn(u32 w) { return w >> 16 & 15; }

/* BLX register, condition AL */
static inline bool arm_is_blx(u32 w) { return (w & 0xfffffff0) == 0xe12fff30; }

/* B, any condition but the unconditional space */
static inline bool arm_is_b(u32 w)
{
	return (w & 0x0f000000) == 0x0a000000 && w >> 28 != 15;
}

/* Word index a branch at word i goes to; may be outside the code. */
static inline s32 arm_b_target(u32 w, u32 i)
{
	return (s32)i + 2 + ((s32)(w << 8) >> 8);
}

/* MOVW and MOVT of one register at words i, i + 1? */
static inline bool arm_is_pair(const u8 *p, u32 nwords, u32 i)
{
	u32 a, b;

	if (i + 1 >= nwords)
		return false;
	a = word_at(p, i);
	b = word_at(p, i + 1);
	return arm_is_movw(a) && arm_is_movt(b) && arm_rd(a) == arm_rd(b);
}

bool arm_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e);

#endif /* VORW_ARM_H */
