// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* bpf.c - the bpf(2) commands that the loader needs, as system calls. */
#include <unistd.h>
#include <sys/syscall.h>
#include "bpf.h"

/* All of attr, also for an older kernel: it takes a longer one that is zero
 * where it knows nothing (kernel/bpf/syscall.c bpf_check_uarg_tail_zero()). */
static int sys_bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static u64 ptr(const void *p)
{
	return (uintptr_t)p;
}

int bpf_obj_pin(int fd, const char *path)
{
	union bpf_attr attr = { };

	attr.pathname = ptr(path);
	attr.bpf_fd = fd;
	return sys_bpf(BPF_OBJ_PIN, &attr);
}

int bpf_obj_get(const char *path)
{
	union bpf_attr attr = { };

	attr.pathname = ptr(path);
	return sys_bpf(BPF_OBJ_GET, &attr);
}

int bpf_obj_info(int fd, void *info, u32 len)
{
	union bpf_attr attr = { };

	attr.info.bpf_fd = fd;
	attr.info.info_len = len;
	attr.info.info = ptr(info);
	return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

int bpf_link_create(int prog_fd, int target_fd, u32 attach_type, u32 flags)
{
	union bpf_attr attr = { };

	attr.link_create.prog_fd = prog_fd;
	attr.link_create.target_fd = target_fd;
	attr.link_create.attach_type = attach_type;
	attr.link_create.flags = flags;
	return sys_bpf(BPF_LINK_CREATE, &attr);
}

int bpf_link_detach(int link_fd)
{
	union bpf_attr attr = { };

	attr.link_detach.link_fd = link_fd;
	return sys_bpf(BPF_LINK_DETACH, &attr);
}

int bpf_raw_tracepoint_open(int prog_fd, const char *name)
{
	union bpf_attr attr = { };

	attr.raw_tracepoint.name = ptr(name);
	attr.raw_tracepoint.prog_fd = prog_fd;
	return sys_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

int bpf_prog_fd_by_id(u32 id)
{
	union bpf_attr attr = { };

	attr.prog_id = id;
	return sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}
