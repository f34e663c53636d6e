// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* names.c - names of program types, map types, helpers and flag bits. */
#include <elf.h>
#include <stdio.h>
#include <linux/bpf.h>
#include "names.h"
#include "vorw_format.h"
#include "vorw_machine.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define LOOKUP(a, i)	((i) < COUNT(a) ? (a)[i] : NULL)

const char *prog_type_name(u32 type)
{
	static const char *const names[] = {
		"unspec", "socket_filter", "kprobe", "sched_cls", "sched_act",
		"tracepoint", "xdp", "perf_event", "cgroup_skb", "cgroup_sock",
		"lwt_in", "lwt_out", "lwt_xmit", "sock_ops", "sk_skb",
		"cgroup_device", "sk_msg", "raw_tracepoint",
		"cgroup_sock_addr", "lwt_seg6local", "lirc_mode2",
		"sk_reuseport", "flow_dissector", "cgroup_sysctl",
		"raw_tracepoint_writable", "cgroup_sockopt", "tracing",
		"struct_ops", "ext", "lsm", "sk_lookup", "syscall",
		"netfilter",
	};

	_Static_assert(BPF_PROG_TYPE_SYSCALL == 31, "order of enum bpf_prog_type");
	return LOOKUP(names, type);
}

const char *map_type_name(u32 type)
{
	static const char *const names[] = {
		"unspec", "hash", "array", "prog_array", "perf_event_array",
		"percpu_hash", "percpu_array", "stack_trace", "cgroup_array",
		"lru_hash", "lru_percpu_hash", "lpm_trie", "array_of_maps",
		"hash_of_maps", "devmap", "sockmap", "cpumap", "xskmap",
		"sockhash", "cgroup_storage", "reuseport_sockarray",
		"percpu_cgroup_storage", "queue", "stack", "sk_storage",
		"devmap_hash", "struct_ops", "ringbuf", "inode_storage",
		"task_storage", "bloom_filter", "user_ringbuf",
		"cgrp_storage", "arena",
	};

	_Static_assert(BPF_MAP_TYPE_USER_RINGBUF == 31, "order of enum bpf_map_type");
	return LOOKUP(names, type);
}

const char *attach_type_name(u32 type)
{
	static const char *const names[] = {
		"cgroup_inet_ingress", "cgroup_inet_egress",
		"cgroup_inet_sock_create", "cgroup_sock_ops",
		"sk_skb_stream_parser", "sk_skb_stream_verdict",
		"cgroup_device", "sk_msg_verdict", "cgroup_inet4_bind",
		"cgroup_inet6_bind", "cgroup_inet4_connect",
		"cgroup_inet6_connect", "cgroup_inet4_post_bind",
		"cgroup_inet6_post_bind", "cgroup_udp4_sendmsg",
		"cgroup_udp6_sendmsg", "lirc_mode2", "flow_dissector",
		"cgroup_sysctl", "cgroup_udp4_recvmsg", "cgroup_udp6_recvmsg",
		"cgroup_getsockopt", "cgroup_setsockopt", "trace_raw_tp",
		"trace_fentry", "trace_fexit", "modify_return", "lsm_mac",
		"trace_iter", "cgroup_inet4_getpeername",
		"cgroup_inet6_getpeername", "cgroup_inet4_getsockname",
		"cgroup_inet6_getsockname", "xdp_devmap",
		"cgroup_inet_sock_release", "xdp_cpumap", "sk_lookup", "xdp",
		"sk_skb_verdict", "sk_reuseport_select",
		"sk_reuseport_select_or_migrate", "perf_event",
		"trace_kprobe_multi", "lsm_cgroup",
	};

	_Static_assert(BPF_LSM_CGROUP == COUNT(names) - 1,
		       "order of enum bpf_attach_type");
	return LOOKUP(names, type);
}

const char *section_name(u32 type)
{
	static const char *const names[] = {
		NULL, "strings", "binding", "object", "maps", "progs",
		"used_maps", "inits", "relocs", "insns", "code", "data", "btf",
		"parts", "pokes", "faults",
	};

	_Static_assert(COUNT(names) == VORW_SEC_MAX, "enum vorw_sec_type");
	return LOOKUP(names, type);
}

const char *attach_kind_name(u32 kind)
{
	static const char *const names[] = {
		"none", "kprobe", "kretprobe", "tracepoint", "raw_tracepoint",
		"perf_event", "xdp", "tc", "cgroup", "socket",
	};

	_Static_assert(COUNT(names) == VORW_ATTACH_MAX, "enum vorw_attach_kind");
	return LOOKUP(names, kind);
}

const char *helper_name(u32 id)
{
#define NAME(x)	#x
	static const char *const names[] = { __BPF_FUNC_MAPPER(NAME) };
#undef NAME

	return LOOKUP(names, id);
}

const char *machine_name(u32 machine)
{
	switch (machine) {
	case EM_ARM:	return "arm";
	case EM_AARCH64: return "aarch64";
	case EM_X86_64:	return "x86-64";
	case EM_RISCV:	return "riscv";
	default:	return "?";
	}
}

static char *bit_names(char *buf, size_t cap, u32 bits,
		       const char *const *names, u32 count)
{
	size_t n = 0;
	u32 i;

	buf[0] = 0;
	for (i = 0; i < count; i++)
		if (names[i] && bits & 1u << i && n < cap)
			n += snprintf(buf + n, cap - n, " %s", names[i]);
	for (i = 0; i < count; i++)
		if (names[i])
			bits &= ~(1u << i);
	if (bits && n < cap)
		n += snprintf(buf + n, cap - n, " 0x%x", bits);
	if (!n)
		snprintf(buf, cap, " -");
	return buf;
}

char *cpu_feature_names(char *buf, size_t cap, u32 machine, u32 bits)
{
	const struct vorw_machine *m = vorw_machine(machine);
	u32 unknown = m ? bits & ~m->cpu_features : bits;
	char names[VORW_FEATURE_NAMES], number[16] = "";

	vorw_feature_names(machine, bits, names);
	if (unknown)
		snprintf(number, sizeof(number), " 0x%x", unknown);
	snprintf(buf, cap, "%s%s", bits ? names : " -", number);
	return buf;
}

char *cap_names(char *buf, size_t cap, u32 bits)
{
	static const char *const names[] = {
		"CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN",
	};

	return bit_names(buf, cap, bits, names, COUNT(names));
}

char *fact_names(char *buf, size_t cap, u32 bits)
{
	static const char *const names[] = {
		"cb_access", "dst_needed", "kprobe_override",
		"has_callchain_buf", "call_get_stack", "call_get_func_ip",
		"enforce_expected_attach_type", "tstamp_type_access",
		"tail_call_reachable", "verifier_zext",
		"changes_pkt_data", "might_sleep", "jit_required",
		"kprobe_write_ctx",
	};

	_Static_assert((1u << COUNT(names)) - 1 == VORW_F_ALL, "VORW_F_*");
	return bit_names(buf, cap, bits, names, COUNT(names));
}

char *map_flag_names(char *buf, size_t cap, u32 bits)
{
	static const char *const names[] = {
		"no_prealloc", "no_common_lru", "numa_node", "rdonly",
		"wronly", "stack_build_id", "zero_seed", "rdonly_prog",
		"wronly_prog", "clone", "mmapable", "preserve_elems",
		"inner_map", "link",
	};

	_Static_assert(BPF_F_INNER_MAP == 1u << 12, "BPF_F_*");
	return bit_names(buf, cap, bits, names, COUNT(names));
}
