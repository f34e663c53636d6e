// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* long - refused at its end, with a log of some thousand lines in front. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} values SEC(".maps");

SEC("xdp")
int long_log(struct xdp_md *ctx)
{
	/* not a constant: of that one 6.14 and later know that it is there */
	__u32 key = bpf_get_prandom_u32(), i;
	volatile __u64 sum = 0;
	__u64 *v;

	for (i = 0; i < 1000; i++)
		sum += i;
	v = bpf_map_lookup_elem(&values, &key);
	return *v + sum;	/* here */
}

char _license[] SEC("license") = "GPL";
