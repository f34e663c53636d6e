// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * map-flags - maps that do not keep the flags they were made with: device maps
 * get one more, those of the descriptor are not the map's.
 */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 4);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
	__uint(max_entries, 4);
} hashed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 2);
	__uint(map_flags, BPF_F_RDONLY);
} user_reads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 2);
	__uint(map_flags, BPF_F_WRONLY | BPF_F_RDONLY_PROG);
} user_writes SEC(".maps");

/* The templates are not declared maps either. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, 2);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__type(key, __u32);
		__type(value, __u64);
		__uint(max_entries, 3);
		__uint(map_flags, BPF_F_RDONLY);
	});
} outer SEC(".maps");

SEC("xdp")
int map_flags(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *r = bpf_map_lookup_elem(&user_reads, &zero);
	__u64 *w = bpf_map_lookup_elem(&user_writes, &zero);
	void *m = bpf_map_lookup_elem(&outer, &zero);

	if (r)
		*r += w ? *w : 1;
	if (m)
		return XDP_DROP;
	if (r && *r == 2)
		return bpf_redirect_map(&hashed, 0, XDP_PASS);
	return bpf_redirect_map(&devices, 0, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
