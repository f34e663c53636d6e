// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* fentry - a program type that needs kernel BTF, which the target lacks. */
#include "vorw_example.h"

SEC("fentry/do_sys_openat2")
int fentry_open(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
