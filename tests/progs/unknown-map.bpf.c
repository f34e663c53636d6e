// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* unknown-map - a map type no kernel has. */
#include "vorw_example.h"

struct {
	__uint(type, 999);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} from_the_future SEC(".maps");

SEC("xdp")
int unknown_map(struct xdp_md *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&from_the_future, &zero) ? XDP_DROP :
							      XDP_PASS;
}

char _license[] SEC("license") = "GPL";
