/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * jitcmp.h - is the code of two loaded programs the same?
 */
#ifndef JITCMP_H
#define JITCMP_H

#include "vt.h"

/*
 * The rewritten bytecode of both, as the kernel dumps it, with map ids
 * replaced by the place of the map in the object.
 */
bool jc_same_bytecode(const struct vt_obj *a, const struct vt_obj *b,
		      const char *prog);

/*
 * The machine code of both: decoded into instructions, where
 * every way to load a constant is one and a branch goes to an instruction and
 * not by a distance.  Constants have to be equal, but where a's bytecode loads
 * the address of a map: there, the same map gives the same address.
 */
bool jc_same_code(const struct vt_obj *a, const struct vt_obj *b,
		  const char *prog);
/* The same of two programs with different names. */
bool jc_same_code_as(const struct vt_obj *a, const char *prog_a,
		     const struct vt_obj *b, const char *prog_b);

#endif /* JITCMP_H */
