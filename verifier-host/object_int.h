/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* object_int.h - between object.c and object_btf.c. */
#ifndef VORW_OBJECT_INT_H
#define VORW_OBJECT_INT_H

#include "bytes.h"
#include "object.h"

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
