/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * own_twin.h - a target whose kernel is the twin of the device's: may it
 * verify for that one?
 */
#ifndef VORW_OWN_TWIN_H
#define VORW_OWN_TWIN_H

#include <limits.h>
#include "own_check.h"
#include "twin.h"

struct own_twin {
	const char *given;	/* the device kernel's build directory, or NULL:
				 * there is no twin */
	char dir[PATH_MAX - 16];	/* the same, absolute */
	char image[PATH_MAX], config[PATH_MAX];
	struct own_kernel device;
	struct twin compared;
};

/* Reads the device's kernel, before the twin is looked at. */
bool own_twin_read(struct own_twin *w, struct vorw_err *e);
/* Is the twin (read, its build directory known) a kernel of the same release
 * and architecture, with the same verifier and JIT?  VORW_R_TARGET. */
bool own_twin_check(struct own_twin *w, const struct own_kernel *twin,
		    struct vorw_err *e);
void own_twin_free(struct own_twin *w);

/* The next option that the twin has otherwise; *i from 0 on, text at least
 * 256 bytes.  NULL: no more. */
const char *own_twin_option(const struct own_twin *w,
			    const struct own_kernel *twin, size_t i[2],
			    char *text, size_t size);

#endif
