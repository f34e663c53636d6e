// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * jitcmp.c - the same-code check: two programs' bytecode and machine code,
 * compared instruction by instruction, modulo how addresses are loaded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "jc.h"
#include "jitcmp.h"

struct dump {
	struct bpf_prog_info info;
	struct bpf_insn *insns;
	u32 ninsns;
	u8 *code;		/* of all functions, one behind the other */
	u32 size;
	u64 addr[VT_MAX];	/* where each function runs */
	u32 len[VT_MAX];
	u32 nfuncs;
	struct jc_step *step[VT_MAX];
	u32 nsteps[VT_MAX];
	u32 map_ids[VT_MAX];
};

static void dump_free(struct dump *d)
{
	free(d->insns);
	free(d->code);
	for (u32 i = 0; i < VT_MAX; i++)
		free(d->step[i]);
}

static int dump_get(struct dump *d, const struct vt_obj *o, const char *prog)
{
	int fd = vt_prog(o, prog);
	u32 len = sizeof(d->info);

	memset(d, 0, sizeof(*d));
	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &d->info, &len))
		return -errno;
	d->insns = malloc(d->info.xlated_prog_len + 8);
	d->code = malloc(d->info.jited_prog_len + 4);
	if (!d->insns || !d->code)
		return -ENOMEM;
	d->ninsns = d->info.xlated_prog_len / sizeof(*d->insns);
	d->size = d->info.jited_prog_len;
	memset(&d->info, 0, sizeof(d->info));
	d->info.xlated_prog_insns = (unsigned long)d->insns;
	d->info.xlated_prog_len = d->ninsns * sizeof(*d->insns);
	d->info.jited_prog_insns = (unsigned long)d->code;
	d->info.jited_prog_len = d->size;
	d->info.jited_ksyms = (unsigned long)d->addr;
	d->info.nr_jited_ksyms = VT_MAX;
	d->info.jited_func_lens = (unsigned long)d->len;
	d->info.nr_jited_func_lens = VT_MAX;
	d->info.map_ids = (unsigned long)d->map_ids;
	d->info.nr_map_ids = VT_MAX;
	len = sizeof(d->info);
	if (bpf_obj_get_info_by_fd(fd, &d->info, &len))
		return -errno;
	if (!d->info.xlated_prog_insns || !d->info.xlated_prog_len) {
		vt_say("%s: no bytecode dump", prog);
		return -EPERM;
	}
	d->nfuncs = d->info.nr_jited_ksyms;
	return 0;
}

