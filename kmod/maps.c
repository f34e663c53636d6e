// SPDX-License-Identifier: GPL-2.0-only
/*
 * maps.c - the maps of a load: made, compared, filled, frozen, read back.
 *
 * They are made through bpf(), so that every check and hook of the kernel is
 * passed, and are known by pointer from then on.  A descriptor is used only
 * where bpf() wants one; what it did is looked at through the pointer.
 */

#include <linux/bpf.h>
#include <linux/cpumask.h>
#include <linux/fdtable.h>
#include <linux/slab.h>
#include "compat.h"
#include "load.h"

/* Flags that map_create() does not keep: they are of the descriptor. */
#define FD_FLAGS	(BPF_F_RDONLY | BPF_F_WRONLY)

static const u8 *data_at(const struct vorw_job *job, u32 off)
{
	return job->view.sec[VORW_SEC_DATA].p + off;
}

/* What the parser cannot judge; the kernel has the last word afterwards. */
static enum vorw_reason check_wanted(struct vorw_job *job,
				     const struct vorw_map_h *h)
{
	/* Only a map of one value can be folded into code
	 * (array_map_direct_value_addr()), and only such a one is read back
	 * completely. */
	if (h->flags & VORW_MAP_FROZEN && h->max_entries != 1)
		return vorw_deny(job, VORW_R_UNSUPPORTED, 0,
				 "map %s is frozen and has %u entries",
				 h->name, h->max_entries);
	if (h->type == BPF_MAP_TYPE_STRUCT_OPS)
		return vorw_deny(job, VORW_R_UNSUPPORTED, 0,
				 "map %s is of type struct_ops", h->name);
	return VORW_R_OK;
}

/* map_create()'s flags as they end up in the map. */
static u32 flags_kept(const struct vorw_map_h *h)
{
	u32 flags = h->map_flags & ~FD_FLAGS;

	/* dev_map_init_map() */
	if (h->type == BPF_MAP_TYPE_DEVMAP ||
	    h->type == BPF_MAP_TYPE_DEVMAP_HASH)
		flags |= BPF_F_RDONLY_PROG;
	return flags;
}

/* What the map itself says against what the blob says. */
static enum vorw_reason compare(struct vorw_job *job, const char *name,
				const struct vorw_map_h *h, u32 max_entries,
				const struct bpf_map *map)
{
	const struct {
		const char *what;
		u64 have, want;
	} row[] = {
		{ "type", map->map_type, h->type },
		{ "key_size", map->key_size, h->key_size },
		{ "value_size", map->value_size, h->value_size },
		{ "max_entries", map->max_entries, max_entries },
		{ "map_flags", map->map_flags, flags_kept(h) },
		{ "map_extra", map->map_extra, h->map_extra },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		if (row[i].have != row[i].want)
			return vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
					 "map %s: %s is %llu, blob says %llu",
					 name, row[i].what, row[i].have,
					 row[i].want);
	return VORW_R_OK;
}

static u32 entries_of(const struct vorw_map_h *h)
{
	if (h->flags & VORW_MAP_PER_CPU_MAX)
		return num_possible_cpus();
	/* Per-CPU LRU lists: htab_map_alloc() rounds up to whole shares, or
	 * down when that would not fit. */
	if (h->map_flags & BPF_F_NO_COMMON_LRU) {
		u32 cpus = num_possible_cpus();
		u32 up = roundup(h->max_entries, cpus);

		return up < h->max_entries ? rounddown(h->max_entries, cpus) : up;
	}
	return h->max_entries;
}

/*
 * The template that an outer map keeps, against the map that it was to be made
 * from.  It decides which maps user space may insert later, and programs were
 * verified for exactly its special fields.
 */
