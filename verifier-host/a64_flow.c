// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * a64_flow.c - control flow of arm64 code against the program it came from.
 *
 * The JIT translates instruction by instruction, in order, so jumps, calls,
 * tail calls and exits of the program appear in the code one for one and in
 * the same order ("events").  Between two events code is straight, but for the
 * exclusive loops, which nothing enters.  A branch to BPF instruction t must
 * therefore land behind the last event before t and not behind the first event
 * at or after t.
 *
 * So do addresses: apart from the literal behind the epilogue, the relocations
 * of the code are those of the instructions, one for one, in order, and each
 * between the same events.
 */
#include <stdlib.h>
#include "a64.h"

#define COND_AL		14

struct event {
	enum a64_mark mark;
	u32 insn;
	u32 cond;	/* A64_BRANCH */
	u32 target;	/* A64_BRANCH: instruction, or ninsns: the epilogue */
	u32 first, end;	/* words it has in the code */
};

/* Condition that takes the jump: build_insn(), emit_cond_jmp. */
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
	case BPF_JSGE:	return 10;	/* GE */
	case BPF_JSLT:	return 11;	/* LT */
	case BPF_JSGT:	return 12;	/* GT */
	case BPF_JSLE:	return 13;	/* LE */
	default:	return 16;
	}
}

/* The event of instruction i in *ev; false if it has none. */
static bool event_of(const struct vcode *c, u32 i, struct event *ev)
{
	const struct bpf_insn *in = &c->insns[i];
	u8 cls = BPF_CLASS(in->code), op = BPF_OP(in->code);

	*ev = (struct event){ .insn = i, .mark = A64_BRANCH, .cond = COND_AL };
	if (cls != BPF_JMP && cls != BPF_JMP32)
		return false;
	if (cls == BPF_JMP && op == BPF_CALL) {
		ev->mark = A64_CALL;
		return true;
	}
	if (cls == BPF_JMP && op == 0xf0) {	/* BPF_TAIL_CALL, filter.h */
		ev->mark = A64_TAIL_CALL;
		return true;
	}
	if (cls == BPF_JMP && op == BPF_EXIT) {
		ev->target = c->ninsns;
		return i != c->ninsns - 1;
	}
	/* out of range becomes a target that no word has */
	ev->target = i + 1 + in->off;
	if (cls != BPF_JMP || op != BPF_JA)
		ev->cond = cond_of(in->code);
	return true;
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

static bool bad_flow(const char *prog, u32 word, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_NATIVE_CODE,
			 "program '%s': control flow at offset %u of its native code is not the program's",
			 prog, word * 4);
}

/* Give each event its words, in order. */
static bool pair_up(const struct vcode *c, const char *prog,
		    const struct a64_layout *l, struct event *ev, u32 nev,
		    struct vorw_err *e)
{
	u32 i, k = 0;

	for (i = l->body; i < l->epilogue; i++) {
		u32 w = a64_word(c->p, i);
		u8 mark = l->mark[i];

		if (mark != A64_BRANCH && mark != A64_CALL &&
		    mark != A64_TAIL_CALL)
			continue;
		if (k == nev || ev[k].mark != mark ||
		    (mark == A64_BRANCH &&
		     ev[k].cond != (a64_is_b(w) ? COND_AL : (w & 15))))
			return bad_flow(prog, i, e);
		ev[k].first = i;
		ev[k].end = i + (mark == A64_BRANCH ? 1 : l->seq_len[i]);
		k++;
	}
	return k == nev || bad_flow(prog, l->epilogue, e);
}

/* Words that an instruction with so many events before it may start at. */
static void window(const struct a64_layout *l, const struct event *ev, u32 nev,
		   u32 k, u32 *lo, u32 *hi)
{
	*lo = k ? ev[k - 1].end : l->body;
	*hi = k < nev ? ev[k].first : l->epilogue;
}

static bool check_targets(const struct vcode *c, const char *prog,
			  const struct a64_layout *l, const struct event *ev,
			  u32 nev, const u32 *before, struct vorw_err *e)
{
	u32 k, lo, hi;
	s32 t;

	for (k = 0; k < nev; k++) {
		if (ev[k].mark != A64_BRANCH)
			continue;
		t = a64_target(a64_word(c->p, ev[k].first), ev[k].first);
		if (ev[k].target > c->ninsns || t < (s32)l->body ||
		    t > (s32)l->epilogue || l->mark[t] == A64_INNER ||
		    before[ev[k].target] == ~0u)
			return bad_flow(prog, ev[k].first, e);
		window(l, ev, nev, before[ev[k].target], &lo, &hi);
		if (ev[k].target == c->ninsns)
			lo = l->epilogue;
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
	return a->kind == VORW_REL_KSYM || a->kind == VORW_REL_KVAR ?
	       !strcmp(a->ksym, b->ksym) : a->sym == b->sym;
}

/* Is native relocation a at the place of instruction relocation b? */
static bool same_place(const struct vcode *c, const struct a64_layout *l,
		       const struct vreloc *a, const struct vreloc *b,
		       const struct event *ev, u32 nev, const u32 *before)
{
	u32 word = a->off / 4, insn = b->off / 8, k, lo, hi;

	if (b->off % 8 || insn >= c->ninsns || before[insn] == ~0u)
		return false;
	k = before[insn];
	if (c->insns[insn].code == (BPF_JMP | BPF_CALL))
		return k < nev && ev[k].insn == insn && word == ev[k].first;
	window(l, ev, nev, k, &lo, &hi);
	return word >= lo && word < hi;
}

static bool check_addresses(const struct vcode *c, const char *prog,
			    const struct a64_layout *l, const struct event *ev,
			    u32 nev, const u32 *before, struct vorw_err *e)
{
	u32 i, n = c->nrel - 1;		/* a64_mark_code() saw the literal */

	for (i = 0; i < n; i++)
		if (i == c->ninsn_rel ||
		    !same_symbol(&c->rel[i], &c->insn_rel[i]) ||
		    !same_place(c, l, &c->rel[i], &c->insn_rel[i], ev, nev,
				before))
			return bad_address(prog, c->rel[i].off, e);
	return n == c->ninsn_rel || bad_address(prog, c->len, e);
}

bool a64_check_flow(const struct vcode *c, const char *prog,
		    const struct a64_layout *l, struct vorw_err *e)
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
		ok = pair_up(c, prog, l, ev, nev, e) &&
		     check_targets(c, prog, l, ev, nev, before, e) &&
		     check_addresses(c, prog, l, ev, nev, before, e);
	free(ev);
	free(before);
	return ok;
}
