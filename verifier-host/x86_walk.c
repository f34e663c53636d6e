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
		if (c->insns[i].code == (BPF_JMP | 0xf0))	/* TAIL_CALL */
			return true;
	return false;
}

static bool jumps_right(struct x86_walk *w)
{
	u32 k, to;

	for (k = 0; k < w->njumps; k++) {
		const struct x86_jump *j = &w->jumps[k];

		if (j->target == w->c->ninsns + 1)
			to = w->exit;
		else
			to = j->target < w->c->ninsns ? w->start[j->target] :
							~0u;
		if (to == ~0u || (s64)j->end + j->disp != to) {
			w->pos = j->end;
			return false;
		}
	}
	return true;
}

static bool alloc(struct x86_walk *w)
{
	u32 n = w->c->ninsns;

	w->start = calloc(n + 1, sizeof(*w->start));
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
	w->exit = ~0u;
	w->stack = x86_priv_stack(w) ? 0 : (c->stack_depth + 7) & ~7u;
	w->tail_calls = counts_tail_calls(c);
	x86_prologue(w);
	for (w->insn = 0; w->insn < c->ninsns && !w->bad; w->insn++) {
		w->start[w->insn] = w->pos;
		x86_insn(w);
	}
	if (w->pos != w->len || w->exit == ~0u ||
	    w->insn_rel != c->ninsn_rel)
		w->bad = true;
	if (w->mode != X86_FIND && w->rel != c->nrel)
		w->bad = true;
	if (!w->bad && !jumps_right(w))
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
