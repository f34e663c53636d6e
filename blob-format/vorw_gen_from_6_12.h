/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen_from_6_12.h - what 6.12 and 7.2 have in common, behind vorw_gen.h.
 *
 * Against 6.1: sleepable moved to struct bpf_prog; maps count the sleepable
 * programs that use them; special fields are a btf_record; exceptions have a
 * callback; arm64 and riscv pack their images.
 */
#ifndef VORW_GEN_FROM_6_12_H
#define VORW_GEN_FROM_6_12_H

#include <linux/hex.h>
#include <linux/vmcore_info.h>

#define VORW_GEN_PACK		(IS_ENABLED(CONFIG_X86_64) ||		\
				 IS_ENABLED(CONFIG_ARM64) ||		\
				 IS_ENABLED(CONFIG_RISCV))

#define vorw_gen_sleepable(prog)	((prog)->sleepable)

/* aux->func[] and bpf_func are complete.  Where nothing throws an exception,
 * what jit_subprogs() leaves as their callback is the main function. */
static inline void vorw_gen_func_cnt(struct bpf_prog *prog, u32 cnt)
{
	prog->aux->func_cnt = prog->aux->real_func_cnt = cnt;
	prog->aux->bpf_exception_cb = (void *)prog->bpf_func;
}

/* As __add_used_map(); __bpf_free_used_maps() takes both back. */
static inline void vorw_gen_use_map(const struct bpf_prog *prog,
				    struct bpf_map *map)
{
	if (prog->sleepable)
		atomic64_inc(&map->sleepable_refcnt);
	bpf_map_inc(map);
}

/* ---- special fields of map values ---- */

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

#endif /* VORW_GEN_FROM_6_12_H */
