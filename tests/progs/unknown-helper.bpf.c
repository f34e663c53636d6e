// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* unknown-helper - a helper number no kernel has. */
#include "vorw_example.h"

static long (*no_such_helper)(void *) = (void *)9999;

SEC("xdp")
int unknown_helper(struct xdp_md *ctx)
{
	return no_such_helper(ctx) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
