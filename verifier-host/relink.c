// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * relink.c - native code with its relocations: found by difference, proven
 * by putting them back.
 *
 * The guest's JIT compiles the program again with every address replaced by
 * a sentinel, in several sets.  Where the images differ there is an address,
 * and the sentinel says which.  Then, for every set, the canonical image with
 * its relocations applied has to be what the JIT made, and with the real
 * addresses it has to be the kernel's own code; a byte that is not explained
 * refuses the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include "session.h"
#include "vorw_ksyms.h"
#include "vorw_machine.h"
#include "vorw_reloc.h"

#define INTERNAL ~0u
#define STACK (~0u - 1)

struct found {
	struct vreloc v;
	u32 from;	/* index in vpart.rel; INTERNAL: the JIT's own;
			 * STACK: the function's own stack */
};

/* One compilation of all parts with one set of addresses. */
struct relink {
	struct session *s;
	struct vprog *p;
	const char *name;
	u32 prog, slot, nparts;
	struct vaddr_space space;
	struct guest_clone *clone[VORW_SENTINEL_SETS];
	u32 *base;	/* per part: number of its first sentinel */
	struct vorw_err *e;

	/* the part in question */
	u32 part;
	struct vpart *vp;
	struct found *found;
	u32 nfound;
};

static bool fail(struct relink *r, const char *why, u32 off)
{
	if (r->nparts > 1)
		return vorw_fail(r->e, VORW_R_RELINK,
				 "program '%s', function %u, offset %u: %s",
				 r->name, r->part, off, why);
	return vorw_fail(r->e, VORW_R_RELINK, "program '%s', offset %u: %s",
			 r->name, off, why);
}

static bool no_memory(struct relink *r)
{
	return vorw_fail(r->e, VORW_R_NO_MEMORY, "out of memory");
}

/* The address that stood for relocation k of a part when the JIT compiled with
 * set: parts have the first numbers, then comes each relocation. */
static u64 sentinel(const struct relink *r, u32 set, u32 part, u32 k)
{
	const struct vreloc *v = &r->p->parts[part].rel[k];
	const struct vorw_arch *a = r->s->arch;

	if (v->kind == VORW_REL_PART)
		return a->sentinel(&r->space, set, v->sym, true);
	return a->sentinel(&r->space, set, r->base[part] + k,
			   v->form == VORW_ENC_BPF_CALL ||
			   v->form == VORW_ENC_BPF_MOVS32);
}

/* The same of the part's own stack; 0: it has none. */
static u64 stack_sentinel(const struct relink *r, u32 set, u32 part)
{
	if (!r->p->cap.parts[part].priv_stack)
		return 0;
	return r->s->arch->sentinel(&r->space, set, r->base[part] - 1, false);
}

/* Each part's first sentinel, behind one for each part itself and one for the
 * part's own stack. */
static bool number_sentinels(struct relink *r)
{
	u32 k, n = r->nparts > 1 ? r->nparts : 0;

	for (k = 0; k < r->nparts; k++) {
		r->base[k] = ++n;
		if (n > r->s->arch->max_sentinels ||
		    r->p->parts[k].nrel > r->s->arch->max_sentinels - n)
			return vorw_fail(r->e, VORW_R_LIMIT,
					 "program '%s': %u relocations and more, the limit is %u",
					 r->name, n + r->p->parts[k].nrel,
					 r->s->arch->max_sentinels);
		n += r->p->parts[k].nrel;
	}
	return true;
}

/* A part's instructions with each relocation's address from set. */
static struct bpf_insn *with_sentinels(struct relink *r, u32 set, u32 part)
{
	const struct guest_part *cap = &r->p->cap.parts[part];
	const struct vpart *p = &r->p->parts[part];
	struct vorw_place place = { .base = r->s->hello.call_base,
				    .word = r->s->arch->word };
	struct bpf_insn *out = malloc(cap->insn_cnt * sizeof(*out));
	u32 k;

