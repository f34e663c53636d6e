/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf.h - the bpf(2) commands that the loader needs.
 *
 * All return a descriptor or 0, or -errno.  Descriptors are O_CLOEXEC: the
 * kernel makes BPF descriptors so.
 */
#ifndef LOADER_BPF_H
#define LOADER_BPF_H

#include <linux/bpf.h>
#include "vorw_types.h"

int bpf_obj_pin(int fd, const char *path);
int bpf_obj_get(const char *path);

/* info is struct bpf_prog_info, bpf_map_info or bpf_link_info; len its size.
 * An older kernel leaves the end of it as it was. */
int bpf_obj_info(int fd, void *info, u32 len);

/* prog_fd to target_fd, which is an interface index for XDP. */
int bpf_link_create(int prog_fd, int target_fd, u32 attach_type, u32 flags);
int bpf_link_detach(int link_fd);
int bpf_raw_tracepoint_open(int prog_fd, const char *name);

/* -ENOENT: no program has this id (any more). */
int bpf_prog_fd_by_id(u32 id);

#endif
