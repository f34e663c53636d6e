// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* file_io.c - read a file with a cap, replace a file as a whole. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file_io.h"

#define FIRST_READ	65536u

static bool io_error(struct vorw_err *e, const char *path, int err)
{
	return vorw_fail(e, err == ENOMEM ? VORW_R_NO_MEMORY : VORW_R_IO,
			 "%s: %s", path, strerror(err));
}

int fd_read(int fd, size_t max, size_t hint, u8 **buf, size_t *size)
{
	size_t cap = hint < max ? hint : max, n = 0;
	u8 *b = NULL, *more;
	ssize_t got;

	if (cap < FIRST_READ)
		cap = FIRST_READ;
	for (;;) {
		if (!b || n == cap) {
			cap += b ? cap : 1;
			more = realloc(b, cap + 1);
			if (!more) {
				free(b);
				return ENOMEM;
			}
			b = more;
		}
		got = read(fd, b + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = errno;

			free(b);
			return err;
		}
		if (!got)
			break;
		n += got;
		if (n > max) {
			free(b);
			return EFBIG;
		}
	}
	b[n] = 0;
	*buf = b;
	*size = n;
	return 0;
}

bool file_read(const char *path, size_t max, u8 **buf, size_t *size,
	       struct vorw_err *e)
{
	struct stat st;
	int fd, err;

	*buf = NULL;
	*size = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return io_error(e, path, errno);
	if (fstat(fd, &st) < 0)
		err = errno;
	else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max)
		err = EFBIG;
	else
		/* only a hint: pipes have no size */
		err = fd_read(fd, max, st.st_size, buf, size);
	close(fd);
	if (err == EFBIG)
		return vorw_fail(e, VORW_R_LIMIT,
				 "%s: larger than the %zu bytes that are read",
				 path, max);
	return err ? io_error(e, path, err) : true;
}

bool file_same(const char *a, const char *b)
{
	struct stat x, y;

	return a && b && stat(a, &x) == 0 && stat(b, &y) == 0 &&
	       S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

bool file_may_write(const char *path, struct vorw_err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct stat st;

	if (!strcmp(path, "-"))
		return true;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return io_error(e, path, EISDIR);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return !access(path, W_OK) || io_error(e, path, errno);
	/* "/name", "dir/name", "name" */
	if (snprintf(dir, sizeof(dir), "%.*s",
		     slash ? (int)(slash - path) + 1 : 1,
		     slash ? path : ".") >= (int)sizeof(dir))
		return io_error(e, path, ENAMETOOLONG);
	return !access(dir, W_OK | X_OK) || io_error(e, path, errno);
}

int fd_write(int fd, const u8 *p, size_t n)
{
	ssize_t put;

	while (n) {
		put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno;
		p += put;
		n -= put;
	}
	return 0;
}

/* What mkstemp() makes is 0600; a blob is no secret. */
static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int replace(const char *path, mode_t mode, const u8 *buf, size_t size)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? slash - path + 1 : 0, fd, err = 0;
	char tmp[PATH_MAX];

	/* Its own short name: path's last part may be as long as names get. */
	if (snprintf(tmp, sizeof(tmp), "%.*s.vorw.XXXXXX", dir, path) >=
	    (int)sizeof(tmp))
		return ENAMETOOLONG;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return errno;
	err = fd_write(fd, buf, size);
	if (!err && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		err = errno;
	/* Some file systems say "full" only here. */
	if (close(fd) < 0 && !err)
		err = errno;
	if (!err && rename(tmp, path) < 0)
		err = errno;
	if (err)
		unlink(tmp);
	return err;
}

static int write_into(const char *path, const u8 *buf, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), err;

	if (fd < 0)
		return errno;
	err = fd_write(fd, buf, size);
	if (close(fd) < 0 && !err)
		err = errno;
	return err;
}

bool file_write(const char *path, const void *buf, size_t size,
		struct vorw_err *e)
{
	char real[PATH_MAX];
	struct stat st;
	int err;

	if (!*path)
		return io_error(e, "output file", ENOENT);
	if (!strcmp(path, "-")) {
		path = "standard output";
		err = fd_write(STDOUT_FILENO, buf, size);
	} else if (stat(path, &st) < 0) {
		err = errno == ENOENT ?
		      replace(path, default_mode(), buf, size) : errno;
	} else if (S_ISDIR(st.st_mode)) {
		err = EISDIR;
	} else if (!S_ISREG(st.st_mode)) {
		err = write_into(path, buf, size);
	} else if (!realpath(path, real)) {
		err = errno;
	} else {
		/* Through a symbolic link to the file, not over the link. */
		err = replace(real, st.st_mode & 0777, buf, size);
	}
	return err ? io_error(e, path, err) : true;
}

int file_sync_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, slash - path + 1) : strdup(".");
	int fd, err = 0;

	if (!dir)
		return ENOMEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		err = errno;
	if (fd >= 0)
		close(fd);
	free(dir);
	return err;
}
