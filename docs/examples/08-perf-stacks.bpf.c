// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 08-perf-stacks - a profiler: each sample of a perf event adds one to the
 * kernel stack it hit.
 */
#include "vorw_example.h"

#define DEPTH 32

struct stack_key {
	__u32 tgid;
	__s32 kernel;		/* id in "stacks", or -errno */
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, DEPTH * sizeof(__u64));
	__uint(max_entries, 1024);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct stack_key);
	__type(value, __u64);	/* samples */
	__uint(max_entries, 1024);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);	/* sum of the periods seen */
	__uint(max_entries, 1);
} period SEC(".maps");

SEC("perf_event")
int perf_stacks(struct bpf_perf_event_data *ctx)
{
	__u32 zero = 0;
	struct stack_key key = {
		.tgid = bpf_get_current_pid_tgid() >> 32,
		.kernel = bpf_get_stackid(ctx, &stacks, BPF_F_FAST_STACK_CMP),
	};
	__u64 one = 1, *n;

	n = bpf_map_lookup_elem(&period, &zero);
	if (n)
		*n += ctx->sample_period;
	n = bpf_map_lookup_elem(&samples, &key);
	if (n)
		(*n)++;
	else
		bpf_map_update_elem(&samples, &key, &one, BPF_NOEXIST);
	return 0;
}

char _license[] SEC("license") = "GPL";
