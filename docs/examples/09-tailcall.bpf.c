// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 09-tailcall - a packet parser made of programs that jump to each other.
 *
 * "parsers" is filled by the object itself, one program per IP protocol;
 * "extra" starts empty and is filled (or not) by user space at run time, and a
 * jump to an empty slot falls through.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include "vorw_example.h"

enum { SAW_TCP, SAW_UDP, SAW_ICMP, SAW_OTHER, SAW_EXTRA, NO_EXTRA, COUNTERS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, COUNTERS);
} counters SEC(".maps");

int parse_icmp(struct __sk_buff *skb);
int parse_tcp(struct __sk_buff *skb);
int parse_udp(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, 32);
	__array(values, int (struct __sk_buff *));
} parsers SEC(".maps") = {
	.values = {
		[IPPROTO_ICMP] = &parse_icmp,
		[IPPROTO_TCP] = &parse_tcp,
		[IPPROTO_UDP] = &parse_udp,
	},
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 4);
} extra SEC(".maps");

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &what);

	if (n)
		(*n)++;
}

SEC("socket")
int dispatch(struct __sk_buff *skb)
{
	__u8 proto;

	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + 9, &proto, 1))
		return 0;
	bpf_tail_call(skb, &parsers, proto);
	count(SAW_OTHER);
	return 0;
}

SEC("socket")
int parse_icmp(struct __sk_buff *skb)
{
	count(SAW_ICMP);
	return skb->len;
}

SEC("socket")
int parse_tcp(struct __sk_buff *skb)
{
	count(SAW_TCP);
	return skb->len;
}

SEC("socket")
int parse_udp(struct __sk_buff *skb)
{
	__be16 port;

	count(SAW_UDP);
	if (bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(struct iphdr) + 2,
			       &port, sizeof(port)))
		return 0;
	/* a slot that is not a constant of the program */
	bpf_tail_call(skb, &extra, bpf_ntohs(port) & 3);
	count(NO_EXTRA);
	return 0;
}

SEC("socket")
int extra_udp(struct __sk_buff *skb)
{
	count(SAW_EXTRA);
	return skb->len;
}

char _license[] SEC("license") = "Dual BSD/GPL";
