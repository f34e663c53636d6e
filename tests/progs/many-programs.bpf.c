// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* many-programs - as many programs as one object reasonably has. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 64);
} counters SEC(".maps");

#define PROG(n)								\
SEC("socket")								\
int prog_##n(struct __sk_buff *skb)					\
{									\
	__u32 key = 0x##n;						\
	__u64 *c = bpf_map_lookup_elem(&counters, &key);		\
									\
	if (c)								\
		*c += 0x##n + skb->len;					\
	return 0x##n;							\
}
#define PROGS(n)							\
	PROG(n##0) PROG(n##1) PROG(n##2) PROG(n##3)			\
	PROG(n##4) PROG(n##5) PROG(n##6) PROG(n##7)			\
	PROG(n##8) PROG(n##9) PROG(n##a) PROG(n##b)			\
	PROG(n##c) PROG(n##d) PROG(n##e) PROG(n##f)
PROGS(0)
PROGS(1)
PROGS(2)
PROGS(3)

char _license[] SEC("license") = "GPL";
