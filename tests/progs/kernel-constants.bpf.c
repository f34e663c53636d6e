// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kernel-constants - numbers that look like addresses of this kernel and are
 * none: text, the linear map, the modules' area, and near a helper's.  Nothing
 * of it may become a relocation.
 */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 8);
} results SEC(".maps");

#define STORE(n, number) do {						\
	__u32 key = n;							\
	__u64 *r = bpf_map_lookup_elem(&results, &key), c;		\
									\
	asm volatile("%0 = " #number " ll" : "=r"(c));			\
	if (r)								\
		*r = c + skb->len;					\
} while (0)

SEC("socket")
int kernel_constants(struct __sk_buff *skb)
{
	STORE(0, 0xc0008000);
	STORE(1, 0xc0300000);
	STORE(2, 0xc2a01400);
	STORE(3, 0xbf000000);
	STORE(4, 0xf0800000);
	STORE(5, 0xc030000012345678);
	STORE(6, 0x00000001c0300000);
	return 0;
}

char _license[] SEC("license") = "GPL";
