// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * big-log - refused at its end, after more steps of the verifier than the
 * largest log has room for.  STEPS: fewer, for a log that fits.
 */
#include "vorw_example.h"

#ifndef STEPS
#define STEPS 60000
#endif

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} values SEC(".maps");

SEC("xdp")
int big_log(struct xdp_md *ctx)
{
	/* not a constant: of that one 6.14 and later know that it is there */
	__u32 key = bpf_get_prandom_u32(), i;
	volatile __u64 sum = 0;
	__u64 *v;

	for (i = 0; i < STEPS; i++)
		sum += i;
	v = bpf_map_lookup_elem(&values, &key);
	return *v + sum;
}

char _license[] SEC("license") = "GPL";
