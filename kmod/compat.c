// SPDX-License-Identifier: GPL-2.0-only
/* compat.c - finding what the kernel does not export. */

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include "compat.h"

struct vorw_kernel vorw_kernel __ro_after_init;
static typeof(&kallsyms_on_each_match_symbol) on_each_match __ro_after_init;

/* The symbol table's own functions are not exported, but a probe knows their
 * addresses. */
static int __init find_on_each_match(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_on_each_match_symbol" };
	int err;

	err = register_kprobe(&kp);
	if (err) {
		pr_err("no probe on %s (%d): kprobes are needed\n",
		       kp.symbol_name, err);
		return err;
	}
	on_each_match = (typeof(on_each_match))kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

struct match {
	unsigned long addr;
	unsigned int cnt;
};

static int count_match(void *data, unsigned long addr)
{
	struct match *m = data;

	m->addr = addr;
	m->cnt++;
	return 0;
}

/* This walks the kernel image's symbols only, by a sorted index. */
unsigned long vorw_kernel_function(const char *name)
{
	struct match m = { };

	on_each_match(count_match, name, &m);
	return m.cnt == 1 ? m.addr : 0;
}

int __init vorw_compat_init(void)
{
	int err = find_on_each_match();

	if (err)
		return err;
#define X(name)								\
	vorw_kernel.name = (typeof(vorw_kernel.name))			\
		vorw_kernel_function(#name);				\
	if (!vorw_kernel.name) {					\
		pr_err("kernel routine " #name " not found\n");		\
		return -ENOENT;						\
	}
	VORW_KERNEL_ROUTINES(X)
#undef X
	return 0;
}

int vorw_binary_lock_ro(struct bpf_binary_header *hdr)
{
	struct vm_struct *vm = vorw_kernel.find_vm_area(hdr);
	int pages = hdr->size >> PAGE_SHIFT;
	int err;

	if (vm)
		vm->flags |= VM_FLUSH_RESET_PERMS;
	err = vorw_kernel.set_memory_ro((unsigned long)hdr, pages);
	return err ?: vorw_kernel.set_memory_x((unsigned long)hdr, pages);
}

/*
 * The *_verifier_ops are data and have no symbol here, their get_func_proto()
 * is a function and has.  Types that need BTF of the kernel (tracing, LSM,
 * extensions, struct_ops) and the one that may call bpf() are left out.
 */
static const char * const func_protos[] = {
	[BPF_PROG_TYPE_SOCKET_FILTER]	= "sk_filter_func_proto",
	[BPF_PROG_TYPE_SCHED_CLS]	= "tc_cls_act_func_proto",
	[BPF_PROG_TYPE_SCHED_ACT]	= "tc_cls_act_func_proto",
	[BPF_PROG_TYPE_XDP]		= "xdp_func_proto",
	[BPF_PROG_TYPE_CGROUP_SKB]	= "cg_skb_func_proto",
	[BPF_PROG_TYPE_CGROUP_SOCK]	= "sock_filter_func_proto",
	[BPF_PROG_TYPE_CGROUP_SOCK_ADDR] = "sock_addr_func_proto",
	[BPF_PROG_TYPE_CGROUP_DEVICE]	= "cgroup_dev_func_proto",
	[BPF_PROG_TYPE_CGROUP_SYSCTL]	= "sysctl_func_proto",
	[BPF_PROG_TYPE_CGROUP_SOCKOPT]	= "cg_sockopt_func_proto",
	[BPF_PROG_TYPE_LWT_IN]		= "lwt_in_func_proto",
	[BPF_PROG_TYPE_LWT_OUT]		= "lwt_out_func_proto",
	[BPF_PROG_TYPE_LWT_XMIT]	= "lwt_xmit_func_proto",
	[BPF_PROG_TYPE_LWT_SEG6LOCAL]	= "lwt_seg6local_func_proto",
	[BPF_PROG_TYPE_SOCK_OPS]	= "sock_ops_func_proto",
	[BPF_PROG_TYPE_SK_SKB]		= "sk_skb_func_proto",
	[BPF_PROG_TYPE_SK_MSG]		= "sk_msg_func_proto",
	[BPF_PROG_TYPE_SK_REUSEPORT]	= "sk_reuseport_func_proto",
	[BPF_PROG_TYPE_SK_LOOKUP]	= "sk_lookup_func_proto",
	[BPF_PROG_TYPE_FLOW_DISSECTOR]	= "flow_dissector_func_proto",
	[BPF_PROG_TYPE_KPROBE]		= "kprobe_prog_func_proto",
	[BPF_PROG_TYPE_TRACEPOINT]	= "tp_prog_func_proto",
	[BPF_PROG_TYPE_PERF_EVENT]	= "pe_prog_func_proto",
	[BPF_PROG_TYPE_RAW_TRACEPOINT]	= "raw_tp_prog_func_proto",
	[BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE] = "raw_tp_prog_func_proto",
};

vorw_proto_fn vorw_func_proto_of(enum bpf_prog_type type)
{
	if ((u32)type >= ARRAY_SIZE(func_protos) || !func_protos[type])
		return NULL;
	return (vorw_proto_fn)vorw_kernel_function(func_protos[type]);
}