static bool loads_map(const struct bpf_insn *i)
{
	return i->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       (i->src_reg == BPF_PSEUDO_MAP_FD ||
		i->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/* As the kernel shows it. */
static bool is_tail_call(const struct bpf_insn *i)
{
	return i->code == (BPF_JMP | BPF_CALL) && !i->src_reg &&
	       i->imm == BPF_FUNC_tail_call;
}

/* Where in the object is the map with this id? */
static int map_name(const struct vt_obj *o, u32 id, const char **name)
{
	for (u32 i = 0; i < o->nmaps; i++)
		if (o->map[i].id == id) {
			*name = o->map[i].name;
			return 0;
		}
	return -ENOENT;
}

bool jc_same_bytecode(const struct vt_obj *a, const struct vt_obj *b,
		      const char *prog)
{
	struct dump da = {}, db = {};
	bool same = false;

	if (dump_get(&da, a, prog) || dump_get(&db, b, prog))
		goto out;
	if (da.ninsns != db.ninsns) {
		vt_say("%s: %u against %u instructions", prog, da.ninsns,
		       db.ninsns);
		goto out;
	}
	for (u32 i = 0; i < da.ninsns; i++) {
		struct bpf_insn ia = da.insns[i], ib = db.insns[i];

		if (loads_map(&ia)) {
			const char *na = "?", *nb = "??";

			map_name(a, ia.imm, &na);
			map_name(b, ib.imm, &nb);
			if (strcmp(na, nb)) {
				vt_say("%s: insn %u: map %s against %s", prog,
				       i, na, nb);
				goto out;
			}
			ia.imm = ib.imm = 0;
		}
		if (memcmp(&ia, &ib, sizeof(ia))) {
			vt_say("%s: insn %u: %016llx against %016llx", prog, i,
			       *(unsigned long long *)&da.insns[i],
			       *(unsigned long long *)&db.insns[i]);
			goto out;
		}
	}
	same = true;
out:
	dump_free(&da);
	dump_free(&db);
	return same;
}

/* The machine code of every function as steps. */
static bool decode(struct dump *d, const char *prog)
{
	u32 at = 0;

	if (d->nfuncs > VT_MAX || d->nfuncs != d->info.nr_jited_func_lens) {
		vt_say("%s: %u functions, %u lengths", prog, d->nfuncs,
		       d->info.nr_jited_func_lens);
		return false;
	}
	for (u32 f = 0; f < d->nfuncs; f++) {
		if (!d->addr[f] || d->len[f] > d->size - at) {
			vt_say("%s: function %u at %llx: %u bytes of %u", prog,
			       f, (unsigned long long)d->addr[f], d->len[f],
			       d->size - at);
			return false;
		}
		d->step[f] = malloc(d->len[f] * sizeof(*d->step[f]) + 1);
		if (!d->step[f])
			return false;
		d->nsteps[f] = jc_decode(d->code + at, d->len[f], d->addr[f],
					 d->step[f]);
		if (!d->nsteps[f]) {
			vt_say("%s: function %u: no such code is known", prog,
			       f);
			return false;
		}
		at += d->len[f];
	}
	return at == d->size && d->nfuncs;
}

/* Function and step at this address; false when it is not in the program. */
static bool find_place(const struct dump *d, u64 addr, u32 place[2])
{
	for (u32 f = 0; f < d->nfuncs; f++) {
		if (addr < d->addr[f] || addr - d->addr[f] >= d->len[f])
			continue;
		place[0] = f;
		/* nsteps: inside of a step, never equal by luck */
		for (place[1] = 0; place[1] < d->nsteps[f]; place[1]++)
			if (d->step[f][place[1]].at == addr - d->addr[f])
				return true;
		return true;
	}
	return false;
}

/* Do these addresses mean the same place of the program, or one outside? */
static bool same_place(const struct dump *a, u64 x, const struct dump *b,
		       u64 y, bool *inside)
{
	u32 pa[2], pb[2];

	*inside = find_place(a, x, pa);
	if (*inside != find_place(b, y, pb))
		return false;
	if (!*inside)
		return x == y;
	return pa[0] == pb[0] && pa[1] == pb[1] && pa[1] < a->nsteps[pa[0]];
}

/* Constants that differ: what stood for one before stands for it again. */
struct pairs {
	u64 (*p)[2];
	u32 n;
	u32 tail_calls;		/* which may be patched: not yet met */
};

static bool add_pair(struct pairs *k, u64 x, u64 y)
{
	for (u32 i = 0; i < k->n; i++)
		if ((k->p[i][0] == x) != (k->p[i][1] == y)) {
			vt_say("%llx and %llx, but before %llx and %llx",
			       (unsigned long long)x, (unsigned long long)y,
			       (unsigned long long)k->p[i][0],
			       (unsigned long long)k->p[i][1]);
			return false;
		}
	k->p[k->n][0] = x;
	k->p[k->n++][1] = y;
	return true;
}

static bool same_step(const struct dump *a, const struct jc_step *x,
		      const struct dump *b, const struct jc_step *y,
		      struct pairs *k)
{
	bool inside;

	if (x->kind != y->kind || x->insn != y->insn)
		return false;
	switch (x->kind) {
	case JC_BRANCH:
		if (same_place(a, x->value, b, y->value, &inside))
			return inside || jc_branches_outside;
		if (inside || !jc_branches_outside || x->insn != JC_JUMP ||
		    !k->tail_calls)
			return false;
		k->tail_calls--;
		return true;
	case JC_CONST:
		if (x->value == y->value)
			return true;
		if (same_place(a, x->value, b, y->value, &inside) && inside)
			return true;	/* a subprogram's or callback's */
		return add_pair(k, x->value, y->value);
	default:
		return x->value == y->value;
	}
}

static bool same_function(const struct dump *a, const struct dump *b, u32 f,
			  const char *prog, struct pairs *k)
{
	for (u32 i = 0; i < a->nsteps[f] && i < b->nsteps[f]; i++) {
		const struct jc_step *x = &a->step[f][i], *y = &b->step[f][i];

		if (same_step(a, x, b, y, k))
			continue;
		vt_say("%s: function %u, step %u: %llx %llx against %llx %llx",
		       prog, f, i, (unsigned long long)x->insn,
		       (unsigned long long)x->value,
		       (unsigned long long)y->insn,
		       (unsigned long long)y->value);
		return false;
	}
	if (a->nsteps[f] == b->nsteps[f])
		return true;
	vt_say("%s: function %u: %u against %u steps", prog, f, a->nsteps[f],
	       b->nsteps[f]);
	return false;
}

bool jc_same_code_as(const struct vt_obj *a, const char *prog,
		     const struct vt_obj *b, const char *prog_b)
{
	struct dump da = {}, db = {};
	struct pairs k = {};
	u32 map_loads = 0;
	bool same = false;

	if (dump_get(&da, a, prog) || dump_get(&db, b, prog_b))
		goto out;
	if (!da.size || !db.size || da.nfuncs != db.nfuncs) {
		vt_say("%s: %u bytes of %u functions against %u of %u", prog,
		       da.size, da.nfuncs, db.size, db.nfuncs);
		goto out;
	}
	if (!decode(&da, prog) || !decode(&db, prog_b))
		goto out;
	k.p = malloc(da.size * sizeof(*k.p));
	if (!k.p)
		goto out;
	for (u32 i = 0; i < da.ninsns; i++)
		k.tail_calls += is_tail_call(&da.insns[i]);
	for (u32 f = 0; f < da.nfuncs; f++)
		if (!same_function(&da, &db, f, prog, &k))
			goto out;
	for (u32 i = 0; i < da.ninsns; i++)
		map_loads += loads_map(&da.insns[i]);
	if (k.n != map_loads) {
		vt_say("%s: %u constants differ, %u map addresses", prog, k.n,
		       map_loads);
		goto out;
	}
	same = true;
out:
	free(k.p);
	dump_free(&da);
	dump_free(&db);
	return same;
}

bool jc_same_code(const struct vt_obj *a, const struct vt_obj *b,
		  const char *prog)
{
	return jc_same_code_as(a, prog, b, prog);
}
