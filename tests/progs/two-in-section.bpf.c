// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* two-in-section - several programs of one section, and one that names no
 * attach target. */
#include "vorw_example.h"

SEC("raw_tp/sys_enter")
int first(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int second(void *ctx)
{
	return 0;
}

SEC("kprobe")
int unnamed(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
