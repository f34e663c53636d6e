/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_check_maps.c - maps of a blob and their initial contents.
 *
 * What a map type allows in general is the kernel's to judge when the map is
 * made; here stands what the blob says about it twice, or could hide in it.
 */
#include <linux/bpf.h>
#include "vorw_check.h"

#define REFUSE(r, what, where, have, want) \
	return vorw_refuse(w->d, VORW_R_##r, what, where, have, want)

bool vorw_name_same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '.' ? '_' : *a) != (*b == '.' ? '_' : *b))
			return false;
	return *a == *b;
}

static bool is_outer(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* Maps whose keys are 0 … max_entries - 1 */
static bool is_indexed(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY ||
	       type == BPF_MAP_TYPE_PROG_ARRAY ||
	       type == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

/* Maps whose value is value_size plain bytes, one copy */
static bool has_plain_value(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_HASH ||
	       type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LPM_TRIE;
}

/* Take n bytes of DATA, which must be the next ones. */
static enum vorw_reason check_data(struct vorw_walk *w, u32 i, u32 off, u32 n)
{
	u32 size = w->v->sec[VORW_SEC_DATA].cnt;

	if (off != w->next_data)
		REFUSE(MALFORMED, "data offset", i, off, w->next_data);
	if (n > size - off)
		REFUSE(MALFORMED, "data size", i, n, size - off);
	w->next_data += n;
	return VORW_R_OK;
}

static enum vorw_reason check_init(struct vorw_walk *w, u32 i,
				   const struct vorw_map_h *m, u32 *prev_key)
{
	const struct vorw_view *v = w->v;
	const u8 *rec = v->sec[VORW_SEC_INITS].p + i * sizeof(struct vorw_init);
	struct vorw_map_h slot;
	struct vorw_init_h n;
	enum vorw_reason r;

	if (!vorw_zero(rec + offsetof(struct vorw_init, reserved), 4))
		REFUSE(RESERVED, "init", i, 1, 0);
	vorw_get_init(v, i, &n);
	r = check_data(w, i, n.key_off, m->key_size);
	if (r)
		return r;
	if (is_indexed(m->type)) {
		u32 key;

		if (m->key_size != 4)
			REFUSE(MALFORMED, "key size of an array", i,
			       m->key_size, 4);
		key = vorw_le32(v->sec[VORW_SEC_DATA].p + n.key_off);
		if (key >= m->max_entries)
			REFUSE(MALFORMED, "init key", i, key, m->max_entries);
		if (*prev_key != ~0u && key <= *prev_key)
			REFUSE(MALFORMED, "init key order", i, key, *prev_key);
		*prev_key = key;
	}

	switch (n.kind) {
	case VORW_INIT_BYTES:
		if (!has_plain_value(m->type))
			REFUSE(MALFORMED, "init kind for map type", i, n.kind,
			       m->type);
		return check_data(w, i, n.value, m->value_size);
	case VORW_INIT_MAP:
		if (!is_outer(m->type))
			REFUSE(MALFORMED, "init kind for map type", i, n.kind,
			       m->type);
		if (n.value >= vorw_count(v, VORW_SEC_MAPS))
			REFUSE(MALFORMED, "init map", i, n.value,
			       vorw_count(v, VORW_SEC_MAPS));
		vorw_get_map(v, n.value, &slot);
		if ((slot.flags & VORW_MAP_TEMPLATE) || slot.inner)
			REFUSE(MALFORMED, "init map is not an inner map", i,
			       n.value, 0);
		return VORW_R_OK;
	case VORW_INIT_PROG:
		if (m->type != BPF_MAP_TYPE_PROG_ARRAY)
			REFUSE(MALFORMED, "init kind for map type", i, n.kind,
			       m->type);
		if (n.value >= vorw_count(v, VORW_SEC_PROGS))
			REFUSE(MALFORMED, "init program", i, n.value,
			       vorw_count(v, VORW_SEC_PROGS));
		return VORW_R_OK;
	}
	REFUSE(UNSUPPORTED, "init kind", i, n.kind, VORW_INIT_PROG);
}

static enum vorw_reason check_inner(struct vorw_walk *w, u32 i,
				    const struct vorw_map_h *m)
{
	struct vorw_map_h t;

	if (is_outer(m->type) != (m->inner != 0))
		REFUSE(MALFORMED, "inner map template", i, m->inner, m->type);
	if (!m->inner)
		return VORW_R_OK;
	if (m->flags & VORW_MAP_TEMPLATE)
		REFUSE(MALFORMED, "template with an inner map", i, m->inner,
		       0);
	if (m->inner > vorw_count(w->v, VORW_SEC_MAPS))
		REFUSE(MALFORMED, "inner map template", i, m->inner,
		       vorw_count(w->v, VORW_SEC_MAPS));
	vorw_get_map(w->v, m->inner - 1, &t);
	if (!(t.flags & VORW_MAP_TEMPLATE))
		REFUSE(MALFORMED, "inner map is no template", i, m->inner, 0);
	return VORW_R_OK;
}

static enum vorw_reason check_flags(struct vorw_walk *w, u32 i,
				    const struct vorw_map_h *m)
{
	if (m->flags & ~VORW_MAP_FLAGS_ALL)
		REFUSE(RESERVED, "map flags", i, m->flags,
		       VORW_MAP_FLAGS_ALL);
	/* the node is not recorded */
	if (m->map_flags & BPF_F_NUMA_NODE)
		REFUSE(UNSUPPORTED, "map on a NUMA node", i, m->map_flags, 0);
	if ((m->flags & VORW_MAP_FROZEN) &&
	    (m->type != BPF_MAP_TYPE_ARRAY ||
	     !(m->map_flags & BPF_F_RDONLY_PROG)))
		REFUSE(MALFORMED, "frozen map that programs may write", i,
		       m->map_flags, BPF_F_RDONLY_PROG);
	if ((m->flags & VORW_MAP_INTERNAL) && m->type != BPF_MAP_TYPE_ARRAY)
		REFUSE(MALFORMED, "internal map type", i, m->type,
		       BPF_MAP_TYPE_ARRAY);
	if ((m->flags & VORW_MAP_TEMPLATE) &&
	    (m->flags != VORW_MAP_TEMPLATE || m->init_cnt))
		REFUSE(MALFORMED, "template with contents", i, m->flags,
		       VORW_MAP_TEMPLATE);
	/* the device fills it in: a value here would mean nothing */
	if ((m->flags & VORW_MAP_PER_CPU_MAX) &&
	    (m->type != BPF_MAP_TYPE_PERF_EVENT_ARRAY || m->max_entries))
		REFUSE(MALFORMED, "entries counted by CPUs", i,
		       m->max_entries, 0);
	return VORW_R_OK;
}

static enum vorw_reason check_map(struct vorw_walk *w, u32 i)
{
	const struct vorw_view *v = w->v;
	const u8 *rec = v->sec[VORW_SEC_MAPS].p + i * sizeof(struct vorw_map);
	u32 j, users = 0, prev_key = ~0u;
	struct vorw_map_h m, o;
	enum vorw_reason r;
	const char *s = "";

	r = vorw_check_string(w, vorw_le32(rec + offsetof(struct vorw_map,
							  name_str)), &s);
	if (!r)
		r = vorw_check_name(w, s, ".", VORW_MAX_NAME, "map name", i);
	if (r)
		return r;
	if (!vorw_zero(rec + offsetof(struct vorw_map, reserved), 8))
		REFUSE(RESERVED, "map", i, 1, 0);
	vorw_get_map(v, i, &m);
	for (j = 0; j < vorw_count(v, VORW_SEC_MAPS); j++) {
		vorw_get_map(v, j, &o);
		users += o.inner == i + 1;
		/* names after i are not checked yet */
		if (j < i && vorw_name_same(m.name, o.name))
			REFUSE(MALFORMED, "map name taken", i, i, j);
	}
	if (m.type == BPF_MAP_TYPE_UNSPEC)
		REFUSE(MALFORMED, "map type", i, m.type, 1);
	if ((m.flags & VORW_MAP_TEMPLATE) && !users)
		REFUSE(MALFORMED, "template of no map", i, users, 1);
	if ((r = check_flags(w, i, &m)) || (r = check_inner(w, i, &m)))
		return r;

	if ((m.btf_key_type_id || m.btf_value_type_id) &&
	    !v->sec[VORW_SEC_BTF].p)
		REFUSE(MALFORMED, "BTF type without BTF", i,
		       m.btf_value_type_id, 0);
	/* as map_create() in kernel/bpf/syscall.c */
	if (m.btf_key_type_id && !m.btf_value_type_id)
		REFUSE(MALFORMED, "BTF type of the key alone", i,
		       m.btf_key_type_id, 0);

	r = vorw_check_range(w, VORW_SEC_INITS, "init range", i,
			     &w->next_init, m.init_first, m.init_cnt);
	for (j = 0; !r && j < m.init_cnt; j++)
		r = check_init(w, m.init_first + j, &m, &prev_key);
	return r;
}

enum vorw_reason vorw_check_maps(struct vorw_walk *w)
{
	struct vorw_map_h m;
	bool btf = false;
	enum vorw_reason r;
	u32 i;

	for (i = 0; i < vorw_count(w->v, VORW_SEC_MAPS); i++) {
		r = check_map(w, i);
		if (r)
			return r;
		vorw_get_map(w->v, i, &m);
		btf |= m.btf_value_type_id != 0;
	}
	if (w->v->sec[VORW_SEC_BTF].p && !btf)
		REFUSE(MALFORMED, "BTF of no map", 0, 0, 1);
	return VORW_R_OK;
}
