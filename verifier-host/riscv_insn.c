// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * riscv_insn.c - the riscv64 code of each BPF instruction that does not jump, as
 * bpf_jit_emit_insn() of arch/riscv/net/bpf_jit_comp64.c emits it in 6.12 and
 * 7.2.
 *
 * This JIT has the verifier insert zero extensions, and leaves 32-bit results as
 * they come; but functions of a program with more than one are not marked so
 * (aux->verifier_zext), and there it extends each result by itself.
 */
#include "riscv.h"

#define BPF_MEMSX	0x80		/* include/uapi/linux/bpf.h, since 6.6 */
#define BPF_NOSPEC	0xc0		/* include/linux/filter.h */
#define BPF_ADDR_PERCPU	(-1)
#define BPF_LOAD_ACQ	0x100		/* since 6.15 */
#define BPF_STORE_REL	0x110

#define FENCE(before, after) \
	RV_I(RV_FENCE, 0, 0, (before) << 4 | (after))
#define FENCE_R		2
#define FENCE_W		1
#define FENCE_RW	3

u32 riscv_reg_of(u32 bpf_reg)
{
	static const u8 regs[] = {
		RV_A5, RV_A0, RV_A1, RV_A2, RV_A3, RV_A4, RV_S1, RV_S2, RV_S3,
		RV_S4, RV_S5, RV_T0,
	};

	return bpf_reg < sizeof(regs) ? regs[bpf_reg] : RV_ZERO;
}

/* insn_is_zext() of include/linux/filter.h */
static bool is_zext(const struct bpf_insn *in)
{
	return in->code == (BPF_ALU | BPF_MOV | BPF_X) && in->imm == 1;
}

static bool is_imm12(s64 v)
{
	return v >= -2048 && v <= 2047;
}

static bool is_alu(const struct bpf_insn *in)
{
	return BPF_CLASS(in->code) == BPF_ALU ||
	       BPF_CLASS(in->code) == BPF_ALU64;
}

/* Register operations, by operation, 32 and 64 bits; 0: another way. */
struct reg_ops { u32 op[2], sign[2]; };
static const struct reg_ops reg_ops[16] = {
	[BPF_ADD >> 4]	= { { RV_ADD, RV_ADD } },
	[BPF_SUB >> 4]	= { { RV_SUBW, RV_SUB } },
	[BPF_AND >> 4]	= { { RV_AND, RV_AND } },
	[BPF_OR >> 4]	= { { RV_OR, RV_OR } },
	[BPF_XOR >> 4]	= { { RV_XOR, RV_XOR } },
	[BPF_MUL >> 4]	= { { RV_MULW, RV_MUL } },
	[BPF_DIV >> 4]	= { { RV_DIVUW, RV_DIVU }, { RV_DIVW, RV_DIV } },
	[BPF_MOD >> 4]	= { { RV_REMUW, RV_REMU }, { RV_REMW, RV_REM } },
	[BPF_LSH >> 4]	= { { RV_SLLW, RV_SLL } },
	[BPF_RSH >> 4]	= { { RV_SRLW, RV_SRL } },
	[BPF_ARSH >> 4]	= { { RV_SRAW, RV_SRA } },
};

static u32 reg_op(const struct bpf_insn *in)
{
	const struct reg_ops *o = &reg_ops[BPF_OP(in->code) >> 4];
	bool wide = BPF_CLASS(in->code) == BPF_ALU64;

	return in->off ? o->sign[wide] : o->op[wide];
}

/* BPF_MOV64_PERCPU_REG: the CPU's number is in thread_info, where TP points. */
static void add_percpu(struct riscv_walk *w, u32 rd, u32 rs)
{
	if (rd != rs)
		riscv_insn(w, RV_I(RV_ADDI, rd, rs, 0));
	riscv_field(w, RV_I(RV_LW, RV_T1, RV_TP, 0), RV_TASK_CPU);
	riscv_internal(w, VORW_ENC_RISCV_ADDR, "__per_cpu_offset");
	riscv_sh3add(w, RV_T1, RV_T1, RV_T2);
	riscv_insn(w, RV_I(RV_LD, RV_T1, RV_T1, 0));
	riscv_insn(w, RV_R(RV_ADD, rd, rd, RV_T1));
}