	if (!out) {
		no_memory(r);
		return NULL;
	}
	memcpy(out, cap->insns, cap->insn_cnt * sizeof(*out));
	for (k = 0; k < p->nrel; k++) {
		const struct vreloc *v = &p->rel[k];
		u8 *f = (u8 *)out + v->off;

		/* the guest puts those in, as jit_subprogs() does */
		if (v->kind == VORW_REL_PART)
			continue;
		if (vorw_reloc_clear(v->form, f) != VORW_R_OK ||
		    vorw_reloc_apply(v->form, f, sentinel(r, set, part, k),
				     &place) != VORW_R_OK) {
			r->part = part;
			fail(r, "instruction cannot hold an address", v->off);
			free(out);
			return NULL;
		}
	}
	return out;
}

static bool compile_set(struct relink *r, u32 set)
{
	struct guest_code *code = calloc(r->nparts, sizeof(*code));
	bool ok = code != NULL;
	u32 k;

	if (!ok)
		return no_memory(r);
	for (k = 0; ok && k < r->nparts; k++) {
		code[k].n = r->p->cap.parts[k].insn_cnt;
		code[k].insns = with_sentinels(r, set, k);
		code[k].priv_stack = stack_sentinel(r, set, k);
		if (r->nparts > 1)
			code[k].addr = r->s->arch->sentinel(&r->space, set, k,
							    true);
		ok = code[k].insns != NULL;
	}
	ok = ok && guest_compile(r->s->guest, r->slot, r->prog, code,
				 r->nparts, r->clone[set], r->e);
	for (k = 0; k < r->nparts; k++)
		free((void *)code[k].insns);
	free(code);
	for (k = 0; ok && k < r->nparts; k++) {
		const struct guest_clone *c = &r->clone[set][k];

		r->part = k;
		if (!c->image || c->len != r->clone[0][k].len ||
		    c->len % vorw_machine(r->s->arch->machine)->insn)
			ok = fail(r, "compiled copies differ in length", 0);
	}
	return ok;
}

static const u8 *image(const struct relink *r, u32 set)
{
	return r->clone[set][r->part].image;
}

static u32 len(const struct relink *r)
{
	return r->clone[0][r->part].len;
}

static struct vorw_place place_in(const struct relink *r, u32 set, u32 off)
{
	return (struct vorw_place){
		.at = r->clone[set][r->part].addr + off,
		.base = r->s->hello.call_base,
		.word = r->s->arch->word,
	};
}

static void add_reloc(struct relink *r, u32 off, u16 form,
		      const struct vreloc *v, u32 from)
{
	struct found *f = &r->found[r->nfound++];

	f->v = *v;
	f->v.off = off;
	f->v.form = form;
	f->from = from;
}

/* The first byte at or behind off that is not the same in all copies. */
static u32 next_difference(const struct relink *r, u32 off)
{
	u32 set;

	for (; off < len(r); off++)
		for (set = 1; set < VORW_SENTINEL_SETS; set++)
			if (image(r, set)[off] != image(r, 0)[off])
				return off;
	return off;
}

/* Does this form, at off, hold addresses in all copies? */
static bool form_at(const struct relink *r, u16 form, u32 off,
		    u64 addr[VORW_SENTINEL_SETS])
{
	u32 set, size = vorw_form_size(form);

	if (off % vorw_form_align(form) || size > len(r) ||
	    off > len(r) - size)
		return false;
	for (set = 0; set < VORW_SENTINEL_SETS; set++) {
		struct vorw_place place = place_in(r, set, off);

		if (vorw_reloc_read(form, image(r, set) + off, &addr[set],
				    &place) != VORW_R_OK)
			return false;
	}
	return true;
}

