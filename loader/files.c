// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* files.c - small files of sysfs and tracefs. */
#include <fcntl.h>
#include <unistd.h>
#include "files.h"
#include "out.h"

int read_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	char *end;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	err = errno;
	close(fd);
	if (n < 0)
		return -err;
	buf[n] = '\0';
	end = strchr(buf, '\n');
	if (end)
		*end = '\0';
	return 0;
}

int read_u32(const char *path, u32 *v)
{
	char buf[32];
	int ret = read_line(path, buf, sizeof(buf));

	if (ret)
		return ret;
	return parse_u32(buf, v) ? 0 : -EINVAL;
}