static void mov_reg(struct riscv_walk *w, const struct bpf_insn *in)
{
	u32 rd = riscv_reg_of(in->dst_reg), rs = riscv_reg_of(in->src_reg);
	bool wide = BPF_CLASS(in->code) == BPF_ALU64;

	if (in->imm) {
		w->bad = true;		/* an arena's address */
		return;
	}
	switch (in->off) {
	case 0:
		riscv_insn(w, RV_I(RV_ADDI, rd, rs, 0));
		break;
	case 8:
	case 16:
		riscv_ext(w, rd, rs, true, in->off);
		break;
	case 32:
		riscv_insn(w, RV_I(RV_ADDIW, rd, rs, 0));
		break;
	case BPF_ADDR_PERCPU:
		if (wide) {
			add_percpu(w, rd, rs);
			break;
		}
		/* fall through */
	default:
		w->bad = true;
	}
}

/* emit_bswap(), byte by byte where there is no Zbb */
static void bswap(struct riscv_walk *w, u32 rd, u32 bits)
{
	u32 n;

	if (riscv_skip(w, RV_R(RV_REV8, rd, rd, 0))) {
		w->features |= VORW_CPU_RISCV_ZBB;
		if (bits < 64)
			riscv_insn(w, RV_I(RV_SRLI, rd, rd, 64 - bits));
		return;
	}
	riscv_insn(w, RV_I(RV_ADDI, RV_T2, RV_ZERO, 0));
	for (n = 8; n <= bits; n += 8) {
		riscv_insn(w, RV_I(RV_ANDI, RV_T1, rd, 0xff));
		riscv_insn(w, RV_R(RV_ADD, RV_T2, RV_T2, RV_T1));
		if (n == bits)
			break;
		riscv_insn(w, RV_I(RV_SLLI, RV_T2, RV_T2, 8));
		riscv_insn(w, RV_I(RV_SRLI, rd, rd, 8));
	}
	riscv_insn(w, RV_I(RV_ADDI, rd, RV_T2, 0));
}

static void byte_order(struct riscv_walk *w, const struct bpf_insn *in)
{
	u32 rd = riscv_reg_of(in->dst_reg);

	if (in->imm != 16 && in->imm != 32 && in->imm != 64)
		w->bad = true;
	else if (in->code != (BPF_ALU | BPF_END | BPF_TO_LE))
		bswap(w, rd, in->imm);
	else if (in->imm == 16)
		riscv_ext(w, rd, rd, false, 16);
	else if (in->imm == 32 && w->zext)
		riscv_zextw(w, rd, rd);
}

/* With a constant: the short form of each, or by way of T1. */
static void alu_const(struct riscv_walk *w, const struct bpf_insn *in)
{
	bool wide = BPF_CLASS(in->code) == BPF_ALU64;
	u32 rd = riscv_reg_of(in->dst_reg), op = 0;
	s64 imm = in->imm;

	switch (BPF_OP(in->code)) {
	case BPF_MOV:
		riscv_const(w, rd, imm);
		return;
	case BPF_LSH:
		op = RV_SLLI;
		break;
	case BPF_RSH:
		op = wide ? RV_SRLI : RV_SRLIW;
		break;
	case BPF_ARSH:
		op = wide ? RV_SRAI : RV_SRAIW;
		break;
	case BPF_ADD:
		op = is_imm12(imm) ? RV_ADDI : 0;
		break;
	case BPF_SUB:
		op = is_imm12(-imm) ? RV_ADDI : 0;
		imm = op ? -imm : imm;
		break;
	case BPF_AND:
		op = is_imm12(imm) ? RV_ANDI : 0;
		break;
	case BPF_OR:
		op = is_imm12(imm) ? RV_ORI : 0;
		break;
	case BPF_XOR:
		op = is_imm12(imm) ? RV_XORI : 0;
		break;
	}
	if (op) {
		if ((u8)(BPF_OP(in->code) - BPF_LSH) <= BPF_RSH - BPF_LSH ||
		    BPF_OP(in->code) == BPF_ARSH)
			w->bad |= imm < 0 || imm > (wide ? 63 : 31);
		riscv_insn(w, op | RV_I(0, rd, rd, imm));
		return;
	}
	op = reg_op(in);
	w->bad |= !op;
	riscv_const(w, RV_T1, imm);
	riscv_insn(w, RV_R(op, rd, rd, RV_T1));
}

