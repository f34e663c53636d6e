/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vt_ioctl.h - blobs straight through the ioctl, without the loader: what a
 * hostile or unlucky caller would do.
 */
#ifndef VT_IOCTL_H
#define VT_IOCTL_H

#include <sys/types.h>
#include "vt.h"
#include "vorw_reason.h"

struct vt_blob {
	u8 *p;
	size_t size;
};

/* Read a file; exits the test program when it is not there. */
struct vt_blob vt_read_file(const char *path);

/* What a load left: the answer, and descriptors after success. */
struct vt_load {
	struct vorw_load u;
	int err;		/* 0 or -errno of the ioctl */
	int prog[VT_MAX * 4], map[VT_MAX * 4];
};

/* /dev/vorw, opened once per process; -errno. */
int vt_device(void);
/* Returns the reason (VORW_R_OK for a load that succeeded), or -errno when
 * the module gave none. */
int vt_ioctl_load(struct vt_load *l, const void *blob, size_t size, u32 flags);
/* The same with another descriptor of the device. */
int vt_ioctl_load_at(int dev, struct vt_load *l, const void *blob, size_t size,
		     u32 flags);
/* Close what a load gave: nothing, if it did not succeed. */
void vt_ioctl_close(struct vt_load *l);
/* Name of a reason, or strerror() of a negative errno. */
const char *vt_reason(int reason);

/* Open descriptors of this process. */
u32 vt_count_fds(void);

#endif /* VT_IOCTL_H */
