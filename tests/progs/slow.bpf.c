// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* slow - sound, but long to verify: a loop that is walked step by step. */
#include "vorw_example.h"

#define STEPS 100000

SEC("xdp")
int slow(struct xdp_md *ctx)
{
	__u64 sum = 0;

	for (volatile __u64 i = 0; i < STEPS; i++)
		sum += i;
	return sum ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
