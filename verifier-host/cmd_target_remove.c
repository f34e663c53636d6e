// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_target_remove.c - `vorw target remove`: a target of the user's own. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "own_dir.h"
#include "target.h"

static const char usage_text[] =
"usage: vorw target remove NAME\n"
"\n"
"Remove a target that `vorw target add` made, and what was built for it.\n"
"\n"
"Exit status: 0 done, 1 refused or failed, 2 usage.\n";

/* What was built for it goes first: facts without a definition would still be
 * a target. */
static bool remove_target(const char *name, struct vorw_err *e)
{
	char path[PATH_MAX];

	if (!target_name_ok(name))
		return vorw_fail(e, VORW_R_TARGET, "'%s' is no target name",
				 name);
	if (target_is_builtin(name))
		return vorw_fail(e, VORW_R_TARGET,
				 "'%s' is one of vorw's own targets, which are not removed",
				 name);
	snprintf(path, sizeof(path), "%s/%s/target.conf", own_dir(), name);
	if (access(path, F_OK))
		return vorw_fail(e, VORW_R_TARGET, "no target '%s' in %s",
				 name, own_dir());
	snprintf(path, sizeof(path), "%s/%s/target.facts", vorw_target_root(),
		 name);
	if (!access(path, F_OK)) {
		if (unlink(path))
			return vorw_fail(e, VORW_R_IO, "%s: %s", path,
					 strerror(errno));
		*strrchr(path, '/') = 0;
		tree_remove(path);
	}
	return own_remove(name, e);
}

int cmd_target_remove(int argc, char **argv)
{
	const struct cmd_syntax syntax = {
		"target remove", usage_text, "target", NULL, 0
	};
	struct vorw_err e = { 0 };
	const char *name;
	int rc = cmd_parse(argc, argv, &syntax, &name);

	if (rc >= 0)
		return rc;
	if (remove_target(name, &e))
		printf("%s is removed\n", name);
	return cmd_end(&e);
}
