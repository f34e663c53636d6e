// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flow.c - control flow and addresses of machine code, behind flow.h.
 *
 * A branch to BPF instruction t must land behind the last event before t and
 * not behind the first event at or after t; as between two events code is
 * straight, it then does what jumping to t does.
 */
#include <stdlib.h>
#include "flow.h"

#define INSIDE		(~0u)	/* second half of an instruction */

struct event {
	enum flow_mark mark;
	u32 insn;
	u32 cond;	/* FLOW_BRANCH */
	u32 target;	/* FLOW_BRANCH: instruction, or ninsns: the epilogue */
	u32 first, end;	/* units it has in the code */
};

struct check {
	const struct flow_ops *ops;
	const struct vcode *c;
	const char *prog;
	const struct flow_layout *l;
	struct event *ev;
	u32 nev;
	u32 *before;	/* events before an instruction, or INSIDE */
	struct vorw_err *e;
};

/* The event of instruction i in *ev; false if it has none. */
static bool event_of(const struct check *k, u32 i, struct event *ev)
{
	const struct vcode *c = k->c;
	const struct bpf_insn *in = &c->insns[i];
	u8 cls = BPF_CLASS(in->code), op = BPF_OP(in->code);

	*ev = (struct event){ .insn = i, .mark = FLOW_BRANCH,
			      .cond = FLOW_ALWAYS };
	if (cls != BPF_JMP && cls != BPF_JMP32)
		return false;
	if (k->ops->no_event && k->ops->no_event(c, i))
		return false;
	if (cls == BPF_JMP && op == BPF_CALL) {
		ev->mark = FLOW_CALL;
		return true;
	}
	if (cls == BPF_JMP && op == BPF_TAIL_CALL) {
		ev->mark = FLOW_TAIL_CALL;
		return true;
	}
	if (cls == BPF_JMP && op == BPF_EXIT) {
		ev->target = c->ninsns;
		return i != c->ninsns - 1;
	}
	/* out of range becomes a target that no code has */
	if (op == BPF_JA) {
		ev->target = i + 1 + (cls == BPF_JMP ? in->off : in->imm);
		if (BPF_SRC(in->code) != BPF_K)
			ev->cond = FLOW_NEVER;
		return true;
	}
	ev->target = i + 1 + in->off;
	ev->cond = k->ops->cond_of(c, i);
	return true;
}

static bool collect(struct check *k)
{
	const struct vcode *c = k->c;
	u32 i, n = 0;

	for (i = 0; i < c->ninsns; i++) {
		k->before[i] = n;
		if (event_of(k, i, &k->ev[n]))
			n++;
		if (c->insns[i].code == (BPF_LD | BPF_IMM | BPF_DW)) {
			if (++i == c->ninsns)
				return false;
			k->before[i] = INSIDE;
		}
	}
	k->before[c->ninsns] = n;
	k->nev = n;
	return true;
}

static bool bad_flow(const struct check *k, u32 at)
{
	return vorw_fail(k->e, VORW_R_NATIVE_CODE,
			 "program '%s': control flow at offset %u of its native code is not the program's",
			 k->prog, at * k->ops->unit);
}

/* Give each event its place, in order. */
static bool pair_up(struct check *k)
{
	const struct flow_layout *l = k->l;
	u32 i, n = 0, cond;
	s32 target;

	for (i = l->body; i < l->epilogue; i++) {
		struct event *ev = &k->ev[n];

		if (l->mark[i] != FLOW_BRANCH && l->mark[i] != FLOW_CALL &&
		    l->mark[i] != FLOW_TAIL_CALL)
			continue;
		if (n == k->nev || ev->mark != l->mark[i])
			return bad_flow(k, i);
		if (ev->mark == FLOW_BRANCH) {
			k->ops->branch_at(k->c, i, &cond, &target);
			if (cond != ev->cond)
				return bad_flow(k, i);
		}
		ev->first = i;
		ev->end = i + l->len[i];
		n++;
	}
	return n == k->nev || bad_flow(k, l->epilogue);
}

