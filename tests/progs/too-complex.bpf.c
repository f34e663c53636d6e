// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* too-complex - a loop of more steps than any verifier walks. */
#include "vorw_example.h"

SEC("xdp")
int too_complex(struct xdp_md *ctx)
{
	__u64 sum = 0;

	for (volatile __u32 i = 0; i < 10000000; i++)
		sum += i;
	return sum ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
