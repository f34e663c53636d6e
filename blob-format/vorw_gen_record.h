/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen_record.h - special fields of map values where struct btf_record
 * describes them: from 6.2 on.
 */
#ifndef VORW_GEN_RECORD_H
#define VORW_GEN_RECORD_H

static inline bool vorw_gen_has_special(const struct bpf_map *map)
{
	return !IS_ERR_OR_NULL(map->record);
}

/* btf_record_equal() of kernel/bpf/syscall.c: records are made with kzalloc(),
 * so memcmp() is right. */
static inline bool vorw_gen_same_special(const struct bpf_map *meta,
					 const struct bpf_map *map)
{
	const struct btf_record *a = meta->record, *b = map->record;

	if (!vorw_gen_has_special(meta) || !vorw_gen_has_special(map))
		return !vorw_gen_has_special(meta) &&
		       !vorw_gen_has_special(map);
	return a->cnt == b->cnt &&
	       !memcmp(a, b, struct_size(a, fields, a->cnt));
}

#endif /* VORW_GEN_RECORD_H */
