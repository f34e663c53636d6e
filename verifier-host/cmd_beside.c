// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_beside.c - commands that are programs of their own, in the directory of
 * this one: they link what the command line has no need of.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"

static char *beside(const char *program)
{
	char exe[4096], *slash, *out;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return NULL;
	exe[n] = 0;
	slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	return asprintf(&out, "%s/%s", exe, program) < 0 ? NULL : out;
}

int cmd_beside(const char *program, char **argv)
{
	struct vorw_err e = { 0 };
	char *path = beside(program);

	if (path)
		execv(path, argv);
	vorw_fail(&e, VORW_R_IO, "cannot run %s: %s", path ? path : program,
		  strerror(errno));
	free(path);
	return cmd_end(&e);
}