/* Does the stack of its own go into the frame pointer here, once? */
static bool explain_stack(struct relink *r, u32 off, u16 form,
			  const u64 addr[VORW_SENTINEL_SETS])
{
	const struct guest_part *cap = &r->p->cap.parts[r->part];
	struct vreloc v = { .kind = VORW_REL_PRIV_STACK };
	u32 set;

	if (!cap->priv_stack || !vorw_form_fits(v.kind, form) ||
	    (r->nfound && r->found[0].from == STACK))
		return false;
	v.addend = addr[0] - stack_sentinel(r, 0, r->part);
	for (set = 0; set < VORW_SENTINEL_SETS; set++)
		if (addr[set] - stack_sentinel(r, set, r->part) != v.addend)
			return false;
	v.addr = cap->priv_stack + v.addend;
	add_reloc(r, off, form, &v, STACK);
	return true;
}

/*
 * What explains a difference at diff, at or behind from?  The address that is
 * next in the program; or one that is none of the program's and only looks
 * different because the copies are in different places.
 */
static bool explain(struct relink *r, u32 from, u32 diff, u32 *k, u32 *end)
{
	const struct vreloc *next = *k < r->vp->nrel ? &r->vp->rel[*k] : NULL;
	u64 addr[VORW_SENTINEL_SETS];
	bool address = false;
	const u16 *form;
	u32 off, set;

	for (form = r->s->arch->forms; *form; form++) {
		u32 size = vorw_form_size(*form);

		off = diff - from >= size ? diff - size + 1 : from;
		for (; off <= diff; off++) {
			if (!form_at(r, *form, off, addr))
				continue;
			address = true;
			for (set = 0; set < VORW_SENTINEL_SETS; set++)
				if (!next || addr[set] !=
				    sentinel(r, set, r->part, *k))
					break;
			*end = off + size;
			if (set == VORW_SENTINEL_SETS &&
			    vorw_form_fits(next->kind, *form)) {
				add_reloc(r, off, *form, next, *k);
				++*k;
				return true;
			}
			if (addr[0] == addr[1] && addr[0] == addr[2])
				return true;
			if (explain_stack(r, off, *form, addr))
				return true;
		}
	}
	return fail(r, address ? "not the address that is next in the program" :
				 "copies differ where no address is", diff);
}

/* Each address once and in the program's order: JITs translate so. */
static bool find_by_difference(struct relink *r)
{
	u32 end = 0, diff, k = 0;

	while ((diff = next_difference(r, end)) < len(r))
		if (!explain(r, end, diff, &k, &end))
			return false;
	if (k == r->vp->nrel)
		return true;
	return vorw_fail(r->e, VORW_R_RELINK,
			 "program '%s': the address in instruction %u is not in its native code",
			 r->name, r->vp->rel[k].off / 8);
}

static int by_off(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->v.off < y->v.off ? -1 : x->v.off > y->v.off;
}

/* A place that holds the same address in all copies: what is there? */
static bool add_internal(struct relink *r, u32 off, u16 form)
{
	const struct vorw_arch *a = r->s->arch;
	struct vreloc v = { .kind = VORW_REL_KSYM };
	u64 addr[VORW_SENTINEL_SETS];
	struct guest_sym sym;

	if (!form_at(r, form, off, addr) || addr[1] != addr[0] ||
	    addr[2] != addr[0])
		return fail(r, "a call whose target is not known", off);
	v.addr = addr[0];
	if (v.addr && v.addr == r->s->hello.return_thunk &&
	    vorw_form_fits(VORW_REL_KPTR, form)) {
		v.kind = VORW_REL_KPTR;
		strcpy(v.ksym, "x86_return_thunk");
		add_reloc(r, off, form, &v, INTERNAL);
		return true;
	}
	if (!guest_syms(r->s->guest, &v.addr, 1, &sym, r->e))
		return false;
	if (!vorw_form_fits(v.kind, form) ||
	    (vorw_kvar_allowed(a->machine, sym.name) &&
	     vorw_form_fits(VORW_REL_KVAR, form)))
		v.kind = VORW_REL_KVAR;
	if (sym.addr != v.addr || sym.same_name != 1 || sym.module ||
	    !(v.kind == VORW_REL_KVAR ?
	      vorw_kvar_allowed(a->machine, sym.name) :
	      vorw_ksym_allowed(a->machine, sym.name)))
		return vorw_fail(r->e, VORW_R_RELINK,
				 "program '%s', offset %u: %s %s, which a blob may not",
				 r->name, off,
				 v.kind == VORW_REL_KVAR ? "uses" : "calls",
				 sym.name[0] ? sym.name : "?");
	snprintf(v.ksym, sizeof(v.ksym), "%s", sym.name);
	add_reloc(r, off, form, &v, INTERNAL);
	return true;
}

