// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* walk.c - code read along its program, behind walk.h. */
#include "walk.h"

bool walk_jumps_right(const struct walk_jump *jumps, u32 njumps,
		      const u32 *start, u32 nstart, u32 *at)
{
	const struct walk_jump *j;

	for (j = jumps; j < jumps + njumps; j++)
		if (j->target >= nstart || start[j->target] == WALK_NOWHERE ||
		    j->to != start[j->target]) {
			*at = j->from;
			return false;
		}
	return true;
}

const struct vreloc *walk_insn_rel(const struct vcode *c, u32 insn, u32 *next)
{
	if (*next < c->ninsn_rel && c->insn_rel[*next].off == insn * 8)
		return &c->insn_rel[(*next)++];
	return NULL;
}
