// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* out-of-bounds - reads past the packet: the verifier refuses it. */
#include "vorw_example.h"

SEC("xdp")
int out_of_bounds(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data & 1 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
