/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * riscv.h - riscv64 code, read against the program that it was compiled from.
 *
 * What arch/riscv/net/bpf_jit_comp64.c emits for an instruction depends on
 * nothing but the instruction, registers that the program uses, and the CPU's
 * extensions.  So the walk goes through the BPF instructions in order and looks
 * whether that is what comes next; compressed instructions are taken for what
 * they stand for.
 */
#ifndef VORW_RISCV_H
#define VORW_RISCV_H

#include "walk.h"

/* Registers by number, named as in bpf_jit.h there. */
enum riscv_reg {
	RV_ZERO = 0, RV_RA = 1, RV_SP = 2, RV_TP = 4, RV_T0 = 5, RV_T1 = 6,
	RV_T2 = 7, RV_FP = 8, RV_S1 = 9, RV_A0 = 10, RV_A1, RV_A2, RV_A3,
	RV_A4, RV_A5, RV_A6, RV_S2 = 18, RV_S3, RV_S4, RV_S5, RV_S6,
	RV_T3 = 28,
};

struct riscv_walk {
	const struct vcode *c;
	enum walk_mode mode;
	const u8 *p;
	u32 len;
	u64 at;		/* REAL, FIND: where the code runs */

	u32 pos;
	bool bad;	/* sticky: what is at pos is not what comes next */
	u32 rel, insn_rel;	/* next ones */
	u32 features;
	u32 compressed;	/* so many, but for loads of addresses */

	bool saves[32];	/* registers that the prologue saves */
	bool tail_calls;
	bool zext;	/* 32-bit results are extended by the JIT */
	u32 stack, frame;	/* bytes: the program's, all */

	u32 insn;	/* the one being matched */
	u32 *start;	/* per instruction, and the epilogue */
	struct walk_jump *jumps;
	u32 njumps;
	struct vfield *fields;	/* FIND */
	u32 nfields;
};

/* riscv_match.c: is this what comes next?  Each moves pos or sets bad. */
bool riscv_skip(struct riscv_walk *w, u32 insn);	/* moves only if it is */
void riscv_insn(struct riscv_walk *w, u32 insn);
void riscv_wide(struct riscv_walk *w, u32 insn);	/* not compressed */
/* The next one as 32 bits; false at the end. */
bool riscv_peek(const struct riscv_walk *w, u32 *insn, u32 *size);
/* emit_imm(): a constant, in as many instructions as it takes */
void riscv_const(struct riscv_walk *w, u32 rd, s64 v);
/* zero and sign extension, with or without Zba and Zbb */
void riscv_zextw(struct riscv_walk *w, u32 rd, u32 rs);
void riscv_sh3add(struct riscv_walk *w, u32 rd, u32 rs1, u32 rs2);
void riscv_ext(struct riscv_walk *w, u32 rd, u32 rs, bool sign, u32 bits);
/* An instruction with a field of a struct of the kernel as its offset: n
 * numbers the fields, which are alike in all of an object. */
void riscv_field(struct riscv_walk *w, u32 insn, u32 n);
enum riscv_field { RV_MAX_ENTRIES, RV_PTRS, RV_BPF_FUNC, RV_TASK_CPU };

/* The address that instruction relocation want says, in this form. */
void riscv_address(struct riscv_walk *w, u16 form, const struct vreloc *want);
/* One that the JIT puts there by itself. */
void riscv_internal(struct riscv_walk *w, u16 form, const char *name);
/* The map, variable or function of an ld_imm64, into rd; a call. */
void riscv_load(struct riscv_walk *w, u32 rd, const struct vreloc *want);
void riscv_call(struct riscv_walk *w, const struct vreloc *want);
/* The instruction's relocation, or NULL; the next one is then another. */
const struct vreloc *riscv_insn_rel(struct riscv_walk *w);

/* Encodings: base opcode and funct bits, then registers and immediate. */
#define RV_R(op, rd, rs1, rs2) \
	((op) | (u32)(rd) << 7 | (u32)(rs1) << 15 | (u32)(rs2) << 20)
#define RV_I(op, rd, rs1, imm) \
	((op) | (u32)(rd) << 7 | (u32)(rs1) << 15 | ((u32)(imm) & 0xfff) << 20)
#define RV_S(op, rs1, rs2, imm) \
	((op) | ((u32)(imm) & 31) << 7 | (u32)(rs1) << 15 | (u32)(rs2) << 20 | \
	 ((u32)(imm) >> 5 & 0x7f) << 25)

enum riscv_op {
	RV_LUI = 0x37, RV_AUIPC = 0x17, RV_JAL = 0x6f, RV_JALR = 0x67,
	RV_BEQ = 0x63, RV_BNE = 0x1063, RV_BLT = 0x4063, RV_BGE = 0x5063,
	RV_BLTU = 0x6063, RV_BGEU = 0x7063,
	RV_LB = 0x03, RV_LH = 0x1003, RV_LW = 0x2003, RV_LD = 0x3003,
	RV_LBU = 0x4003, RV_LHU = 0x5003, RV_LWU = 0x6003,
	RV_SB = 0x23, RV_SH = 0x1023, RV_SW = 0x2023, RV_SD = 0x3023,
	RV_ADDI = 0x13, RV_SLLI = 0x1013, RV_XORI = 0x4013, RV_SRLI = 0x5013,
	RV_SRAI = 0x40005013, RV_ORI = 0x6013, RV_ANDI = 0x7013,
	RV_ADDIW = 0x1b, RV_SRLIW = 0x501b, RV_SRAIW = 0x4000501b,
	RV_ADD = 0x33, RV_SUB = 0x40000033, RV_SLL = 0x1033, RV_XOR = 0x4033,
	RV_SRL = 0x5033, RV_SRA = 0x40005033, RV_OR = 0x6033, RV_AND = 0x7033,
	RV_SUBW = 0x4000003b, RV_SLLW = 0x103b, RV_SRLW = 0x503b,
	RV_SRAW = 0x4000503b,
	RV_MUL = 0x02000033, RV_DIV = 0x02004033, RV_DIVU = 0x02005033,
	RV_REM = 0x02006033, RV_REMU = 0x02007033,
	RV_MULW = 0x0200003b, RV_DIVW = 0x0200403b, RV_DIVUW = 0x0200503b,
	RV_REMW = 0x0200603b, RV_REMUW = 0x0200703b,
	RV_SH3ADD = 0x20006033, RV_ADD_UW = 0x0800003b,
	RV_SEXT_B = 0x60401013, RV_SEXT_H = 0x60501013,
	RV_ZEXT_H = 0x0800403b, RV_REV8 = 0x6b805013,
	RV_FENCE = 0x0f,
};

/* riscv_insn.c: the code of w->insn, which moves to its last half */
void riscv_bpf_insn(struct riscv_walk *w);
u32 riscv_reg_of(u32 bpf_reg);

/* riscv_flow.c: the code of jumps, calls and exits */
void riscv_jmp(struct riscv_walk *w, const struct bpf_insn *in);
bool riscv_inlines(const struct bpf_insn *in);

/* The whole function.  False when it is not that program's, with w->pos where,
 * or (w->bad unset) out of memory.  What w holds is the caller's until
 * riscv_walk_free(). (riscv_flow.c) */
bool riscv_walk(struct riscv_walk *w);
void riscv_walk_free(struct riscv_walk *w);

#endif /* VORW_RISCV_H */
