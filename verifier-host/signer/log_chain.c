// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* log_chain.c - reading a signing log, checking the chain of its lines. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "log_chain.h"

#define ZEROS	"0000000000000000000000000000000000000000000000000000000000000000"

/* A window of the file: more than a line. */
struct window {
	int fd;
	u64 at;			/* of the first byte in buf */
	size_t n;
	bool end;		/* the file's */
	char buf[16 * LOG_LINE_MAX];
};

static int fill(struct window *w)
{
	ssize_t got;

	while (w->n < sizeof(w->buf) && !w->end) {
		got = pread(w->fd, w->buf + w->n, sizeof(w->buf) - w->n,
			    w->at + w->n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		w->end = !got;
		w->n += got;
	}
	return 0;
}

static void drop(struct window *w, size_t n)
{
	memmove(w->buf, w->buf + n, w->n - n);
	w->at += n;
	w->n -= n;
}

static bool broken(struct vorw_err *e, const char *path,
		   const struct log_state *s, const char *why)
{
	return vorw_fail(e, VORW_R_LOG, "%s: line %llu: %s", path,
			 (unsigned long long)s->lines + 1, why);
}

/* What stands at the window's beginning is no line: is it what a crash
 * leaves? */
static bool is_torn(const struct window *w, const char *newline)
{
	return w->end && w->n <= LOG_LINE_MAX &&
	       (!newline || memchr(w->buf, 0, w->n));
}

static bool take_line(struct window *w, size_t n, const char *path,
		      log_each *each, void *arg, struct log_state *s,
		      struct vorw_err *e)
{
	struct log_line l;
	char hash[65];

	if (!log_line_parse(&l, w->buf, n))
		return broken(e, path, s, "not a line of a signing log");
	if (l.seq != s->lines + 1)
		return vorw_fail(e, VORW_R_LOG,
				 "%s: line %llu says that it is number %llu",
				 path, (unsigned long long)s->lines + 1,
				 (unsigned long long)l.seq);
	if (strcmp(l.prev, s->head))
		return broken(e, path, s,
			      "its \"prev\" is not the hash of the line before");
	log_hash(w->buf, n, hash);
	if (each && !each(&l, hash, arg, e))
		return false;
	strcpy(s->head, hash);
	s->lines++;
	s->good += n + 1;
	return true;
}

bool log_read(int fd, const char *path, log_each *each, void *arg,
	      struct log_state *s, struct vorw_err *e)
{
	struct window w = { .fd = fd };
	struct vorw_err bad = { 0 };
	char *newline;
	int err;

	memset(s, 0, sizeof(*s));
	strcpy(s->head, ZEROS);
	for (;;) {
		err = fill(&w);
		if (err)
			return vorw_fail(e, VORW_R_IO, "%s: %s", path,
					 strerror(err));
		if (!w.n)
			return true;
		newline = memchr(w.buf, '\n', w.n);
		if (newline && take_line(&w, newline - w.buf, path, each, arg,
					 s, &bad)) {
			drop(&w, newline + 1 - w.buf);
			continue;
		}
		if (!newline)
			broken(&bad, path, s, "it is too long");
		if (!is_torn(&w, newline)) {
			*e = bad;
			return false;
		}
		s->torn = w.n;
		log_hash(w.buf, w.n, s->torn_sha256);
		return true;
	}
}
