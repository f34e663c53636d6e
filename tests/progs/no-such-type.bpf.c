// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* no-such-type - a section that libbpf knows no program type for. */
#include "vorw_example.h"

SEC("frobnicate/it")
int no_such_type(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
