/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * out.h - output without stdio: a small formatter and a buffered stdout.
 *
 * libc's printf would be a fifth of the program.  Formats: %s %c %d %u %x %%
 * with -, 0, width, *, and l or ll in front of d, u, x.
 */
#ifndef LOADER_OUT_H
#define LOADER_OUT_H

#include <stdarg.h>
#include "vorw_types.h"

#define PRINTF(a, b)	__attribute__((format(printf, a, b)))

/* Always NUL-terminates (size is not 0); what does not fit is left out.
 * Returns the length that all of it has. */
size_t fmt_str(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);
size_t fmt_args(char *buf, size_t size, const char *fmt, va_list args);

/* To stdout, buffered, at most 1023 bytes a call. */
void out(const char *fmt, ...) PRINTF(1, 2);
void out_char(char c);
void out_text(const char *s);
/* Everything written?  False when any of it did not reach its reader. */
bool out_flush(void);

/* "vorw: …" and a newline to stderr, at once. */
void note(const char *fmt, ...) PRINTF(1, 2);
/* s as it is to stderr. */
void note_text(const char *s);

/* s for people's eyes: what is not printable ASCII becomes '?', more than max
 * columns end in "..".  One of four static buffers, used in turn. */
const char *clean(const char *s, size_t max);

/* Unsigned decimal or 0x… that is all of s; false when it is not. */
bool parse_u32(const char *s, u32 *v);

#endif
