// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * paths - a program of 2^PATHS_LOG2 paths, none of which the verifier can
 * leave out: each branch on an unknown bit sets one bit of an offset, and the
 * offset must be known precisely in the end.
 */
#include "vorw_example.h"

struct value {
	__u8 bytes[1 << 15];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct value);
	__uint(max_entries, 1);
} table SEC(".maps");

/* In assembler: a compiler would find a way without the branches. */
#define BRANCH(n)							\
	if (n < PATHS_LOG2) {						\
		__u64 bit;						\
									\
		asm volatile("%[bit] = %[unknown]\n\t"			\
			     "%[bit] >>= %[shift]\n\t"			\
			     "%[bit] &= 1\n\t"				\
			     "if %[bit] == 0 goto +1\n\t"		\
			     "%[off] += %[add]"				\
			     : [off] "+r"(off), [bit] "=&r"(bit)	\
			     : [unknown] "r"(unknown), [shift] "i"(n),	\
			       [add] "i"(1 << n));			\
	}

SEC("socket")
int paths(struct __sk_buff *skb)
{
	__u64 unknown = bpf_get_prandom_u32();
	__u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&table, &key);
	__u64 off = 0;

	if (!v)
		return 0;
	BRANCH(0) BRANCH(1) BRANCH(2) BRANCH(3) BRANCH(4)
	BRANCH(5) BRANCH(6) BRANCH(7) BRANCH(8) BRANCH(9)
	BRANCH(10) BRANCH(11) BRANCH(12) BRANCH(13) BRANCH(14)
	return ++v->bytes[off];
}

char _license[] SEC("license") = "GPL";
