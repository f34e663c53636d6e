// SPDX-License-Identifier: GPL-2.0-only
/*
 * compat.c - find kernel routines by name.
 *
 * kallsyms_lookup_name() has not been exported since 5.7; a kprobe on it tells
 * its address.  Linux 6.1's spelling of helper tables.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include "compat.h"

struct capture_syms ksyms;

int compat_init(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	int err;

	err = register_kprobe(&kp);
	if (err) {
		pr_err("vorw_capture: kprobe on kallsyms_lookup_name: %d\n",
		       err);
		return err;
	}
	ksyms.kallsyms_lookup_name = (void *)kp.addr;
	unregister_kprobe(&kp);

#define X(sym)								\
	ksyms.sym = (void *)ksyms.kallsyms_lookup_name(#sym);		\
	if (!ksyms.sym) {						\
		pr_err("vorw_capture: no symbol %s\n", #sym);		\
		return -ENOENT;						\
	}
	CAPTURE_SYMBOLS(X)
#undef X
	return 0;
}

/* include/linux/bpf_types.h pairs types with *_verifier_ops; the names of
 * their get_func_proto members are in net/core/filter.c, kernel/trace/
 * bpf_trace.c, kernel/bpf/cgroup.c.  Types that attach to kernel BTF are not
 * listed: no target without kernel BTF loads them. */
static const struct {
	enum bpf_prog_type type;
	const char *symbol;
} func_protos[] = {
	{ BPF_PROG_TYPE_SOCKET_FILTER,	"sk_filter_func_proto" },
	{ BPF_PROG_TYPE_SCHED_CLS,	"tc_cls_act_func_proto" },
	{ BPF_PROG_TYPE_SCHED_ACT,	"tc_cls_act_func_proto" },
	{ BPF_PROG_TYPE_XDP,		"xdp_func_proto" },
	{ BPF_PROG_TYPE_CGROUP_SKB,	"cg_skb_func_proto" },
	{ BPF_PROG_TYPE_CGROUP_SOCK,	"sock_filter_func_proto" },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "sock_addr_func_proto" },
	{ BPF_PROG_TYPE_CGROUP_DEVICE,	"cgroup_dev_func_proto" },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL,	"sysctl_func_proto" },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT,	"cg_sockopt_func_proto" },
	{ BPF_PROG_TYPE_LWT_IN,		"lwt_in_func_proto" },
	{ BPF_PROG_TYPE_LWT_OUT,	"lwt_out_func_proto" },
	{ BPF_PROG_TYPE_LWT_XMIT,	"lwt_xmit_func_proto" },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL,	"lwt_seg6local_func_proto" },
	{ BPF_PROG_TYPE_SOCK_OPS,	"sock_ops_func_proto" },
	{ BPF_PROG_TYPE_SK_SKB,		"sk_skb_func_proto" },
	{ BPF_PROG_TYPE_SK_MSG,		"sk_msg_func_proto" },
	{ BPF_PROG_TYPE_SK_REUSEPORT,	"sk_reuseport_func_proto" },
	{ BPF_PROG_TYPE_SK_LOOKUP,	"sk_lookup_func_proto" },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR,	"flow_dissector_func_proto" },
	{ BPF_PROG_TYPE_KPROBE,		"kprobe_prog_func_proto" },
	{ BPF_PROG_TYPE_TRACEPOINT,	"tp_prog_func_proto" },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT,	"raw_tp_prog_func_proto" },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, "raw_tp_prog_func_proto" },
	{ BPF_PROG_TYPE_PERF_EVENT,	"pe_prog_func_proto" },
};

func_proto_fn compat_func_proto(enum bpf_prog_type type)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(func_protos); i++)
		if (func_protos[i].type == type)
			return (func_proto_fn)ksyms.kallsyms_lookup_name(
						func_protos[i].symbol);
	return NULL;
}
