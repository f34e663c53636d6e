// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_service.c - `vorw serve`, `vorw worker`, `vorw token`: commands of the
 * program beside this one. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

int cmd_service(int argc, char **argv)
{
	char **more = calloc(argc + 2, sizeof(*more));
	struct vorw_err e = { 0 };
	int rc;

	if (!more) {
		vorw_fail(&e, VORW_R_NO_MEMORY, "out of memory");
		return cmd_end(&e);
	}
	more[0] = "vorw-service";
	memcpy(more + 1, argv, argc * sizeof(*more));
	rc = cmd_beside("vorw-service", more);
	free(more);
	return rc;
}
