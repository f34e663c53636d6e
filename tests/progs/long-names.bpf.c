// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* long-names - names longer than the kernel's 15 characters, equal in those. */
#include "vorw_example.h"

#define A	a_name_far_longer_than_what_the_kernel_keeps_of_it_first
#define B	a_name_far_longer_than_what_the_kernel_keeps_of_it_second

struct map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} map_of_the_same_long_beginning_one SEC(".maps"),
  map_of_the_same_long_beginning_two SEC(".maps");

SEC("socket")
int A(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&map_of_the_same_long_beginning_one,
				       &zero);

	return n ? ++*n : 0;
}

SEC("socket")
int B(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&map_of_the_same_long_beginning_two,
				       &zero);

	return n ? --*n : 0;
}

char _license[] SEC("license") = "GPL";