/* What the arguments of vorw_arch's functions say of the code at hand. */
static struct vcode code_of(const struct relink *r, const u8 *p, u32 len)
{
	const struct guest_part *cap = &r->p->cap.parts[r->part];

	return (struct vcode){
		.p = p, .len = len,
		.rel = r->vp->crel, .nrel = r->vp->ncrel,
		.insns = cap->insns, .ninsns = cap->insn_cnt,
		.insn_rel = r->vp->rel, .ninsn_rel = r->vp->nrel,
		.part = r->part, .facts = cap->facts,
		.tail_words = r->s->tail_words,
		.stack_depth = cap->stack_depth,
	};
}

static bool find_internal_fields(struct relink *r)
{
	struct vcode c = code_of(r, image(r, 0), len(r));
	struct vfield *f = NULL;
	u32 k, n = 0, known = r->nfound;
	struct found key;
	bool ok;

	ok = r->s->arch->find_fields(&c, r->clone[0][r->part].addr, r->name,
				     &f, &n, r->e);
	for (k = 0; ok && k < n; k++) {
		key.v.off = f[k].off;
		if (!bsearch(&key, r->found, known, sizeof(key), by_off))
			ok = add_internal(r, f[k].off, f[k].form);
	}
	free(f);
	qsort(r->found, r->nfound, sizeof(*r->found), by_off);
	return ok;
}

static bool find_internal_calls(struct relink *r)
{
	u32 pos = 0, n = r->nfound;
	struct found key;
	u16 form = 0;

	while (r->s->arch->next_addr(image(r, 0), len(r), &pos, &key.v.off,
				     &form)) {
		if (key.v.off == ~0u)
			return fail(r, "a call whose target is not known", pos);
		if (bsearch(&key, r->found, n, sizeof(key), by_off))
			continue;
		if (!add_internal(r, key.v.off, form))
			return false;
	}
	qsort(r->found, r->nfound, sizeof(*r->found), by_off);
	return true;
}

/* Addresses that are the JIT's own: its routines, its literals. */
static bool find_internal(struct relink *r)
{
	if (r->s->arch->find_fields)
		return find_internal_fields(r);
	return find_internal_calls(r);
}

static bool make_canonical(struct relink *r)
{
	struct vpart *p = r->vp;
	u32 k;

	p->image_len = len(r);
	p->image = malloc(p->image_len);
	if (!p->image)
		return no_memory(r);
	memcpy(p->image, image(r, 0), p->image_len);
	p->ncrel = r->nfound;
	p->crel = calloc(p->ncrel + 1, sizeof(*p->crel));
	if (!p->crel)
		return no_memory(r);
	for (k = 0; k < p->ncrel; k++)
		p->crel[k] = r->found[k].v;
	for (k = 0; k < p->ncrel; k++)
		if (vorw_reloc_clear(p->crel[k].form,
				     p->image + p->crel[k].off) != VORW_R_OK)
			return fail(r, "no address field", p->crel[k].off);
	return true;
}

