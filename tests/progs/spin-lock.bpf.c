// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* spin-lock - a map value with a lock in it, placed by the object's BTF. */
#include "vorw_example.h"

struct guarded {
	struct bpf_spin_lock lock;
	__u32 users;
	__u64 sum;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct guarded);
	__uint(max_entries, 2);
} guarded SEC(".maps");

SEC("tc")
int spin_lock(struct __sk_buff *skb)
{
	__u32 one = 1;
	struct guarded *g = bpf_map_lookup_elem(&guarded, &one);

	if (!g)
		return 0;
	bpf_spin_lock(&g->lock);
	g->users++;
	g->sum += skb->len;
	bpf_spin_unlock(&g->lock);
	return 0;
}

char _license[] SEC("license") = "GPL";
