// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * riscv_flow.c - entry, exit, jumps, calls and tail calls as
 * arch/riscv/net/bpf_jit_comp64.c emits them in 6.12 and 7.2; and the walk
 * through a function.
 *
 * Targets of jumps are compared once all instructions have a place.
 */
#include <stdlib.h>
#include "riscv.h"

#define TAIL_CALL_SKIPS	12	/* two nops and the counter's start */

/* Helpers whose code is in the program: bpf_jit_inlines_helper_call(), which
 * has those of the current task since 6.15. */
bool riscv_inlines(const struct bpf_insn *in)
{
	return in->code == (BPF_JMP | BPF_CALL) && !in->src_reg &&
	       (in->imm == BPF_FUNC_get_smp_processor_id ||
		in->imm == BPF_FUNC_get_current_task ||
		in->imm == BPF_FUNC_get_current_task_btf);
}

/* ---- entry and exit ---- */

/* The order in which they are on the stack. */
static const u8 saved[] = {
	RV_RA, RV_FP, RV_S1, RV_S2, RV_S3, RV_S4, RV_S5, RV_S6,
};

static void uses(struct riscv_walk *w, const struct bpf_insn *in)
{
	switch (in->code) {
	case BPF_JMP | BPF_JA:
	case BPF_JMP | BPF_CALL:
	case BPF_JMP | BPF_EXIT:
	case BPF_JMP | BPF_TAIL_CALL:
		break;
	default:
		w->saves[riscv_reg_of(in->dst_reg)] = true;
	}
	w->saves[riscv_reg_of(in->src_reg)] = true;
	if (in->code == (BPF_JMP | BPF_CALL) && !riscv_inlines(in))
		w->saves[RV_RA] = true;
	if (in->code == (BPF_JMP | BPF_TAIL_CALL))
		w->tail_calls = true;
}

/* Registers that the function saves: init_regs(), mark_call() and so on. */
static void find_used(struct riscv_walk *w)
{
	u32 i, regs = 0;

	for (i = 0; i < w->c->ninsns; i++) {
		uses(w, &w->c->insns[i]);
		if (w->c->insns[i].code == (BPF_LD | BPF_IMM | BPF_DW))
			i++;
	}
	w->stack = (w->c->stack_depth + 15) & ~15u;
	w->saves[RV_FP] = true;
	if (w->stack)
		w->saves[RV_S5] = true;
	/* the counter is kept over calls */
	w->saves[RV_S6] = w->tail_calls && w->saves[RV_RA];
	for (i = 0; i < sizeof(saved); i++)
		regs += w->saves[saved[i]];
	w->frame = ((regs * 8 + 15) & ~15u) + w->stack;
}

static void prologue(struct riscv_walk *w)
{
	u32 i, off = w->frame;

	/* where trampolines are attached, and what tail calls step over */
	riscv_wide(w, RV_ADDI);
	riscv_wide(w, RV_ADDI);
	riscv_wide(w, RV_I(RV_ADDI, RV_A6, RV_ZERO, MAX_TAIL_CALL_CNT));
	riscv_insn(w, RV_I(RV_ADDI, RV_SP, RV_SP, -w->frame));
	for (i = 0; i < sizeof(saved); i++) {
		if (!w->saves[saved[i]])
			continue;
		off -= 8;
		riscv_insn(w, RV_S(RV_SD, RV_SP, saved[i], off));
	}
	riscv_insn(w, RV_I(RV_ADDI, RV_FP, RV_SP, w->frame));
	if (w->stack)
		riscv_insn(w, RV_I(RV_ADDI, RV_S5, RV_SP, w->stack));
	if (w->saves[RV_S6])
		riscv_insn(w, RV_I(RV_ADDI, RV_S6, RV_A6, 0));
}

static void leave(struct riscv_walk *w)
{
	u32 i, off = w->frame;

	for (i = 0; i < sizeof(saved); i++) {
		if (!w->saves[saved[i]])
			continue;
		off -= 8;
		riscv_insn(w, RV_I(RV_LD, saved[i], RV_SP, off));
	}
	riscv_insn(w, RV_I(RV_ADDI, RV_SP, RV_SP, w->frame));
}

