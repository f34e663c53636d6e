// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * relink.c - native code with its relocations: found by difference, proven
 * by putting them back.
 *
 * The guest's JIT compiles the program again with every address replaced by
 * a sentinel, in several sets.  Where the images differ there is an address,
 * and the sentinel says which.  Then, for every set and for the real
 * addresses, the canonical image with its relocations applied has to be what
 * the JIT made; a byte that is not explained refuses the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include "session.h"
#include "vorw_ksyms.h"
#include "vorw_reloc.h"

#define INTERNAL ~0u

struct found {
	struct vreloc v;
	u32 from;	/* index in vprog.rel; INTERNAL: the JIT's own */
};

struct relink {
	struct session *s;
	struct vprog *p;
	const char *name;
	u32 prog, slot;
	u8 *clone[VORW_SENTINEL_SETS];
	u32 len[VORW_SENTINEL_SETS];
	struct found *found;
	u32 nfound;
	struct vorw_err *e;
};

static bool fail(struct relink *r, const char *why, u32 off)
{
	return vorw_fail(r->e, VORW_R_RELINK, "program '%s', offset %u: %s",
			 r->name, off, why);
}

/* The program's instructions with each relocation's address from set. */
static bool with_sentinels(struct relink *r, u32 set, struct bpf_insn *out)
{
	const struct vprog *p = r->p;
	u32 k;

	memcpy(out, p->cap.insns, p->cap.insn_cnt * sizeof(*out));
	for (k = 0; k < p->nrel; k++) {
		const struct vreloc *v = &p->rel[k];
		u8 *f = (u8 *)out + v->off;

		if (vorw_reloc_clear(v->form, f) != VORW_R_OK ||
		    vorw_reloc_apply(v->form, f, r->s->arch->sentinel(set, k),
				     r->s->hello.call_base,
				     r->s->arch->word) != VORW_R_OK)
			return fail(r, "instruction cannot hold an address",
				    v->off);
	}
	return true;
}

static bool compile_clones(struct relink *r)
{
	struct bpf_insn *insns;
	bool ok = true;
	u32 set;

	insns = malloc(r->p->cap.insn_cnt * sizeof(*insns));
	if (!insns)
		return vorw_fail(r->e, VORW_R_NO_MEMORY, "out of memory");
	for (set = 0; ok && set < VORW_SENTINEL_SETS; set++) {
		ok = with_sentinels(r, set, insns) &&
		     guest_compile(r->s->guest, r->slot, r->prog, insns,
				   r->p->cap.insn_cnt, &r->clone[set],
				   &r->len[set], r->e);
		if (ok && (!r->clone[set] || r->len[set] != r->len[0] ||
			   r->len[set] % 4))
			ok = fail(r, "compiled copies differ in length", 0);
	}
	free(insns);
	return ok;
}

/* An address stands at off in all clones. */
static void add_reloc(struct relink *r, u32 off, const struct vreloc *v,
		      u32 from)
{
	struct found *f = &r->found[r->nfound++];

	f->v = *v;
	f->v.off = off;
	f->v.form = r->s->arch->addr_form;
	f->from = from;
}

/* Each address once and in the program's order: JITs translate so. */
static bool find_by_difference(struct relink *r)
{
	u32 form = r->s->arch->addr_form, size = vorw_form_size(form);
	u32 off = 0, set, k = 0;
	u64 addr;

	while (off < r->len[0]) {
		if (!memcmp(r->clone[0] + off, r->clone[1] + off, 4) &&
		    !memcmp(r->clone[0] + off, r->clone[2] + off, 4)) {
			off += 4;
			continue;
		}
		for (set = 0; set < VORW_SENTINEL_SETS; set++) {
			if (off + size > r->len[0] ||
			    vorw_reloc_read(form, r->clone[set] + off, &addr, 0,
					    r->s->arch->word) != VORW_R_OK)
				return fail(r, "copies differ where no address is",
					    off);
			if (k >= r->p->nrel ||
			    addr != r->s->arch->sentinel(set, k))
				return fail(r, "not the address that is next in the program",
					    off);
		}
		add_reloc(r, off, &r->p->rel[k], k);
		off += size;
		k++;
	}
	if (k == r->p->nrel)
		return true;
	return vorw_fail(r->e, VORW_R_RELINK,
			 "program '%s': the address in instruction %u is not in its native code",
			 r->name, r->p->rel[k].off / 8);
}

static int by_off(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->v.off < y->v.off ? -1 : x->v.off > y->v.off;
}

