/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_writer.c - building a blob (host only): collecting the records.
 */
#include <stdlib.h>
#include "vorw_machine.h"
#include "vorw_reloc.h"
#include "writer_priv.h"

static void stick(struct vorw_writer *w, enum vorw_reason r, const char *what,
		  u32 where)
{
	if (w->err)
		return;
	w->err = r;
	w->what = what;
	w->where = where;
}

static void no_memory(struct vorw_writer *w)
{
	stick(w, VORW_R_NO_MEMORY, "writer memory", 0);
}

u8 *writer_grow(struct vorw_writer *w, struct bytes *b, size_t n)
{
	if (w->err)
		return NULL;
	if (n > VORW_MAX_BLOB || b->len + n > VORW_MAX_BLOB) {
		stick(w, VORW_R_LIMIT, "blob size", 0);
		return NULL;
	}
	if (!b->p || b->len + n > b->cap) {
		size_t cap = 2 * (b->len + n) + 64;
		u8 *p = realloc(b->p, cap);

		if (!p) {
			no_memory(w);
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	b->len += n;
	return memset(b->p + b->len - n, 0, n);
}

void writer_append(struct vorw_writer *w, struct bytes *b, const void *p,
		   size_t n)
{
	u8 *to = writer_grow(w, b, n);

	if (to && n)
		memcpy(to, p, n);
}

/* One more zeroed element for the array of cnt whose pointer is at array;
 * NULL after an error. */
static void *add(struct vorw_writer *w, void *array, u32 *cnt, size_t size,
		 u32 limit, const char *what)
{
	u8 *p;

	if (w->err)
		return NULL;
	if (*cnt >= limit) {
		stick(w, VORW_R_LIMIT, what, *cnt);
		return NULL;
	}
	/* the pointer has some other type: copied, not dereferenced */
	memcpy(&p, array, sizeof(p));
	/* doubling at powers of two keeps a million additions linear */
	if (!(*cnt & (*cnt - 1))) {
		p = realloc(p, size * (*cnt ? 2 * (size_t)*cnt : 1));
		if (!p) {
			no_memory(w);
			return NULL;
		}
		memcpy(array, &p, sizeof(p));
	}
	return memset(p + size * (*cnt)++, 0, size);
}

#define ADD(w, array, cnt, limit, what) \
	((__typeof__(array))add(w, &(array), &(cnt), sizeof(*(array)), \
				limit, what))

/* A copy of s, "" for NULL, in *to. */
static void set(struct vorw_writer *w, char **to, const char *s)
{
	char *copy;

	if (w->err)
		return;
	copy = strdup(s ? s : "");
	if (!copy) {
		no_memory(w);
		return;
	}
	free(*to);
	*to = copy;
}

static u8 *copy_bytes(struct vorw_writer *w, const void *p, u32 n)
{
	u8 *copy = malloc(n ? n : 1);

	if (!copy) {
		no_memory(w);
		return NULL;
	}
	if (n)
		memcpy(copy, p, n);
	return copy;
}

static struct map *map_at(struct vorw_writer *w, u32 i)
{
	if (!w->err && i >= w->nmaps)
		stick(w, VORW_R_MALFORMED, "map index", i);
	return w->err ? NULL : &w->maps[i];
}

static struct prog *prog_at(struct vorw_writer *w, u32 i)
{
	if (!w->err && i >= w->nprogs)
		stick(w, VORW_R_MALFORMED, "program index", i);
	return w->err ? NULL : &w->progs[i];
}

struct vorw_writer *vorw_writer_new(u16 machine)
{
	struct vorw_writer *w = calloc(1, sizeof(*w));

	if (w)
		w->machine = machine;
	return w;
}

static void free_relocs(struct relocs *r)
{
	u32 i;

	for (i = 0; i < r->cnt; i++)
		free(r->r[i].name);
	free(r->r);
}

void vorw_writer_free(struct vorw_writer *w)
{
	u32 i, j;

	if (!w)
		return;
	for (i = 0; i < w->nmaps; i++) {
		struct map *m = &w->maps[i];

		for (j = 0; j < m->cnt; j++) {
			free(m->inits[j].key);
			free(m->inits[j].bytes);
		}
		free(m->inits);
		free(m->name);
	}
	for (i = 0; i < w->nprogs; i++) {
		struct prog *p = &w->progs[i];

		free(p->name);
		free(p->section);
		free(p->form_why);
		free(p->attach);
		free(p->used);
		for (j = 0; j < p->nparts; j++) {
			free(p->parts[j].code.p);
			free_relocs(&p->parts[j].relocs);
			free(p->parts[j].faults);
		}
		free(p->parts);
		free(p->pokes);
		free(p->insns.p);
		free_relocs(&p->insn_relocs);
	}
	free(w->maps);
	free(w->progs);
	free(w->btf.p);
	free(w->release);
	free(w->target);
	free(w->cpu);
	free(w->name);
	free(w->tool);
	free(w->license);
	free(w->core_btf);
	free(w);
}

void vorw_writer_binding(struct vorw_writer *w, const struct vorw_binding_h *b)
{
	w->binding = *b;
	set(w, &w->release, b->release);
	set(w, &w->target, b->target);
	set(w, &w->cpu, b->cpu);
}

void vorw_writer_object(struct vorw_writer *w, const struct vorw_object_h *o)
{
	memcpy(w->object_sha256, o->object_sha256, sizeof(w->object_sha256));
	set(w, &w->name, o->name);
	set(w, &w->tool, o->tool);
	set(w, &w->license, o->license);
	set(w, &w->core_btf, o->core_btf);
}

u32 vorw_writer_map(struct vorw_writer *w, const struct vorw_map_h *h)
{
	struct map *m = ADD(w, w->maps, w->nmaps, VORW_MAX_MAPS, "maps");

	if (!m)
		return 0;
	m->h = *h;
	set(w, &m->name, h->name);
	return w->nmaps - 1;
}

u32 vorw_writer_prog(struct vorw_writer *w, const struct vorw_prog_h *h)
{
	struct prog *p = ADD(w, w->progs, w->nprogs, VORW_MAX_PROGS,
			     "programs");

	if (!p)
		return 0;
	p->h = *h;
	set(w, &p->name, h->name);
	set(w, &p->section, h->section);
	set(w, &p->form_why, h->form_why);
	set(w, &p->attach, h->attach);
	return w->nprogs - 1;
}

static struct init *add_init(struct vorw_writer *w, struct map *m, u32 kind,
			     const void *key, u32 value)
{
	struct init *n = ADD(w, m->inits, m->cnt, VORW_MAX_INITS, "inits");

	if (!n)
		return NULL;
	n->kind = kind;
	n->value = value;
	n->key = copy_bytes(w, key, m->h.key_size);
	return n;
}

void vorw_writer_init_bytes(struct vorw_writer *w, u32 map, const void *key,
			    const void *value)
{
	struct map *m = map_at(w, map);
	struct init *n;

	if (!m)
		return;
	n = add_init(w, m, VORW_INIT_BYTES, key, 0);
	if (n)
		n->bytes = copy_bytes(w, value, m->h.value_size);
}

void vorw_writer_init_index(struct vorw_writer *w, u32 map, u32 kind,
			    const void *key, u32 value)
{
	struct map *m = map_at(w, map);

	if (m)
		add_init(w, m, kind, key, value);
}

void vorw_writer_btf(struct vorw_writer *w, const void *btf, size_t size)
{
	w->btf.len = 0;
	writer_append(w, &w->btf, btf, size);
}

u32 vorw_writer_part(struct vorw_writer *w, u32 prog,
		     const struct vorw_part_h *h, const void *code, u32 size)
{
	struct prog *p = prog_at(w, prog);
	struct part *part;

	if (!p)
		return 0;
	part = ADD(w, p->parts, p->nparts, VORW_MAX_PARTS, "parts");
	if (!part)
		return 0;
	part->h = *h;
	writer_append(w, &part->code, code, size);
	return p->nparts - 1;
}

void vorw_writer_fault(struct vorw_writer *w, u32 prog, u32 part,
		       const struct vorw_fault_h *h)
{
	struct prog *p = prog_at(w, prog);
	struct vorw_fault_h *f;

	if (!p)
		return;
	if (part >= p->nparts) {
		stick(w, VORW_R_MALFORMED, "part index", part);
		return;
	}
	f = ADD(w, p->parts[part].faults, p->parts[part].nfaults,
		VORW_MAX_FAULTS, "faults");
	if (f)
		*f = *h;
}

void vorw_writer_poke(struct vorw_writer *w, u32 prog,
		      const struct vorw_poke_h *h)
{
	struct prog *p = prog_at(w, prog);
	struct vorw_poke_h *poke;

	if (!p)
		return;
	poke = ADD(w, p->pokes, p->npokes, VORW_MAX_POKES, "pokes");
	if (poke)
		*poke = *h;
}

void vorw_writer_insns(struct vorw_writer *w, u32 prog, const void *insns,
		       u32 cnt)
{
	struct prog *p = prog_at(w, prog);

	if (!p)
		return;
	p->insns.len = 0;
	writer_append(w, &p->insns, insns, (size_t)cnt * 8);
}

void vorw_writer_used_map(struct vorw_writer *w, u32 prog, u32 map)
{
	struct prog *p = prog_at(w, prog);
	u32 *used;

	if (!p)
		return;
	used = ADD(w, p->used, p->used_cnt, VORW_MAX_USED_MAPS, "used maps");
	if (used)
		*used = map;
}

void vorw_writer_reloc(struct vorw_writer *w, u32 prog, u32 part,
		       const struct vorw_reloc_h *h, const char *name)
{
	struct prog *p = prog_at(w, prog);
	struct relocs *to;
	struct reloc *r;

	if (!p)
		return;
	to = &p->insn_relocs;
	if (vorw_form_size(h->form) && !vorw_form_is_insn(h->form)) {
		if (part >= p->nparts) {
			stick(w, VORW_R_MALFORMED, "part index", part);
			return;
		}
		to = &p->parts[part].relocs;
	}
	r = ADD(w, to->r, to->cnt, VORW_MAX_RELOCS, "relocations");
	if (!r)
		return;
	r->h = *h;
	if (h->kind == VORW_REL_KSYM || h->kind == VORW_REL_KVAR ||
	    h->kind == VORW_REL_KPTR)
		set(w, &r->name, name);
}