static enum vorw_reason check_inner(struct vorw_job *job,
				    const struct vorw_new_map *in,
				    const struct bpf_map *meta)
{
	struct vorw_map_h want = in->h;
	enum vorw_reason r;

	/* bpf_map_meta_alloc() keeps neither map_extra nor the BTF ids. */
	want.map_extra = meta->map_extra;
	r = compare(job, in->h.name, &want, entries_of(&in->h), meta);
	if (!r && !vorw_same_special(meta, in->map))
		r = vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
			      "map %s: special fields got lost in the outer map",
			      in->h.name);
	return r;
}

static enum vorw_reason check_made(struct vorw_job *job,
				   const struct vorw_new_map *m)
{
	const struct vorw_map_h *h = &m->h;
	const struct bpf_map *map = m->map;
	enum vorw_reason r;

	r = compare(job, h->name, h, entries_of(h), map);
	if (r)
		return r;

	/* Special fields come from BTF alone. */
	if (!!map->btf != !!h->btf_value_type_id ||
	    map->btf_key_type_id != h->btf_key_type_id ||
	    map->btf_value_type_id != h->btf_value_type_id)
		return vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
				 "map %s: BTF types are %u and %u, blob says %u and %u",
				 h->name, map->btf_key_type_id,
				 map->btf_value_type_id, h->btf_key_type_id,
				 h->btf_value_type_id);

	if (!!map->inner_map_meta != !!h->inner)
		return vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
				 "map %s: inner map template %s", h->name,
				 h->inner ? "missing" : "not in the blob");
	return h->inner ? check_inner(job, &job->maps[h->inner - 1],
				      map->inner_map_meta) : VORW_R_OK;
}

/* Map types' BTF: where in a value the special fields are. */
static enum vorw_reason btf_load(struct vorw_job *job)
{
	const struct vorw_range *btf = &job->view.sec[VORW_SEC_BTF];
	union bpf_attr attr = {
		.btf = (unsigned long)btf->p,
		.btf_size = btf->cnt,
	};
	int fd;

	if (!btf->p)
		return VORW_R_OK;
	fd = kern_sys_bpf(BPF_BTF_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return vorw_deny(job, VORW_R_MAP_CREATE, fd,
				 "BTF of %u bytes: BPF_BTF_LOAD says %d",
				 btf->cnt, fd);
	job->btf_fd = fd;
	return VORW_R_OK;
}

static enum vorw_reason create(struct vorw_job *job, struct vorw_new_map *m)
{
	const struct vorw_map_h *h = &m->h;
	union bpf_attr attr = {
		.map_type = h->type,
		.key_size = h->key_size,
		.value_size = h->value_size,
		.max_entries = h->flags & VORW_MAP_PER_CPU_MAX ?
			       num_possible_cpus() : h->max_entries,
		.map_flags = h->map_flags,
		.map_extra = h->map_extra,
		.btf_key_type_id = h->btf_key_type_id,
		.btf_value_type_id = h->btf_value_type_id,
	};
	struct bpf_map *map;
	int fd;

	if (h->inner)
		attr.inner_map_fd = job->maps[h->inner - 1].fd;
	if (h->btf_value_type_id)
		attr.btf_fd = job->btf_fd;
	strscpy(attr.map_name, h->name, sizeof(attr.map_name));

	fd = kern_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return vorw_deny(job, VORW_R_MAP_CREATE, fd,
				 "map %s of type %u: BPF_MAP_CREATE says %d",
				 h->name, h->type, fd);
	m->fd = fd;
	map = bpf_map_get(fd);
	if (IS_ERR(map))
		return vorw_deny(job, VORW_R_INTERNAL, 0,
				 "map %s: descriptor %d is no map's", h->name,
				 fd);
	m->map = map;
	return check_made(job, m);
}

static enum vorw_reason update(struct vorw_job *job,
			       const struct vorw_new_map *m, const void *key,
			       const void *value)
{
	union bpf_attr attr = {
		.map_fd = m->fd,
		.key = m->h.key_size ? (unsigned long)key : 0,
		.value = (unsigned long)value,
	};
	int err;

	err = kern_sys_bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
	if (err)
		return vorw_deny(job, VORW_R_MAP_CREATE, err,
				 "map %s: setting an entry says %d",
				 m->h.name, err);
	return VORW_R_OK;
}

/*
 * Is the entry there, in the map that we hold?  value NULL: all zero.  The
 * parser lets initial bytes only into maps whose lookup gives plain bytes.
 */
static enum vorw_reason read_back(struct vorw_job *job,
				  const struct vorw_new_map *m, const void *key,
				  const void *value)
{
	const void *have;
	bool same = false;

	rcu_read_lock();
	have = m->map->ops->map_lookup_elem(m->map, (void *)key);
	if (have)
		same = value ? !memcmp(have, value, m->h.value_size) :
			       !memchr_inv(have, 0, m->h.value_size);
	rcu_read_unlock();
	if (!same)
		return vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
				 "map %s: contents are not what was written",
				 m->h.name);
	return VORW_R_OK;
}

