// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 07-rawtp-syscalls - how often does a process make which system call?
 *
 * A raw tracepoint sees the arguments of the tracepoint itself: for sys_enter
 * the registers and the number of the call.
 */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} only_tgid SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);	/* system call number */
	__type(value, __u64);	/* calls */
	__uint(max_entries, 512);
} calls SEC(".maps");

SEC("raw_tp/sys_enter")
int rawtp_syscalls(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 zero = 0, nr = ctx->args[1];
	__u32 *tgid = bpf_map_lookup_elem(&only_tgid, &zero);
	__u64 one = 1, *n;

	if (!tgid || *tgid != bpf_get_current_pid_tgid() >> 32)
		return 0;
	n = bpf_map_lookup_elem(&calls, &nr);
	if (n)
		(*n)++;
	else
		bpf_map_update_elem(&calls, &nr, &one, BPF_NOEXIST);
	return 0;
}

char _license[] SEC("license") = "GPL";
