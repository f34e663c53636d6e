// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* pin.c - the file with a token's PIN. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <mbedtls/platform_util.h>
#include "file_io.h"
#include "pin.h"
#include "private_file.h"

#define MARK_MAX	256

/* A file that is changed or replaced has another one. */
static void identify(const struct stat *st, char id[PIN_ID])
{
	snprintf(id, PIN_ID, "%llu %lld.%09ld\n", (unsigned long long)st->st_ino,
		 (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

bool pin_open(struct pin *p, const char *source, const char *log,
	      struct vorw_err *e)
{
	*p = (struct pin){ 0 };
	if (!source)
		return true;
	if (*source == '|')
		return vorw_fail(e, VORW_R_KEY,
				 "pin-source=%s: the signer starts no programs; name a file",
				 source);
	if (!strncmp(source, "file:", 5))
		source += 5;
	p->path = strdup(source);
	if (!p->path || asprintf(&p->mark, "%s.pin-refused", log) < 0) {
		p->mark = NULL;
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	return true;
}

void pin_close(struct pin *p)
{
	free(p->path);
	free(p->mark);
	*p = (struct pin){ 0 };
}

/* The disk is asked each time, so who removes the mark needs no restart. */
static bool may_try(const struct pin *p, const char id[PIN_ID],
		    struct vorw_err *e)
{
	size_t n, len = strlen(id);
	const char *why;
	u8 *was;

	if (access(p->mark, F_OK) && errno == ENOENT)
		return true;
	if (!file_read(p->mark, MARK_MAX, &was, &n, e))
		return false;
	why = (const char *)was + len;
	if (n >= len && !memcmp(was, id, len))
		vorw_fail(e, VORW_R_KEY,
			  "%s: this PIN is not tried again before the file changes, or %s is removed: %s",
			  p->path, p->mark,
			  *why ? why : "it was tried, and nothing says that it was right");
	free(was);
	return e->reason == VORW_R_OK;
}

bool pin_read(struct pin *p, u8 pin[PIN_MAX], size_t *n, struct vorw_err *e)
{
	struct stat st;
	int fd = private_file_open(p->path, &st, e), err;
	u8 *buf;

	if (fd < 0)
		return false;
	identify(&st, p->read);
	if (!may_try(p, p->read, e)) {
		close(fd);
		return false;
	}
	err = fd_read(fd, PIN_MAX, 0, &buf, n);
	close(fd);
	if (err && err != EFBIG)
		return vorw_fail(e, VORW_R_IO, "%s: %s", p->path,
				 strerror(err));
	if (!err && *n && buf[*n - 1] == '\n')
		--*n;
	if (!err && *n && *n < PIN_MAX)
		memcpy(pin, buf, *n);
	else
		vorw_fail(e, VORW_R_KEY, "%s: a PIN has 1 to %d characters",
			  p->path, PIN_MAX - 1);
	if (!err) {
		mbedtls_platform_zeroize(buf, *n);
		free(buf);
	}
	return e->reason == VORW_R_OK;
}

bool pin_mark(struct pin *p, const char *why, struct vorw_err *e)
{
	char text[MARK_MAX];
	int err;

	snprintf(text, sizeof(text), "%s%s", p->read, why);
	if (!file_write(p->mark, text, strlen(text), e))
		return false;
	/* its name, too */
	err = file_sync_dir(p->mark);
	return !err || vorw_fail(e, VORW_R_IO, "%s: %s", p->mark,
				 strerror(err));
}

bool pin_unmark(struct pin *p, struct vorw_err *e)
{
	int err = unlink(p->mark) && errno != ENOENT ? errno :
		  file_sync_dir(p->mark);

	return !err || vorw_fail(e, VORW_R_IO, "%s: cannot be removed: %s",
				 p->mark, strerror(err));
}
