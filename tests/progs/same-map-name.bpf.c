// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* same-map-name - two maps whose names differ behind the 64th character. */
#include "vorw_example.h"

#define LONG(n) \
	a_map_name_of_sixty_four_characters_that_no_device_tells_apart__##n

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} LONG(first) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} LONG(second) SEC(".maps");

SEC("xdp")
int two_maps(struct xdp_md *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&LONG(first), &zero) ==
	       bpf_map_lookup_elem(&LONG(second), &zero);
}

char _license[] SEC("license") = "GPL";
