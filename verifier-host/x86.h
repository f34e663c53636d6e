/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86.h - x86-64 code, read against the program that it was compiled from.
 *
 * x86 instructions have no fixed length, so code is not decoded: the walk goes
 * through the BPF instructions in order and looks whether the bytes that
 * arch/x86/net/bpf_jit_comp.c emits for each are what comes next.
 */
#ifndef VORW_X86_H
#define VORW_X86_H

#include "walk.h"

/* By number, as in ModRM and REX. */
enum x86_reg {
	RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI,
	R8, R9, R10, R11, R12, R13, R14, R15,
};

struct x86_walk {
	const struct vcode *c;
	enum walk_mode mode;
	const u8 *p;
	u32 len;
	u64 at;		/* REAL, FIND: where the code runs */

	u32 pos;
	bool bad;	/* sticky: the bytes at pos are not what comes next */
	u32 rel, insn_rel;	/* next ones */
	u32 features;
	u32 traps;	/* INT3s behind a return or jump: CONFIG_SLS */

	/* what the prologue says; tail_calls: the counter is kept */
	bool endbr, counter_ptr, tail_calls;
	bool used[4];	/* RBX, R13, R14, R15 */
	u32 stack;	/* rounded; 0: it is elsewhere */
	u32 entry;	/* where tail calls enter */

	u32 insn;	/* the one being matched */
	u32 *start;	/* per instruction; nowhere behind the last; the exit */
	u32 exit;	/* where the first one's code is */
	struct walk_jump *jumps;
	u32 njumps;
	struct vpoke *pokes;
	u32 npokes;
	struct vorw_fault_h *faults;
	u32 nfaults;
	struct vfield *fields;	/* FIND */
	u32 nfields;
};

/* x86_match.c: is this what comes next?  Each moves pos or sets bad. */
void x86_byte(struct x86_walk *w, u8 v);
void x86_bytes(struct x86_walk *w, const u8 *v, u32 n);
#define X86_BYTES(w, ...) \
	x86_bytes(w, (const u8 []){ __VA_ARGS__ }, \
		  sizeof((const u8 []){ __VA_ARGS__ }))
void x86_imm32(struct x86_walk *w, u32 v);
/* Are those the next bytes?  Moves only then. */
bool x86_skip(struct x86_walk *w, const u8 *v, u32 n);
#define X86_SKIP(w, ...) \
	x86_skip(w, (const u8 []){ __VA_ARGS__ }, \
		 sizeof((const u8 []){ __VA_ARGS__ }))
/* [REX] op ModRM, both registers; rm is what is written by most */
void x86_rr(struct x86_walk *w, bool wide, u8 op, u32 rm, u32 reg);
/* [REX] op ModRM, one register and three more bits of opcode */
void x86_r(struct x86_walk *w, bool wide, u8 op, u32 ext, u32 rm);
/* ModRM and displacement: [base + off] */
void x86_mem(struct x86_walk *w, u32 base, u32 reg, s32 off);
/* MOV, left out where it would do nothing (64 bits only) */
void x86_mov(struct x86_walk *w, bool wide, u32 to, u32 from);
/* A constant, by any of the shortest forms. */
void x86_const(struct x86_walk *w, u32 reg, u64 v);
/* The immediate of a MOV: extended by sign or by zero. */
void x86_mov_imm(struct x86_walk *w, bool wide, u32 reg, s32 imm);

/* The address that instruction relocation want says, in this form. */
void x86_address(struct x86_walk *w, u16 form, const struct vreloc *want);
/* One that the JIT puts there by itself. */
void x86_internal(struct x86_walk *w, u16 form, u32 kind, const char *name);
/* ADD reg, gs:this_cpu_off */
void x86_add_percpu(struct x86_walk *w, u32 reg);
/* The map, variable or function of an ld_imm64, into reg. */
void x86_load_address(struct x86_walk *w, u32 reg, const struct vreloc *want);

/* Does the function have a stack of its own, with R9 for the frame pointer? */
static inline bool x86_priv_stack(const struct x86_walk *w)
{
	return w->c->facts & VORW_PF_PRIV_STACK;
}

/* x86_alu.c, x86_insn.c: the code of instruction w->insn; moves w->insn to its
 * last half. */
#define X86_BPF_R9	12	/* no register of BPF's */
u32 x86_reg_of(u32 bpf_reg);
void x86_alu(struct x86_walk *w, const struct bpf_insn *in);
void x86_insn(struct x86_walk *w);

/* x86_flow.c: jumps, calls, entry and exit */
void x86_prologue(struct x86_walk *w);
void x86_jmp(struct x86_walk *w, const struct bpf_insn *in);
/* The instruction's relocation, or NULL; the next one is then another. */
const struct vreloc *x86_insn_rel(struct x86_walk *w);

/* x86_walk.c: the whole function.  False when it is not that program's, with
 * w->pos where, or (w->bad unset) out of memory.  What w holds is the
 * caller's until x86_walk_free(). */
bool x86_walk(struct x86_walk *w);
void x86_walk_free(struct x86_walk *w);

#endif /* VORW_X86_H */
