/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * writer_emit.c - building a blob (host only): writing the bytes.
 */
#include <stdlib.h>
#include <linux/bpf.h>
#include "vorw_bytes.h"
#include "writer_priv.h"

/* Output of one finish: a buffer per section. */
struct out {
	struct vorw_writer *w;
	struct bytes sec[VORW_SEC_MAX];
};

/*
 * Offset of s in STRINGS, where it is put when it is new.  Called in the
 * order in which the parser follows references: that order is the format's.
 */
static u32 intern(struct out *o, const char *s)
{
	struct bytes *b = &o->sec[VORW_SEC_STRINGS];
	size_t at = 1, len = s ? strlen(s) : 0;

	if (o->w->err || !len)
		return 0;
	while (at < b->len) {
		const char *have = (const char *)b->p + at;
		size_t n = strlen(have);

		if (n == len && !memcmp(have, s, n))
			return (u32)at;
		at += n + 1;
	}
	writer_append(o->w, b, s, len + 1);
	return (u32)at;
}

/* PUT: a field of the on-disk record of that type at p. */
#define PUT(type, field, val) \
	vorw_put32(p + offsetof(struct type, field), (u32)(val))

static void put_head(struct out *o)
{
	struct vorw_writer *w = o->w;
	const struct vorw_binding_h *b = &w->binding;
	u32 i, len = b->build_id_len, features = 0;
	u8 *p;

	writer_grow(w, &o->sec[VORW_SEC_STRINGS], 1);
	for (i = 0; i < w->nprogs; i++)
		features |= w->progs[i].h.cpu_features;
	p = writer_grow(w, &o->sec[VORW_SEC_BINDING], sizeof(struct vorw_binding));
	if (!p)
		return;
	memcpy(p, b->build_id, len < VORW_MAX_BUILD_ID ? len :
						       VORW_MAX_BUILD_ID);
	PUT(vorw_binding, build_id_len, len);
	PUT(vorw_binding, release_str, intern(o, w->release));
	PUT(vorw_binding, target_str, intern(o, w->target));
	PUT(vorw_binding, cpu_str, intern(o, w->cpu));
	PUT(vorw_binding, page_size, b->page_size);
	PUT(vorw_binding, hz, b->hz);
	PUT(vorw_binding, caps, b->caps);
	PUT(vorw_binding, cpu_features, features);

	p = writer_grow(w, &o->sec[VORW_SEC_OBJECT], sizeof(struct vorw_object));
	if (!p)
		return;
	PUT(vorw_object, name_str, intern(o, w->name));
	PUT(vorw_object, tool_str, intern(o, w->tool));
	memcpy(p + offsetof(struct vorw_object, object_sha256),
	       w->object_sha256, sizeof(w->object_sha256));
	PUT(vorw_object, license_str, intern(o, w->license));
	PUT(vorw_object, core_btf_str, intern(o, w->core_btf));
}

static int by_key(const void *a, const void *b)
{
	u32 x = vorw_le32(((const struct init *)a)->key);
	u32 y = vorw_le32(((const struct init *)b)->key);

	return x < y ? -1 : x > y;
}

static void put_inits(struct out *o, struct map *m)
{
	struct vorw_writer *w = o->w;
	struct bytes *data = &o->sec[VORW_SEC_DATA];
	u32 i;

	if (m->cnt && m->h.key_size == 4 &&
	    (m->h.type == BPF_MAP_TYPE_ARRAY ||
	     m->h.type == BPF_MAP_TYPE_PROG_ARRAY ||
	     m->h.type == BPF_MAP_TYPE_ARRAY_OF_MAPS))
		qsort(m->inits, m->cnt, sizeof(m->inits[0]), by_key);
	for (i = 0; i < m->cnt; i++) {
		struct init *n = &m->inits[i];
		u8 *p = writer_grow(w, &o->sec[VORW_SEC_INITS],
			     sizeof(struct vorw_init));

		if (!p)
			return;
		PUT(vorw_init, kind, n->kind);
		PUT(vorw_init, key_off, data->len);
		writer_append(w, data, n->key, m->h.key_size);
		PUT(vorw_init, value, n->bytes ? data->len : n->value);
		if (n->bytes)
			writer_append(w, data, n->bytes, m->h.value_size);
	}
}

