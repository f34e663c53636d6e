// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * snapshot.c - make, keep and load snapshots of verification guests.
 *
 * The file is a cache of this machine, in its byte order:
 *
 *	struct file_head, identity, state	without gaps
 *	memory					from the next page on, sparse
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file_io.h"
#include "guest.h"
#include "qemu.h"
#include "snapshot.h"
#include "vm.h"

#define MAGIC		"vorwsnap"
#define VERSION		1
#define PAGE		4096
#define IDENTITY_MAX	16384
#define SAVE_SECONDS	60

struct file_head {
	char magic[8];
	u32 version, mem_mib;
	u32 identity_len, state_len;
};

static u64 ram_bytes(unsigned mem_mib)
{
	return (u64)mem_mib << 20;
}

/* Where the memory begins in the file. */
static off_t ram_at(const struct file_head *h)
{
	off_t n = sizeof(*h) + (off_t)h->identity_len + h->state_len;

	return (n + PAGE - 1) / PAGE * PAGE;
}

/* Beside the initramfs: what made that may write here. */
static bool file_name(const struct vorw_target *t, const char *leaf,
		      char *to, size_t size, struct vorw_err *e)
{
	const char *slash = strrchr(t->initrd, '/');
	int dir = slash ? slash - t->initrd + 1 : 0;

	return snprintf(to, size, "%.*s%s", dir, t->initrd, leaf) < (int)size ||
	       vorw_fail(e, VORW_R_IO, "%s: %s", t->initrd,
			 strerror(ENAMETOOLONG));
}

static bool new_memfd(int *fd, const char *name, u64 size, struct vorw_err *e)
{
	*fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd >= 0 && !ftruncate(*fd, size))
		return true;
	return vorw_fail(e, VORW_R_NO_MEMORY, "memory for a snapshot: %s",
			 strerror(errno));
}

static bool seal(int fd, struct vorw_err *e)
{
	return !fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK |
		      F_SEAL_GROW | F_SEAL_WRITE) ||
	       vorw_fail(e, VORW_R_IO, "a snapshot's memory cannot be sealed: %s",
			 strerror(errno));
}

static struct snapshot *new_snapshot(unsigned mem_mib, u64 state_len,
				     struct vorw_err *e)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		return NULL;
	}
	*s = (struct snapshot){ .mem_mib = mem_mib, .ram = -1, .state = -1 };
	if (new_memfd(&s->ram, "vorw-guest-memory", ram_bytes(mem_mib), e) &&
	    new_memfd(&s->state, "vorw-guest-state", state_len, e))
		return s;
	snapshot_close(s);
	return NULL;
}

void snapshot_close(struct snapshot *s)
{
	if (!s)
		return;
	if (s->ram >= 0)
		close(s->ram);
	if (s->state >= 0)
		close(s->state);
	free(s->identity);
	free(s);
}

struct snapshot *snapshot_again(const struct snapshot *s, struct vorw_err *e)
{
	struct snapshot *to = malloc(sizeof(*to));

	if (!to) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		return NULL;
	}
	*to = (struct snapshot){
		.mem_mib = s->mem_mib,
		.ram = fcntl(s->ram, F_DUPFD_CLOEXEC, 0),
		.state = fcntl(s->state, F_DUPFD_CLOEXEC, 0),
		.identity = strdup(s->identity),
	};
	if (to->ram >= 0 && to->state >= 0 && to->identity)
		return to;
	vorw_fail(e, VORW_R_NO_MEMORY, "a snapshot, once more: %s",
		  strerror(errno));
	snapshot_close(to);
	return NULL;
}

/* n bytes at from of one file to at of the other, which is empty there; holes
 * stay holes.  0 or an errno. */
static int copy_data(int in, off_t from, int out, off_t to, off_t n)
{
	off_t end = from + n, data = from, hole, base = to - from;
	ssize_t put;

	while (data < end) {
		data = lseek(in, data, SEEK_DATA);
		if (data < 0)
			return errno == ENXIO ? 0 : errno;
		if (data >= end)
			return 0;
		hole = lseek(in, data, SEEK_HOLE);
		if (hole < 0 || lseek(out, data + base, SEEK_SET) < 0)
			return errno;
		if (hole > end)
			hole = end;
		while (data < hole) {
			put = sendfile(out, in, &data, hole - data);
			if (put < 0 && errno != EINTR)
				return errno;
			if (!put)
				return EIO;	/* it was cut meanwhile */
		}
	}
	return 0;
}