static void alu(struct riscv_walk *w, const struct bpf_insn *in)
{
	u32 rd = riscv_reg_of(in->dst_reg), rs = riscv_reg_of(in->src_reg);
	u32 op;

	if (BPF_OP(in->code) == BPF_END) {
		byte_order(w, in);
		return;
	}
	if (is_zext(in)) {
		riscv_zextw(w, rd, rd);
		return;
	}
	if (BPF_OP(in->code) == BPF_NEG) {
		riscv_insn(w, RV_R(RV_SUB, rd, RV_ZERO, rd));
	} else if (BPF_SRC(in->code) == BPF_K) {
		alu_const(w, in);
	} else if (BPF_OP(in->code) == BPF_MOV) {
		mov_reg(w, in);
	} else {
		op = reg_op(in);
		w->bad |= !op;
		riscv_insn(w, RV_R(op, rd, rd, rs));
	}
	if (w->zext && BPF_CLASS(in->code) == BPF_ALU)
		riscv_zextw(w, rd, rd);
}

/* Base register and offset of an access; what is out of reach goes by way of
 * a register. */
static u32 base_of(struct riscv_walk *w, u32 reg, s32 *off, u32 scratch)
{
	if (is_imm12(*off))
		return reg;
	riscv_const(w, scratch, *off);
	riscv_insn(w, RV_R(RV_ADD, scratch, scratch, reg));
	*off = 0;
	return scratch;
}

static u32 load_op(u8 code, bool sign)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:	return sign ? RV_LB : RV_LBU;
	case BPF_H:	return sign ? RV_LH : RV_LHU;
	case BPF_W:	return sign ? RV_LW : RV_LWU;
	default:	return RV_LD;
	}
}

static u32 store_op(u8 code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:	return RV_SB;
	case BPF_H:	return RV_SH;
	case BPF_W:	return RV_SW;
	default:	return RV_SD;
	}
}

static void load(struct riscv_walk *w, const struct bpf_insn *in, bool sign)
{
	u32 rd = riscv_reg_of(in->dst_reg), base;
	s32 off = in->off;

	base = base_of(w, riscv_reg_of(in->src_reg), &off, RV_T1);
	riscv_insn(w, RV_I(load_op(in->code, sign), rd, base, off));
}

static void store(struct riscv_walk *w, const struct bpf_insn *in, u32 reg,
		  u32 scratch)
{
	s32 off = in->off;
	u32 base;

	base = base_of(w, riscv_reg_of(in->dst_reg), &off, scratch);
	riscv_insn(w, RV_S(store_op(in->code), base, reg, off));
}

/* A zero extension of what a load leaves zero has no code. */
static void skip_zext(struct riscv_walk *w, const struct bpf_insn *in)
{
	if (BPF_SIZE(in->code) == BPF_DW || w->insn + 1 >= w->c->ninsns ||
	    !is_zext(&in[1]))
		return;
	w->start[++w->insn] = WALK_NOWHERE;
}

static u32 amo(u32 funct5, bool wide, bool ordered, u32 rd, u32 rs1, u32 rs2)
{
	return funct5 << 27 | (ordered ? 3u << 25 : 0) |
	       RV_R(wide ? 0x302f : 0x202f, rd, rs1, rs2);
}

/* LR, SC and again until nobody was in between; or one AMOCAS. */
static void cmpxchg(struct riscv_walk *w, u32 base, u32 rs, bool wide)
{
	if (riscv_skip(w, amo(5, wide, true, RV_A5, base, rs))) {
		w->features |= VORW_CPU_RISCV_ZACAS;
		if (!wide)
			riscv_zextw(w, RV_A5, RV_A5);
		return;
	}
	riscv_insn(w, RV_I(wide ? RV_ADDI : RV_ADDIW, RV_T2, RV_A5, 0));
	riscv_insn(w, amo(2, wide, false, RV_A5, base, 0));
	/* BNE t2, a5, 16 */
	riscv_insn(w, RV_S(RV_BNE, RV_T2, RV_A5, 16));
	riscv_insn(w, amo(3, wide, false, RV_T3, base, rs) | 1u << 25);
	/* BNE t3, zero, -12 */
	riscv_insn(w, RV_S(RV_BNE, RV_T3, RV_ZERO, 0xff5));
	riscv_insn(w, FENCE(FENCE_RW, FENCE_RW));
}

