// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 03-tc-mark - a direct-action tc classifier: UDP packets get a traffic class
 * (DSCP) by destination port, packets to a blocked port are dropped.
 *
 * Rules live in a hash map keyed by port.  The rewrite goes through
 * bpf_skb_store_bytes() and bpf_l3_csum_replace(), so that the checksum stays
 * right.
 */
#include <stddef.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include "vorw_example.h"

struct rule {
	__u8 tos;	/* new TOS byte */
	__u8 drop;
	__u16 reserved;
	__u32 hits;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);	/* UDP destination port */
	__type(value, struct rule);
	__uint(max_entries, 64);
} rules SEC(".maps");

SEC("tc")
int tc_mark(struct __sk_buff *skb)
{
	const int off = ETH_HLEN;
	struct iphdr ip;
	struct udphdr udp;
	struct rule *rule;
	__u32 port;

	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, off, &ip, sizeof(ip)) ||
	    ip.protocol != IPPROTO_UDP || ip.ihl != 5 ||
	    bpf_skb_load_bytes(skb, off + sizeof(ip), &udp, sizeof(udp)))
		return TC_ACT_OK;

	port = bpf_ntohs(udp.dest);
	rule = bpf_map_lookup_elem(&rules, &port);
	if (!rule)
		return TC_ACT_OK;
	rule->hits++;
	if (rule->drop)
		return TC_ACT_SHOT;

	skb->priority = rule->tos >> 5;
	bpf_l3_csum_replace(skb, off + offsetof(struct iphdr, check),
			    bpf_htons(ip.tos), bpf_htons(rule->tos), 2);
	bpf_skb_store_bytes(skb, off + offsetof(struct iphdr, tos),
			    &rule->tos, sizeof(rule->tos), 0);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
