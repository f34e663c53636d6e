// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * archive.c - vmlinux.a: the objects that a kernel is linked of.
 *
 * Since 6.1 kbuild makes it for the link (Makefile, ar_vmlinux.a), with what
 * GNU ar calls a thin archive: headers as in an ordinary one, of which only the
 * table of symbols and that of names have contents behind them.
 */
#include <ar.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "archive.h"
#include "bytes.h"
#include "file_io.h"

#define ARCHIVE_MAX	(64u << 20)
#define THIN		"!<thin>\n"

/* A decimal field, filled with spaces (GNU ar ends some names with a '/' behind
 * them); ~0: it is none. */
static u64 number(const char *p, size_t n)
{
	char text[17], *end;
	u64 v;

	snprintf(text, sizeof(text), "%.*s", (int)n, p);
	if (*text < '0' || *text > '9')
		return ~0ull;
	v = strtoull(text, &end, 10);
	return end[strspn(end, " /")] ? ~0ull : v;
}

/* "/123": at this place of the table of names, up to "/\n". */
static char *long_name(char *names, size_t n, const char *field)
{
	u64 at = number(field + 1, sizeof(((struct ar_hdr *)0)->ar_name) - 1);
	char *end;

	if (!names || at >= n)
		return NULL;
	end = memmem(names + at, n - at, "/\n", 2);
	if (!end)
		return NULL;
	*end = 0;
	return names + at;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* False: it is no thin archive. */
static bool parse(struct archive *a, size_t size)
{
	const struct bytes all = { (u8 *)a->text, size };
	size_t max = size / sizeof(struct ar_hdr), nnames = 0;
	u64 at = SARMAG, len;
	char *names = NULL;
	struct bytes h, in;

	if (size < SARMAG || memcmp(a->text, THIN, SARMAG))
		return false;
	a->members = calloc(max + 1, sizeof(*a->members));
	if (!a->members)
		return false;
	while (at < size) {
		char *field = a->text + at;

		if (!bytes_sub(all, at, sizeof(struct ar_hdr), &h) ||
		    memcmp(field + offsetof(struct ar_hdr, ar_fmag), ARFMAG, 2))
			return false;
		len = number(field + offsetof(struct ar_hdr, ar_size),
			     sizeof(((struct ar_hdr *)0)->ar_size));
		at += sizeof(struct ar_hdr);
		if (!memcmp(field, "/ ", 2) || !memcmp(field, "// ", 3) ||
		    !memcmp(field, "/SYM64/", 7)) {
			if (!bytes_sub(all, at, len, &in))
				return false;
			if (field[1] == '/') {
				names = a->text + at;
				nnames = len;
			}
			at += len + (len & 1);
			continue;
		}
		/* members with a short name are stored in that table, too */
		if (field[0] != '/')
			return false;
		a->members[a->n] = long_name(names, nnames, field);
		if (!a->members[a->n++])
			return false;
	}
	qsort(a->members, a->n, sizeof(*a->members), by_name);
	return a->n;
}

bool archive_read(const char *dir, struct archive *a, struct vorw_err *e)
{
	char path[PATH_MAX];
	size_t size;
	u8 *text;

	memset(a, 0, sizeof(*a));
	snprintf(path, sizeof(path), "%s/vmlinux.a", dir);
	if (access(path, R_OK))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: %s: it lists the objects of the kernel, which are compared; they have to be there as they were built",
				 path, strerror(errno));
	if (!file_read(path, ARCHIVE_MAX, &text, &size, e))
		return false;
	a->text = (char *)text;
	if (parse(a, size))
		return true;
	archive_free(a);
	return vorw_fail(e, VORW_R_TARGET, "%s is no thin archive of objects",
			 path);
}

void archive_free(struct archive *a)
{
	free(a->members);
	free(a->text);
	memset(a, 0, sizeof(*a));
}

bool archive_has(const struct archive *a, const char *member)
{
	return bsearch(&member, a->members, a->n, sizeof(*a->members),
		       by_name);
}
