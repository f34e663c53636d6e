/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* file.h - whole files in, whole files out. */
#ifndef VORW_FILE_H
#define VORW_FILE_H

#include <stddef.h>
#include "vorw_types.h"
#include "err.h"

/* Read a regular file of at most max bytes; *buf is malloc'd. */
bool file_read(const char *path, size_t max, u8 **buf, size_t *size,
	       struct vorw_err *e);

/* Replace path by these bytes, completely or not at all: a temporary file in
 * the same directory is written, synced and renamed.  "-" is stdout. */
bool file_write(const char *path, const void *buf, size_t size,
		struct vorw_err *e);

#endif /* VORW_FILE_H */
