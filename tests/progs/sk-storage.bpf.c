// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* sk-storage - a map type that the kernel does not make without BTF, though
 * there is nothing special in its values. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} packets SEC(".maps");

SEC("cgroup_skb/egress")
int sk_storage(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	__u32 *n;

	if (!sk)
		return 1;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 1;
	n = bpf_sk_storage_get(&packets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (n)
		++*n;
	return 1;
}

char _license[] SEC("license") = "GPL";
