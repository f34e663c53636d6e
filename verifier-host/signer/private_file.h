/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* private_file.h - files with secrets, which are for nobody else. */
#ifndef VORW_PRIVATE_FILE_H
#define VORW_PRIVATE_FILE_H

#include <sys/stat.h>
#include "err.h"

/* Open path for reading, which is a regular file, of us or of root, and without
 * permissions for others.  *st is what was opened; -1 with e filled:
 * VORW_R_KEY. */
int private_file_open(const char *path, struct stat *st, struct vorw_err *e);
/* Could it be? */
bool private_file(const char *path, struct vorw_err *e);

#endif /* VORW_PRIVATE_FILE_H */