/* R(canonical, addresses of set) == clone of set, for each set. */
static bool check_clones(struct relink *r)
{
	struct vpart *p = r->vp;
	u8 *img = malloc(p->image_len);
	bool ok = img != NULL;
	u32 set, k;

	if (!ok)
		return no_memory(r);
	for (set = 0; ok && set < VORW_SENTINEL_SETS; set++) {
		memcpy(img, p->image, p->image_len);
		for (k = 0; ok && k < p->ncrel; k++) {
			const struct found *f = &r->found[k];
			struct vorw_place place = place_in(r, set, f->v.off);
			u64 addr = f->from == INTERNAL ? f->v.addr :
				   f->from == STACK ? f->v.addend +
				   stack_sentinel(r, set, r->part) :
				   sentinel(r, set, r->part, f->from);

			if (vorw_reloc_apply(f->v.form, img + f->v.off, addr,
					     &place) != VORW_R_OK)
				ok = fail(r, "address does not fit", f->v.off);
		}
		if (ok && memcmp(img, image(r, set), p->image_len))
			ok = fail(r, "relinked image is not the JIT's", set);
	}
	free(img);
	return ok;
}

/* With the real addresses, ours is the kernel's own. */
static bool check_real(struct relink *r)
{
	const struct guest_part *cap = &r->p->cap.parts[r->part];
	struct vcode c = code_of(r, r->vp->image, r->vp->image_len);

	return r->s->arch->validate(&c, r->name, &r->p->cpu_features, r->e) &&
	       r->s->arch->same_code(&c, cap->image, cap->image_len, cap->addr,
				     r->e);
}

/* Is the kernel's exception table that of the code? */
static bool check_faults(struct relink *r)
{
	const struct guest_part *cap = &r->p->cap.parts[r->part];
	struct vcode c = code_of(r, r->vp->image, r->vp->image_len);
	struct vorw_fault_h *f;
	u32 n = 0;
	bool ok;

	if (!r->s->arch->find_faults)
		return true;
	f = calloc(cap->insn_cnt + 1, sizeof(*f));
	if (!f)
		return no_memory(r);
	ok = r->s->arch->find_faults(&c, f, &n, r->e);
	if (ok && (n != cap->nfaults ||
		   memcmp(f, cap->faults, n * sizeof(*f))))
		ok = fail(r, "loads that may fault are not those of the exception table",
			  n);
	free(f);
	return ok;
}

static bool relink_part(struct relink *r, u32 part)
{
	bool ok;

	r->part = part;
	r->vp = &r->p->parts[part];
	r->nfound = 0;
	/* a call takes more than a byte, and so does an address */
	r->found = calloc(len(r) + 1, sizeof(*r->found));
	if (!r->found)
		return no_memory(r);
	ok = find_by_difference(r) && find_internal(r) && make_canonical(r) &&
	     check_clones(r) && check_real(r) && check_faults(r);
	free(r->found);
	r->found = NULL;
	return ok;
}

/* The JIT with the real addresses again: what we compile with is what the
 * kernel's own image was made by.  (Where code depends on its place, only
 * same_code() can tell.) */
static bool compile_real(struct relink *r)
{
	struct guest_clone *clone = calloc(r->nparts, sizeof(*clone));
	struct guest_code *code = calloc(r->nparts, sizeof(*code));
	bool ok = clone && code;
	u32 k;

	for (k = 0; ok && k < r->nparts; k++)
		code[k] = (struct guest_code){
			r->p->cap.parts[k].insns, r->p->cap.parts[k].insn_cnt,
			r->nparts > 1 ? r->p->cap.parts[k].addr : 0,
			r->p->cap.parts[k].priv_stack,
		};
	ok = ok ? guest_compile(r->s->guest, r->slot, r->prog, code, r->nparts,
				clone, r->e) : no_memory(r);
	for (k = 0; ok && k < r->nparts; k++) {
		const struct guest_part *cap = &r->p->cap.parts[k];

		r->part = k;
		if (!clone[k].image || clone[k].len != cap->image_len ||
		    memcmp(clone[k].image, cap->image, cap->image_len))
			ok = fail(r, "the JIT does not make the kernel's own image again",
				  0);
	}
	if (clone)
		guest_clones_free(clone, r->nparts);
	free(clone);
	free(code);
	return ok;
}

