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
/*
 * where, else $VORW_STORE, else vorw.db in the state directory.  Malloc'd.
 *
 * It may have a password in it.  Arguments can be read by every user of the
 * machine, so it is given to children by this variable, and only to those that
 * need it: from now on it is in the environment no more.
 */
#define STORE_ENV	"VORW_STORE"
char *store_where(const char *where, const char *state, struct vorw_err *e);

#endif
