// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* place.c - the directory in bpffs that one loaded object is kept in. */
#include <fcntl.h>
#include <unistd.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "bpf.h"
#include "out.h"
#include "place.h"
#include "sys.h"

#define DIR_FLAGS	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *const subs[] = { "links", "progs", "maps", "info" };
#define NSUBS	(sizeof(subs) / sizeof(subs[0]))

/* Letters, digits, '_' and '-': no dots, which bpffs refuses, no slashes. */
static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool place_name_valid(const char *name)
{
	size_t n = 0;

	while (name_char(name[n]))
		n++;
	/* what begins with - would be an option */
	return *name != '-' && n > 0 && n < PLACE_NAME && !name[n];
}

static bool is_bpffs(int fd)
{
	u32 magic;

	return !sys_fs_magic(fd, &magic) && magic == BPF_FS_MAGIC;
}

static bool no_bpffs(const char *root, struct err *e)
{
	return fail(e, VORW_R_NO_BPFFS,
		    "%s is not on a BPF filesystem; to mount one: "
		    "mount -t bpf bpf /sys/fs/bpf", root);
}

static int open_root(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* A descriptor of the directory that root is to be in: "" is ".". */
static int open_parent(const char *root)
{
	char parent[PATH_MAX];
	size_t n = strlen(root);

	if (n >= sizeof(parent))
		return -ENAMETOOLONG;
	strcpy(parent, root);
	while (n && parent[n - 1] == '/')
		n--;
	while (n && parent[n - 1] != '/')
		n--;
	parent[n] = '\0';
	return open_root(n ? parent : ".");
}

int place_root(const char *root, struct err *e)
{
	int fd = open_root(root), parent;
	bool bpffs;

	if (fd >= 0) {
		if (is_bpffs(fd))
			return fd;
		close(fd);
		no_bpffs(root, e);
		return -1;
	}
	if (fd != -ENOENT) {
		fail_sys(e, fd, root);
		return -1;
	}
	parent = open_parent(root);
	if (parent < 0) {
		fail_sys(e, parent, root);
		return -1;
	}
	bpffs = is_bpffs(parent);
	close(parent);
	if (bpffs)
		return -ENOENT;
	no_bpffs(root, e);
	return -1;
}

static bool set_paths(struct place *pl, const char *root, const char *name,
		      struct err *e)
{
	pl->fd = pl->info_fd = -1;
	if (!place_name_valid(name))
		return fail(e, VORW_R_USAGE,
			    "'%s' is not a name: letters, digits, _, inner -; at most 63",
			    clean(name, 80));
	strcpy(pl->name, name);
	/* room for /links/ and a pin's name behind it */
	if (fmt_str(pl->dir, sizeof(pl->dir), "%s/%s", root, name) >=
	    sizeof(pl->dir) - PIN_NAME - 16)
		return fail(e, VORW_R_USAGE, "the pin directory's path is too long");
	return true;
}

/*
 * Lock the directory and see that the path still leads to it.  ENOSYS: a kernel
 * without CONFIG_FILE_LOCKING.  Loads of one name are kept apart by mkdir()
 * there too; only an unload may come between (place.h).
 */
static bool lock_dir(struct place *pl, struct err *e)
{
	struct file_facts a, b;
	int ret;

	if (flock(pl->fd, LOCK_EX | LOCK_NB) && errno != ENOSYS)
		return errno == EWOULDBLOCK ?
			fail(e, VORW_R_NAME_TAKEN,
			     "%s is being loaded or unloaded by another process",
			     pl->name) :
			fail_sys(e, -errno, pl->dir);
	ret = sys_stat(pl->fd, NULL, &a) ?: sys_stat(-1, pl->dir, &b);
	if (ret && ret != -ENOENT)
		return fail_sys(e, ret, pl->dir);
	if (ret || a.ino != b.ino || a.dev != b.dev)
		return fail(e, VORW_R_NOT_LOADED, "%s was just removed",
			    pl->name);
	return true;
}

/* The default root goes with the last load; this fails while others are in it.
 * A root that somebody else chose is not ours to remove. */
static void remove_root(struct place *pl)
{
	char *slash = strrchr(pl->dir, '/');

	*slash = '\0';
	if (!strcmp(pl->dir, PLACE_ROOT))
		rmdir(pl->dir);
	*slash = '/';
}

/* The directory itself, empty by now. */
static int remove_dir(struct place *pl)
{
	int err = rmdir(pl->dir) ? errno : 0;

	remove_root(pl);
	return err == ENOENT ? 0 : -err;
}

static bool make_dir(struct place *pl, const char *root, int *root_fd,
		     struct err *e)
{
	int tries, err = 0;

	/* An unload may remove the root between our two steps. */
	for (tries = 0; tries < 100; tries++) {
		*root_fd = place_root(root, e);
		if (*root_fd == -ENOENT) {
			if (mkdir(root, 0700) && errno != EEXIST)
				return fail_sys(e, -errno, root);
			continue;
		}
		if (*root_fd < 0)
			return false;
		if (!mkdirat(*root_fd, pl->name, 0700))
			return true;
		err = errno;
		close(*root_fd);
		if (err == EEXIST)
			return fail(e, VORW_R_NAME_TAKEN,
				    "%s is there already (vorw unload %s, or --name)",
				    pl->dir, pl->name);
		if (err != ENOENT)
			break;
	}
	return fail_sys(e, -err, pl->dir);
}

bool place_create(struct place *pl, const char *root, const char *name,
		  struct err *e)
{
	int root_fd, err;
	size_t i;

	if (!set_paths(pl, root, name, e))
		return false;
	if (!make_dir(pl, root, &root_fd, e)) {
		remove_root(pl);
		return false;
	}
	pl->fd = openat(root_fd, name, DIR_FLAGS);
	err = errno;
	close(root_fd);
	if (pl->fd < 0) {
		fail_sys(e, -err, pl->dir);
		goto err_dir;
	}
	if (!lock_dir(pl, e))
		goto err_dir;
	for (i = NSUBS; i-- > 0;)
		if (mkdirat(pl->fd, subs[i], 0700))
			goto err_subs;
	pl->info_fd = openat(pl->fd, "info", DIR_FLAGS);
	if (pl->info_fd < 0)
		goto err_subs;
	return true;

err_subs:
	fail_sys(e, -errno, pl->dir);
	place_remove(pl, e);
	place_close(pl);
	return false;
err_dir:
	/* what an unload has locked, or has put in its place, is not ours */
	if (e->reason != VORW_R_NAME_TAKEN && e->reason != VORW_R_NOT_LOADED)
		remove_dir(pl);
	place_close(pl);
	return false;
}

/* Nothing in it but what we put there, of which any part may be missing. */
static bool check_ours(const struct place *pl, struct err *e)
{
	char name[NAME_MAX + 1] = "";
	size_t i;

	while (place_next(pl->fd, "", name, name)) {
		for (i = 0; i < NSUBS && strcmp(name, subs[i]); i++)
			;
		if (i == NSUBS)
			return fail(e, VORW_R_NOT_LOADED,
				    "%s has in it what is not vorw's: %s",
				    pl->dir, clean(name, 80));
	}
	return !errno || fail_sys(e, errno, pl->dir);
}

bool place_open(struct place *pl, const char *root, const char *name,
		bool lock, struct err *e)
{
	int root_fd;

	if (!set_paths(pl, root, name, e))
		return false;
	root_fd = place_root(root, e);
	if (root_fd == -ENOENT)
		return fail(e, VORW_R_NOT_LOADED, "nothing called %s is loaded",
			    name);
	if (root_fd < 0)
		return false;
	pl->fd = openat(root_fd, name, DIR_FLAGS);
	close(root_fd);
	if (pl->fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ?
			fail(e, VORW_R_NOT_LOADED,
			     "nothing called %s is loaded in %s", name, root) :
			fail_sys(e, -errno, pl->dir);
	pl->info_fd = openat(pl->fd, "info", DIR_FLAGS);
	if (pl->info_fd < 0 && errno != ENOENT)
		fail_sys(e, errno, pl->dir);
	else if ((!lock || lock_dir(pl, e)) && check_ours(pl, e))
		return true;
	place_close(pl);
	return false;
}

void place_close(struct place *pl)
{
	if (pl->info_fd >= 0)
		close(pl->info_fd);
	if (pl->fd >= 0)
		close(pl->fd);
	pl->fd = pl->info_fd = -1;
}

bool place_pin(struct place *pl, const char *sub, const char *want, int fd,
	       char pin[PIN_NAME], struct err *e)
{
	char path[PATH_MAX];
	size_t len;
	int nr, ret;

	/* room for a number behind it */
	for (len = 0; want[len] && len < PIN_NAME - 8; len++)
		pin[len] = name_char(want[len]) ? want[len] : '_';
	if (!len)
		pin[len++] = '_';
	pin[len] = '\0';

	for (nr = 2; nr < 10000; nr++) {
		fmt_str(path, sizeof(path), "%s/%s/%s", pl->dir, sub, pin);
		ret = bpf_obj_pin(fd, path);
		if (ret != -EEXIST)
			break;
		/* two names that differ only in what bpffs does not take */
		fmt_str(pin + len, PIN_NAME - len, "_%d", nr);
	}
	return !ret || fail_sys(e, ret, path);
}

int place_get(const struct place *pl, const char *sub, const char *pin)
{
	char path[PATH_MAX];

	fmt_str(path, sizeof(path), "%s/%s/%s", pl->dir, sub, pin);
	return bpf_obj_get(path);
}

static bool failed_in(const struct place *pl, const char *sub, int err,
		      struct err *e)
{
	char path[PATH_MAX];

	fmt_str(path, sizeof(path), "%s/%s", pl->dir, sub);
	return fail_sys(e, err, path);
}

static const char *record_name(char buf[NAME_MAX + 1], const char *kind,
			       const char *pin)
{
	fmt_str(buf, NAME_MAX + 1, pin ? "%s_%s" : "%s", kind, pin);
	return buf;
}

bool place_record(struct place *pl, const char *kind, const char *pin,
		  const struct record *r, struct err *e)
{
	char name[NAME_MAX + 1];
	int ret = record_write(pl->info_fd, record_name(name, kind, pin), r);

	return !ret || failed_in(pl, "info", ret, e);
}

bool place_recall(const struct place *pl, const char *kind, const char *pin,
		  struct record *r)
{
	char name[NAME_MAX + 1];

	return !record_read(pl->info_fd, record_name(name, kind, pin), r);
}

int place_forget(struct place *pl, const char *kind, const char *pin)
{
	char name[NAME_MAX + 1];

	return unlinkat(pl->info_fd, record_name(name, kind, pin), 0) ?
		-errno : 0;
}

int place_sub(const struct place *pl, const char *sub)
{
	return openat(pl->fd, sub, DIR_FLAGS);
}

/* As the kernel writes it (include/linux/dirent.h linux_dirent64). */
struct dirent_head {
	u64 ino, off;
	u16 reclen;
	u8 type;
	char name[];
};

bool place_next(int dirfd, const char *prefix, const char *last,
		char next[NAME_MAX + 1])
{
	size_t len = strlen(prefix);
	char best[NAME_MAX + 1];
	u64 buf[256];
	long n, pos;
	bool found = false;

	if (lseek(dirfd, 0, SEEK_SET) < 0)
		return false;
	errno = 0;
	while ((n = syscall(SYS_getdents64, dirfd, buf, sizeof(buf))) > 0) {
		for (pos = 0; pos < n;) {
			struct dirent_head *d = (void *)((char *)buf + pos);

			pos += d->reclen;
			/* the smallest above last; "." and ".." are none */
			if (d->name[0] == '.' || strncmp(d->name, prefix, len) ||
			    strcmp(d->name, last) <= 0 ||
			    (found && strcmp(d->name, best) >= 0))
				continue;
			strcpy(best, d->name);
			found = true;
		}
	}
	if (n < 0 || !found)
		return false;
	strcpy(next, best);
	return true;
}

/* Everything in one of our directories, and the directory. */
static bool remove_sub(struct place *pl, const char *sub, struct err *e)
{
	char name[NAME_MAX + 1] = "";
	int fd = place_sub(pl, sub);

	if (fd < 0)
		return errno == ENOENT || failed_in(pl, sub, errno, e);
	while (place_next(fd, "", name, name))
		if (unlinkat(fd, name, 0) && errno != ENOENT)
			failed_in(pl, sub, errno, e);
	close(fd);
	return !unlinkat(pl->fd, sub, AT_REMOVEDIR) || errno == ENOENT ||
	       failed_in(pl, sub, errno, e);
}

bool place_remove(struct place *pl, struct err *e)
{
	bool good = true;
	size_t i;
	int ret;

	for (i = 0; i < NSUBS; i++)
		good &= remove_sub(pl, subs[i], e);
	if (!good)
		return false;
	ret = remove_dir(pl);
	return !ret || fail_sys(e, ret, pl->dir);
}
