// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * core-read - finds out by CO-RE relocations where a task keeps its ids, and
 * whether what it reads there is what the helper says.
 */
#include "vorw_example.h"
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *group_leader;
	int there_is_no_such_field;
} __attribute__((preserve_access_index));

/* 0: as the helper says; 1: not; 2: the field that there is not, was there;
 * 3: bytes from the start of the task to its tgid */
__u64 seen[4];

SEC("raw_tp/sys_enter")
int core_read(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)(long)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	if (BPF_CORE_READ(task, pid) == (int)id &&
	    BPF_CORE_READ(task, tgid) == (int)(id >> 32) &&
	    BPF_CORE_READ(leader, pid) == (int)(id >> 32))
		seen[0]++;
	else
		seen[1]++;
	if (bpf_core_field_exists(task->there_is_no_such_field))
		seen[2]++;
	seen[3] = bpf_core_field_offset(task->tgid);
	return 0;
}

char _license[] SEC("license") = "GPL";
