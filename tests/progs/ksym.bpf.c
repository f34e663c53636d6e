// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ksym - the address of a kernel function as a value (libbpf reads it from
 * /proc/kallsyms): a number that is right for one kernel build only. */
#include "vorw_example.h"

extern const void ksys_read __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} address SEC(".maps");

SEC("raw_tp/sys_enter")
int ksym(void *ctx)
{
	__u32 zero = 0;
	__u64 *a = bpf_map_lookup_elem(&address, &zero);

	if (a)
		*a = (__u64)&ksys_read;
	return 0;
}

char _license[] SEC("license") = "GPL";
