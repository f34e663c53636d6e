// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * warm.bpf.c - the object that a template VM verifies once (template.h): some of
 * each of what objects have, so that the code which handles it is translated.
 */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include "vorw_example.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 64);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 4);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, 8);
	__uint(value_size, 4);
	__uint(max_entries, 16);
} trie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

int last(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(key_size, 4);
	__uint(max_entries, 4);
	__array(values, int (struct __sk_buff *));
} jumps SEC(".maps") = { .values = { [1] = &last } };

const volatile __u32 limit = 10;
__u64 seen;

SEC("xdp")
int packets(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u64 one = 1, *n;
	__u32 key[2] = { 32 };
	int i;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	key[1] = ip->saddr;
	if (bpf_map_lookup_elem(&trie, key))
		return XDP_DROP;
	n = bpf_map_lookup_elem(&hash, &key[1]);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&hash, &key[1], &one, BPF_ANY);
	for (i = 0; i < 8; i++) {
		key[0] = i & 3;
		n = bpf_map_lookup_elem(&array, &key[0]);
		if (n && *n > limit)
			seen++;
	}
	return XDP_PASS;
}

SEC("socket")
int first(struct __sk_buff *skb)
{
	__u8 proto;

	if (bpf_skb_load_bytes(skb, ETH_HLEN + 9, &proto, 1))
		return 0;
	bpf_tail_call(skb, &jumps, proto);
	return skb->len;
}

SEC("socket")
int last(struct __sk_buff *skb)
{
	return skb->len > limit ? 0 : -1;
}

SEC("tracepoint/sched/sched_process_exec")
int execs(void *ctx)
{
	struct { __u64 when; __u32 pid; char comm[16]; } *e;
	__u32 key = 0;
	__u64 *n;

	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e)
		return 0;
	e->when = bpf_ktime_get_ns();
	e->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	n = bpf_map_lookup_elem(&array, &key);
	if (n)
		(*n)++;
	return 0;
}

SEC("kprobe/vfs_read")
int reads(struct pt_regs *ctx)
{
	struct { __u64 arg; char text[32]; } e = { FN_ARG(ctx, 0), "" };

	bpf_probe_read_kernel(e.text, sizeof(e.text), (void *)(long)e.arg);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e));
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