static void epilogue(struct riscv_walk *w)
{
	leave(w);
	riscv_insn(w, RV_I(RV_ADDIW, RV_A0, RV_A5, 0));
	riscv_insn(w, RV_I(RV_JALR, RV_ZERO, RV_RA, 0));
}

/* ---- jumps ---- */

static s32 b_offset(u32 insn)
{
	return (s32)((insn >> 7 & 0x1e) | (insn >> 20 & 0x7e0) |
		     (insn << 4 & 0x800)) - (s32)(insn >> 19 & 0x1000);
}

static s32 j_offset(u32 insn)
{
	return (s32)((insn >> 20 & 0x7fe) | (insn >> 9 & 0x800) |
		     (insn & 0xff000)) - (s32)(insn >> 11 & 0x100000);
}

static void jump_to(struct riscv_walk *w, s64 to, u32 target)
{
	w->jumps[w->njumps++] =
		(struct walk_jump){ .to = to, .target = target,
				    .from = w->pos };
}

/* JAL; or AUIPC and JALR by way of T1, for more than 1 MiB. */
static void jmp_to(struct riscv_walk *w, u32 target)
{
	u32 at = w->pos, insn, size, next;

	if (!riscv_peek(w, &insn, &size) || size != 4) {
		w->bad = true;
		return;
	}
	w->pos += 4;
	if ((insn & 0xfff) == RV_JAL) {
		jump_to(w, (s64)at + j_offset(insn), target);
	} else if ((insn & 0xfff) == (RV_AUIPC | RV_T1 << 7) &&
		   riscv_peek(w, &next, &size) && size == 4 &&
		   (next & 0xfffff) == RV_I(RV_JALR, RV_ZERO, RV_T1, 0)) {
		w->pos += 4;
		jump_to(w, (s64)at + (s32)(insn & ~0xfffu) +
			((s32)next >> 20), target);
	} else {
		w->bad = true;
	}
}

struct cond { u32 op; bool swap; };

/* emit_bcc() */
static struct cond cond_of(u8 op)
{
	switch (op) {
	case BPF_JEQ:	return (struct cond){ RV_BEQ, false };
	case BPF_JNE:
	case BPF_JSET:	return (struct cond){ RV_BNE, false };
	case BPF_JGT:	return (struct cond){ RV_BLTU, true };
	case BPF_JLT:	return (struct cond){ RV_BLTU, false };
	case BPF_JGE:	return (struct cond){ RV_BGEU, false };
	case BPF_JLE:	return (struct cond){ RV_BGEU, true };
	case BPF_JSGT:	return (struct cond){ RV_BLT, true };
	case BPF_JSLT:	return (struct cond){ RV_BLT, false };
	case BPF_JSGE:	return (struct cond){ RV_BGE, false };
	case BPF_JSLE:	return (struct cond){ RV_BGE, true };
	default:	return (struct cond){ 0, false };
	}
}

/* The opposite of each: of BEQ BNE, of BLT BGE, of BLTU BGEU. */
#define INVERT	0x1000u
#define B_MASK	0x01fff07fu	/* all but the displacement */

/* A branch; or around a jump, the opposite one. */
static void branch_to(struct riscv_walk *w, struct cond c, u32 rd, u32 rs,
		      u32 target)
{
	u32 at = w->pos, insn, size;
	u32 want = c.swap ? RV_S(c.op, rs, rd, 0) : RV_S(c.op, rd, rs, 0);

	if (!c.op || !riscv_peek(w, &insn, &size) || size != 4) {
		w->bad = true;
		return;
	}
	if ((insn & B_MASK) == want) {
		w->pos += 4;
		jump_to(w, (s64)at + b_offset(insn), target);
		return;
	}
	/* to itself the other way: BGE for BLT is the same registers */
	want ^= INVERT;
	if ((insn & B_MASK) != want) {
		w->bad = true;
		return;
	}
	w->pos += 4;
	jmp_to(w, target);
	if ((s64)at + b_offset(insn) != w->pos)
		w->bad = true;
}