static void atomic(struct riscv_walk *w, const struct bpf_insn *in)
{
	u32 base = riscv_reg_of(in->dst_reg), rs = riscv_reg_of(in->src_reg);
	bool wide = BPF_SIZE(in->code) == BPF_DW, fetch;
	s32 off = in->off;
	u32 funct5;

	if (!wide && BPF_SIZE(in->code) != BPF_W) {
		w->bad = true;
		return;
	}
	if (off && is_imm12(off)) {
		riscv_insn(w, RV_I(RV_ADDI, RV_T1, base, off));
		base = RV_T1;
	} else {
		base = base_of(w, base, &off, RV_T1);
	}
	fetch = in->imm & BPF_FETCH;
	switch (in->imm & ~BPF_FETCH) {
	case BPF_ADD:
		funct5 = 0;
		break;
	case BPF_AND:
		funct5 = 0xc;
		break;
	case BPF_OR:
		funct5 = 8;
		break;
	case BPF_XOR:
		funct5 = 4;
		break;
	case BPF_XCHG & ~BPF_FETCH:
		funct5 = 1;
		w->bad |= !fetch;
		break;
	case BPF_CMPXCHG & ~BPF_FETCH:
		w->bad |= !fetch;
		cmpxchg(w, base, rs, wide);
		return;
	default:
		w->bad = true;
		return;
	}
	riscv_insn(w, amo(funct5, wide, fetch, fetch ? rs : RV_ZERO, base, rs));
	if (fetch && !wide)
		riscv_zextw(w, rs, rs);
}

static void stx(struct riscv_walk *w, const struct bpf_insn *in)
{
	u32 rs = riscv_reg_of(in->src_reg);

	if (BPF_MODE(in->code) == BPF_MEM) {
		store(w, in, rs, RV_T1);
	} else if (BPF_MODE(in->code) != BPF_ATOMIC) {
		w->bad = true;
	} else if (in->imm == BPF_LOAD_ACQ) {
		load(w, in, false);
		riscv_insn(w, FENCE(FENCE_R, FENCE_RW));
		skip_zext(w, in);
	} else if (in->imm == BPF_STORE_REL) {
		riscv_insn(w, FENCE(FENCE_RW, FENCE_W));
		store(w, in, rs, RV_T1);
	} else {
		atomic(w, in);
	}
}

static void ld_imm64(struct riscv_walk *w, const struct bpf_insn *in)
{
	const struct vreloc *r = riscv_insn_rel(w);
	u32 rd = riscv_reg_of(in->dst_reg);

	if (w->insn + 1 >= w->c->ninsns) {
		w->bad = true;
		return;
	}
	if (r)
		riscv_load(w, rd, r);
	else
		riscv_const(w, rd, (s64)((u32)in[0].imm |
					 (u64)(u32)in[1].imm << 32));
	/* second half: nothing may jump there */
	w->start[++w->insn] = WALK_NOWHERE;
}

void riscv_bpf_insn(struct riscv_walk *w)
{
	const struct bpf_insn *in = &w->c->insns[w->insn];
	u8 mode = BPF_MODE(in->code);

	if (in->dst_reg > BPF_REG_10 + 1 || in->src_reg > BPF_REG_10 + 1) {
		w->bad = true;
	} else if (is_alu(in)) {
		alu(w, in);
	} else if (in->code == (BPF_LD | BPF_IMM | BPF_DW)) {
		ld_imm64(w, in);
	} else if (BPF_CLASS(in->code) == BPF_LDX &&
		   (mode == BPF_MEM || mode == BPF_MEMSX)) {
		load(w, in, mode == BPF_MEMSX);
		skip_zext(w, in);
	} else if (BPF_CLASS(in->code) == BPF_ST && mode == BPF_MEM) {
		riscv_const(w, RV_T1, in->imm);
		store(w, in, RV_T1, RV_T2);
	} else if (BPF_CLASS(in->code) == BPF_STX) {
		stx(w, in);
	} else if (BPF_CLASS(in->code) == BPF_JMP ||
		   BPF_CLASS(in->code) == BPF_JMP32) {
		riscv_jmp(w, in);
	} else if (in->code != (BPF_ST | BPF_NOSPEC)) {
		w->bad = true;
	}
}
