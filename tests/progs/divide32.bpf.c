// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* divide32 - 32-bit division and modulo: a hardware instruction on cores that
 * have it, a routine of the JIT on those that have not. */
#include "vorw_example.h"

SEC("xdp")
int divide32(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__u32 *n = data;

	if ((void *)(n + 8) > end)
		return XDP_PASS;
	n[2] = n[0] / n[1];
	n[3] = n[0] % n[1];
	n[4] = n[0] / 10;
	n[5] = n[0] % 1000;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
