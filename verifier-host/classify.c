// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * classify.c - which immediates of rewritten instructions are addresses.
 *
 * After a load the verifier's marks are gone (kernel/bpf/verifier.c,
 * convert_pseudo_ld_imm64()): a constant and a map's address look alike, and
 * an object may contain a constant that equals one.  So the object is loaded
 * twice in one boot, with both sets of maps alive and hence elsewhere: only
 * what moves together with its map is that map.
 */
#include <stdio.h>
#include <stdlib.h>
#include "session.h"
#include "vorw_ksyms.h"
#include "vorw_reloc.h"

#define BPF_CALL_ARGS	0xe0		/* include/linux/filter.h */
#define LD_IMM64	(BPF_LD | BPF_IMM | BPF_DW)

struct work {
	struct session *s;
	const char *name;
	const struct guest_prog *a, *b;
	const struct bpf_insn *ia, *ib;	/* of the part in question */
	u32 n_insns, n_insns_b;
	bool native;
	const struct guest_maps *am, *bm;
	struct guest_helpers helpers;
	struct vreloc *rel;
	u32 n;
	struct vorw_err *e;
};

static u64 imm64(const struct bpf_insn *i)
{
	return (u32)i[0].imm | (u64)(u32)i[1].imm << 32;
}

static u64 to_word(const struct session *s, u64 v)
{
	return s->arch->word == 4 ? (u32)v : v;
}

/* A call of another function of the program: its imm is of no meaning, off
 * says which (jit_subprogs() in kernel/bpf/verifier.c). */
static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) &&
	       insn->src_reg == BPF_PSEUDO_CALL;
}

/* Same instruction in both loads, but for the address it may hold? */
static bool same_shape(const struct bpf_insn *a, const struct bpf_insn *b,
		       bool with_imm)
{
	return a->code == b->code && a->dst_reg == b->dst_reg &&
	       a->src_reg == b->src_reg && a->off == b->off &&
	       (!with_imm || a->imm == b->imm);
}

static bool same_structure(const struct work *w)
{
	u32 i;

	if (w->n_insns != w->n_insns_b)
		return false;
	for (i = 0; i < w->n_insns; i++) {
		bool ld = w->ia[i].code == LD_IMM64;

		if (!same_shape(&w->ia[i], &w->ib[i], !ld && !is_call(&w->ia[i])))
			return false;
		if (!ld)
			continue;
		if (++i == w->n_insns ||
		    !same_shape(&w->ia[i], &w->ib[i], false))
			return false;
	}
	return true;
}

/* Does (va, vb) move as map m moves?  Fills kind and addend. */
static bool moves_with(const struct work *w, u32 m, u64 va, u64 vb,
		       struct vreloc *r)
{
	const struct guest_map *a = &w->am->maps[m], *b = &w->bm->maps[m];

	if (va == a->kaddr && vb == b->kaddr) {
		r->kind = VORW_REL_MAP;
		r->addend = 0;
		return true;
	}
	if (a->value_addr && b->value_addr && va >= a->value_addr &&
	    va - a->value_addr < a->value_len &&
	    va - a->value_addr == vb - b->value_addr) {
		r->kind = VORW_REL_MAP_VALUE;
		r->addend = va - a->value_addr;
		return true;
	}
	return false;
}

/* The number of a part, as jit_subprogs() leaves it in off. */
static bool add_part_reloc(struct work *w, u32 i)
{
	struct vreloc r = { .off = i * 8, .kind = VORW_REL_PART,
			    .sym = (u16)w->ia[i].off };

	if (!w->native || r.sym >= w->a->nparts || w->a->nparts < 2)
		return vorw_fail(w->e, VORW_R_UNSUPPORTED,
				 "program '%s': instruction %u names a %s, which a blob cannot carry",
				 w->name, i, is_call(&w->ia[i]) ?
				 "native subprogram" : "callback");
	r.addr = w->a->parts[r.sym].addr;
	w->rel[w->n++] = r;
	return true;
}

