// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * x86_alu.c - arithmetic as do_jit() of arch/x86/net/bpf_jit_comp.c emits it,
 * in 6.1, 6.12 and 7.2.
 */
#include "x86.h"

/* reg2hex[], with the bit of REX */
u32 x86_reg_of(u32 bpf_reg)
{
	static const u8 regs[] = {
		RAX, RDI, RSI, RDX, RCX, R8, RBX, R13, R14, R15, RBP, R10,
		[X86_BPF_R9] = R9,
	};

	return regs[bpf_reg];
}

/* Opcodes of ADD, OR, AND, SUB, XOR: register form; extension of 81/83; short
 * form for RAX.  All are functions of the extension. */
static u32 alu_ext(u8 code)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:	return 0;
	case BPF_OR:	return 1;
	case BPF_AND:	return 4;
	case BPF_SUB:	return 5;
	default:	return 6;	/* BPF_XOR */
	}
}

static void alu_imm(struct x86_walk *w, bool wide, u32 ext, u32 reg, s32 imm)
{
	if (imm >= -128 && imm <= 127) {
		x86_r(w, wide, 0x83, ext, reg);
		x86_byte(w, imm);
	} else if (reg == RAX) {
		if (wide)
			x86_byte(w, 0x48);
		x86_byte(w, ext << 3 | 5);
		x86_imm32(w, imm);
	} else {
		x86_r(w, wide, 0x81, ext, reg);
		x86_imm32(w, imm);
	}
}

static void push(struct x86_walk *w, u32 reg)
{
	x86_byte(w, 0x50 | reg);
}

static void pop(struct x86_walk *w, u32 reg)
{
	x86_byte(w, 0x58 | reg);
}

static void divide(struct x86_walk *w, const struct bpf_insn *in, bool wide)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	u32 result = BPF_OP(in->code) == BPF_MOD ? RDX : RAX;

	if (in->off != 0 && in->off != 1) {
		w->bad = true;
		return;
	}
	if (dst != RAX)
		push(w, RAX);
	if (dst != RDX)
		push(w, RDX);
	if (BPF_SRC(in->code) == BPF_K) {
		x86_r(w, true, 0xc7, 0, R11);
		x86_imm32(w, in->imm);
		src = R11;
	} else if (src == RAX || src == RDX) {
		x86_mov(w, true, R11, src);
		src = R11;
	}
	if (dst != RAX)
		x86_mov(w, wide, RAX, dst);
	if (in->off == 0) {
		x86_rr(w, false, 0x31, RDX, RDX);
		x86_r(w, wide, 0xf7, 6, src);	/* div */
	} else {
		if (wide)
			x86_byte(w, 0x48);
		x86_byte(w, 0x99);		/* cdq, cqo */
		x86_r(w, wide, 0xf7, 7, src);	/* idiv */
	}
	if (dst != result)
		x86_mov(w, wide, dst, result);
	if (dst != RDX)
		pop(w, RDX);
	if (dst != RAX)
		pop(w, RAX);
}

static u32 shift_ext(u8 code)
{
	switch (BPF_OP(code)) {
	case BPF_LSH:	return 4;
	case BPF_RSH:	return 5;
	default:	return 7;	/* BPF_ARSH */
	}
}

/* SHLX, SHRX, SARX dst, dst, src: VEX, from 6.2 on */
static void shift_bmi2(struct x86_walk *w, u8 code, bool wide, u32 dst,
		       u32 src)
{
	u32 pp = BPF_OP(code) == BPF_LSH ? 1 : BPF_OP(code) == BPF_RSH ? 3 : 2;

	X86_BYTES(w, 0xc4, (dst < R8) << 7 | 1 << 6 | (dst < R8) << 5 | 2,
		  wide << 7 | (~src & 15) << 3 | pp, 0xf7,
		  0xc0 | (dst & 7) << 3 | (dst & 7));
}

/* The count has to be in CL.  6.1 moves RCX away whenever it is shifted, later
 * kernels only when it is not the count too, and save it nowhere else. */
static void shift_cl(struct x86_walk *w, u8 code, bool wide, u32 dst, u32 src,
		     bool old)
{
	bool away = dst == RCX && (old || src != RCX);
	bool save = src != RCX && (old || dst != RCX);
	u32 reg = away ? R11 : dst;

	if (away)
		x86_mov(w, true, R11, RCX);
	if (save)
		push(w, RCX);
	if (src != RCX)
		x86_mov(w, true, RCX, src);
	x86_r(w, wide, 0xd3, shift_ext(code), reg);
	if (save)
		pop(w, RCX);
	if (away)
		x86_mov(w, true, RCX, R11);
}

static void shift(struct x86_walk *w, const struct bpf_insn *in, bool wide)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	u32 pos = w->pos;

	if (BPF_SRC(in->code) == BPF_K) {
		x86_r(w, wide, in->imm == 1 ? 0xd1 : 0xc1, shift_ext(in->code),
		      dst);
		if (in->imm != 1)
			x86_byte(w, in->imm);
		return;
	}
	if (w->bad)
		return;
	if (src != RCX) {
		shift_bmi2(w, in->code, wide, dst, src);
		if (!w->bad) {
			w->features |= VORW_CPU_X86_BMI2;
			return;
		}
		w->bad = false;
		w->pos = pos;
	}
	shift_cl(w, in->code, wide, dst, src, false);
	if (!w->bad)
		return;
	w->bad = false;
	w->pos = pos;
	shift_cl(w, in->code, wide, dst, src, true);
}

