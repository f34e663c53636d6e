// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* private_file.c - files with secrets, which are for nobody else. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "private_file.h"

static bool is_private(const char *path, const struct stat *st,
		       struct vorw_err *e)
{
	if (!S_ISREG(st->st_mode))
		return vorw_fail(e, VORW_R_KEY, "%s: not a regular file",
				 path);
	if (st->st_mode & 077)
		return vorw_fail(e, VORW_R_KEY,
				 "%s: mode %o lets others at it; chmod 600",
				 path, st->st_mode & 0777);
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return vorw_fail(e, VORW_R_KEY,
				 "%s: belongs to user %ld, neither us nor root",
				 path, (long)st->st_uid);
	return true;
}

int private_file_open(const char *path, struct stat *st, struct vorw_err *e)
{
	/* not to wait for what a pipe's other end does */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, st))
		vorw_fail(e, VORW_R_KEY, "%s: %s", path, strerror(errno));
	else if (is_private(path, st, e))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool private_file(const char *path, struct vorw_err *e)
{
	struct stat st;
	int fd = private_file_open(path, &st, e);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
