// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * x86_insn.c - loads, stores and atomic operations as do_jit() of
 * arch/x86/net/bpf_jit_comp.c emits them, in 6.1, 6.12 and 7.2.
 *
 * Not here are loads that may fault (BPF_PROBE_MEM) and arenas: their tables
 * of exceptions are not carried.
 */
#include "x86.h"

#define NOSPEC		0xc0	/* BPF_ST | BPF_NOSPEC, linux/filter.h */
#define MEMSX		0x80	/* from 6.6 on */
#define LOAD_ACQ	0x100	/* from 6.15 on */
#define STORE_REL	0x110

static void rex_mem(struct x86_walk *w, bool wide, bool always, u32 base,
		    u32 reg)
{
	if (wide || always || base >= R8 || reg >= R8)
		x86_byte(w, 0x40 | wide << 3 | (reg >> 3) << 2 | base >> 3);
}

static void load(struct x86_walk *w, u8 size, u32 dst, u32 src, s32 off)
{
	rex_mem(w, size != BPF_W, false, src, dst);
	if (size == BPF_B)
		X86_BYTES(w, 0x0f, 0xb6);
	else if (size == BPF_H)
		X86_BYTES(w, 0x0f, 0xb7);
	else
		x86_byte(w, 0x8b);
	x86_mem(w, src, dst, off);
}

static void load_signed(struct x86_walk *w, u8 size, u32 dst, u32 src, s32 off)
{
	rex_mem(w, true, false, src, dst);
	if (size == BPF_B)
		X86_BYTES(w, 0x0f, 0xbe);
	else if (size == BPF_H)
		X86_BYTES(w, 0x0f, 0xbf);
	else if (size == BPF_W)
		x86_byte(w, 0x63);
	else
		w->bad = true;
	x86_mem(w, src, dst, off);
}

static void store(struct x86_walk *w, u8 size, u32 dst, u32 src, s32 off)
{
	/* SIL, DIL, BPL need a REX of no bits */
	bool low = size == BPF_B && (src == RSI || src == RDI || src == RBP);

	if (size == BPF_H)
		x86_byte(w, 0x66);
	rex_mem(w, size == BPF_DW, low, dst, src);
	x86_byte(w, size == BPF_B ? 0x88 : 0x89);
	x86_mem(w, dst, src, off);
}

static void store_imm(struct x86_walk *w, u8 size, u32 dst, s32 off, s32 imm)
{
	if (size == BPF_H)
		x86_byte(w, 0x66);
	rex_mem(w, size == BPF_DW, false, dst, 0);
	x86_byte(w, size == BPF_B ? 0xc6 : 0xc7);
	x86_mem(w, dst, 0, off);
	if (size == BPF_B)
		x86_byte(w, imm);
	else if (size == BPF_H)
		X86_BYTES(w, imm, imm >> 8);
	else
		x86_imm32(w, imm);
}

/* Register form of ADD, OR, AND, XOR. */
static u8 atomic_op(s32 op)
{
	switch (op & ~BPF_FETCH) {
	case BPF_ADD:	return 0x01;
	case BPF_OR:	return 0x09;
	case BPF_AND:	return 0x21;
	default:	return 0x31;	/* BPF_XOR */
	}
}

static void atomic_mem(struct x86_walk *w, s32 op, bool wide, u32 dst, u32 src,
		       s32 off)
{
	/* XCHG locks by itself; 6.1 and 6.12 say so once more */
	if (op == BPF_XCHG)
		X86_SKIP(w, 0xf0);
	else
		x86_byte(w, 0xf0);
	rex_mem(w, wide, false, dst, src);
	switch (op) {
	case BPF_ADD:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		x86_byte(w, atomic_op(op));
		break;
	case BPF_ADD | BPF_FETCH:
		X86_BYTES(w, 0x0f, 0xc1);
		break;
	case BPF_XCHG:
		x86_byte(w, 0x87);
		break;
	case BPF_CMPXCHG:
		X86_BYTES(w, 0x0f, 0xb1);
		break;
	default:
		w->bad = true;
	}
	x86_mem(w, dst, src, off);
}

/* No instruction returns what was there: a loop around CMPXCHG. */
static void fetch_loop(struct x86_walk *w, const struct bpf_insn *in, u8 size)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	bool wide = size == BPF_DW;
	u32 again;

	x86_mov(w, true, R10, RAX);
	if (src == RAX)
		src = R10;
	if (dst == RAX)
		dst = R10;
	again = w->pos;
	load(w, size, RAX, dst, in->off);
	x86_mov(w, wide, R11, RAX);
	x86_rr(w, wide, atomic_op(in->imm), R11, src);
	atomic_mem(w, BPF_CMPXCHG, wide, dst, R11, in->off);
	X86_BYTES(w, 0x75, again - (w->pos + 2));	/* jne again */
	x86_mov(w, wide, src, RAX);
	x86_mov(w, true, RAX, R10);
}

static void atomic(struct x86_walk *w, const struct bpf_insn *in)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	u8 size = BPF_SIZE(in->code);

	if (in->imm == LOAD_ACQ) {
		load(w, size, dst, src, in->off);
		return;
	}
	if (in->imm == STORE_REL) {
		store(w, size, dst, src, in->off);
		return;
	}
	if (size != BPF_W && size != BPF_DW) {
		w->bad = true;
		return;
	}
	switch (in->imm) {
	case BPF_AND | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
		fetch_loop(w, in, size);
		break;
	default:
		atomic_mem(w, in->imm, size == BPF_DW, dst, src, in->off);
	}
}

static void load_imm64(struct x86_walk *w, const struct bpf_insn *in)
{
	const struct vreloc *r = x86_insn_rel(w);
	u32 dst = x86_reg_of(in->dst_reg);

	if (w->insn + 1 >= w->c->ninsns) {
		w->bad = true;
		return;
	}
	if (r)
		x86_load_address(w, dst, r);
	else
		x86_const(w, dst, (u32)in[0].imm | (u64)(u32)in[1].imm << 32);
	w->start[++w->insn] = ~0u;	/* nothing may jump there */
}

static void load_store(struct x86_walk *w, const struct bpf_insn *in)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	u8 size = BPF_SIZE(in->code);

	switch (BPF_CLASS(in->code) | BPF_MODE(in->code)) {
	case BPF_LDX | BPF_MEM:
		load(w, size, dst, src, in->off);
		break;
	case BPF_LDX | MEMSX:
		load_signed(w, size, dst, src, in->off);
		break;
	case BPF_STX | BPF_MEM:
		store(w, size, dst, src, in->off);
		break;
	case BPF_STX | BPF_ATOMIC:
		atomic(w, in);
		break;
	case BPF_ST | BPF_MEM:
		store_imm(w, size, dst, in->off, in->imm);
		break;
	case BPF_ST | NOSPEC:
		X86_BYTES(w, 0x0f, 0xae, 0xe8);	/* lfence */
		break;
	default:
		w->bad = true;
	}
}

void x86_insn(struct x86_walk *w)
{
	const struct bpf_insn *in = &w->c->insns[w->insn];

	if (in->dst_reg > 11 || in->src_reg > 11) {	/* BPF_REG_AX */
		w->bad = true;
		return;
	}
	switch (BPF_CLASS(in->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		x86_alu(w, in);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		x86_jmp(w, in);
		break;
	case BPF_LD:
		if (in->code == (BPF_LD | BPF_IMM | BPF_DW))
			load_imm64(w, in);
		else
			w->bad = true;
		break;
	default:
		load_store(w, in);
	}
}
