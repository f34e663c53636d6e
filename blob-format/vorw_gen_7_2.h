/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen_7_2.h - the verifier of 7.2, behind vorw_gen.h.
 *
 * Against 6.12: bpf_check() takes a struct bpf_log_attr and selects the runtime
 * itself; the JIT is told the verifier's environment; the tag is the start of
 * a SHA-256; programs can have a private stack, arguments on the stack, and
 * instruction arrays; maps can be one program's own.
 *
 * prog->digest beyond the tag stays zero: only a map of one program's own is
 * compared with it, by the verifier.
 */
#ifndef VORW_GEN_7_2_H
#define VORW_GEN_7_2_H

#include "vorw_gen_from_6_12.h"

#define VORW_GEN		"7.2"
#define VORW_GEN_IMPORT_NS	MODULE_IMPORT_NS("BPF_INTERNAL");

#define VORW_GEN_BPF_CHECK(fn)						\
	int fn(struct bpf_prog **pp, union bpf_attr *attr, bpfptr_t uattr, \
	       struct bpf_log_attr *attr_log)

#define VORW_GEN_FACTS(X)						\
	X(CHANGES_PKT_DATA, aux->changes_pkt_data)			\
	X(MIGHT_SLEEP, aux->might_sleep)				\
	X(JIT_REQUIRED, jit_required)					\
	X(KPROBE_WRITE_CTX, aux->kprobe_write_ctx)

/* Without an environment the JIT of 7.2 takes no jump for an indirect one and
 * no program for one with arguments on the stack (kernel/bpf/core.c). */
#define vorw_gen_jit(jit, prog)		jit(NULL, prog)

/* What a function prints goes to the stream of main_prog_aux, which is freed
 * with the whole program (kernel/bpf/stream.c). */
static inline void vorw_gen_part(struct bpf_prog *part,
				 const struct bpf_prog *prog)
{
	part->sleepable = prog->sleepable;
	part->aux->main_prog_aux = prog->aux;
}

/*
 * The stack of a function's own, a per-CPU pointer: the JIT allocates one that
 * is not there yet, and bpf_jit_free() frees it.
 */
#define VORW_GEN_PRIV_STACK	(IS_ENABLED(CONFIG_X86_64) ||		\
				 IS_ENABLED(CONFIG_ARM64))
#define vorw_gen_priv_stack(aux) \
	((u64)(unsigned long)(aux)->priv_stack_ptr)

static inline void vorw_gen_set_priv_stack(struct bpf_prog_aux *aux, u64 addr)
{
	aux->jits_use_priv_stack = addr != 0;
	aux->priv_stack_ptr = (void __percpu __force *)(unsigned long)addr;
}

/* The last act of bpf_check(): keeps bpf_func where it is set, or chooses the
 * interpreter; write protection and the check of tail calls are in it too. */
static inline int vorw_gen_finish(struct bpf_prog **pp)
{
	int err = 0;

	*pp = bpf_prog_select_runtime(*pp, &err);
	return err;
}

static inline u32 vorw_gen_not_carried(const struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = prog->aux;
	u32 i, nc;

	nc = (aux->dev_bound ? VORW_NC_DEVICE_BOUND : 0) |
	     (aux->arena ? VORW_NC_ARENA : 0) |
	     (aux->exception_cb || aux->exception_boundary ?
	      VORW_NC_EXCEPTIONS : 0) |
	     (aux->token ? VORW_NC_TOKEN : 0) |
	     (!VORW_GEN_PRIV_STACK &&
	      (aux->jits_use_priv_stack || aux->priv_stack_ptr) ?
	      VORW_NC_PRIV_STACK : 0) |
	     (aux->stack_arg_sp_adjust ? VORW_NC_STACK_ARGS : 0) |
	     (prog->call_session_cookie ? VORW_NC_SESSION_COOKIE : 0) |
	     (aux->ctx_arg_info ? VORW_NC_CTX_ARGS : 0);
	mutex_lock(&aux->used_maps_mutex);
	for (i = 0; i < aux->used_map_cnt; i++)
		nc |= (aux->used_maps[i]->map_type == BPF_MAP_TYPE_INSN_ARRAY ?
		       VORW_NC_INSN_ARRAY : 0) |
		      (aux->used_maps[i]->excl_prog_sha ?
		       VORW_NC_EXCLUSIVE_MAP : 0);
	mutex_unlock(&aux->used_maps_mutex);
	return nc;
}

#endif /* VORW_GEN_7_2_H */
