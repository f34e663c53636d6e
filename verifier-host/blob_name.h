/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* blob_name.h - the name that a blob has on the device. */
#ifndef VORW_BLOB_NAME_H
#define VORW_BLOB_NAME_H

#include <stdbool.h>

/* 1 to 63 letters, digits, '_' and '-', not '-' first: on the device it is a
 * directory and an argument. */
bool blob_name_ok(const char *name);

/* Base name of the object without .o, .bpf; characters that a blob's name
 * cannot have (or not begin with) become '_'.  Malloc'd. */
char *blob_name_default(const char *object);

#endif