static void put_map(struct out *o, struct map *m)
{
	struct vorw_writer *w = o->w;
	const struct vorw_map_h *h = &m->h;
	u8 *p = writer_grow(w, &o->sec[VORW_SEC_MAPS], sizeof(struct vorw_map));
	bool per_cpu = h->flags & VORW_MAP_PER_CPU_MAX;

	if (!p)
		return;
	PUT(vorw_map, name_str, intern(o, m->name));
	PUT(vorw_map, type, h->type);
	PUT(vorw_map, key_size, h->key_size);
	PUT(vorw_map, value_size, h->value_size);
	PUT(vorw_map, max_entries, per_cpu ? 0 : h->max_entries);
	PUT(vorw_map, map_flags, h->map_flags);
	vorw_put64(p + offsetof(struct vorw_map, map_extra), h->map_extra);
	PUT(vorw_map, inner, h->inner);
	PUT(vorw_map, flags, h->flags);
	PUT(vorw_map, btf_key_type_id, h->btf_key_type_id);
	PUT(vorw_map, btf_value_type_id, h->btf_value_type_id);
	PUT(vorw_map, init_cnt, m->cnt);
	if (m->cnt)
		PUT(vorw_map, init_first, o->sec[VORW_SEC_INITS].len /
					  sizeof(struct vorw_init));
	put_inits(o, m);
}

static int by_off(const void *a, const void *b)
{
	const struct reloc *x = a, *y = b;

	return x->h.off < y->h.off ? -1 : x->h.off > y->h.off;
}

/* Names of symbols are interned later, behind the strings of all programs. */
static u32 put_relocs(struct out *o, struct relocs *rels)
{
	struct bytes *sec = &o->sec[VORW_SEC_RELOCS];
	u32 i, first = sec->len / sizeof(struct vorw_reloc);

	if (!rels->cnt)
		return 0;
	qsort(rels->r, rels->cnt, sizeof(rels->r[0]), by_off);
	for (i = 0; i < rels->cnt; i++) {
		const struct vorw_reloc_h *h = &rels->r[i].h;
		u8 *p = writer_grow(o->w, sec, sizeof(struct vorw_reloc));

		if (!p)
			return 0;
		PUT(vorw_reloc, off, h->off);
		vorw_put16(p + offsetof(struct vorw_reloc, kind), h->kind);
		vorw_put16(p + offsetof(struct vorw_reloc, form), h->form);
		PUT(vorw_reloc, sym, h->sym);
		PUT(vorw_reloc, addend, h->addend);
	}
	return first;
}

static void put_fault(struct out *o, const struct vorw_fault_h *h)
{
	u8 *p = writer_grow(o->w, &o->sec[VORW_SEC_FAULTS],
			    sizeof(struct vorw_fault));

	if (!p)
		return;
	PUT(vorw_fault, off, h->off);
	vorw_put16(p + offsetof(struct vorw_fault, skip), h->skip);
	vorw_put16(p + offsetof(struct vorw_fault, reg), h->reg);
}

static void put_part(struct out *o, struct part *g)
{
	struct vorw_writer *w = o->w;
	u32 i;
	struct bytes *code = &o->sec[VORW_SEC_CODE];
	u8 *p = writer_grow(w, &o->sec[VORW_SEC_PARTS], sizeof(struct vorw_part));

	if (!p)
		return;
	memcpy(p + offsetof(struct vorw_part, tag), g->h.tag,
	       sizeof(g->h.tag));
	writer_grow(w, code, vorw_align8((u32)code->len) - code->len);
	PUT(vorw_part, code_off, code->len);
	PUT(vorw_part, code_size, g->code.len);
	writer_append(w, code, g->code.p, g->code.len);
	PUT(vorw_part, reloc_first, put_relocs(o, &g->relocs));
	PUT(vorw_part, reloc_cnt, g->relocs.cnt);
	PUT(vorw_part, stack_depth, g->h.stack_depth);
	PUT(vorw_part, facts, g->h.facts);
	PUT(vorw_part, fault_cnt, g->nfaults);
	if (g->nfaults)
		PUT(vorw_part, fault_first, o->sec[VORW_SEC_FAULTS].len /
					    sizeof(struct vorw_fault));
	for (i = 0; i < g->nfaults; i++)
		put_fault(o, &g->faults[i]);
}

static void put_poke(struct out *o, const struct vorw_poke_h *h)
{
	struct vorw_writer *w = o->w;
	u8 *p = writer_grow(w, &o->sec[VORW_SEC_POKES], sizeof(struct vorw_poke));

	if (!p)
		return;
	PUT(vorw_poke, part, h->part);
	PUT(vorw_poke, map, h->map);
	PUT(vorw_poke, key, h->key);
	PUT(vorw_poke, bypass, h->bypass);
	PUT(vorw_poke, target, h->target);
	PUT(vorw_poke, adj_off, h->adj_off);
}

