// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* x86_walk.c - a function's x86-64 code, from its entry to its end. */
#include <stdlib.h>
#include "x86.h"

static bool counts_tail_calls(const struct vcode *c)
{
	u32 i;

	if (c->facts & VORW_PF_TAIL_CALL_REACHABLE)
		return true;
	for (i = 0; i < c->ninsns; i++)
		if (c->insns[i].code == (BPF_JMP | BPF_TAIL_CALL))
			return true;
	return false;
}

static bool alloc(struct x86_walk *w)
{
	u32 n = w->c->ninsns;

	w->start = calloc(n + 2, sizeof(*w->start));
	w->jumps = calloc(n + 1, sizeof(*w->jumps));
	w->pokes = calloc(n + 1, sizeof(*w->pokes));
	w->faults = calloc(n + 1, sizeof(*w->faults));
	/* at most one of each instruction, and four of the JIT's */
	w->fields = calloc(n + 4, sizeof(*w->fields));
	return w->start && w->jumps && w->pokes && w->faults && w->fields;
}

bool x86_walk(struct x86_walk *w)
{
	const struct vcode *c = w->c;

	if (!alloc(w))
		return false;
	w->exit = WALK_NOWHERE;
	w->stack = x86_priv_stack(w) ? 0 : (c->stack_depth + 7) & ~7u;
	w->tail_calls = counts_tail_calls(c);
	x86_prologue(w);
	for (w->insn = 0; w->insn < c->ninsns && !w->bad; w->insn++) {
		w->start[w->insn] = w->pos;
		x86_insn(w);
	}
	if (w->pos != w->len || w->exit == WALK_NOWHERE ||
	    w->insn_rel != c->ninsn_rel)
		w->bad = true;
	if (w->mode != WALK_FIND && w->rel != c->nrel)
		w->bad = true;
	w->start[c->ninsns] = WALK_NOWHERE;
	w->start[c->ninsns + 1] = w->exit;
	if (!w->bad && !walk_jumps_right(w->jumps, w->njumps, w->start,
					 c->ninsns + 2, &w->pos))
		w->bad = true;
	return !w->bad;
}

void x86_walk_free(struct x86_walk *w)
{
	free(w->start);
	free(w->jumps);
	free(w->pokes);
	free(w->faults);
	free(w->fields);
}
