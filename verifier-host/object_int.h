/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* object_int.h - between object.c and object_btf.c: bytes of an object. */
#ifndef VORW_OBJECT_INT_H
#define VORW_OBJECT_INT_H

#include "object.h"

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

#define OBJECT_EXTERNS_MAX 1024

/* What the BTF says about symbols that are defined elsewhere. */
struct btf_externs {
	const char *kconfig[OBJECT_EXTERNS_MAX];
	u32 nkconfig;
};

/*
 * Walk all of an object's BTF; btf.p NULL: it has none.  NULL, or why this
 * object cannot be taken: BTF that is not exactly what this walk understands
 * (libbpf would take a byte-swapped one, too), or symbols of the kernel.
 */
const char *btf_externs(struct bytes btf, struct btf_externs *x);
bool btf_is_kconfig(const struct btf_externs *x, const char *name);

#endif /* VORW_OBJECT_INT_H */
