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

#define A64_NOP			0xd503201fu
#define A64_MRS_SP_EL0		0xd5384100u	/* | Rt: current */
#define A64_MRS_TPIDR_EL1	0xd538d080u	/* | Rt: per-CPU offset */
#define A64_MRS_TPIDR_EL2	0xd53cd040u	/* … of a kernel in EL2 */
#define A64_MRS_TPIDR		(A64_MRS_TPIDR_EL1 & A64_MRS_TPIDR_EL2)
#define A64_MRS_TPIDR_BITS	(A64_MRS_TPIDR_EL1 ^ A64_MRS_TPIDR_EL2)

#define A64_STACK_GUARD		16u	/* PRIV_STACK_GUARD_SZ */

/* What the bits outside a word's mask are, beside enum word_fill. */
enum {
	A64_FILL_LOAD = FILL_OWN,	/* registers as LDXR has them */
	A64_FILL_STORE,		/* … STXR */
	A64_FILL_OP,		/* a plain instruction */
	A64_FILL_OUT,		/* displacement of a branch behind the sequence */
	A64_FILL_BASE,		/* where the lowest stack access is, below FP */
	A64_FILL_CALL,		/* MOVN of a call target: a relocation */
	A64_FILL_PRIV_STACK,	/* MOVZ of a private stack: a relocation */
	A64_FILL_TPIDR,		/* which register has the per-CPU offset */
	A64_FILL_SAME,		/* Rd and Rn the same, one that may be written */
};

/* The JIT's changes that show around a program. */
enum a64_layout { A64_6_1, A64_6_12, A64_7_2, A64_LAYOUTS };

struct a64_words { struct seq_word w[32]; u32 n; };

/* What stands around the instructions of one function, and what those may
 * touch.  (a64_frame.c) */
struct a64_frame {
	enum a64_layout layout;
	bool pac;		/* CONFIG_ARM64_PTR_AUTH_KERNEL */
	u32 r0;			/* register of BPF_REG_0 */
	u32 stack;		/* bytes */
	bool priv_stack;
	u8 saved[8];
	u32 nsaved;
	bool uses_fp;
	u32 entry;		/* words in front of a tail call's entry */
	u32 regs;		/* bit n: plain instructions may use register n */
	u32 base;		/* register through which the stack is reached */
	struct a64_words prologue, epilogue, tail_call, call, cpu_id, task;
};

/* c's stack is at most 4080 bytes. */
void a64_make_frame(struct a64_frame *f, enum a64_layout layout, bool pac,
		    const struct vcode *c);

/* Name of the row that a plain word in a function with this frame matches;
 * NULL if none does.  Adds to *features.  (a64_insn.c) */
const char *a64_insn_known(const struct a64_frame *f, u32 w, u32 *features);

/* May plain instructions write to, or read, this register? */
bool a64_may_write(const struct a64_frame *f, u32 reg);
bool a64_may_read(const struct a64_frame *f, u32 reg);

bool a64_inlines(const struct bpf_insn *insn);
bool a64_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e);

#endif /* VORW_A64_H */
