// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * x86_insn.c - loads, stores and atomic operations as do_jit() of
 * arch/x86/net/bpf_jit_comp.c emits them, in 6.1, 6.12 and 7.2.
 *
 * Not here are arenas.
 */
#include "x86.h"

#define NOSPEC		0xc0	/* BPF_ST | BPF_NOSPEC, linux/filter.h */
#define PROBE_MEM	0x20	/* linux/filter.h, and the next */
#define PROBE_MEMSX	0x40
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
	w->start[++w->insn] = WALK_NOWHERE;
}

/* Where struct pt_regs has a register; R11 and the like are no destination. */
static u32 pt_regs_of(u32 reg)
{
	static const u8 offs[] = {
		[RAX] = 80, [RDI] = 112, [RSI] = 104, [RDX] = 96, [RCX] = 88,
		[R8] = 72, [RBX] = 40, [R13] = 16, [R14] = 8, [R15] = 0,
	};

	return offs[reg];
}

#define USER_END(bits)	(1ull << (bits))	/* TASK_SIZE_MAX + PAGE_SIZE */
#define VSYSCALL	(-10ull << 20)		/* VSYSCALL_ADDR */

/* A limit that counts from the end of user addresses: with 4-level paging, or
 * with 5-level. */
static void user_limit(struct x86_walk *w, u32 reg, u64 beyond)
{
	u32 pos = w->pos;

	if (w->bad)
		return;
	x86_const(w, reg, USER_END(47) + beyond);
	if (!w->bad) {
		w->features |= VORW_CPU_X86_USER_47;
		return;
	}
	w->bad = false;
	w->pos = pos;
	x86_const(w, reg, USER_END(56) + beyond);
	w->features |= VORW_CPU_X86_USER_56;
}

/* Does a jump with this displacement end at to? */
static void short_jump(struct x86_walk *w, u8 op, u32 *disp_at)
{
	x86_byte(w, op);
	*disp_at = w->pos;
	if (w->bad || w->pos == w->len)
		w->bad = true;
	else
		w->pos++;
}

static void goes_to(struct x86_walk *w, u32 disp_at, u32 to)
{
	if (!w->bad && (int8_t)w->p[disp_at] != (s32)(to - (disp_at + 1)))
		w->bad = true;
}

/* 6.1: r11 is above the limit, and off does not carry it around. */
static void check_user_6_1(struct x86_walk *w, u32 src, s32 off,
			   u32 *clear, u32 *do_load)
{
	user_limit(w, R11, off < 0 ? -off : off);
	x86_rr(w, true, 0x39, src, R11);	/* cmp src, r11 */
	short_jump(w, 0x72, clear);		/* jb */
	x86_mov(w, true, R11, src);
	x86_r(w, true, 0x81, 0, R11);		/* add r11, off */
	x86_imm32(w, off);
	short_jump(w, 0x73, do_load);		/* jnc */
	goes_to(w, *clear, w->pos);
}

/* 6.12 and 7.2: not between VSYSCALL_ADDR and the end of user addresses. */
static void check_user(struct x86_walk *w, u32 src, s32 off, u32 *do_load)
{
	x86_const(w, R10, VSYSCALL);
	x86_mov(w, true, R11, src);
	if (off) {
		x86_r(w, true, 0x81, 0, R11);
		x86_imm32(w, off);
	}
	x86_rr(w, true, 0x29, R11, R10);	/* sub r11, r10 */
	user_limit(w, R10, -VSYSCALL);
	x86_rr(w, true, 0x39, R11, R10);
	short_jump(w, 0x77, do_load);		/* ja */
}

/* A load that may fault, or whose address may be a user's: then zero. */
static void probe(struct x86_walk *w, const struct bpf_insn *in, bool sign)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	u32 clear, do_load = 0, over = 0, start;
	struct vorw_fault_h *f;

	if (in->dst_reg > BPF_REG_9 || w->bad) {
		w->bad = true;
		return;
	}
	if (w->len - w->pos > 1 && w->p[w->pos] == 0x49 &&
	    w->p[w->pos + 1] == 0xbb)
		check_user_6_1(w, src, in->off, &clear, &do_load);
	else
		check_user(w, src, in->off, &do_load);
	x86_rr(w, false, 0x31, dst, dst);
	short_jump(w, 0xeb, &over);
	start = w->pos;
	goes_to(w, do_load, start);
	if (sign)
		load_signed(w, BPF_SIZE(in->code), dst, src, in->off);
	else
		load(w, BPF_SIZE(in->code), dst, src, in->off);
	goes_to(w, over, w->pos);
	f = &w->faults[w->nfaults++];
	f->off = start;
	f->skip = w->pos - start;
	f->reg = pt_regs_of(dst);
}

static void load_store(struct x86_walk *w, const struct bpf_insn *in)
{
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	u8 size = BPF_SIZE(in->code);

	switch (BPF_CLASS(in->code) | BPF_MODE(in->code)) {
	case BPF_LDX | BPF_MEM:
		load(w, size, dst, src, in->off);
		break;
	case BPF_LDX | PROBE_MEM:
		probe(w, in, false);
		break;
	case BPF_LDX | PROBE_MEMSX:
		probe(w, in, true);
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

/* With a stack of its own, R9 is the frame pointer. */
static u32 reg_in(const struct x86_walk *w, u32 reg)
{
	return reg == BPF_REG_10 && x86_priv_stack(w) ? X86_BPF_R9 : reg;
}

void x86_insn(struct x86_walk *w)
{
	const struct bpf_insn *in = &w->c->insns[w->insn];
	struct bpf_insn i = *in;

	if (in->dst_reg > 11 || in->src_reg > 11) {	/* BPF_REG_AX */
		w->bad = true;
		return;
	}
	i.dst_reg = reg_in(w, in->dst_reg);
	i.src_reg = reg_in(w, in->src_reg);
	switch (BPF_CLASS(in->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		x86_alu(w, &i);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		x86_jmp(w, &i);
		break;
	case BPF_LD:
		if (in->code == (BPF_LD | BPF_IMM | BPF_DW))
			load_imm64(w, in);
		else
			w->bad = true;
		break;
	default:
		load_store(w, &i);
	}
}
