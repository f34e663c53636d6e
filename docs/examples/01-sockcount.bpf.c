// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 01-sockcount - bytes per IP protocol, as a socket filter.
 *
 * The classic first BPF program: an array map indexed by protocol and an
 * atomic add.  The atomic add is what an armv7 JIT of 6.1 cannot compile, so
 * this object travels as verified bytecode.  On a raw packet socket the packet
 * starts at the Ethernet header.
 */
#include <stddef.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 256);
} bytes_by_proto SEC(".maps");

/* LLVM's name for the LD_ABS instruction: a byte of the packet, or the
 * program ends with 0 when the packet is too short. */
unsigned long long load_byte(void *skb, unsigned long long off)
	asm("llvm.bpf.load.byte");

SEC("socket")
int sockcount(struct __sk_buff *skb)
{
	__u32 proto;
	__u64 *bytes;

	if (skb->pkt_type != PACKET_OUTGOING)
		return 0;

	proto = load_byte(skb, ETH_HLEN + offsetof(struct iphdr, protocol));
	bytes = bpf_map_lookup_elem(&bytes_by_proto, &proto);
	if (bytes)
		__sync_fetch_and_add(bytes, skb->len);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
