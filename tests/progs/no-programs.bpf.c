// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* no-programs - an object with a map and nothing to load. */
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} lonely SEC(".maps");

char _license[] SEC("license") = "GPL";