static bool is_signed(u8 op)
{
	return op == BPF_JSGT || op == BPF_JSLT || op == BPF_JSGE ||
	       op == BPF_JSLE;
}

/* What of 32 bits is compared, in another register. */
static u32 extended(struct riscv_walk *w, u32 to, u32 reg, bool sign)
{
	if (sign)
		riscv_insn(w, RV_I(RV_ADDIW, to, reg, 0));
	else
		riscv_zextw(w, to, reg);
	return to;
}

static void test_const(struct riscv_walk *w, const struct bpf_insn *in, u32 rd)
{
	if (in->imm >= -2048 && in->imm <= 2047) {
		riscv_insn(w, RV_I(RV_ANDI, RV_T1, rd, in->imm));
	} else {
		riscv_const(w, RV_T1, in->imm);
		riscv_insn(w, RV_R(RV_AND, RV_T1, rd, RV_T1));
	}
	if (BPF_CLASS(in->code) == BPF_JMP32 && in->imm < 0)
		riscv_insn(w, RV_I(RV_ADDIW, RV_T1, RV_T1, 0));
}

static void cond_jmp(struct riscv_walk *w, const struct bpf_insn *in)
{
	u32 rd = riscv_reg_of(in->dst_reg), rs = riscv_reg_of(in->src_reg);
	bool wide = BPF_CLASS(in->code) == BPF_JMP;
	u8 op = BPF_OP(in->code);
	bool sign = is_signed(op);

	if (BPF_SRC(in->code) == BPF_X) {
		if (!wide) {
			rs = extended(w, RV_T1, rs, sign);
			rd = extended(w, RV_T2, rd, sign);
		}
		if (op == BPF_JSET) {
			riscv_insn(w, RV_R(RV_AND, RV_T1, rd, rs));
			rd = RV_T1;
			rs = RV_ZERO;
		}
	} else if (op == BPF_JSET) {
		test_const(w, in, rd);
		rd = RV_T1;
		rs = RV_ZERO;
	} else {
		rs = in->imm ? RV_T1 : RV_ZERO;
		if (in->imm)
			riscv_const(w, RV_T1, in->imm);
		if (!wide)
			rd = extended(w, RV_T2, rd, sign);
		/* a constant has its sign already */
		if (!wide && !sign && in->imm)
			riscv_zextw(w, RV_T1, RV_T1);
	}
	branch_to(w, cond_of(op), rd, rs, w->insn + 1 + in->off);
}

/* ---- calls ---- */

static void call(struct riscv_walk *w, const struct bpf_insn *in)
{
	const struct vreloc *r = riscv_insn_rel(w);

	if (!r && riscv_inlines(in)) {
		if (in->imm == BPF_FUNC_get_smp_processor_id)
			riscv_field(w, RV_I(RV_LW, RV_A5, RV_TP, 0),
				    RV_TASK_CPU);
		else
			riscv_insn(w, RV_I(RV_ADDI, RV_A5, RV_TP, 0));
		return;
	}
	riscv_call(w, r);
	if (in->src_reg != BPF_PSEUDO_CALL)
		riscv_insn(w, RV_I(RV_ADDI, RV_A5, RV_A0, 0));
}

/* A branch forward inside the sequence of a tail call, to its end. */
static void branch_out(struct riscv_walk *w, u32 op, u32 rs1, u32 rs2, s64 *out)
{
	u32 at = w->pos, insn, size;

	if (!riscv_peek(w, &insn, &size) || size != 4 ||
	    (insn & B_MASK) != RV_S(op, rs1, rs2, 0) ||
	    (*out && *out != (s64)at + b_offset(insn))) {
		w->bad = true;
		return;
	}
	*out = (s64)at + b_offset(insn);
	w->pos += 4;
}

