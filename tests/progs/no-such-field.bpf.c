// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* no-such-field - a map definition that libbpf does not know. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(frobnicate, 3);
} odd SEC(".maps");

SEC("socket")
int no_such_field(struct __sk_buff *skb)
{
	__u32 key = 0;

	return !bpf_map_lookup_elem(&odd, &key);
}

char _license[] SEC("license") = "GPL";
