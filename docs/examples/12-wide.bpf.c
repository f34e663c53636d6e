// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 12-wide - what the JIT of an armv7 6.1 kernel leaves to the interpreter:
 * 64-bit division and modulo, atomic operations of both widths, BPF-to-BPF
 * calls; with byte swaps of every width.
 *
 * An XDP program that takes two 64-bit numbers from the payload of a packet,
 * writes results back and passes it on.
 */
#include <linux/if_ether.h>
#include "vorw_example.h"

struct payload {
	__u64 a, b;		/* big-endian */
	__u64 quotient, remainder;
	__u64 swap64;
	__u32 swap32;
	__u16 swap16;
	__u16 calls;
} __attribute__((packed));

struct sums {
	__u64 packets;		/* add */
	__u64 all_bits;		/* or */
	__u64 common_bits;	/* and */
	__u64 parity;		/* xor */
	__u64 last;		/* exchange */
	__u32 count32;		/* fetch and add */
	__u32 first32;		/* compare and exchange from 0 */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct sums);
	__uint(max_entries, 1);
} sums SEC(".maps");

static __noinline __u64 divide(__u64 a, __u64 b, __u64 *rem)
{
	*rem = a % b;
	return a / b;
}

static __noinline __u32 account(__u64 a)
{
	__u32 zero = 0;
	struct sums *s = bpf_map_lookup_elem(&sums, &zero);

	if (!s)
		return 0;
	__sync_fetch_and_add(&s->packets, 1);
	__sync_fetch_and_or(&s->all_bits, a);
	__sync_fetch_and_and(&s->common_bits, a);
	__sync_fetch_and_xor(&s->parity, a);
	__sync_lock_test_and_set(&s->last, a);
	__sync_val_compare_and_swap(&s->first32, 0, (__u32)a);
	return __sync_fetch_and_add(&s->count32, 1);
}

SEC("xdp")
int wide(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct payload *p = data + sizeof(*eth);
	__u64 a, b, rem = 0;

	/* an EtherType for local experiments, IEEE 802 */
	if ((void *)(p + 1) > end || eth->h_proto != bpf_htons(0x88b5))
		return XDP_PASS;

	a = bpf_be64_to_cpu(p->a);
	b = bpf_be64_to_cpu(p->b);
	p->quotient = bpf_cpu_to_be64(divide(a, b, &rem));
	p->remainder = bpf_cpu_to_be64(rem);
	p->swap64 = __builtin_bswap64(a);
	p->swap32 = __builtin_bswap32((__u32)a);
	p->swap16 = __builtin_bswap16((__u16)a);
	p->calls = account(a);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
