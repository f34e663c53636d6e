/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * own_dir.h - the directory of targets that the user has added: one
 * directory each, DIR/NAME/, with target.conf and the files it names.
 *
 * A target is there as a whole or not at all: it is put together under a name
 * that is no target's and renamed into place.
 */
#ifndef VORW_OWN_DIR_H
#define VORW_OWN_DIR_H

#include "err.h"

/* $VORW_OWN_TARGETS, or vorw/targets in $XDG_DATA_HOME or ~/.local/share. */
const char *own_dir(void);

#define OWN_PATH_MAX	500	/* facts are read into fields of 512 */

/* What shall become a target.  The lock on it tells it from what a process
 * that was killed has left behind. */
struct own_new {
	char path[OWN_PATH_MAX];
	int lock;
};

/* A new directory beside the targets; what was left there goes.  VORW_R_IO. */
bool own_begin(struct own_new *n, struct vorw_err *e);
/* It becomes the target.  VORW_R_NAME_TAKEN unless replace. */
bool own_commit(const struct own_new *n, const char *name, bool replace,
		struct vorw_err *e);
/* After own_begin(): what is not a target is removed. */
void own_end(struct own_new *n);
/* Remove a target, the file system's way: it is gone before its files are. */
bool own_remove(const char *name, struct vorw_err *e);
/* Remove a directory and what is in it, following no links. */
bool tree_remove(const char *path);

/* Copy a file's bytes to a new file.  VORW_R_IO. */
bool copy_file(const char *from, const char *to, struct vorw_err *e);
/* What is a module or lists some, from one directory into a new one. */
bool copy_modules(const char *from, const char *to, struct vorw_err *e);

#endif
