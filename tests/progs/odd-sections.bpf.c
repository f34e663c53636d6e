// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * odd-sections - what section names mean beyond the program's type: data
 * sections with suffixes of their own, which become names of maps, and flags
 * of the load (XDP with fragments).
 */
#include "vorw_example.h"

const volatile __u32 plain = 3;
__u32 in_data = 5;
__u32 in_bss;

SEC(".rodata.constants.of-its-own")
const volatile __u32 constant = 7;

SEC(".data.a-b")
__u32 minus = 11;

SEC(".data.a_name_that_is_too_long")
__u32 longer = 13;

SEC("xdp.frags")
int odd_frags(struct xdp_md *ctx)
{
	in_bss++;
	in_data += plain;
	minus += constant;
	longer += minus;
	return longer & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int odd_plain(struct xdp_md *ctx)
{
	return in_data & 1 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
