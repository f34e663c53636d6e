/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * a64.h - 64-bit Arm instruction words, as arch/arm64/net/bpf_jit_comp.c
 * writes them, and the parts of the code validator.
 */
#ifndef VORW_A64_H
#define VORW_A64_H

#include "words.h"

#define A64_TMP		10	/* TMP_REG_1, which holds call targets */

static inline u32 a64_rd(u32 w) { return w & 31; }
static inline u32 a64_imm16(u32 w) { return w >> 5 & 0xffff; }
static inline u32 a64_hw(u32 w) { return w >> 21 & 3; }
static inline bool a64_is_movn(u32 w) { return (w & 0x7f800000) == 0x12800000; }
static inline bool a64_is_movz(u32 w) { return (w & 0x7f800000) == 0x52800000; }
static inline bool a64_is_movk(u32 w) { return (w & 0x7f800000) == 0x72800000; }

static inline bool a64_is_b(u32 w) { return w >> 26 == 0x05; }
static inline bool a64_is_bl(u32 w) { return w >> 26 == 0x25; }
static inline bool a64_is_bcond(u32 w) { return (w & 0xff000010) == 0x54000000; }
static inline bool a64_is_blr(u32 w) { return (w & 0xfffffc1f) == 0xd63f0000; }

/* CBZ, CBNZ: where B.cond has its displacement, too */
static inline bool a64_is_cb(u32 w) { return (w & 0x7e000000) == 0x34000000; }

/* Word index a branch at word i goes to; may be outside the code. */
static inline s32 a64_target(u32 w, u32 i)
{
	if (a64_is_b(w) || a64_is_bl(w))
		return (s32)i + ((s32)(w << 6) >> 6);
	return (s32)i + ((s32)(w << 8) >> 13);
}

/* Name of the row that a plain word matches; NULL if none does.  Adds to
 * *features.  (a64_insn.c) */
const char *a64_insn_known(u32 w, u32 *features);

/* Does the JIT write to or read from this register in what it makes of a
 * program's instructions? */
bool a64_may_write(u32 reg);
bool a64_may_read(u32 reg);

bool a64_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e);

#endif /* VORW_A64_H */
