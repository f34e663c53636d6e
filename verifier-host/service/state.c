// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* state.c - where the service keeps what it keeps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "service.h"

static bool make_dirs(char *path, struct vorw_err *e)
{
	char *p;

	for (p = path + !!*path; ; p++) {
		if (*p && *p != '/')
			continue;
		char c = *p;

		*p = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			return vorw_fail(e, VORW_R_IO, "%s: %s", path,
					 strerror(errno));
		*p = c;
		if (!c)
			return true;
	}
}

char *state_dir(const char *dir, struct vorw_err *e)
{
	const char *env = getenv("STATE_DIRECTORY");
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *path = NULL;
	int rc;

	if (dir)
		rc = asprintf(&path, "%s", dir);
	else if (env && *env)
		rc = asprintf(&path, "%s", env);
	else if (xdg && *xdg == '/')
		rc = asprintf(&path, "%s/vorw", xdg);
	else
		rc = asprintf(&path, "%s/.local/state/vorw",
			      home && *home ? home : "");
	if (rc < 0) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		return NULL;
	}
	if (!make_dirs(path, e)) {
		free(path);
		return NULL;
	}
	return path;
}

char *store_where(const char *where, const char *state, struct vorw_err *e)
{
	const char *env = getenv(STORE_ENV);
	char *dir, *path = NULL;

	if (!where && env && *env)
		where = env;
	if (where)
		path = strdup(where);
	unsetenv(STORE_ENV);
	if (where && !path)
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (where)
		return path;
	dir = state_dir(state, e);
	if (!dir)
		return NULL;
	if (asprintf(&path, "%s/vorw.db", dir) < 0) {
		path = NULL;
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	free(dir);
	return path;
}
