// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* kprobe-offset - a probe inside a function. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} hits SEC(".maps");

SEC("kprobe/do_sys_openat2+0x4")
int kprobe_offset(struct pt_regs *ctx)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&hits, &zero);

	if (n)
		(*n)++;
	return 0;
}

char _license[] SEC("license") = "GPL";