/* emit_bpf_tail_call() */
static void tail_call(struct riscv_walk *w)
{
	u32 counter = w->saves[RV_S6] ? RV_S6 : RV_A6;
	s64 out = 0;

	riscv_zextw(w, RV_A2, RV_A2);
	riscv_field(w, RV_I(RV_LWU, RV_T1, RV_A1, 0), RV_MAX_ENTRIES);
	branch_out(w, RV_BGEU, RV_A2, RV_T1, &out);
	riscv_insn(w, RV_I(RV_ADDI, RV_A6, counter, -1));
	branch_out(w, RV_BLT, RV_A6, RV_ZERO, &out);
	riscv_sh3add(w, RV_T2, RV_A2, RV_A1);
	riscv_field(w, RV_I(RV_LD, RV_T2, RV_T2, 0), RV_PTRS);
	branch_out(w, RV_BEQ, RV_T2, RV_ZERO, &out);
	riscv_field(w, RV_I(RV_LD, RV_T3, RV_T2, 0), RV_BPF_FUNC);
	leave(w);
	riscv_insn(w, RV_I(RV_JALR, RV_ZERO, RV_T3, TAIL_CALL_SKIPS));
	if (w->pos != out)
		w->bad = true;
}

void riscv_jmp(struct riscv_walk *w, const struct bpf_insn *in)
{
	bool jmp32 = BPF_CLASS(in->code) == BPF_JMP32;

	switch (BPF_OP(in->code)) {
	case BPF_JA:
		if (BPF_SRC(in->code) != BPF_K)
			w->bad = true;	/* to an address in a register */
		else
			jmp_to(w, w->insn + 1 + (jmp32 ? in->imm : in->off));
		break;
	case BPF_CALL:
	case BPF_EXIT:
	case BPF_TAIL_CALL:
		if (jmp32 || BPF_SRC(in->code) != BPF_K)
			w->bad = true;
		else if (BPF_OP(in->code) == BPF_CALL)
			call(w, in);
		else if (BPF_OP(in->code) == BPF_TAIL_CALL)
			tail_call(w);
		/* the last one runs into the epilogue */
		else if (w->insn != w->c->ninsns - 1)
			jmp_to(w, w->c->ninsns);
		break;
	default:
		cond_jmp(w, in);
	}
}

/* ---- the walk ---- */

static bool alloc(struct riscv_walk *w)
{
	u32 n = w->c->ninsns;

	w->start = calloc(n + 1, sizeof(*w->start));
	w->jumps = calloc(n + 1, sizeof(*w->jumps));
	/* at most one of each instruction */
	w->fields = calloc(n + 1, sizeof(*w->fields));
	return w->start && w->jumps && w->fields;
}

static bool walk(struct riscv_walk *w)
{
	const struct vcode *c = w->c;

	/* offsets of the frame are twelve bits */
	w->bad = w->frame > 2047;
	prologue(w);
	for (w->insn = 0; w->insn < c->ninsns; w->insn++) {
		w->start[w->insn] = w->pos;
		riscv_bpf_insn(w);
		if (w->bad)
			return false;
	}
	w->start[c->ninsns] = w->pos;
	epilogue(w);
	if (w->pos != w->len || w->insn_rel != c->ninsn_rel ||
	    (w->mode != WALK_FIND && w->rel != c->nrel))
		w->bad = true;
	if (!w->bad && !walk_jumps_right(w->jumps, w->njumps, w->start,
					 c->ninsns + 1, &w->pos))
		w->bad = true;
	return !w->bad;
}

/* Nothing but the code tells which of the two it is: all results that the JIT
 * extends, or none. */
bool riscv_walk(struct riscv_walk *w)
{
	struct riscv_walk other;

	if (!alloc(w))
		return false;
	find_used(w);
	other = *w;
	other.zext = true;
	if (walk(w))
		return true;
	if (!walk(&other))
		return false;
	*w = other;
	return true;
}

void riscv_walk_free(struct riscv_walk *w)
{
	free(w->start);
	free(w->jumps);
	free(w->fields);
}