static void put_prog(struct out *o, struct prog *g)
{
	struct vorw_writer *w = o->w;
	const struct vorw_prog_h *h = &g->h;
	u8 *p = writer_grow(w, &o->sec[VORW_SEC_PROGS], sizeof(struct vorw_prog));
	u32 i;

	if (!p)
		return;
	PUT(vorw_prog, name_str, intern(o, g->name));
	PUT(vorw_prog, section_str, intern(o, g->section));
	PUT(vorw_prog, type, h->type);
	PUT(vorw_prog, expected_attach_type, h->expected_attach_type);
	PUT(vorw_prog, prog_flags, h->prog_flags);
	PUT(vorw_prog, orig_insn_cnt, h->orig_insn_cnt);
	PUT(vorw_prog, form, h->form);
	PUT(vorw_prog, form_why_str, intern(o, g->form_why));
	memcpy(p + offsetof(struct vorw_prog, tag), h->tag, sizeof(h->tag));
	PUT(vorw_prog, facts, h->facts);
	PUT(vorw_prog, stack_depth, h->stack_depth);
	PUT(vorw_prog, max_ctx_offset, h->max_ctx_offset);
	PUT(vorw_prog, max_pkt_offset, h->max_pkt_offset);
	PUT(vorw_prog, max_tp_access, h->max_tp_access);
	PUT(vorw_prog, max_rdonly_access, h->max_rdonly_access);
	PUT(vorw_prog, max_rdwr_access, h->max_rdwr_access);
	PUT(vorw_prog, verified_insns, h->verified_insns);
	PUT(vorw_prog, total_states, h->total_states);
	PUT(vorw_prog, peak_states, h->peak_states);
	PUT(vorw_prog, cpu_features, h->cpu_features);
	PUT(vorw_prog, attach_kind, h->attach_kind);
	PUT(vorw_prog, attach_str, intern(o, g->attach));

	PUT(vorw_prog, used_map_cnt, g->used_cnt);
	if (g->used_cnt)
		PUT(vorw_prog, used_map_first,
		    o->sec[VORW_SEC_USED_MAPS].len / 4);
	for (i = 0; i < g->used_cnt; i++) {
		u8 *u = writer_grow(w, &o->sec[VORW_SEC_USED_MAPS], 4);

		if (!u)
			return;
		vorw_put32(u, g->used[i]);
	}
	PUT(vorw_prog, part_cnt, g->nparts);
	if (g->nparts)
		PUT(vorw_prog, part_first, o->sec[VORW_SEC_PARTS].len /
					   sizeof(struct vorw_part));
	for (i = 0; i < g->nparts; i++)
		put_part(o, &g->parts[i]);
	PUT(vorw_prog, poke_cnt, g->npokes);
	if (g->npokes)
		PUT(vorw_prog, poke_first, o->sec[VORW_SEC_POKES].len /
					   sizeof(struct vorw_poke));
	for (i = 0; i < g->npokes; i++)
		put_poke(o, &g->pokes[i]);
	if (g->insns.len)
		PUT(vorw_prog, insn_first, o->sec[VORW_SEC_INSNS].len / 8);
	PUT(vorw_prog, insn_cnt, g->insns.len / 8);
	writer_append(w, &o->sec[VORW_SEC_INSNS], g->insns.p, g->insns.len);
	PUT(vorw_prog, insn_reloc_first, put_relocs(o, &g->insn_relocs));
	PUT(vorw_prog, insn_reloc_cnt, g->insn_relocs.cnt);
}

static void put_names(struct out *o, const struct relocs *rels, u32 *next)
{
	u32 i;

	for (i = 0; i < rels->cnt && !o->w->err; i++, ++*next) {
		u8 *p = o->sec[VORW_SEC_RELOCS].p +
			*next * sizeof(struct vorw_reloc);

		if (rels->r[i].name)
			PUT(vorw_reloc, sym, intern(o, rels->r[i].name));
	}
}

