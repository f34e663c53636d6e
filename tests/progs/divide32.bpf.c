// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* divide32 - 32-bit division and modulo: a hardware instruction on cores that
 * have it, a routine of the JIT on those that have not. */
#include "vorw_example.h"

SEC("xdp")
int divide32(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	/* as NET_IP_ALIGN may put it, for CPUs that care */
	struct { __u32 n[8]; } __attribute__((packed, aligned(2))) *p = data;

	if ((void *)(p + 1) > end)
		return XDP_PASS;
	p->n[2] = p->n[0] / p->n[1];
	p->n[3] = p->n[0] % p->n[1];
	p->n[4] = p->n[0] / 10;
	p->n[5] = p->n[0] % 1000;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
