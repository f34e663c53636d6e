// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * forms.c - native or bytecode, program by program.
 *
 * What the target's JIT takes goes native.  Programs that meet in a map which
 * holds programs must have one form: the kernel refuses the second one
 * otherwise (kernel/bpf/core.c bpf_prog_map_compatible(), `jited`).
 */
#include <stdio.h>
#include <stdlib.h>
#include "session.h"

static const char *gap_of(const struct session *s, const struct guest_prog *p)
{
	const char *why = NULL;
	unsigned int a, b;
	u32 i;

	if (sscanf(s->hello.release, "%u.%u", &a, &b) != 2 || b > 255)
		return NULL;

	for (i = 0; i < p->insn_cnt && !why; i++) {
		why = s->arch->jit_gap(&p->insns[i], VORW_LINUX(a, b));
		if (p->insns[i].code == (BPF_LD | BPF_IMM | BPF_DW))
			i++;
	}
	return why;
}

static bool try_jit(struct session *s, u32 i, struct vorw_err *e)
{
	const struct guest_prog *ref = &s->ref[i];
	struct guest_code code = { .insns = ref->insns, .n = ref->insn_cnt };
	struct guest_clone clone;
	const char *gap;

	if (!s->progs[i].load)
		return true;
	s->progs[i].native = true;
	/* compiled or not: take_native() sees to it */
	if (s->arch->compiles_all)
		return true;
	if (!guest_compile(s->guest, SLOT_REF, i, &code, 1, &clone, e))
		return false;
	s->progs[i].native = clone.image != NULL;
	guest_clones_free(&clone, 1);
	if (s->progs[i].native)
		return true;
	/* bytecode is not decoded like native code: not at the guest's word */
	gap = gap_of(s, ref);
	if (!gap)
		return vorw_fail(e, VORW_R_GUEST,
				 "program '%s': the target's JIT did not compile it, for no reason that is known",
				 session_prog_name(s, i));
	snprintf(s->progs[i].why, sizeof(s->progs[i].why),
		 "%s: not compiled by the target's JIT", gap);
	return true;
}

/* include/linux/bpf.h map_type_contains_progs() */
static bool contains_progs(u32 type)
{
	return type == BPF_MAP_TYPE_PROG_ARRAY ||
	       type == BPF_MAP_TYPE_DEVMAP || type == BPF_MAP_TYPE_CPUMAP;
}

enum { USES = 1, MAY_BE_PUT_THERE = 2, IS_THERE = 4 };

static bool uses(const struct guest_prog *p, u32 map)
{
	u32 k;

	for (k = 0; k < p->nused_maps; k++)
		if (p->used_maps[k] == map)
			return true;
	return false;
}

/*
 * Which programs meet others in which map: meet[map * nprogs + program].
 * A program array is filled at run time, too, so any program of its users'
 * type may end up in it.  Once for all, as numbers are the guest's word.
 */
static u8 *who_meets(const struct session *s)
{
	const u32 n = s->open.nprogs;
	u8 *meet = calloc((size_t)s->maps.nmaps * n + 1, 1), *row;
	u32 m, i, k;

	for (m = 0; meet && m < s->maps.nmaps; m++) {
		row = meet + (size_t)m * n;
		if (!contains_progs(s->maps.maps[m].type))
			continue;
		for (i = 0; i < n; i++)
			row[i] = uses(&s->ref[i], m) ? USES : 0;
		for (i = 0; i < n; i++)
			for (k = 0; k < n && !row[i]; k++)
				if (s->maps.maps[m].type ==
				    BPF_MAP_TYPE_PROG_ARRAY &&
				    row[k] == USES &&
				    s->ref[k].type == s->ref[i].type)
					row[i] = MAY_BE_PUT_THERE;
	}
	for (k = 0; meet && k < s->maps.ninits; k++) {
		const struct guest_init *in = &s->maps.inits[k];

		if (in->kind == VORW_INIT_PROG)
			meet[(size_t)in->map * n + in->value] |= IS_THERE;
	}
	return meet;
}

/* One pass over a map; true when a program had to change its form. */
static bool settle_map(struct session *s, u32 map, const u8 *meets)
{
	u32 i, odd = ~0u;
	bool changed = false;

	for (i = 0; i < s->open.nprogs && odd == ~0u; i++)
		if (s->progs[i].load && !s->progs[i].native && meets[i])
			odd = i;
	if (odd == ~0u)
		return false;
	for (i = 0; i < s->open.nprogs; i++) {
		if (!s->progs[i].native || !meets[i])
			continue;
		s->progs[i].native = false;
		snprintf(s->progs[i].why, sizeof(s->progs[i].why),
			 "shares program array '%.40s' with '%.60s'",
			 s->maps.maps[map].name, session_prog_name(s, odd));
		changed = true;
	}
	return changed;
}

static bool settle(struct session *s, struct vorw_err *e)
{
	u8 *meet = who_meets(s);
	bool changed;
	u32 m;

	if (!meet)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	do {
		changed = false;
		for (m = 0; m < s->maps.nmaps; m++)
			if (contains_progs(s->maps.maps[m].type) &&
			    settle_map(s, m, meet + (size_t)m * s->open.nprogs))
				changed = true;
	} while (changed);
	free(meet);
	return true;
}

bool forms_choose(struct session *s, bool require_native, struct vorw_err *e)
{
	u32 i, nother = 0, first = 0;
	char more[32] = "";

	for (i = 0; i < s->open.nprogs; i++)
		if (!try_jit(s, i, e))
			return false;
	if (!settle(s, e))
		return false;
	s->nnative = 0;
	for (i = 0; i < s->open.nprogs; i++) {
		if (s->progs[i].native) {
			s->nnative++;
		} else if (s->progs[i].load) {
			if (!nother++)
				first = i;
		}
	}
	if (!nother || !require_native)
		return true;
	if (nother > 1)
		snprintf(more, sizeof(more), " (and %u more)", nother - 1);
	return vorw_fail(e, VORW_R_NEED_NATIVE, "program '%s': %s%s",
			 session_prog_name(s, first), s->progs[first].why,
			 more);
}
