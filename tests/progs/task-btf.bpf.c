// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * task-btf - reads along pointers of the kernel's types, which may fault: the
 * parent of the task that runs the test, and what that task says is its list
 * of robust futexes, any number.  And a tracing program with a stack large
 * enough to get one of its own where a kernel has that.
 */
#include "vorw_example.h"
#include <bpf/bpf_core_read.h>

#define CORE __attribute__((preserve_access_index))

struct robust_list_head { long futex_offset; } CORE;
struct task_struct {
	int tgid;
	struct task_struct *real_parent;
	struct robust_list_head *robust_list;
} CORE;
/* Linux 7.2 */
struct futex_sched_data { struct robust_list_head *robust_list; } CORE;
struct task_struct___futex { struct futex_sched_data futex; } CORE;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 4);
} results SEC(".maps");

static __always_inline void store(__u32 key, __u64 value)
{
	__u64 *r = bpf_map_lookup_elem(&results, &key);

	if (r)
		*r = value;
}

SEC("tc")
int task_btf(struct __sk_buff *skb)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct robust_list_head *head;

	if (bpf_core_field_exists(t->robust_list))
		head = t->robust_list;
	else
		head = ((struct task_struct___futex *)t)->futex.robust_list;
	store(0, t->tgid);
	store(1, t->real_parent->tgid);
	store(2, t->real_parent->real_parent->tgid);
	store(3, head->futex_offset + 1);
	return 2;
}

SEC("raw_tp/sys_enter")
int big_stack(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 words[16];
	__u32 i;

	for (i = 0; i < 16; i++)
		words[i] = ctx->args[1] * i + 3;
	bpf_get_current_comm(words, 16);
	for (i = 1; i < 16; i++)
		words[0] ^= words[i & (words[i] & 15)];
	store(0, words[0] | 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
