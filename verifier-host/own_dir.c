// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* own_dir.c - the directory of targets that the user has added. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file_io.h"
#include "own_dir.h"
#include "unpack.h"

#define MODULE_MAX	(64u << 20)

const char *own_dir(void)
{
	static char dir[PATH_MAX];
	const char *own = getenv("VORW_OWN_TARGETS");
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (own && *own)
		snprintf(dir, sizeof(dir), "%s", own);
	else if (data && *data == '/')	/* the others are to be ignored */
		snprintf(dir, sizeof(dir), "%s/vorw/targets", data);
	else
		snprintf(dir, sizeof(dir), "%s/.local/share/vorw/targets",
			 home ? home : "");
	return dir;
}

static bool io_fail(struct vorw_err *e, const char *path)
{
	return vorw_fail(e, VORW_R_IO, "%s: %s", path, strerror(errno));
}

static bool make_dirs(const char *path, struct vorw_err *e)
{
	char part[PATH_MAX];
	const char *p = path;

	do {
		p = strchrnul(p + 1, '/');
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		if (mkdir(part, 0777) && errno != EEXIST)
			return io_fail(e, part);
	} while (*p);
	return true;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *where)
{
	return remove(path);
}

bool tree_remove(const char *path)
{
	return !nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) ||
	       errno == ENOENT;
}

#define NEW	".new."

/* A lock goes with its last descriptor, so with its process. */
static int lock_dir(const char *path, int how)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, how)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Under the lock of the directory: nobody is between making one of these and
 * locking it. */
static void remove_left(const char *dir)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *all = opendir(dir);
	int fd;

	while (all && (d = readdir(all))) {
		if (strncmp(d->d_name, NEW, strlen(NEW)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		fd = lock_dir(path, LOCK_EX | LOCK_NB);
		if (fd < 0)
			continue;
		tree_remove(path);
		close(fd);
	}
	if (all)
		closedir(all);
}

bool own_begin(struct own_new *n, struct vorw_err *e)
{
	const char *dir = own_dir();
	int fd;
	bool ok;

	if (!make_dirs(dir, e))
		return false;
	/* a file system without locks: nothing is removed */
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !flock(fd, LOCK_EX))
		remove_left(dir);
	snprintf(n->path, sizeof(n->path), "%s/" NEW "XXXXXX", dir);
	n->lock = -1;
	ok = (mkdtemp(n->path) && !chmod(n->path, 0755)) ||
	     io_fail(e, n->path);
	if (ok)
		n->lock = lock_dir(n->path, LOCK_EX);
	if (fd >= 0)
		close(fd);
	return ok;
}

void own_end(struct own_new *n)
{
	tree_remove(n->path);
	if (n->lock >= 0)
		close(n->lock);
	n->lock = -1;
}

/* What was at to goes to from: both exist at every moment. */
static bool exchange(const char *from, const char *to)
{
	return !renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
}

bool own_commit(const struct own_new *n, const char *name, bool replace,
		struct vorw_err *e)
{
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%s/%s", own_dir(), name);
	if (!renameat2(AT_FDCWD, n->path, AT_FDCWD, to, RENAME_NOREPLACE))
		return true;
	if (errno != EEXIST)
		return io_fail(e, to);
	if (!replace)
		return vorw_fail(e, VORW_R_NAME_TAKEN,
				 "there is a target '%s' already, in %s; --force replaces it",
				 name, to);
	return exchange(n->path, to) || io_fail(e, to);
}

bool own_remove(const char *name, struct vorw_err *e)
{
	char from[PATH_MAX];
	struct own_new n;
	bool ok;

	snprintf(from, sizeof(from), "%s/%s", own_dir(), name);
	if (!own_begin(&n, e))
		return false;
	if (renameat2(AT_FDCWD, from, AT_FDCWD, n.path, 0))
		ok = io_fail(e, from);
	else
		ok = tree_remove(n.path) || io_fail(e, n.path);
	own_end(&n);
	return ok;
}

bool copy_file(const char *from, const char *to, struct vorw_err *e)
{
	int in, out = -1;
	ssize_t n = -1;
	bool ok;

	in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (in < 0)
		return io_fail(e, from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (out >= 0)
		while ((n = sendfile(out, in, NULL, 1 << 20)) > 0)
			;
	ok = !n && !fsync(out);
	if (!ok)
		io_fail(e, out < 0 ? to : from);
	if (out >= 0)
		close(out);
	close(in);
	return ok;
}

/* nftw(3) has no argument for its caller's own. */
static struct {
	const char *to;
	size_t skip;
	struct vorw_err *e;
} copying;

/* What was packed in a way that the initramfs' tools do not read. */
static bool copy_unpacked(const char *from, char *to, struct vorw_err *e)
{
	const char *program;
	size_t n, size;
	u8 *p, *out;
	bool ok;

	if (!file_read(from, MODULE_MAX, &p, &n, e))
		return false;
	program = unpack_program(p, n);
	ok = program && unpack_with(program, p, n, MODULE_MAX, &out, &size);
	free(p);
	if (!ok)
		return vorw_fail(e, VORW_R_TARGET,
				 "%s cannot be unpacked%s%s", from,
				 program ? " with " : "",
				 program ? program : "");
	*strrchr(to, '.') = 0;
	ok = file_write(to, out, size, e);
	free(out);
	return ok;
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && !strcmp(s + n - k, end);
}

/* Modules, and the lists that depmod and module-files read; no links. */
static int copy_one(const char *path, const struct stat *st, int kind,
		    struct FTW *where)
{
	const char *name = path + where->base;
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%s%s", copying.to, path + copying.skip);
	if (kind == FTW_D)
		return mkdir(to, 0755) && errno != EEXIST ?
		       !io_fail(copying.e, to) : 0;
	if (kind != FTW_F || (!strstr(name, ".ko") &&
			      strncmp(name, "modules.builtin", 15) &&
			      strcmp(name, "modules.order")))
		return kind == FTW_DNR || kind == FTW_NS ?
		       !io_fail(copying.e, path) : 0;
	if (ends_in(name, ".ko.gz") || ends_in(name, ".ko.zst"))
		return !copy_unpacked(path, to, copying.e);
	return !copy_file(path, to, copying.e);
}

bool copy_modules(const char *from, const char *to, struct vorw_err *e)
{
	copying.to = to;
	copying.skip = strlen(from);
	copying.e = e;
	return !nftw(from, copy_one, 16, FTW_PHYS) || io_fail(e, from);
}
