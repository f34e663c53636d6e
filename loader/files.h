/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* files.h - small files of sysfs and tracefs. */
#ifndef LOADER_FILES_H
#define LOADER_FILES_H

#include "vorw_types.h"

/* The first line of a small file, without its newline, or -errno. */
int read_line(const char *path, char *buf, size_t size);
/* A file that holds one number. */
int read_u32(const char *path, u32 *v);

#endif
