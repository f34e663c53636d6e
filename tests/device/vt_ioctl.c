// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vt_ioctl.c - loads through the ioctl.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "vt_ioctl.h"

struct vt_blob vt_read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct vt_blob b = {};
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st)) {
		b.size = st.st_size;
		b.p = malloc(b.size ?: 1);
		if (b.p && read(fd, b.p, b.size) == (ssize_t)b.size) {
			close(fd);
			return b;
		}
	}
	vt_say("%s: %s", path, strerror(errno));
	exit(1);
}

int vt_device(void)
{
	static int fd = -1;

	if (fd < 0) {
		fd = open(VORW_DEVICE, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	}
	return fd;
}

int vt_ioctl_load_at(int dev, struct vt_load *l, const void *blob, size_t size,
		     u32 flags)
{
	memset(&l->u, 0, sizeof(l->u));
	l->u.size = sizeof(l->u);
	l->u.flags = flags;
	l->u.blob = (unsigned long)blob;
	l->u.blob_size = size;
	l->u.prog_fds = (unsigned long)l->prog;
	l->u.map_fds = (unsigned long)l->map;
	l->u.prog_cnt = l->u.map_cnt = VT_MAX * 4;
	l->err = ioctl(dev, VORW_IOC_LOAD, &l->u) ? -errno : 0;
	if (l->err && !l->u.reason)
		return l->err;
	return l->u.reason;
}

int vt_ioctl_load(struct vt_load *l, const void *blob, size_t size, u32 flags)
{
	int dev = vt_device();

	if (dev < 0) {
		l->err = dev;
		return dev;
	}
	return vt_ioctl_load_at(dev, l, blob, size, flags);
}

void vt_ioctl_close(struct vt_load *l)
{
	if (l->err)
		return;
	for (u32 i = 0; i < l->u.prog_cnt; i++)
		close(l->prog[i]);
	for (u32 i = 0; i < l->u.map_cnt; i++)
		if (l->map[i] >= 0)
			close(l->map[i]);
}

const char *vt_reason(int reason)
{
	switch (reason) {
#define X(num, id, name, text) case num: return name;
	VORW_REASONS(X)
#undef X
	default:
		return reason < 0 ? strerror(-reason) : "unknown";
	}
}

u32 vt_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	u32 n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}
