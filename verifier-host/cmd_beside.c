// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_beside.c - commands that are programs of their own, in the directory of
 * this one: they link what the command line has no need of.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"

int cmd_beside(const char *program, char **argv)
{
	struct vorw_err e = { 0 };
	char *path = cmd_file_beside(program);

	if (path)
		execv(path, argv);
	vorw_fail(&e, VORW_R_IO, "cannot run %s: %s", path ? path : program,
		  strerror(errno));
	free(path);
	return cmd_end(&e);
}
