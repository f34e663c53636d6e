/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * file_io.h - whole files in, whole files out.
 */
#ifndef VORW_FILE_IO_H
#define VORW_FILE_IO_H

#include "vorw_types.h"
#include "err.h"

/*
 * Read all of path, at most max bytes, into *buf (malloc'd, never NULL on
 * success, followed by a NUL that *size does not count).  VORW_R_LIMIT when
 * it is longer, VORW_R_IO for everything else.
 */
bool file_read(const char *path, size_t max, u8 **buf, size_t *size,
	       struct vorw_err *e);

/* The same from a descriptor, to its end; hint: how much that may be.  0, or an
 * errno, EFBIG when it is longer. */
int fd_read(int fd, size_t max, size_t hint, u8 **buf, size_t *size);

/* All n bytes; 0 or an errno. */
int fd_write(int fd, const u8 *p, size_t n);

/* Are these two names of one regular file that exists?  NULL is no file. */
bool file_same(const char *a, const char *b);

/* Could file_write() write there, as far as can be told without doing it?
 * VORW_R_IO: no such directory, a directory itself, not allowed. */
bool file_may_write(const char *path, struct vorw_err *e);

/*
 * Make path hold exactly these bytes, or leave what was there: written beside
 * it, flushed to the disk, then renamed.  A path that is a device or a pipe
 * is written to, "-" is standard output.  VORW_R_IO names the file and the
 * reason, "no space left on device" among them; nothing half-written stays
 * behind.
 */
bool file_write(const char *path, const void *buf, size_t size,
		struct vorw_err *e);

/* A new file's name is on the disk when its directory is: flush that of path.
 * 0 or an errno. */
int file_sync_dir(const char *path);

#endif