/* ---- loading ---- */

/* Only what this user or root has put there is started. */
static bool check_owner(int fd, const char *path, struct stat *st,
			struct vorw_err *e)
{
	if (fstat(fd, st))
		return vorw_fail(e, VORW_R_IO, "%s: %s", path,
				 strerror(errno));
	return (S_ISREG(st->st_mode) && !(st->st_mode & 022) &&
		(!st->st_uid || st->st_uid == geteuid())) ||
	       vorw_fail(e, VORW_R_IO,
			 "%s: not used, others may write to it", path);
}

static bool bad_file(const char *path, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_IO, "%s: is damaged", path);
}

static bool read_at(int fd, void *to, size_t n, off_t at)
{
	return pread(fd, to, n, at) == (ssize_t)n;
}

/* *fits: it is of what identity says. */
static bool read_head(int fd, const char *path, off_t size,
		      const char *identity, struct file_head *h, bool *fits,
		      struct vorw_err *e)
{
	size_t n = strlen(identity);
	char *text;

	*fits = false;
	if (!read_at(fd, h, sizeof(*h), 0) ||
	    memcmp(h->magic, MAGIC, sizeof(h->magic)))
		return bad_file(path, e);
	if (h->version != VERSION || h->identity_len != n)
		return true;
	text = malloc(n + 1);
	if (!text)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	*fits = read_at(fd, text, n, sizeof(*h)) && !memcmp(text, identity, n);
	free(text);
	return !*fits || (h->state_len && h->state_len <= VM_STATE_MAX &&
			  h->mem_mib &&
			  (u64)size == ram_at(h) + ram_bytes(h->mem_mib)) ||
	       bad_file(path, e);
}

static bool load(struct snapshot **out, int fd, const char *path,
		 const struct file_head *h, struct vorw_err *e)
{
	struct snapshot *s = new_snapshot(h->mem_mib, h->state_len, e);
	int err;

	if (!s)
		return false;
	err = copy_data(fd, sizeof(*h) + h->identity_len, s->state, 0,
			h->state_len);
	if (!err)
		err = copy_data(fd, ram_at(h), s->ram, 0,
				ram_bytes(h->mem_mib));
	if (err) {
		vorw_fail(e, VORW_R_IO, "%s: %s", path, strerror(err));
	} else if (seal(s->ram, e) && seal(s->state, e)) {
		*out = s;
		return true;
	}
	snapshot_close(s);
	return false;
}

bool snapshot_open(struct snapshot **s, const struct vorw_target *t,
		   struct vorw_err *e)
{
	char path[PATH_MAX], *identity;
	struct file_head h;
	struct stat st;
	bool ok, fits;
	int fd;

	*s = NULL;
	if (!file_name(t, "snapshot", path, sizeof(path), e))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ||
		       vorw_fail(e, VORW_R_IO, "%s: %s", path, strerror(errno));
	identity = qemu_identity(t, t->mem_mib, e);
	ok = identity && check_owner(fd, path, &st, e) &&
	     read_head(fd, path, st.st_size, identity, &h, &fits, e) &&
	     (!fits || load(s, fd, path, &h, e));
	close(fd);
	if (ok && !fits)
		vorw_progress("the snapshot of %s is of another kernel, build or QEMU; `vorw target snapshot %s` makes a new one",
			      t->name, t->name);
	if (*s)
		(*s)->identity = identity;
	else
		free(identity);
	return ok;
}