static enum vorw_reason fill_bytes(struct vorw_job *job,
				   const struct vorw_new_map *m, void *key,
				   const struct vorw_init_h *init)
{
	enum vorw_reason r;

	r = update(job, m, key, data_at(job, init->value));
	if (r || m->h.flags & VORW_MAP_FROZEN)
		return r;	/* read back once it cannot change again */
	return read_back(job, m, key, data_at(job, init->value));
}

static enum vorw_reason fill_map(struct vorw_job *job,
				 const struct vorw_new_map *m, void *key,
				 const struct vorw_init_h *init)
{
	const struct vorw_new_map *inner = &job->maps[init->value];
	struct bpf_map *have;
	enum vorw_reason r;

	r = update(job, m, key, &inner->fd);
	if (r)
		return r;
	rcu_read_lock();
	have = m->map->ops->map_lookup_elem(m->map, key);
	rcu_read_unlock();
	if (have != inner->map)
		return vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
				 "map %s: a slot does not hold %s", m->h.name,
				 inner->h.name);
	return VORW_R_OK;
}

/* Maps read keys as words (jhash2() of kernel/bpf/hashtab.c), and in the blob
 * they stand anywhere: key is as large as one, and aligned. */
static enum vorw_reason fill_all(struct vorw_job *job,
				 const struct vorw_new_map *m, void *key)
{
	struct vorw_init_h init;
	enum vorw_reason r = VORW_R_OK;
	u32 i;

	for (i = 0; i < m->h.init_cnt && !r; i++) {
		vorw_get_init(&job->view, m->h.init_first + i, &init);
		memcpy(key, data_at(job, init.key_off), m->h.key_size);
		if (init.kind == VORW_INIT_BYTES)
			r = fill_bytes(job, m, key, &init);
		else if (init.kind == VORW_INIT_MAP)
			r = fill_map(job, m, key, &init);
		if (!r)
			r = vorw_breathe(job);
	}
	return r;
}

static enum vorw_reason fill(struct vorw_job *job, const struct vorw_new_map *m)
{
	void *key = kmalloc(m->h.key_size, GFP_KERNEL);
	enum vorw_reason r;

	if (!key)
		return vorw_deny(job, VORW_R_NO_MEMORY, 0, "map %s: a key",
				 m->h.name);
	r = fill_all(job, m, key);
	kfree(key);
	return r;
}

/*
 * The first three conditions are those of bpf_map_is_rdonly() in
 * kernel/bpf/verifier.c: programs cannot write, user space cannot any more,
 * and nobody who could before still has the value mapped.  The map is an array
 * of one value.
 */
enum vorw_reason vorw_map_check_frozen(struct vorw_job *job,
				       const struct vorw_new_map *m)
{
	struct vorw_init_h last;
	const void *value = NULL;
	u32 zero = 0;

	if (!(m->map->map_flags & BPF_F_RDONLY_PROG) ||
	    !READ_ONCE(m->map->frozen) || atomic64_read(&m->map->writecnt))
		return vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
				 "map %s is not frozen", m->h.name);
	if (m->h.init_cnt) {
		vorw_get_init(&job->view, m->h.init_first + m->h.init_cnt - 1,
			      &last);
		value = data_at(job, last.value);
	}
	return read_back(job, m, &zero, value);
}

