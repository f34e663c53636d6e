// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 06-tp-exec - every program that is started, from a tracepoint through a
 * perf event array.
 *
 * The context is the record of sched:sched_process_exec as its tracefs
 * "format" file shows it; the file name lies behind the fixed part, at the
 * offset in the low half of its __data_loc word.
 */
#include "vorw_example.h"

#define NAME_LEN 64

struct exec_record {
	__u64 common;
	__u32 filename_loc;	/* __data_loc char[] */
	__s32 pid;
	__s32 old_pid;
};

struct exec_event {
	__s32 pid;
	__u32 uid;
	char comm[16];
	char filename[NAME_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int tp_exec(struct exec_record *ctx)
{
	struct exec_event e = { .pid = ctx->pid };
	__u32 off = ctx->filename_loc & 0xffff;

	e.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(e.comm, sizeof(e.comm));
	bpf_probe_read_kernel_str(e.filename, sizeof(e.filename),
				  (void *)ctx + off);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e));
	return 0;
}

char _license[] SEC("license") = "GPL";