/* Pokes of a part, each of which was in no other. */
static bool place_pokes(struct relink *r, u32 part, const struct guest_poke *g,
			u32 n, u32 *nfound)
{
	const struct bpf_insn *insns = r->p->cap.parts[part].insns;
	struct vcode c;
	struct vpoke *pokes;
	u32 k, cnt;
	bool ok;

	r->part = part;
	r->vp = &r->p->parts[part];
	c = code_of(r, r->vp->image, r->vp->image_len);
	pokes = calloc(r->p->cap.parts[part].insn_cnt + 1, sizeof(*pokes));
	if (!pokes)
		return no_memory(r);
	ok = r->s->arch->find_pokes(&c, pokes, &cnt, r->e);
	for (k = 0; ok && k < cnt; k++) {
		u32 i = (u32)insns[pokes[k].insn].imm - 1;

		if (i >= n || r->p->pokes[i].target) {
			ok = fail(r, "a tail call with no descriptor of its own",
				  pokes[k].bypass);
			break;
		}
		r->p->pokes[i] = (struct vorw_poke_h){
			.part = part, .map = g[i].map, .key = g[i].key,
			.bypass = pokes[k].bypass, .target = pokes[k].target,
			.adj_off = pokes[k].adj_off,
		};
		++*nfound;
	}
	free(pokes);
	return ok;
}

static int by_place(const void *a, const void *b)
{
	const struct vorw_poke_h *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return x->bypass < y->bypass ? -1 : x->bypass > y->bypass;
}

/* Descriptors of patched tail calls: what from the guest, where from code. */
static bool find_pokes(struct relink *r)
{
	struct guest_poke *g = NULL;
	u32 k, n = 0, nfound = 0;
	bool ok;

	if (!r->s->arch->find_pokes || !r->p->cap.size_poke_tab)
		return true;
	ok = guest_pokes(r->s->guest, r->slot, r->prog,
			 r->s->maps.nmaps, &g, &n, r->e);
	if (ok && n != r->p->cap.size_poke_tab)
		ok = vorw_fail(r->e, VORW_R_GUEST,
			       "verification VM sent %u tail calls of %u", n,
			       r->p->cap.size_poke_tab);
	if (ok) {
		r->p->pokes = calloc(n, sizeof(*r->p->pokes));
		ok = r->p->pokes || no_memory(r);
	}
	for (k = 0; ok && k < r->nparts; k++)
		ok = place_pokes(r, k, g, n, &nfound);
	if (ok && nfound != n)
		ok = fail(r, "a tail call's descriptor is not in the code", 0);
	if (ok)
		qsort(r->p->pokes, n, sizeof(*r->p->pokes), by_place);
	free(g);
	return ok;
}

bool relink_native(struct session *s, u32 prog, u32 slot, struct vorw_err *e)
{
	struct vprog *p = &s->progs[prog];
	struct relink r = {
		.s = s, .p = p, .name = session_prog_name(s, prog),
		.prog = prog, .slot = slot, .nparts = p->cap.nparts, .e = e,
		.space = { s->hello.call_base, p->cap.parts[0].addr },
	};
	u32 set, k;
	bool ok;

	r.base = calloc(r.nparts, sizeof(*r.base));
	ok = r.base ? number_sentinels(&r) : no_memory(&r);
	for (set = 0; ok && set < VORW_SENTINEL_SETS; set++) {
		r.clone[set] = calloc(r.nparts, sizeof(*r.clone[set]));
		ok = r.clone[set] ? compile_set(&r, set) : no_memory(&r);
	}
	for (k = 0; ok && k < r.nparts; k++)
		ok = relink_part(&r, k);
	ok = ok && find_pokes(&r);
	if (ok && !s->arch->pc_relative)
		ok = compile_real(&r);
	for (set = 0; set < VORW_SENTINEL_SETS && r.clone[set]; set++) {
		guest_clones_free(r.clone[set], r.nparts);
		free(r.clone[set]);
	}
	free(r.base);
	return ok;
}
