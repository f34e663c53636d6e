// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * inlined-helpers - helpers instead of which verifiers put loads of kernel
 * variables: their addresses are in the instructions, and change with the
 * place of the kernel.
 */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 4);
} results SEC(".maps");

static __always_inline void store(__u32 key, __u64 value)
{
	__u64 *r = bpf_map_lookup_elem(&results, &key);

	if (r)
		*r = value;
}

SEC("socket")
int inlined_helpers(struct __sk_buff *skb)
{
	__u64 then = bpf_jiffies64(), task = bpf_get_current_task();
	__u32 word;

	store(0, bpf_get_smp_processor_id() < 2);
	store(1, bpf_jiffies64() - then < 1000000);
	store(2, then != 0);
	store(3, bpf_probe_read_kernel(&word, sizeof(word), (void *)task) == 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
