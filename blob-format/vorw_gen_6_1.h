/* SPDX-License-Identifier: GPL-2.0-only */
/* vorw_gen_6_1.h - the verifier of 6.1, behind vorw_gen.h. */
#ifndef VORW_GEN_6_1_H
#define VORW_GEN_6_1_H

#include <linux/crash_core.h>

#define VORW_GEN		"6.1"
#define VORW_GEN_IMPORT_NS
#define VORW_GEN_PACK		IS_ENABLED(CONFIG_X86_64)

#define VORW_GEN_BPF_CHECK(fn) \
	int fn(struct bpf_prog **pp, union bpf_attr *attr, bpfptr_t uattr)

#define VORW_GEN_FACTS(X)

#define vorw_gen_jit(jit, prog)		jit(prog)
/* aux->func[] is complete */
#define vorw_gen_func_cnt(prog, cnt) \
	(prog)->aux->func_cnt = (cnt)
#define VORW_GEN_PRIV_STACK	0
#define vorw_gen_priv_stack(aux)	0ull
#define vorw_gen_set_priv_stack(aux, addr)	((void)(addr))
#define vorw_gen_sleepable(prog)	((prog)->aux->sleepable)

#define vorw_gen_part(part, prog)	((void)0)

static inline void vorw_gen_use_map(const struct bpf_prog *prog,
				    struct bpf_map *map)
{
	bpf_map_inc(map);
}

static inline bool vorw_gen_has_special(const struct bpf_map *map)
{
	return map_value_has_spin_lock(map) || map_value_has_timer(map) ||
	       map_value_has_kptrs(map);
}

/* As bpf_map_meta_equal(), and the spin lock. */
static inline bool vorw_gen_same_special(const struct bpf_map *meta,
					 const struct bpf_map *map)
{
	const struct bpf_map_value_off *a = meta->kptr_off_tab;
	const struct bpf_map_value_off *b = map->kptr_off_tab;

	if (meta->timer_off != map->timer_off ||
	    meta->spin_lock_off != map->spin_lock_off ||
	    map_value_has_kptrs(meta) != map_value_has_kptrs(map))
		return false;
	return !map_value_has_kptrs(map) ||
	       (a->nr_off == b->nr_off &&
		!memcmp(a, b, struct_size(a, off, a->nr_off)));
}

/* bpf_prog_load() calls bpf_prog_select_runtime() after bpf_check(). */
static inline int vorw_gen_finish(struct bpf_prog **pp)
{
	return 0;
}

static inline u32 vorw_gen_not_carried(const struct bpf_prog *prog)
{
	return prog->aux->offload_requested ? VORW_NC_DEVICE_BOUND : 0;
}

#endif /* VORW_GEN_6_1_H */