/* MOVZX of the low 16 bits */
static void zext16(struct x86_walk *w, u32 reg)
{
	if (reg >= R8)
		x86_byte(w, 0x45);
	X86_BYTES(w, 0x0f, 0xb7, 0xc0 | (reg & 7) << 3 | (reg & 7));
}

static void byte_order(struct x86_walk *w, const struct bpf_insn *in)
{
	u32 reg = x86_reg_of(in->dst_reg);
	bool swap = BPF_CLASS(in->code) == BPF_ALU64 ||
		    BPF_SRC(in->code) == BPF_TO_BE;

	if (in->imm == 16 && swap) {
		x86_byte(w, 0x66);
		x86_r(w, false, 0xc1, 1, reg);	/* ror $8 */
		x86_byte(w, 8);
	}
	switch (in->imm) {
	case 16:
		zext16(w, reg);
		break;
	case 32:
	case 64:
		if (swap) {
			if (in->imm == 64 || reg >= R8)
				x86_byte(w, 0x40 | (in->imm == 64) << 3 |
					    reg >> 3);
			X86_BYTES(w, 0x0f, 0xc8 | (reg & 7));
		} else if (in->imm == 32) {
			x86_rr(w, false, 0x89, reg, reg);
		}
		break;
	default:
		w->bad = true;
	}
}

/* MOVSX, MOVSXD; from 6.6 on */
static void sign_extend(struct x86_walk *w, bool wide, u32 bits, u32 dst,
			u32 src)
{
	u8 regs = (src >= R8) | (dst >= R8) << 2;

	if (wide)
		x86_byte(w, 0x48 | regs);
	else if (bits == 8 || regs)
		x86_byte(w, 0x40 | regs);
	if (bits == 8)
		X86_BYTES(w, 0x0f, 0xbe);
	else if (bits == 16)
		X86_BYTES(w, 0x0f, 0xbf);
	else if (bits == 32 && wide)
		x86_byte(w, 0x63);
	else
		w->bad = true;
	x86_byte(w, 0xc0 | (dst & 7) << 3 | (src & 7));
}

#define MOV_PERCPU	-1	/* BPF_ADDR_PERCPU, include/linux/filter.h */
static void mov_percpu(struct x86_walk *w, u32 dst, u32 src)
{
	x86_mov(w, true, dst, src);
	x86_add_percpu(w, dst);
}

static void mov(struct x86_walk *w, const struct bpf_insn *in, bool wide)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);

	const struct vreloc *r = BPF_SRC(in->code) == BPF_K && wide ?
				 x86_insn_rel(w) : NULL;

	if (r)
		x86_load_address(w, dst, r);
	else if (BPF_SRC(in->code) == BPF_K)
		x86_mov_imm(w, wide, dst, in->imm);
	else if (!in->off)
		x86_mov(w, wide, dst, src);
	else if (wide && in->off == MOV_PERCPU)
		mov_percpu(w, dst, src);
	else
		sign_extend(w, wide, in->off, dst, src);
}

static void multiply(struct x86_walk *w, const struct bpf_insn *in, bool wide)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);

	if (BPF_SRC(in->code) == BPF_X) {
		if (wide || dst >= R8 || src >= R8)
			x86_byte(w, 0x40 | wide << 3 | (dst >> 3) << 2 |
				    src >> 3);
		X86_BYTES(w, 0x0f, 0xaf,
			  0xc0 | (dst & 7) << 3 | (src & 7));
	} else if (in->imm >= -128 && in->imm <= 127) {
		x86_rr(w, wide, 0x6b, dst, dst);
		x86_byte(w, in->imm);
	} else {
		x86_rr(w, wide, 0x69, dst, dst);
		x86_imm32(w, in->imm);
	}
}

void x86_alu(struct x86_walk *w, const struct bpf_insn *in)
{
	bool wide = BPF_CLASS(in->code) == BPF_ALU64;
	u32 dst = x86_reg_of(in->dst_reg);

	switch (BPF_OP(in->code)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		if (BPF_SRC(in->code) == BPF_K)
			alu_imm(w, wide, alu_ext(in->code), dst, in->imm);
		else
			x86_rr(w, wide, alu_ext(in->code) << 3 | 1, dst,
			       x86_reg_of(in->src_reg));
		break;
	case BPF_MOV:
		mov(w, in, wide);
		break;
	case BPF_NEG:
		x86_r(w, wide, 0xf7, 3, dst);
		break;
	case BPF_MUL:
		multiply(w, in, wide);
		break;
	case BPF_DIV:
	case BPF_MOD:
		divide(w, in, wide);
		break;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		shift(w, in, wide);
		break;
	case BPF_END:
		byte_order(w, in);
		break;
	default:
		w->bad = true;
	}
}
