// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* kconfig - constants that libbpf fills in from the running kernel. */
#include "vorw_example.h"

extern int LINUX_KERNEL_VERSION __kconfig;

SEC("socket")
int kconfig(struct __sk_buff *skb)
{
	return LINUX_KERNEL_VERSION >> 8;
}

char _license[] SEC("license") = "GPL";
