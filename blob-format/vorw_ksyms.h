/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_ksyms.h - kernel routines that code in a blob may call besides helpers.
 *
 * A relocation of kind VORW_REL_KSYM names a routine.  Not "any symbol": only
 * what the verifier's rewrites and the JIT of that architecture themselves
 * emit, so that a blob cannot reach more of the kernel than a program
 * compiled on the device.
 */
#ifndef VORW_KSYMS_H
#define VORW_KSYMS_H

#include "vorw_types.h"

/* May native code or bytecode for this ELF machine name that routine? */
bool vorw_ksym_allowed(u16 machine, const char *name);

/* May it name that variable (VORW_REL_KVAR)?  Only its address is meant. */
bool vorw_kvar_allowed(u16 machine, const char *name);

/* May it go where that variable points (VORW_REL_KPTR)? */
bool vorw_kptr_allowed(u16 machine, const char *name);

#endif /* VORW_KSYMS_H */
