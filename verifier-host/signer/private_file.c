// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* private_file.c - files with secrets, which are for nobody else. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "private_file.h"

bool private_file(const char *path, struct stat *st, struct vorw_err *e)
{
	if (stat(path, st))
		return vorw_fail(e, VORW_R_KEY, "%s: %s", path,
				 strerror(errno));
	if (!S_ISREG(st->st_mode))
		return vorw_fail(e, VORW_R_KEY, "%s: not a regular file",
				 path);
	if (st->st_mode & 077)
		return vorw_fail(e, VORW_R_KEY,
				 "%s: mode %o lets others at it; chmod 600",
				 path, st->st_mode & 0777);
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return vorw_fail(e, VORW_R_KEY,
				 "%s: belongs to user %ld, neither us nor root",
				 path, (long)st->st_uid);
	return true;
}
