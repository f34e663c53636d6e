// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* bad.bpf.c - a good program, one the verifier refuses, one with a long log. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} array SEC(".maps");

#ifdef BAD_MAP
struct {
	__uint(type, 200);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unknown SEC(".maps");
#endif

SEC("socket")
int good(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("socket")
int unchecked(struct __sk_buff *skb)
{
	__u32 key = skb->len;	/* a constant is known to be there, since 6.14 */
	__u64 *value = bpf_map_lookup_elem(&array, &key);

	return *value;
}

/* Many paths that the verifier has to follow one by one: a long log. */
#define STEP(i)								\
	do {								\
		if (skb->cb[0] & (1 << (i)))				\
			asm volatile("%0 |= %1" : "+r"(sum)		\
				     : "i"(1 << (i)));			\
	} while (0)
SEC("socket")
int many(struct __sk_buff *skb)
{
	char buf[64] = { 0 };
	__u64 sum = 0;

	STEP(0); STEP(1); STEP(2); STEP(3); STEP(4); STEP(5);
	STEP(8); STEP(9); STEP(10); STEP(11);
	return buf[sum & 63];
}

char LICENSE[] SEC("license") = "GPL";
