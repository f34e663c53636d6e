// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* sign_log.c - the signing log's one writer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "file_io.h"
#include "sign_log.h"

/* Contents are SHA-256: their first digits are as good as any hash. */
static size_t first_place(const char *content, size_t room)
{
	char digits[17];

	memcpy(digits, content, 16);
	digits[16] = 0;
	return strtoull(digits, NULL, 16) & (room - 1);
}

static struct sign_entry *place(struct sign_entry *t, size_t room,
				const char *content)
{
	size_t i = first_place(content, room);

	while (t[i].content[0] && strcmp(t[i].content, content))
		i = (i + 1) & (room - 1);
	return &t[i];
}

static bool make_room(struct sign_log *l)
{
	size_t room = l->room ? 2 * l->room : 1024, i;
	struct sign_entry *t;

	if (l->nentries < l->room / 2)
		return true;
	t = calloc(room, sizeof(*t));
	if (!t)
		return false;
	for (i = 0; i < l->room; i++)
		if (l->entries[i].content[0])
			*place(t, room, l->entries[i].content) = l->entries[i];
	free(l->entries);
	l->entries = t;
	l->room = room;
	return true;
}

static void remember(struct sign_log *l, const struct log_line *line,
		     const char *hash)
{
	struct sign_entry *n = place(l->entries, l->room, line->content);

	if (n->content[0])
		return;
	strcpy(n->content, line->content);
	strcpy(n->line, hash);
	n->seq = line->seq;
	l->nentries++;
}

static bool each(const struct log_line *line, const char *hash, void *arg,
		 struct vorw_err *e)
{
	struct sign_log *l = arg;

	if (line->what != LOG_SIGN || strcmp(line->cert, l->cert))
		return true;
	if (!make_room(l))
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	remember(l, line, hash);
	return true;
}

const struct sign_entry *sign_log_find(const struct sign_log *l,
				       const char *content)
{
	const struct sign_entry *n = l->room ?
		place(l->entries, l->room, content) : NULL;

	return n && n->content[0] ? n : NULL;
}

void sign_log_checked(struct sign_log *l, const char *content,
		      const char *build_id)
{
	struct sign_entry *n = l->room ? place(l->entries, l->room, content) :
					 NULL;

	if (n && n->content[0])
		snprintf(n->build_id, sizeof(n->build_id), "%s", build_id);
}

static bool io(struct vorw_err *e, const char *path, int err)
{
	return vorw_fail(e, VORW_R_IO, "%s: %s", path, strerror(err));
}

static bool open_file(struct sign_log *l, struct vorw_err *e)
{
	struct stat st;
	int err;

	l->fd = open(l->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC |
		     O_NOFOLLOW | O_NOCTTY, 0640);
	if (l->fd < 0 || fstat(l->fd, &st))
		return io(e, l->path, errno);
	if (!S_ISREG(st.st_mode))
		return vorw_fail(e, VORW_R_IO, "%s: not a regular file",
				 l->path);
	if (st.st_mode & 022)
		return vorw_fail(e, VORW_R_LOG,
				 "%s: others than its owner may write to it (mode %o)",
				 l->path, st.st_mode & 0777);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return vorw_fail(e, VORW_R_LOG,
				 "%s: belongs to user %ld, neither us nor root",
				 l->path, (long)st.st_uid);
	if (flock(l->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ?
		       vorw_fail(e, VORW_R_SIGNER, "%s: another signer has it",
				 l->path) :
		       io(e, l->path, errno);
	err = file_sync_dir(l->path);
	return err ? io(e, l->path, err) : true;
}

/* Back to the last whole line.  What the disk has is not known when even that
 * fails. */
static int cut(struct sign_log *l)
{
	int err = 0;

	if (ftruncate(l->fd, l->s.good) || fsync(l->fd)) {
		err = errno;
		l->dead = true;
	}
	return err;
}

static bool repair(struct sign_log *l, struct vorw_err *e)
{
	struct log_line line = { .what = LOG_REPAIR, .dropped = l->s.torn };
	int err;

	if (!l->s.torn)
		return true;
	strcpy(line.sha256, l->s.torn_sha256);
	err = cut(l);
	return err ? io(e, l->path, err) : sign_log_add(l, &line, e);
}

bool sign_log_open(struct sign_log *l, const char *path, const char *cert,
		   struct vorw_err *e)
{
	memset(l, 0, sizeof(*l));
	l->path = path;
	l->fd = -1;
	strcpy(l->cert, cert);
	return open_file(l, e) && log_read(l->fd, path, each, l, &l->s, e) &&
	       repair(l, e);
}

void sign_log_close(struct sign_log *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	free(l->entries);
	l->entries = NULL;
}

static void now(char to[24])
{
	time_t t = time(NULL);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(to, 24, "%Y-%m-%dT%H:%M:%SZ", &tm))
		strcpy(to, "0000-00-00T00:00:00Z");
}

static bool write_line(struct sign_log *l, const char *buf, size_t n,
		       struct vorw_err *e)
{
	int err = fd_write(l->fd, (const u8 *)buf, n);

	if (err) {
		vorw_fail(e, VORW_R_SIGNER, "%s: %s", l->path, strerror(err));
		cut(l);
		return false;
	}
	/* after a failed fsync(2) the kernel may have dropped the pages, and
	 * a second one says yes: only reading it all again tells */
	if (fsync(l->fd)) {
		l->dead = true;
		return vorw_fail(e, VORW_R_SIGNER, "%s: %s", l->path,
				 strerror(errno));
	}
	return true;
}

/* Deleted, or moved away under us: nobody would find what we write. */
static bool still_there(const struct sign_log *l)
{
	struct stat ours, path;

	return !fstat(l->fd, &ours) && !stat(l->path, &path) &&
	       ours.st_dev == path.st_dev && ours.st_ino == path.st_ino;
}

bool sign_log_add(struct sign_log *l, struct log_line *line,
		  struct vorw_err *e)
{
	char buf[LOG_LINE_MAX], hash[65];
	size_t n;

	if (!l->dead && !still_there(l))
		l->dead = true;
	if (l->dead)
		return vorw_fail(e, VORW_R_SIGNER,
				 "%s: cannot be written any more", l->path);
	if (!make_room(l))
		return vorw_fail(e, VORW_R_SIGNER, "out of memory");
	line->seq = l->s.lines + 1;
	now(line->time);
	strcpy(line->prev, l->s.head);
	strcpy(line->cert, l->cert);
	n = log_line_format(line, buf);
	log_hash(buf, n, hash);
	buf[n] = '\n';
	if (!write_line(l, buf, n + 1, e))
		return false;
	l->s.lines++;
	l->s.good += n + 1;
	l->s.torn = 0;
	strcpy(l->s.head, hash);
	if (line->what == LOG_SIGN)
		remember(l, line, hash);
	return true;
}
