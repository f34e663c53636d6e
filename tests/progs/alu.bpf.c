// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* alu - shifts, negation, comparisons, sign handling of both widths: what
 * small differences in generated code would show in. */
#include "vorw_example.h"

#define STEP(expr)	(sum = sum * 31 + (__u64)(expr))

SEC("xdp")
int alu(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	/* as NET_IP_ALIGN may put it, for CPUs that care */
	struct { __u64 a, b, sum; } __attribute__((packed, aligned(2))) *p = data;
	__u64 a, b, sum = 0;
	__u32 la, lb;

	if ((void *)(p + 1) > end)
		return XDP_PASS;
	a = p->a;
	b = p->b;
	la = a;
	lb = b;
	STEP(a << (b & 63));
	STEP(a >> (b & 63));
	STEP((__s64)a >> (b & 63));
	STEP(la << (lb & 31));
	STEP(la >> (lb & 31));
	STEP((__s32)la >> (lb & 31));
	STEP(-a);
	STEP(-la);
	STEP(a * b);
	STEP(la * lb);
	STEP((__s64)a < (__s64)b);
	STEP(a < b);
	STEP((__s32)la <= (__s32)lb);
	STEP(la > lb);
	STEP((a & b) | (a ^ b));
	STEP(__builtin_bswap64(a));
	STEP(__builtin_bswap32(la));
	STEP(__builtin_bswap16(la));
	STEP(a << 32);
	STEP(a >> 33);
	STEP((__s64)a >> 31);
	p->sum = sum;
	return sum & 1 ? XDP_TX : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