/* Calls whose target stayed the same: routines of the JIT itself. */
static bool find_internal_calls(struct relink *r)
{
	const struct vorw_arch *a = r->s->arch;
	u32 pos = 0, n = r->nfound;
	struct found key;

	while (a->next_call(r->clone[0], r->len[0], &pos, &key.v.off)) {
		struct vreloc v = { .kind = VORW_REL_KSYM };
		struct guest_sym sym;
		u32 off = key.v.off;

		if (off == ~0u)
			return fail(r, "a call whose target is not known",
				    pos - 4);
		if (bsearch(&key, r->found, n, sizeof(key), by_off))
			continue;
		if (vorw_reloc_read(a->addr_form, r->clone[0] + off, &v.addr,
				    0, a->word) != VORW_R_OK)
			return fail(r, "a call whose target is not known", off);
		if (!guest_syms(r->s->guest, &v.addr, 1, &sym, r->e))
			return false;
		if (sym.addr != v.addr || sym.same_name != 1 || sym.module ||
		    !vorw_ksym_allowed(a->machine, sym.name))
			return vorw_fail(r->e, VORW_R_RELINK,
					 "program '%s', offset %u: calls %s, which a blob may not",
					 r->name, off,
					 sym.name[0] ? sym.name : "?");
		snprintf(v.ksym, sizeof(v.ksym), "%s", sym.name);
		add_reloc(r, off, &v, INTERNAL);
	}
	qsort(r->found, r->nfound, sizeof(*r->found), by_off);
	return true;
}

static bool make_canonical(struct relink *r)
{
	struct vprog *p = r->p;
	u32 k;

	p->image_len = r->len[0];
	p->image = malloc(p->image_len);
	if (!p->image)
		return vorw_fail(r->e, VORW_R_NO_MEMORY, "out of memory");
	memcpy(p->image, r->clone[0], p->image_len);
	p->ncrel = r->nfound;
	p->crel = calloc(p->ncrel + 1, sizeof(*p->crel));
	if (!p->crel)
		return vorw_fail(r->e, VORW_R_NO_MEMORY, "out of memory");
	for (k = 0; k < p->ncrel; k++)
		p->crel[k] = r->found[k].v;
	for (k = 0; k < p->ncrel; k++)
		if (vorw_reloc_clear(p->crel[k].form,
				     p->image + p->crel[k].off) != VORW_R_OK)
			return fail(r, "no address field", p->crel[k].off);
	return true;
}

/* The address of relocation k when the JIT compiled with set. */
static u64 address_in(const struct relink *r, u32 set, u32 k)
{
	const struct found *f = &r->found[k];

	return f->from == INTERNAL ? f->v.addr :
	       r->s->arch->sentinel(set, f->from);
}

/* R(canonical, addresses of set) == clone of set, for each set. */
static bool check_clones(struct relink *r)
{
	struct vprog *p = r->p;
	u8 *img = malloc(p->image_len);
	bool ok = img != NULL;
	u32 set, k;

	if (!ok)
		return vorw_fail(r->e, VORW_R_NO_MEMORY, "out of memory");
	for (set = 0; ok && set < VORW_SENTINEL_SETS; set++) {
		memcpy(img, p->image, p->image_len);
		for (k = 0; ok && k < p->ncrel; k++)
			if (vorw_reloc_apply(p->crel[k].form,
					     img + p->crel[k].off,
					     address_in(r, set, k), 0,
					     r->s->arch->word) != VORW_R_OK)
				ok = fail(r, "address does not fit",
					  p->crel[k].off);
		if (ok && memcmp(img, r->clone[set], p->image_len))
			ok = fail(r, "relinked image is not the JIT's", set);
	}
	free(img);
	return ok;
}

/* With the real addresses: clone == the kernel's own == ours. */
static bool check_real(struct relink *r)
{
	struct vprog *p = r->p;
	struct vcode c = {
		.p = p->image, .len = p->image_len,
		.rel = p->crel, .nrel = p->ncrel,
		.insns = p->cap.insns, .ninsns = p->cap.insn_cnt,
		.insn_rel = p->rel, .ninsn_rel = p->nrel,
		.tail_words = r->s->tail_words,
		.stack_depth = p->cap.stack_depth,
	};
	u32 len = 0;
	u8 *img = NULL;
	bool ok;

	if (!guest_compile(r->s->guest, r->slot, r->prog, p->cap.insns,
			   p->cap.insn_cnt, &img, &len, r->e))
		return false;
	if (!img || len != p->cap.image_len ||
	    memcmp(img, p->cap.image, len))
		ok = fail(r, "the JIT does not make the kernel's own image again",
			  0);
	else
		ok = r->s->arch->validate(&c, r->name, &p->cpu_features,
					  r->e) &&
		     r->s->arch->same_code(&c, p->cap.image,
					   p->cap.image_len, r->e);
	free(img);
	p->kernel_len = len;
	return ok;
}

bool relink_native(struct session *s, u32 prog, u32 slot, struct vorw_err *e)
{
	struct vprog *p = &s->progs[prog];
	struct relink r = {
		.s = s, .p = p, .name = session_prog_name(s, prog),
		.prog = prog, .slot = slot, .e = e,
	};
	u32 set;
	bool ok;

	if (p->nrel > s->arch->max_sentinels)
		return vorw_fail(e, VORW_R_LIMIT,
				 "program '%s': %u relocations, the limit is %u",
				 r.name, p->nrel, s->arch->max_sentinels);
	ok = compile_clones(&r);
	if (ok) {
		r.found = calloc(r.len[0] / vorw_form_size(s->arch->addr_form) + 1,
				 sizeof(*r.found));
		ok = r.found ? find_by_difference(&r) && find_internal_calls(&r) &&
			       make_canonical(&r) && check_clones(&r) &&
			       check_real(&r) :
			       vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	for (set = 0; set < VORW_SENTINEL_SETS; set++)
		free(r.clone[set]);
	free(r.found);
	return ok;
}
