// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mixed-unrelated - a statically filled program array of which one program is
 * not for the JIT of an armv7 6.1 kernel, and beside it a program of another
 * type, which stays native.
 */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} counter SEC(".maps");

int bytecode(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, 2);
	__array(values, int (struct __sk_buff *));
} programs SEC(".maps") = {
	.values = { [1] = &bytecode },
};

SEC("socket")
int entry(struct __sk_buff *skb)
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

SEC("xdp")
int unrelated(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
