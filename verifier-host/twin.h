/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * twin.h - a kernel that verifies for another one, which boots on no emulated
 * machine: is what it puts into programs right for the other?
 *
 * Offsets into structs, inlined map lookups, constants and instructions all
 * come out of the code of the verifier, of the conversions of contexts, of the
 * maps and of the JIT; what a helper takes is in its prototype.  So these
 * objects of the two build directories have to be the same bytes.  Which they
 * are is not listed: those below a path with "bpf" in it, and those that define
 * operations of a program type or a map, or a prototype of a helper.
 */
#ifndef VORW_TWIN_H
#define VORW_TWIN_H

#include "err.h"
#include "kconfig.h"

struct twin {
	unsigned nsame;		/* objects that are the same in both */
	unsigned nscope;	/* of them those above */
	unsigned nother;	/* that differ and are none of those */
	unsigned ndevice, ntwin;	/* that are in one only */
	char other[200];	/* the first of nother, by path */
};

/*
 * Compare the objects that the vmlinux of each build directory is linked of.
 * VORW_R_TARGET names the object that differs and what is in the place.
 */
bool twin_compare(const char *device, const char *twin, struct twin *t,
		  struct vorw_err *e);

#endif
