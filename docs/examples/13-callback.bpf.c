// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 13-callback - a program that an armv7 target refuses.
 *
 * The callback of bpf_for_each_map_elem() is a function whose address the JIT
 * would have to load; that of an armv7 kernel cannot, and the verifier
 * allows no callback in an interpreted program.  `vorw verify` says the same.
 */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 16);
} table SEC(".maps");

static long add_up(void *map, __u32 *key, __u64 *value, __u64 *sum)
{
	*sum += *value;
	return 0;
}

SEC("xdp")
int callback(struct xdp_md *ctx)
{
	__u64 sum = 0;

	bpf_for_each_map_elem(&table, add_up, &sum, 0);
	return sum > 100 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
