// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arena - memory shared with user space, from Linux 6.9 on: no blob carries it. */
#include "vorw_example.h"

struct {
	__uint(type, 33);		/* BPF_MAP_TYPE_ARENA */
	__uint(map_flags, 1 << 10);	/* BPF_F_MMAPABLE */
	__uint(map_extra, 0x10000000);	/* where user space has it */
	__uint(max_entries, 1);
} memory SEC(".maps");

SEC("socket")
int arena(struct __sk_buff *skb)
{
	void *here = &memory;

	asm volatile("" :: "r"(here));	/* naming it makes it the program's */
	return 0;
}

char _license[] SEC("license") = "GPL";
