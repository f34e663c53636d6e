// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 05-kprobe-open - which files does a process open, and with what result?
 *
 * A kprobe reads the arguments of do_sys_openat2() and keeps them by thread
 * until the kretprobe adds the return value and sends both through a ring
 * buffer.  User space writes the process of interest into "only_tgid".
 */
#include "vorw_example.h"

#define NAME_LEN 64

struct open_event {
	__u32 tgid;
	__s32 dfd;
	__s32 ret;		/* descriptor or -errno */
	__u32 reserved;
	char comm[16];
	char name[NAME_LEN];
};

struct pending {
	__s32 dfd;
	__u32 reserved;
	__u64 name;		/* user address */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u64);	/* pid_tgid */
	__type(value, struct pending);
	__uint(max_entries, 256);
} pending SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} only_tgid SEC(".maps");

SEC("kprobe/do_sys_openat2")
int open_enter(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 zero = 0;
	__u32 *tgid = bpf_map_lookup_elem(&only_tgid, &zero);
	struct pending p = {
		.dfd = FN_ARG(ctx, 0),
		.name = FN_ARG(ctx, 1),
	};

	if (tgid && *tgid == id >> 32)
		bpf_map_update_elem(&pending, &id, &p, BPF_ANY);
	return 0;
}

SEC("kretprobe/do_sys_openat2")
int open_return(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct pending *p = bpf_map_lookup_elem(&pending, &id);
	struct open_event *e;

	if (!p)
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (e) {
		e->tgid = id >> 32;
		e->dfd = p->dfd;
		e->ret = FN_RET(ctx);
		e->reserved = 0;
		bpf_get_current_comm(e->comm, sizeof(e->comm));
		e->name[0] = 0;
		bpf_probe_read_user_str(e->name, sizeof(e->name),
					(void *)(long)p->name);
		bpf_ringbuf_submit(e, 0);
	}
	bpf_map_delete_elem(&pending, &id);
	return 0;
}

char _license[] SEC("license") = "GPL";