/* Where an instruction with so many events before it may begin. */
static void window(const struct check *k, u32 before, u32 *lo, u32 *hi)
{
	*lo = before ? k->ev[before - 1].end : k->l->body;
	*hi = before < k->nev ? k->ev[before].first : k->l->epilogue;
}

static bool check_targets(const struct check *k)
{
	const struct vcode *c = k->c;
	const struct event *ev;
	u32 lo, hi, cond;
	s32 t;

	for (ev = k->ev; ev < k->ev + k->nev; ev++) {
		if (ev->mark != FLOW_BRANCH)
			continue;
		k->ops->branch_at(c, ev->first, &cond, &t);
		if (ev->target > c->ninsns || t < (s32)k->l->body ||
		    t > (s32)k->l->epilogue ||
		    k->l->mark[t] == FLOW_INNER ||
		    k->before[ev->target] == INSIDE)
			return bad_flow(k, ev->first);
		window(k, k->before[ev->target], &lo, &hi);
		if (ev->target == c->ninsns)
			lo = k->l->epilogue;
		if ((u32)t < lo || (u32)t > hi)
			return bad_flow(k, ev->first);
	}
	return true;
}

static bool bad_address(const struct check *k, u32 off)
{
	return vorw_fail(k->e, VORW_R_NATIVE_CODE,
			 "program '%s': the address at offset %u of its native code is not the program's",
			 k->prog, off);
}

/* Is native relocation a at the place of instruction relocation b? */
static bool same_place(const struct check *k, const struct vreloc *a,
		       const struct vreloc *b)
{
	const struct vcode *c = k->c;
	u32 at = a->off / k->ops->unit, insn = b->off / 8, n, lo, hi;

	if (b->off % 8 || insn >= c->ninsns || k->before[insn] == INSIDE)
		return false;
	n = k->before[insn];
	if (c->insns[insn].code == (BPF_JMP | BPF_CALL))
		return n < k->nev && k->ev[n].insn == insn &&
		       at >= k->ev[n].first && at < k->ev[n].end;
	window(k, n, &lo, &hi);
	return at >= lo && at < hi;
}

static bool check_addresses(const struct check *k)
{
	const struct vcode *c = k->c;
	u32 i, n = 0;

	for (i = 0; i < c->nrel; i++) {
		if (k->ops->own_address && k->ops->own_address(c, i))
			continue;
		if (n == c->ninsn_rel ||
		    !vreloc_same(&c->rel[i], &c->insn_rel[n]) ||
		    !same_place(k, &c->rel[i], &c->insn_rel[n]))
			return bad_address(k, c->rel[i].off);
		n++;
	}
	return n == c->ninsn_rel || bad_address(k, c->len);
}

bool flow_check(const struct flow_ops *ops, const struct vcode *c,
		const char *prog, const struct flow_layout *l,
		struct vorw_err *e)
{
	struct check k = {
		.ops = ops, .c = c, .prog = prog, .l = l, .e = e,
		.ev = calloc(c->ninsns + 1, sizeof(*k.ev)),
		.before = calloc(c->ninsns + 1, sizeof(*k.before)),
	};
	bool ok;

	if (!k.ev || !k.before)
		ok = vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	else if (!c->ninsns || !collect(&k))
		ok = bad_flow(&k, 0);
	else
		ok = pair_up(&k) && check_targets(&k) && check_addresses(&k);
	free(k.ev);
	free(k.before);
	return ok;
}

bool flow_validate(const struct flow_ops *ops, flow_mark_code *mark,
		   const struct vcode *c, const char *prog, u32 *features,
		   struct vorw_err *e)
{
	u32 units = c->len / ops->unit;
	struct flow_layout l = {
		.mark = calloc(units + 1, sizeof(*l.mark)),
		.len = calloc(units + 1, sizeof(*l.len)),
	};
	bool ok;

	if (!l.mark || !l.len)
		ok = vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	else
		ok = mark(c, prog, &l, features, e) &&
		     flow_check(ops, c, prog, &l, e);
	free(l.mark);
	free(l.len);
	return ok;
}
