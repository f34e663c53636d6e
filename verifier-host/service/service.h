/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* service.h - the commands of vorw-service, and where they find the store. */
#ifndef VORW_SERVICE_H
#define VORW_SERVICE_H

#include "err.h"

int cmd_serve(int argc, char **argv);
int cmd_worker(int argc, char **argv);
int cmd_token(int argc, char **argv);

/* The state directory: dir, else $STATE_DIRECTORY, else vorw in
 * $XDG_STATE_HOME or ~/.local/state; made if it is not there.  Malloc'd. */
char *state_dir(const char *dir, struct vorw_err *e);
/* where, or vorw.db in the state directory.  Malloc'd. */
char *store_where(const char *where, const char *state, struct vorw_err *e);

#endif
