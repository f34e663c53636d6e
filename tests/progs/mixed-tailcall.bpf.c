// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mixed-tailcall - two programs in one program array, of which the JIT of an
 * armv7 6.1 kernel takes only the first.  A program array holds programs of
 * one form (kernel/bpf/core.c bpf_prog_map_compatible()).
 */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} counter SEC(".maps");

int native(struct __sk_buff *skb);
int bytecode(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, 2);
	__array(values, int (struct __sk_buff *));
} programs SEC(".maps") = {
	.values = { &native, &bytecode },
};

SEC("socket")
int native(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &programs, 1);
	return 1;
}

SEC("socket")
int bytecode(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&counter, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 2;
}

char _license[] SEC("license") = "GPL";
