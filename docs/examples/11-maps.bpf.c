// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 11-maps - a tc classifier over four kinds of maps: a longest-prefix-match
 * trie gives a source address its class, a per-CPU array counts by class, an
 * LRU hash remembers the flows, and a histogram of sizes lies in an inner map
 * that user space replaces to start a new period.
 */
#include <stddef.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include "vorw_example.h"

#define CLASSES 3

struct prefix {
	__u32 bits;
	__be32 addr;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct prefix);
	__type(value, __u32);	/* class */
	__uint(max_entries, 128);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} classes SEC(".maps");

struct flow {
	__be32 saddr;
	__be16 sport;
	__be16 dport;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct flow);
	__type(value, __u64);	/* packets */
	__uint(max_entries, 1024);
} flows SEC(".maps");

/* packets by the length of the datagram, in steps of 64 bytes */
struct sizes {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 8);
} sizes_first SEC(".maps"), sizes_next SEC(".maps");

/*
 * One slot on purpose: on 32-bit kernels an array of maps stores its pointers
 * four bytes apart and looks them up eight bytes apart, so that only the first
 * is found (kernel/bpf/arraymap.c, bpf_fd_array_map_update_elem() against
 * array_of_map_gen_lookup()).
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, 1);
	__array(values, struct sizes);
} sizes SEC(".maps") = {
	.values = { &sizes_first },
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, CLASSES);
} totals SEC(".maps");

SEC("tc")
int maps(struct __sk_buff *skb)
{
	struct prefix prefix = { .bits = 32 };
	struct flow flow;
	struct iphdr ip;
	struct udphdr udp;
	__u32 *class, step, zero = 0;
	__u64 *n, one = 1;
	void *inner;

	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) ||
	    ip.protocol != IPPROTO_UDP ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(ip), &udp, sizeof(udp)))
		return TC_ACT_OK;

	flow.saddr = ip.saddr;
	flow.sport = udp.source;
	flow.dport = udp.dest;
	n = bpf_map_lookup_elem(&flows, &flow);
	if (n)
		(*n)++;
	else
		bpf_map_update_elem(&flows, &flow, &one, BPF_ANY);

	prefix.addr = ip.saddr;
	class = bpf_map_lookup_elem(&classes, &prefix);
	n = class ? bpf_map_lookup_elem(&totals, class) : NULL;
	if (n)
		(*n)++;

	inner = bpf_map_lookup_elem(&sizes, &zero);
	if (!inner)
		return TC_ACT_OK;
	step = bpf_ntohs(udp.len) >> 6;
	n = bpf_map_lookup_elem(inner, &step);
	if (n)
		(*n)++;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";
