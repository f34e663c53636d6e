// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arm_flow.c - control flow of Arm code against the program it came from.
 *
 * The JIT translates instruction by instruction, in order, so jumps, calls,
 * tail calls and exits of the program appear in the code one for one and in
 * the same order ("events").  Between two events code is straight.  A branch
 * to BPF instruction t must therefore land behind the last event before t
 * and not behind the first event at or after t.
 *
 * So do addresses: apart from the division routines, which only the JIT
 * knows, the relocations of the code are those of the instructions, one for
 * one, in order, and each between the same events.
 */
#include <stdlib.h>
#include "arm_code.h"

#define TAIL_CALL_WORDS	19
#define CALL_WORDS	13
#define CALL_TARGET	9	/* word of a call that has the relocation */
#define EPILOGUE_WORDS	2
#define PROLOGUE_WORDS	9
#define COND_AL		14

struct event {
	enum arm_mark mark;
	u32 insn;
	u32 cond;	/* ARM_BRANCH */
	u32 target;	/* ARM_BRANCH: instruction, or ninsns: the epilogue */
	u32 first, end;	/* words it has in the code */
};

/* Condition that takes the jump, by build_insn() go_jmp; 16: not a jump. */
static u32 cond_of(u8 code)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:	return 0;	/* EQ */
	case BPF_JNE:
	case BPF_JSET:	return 1;	/* NE */
	case BPF_JGE:	return 2;	/* CS */
	case BPF_JLT:	return 3;	/* CC */
	case BPF_JGT:	return 8;	/* HI */
	case BPF_JLE:	return 9;	/* LS */
	case BPF_JSGE:
	case BPF_JSLE:	return 10;	/* GE */
	case BPF_JSGT:
	case BPF_JSLT:	return 11;	/* LT */
	default:	return 16;
	}
}

/* The event of instruction i in *ev; false if it has none. */
static bool event_of(const struct vcode *c, u32 i, struct event *ev)
{
	const struct bpf_insn *in = &c->insns[i];
	u8 cls = BPF_CLASS(in->code), op = BPF_OP(in->code);

	*ev = (struct event){ .insn = i, .mark = ARM_BRANCH, .cond = COND_AL };
	if (cls != BPF_JMP && cls != BPF_JMP32)
		return false;
	if (cls == BPF_JMP32 && op == BPF_JA) {
		ev->target = i + 1 + in->imm;
		return in->imm != 0;
	}
	if (cls == BPF_JMP && op == BPF_CALL) {
		ev->mark = ARM_CALL;
		return true;
	}
	if (cls == BPF_JMP && op == 0xf0) {	/* BPF_TAIL_CALL, filter.h */
		ev->mark = ARM_TAIL_CALL;
		return true;
	}
	if (cls == BPF_JMP && op == BPF_EXIT) {
		ev->target = c->ninsns;
		return i != c->ninsns - 1;
	}
	/* out of range becomes a target that no word has */
	ev->target = i + 1 + in->off;
	if (cls == BPF_JMP && op == BPF_JA)
		return in->off != 0;
	ev->cond = cond_of(in->code);
	return in->off != 0 || BPF_SRC(in->code) == BPF_X;
}

static bool collect(const struct vcode *c, struct event *ev, u32 *before,
		    u32 *nev)
{
	u32 i, n = 0;

	for (i = 0; i < c->ninsns; i++) {
		before[i] = n;
		if (event_of(c, i, &ev[n]))
			n++;
		if (c->insns[i].code == (BPF_LD | BPF_IMM | BPF_DW)) {
			if (++i == c->ninsns)
				return false;
			/* second half: nothing may jump there */
			before[i] = ~0u;
		}
	}
	before[c->ninsns] = n;
	*nev = n;
	return true;
}

static u32 words_of(enum arm_mark m)
{
	return m == ARM_CALL ? CALL_WORDS :
	       m == ARM_TAIL_CALL ? TAIL_CALL_WORDS : 1;
}

static bool bad_flow(const char *prog, u32 word, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_NATIVE_CODE,
			 "program '%s': control flow at offset %u of its native code is not the program's",
			 prog, word * 4);
}

/* Give each event its words, in order. */
static bool pair_up(const struct vcode *c, const char *prog, const u8 *mark,
		    struct event *ev, u32 nev, struct vorw_err *e)
{
	u32 i, k = 0, n = c->len / 4;