bool snapshot_lock(const struct vorw_target *t, int *fd)
{
	struct vorw_err e = { 0 };
	char path[PATH_MAX];

	*fd = -1;
	if (file_name(t, "snapshot", path, sizeof(path), &e))
		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	vorw_err_free(&e);
	if (*fd < 0 || !flock(*fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
		return true;
	close(*fd);
	*fd = -1;
	return false;
}

/* ---- making ---- */

/* Boot, and save what runs then. */
static bool boot_and_save(struct snapshot *s, const struct vorw_target *t,
			  struct vorw_err *e)
{
	const struct guest_opts o = { .keep = s };
	struct guest_hello hello;
	struct guest *g;
	bool ok;

	if (!guest_start(&g, t, &o, e))
		return false;
	ok = guest_hello(g, &hello, e) &&
	     guest_save(g, s, SAVE_SECONDS * t->slow, e);
	guest_end(g);
	return ok && seal(s->ram, e) && seal(s->state, e);
}

/* Does a copy of it answer? */
static bool try_copy(const struct snapshot *s, const struct vorw_target *t,
		     struct vorw_err *e)
{
	const struct guest_opts o = { .from = s };
	struct guest_hello hello;
	struct guest *g;
	bool ok;

	if (!guest_start(&g, t, &o, e))
		return false;
	ok = guest_hello(g, &hello, e);
	guest_end(g);
	return ok;
}

static int write_file(int fd, const struct snapshot *s, u64 *size)
{
	struct file_head h = {
		.magic = MAGIC, .version = VERSION, .mem_mib = s->mem_mib,
		.identity_len = strlen(s->identity),
		.state_len = lseek(s->state, 0, SEEK_END),
	};
	struct stat st;
	int err = fd_write(fd, (const u8 *)&h, sizeof(h));

	if (!err)
		err = fd_write(fd, (const u8 *)s->identity, h.identity_len);
	if (!err)
		err = copy_data(s->state, 0, fd, sizeof(h) + h.identity_len,
				h.state_len);
	if (!err)
		err = copy_data(s->ram, 0, fd, ram_at(&h),
				ram_bytes(s->mem_mib));
	if (!err && (ftruncate(fd, ram_at(&h) + ram_bytes(s->mem_mib)) ||
		     fsync(fd) || fstat(fd, &st)))
		err = errno;
	if (!err)
		*size = st.st_blocks * 512ull;
	return err;
}

/* What a process that was killed here left is written over. */
static bool store(const struct snapshot *s, const struct vorw_target *t,
		  u64 *size, struct vorw_err *e)
{
	char path[PATH_MAX], new[PATH_MAX];
	int fd, err = 0;

	if (!file_name(t, "snapshot", path, sizeof(path), e) ||
	    !file_name(t, "snapshot.new", new, sizeof(new), e))
		return false;
	fd = open(new, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return vorw_fail(e, VORW_R_IO, "%s: %s", new, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return vorw_fail(e, VORW_R_IO,
				 "%s: another process is writing it", new);
	}
	if (ftruncate(fd, 0))
		err = errno;
	if (!err)
		err = write_file(fd, s, size);
	if (!err && rename(new, path))
		err = errno;
	if (err)
		unlink(new);
	close(fd);
	return !err || vorw_fail(e, VORW_R_IO, "%s: %s", new, strerror(err));
}

bool snapshot_boot(struct snapshot **out, const struct vorw_target *t,
		   struct vorw_err *e)
{
	struct snapshot *s;

	*out = NULL;
	if (!t->ready)
		return vorw_fail(e, VORW_R_TARGET, "target '%s': %s", t->name,
				 t->why_not);
	s = new_snapshot(t->mem_mib, 0, e);
	if (!s)
		return false;
	/* before it boots: what changes meanwhile makes it an old one */
	s->identity = qemu_identity(t, t->mem_mib, e);
	if (s->identity && boot_and_save(s, t, e)) {
		*out = s;
		return true;
	}
	snapshot_close(s);
	return false;
}

bool snapshot_make(const struct vorw_target *t, u64 *size,
		   struct vorw_err *e)
{
	struct snapshot *s;
	bool ok;

	if (!snapshot_boot(&s, t, e))
		return false;
	ok = try_copy(s, t, e) && store(s, t, size, e);
	snapshot_close(s);
	return ok;
}

bool snapshot_remove(const struct vorw_target *t, struct vorw_err *e)
{
	char path[PATH_MAX];

	if (!file_name(t, "snapshot", path, sizeof(path), e))
		return false;
	if (!unlink(path))
		return true;
	return errno == ENOENT ?
	       vorw_fail(e, VORW_R_TARGET, "target '%s' has no snapshot",
			 t->name) :
	       vorw_fail(e, VORW_R_IO, "%s: %s", path, strerror(errno));
}
