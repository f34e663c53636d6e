// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* real.bpf.c - one object with every kind of thing a capture has to see. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { [0] = &inner_a, [2] = &inner_b },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner);
} outer_hash SEC(".maps") = {
	.values = { [7] = &inner_b },
};

int callee(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int (void *));
} jumps SEC(".maps") = {
	.values = { [1] = (void *)&callee },
};

const volatile __u32 limit = 5;
int counter = 7;
__u64 zeros[3];
extern int CONFIG_HZ __kconfig;

/* an atomic operation: the arm JIT of 6.1 leaves it to the interpreter */
SEC("xdp")
int callee(struct xdp_md *ctx)
{
	__u32 key = 2;
	void *map = bpf_map_lookup_elem(&outer, &key);
	__u64 *value = map ? bpf_map_lookup_elem(map, &key) : 0;

	if (value)
		__sync_fetch_and_add(value, 1);
	return XDP_DROP;
}

SEC("xdp")
int caller(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&hash, &key);

	counter++;
	zeros[1] += CONFIG_HZ;
	if (value)
		*value += limit;
	bpf_tail_call(ctx, &jumps, 1);
	return XDP_PASS;
}

SEC("kprobe/do_nanosleep")
int probe(struct pt_regs *ctx)
{
	__u64 *value;
	__u32 key = counter / (limit | 1);

	value = bpf_map_lookup_elem(&hash, &key);
	if (value)
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, value,
				      8);
	return 0;
}

SEC("ksyscall/openat")
int syscall_probe(struct pt_regs *ctx)
{
	return 0;
}

static __attribute__((noinline)) int twice(int a)
{
	return a * counter;
}

/* With a helper that no JIT puts inline: without the JIT, 7.2 refuses those. */
SEC("?tp/sched/sched_switch")
int switched(void *ctx)
{
	return twice(bpf_ktime_get_ns()) & 1;
}

SEC("raw_tp/sched_switch")
int raw(void *ctx)
{
	return 0;
}

SEC("cgroup_skb/ingress")
int cgroup(struct __sk_buff *skb)
{
	return skb->len > limit;
}

SEC("perf_event")
int sampler(void *ctx)
{
	return 0;
}

SEC("socket")
int filter(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	skb->cb[0] = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