	for (i = 0; i < n; i++) {
		u32 w = arm_word(c->p, i);

		if (mark[i] != ARM_BRANCH && mark[i] != ARM_CALL &&
		    mark[i] != ARM_TAIL_CALL)
			continue;
		if (k == nev || ev[k].mark != mark[i] ||
		    (mark[i] == ARM_BRANCH && ev[k].cond != w >> 28))
			return bad_flow(prog, i, e);
		ev[k].first = i;
		ev[k].end = i + words_of(mark[i]);
		k++;
	}
	return k == nev || bad_flow(prog, n - EPILOGUE_WORDS, e);
}

static bool check_targets(const struct vcode *c, const char *prog,
			  const u8 *mark, const struct event *ev, u32 nev,
			  const u32 *before, struct vorw_err *e)
{
	u32 k, b, lo, hi, n = c->len / 4;
	s32 t;

	for (k = 0; k < nev; k++) {
		if (ev[k].mark != ARM_BRANCH)
			continue;
		t = arm_b_target(arm_word(c->p, ev[k].first), ev[k].first);
		if (ev[k].target > c->ninsns || t < 0 || t >= (s32)n ||
		    mark[t] == ARM_INNER)
			return bad_flow(prog, ev[k].first, e);
		b = before[ev[k].target];
		if (b == ~0u)
			return bad_flow(prog, ev[k].first, e);
		lo = b ? ev[b - 1].end : PROLOGUE_WORDS;
		hi = b < nev ? ev[b].first : n - EPILOGUE_WORDS;
		if (ev[k].target == c->ninsns)
			lo = n - EPILOGUE_WORDS;
		if ((u32)t < lo || (u32)t > hi)
			return bad_flow(prog, ev[k].first, e);
	}
	return true;
}

static bool bad_address(const char *prog, u32 off, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_NATIVE_CODE,
			 "program '%s': the address at offset %u of its native code is not the program's",
			 prog, off);
}

static bool same_symbol(const struct vreloc *a, const struct vreloc *b)
{
	if (a->kind != b->kind || a->addend != b->addend)
		return false;
	return a->kind == VORW_REL_KSYM ? !strcmp(a->ksym, b->ksym) :
					  a->sym == b->sym;
}

/* Is native relocation a at the place of instruction relocation b? */
static bool same_place(const struct vcode *c, const struct vreloc *a,
		       const struct vreloc *b, const struct event *ev, u32 nev,
		       const u32 *before)
{
	u32 word = a->off / 4, insn = b->off / 8, k, lo, hi;

	if (b->off % 8 || insn >= c->ninsns || before[insn] == ~0u)
		return false;
	k = before[insn];
	if (c->insns[insn].code == (BPF_JMP | BPF_CALL))
		return k < nev && ev[k].insn == insn &&
		       word == ev[k].first + CALL_TARGET;
	lo = k ? ev[k - 1].end : PROLOGUE_WORDS;
	hi = k < nev ? ev[k].first : c->len / 4 - EPILOGUE_WORDS;
	return word >= lo && word < hi;
}

static bool check_addresses(const struct vcode *c, const char *prog,
			    const struct event *ev, u32 nev,
			    const u32 *before, struct vorw_err *e)
{
	u32 i, k = 0;

	for (i = 0; i < c->nrel; i++) {
		/* arm_mark_code() let them stand where they belong only */
		if (arm_divide_target(&c->rel[i]))
			continue;
		if (k == c->ninsn_rel ||
		    !same_symbol(&c->rel[i], &c->insn_rel[k]) ||
		    !same_place(c, &c->rel[i], &c->insn_rel[k], ev, nev,
				before))
			return bad_address(prog, c->rel[i].off, e);
		k++;
	}
	return k == c->ninsn_rel || bad_address(prog, c->len, e);
}

bool arm_check_flow(const struct vcode *c, const char *prog, const u8 *mark,
		    struct vorw_err *e)
{
	struct event *ev = calloc(c->ninsns + 1, sizeof(*ev));
	u32 *before = calloc(c->ninsns + 1, sizeof(*before));
	u32 nev = 0;
	bool ok;

	if (!ev || !before)
		ok = vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	else if (!c->ninsns || !collect(c, ev, before, &nev))
		ok = bad_flow(prog, 0, e);
	else
		ok = pair_up(c, prog, mark, ev, nev, e) &&
		     check_targets(c, prog, mark, ev, nev, before, e) &&
		     check_addresses(c, prog, ev, nev, before, e);
	free(ev);
	free(before);
	return ok;
}
