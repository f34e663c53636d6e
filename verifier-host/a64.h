/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * a64.h - 64-bit Arm instruction words, as arch/arm64/net/bpf_jit_comp.c
 * writes them, and the two halves of the code validator.
 */
#ifndef VORW_A64_H
#define VORW_A64_H

#include "arch.h"

#define A64_TMP		10	/* TMP_REG_1, which holds call targets */

static inline u32 a64_word(const u8 *p, u32 i)
{
	p += 4 * (size_t)i;
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

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

/* What a word is; a branch may go to all but A64_INNER. */
enum a64_mark {
	A64_INNER,	/* inside a sequence or a constant, prologue */
	A64_PLAIN,
	A64_BRANCH,	/* B, B.cond outside the sequences */
	A64_CALL,	/* first word of a call */
	A64_TAIL_CALL,	/* … of a tail call */
	A64_EPILOGUE,	/* … of the epilogue */
};

/* Where things are, found by a64_mark_code(). */
struct a64_layout {
	u8 *mark;		/* one byte per word */
	u32 *seq_len;		/* words of the sequence that starts here */
	u32 body;		/* first word behind the prologue */
	u32 epilogue;		/* first word of the epilogue */
};

/* Name of the row that a plain word matches; NULL if none does.  Adds to
 * *features. */
const char *a64_insn_known(u32 w, u32 *features);

/* The relocation of this word of the code, or NULL. */
const struct vreloc *a64_rel_at(const struct vcode *c, u32 word);

/* Fill *l; refuse what the JIT does not emit. (a64_code.c) */
bool a64_mark_code(const struct vcode *c, const char *prog,
		   struct a64_layout *l, u32 *features, struct vorw_err *e);

/* Do branches, calls, tail calls and exits come in the program's order, with
 * its conditions, and go where the program goes?  Are the addresses those of
 * the program, each where its instruction is? (a64_flow.c) */
bool a64_check_flow(const struct vcode *c, const char *prog,
		    const struct a64_layout *l, struct vorw_err *e);

bool a64_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e);

#endif /* VORW_A64_H */
