// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* optional-program - SEC("?…"): not loaded unless asked for, and here one
 * that the verifier would refuse. */
#include "vorw_example.h"

SEC("?xdp")
int broken(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data;
}

SEC("xdp")
int sound(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
