// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* no-licence - calls a GPL-only helper without saying that it is GPL. */
#include "vorw_example.h"

SEC("raw_tp/sys_enter")
int no_licence(void *ctx)
{
	char buf[8];

	return bpf_probe_read_kernel(buf, sizeof(buf), ctx) != 0;
}