/* Header, table and sections, in one buffer. */
static void put_all(struct out *o, struct bytes *blob)
{
	static const u16 entsize[VORW_SEC_MAX] = {
		[VORW_SEC_BINDING]   = sizeof(struct vorw_binding),
		[VORW_SEC_OBJECT]    = sizeof(struct vorw_object),
		[VORW_SEC_MAPS]      = sizeof(struct vorw_map),
		[VORW_SEC_PROGS]     = sizeof(struct vorw_prog),
		[VORW_SEC_USED_MAPS] = 4,
		[VORW_SEC_INITS]     = sizeof(struct vorw_init),
		[VORW_SEC_RELOCS]    = sizeof(struct vorw_reloc),
		[VORW_SEC_INSNS]     = 8,
		[VORW_SEC_PARTS]     = sizeof(struct vorw_part),
		[VORW_SEC_POKES]     = sizeof(struct vorw_poke),
		[VORW_SEC_FAULTS]    = sizeof(struct vorw_fault),
	};
	struct vorw_writer *w = o->w;
	u32 t, cnt = 0, at;
	u8 *p;

	for (t = 0; t < VORW_SEC_MAX; t++)
		cnt += o->sec[t].len != 0;
	writer_grow(w, blob, sizeof(struct vorw_hdr) + cnt * sizeof(struct vorw_sec));
	at = sizeof(struct vorw_hdr);
	for (t = 0; t < VORW_SEC_MAX && !w->err; t++) {
		const struct bytes *s = &o->sec[t];
		u32 size = entsize[t] ? entsize[t] : 1;

		if (!s->len)
			continue;
		p = blob->p + at;
		vorw_put16(p + offsetof(struct vorw_sec, type), (u16)t);
		vorw_put16(p + offsetof(struct vorw_sec, entsize), (u16)size);
		PUT(vorw_sec, cnt, s->len / size);
		PUT(vorw_sec, off, blob->len);
		at += sizeof(struct vorw_sec);
		writer_append(w, blob, s->p, s->len);
		writer_grow(w, blob, vorw_align8((u32)blob->len) - blob->len);
	}
	if (w->err)
		return;
	p = blob->p;
	memcpy(p, VORW_MAGIC, VORW_MAGIC_LEN);
	vorw_put16(p + offsetof(struct vorw_hdr, version), VORW_VERSION);
	vorw_put16(p + offsetof(struct vorw_hdr, hdr_size),
		   sizeof(struct vorw_hdr));
	PUT(vorw_hdr, content_size, blob->len);
	vorw_put16(p + offsetof(struct vorw_hdr, sec_cnt), (u16)cnt);
	vorw_put16(p + offsetof(struct vorw_hdr, machine), w->machine);
}

enum vorw_reason vorw_writer_finish(struct vorw_writer *w, u8 **buf,
				    size_t *size, struct vorw_diag *d)
{
	struct out o = { .w = w };
	struct bytes blob = { 0 };
	struct vorw_parts parts;
	struct vorw_view view;
	enum vorw_reason r;
	u32 i, k, next = 0;

	*buf = NULL;
	*size = 0;
	put_head(&o);
	for (i = 0; i < w->nmaps; i++)
		put_map(&o, &w->maps[i]);
	for (i = 0; i < w->nprogs; i++)
		put_prog(&o, &w->progs[i]);
	for (i = 0; i < w->nprogs; i++) {
		for (k = 0; k < w->progs[i].nparts; k++)
			put_names(&o, &w->progs[i].parts[k].relocs, &next);
		put_names(&o, &w->progs[i].insn_relocs, &next);
	}
	writer_append(w, &o.sec[VORW_SEC_BTF], w->btf.p, w->btf.len);
	put_all(&o, &blob);
	for (i = 0; i < VORW_SEC_MAX; i++)
		free(o.sec[i].p);
	r = w->err;
	if (r && d)
		*d = (struct vorw_diag){ .what = w->what, .where = w->where };
	if (!r)
		r = vorw_locate(blob.p, blob.len, &parts, d);
	if (!r)
		r = vorw_parse(&parts, &view, d);
	if (r) {
		free(blob.p);
		return r;
	}
	*buf = blob.p;
	*size = blob.len;
	return VORW_R_OK;
}

enum vorw_reason vorw_append_sig(const u8 *blob, size_t size,
				 const u8 *der, size_t der_size,
				 u8 **out, size_t *out_size,
				 struct vorw_diag *d)
{
	struct vorw_parts parts;
	enum vorw_reason r;
	size_t total;
	u8 *buf, *p;

	*out = NULL;
	*out_size = 0;
	r = vorw_locate(blob, size, &parts, d);
	if (r)
		return r;
	if (der_size > VORW_MAX_SIG)
		der_size = VORW_MAX_SIG + 1;	/* refused below, no overflow */
	total = parts.content_size + sizeof(struct vorw_sig_hdr) + der_size;
	buf = calloc(1, total);
	if (!buf)
		return VORW_R_NO_MEMORY;
	memcpy(buf, parts.content, parts.content_size);
	p = buf + parts.content_size;
	memcpy(p, VORW_SIG_MAGIC, VORW_MAGIC_LEN);
	PUT(vorw_sig_hdr, sig_size, der_size);
	if (der_size <= VORW_MAX_SIG && der_size)
		memcpy(p + sizeof(struct vorw_sig_hdr), der, der_size);
	/* the reader's limits hold for what is written, too */
	r = vorw_locate(buf, total, &parts, d);
	if (r) {
		free(buf);
		return r;
	}
	*out = buf;
	*out_size = total;
	return VORW_R_OK;
}
