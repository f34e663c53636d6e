// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* file.c - whole files in, whole files out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file.h"

static bool fail_errno(struct vorw_err *e, const char *what, const char *path)
{
	return vorw_fail(e, VORW_R_IO, "%s: %s: %s", path, what,
			 strerror(errno));
}

bool file_read(const char *path, size_t max, u8 **buf, size_t *size,
	       struct vorw_err *e)
{
	struct stat st;
	size_t n = 0;
	ssize_t k;
	int fd;

	*buf = NULL;
	*size = 0;
	/* O_NONBLOCK: a FIFO is refused below, not waited for */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(e, "cannot open", path);
	if (fstat(fd, &st)) {
		fail_errno(e, "cannot read", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		vorw_fail(e, VORW_R_IO, "%s: not a regular file", path);
		goto out;
	}
	if (st.st_size < 0 || (u64)st.st_size > max) {
		vorw_fail(e, VORW_R_LIMIT, "%s: %lld bytes, the limit is %zu",
			  path, (long long)st.st_size, max);
		goto out;
	}
	*buf = malloc(st.st_size + 1);
	if (!*buf) {
		vorw_fail(e, VORW_R_NO_MEMORY, "%s: out of memory", path);
		goto out;
	}
	while (n < (size_t)st.st_size) {
		k = read(fd, *buf + n, st.st_size - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {
			fail_errno(e, "cannot read", path);
			goto out;
		}
		if (!k)
			break;	/* became shorter: what there is */
		n += k;
	}
	close(fd);
	*size = n;
	return true;
out:
	close(fd);
	free(*buf);
	*buf = NULL;
	return false;
}

static bool write_all(int fd, const u8 *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= k;
	}
	return true;
}

bool file_write(const char *path, const void *buf, size_t size,
		struct vorw_err *e)
{
	mode_t mask = umask(0);
	char *tmp = NULL;
	int fd, err;

	umask(mask);
	if (!strcmp(path, "-"))
		return write_all(STDOUT_FILENO, buf, size) ||
		       fail_errno(e, "cannot write", "standard output");
	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0) {
		fail_errno(e, "cannot create", path);
		free(tmp);
		return false;
	}
	if (!write_all(fd, buf, size) || fchmod(fd, 0666 & ~mask) || fsync(fd)) {
		err = errno;
		close(fd);
		goto fail;
	}
	if (close(fd) || rename(tmp, path)) {
		err = errno;
		goto fail;
	}
	free(tmp);
	return true;
fail:
	unlink(tmp);
	free(tmp);
	errno = err;
	return fail_errno(e, "cannot write", path);
}
