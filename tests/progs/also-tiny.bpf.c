// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* also-tiny - tiny with other contents: parts of the one in the other are no
 * valid blob. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 3);
} calls SEC(".maps");

SEC("socket")
int also_tiny(struct __sk_buff *skb)
{
	__u32 key = 2;
	__u64 *n = bpf_map_lookup_elem(&calls, &key);

	if (n)
		*n += 3;
	return 9;
}

char _license[] SEC("license") = "GPL";
