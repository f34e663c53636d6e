/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen_6_12.h - the verifier of 6.12, behind vorw_gen.h.
 *
 * Against 6.1: uattr_size; sleepable moved to struct bpf_prog; maps count the
 * sleepable programs that use them; special fields are a btf_record; arm64 and
 * riscv pack their images.
 */
#ifndef VORW_GEN_6_12_H
#define VORW_GEN_6_12_H

#include <linux/hex.h>
#include <linux/vmcore_info.h>
#include "vorw_gen_record.h"

#define VORW_GEN		"6.12"
#define VORW_GEN_IMPORT_NS	MODULE_IMPORT_NS(BPF_INTERNAL);
#define VORW_GEN_PACK		(IS_ENABLED(CONFIG_X86_64) ||		\
				 IS_ENABLED(CONFIG_ARM64) ||		\
				 IS_ENABLED(CONFIG_RISCV))

#define VORW_GEN_BPF_CHECK(fn)						\
	int fn(struct bpf_prog **pp, union bpf_attr *attr, bpfptr_t uattr, \
	       u32 uattr_size)

/* The field came with a stable update: the build asks the headers. */
#ifdef VORW_HAVE_CHANGES_PKT_DATA
#define VORW_GEN_FACTS(X)	X(CHANGES_PKT_DATA, aux->changes_pkt_data)
#else
#define VORW_GEN_FACTS(X)
#endif

#define vorw_gen_jit(jit, prog)		jit(prog)

/* aux->func[] and bpf_func are complete.  Where nothing throws an exception,
 * what jit_subprogs() leaves as their callback is the main function. */
static inline void vorw_gen_func_cnt(struct bpf_prog *prog, u32 cnt)
{
	prog->aux->func_cnt = prog->aux->real_func_cnt = cnt;
	prog->aux->bpf_exception_cb = (void *)prog->bpf_func;
}

#define VORW_GEN_PRIV_STACK	0
#define vorw_gen_priv_stack(aux)	0ull
#define vorw_gen_set_priv_stack(aux, addr)	((void)(addr))
#define vorw_gen_sleepable(prog)	((prog)->sleepable)

static inline void vorw_gen_part(struct bpf_prog *part,
				 const struct bpf_prog *prog)
{
	part->sleepable = prog->sleepable;
}

/* As __add_used_map(); __bpf_free_used_maps() takes both back. */
static inline void vorw_gen_use_map(const struct bpf_prog *prog,
				    struct bpf_map *map)
{
	if (prog->sleepable)
		atomic64_inc(&map->sleepable_refcnt);
	bpf_map_inc(map);
}

/* bpf_prog_load() calls bpf_prog_select_runtime() after bpf_check(). */
static inline int vorw_gen_finish(struct bpf_prog **pp)
{
	return 0;
}

static inline u32 vorw_gen_not_carried(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	return (aux->dev_bound ? VORW_NC_DEVICE_BOUND : 0) |
	       (aux->arena ? VORW_NC_ARENA : 0) |
	       (aux->exception_cb || aux->exception_boundary ?
		VORW_NC_EXCEPTIONS : 0) |
	       (aux->token ? VORW_NC_TOKEN : 0);
}

#endif /* VORW_GEN_6_12_H */
