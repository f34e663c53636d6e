/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen_6_12.h - the verifier of 6.12, behind vorw_gen.h.
 *
 * Against 6.1: uattr_size, and what vorw_gen_from_6_12.h has.
 */
#ifndef VORW_GEN_6_12_H
#define VORW_GEN_6_12_H

#include "vorw_gen_from_6_12.h"

#define VORW_GEN		"6.12"
#define VORW_GEN_IMPORT_NS	MODULE_IMPORT_NS(BPF_INTERNAL);

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

#define VORW_GEN_PRIV_STACK	0
#define vorw_gen_priv_stack(aux)	0ull
#define vorw_gen_set_priv_stack(aux, addr)	((void)(addr))

static inline void vorw_gen_part(struct bpf_prog *part,
				 const struct bpf_prog *prog)
{
	part->sleepable = prog->sleepable;
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
