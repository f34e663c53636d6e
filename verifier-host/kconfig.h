/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kconfig.h - a kernel's configuration, and what vorw needs of it. */
#ifndef VORW_KCONFIG_H
#define VORW_KCONFIG_H

#include "err.h"
#include "vorw_types.h"

struct kconfig {
	char *text;		/* lines; NUL-terminated */
	size_t size;
	char release[64];	/* "6.1.192" of the first comment */
	char arch[16];		/* "arm", likewise */
};

/* A .config, or /proc/config.gz as it is.  VORW_R_TARGET: it is neither. */
bool kconfig_read(const char *path, struct kconfig *c, struct vorw_err *e);
/* The same of a text in memory, which is copied; what: for messages. */
bool kconfig_of(const char *what, const char *text, size_t size,
		struct kconfig *c, struct vorw_err *e);
void kconfig_free(struct kconfig *c);

/* Value of CONFIG_name: "y", "m", "\"text\"", "100"; "" when it is not set. */
const char *kconfig_get(const struct kconfig *c, const char *name, char *buf,
			size_t size);
bool kconfig_on(const struct kconfig *c, const char *name);	/* y or m */

/* Where the two differ first, into buf ("CONFIG_X is y in … and not set in
 * …"); NULL: nowhere. */
const char *kconfig_differs(const struct kconfig *a, const struct kconfig *b,
			    const char *a_name, const char *b_name, char *buf,
			    size_t size);

/* The next option, from *i on, that a has and b has otherwise or not; false: no
 * more.  What only names the build does not count. */
bool kconfig_next(const struct kconfig *a, const struct kconfig *b, size_t *i,
		  char *name, size_t size);

/* Something about a kernel that matters. */
struct need {
	/* NEED_VM: for the virtual machine, not for the device */
	enum need_kind { NEED_MUST, NEED_VM, NEED_LOSS } kind;
	const char *option;	/* "A|B": one of them; "!A": must be off */
	const char *cost;	/* what there is not without it */
};

/* The next need, from *i on, that c does not meet; NULL: no more.  arch as in
 * targets/arch/. */
const struct need *need_next(const struct kconfig *c, const char *arch,
			     size_t *i);

/* "pci" or "mmio": how the virtual machine's ports reach this kernel. */
const char *kconfig_virtio(const struct kconfig *c, const char *arch);

#endif
