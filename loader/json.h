/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - writing JSON (RFC 8259) to stdout.
 *
 * One document at a time.  key is NULL inside an array.  Strings may be
 * hostile: bytes that are not printable ASCII come out as \u00XX.
 */
#ifndef LOADER_JSON_H
#define LOADER_JSON_H

#include "vorw_types.h"

void json_open(const char *key, char bracket);	/* '{' or '[' */
void json_close(char bracket);			/* '}' or ']' */
void json_str(const char *key, const char *s);
void json_u64(const char *key, u64 v);
void json_bool(const char *key, bool v);
void json_hex(const char *key, const u8 *p, size_t n);
/* After the outermost bracket: a newline. */
void json_end(void);

#endif
