// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* huge-map - a map larger than the target's memory. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 1 << 20);
	__uint(max_entries, 1 << 11);
} huge SEC(".maps");

SEC("xdp")
int huge_map(struct xdp_md *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&huge, &zero) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
