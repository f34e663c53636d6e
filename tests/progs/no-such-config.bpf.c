// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* no-such-config - an option that the kernel's configuration has not. */
#include "vorw_example.h"

extern int CONFIG_FROBNICATE __kconfig;

SEC("socket")
int no_such_config(struct __sk_buff *skb)
{
	return CONFIG_FROBNICATE;
}

char _license[] SEC("license") = "GPL";
