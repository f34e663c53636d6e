// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 04-cgroup-count - traffic of a control group, both ways, with a quota.
 *
 * Two programs in one object share their maps.  Bytes are counted at the IP
 * layer; when the egress counter of the group has reached the quota (0: none),
 * its packets are refused and the sender sees EPERM.
 */
#include "vorw_example.h"

struct traffic {
	__u64 packets;
	__u64 bytes;
	__u64 refused;
};

enum { INGRESS, EGRESS, DIRECTIONS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct traffic);
	__uint(max_entries, DIRECTIONS);
} traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} quota SEC(".maps");

SEC("cgroup_skb/ingress")
int count_ingress(struct __sk_buff *skb)
{
	__u32 dir = INGRESS;
	struct traffic *t = bpf_map_lookup_elem(&traffic, &dir);

	if (t) {
		t->packets++;
		t->bytes += skb->len;
	}
	return 1;
}

SEC("cgroup_skb/egress")
int count_egress(struct __sk_buff *skb)
{
	__u32 dir = EGRESS, zero = 0;
	struct traffic *t = bpf_map_lookup_elem(&traffic, &dir);
	__u64 *limit = bpf_map_lookup_elem(&quota, &zero);

	if (!t || !limit)
		return 1;
	if (*limit && t->bytes + skb->len > *limit) {
		t->refused++;
		return 0;
	}
	t->packets++;
	t->bytes += skb->len;
	return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
