// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tiny - a small object with something in every section of a blob: what bad
 * blobs are made of. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 2);
} runs SEC(".maps");

SEC("socket")
int tiny(struct __sk_buff *skb)
{
	__u32 key = 1;
	__u64 *n = bpf_map_lookup_elem(&runs, &key);

	if (n)
		(*n)++;
	return 7;
}

char _license[] SEC("license") = "GPL";
