/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* unpack.h - compressed bytes, unpacked by the machine's own programs. */
#ifndef VORW_UNPACK_H
#define VORW_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include "vorw_types.h"

/* What the bytes at p are packed with, going by their magic: a program that
 * unpacks them (-dc), or NULL. */
const char *unpack_program(const u8 *p, size_t n);

/*
 * Unpack what begins at p with this program: at most max bytes into *out
 * (malloc'd, followed by a NUL).  What follows the packed bytes is ignored, so
 * the program's exit status says nothing; the caller knows what to expect.
 * False when nothing or more than max comes out.
 */
bool unpack_with(const char *program, const u8 *p, size_t n, size_t max,
		 u8 **out, size_t *size);

#endif
