// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 02-xdp-deny - drop IPv4 packets from denied addresses before the stack
 * sees them, and count both verdicts per CPU.
 *
 * The addresses are entries of a hash map which user space changes while the
 * filter runs; the value of an entry is the number of packets it stopped.
 */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __be32);	/* source address */
	__type(value, __u64);	/* packets dropped */
	__uint(max_entries, 1024);
} denied SEC(".maps");

struct verdict {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);	/* XDP_DROP or XDP_PASS */
	__type(value, struct verdict);
	__uint(max_entries, XDP_PASS + 1);
} verdicts SEC(".maps");

static __always_inline int verdict(__u32 action, __u64 bytes)
{
	struct verdict *v = bpf_map_lookup_elem(&verdicts, &action);

	if (v) {
		v->packets++;
		v->bytes += bytes;
	}
	return action;
}

SEC("xdp")
int xdp_deny(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u64 *dropped;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;

	dropped = bpf_map_lookup_elem(&denied, &ip->saddr);
	if (!dropped)
		return verdict(XDP_PASS, end - data);
	(*dropped)++;
	return verdict(XDP_DROP, end - data);
}

char _license[] SEC("license") = "Dual BSD/GPL";
