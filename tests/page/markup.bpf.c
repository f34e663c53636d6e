// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * markup - the second program is refused in a line whose text, which the
 * kernel prints, would do things if a page took it for HTML.
 */
#include "vorw_example.h"

SEC("xdp")
int fine(struct xdp_md *ctx)
{
	return bpf_get_prandom_u32() & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int wrong(struct xdp_md *ctx)
{
	if (bpf_get_prandom_u32() & 1)
		return XDP_PASS;
	return *(__u8 *)(long)ctx->data; /* "'<img src=x onerror=alert(1)><script>alert(2)</script>&amp; */
}

char _license[] SEC("license") = "GPL";
