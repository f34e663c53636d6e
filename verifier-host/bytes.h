/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bytes.h - the one gate to the bytes of an untrusted file. */
#ifndef VORW_BYTES_H_HOST
#define VORW_BYTES_H_HOST

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "vorw_types.h"

struct bytes { const u8 *p; size_t n; };

/* The one gate: a range inside b, overflow-safe. */
static inline bool bytes_sub(struct bytes b, u64 off, u64 len,
			     struct bytes *out)
{
	if (off > b.n || len > b.n - off)
		return false;
	out->p = b.p + off;
	out->n = len;
	return true;
}

/* Little-endian number of size bytes at off; ok cleared when outside. */
static inline u64 bytes_num(struct bytes b, u64 off, u32 size, bool *ok)
{
	struct bytes f;
	u64 v = 0;

	if (!bytes_sub(b, off, size, &f)) {
		*ok = false;
		return 0;
	}
	while (size--)
		v = v << 8 | f.p[size];
	return v;
}

/* NUL-terminated text at off, or NULL. */
static inline const char *bytes_text(struct bytes b, u64 off)
{
	if (off >= b.n || !memchr(b.p + off, 0, b.n - off))
		return NULL;
	return (const char *)b.p + off;
}

#endif /* VORW_BYTES_H_HOST */