/*
 * A constant in both loads.  Where the kernel's own place changes from boot to
 * boot, one inside it can be an address that the verifier put there; no object
 * can know where that will be.
 */
static bool classify_constant(struct work *w, u32 i, u64 v, u16 form)
{
	const struct guest_hello *h = &w->s->hello;
	struct vreloc r = { .off = i * 8, .kind = VORW_REL_KVAR,
			    .form = form, .addr = v };
	struct guest_sym sym;

	if (w->s->arch->word == 4 || v < h->image_start || v >= h->image_end)
		return true;	/* data, whatever it equals */
	if (!guest_syms(w->s->guest, &v, 1, &sym, w->e))
		return false;
	if (sym.addr != v || sym.same_name != 1 || sym.module ||
	    !vorw_kvar_allowed(w->s->arch->machine, sym.name))
		return vorw_fail(w->e, VORW_R_RELINK,
				 "program '%s': instruction %u holds an address in the kernel (%s), which a blob cannot carry",
				 w->name, i, sym.name[0] ? sym.name : "?");
	snprintf(r.ksym, sizeof(r.ksym), "%s", sym.name);
	w->rel[w->n++] = r;
	return true;
}

/*
 * BPF_MOV64_PERCPU_REG, which no object can contain, takes the address of a
 * per-CPU variable.  Where those are in the kernel image, it moves with it; an
 * offset from no address (x86-64 before 6.15) is a constant.
 */
static bool classify_percpu(struct work *w, u32 i)
{
	const struct bpf_insn *mov = &w->ia[i], *next = mov + 1;
	u64 addr = (u64)(s64)mov->imm;

	if (i + 1 == w->n_insns ||
	    next->code != (BPF_ALU64 | BPF_MOV | BPF_X) || next->off != -1 ||
	    next->src_reg != mov->dst_reg)
		return true;
	if (mov->imm < 0 && (addr < w->s->hello.image_start ||
			     addr >= w->s->hello.image_end))
		return vorw_fail(w->e, VORW_R_RELINK,
				 "program '%s': instruction %u holds a per-CPU address that is not in the kernel image",
				 w->name, i);
	return classify_constant(w, i, addr, VORW_ENC_BPF_MOVS32);
}

static bool classify_load(struct work *w, u32 i)
{
	u64 va = imm64(&w->ia[i]), vb = imm64(&w->ib[i]);
	struct vreloc r = { .off = i * 8, .form = VORW_ENC_BPF_LD64,
			    .addr = va };
	u32 k, m, hits = 0;

	if (w->ia[i].src_reg == BPF_PSEUDO_FUNC)
		return add_part_reloc(w, i);
	if (va == vb)
		return classify_constant(w, i, va, VORW_ENC_BPF_LD64);
	for (k = 0; k < w->a->nused_maps; k++) {
		m = w->a->used_maps[k];
		if (m >= w->bm->nmaps || !moves_with(w, m, va, vb, &r))
			continue;
		r.sym = m;
		hits++;
	}
	if (hits != 1)
		return vorw_fail(w->e, VORW_R_RELINK,
				 "program '%s': instruction %u loads an address that moved from 0x%llx to 0x%llx with %s map",
				 w->name, i, (unsigned long long)va,
				 (unsigned long long)vb,
				 hits ? "more than one" : "no");
	w->rel[w->n++] = r;
	return true;
}

typedef __typeof__(((struct guest_helpers *)0)->h[0]) helper;