/*
 * Freeze a filled map, then look through the pointer at what it holds: what
 * another process wrote into it before the freeze, through its id, is found
 * here, and afterwards nobody can.
 */
static enum vorw_reason freeze(struct vorw_job *job,
			       const struct vorw_new_map *m)
{
	union bpf_attr attr = { .map_fd = m->fd };
	int err;

	err = kern_sys_bpf(BPF_MAP_FREEZE, &attr, sizeof(attr));
	if (err)
		return vorw_deny(job, VORW_R_MAP_CREATE, err,
				 "map %s: BPF_MAP_FREEZE says %d", m->h.name,
				 err);
	return vorw_map_check_frozen(job, m);
}

enum vorw_reason vorw_maps_create(struct vorw_job *job)
{
	enum vorw_reason r;
	bool nested;
	u32 i;

	for (i = 0; i < job->map_cnt; i++)
		vorw_get_map(&job->view, i, &job->maps[i].h);
	for (i = 0; i < job->map_cnt; i++) {
		r = check_wanted(job, &job->maps[i].h);
		if (r)
			return r;
	}
	r = btf_load(job);
	if (r)
		return r;
	/* A template has to exist before the map that is made from it. */
	for (nested = false;; nested = true) {
		for (i = 0; i < job->map_cnt; i++) {
			if (!!job->maps[i].h.inner != nested)
				continue;
			r = create(job, &job->maps[i]);
			if (r)
				return r;
		}
		if (nested)
			break;
	}
	for (i = 0; i < job->map_cnt; i++) {
		r = fill(job, &job->maps[i]);
		if (!r && job->maps[i].h.flags & VORW_MAP_FROZEN)
			r = freeze(job, &job->maps[i]);
		if (r)
			return r;
	}
	return VORW_R_OK;
}

static enum vorw_reason fill_prog(struct vorw_job *job,
				  const struct vorw_new_map *m,
				  const struct vorw_init_h *init)
{
	const struct vorw_new_prog *p = &job->progs[init->value];
	/* The parser lets programs only into program arrays. */
	const struct bpf_array *array =
		container_of(m->map, struct bpf_array, map);
	enum vorw_reason r;
	u32 key;

	memcpy(&key, data_at(job, init->key_off), sizeof(key));
	r = update(job, m, &key, &p->fd);
	if (r)
		return r;
	if (key >= m->map->max_entries || READ_ONCE(array->ptrs[key]) != p->prog)
		return vorw_deny(job, VORW_R_MAP_MISMATCH, 0,
				 "map %s: slot %u does not hold %s",
				 m->h.name, key, p->h.name);
	return VORW_R_OK;
}

enum vorw_reason vorw_maps_fill_progs(struct vorw_job *job)
{
	struct vorw_init_h init;
	enum vorw_reason r;
	u32 i, k;

	for (i = 0; i < job->map_cnt; i++) {
		const struct vorw_map_h *h = &job->maps[i].h;

		for (k = 0; k < h->init_cnt; k++) {
			vorw_get_init(&job->view, h->init_first + k, &init);
			if (init.kind != VORW_INIT_PROG)
				continue;
			r = fill_prog(job, &job->maps[i], &init) ?:
			    vorw_breathe(job);
			if (r)
				return r;
		}
	}
	return VORW_R_OK;
}

/* keep: the load succeeded, descriptors of real maps stay with the caller. */
void vorw_maps_release(struct vorw_job *job, bool keep)
{
	u32 i;

	for (i = 0; i < job->map_cnt; i++) {
		struct vorw_new_map *m = &job->maps[i];

		if (m->fd >= 0 && (!keep || m->h.flags & VORW_MAP_TEMPLATE))
			close_fd(m->fd);
		if (m->map)
			bpf_map_put(m->map);
	}
	if (job->btf_fd >= 0)
		close_fd(job->btf_fd);
}
