// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * inner-timer - a map of maps with a timer in their values: only the BTF of
 * the template tells the kernel to keep other maps out.  No declared map has a
 * timer.
 */
#include "vorw_example.h"

struct timed {
	struct bpf_timer timer;
	__u32 n;
};

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct timed);
	__uint(max_entries, 1);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, 2);
	__array(values, struct inner);
} outer SEC(".maps");

SEC("tc")
int inner_timer(struct __sk_buff *skb)
{
	struct timed *t;
	__u32 zero = 0;
	void *map;

	map = bpf_map_lookup_elem(&outer, &zero);
	if (!map)
		return 1;
	t = bpf_map_lookup_elem(map, &zero);
	if (!t)
		return 2;
	if (bpf_timer_init(&t->timer, map, 1))	/* 1: CLOCK_MONOTONIC */
		return 3;
	return bpf_timer_start(&t->timer, 0, 0) ? 4 : 5;
}

/* LLVM writes no BTF of a type that only a template names, or only a pointer.
 * A variable of the type itself: libbpf 1.5 maps variables, and the kernel
 * lets nothing be mapped that has a timer. */
struct timed (*keep_btf)[1] SEC(".data.keep");

char _license[] SEC("license") = "GPL";
