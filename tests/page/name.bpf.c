// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* name - a program whose name would do things in a page. */
#include "vorw_example.h"

SEC("xdp")
int named(struct xdp_md *ctx) __asm__("<img/src=x onerror=alert(3)>");
int named(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