static int by_address(const void *a, const void *b)
{
	const helper *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * Lowest id whose function it is: several ids share one function for some
 * program types, and the device resolves the id to the same function.
 */
static bool find_helper(const struct work *w, u64 addr, u32 *id)
{
	u32 lo = 0, hi = w->helpers.n;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (w->helpers.h[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == w->helpers.n || w->helpers.h[lo].addr != addr)
		return false;
	*id = w->helpers.h[lo].id;
	return true;
}

/* A member of the operations of a map, the first map that has it: the others
 * have the same function there. */
static bool find_map_op(const struct work *w, struct vreloc *r)
{
	u32 k, op;

	for (k = 0; k < w->a->nused_maps; k++)
		for (op = 0; op < VORW_OP_MAX; op++) {
			const struct guest_map *m =
				&w->am->maps[w->a->used_maps[k]];

			if (!m->ops[op] || m->ops[op] != r->addr)
				continue;
			r->kind = VORW_REL_MAP_OP;
			r->sym = w->a->used_maps[k];
			r->addend = op;
			return true;
		}
	return false;
}

static bool classify_call(struct work *w, u32 i)
{
	const struct bpf_insn *in = &w->ia[i];
	struct vreloc r = { .off = i * 8, .form = VORW_ENC_BPF_CALL };
	struct guest_sym sym;

	if (is_call(in))
		return add_part_reloc(w, i);
	if (in->src_reg != 0)
		return vorw_fail(w->e, VORW_R_UNSUPPORTED,
				 "program '%s': instruction %u calls a kernel function, which a blob cannot carry",
				 w->name, i);
	if (w->native && w->s->arch->inlines && w->s->arch->inlines(in))
		return true;
	r.addr = to_word(w->s, w->s->hello.call_base + (s32)in->imm);
	if (find_helper(w, r.addr, &r.sym)) {
		r.kind = VORW_REL_HELPER;
		w->rel[w->n++] = r;
		return true;
	}
	if (w->s->arch->word == 8 && find_map_op(w, &r)) {
		w->rel[w->n++] = r;
		return true;
	}
	if (!guest_syms(w->s->guest, &r.addr, 1, &sym, w->e))
		return false;
	if (sym.addr != r.addr || sym.same_name != 1 || sym.module ||
	    !vorw_ksym_allowed(w->s->arch->machine, sym.name))
		return vorw_fail(w->e, VORW_R_RELINK,
				 "program '%s': instruction %u calls %s+0x%llx, neither a helper nor a routine a blob may call",
				 w->name, i, sym.name[0] ? sym.name : "?",
				 (unsigned long long)(r.addr - sym.addr));
	r.kind = VORW_REL_KSYM;
	snprintf(r.ksym, sizeof(r.ksym), "%s", sym.name);
	w->rel[w->n++] = r;
	return true;
}

/* Call of a subprogram by the interpreter (bpf_patch_call_args()). */
static bool classify_call_args(struct work *w, u32 i)
{
	const struct bpf_insn *in = &w->ia[i];
	struct vreloc r = { .off = i * 8, .form = VORW_ENC_BPF_CALL_ARGS,
			    .kind = VORW_REL_INTERP };
	struct guest_sym sym;
	char name[40];

	/* By index into a table: nothing to relocate. */
	if (!w->s->hello.call_base_args)
		return true;
	r.addr = to_word(w->s, w->s->hello.call_base_args + (s32)in->imm);
	if (!guest_syms(w->s->guest, &r.addr, 1, &sym, w->e))
		return false;
	for (r.sym = 32; r.sym <= VORW_MAX_STACK; r.sym += 32) {
		snprintf(name, sizeof(name), "__bpf_prog_run_args%u", r.sym);
		if (!strcmp(name, sym.name))
			break;
	}
	if (r.sym > VORW_MAX_STACK || sym.addr != r.addr ||
	    sym.same_name != 1 || sym.module)
		return vorw_fail(w->e, VORW_R_RELINK,
				 "program '%s': instruction %u calls %s, not an entry of the interpreter",
				 w->name, i, sym.name[0] ? sym.name : "?");
	w->rel[w->n++] = r;
	return true;
}

static bool classify_insns(struct work *w)
{
	u32 i;

	for (i = 0; i < w->n_insns; i++) {
		u8 code = w->ia[i].code;
		bool ok = true;

		if (code == LD_IMM64) {
			ok = classify_load(w, i);
			i++;
		} else if (code == (BPF_ALU64 | BPF_MOV | BPF_K)) {
			ok = classify_percpu(w, i);
		} else if (code == (BPF_JMP | BPF_CALL)) {
			ok = classify_call(w, i);
		} else if (code == (BPF_JMP | BPF_CALL_ARGS)) {
			ok = classify_call_args(w, i);
		}
		if (!ok)
			return false;
	}
	return true;
}

static bool ranges_meet(const struct guest_map *a, const struct guest_map *b)
{
	return a->value_len && b->value_len &&
	       a->value_addr < b->value_addr + b->value_len &&
	       b->value_addr < a->value_addr + a->value_len;
}

/* Do all values end before the address space does? */
static bool values_end(const struct guest_maps *maps, struct vorw_err *e)
{
	u32 i;

	for (i = 0; i < maps->nmaps; i++) {
		const struct guest_map *m = &maps->maps[i];

		if (m->value_addr + m->value_len < m->value_addr)
			return vorw_fail(e, VORW_R_GUEST,
					 "map '%s' has a value behind all memory",
					 m->name);
	}
	return true;
}

/*
 * Two loads that are alive together have no address in common: classify()
 * tells addresses from constants by that.
 */
bool maps_apart(const struct guest_maps *a, const struct guest_maps *b,
		struct vorw_err *e)
{
	u32 i, k;

	if (!values_end(a, e) || !values_end(b, e))
		return false;

	for (i = 0; i < a->nmaps; i++) {
		const struct guest_map *m = &a->maps[i];

		for (k = 0; !m->template_only && k < b->nmaps; k++)
			if (!b->maps[k].template_only &&
			    (m->kaddr == b->maps[k].kaddr ||
			     ranges_meet(m, &b->maps[k])))
				return vorw_fail(e, VORW_R_GUEST,
						 "maps '%s' and '%s' of two loads are at one place",
						 m->name, b->maps[k].name);
	}
	return true;
}

/* The instructions in question; false when there is no such part. */
static bool take_insns(const struct guest_prog *p, u32 part,
		       const struct bpf_insn **insns, u32 *n)
{
	if (part == WHOLE_PROGRAM) {
		*insns = p->insns;
		*n = p->insn_cnt;
		return true;
	}
	if (part >= p->nparts)
		return false;
	*insns = p->parts[part].insns;
	*n = p->parts[part].insn_cnt;
	return true;
}

bool classify(struct session *s, u32 prog, u32 part,
	      const struct guest_prog *a, const struct guest_maps *am,
	      const struct guest_prog *b, const struct guest_maps *bm,
	      struct vreloc **rel, u32 *nrel, bool *structural,
	      struct vorw_err *e)
{
	struct work w = {
		.s = s, .name = session_prog_name(s, prog),
		.a = a, .b = b, .am = am, .bm = bm, .e = e,
		.native = part != WHOLE_PROGRAM,
	};
	bool ok;

	*structural = !take_insns(a, part, &w.ia, &w.n_insns) ||
		      !take_insns(b, part, &w.ib, &w.n_insns_b) ||
		      !same_structure(&w);
	if (*structural)
		return vorw_fail(e, VORW_R_RELINK,
				 "program '%s': two loads gave different instructions (%u and %u)",
				 w.name, w.n_insns, w.n_insns_b);
	w.rel = calloc(w.n_insns + 1, sizeof(*w.rel));
	if (!w.rel)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	ok = guest_helpers(s->guest, SLOT_REF, prog, &w.helpers, e);
	if (ok) {
		qsort(w.helpers.h, w.helpers.n, sizeof(*w.helpers.h),
		      by_address);
		ok = classify_insns(&w);
	}
	guest_helpers_free(&w.helpers);
	if (!ok) {
		free(w.rel);
		return false;
	}
	*rel = w.rel;
	*nrel = w.n;
	return true;
}
