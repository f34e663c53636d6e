/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen.h - what device module and capture module know of the kernel that
 * they are built for.  Kernel only.
 *
 * A generation is a kernel series whose bpf_check() was read: what it leaves in
 * a program is listed in that generation's header, and anything else there is
 * refused.  A generation's header has:
 *
 *   VORW_GEN			its name
 *   VORW_GEN_IMPORT_NS		namespace of the exports that are used
 *   VORW_GEN_PACK		does the JIT use the binary pack allocator?
 *   VORW_GEN_BPF_CHECK(fn)	bpf_check()'s parameters
 *   VORW_GEN_FACTS(X)		facts beyond those below
 *   vorw_gen_jit(jit, prog)	how bpf_int_jit_compile() is called
 *   VORW_GEN_PRIV_STACK		can a blob's functions have stacks of their own?
 *   vorw_gen_priv_stack(aux)	address of a function's own stack, 0: none
 *   vorw_gen_set_priv_stack()	give it one, or none
 *   vorw_gen_sleepable(prog)	the lvalue that BPF_F_SLEEPABLE ends in
 *   vorw_gen_func_cnt()	how many functions aux->func[] has
 *   vorw_gen_part()	what such a function has of its program
 *   vorw_gen_use_map()		a reference from a program to a map
 *   vorw_gen_has_special()	has the map's value special fields?
 *   vorw_gen_same_special()	are they the same in two maps?
 *   vorw_gen_finish()		what bpf_check() does last
 *   vorw_gen_not_carried()	VORW_NC_*: what a blob cannot carry
 */
#ifndef VORW_GEN_H
#define VORW_GEN_H

#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/filter.h>
#include <linux/overflow.h>
#include <linux/version.h>
#include "vorw_format.h"
#include "vorw_not_carried.h"

#define VORW_SERIES(a, b)	(LINUX_VERSION_CODE >> 8 == VORW_LINUX(a, b))
#if VORW_SERIES(6, 1)
#include "vorw_gen_6_1.h"
#elif VORW_SERIES(6, 12)
#include "vorw_gen_6_12.h"
#elif VORW_SERIES(7, 2)
#include "vorw_gen_7_2.h"
#else
#error "vorw knows what the verifier of 6.1, 6.12 and 7.2 leaves behind; this kernel is none of these series"
#endif

/*
 * X(fact, field): VORW_F_<fact> is this field of struct bpf_prog.
 * VORW_F_HAS_CALLCHAIN_BUF is missing, because a reference goes with it.
 */
#define VORW_GEN_ALL_FACTS(X)						\
	X(CB_ACCESS, cb_access)						\
	X(DST_NEEDED, dst_needed)					\
	X(KPROBE_OVERRIDE, kprobe_override)				\
	X(CALL_GET_STACK, call_get_stack)				\
	X(CALL_GET_FUNC_IP, call_get_func_ip)				\
	X(ENFORCE_EXPECTED_ATTACH, enforce_expected_attach_type)	\
	X(TSTAMP_TYPE_ACCESS, tstamp_type_access)			\
	X(TAIL_CALL_REACHABLE, aux->tail_call_reachable)		\
	X(VERIFIER_ZEXT, aux->verifier_zext)				\
	VORW_GEN_FACTS(X)

/* The facts that this kernel has a field for. */
#define X(fact, field) | VORW_F_##fact
#define VORW_GEN_FACTS_KNOWN \
	(VORW_F_HAS_CALLCHAIN_BUF VORW_GEN_ALL_FACTS(X))
static const u32 vorw_gen_facts_known __maybe_unused = VORW_GEN_FACTS_KNOWN;
#undef X

static inline u32 vorw_gen_get_facts(const struct bpf_prog *prog)
{
	u32 facts = prog->has_callchain_buf ? VORW_F_HAS_CALLCHAIN_BUF : 0;

#define X(fact, field) facts |= prog->field ? VORW_F_##fact : 0;
	VORW_GEN_ALL_FACTS(X)
#undef X
	return facts;
}

static inline void vorw_gen_put_facts(struct bpf_prog *prog, u32 facts)
{
#define X(fact, field) prog->field = !!(facts & VORW_F_##fact);
	VORW_GEN_ALL_FACTS(X)
#undef X
}

/*
 * X(type, function): the get_func_proto() of a type's verifier operations.
 * The operations themselves (include/linux/bpf_types.h names them) are data
 * and have no symbol everywhere; net/core/filter.c, kernel/trace/bpf_trace.c
 * and kernel/bpf/cgroup.c have the functions.  Types that need BTF of the
 * kernel (tracing, LSM, extensions, struct_ops, netfilter) and the one that
 * may call bpf() are left out.
 */
#define VORW_GEN_FUNC_PROTOS(X)						\
	X(SOCKET_FILTER,	sk_filter_func_proto)			\
	X(SCHED_CLS,		tc_cls_act_func_proto)			\
	X(SCHED_ACT,		tc_cls_act_func_proto)			\
	X(XDP,			xdp_func_proto)				\
	X(CGROUP_SKB,		cg_skb_func_proto)			\
	X(CGROUP_SOCK,		sock_filter_func_proto)			\
	X(CGROUP_SOCK_ADDR,	sock_addr_func_proto)			\
	X(CGROUP_DEVICE,	cgroup_dev_func_proto)			\
	X(CGROUP_SYSCTL,	sysctl_func_proto)			\
	X(CGROUP_SOCKOPT,	cg_sockopt_func_proto)			\
	X(LWT_IN,		lwt_in_func_proto)			\
	X(LWT_OUT,		lwt_out_func_proto)			\
	X(LWT_XMIT,		lwt_xmit_func_proto)			\
	X(LWT_SEG6LOCAL,	lwt_seg6local_func_proto)		\
	X(SOCK_OPS,		sock_ops_func_proto)			\
	X(SK_SKB,		sk_skb_func_proto)			\
	X(SK_MSG,		sk_msg_func_proto)			\
	X(SK_REUSEPORT,		sk_reuseport_func_proto)		\
	X(SK_LOOKUP,		sk_lookup_func_proto)			\
	X(FLOW_DISSECTOR,	flow_dissector_func_proto)		\
	X(KPROBE,		kprobe_prog_func_proto)			\
	X(TRACEPOINT,		tp_prog_func_proto)			\
	X(PERF_EVENT,		pe_prog_func_proto)			\
	X(RAW_TRACEPOINT,	raw_tp_prog_func_proto)			\
	X(RAW_TRACEPOINT_WRITABLE, raw_tp_prog_func_proto)

/* Name of that function, NULL: the type is not supported. */
static inline const char *vorw_gen_func_proto(enum bpf_prog_type type)
{
	switch (type) {
#define X(t, fn) case BPF_PROG_TYPE_##t: return #fn;
	VORW_GEN_FUNC_PROTOS(X)
#undef X
	default:
		return NULL;
	}
}

#endif /* VORW_GEN_H */
