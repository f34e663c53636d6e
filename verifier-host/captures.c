// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* captures.c - is what the guest sent of a load something to go on with? */
#include <string.h>
#include "session_int.h"
#include "vorw_not_carried.h"

bool check_inits(const struct session *s, const struct guest_maps *m,
		 struct vorw_err *e)
{
	u32 i;

	for (i = 0; i < m->ninits; i++) {
		const struct guest_init *in = &m->inits[i];
		bool ok = in->map < m->nmaps;

		if (in->kind == VORW_INIT_PROG)
			ok = ok && in->value < s->open.nprogs &&
			     s->progs[in->value].load;
		else if (in->kind == VORW_INIT_MAP)
			ok = ok && in->value < m->nmaps;
		if (!ok)
			return vorw_fail(e, VORW_R_GUEST,
					 "verification VM sent a map initialiser out of range");
	}
	return true;
}

/* Numbers that a blob can hold. */
static bool check_sizes(const struct session *s, u32 i,
			const struct guest_prog *p, struct vorw_err *e)
{
	u64 code = 0;
	u32 k;

	if (p->nused_maps > VORW_MAX_USED_MAPS)
		return vorw_fail(e, VORW_R_LIMIT,
				 "program '%s': %u maps, the limit is %u",
				 session_prog_name(s, i), p->nused_maps,
				 VORW_MAX_USED_MAPS);
	if (!p->insn_cnt || p->insn_cnt > VORW_MAX_INSNS)
		return vorw_fail(e, VORW_R_LIMIT,
				 "program '%s': %u instructions, the limit is %u",
				 session_prog_name(s, i), p->insn_cnt,
				 VORW_MAX_INSNS);
	/* what the kernel counts on the device: subprograms, too */
	if (p->orig_insn_cnt < s->open.progs[i].insn_cnt ||
	    !p->orig_insn_cnt || p->orig_insn_cnt > VORW_MAX_INSNS)
		return vorw_fail(e, VORW_R_GUEST,
				 "program '%s': %u instructions were submitted, of %u",
				 session_prog_name(s, i), p->orig_insn_cnt,
				 s->open.progs[i].insn_cnt);
	for (k = 0; k < p->nparts; k++)
		code += p->parts[k].image_len;
	if (code > VORW_MAX_BLOB)
		return vorw_fail(e, VORW_R_LIMIT,
				 "program '%s': %llu bytes of machine code, a blob has at most %u",
				 session_prog_name(s, i),
				 (unsigned long long)code, VORW_MAX_BLOB);
	return true;
}

bool check_capture(const struct session *s, u32 i, const struct guest_prog *p,
		   struct vorw_err *e)
{
	/* what bpf_check() left behind */
	const struct {
		bool has;
		const char *what;
	} not_carried[] = {
		{ p->attach_btf_id != 0, "attaches by kernel BTF" },
		{ p->used_btf_cnt != 0, "refers to kernel BTF" },
		{ p->num_exentries != 0 && !s->arch->find_faults,
		  "has an exception table" },
		{ p->size_poke_tab != 0 && s->arch->patches_tail_calls,
		  "has patched tail calls" },
#define X(name, text) { p->not_carried & VORW_NC_##name, text },
		VORW_NOT_CARRIED(X)
#undef X
		{ p->not_carried >> VORW_NC_CNT, "does something unknown" },
	};
	size_t k;

	for (k = 0; k < sizeof(not_carried) / sizeof(not_carried[0]); k++)
		if (not_carried[k].has)
			return vorw_fail(e, VORW_R_UNSUPPORTED,
					 "program '%s' %s, which a blob cannot carry",
					 session_prog_name(s, i),
					 not_carried[k].what);
	if (!check_sizes(s, i, p, e))
		return false;
	for (k = 0; k < p->nparts; k++)
		if (p->parts[k].num_exentries != p->parts[k].nfaults)
			return vorw_fail(e, VORW_R_UNSUPPORTED,
					 "program '%s' has an exception table, which a blob cannot carry",
					 session_prog_name(s, i));
	/* the main function is what a program of one function is */
	if (p->nparts != (p->func_cnt && p->jited ? p->func_cnt : p->jited) ||
	    (p->nparts && p->parts[0].stack_depth != p->stack_depth))
		return vorw_fail(e, VORW_R_GUEST,
				 "program '%s': %u functions, %u of them compiled",
				 session_prog_name(s, i), p->func_cnt,
				 p->nparts);
	return true;
}

static bool same_parts(const struct guest_prog *a, const struct guest_prog *b)
{
	u32 k;

	/* one of the two loads may have been with the JIT off */
	if (!a->nparts || !b->nparts)
		return true;
	if (a->nparts != b->nparts)
		return false;
	for (k = 0; k < a->nparts; k++)
		if (a->parts[k].facts != b->parts[k].facts ||
		    a->parts[k].stack_depth != b->parts[k].stack_depth)
			return false;
	return true;
}

bool same_facts(const struct session *s, u32 i, const struct guest_prog *a,
		const struct guest_prog *b, struct vorw_err *e)
{
	if (a->facts == b->facts && !memcmp(a->tag, b->tag, sizeof(a->tag)) &&
	    a->type == b->type &&
	    a->expected_attach_type == b->expected_attach_type &&
	    a->stack_depth == b->stack_depth &&
	    a->max_ctx_offset == b->max_ctx_offset &&
	    a->max_pkt_offset == b->max_pkt_offset &&
	    a->max_tp_access == b->max_tp_access &&
	    a->max_rdonly_access == b->max_rdonly_access &&
	    a->max_rdwr_access == b->max_rdwr_access &&
	    a->prog_flags == b->prog_flags &&
	    a->orig_insn_cnt == b->orig_insn_cnt &&
	    a->nused_maps == b->nused_maps &&
	    !memcmp(a->used_maps, b->used_maps,
		    a->nused_maps * sizeof(*a->used_maps)) &&
	    same_parts(a, b))
		return true;
	return vorw_fail(e, VORW_R_RELINK,
			 "program '%s': two loads gave different facts",
			 session_prog_name(s, i));
}
