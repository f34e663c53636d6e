/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* archive.h - vmlinux.a: the objects that a kernel is linked of. */
#ifndef VORW_ARCHIVE_H
#define VORW_ARCHIVE_H

#include <stddef.h>
#include "err.h"

struct archive {
	char **members;		/* paths, as the archive has them; sorted */
	size_t n;
	char *text;		/* what they point into */
};

/* Reads dir/vmlinux.a, a thin archive: it names files and holds none.
 * VORW_R_TARGET: it is not there, or something else. */
bool archive_read(const char *dir, struct archive *a, struct vorw_err *e);
void archive_free(struct archive *a);
bool archive_has(const struct archive *a, const char *member);

#endif
