// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* pinned-map - a map that libbpf would pin by its name and share. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 16);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} shared_counts SEC(".maps");

SEC("socket")
int pinned_map(struct __sk_buff *skb)
{
	__u32 key = skb->len;
	__u64 one = 1;

	bpf_map_update_elem(&shared_counts, &key, &one, BPF_ANY);
	return 0;
}

char _license[] SEC("license") = "GPL";
