// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* large.bpf.c - a small program with a map of 8 MiB. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1 << 20);
} large SEC(".maps");

SEC("xdp")
int reads(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	__u64 *value = bpf_map_lookup_elem(&large, &key);

	return value && *value ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
