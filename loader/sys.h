/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sys.h - system calls that libc wraps at a price.
 *
 * On 32-bit machines musl carries the old and the new layout of everything
 * with a time in it, and translates ioctls; that is a tenth of this program.
 * All return what the kernel does: 0 or more, or -errno.
 */
#ifndef LOADER_SYS_H
#define LOADER_SYS_H

#include "vorw_types.h"

int sys_ioctl(int fd, unsigned int cmd, void *arg);

/* What is asked about files here. */
struct file_facts {
	u64 size, ino, dev;
	u32 mode;
};

/* path NULL: of fd itself; otherwise path, not following a link. */
int sys_stat(int fd, const char *path, struct file_facts *f);
/* The magic number of the filesystem that fd is on. */
int sys_fs_magic(int fd, u32 *magic);

#define IFACE_NAME	16	/* IFNAMSIZ */
/* Interface index of a name, or -errno. */
int sys_ifindex(const char *name);
int sys_ifname(u32 ifindex, char name[IFACE_NAME]);

void sys_sleep_ms(unsigned int ms);

#endif
