/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* arm_code.h - the parts of the code validator for 32-bit Arm. */
#ifndef VORW_ARM_CODE_H
#define VORW_ARM_CODE_H

#include "arm.h"

/* Name of the row that a plain word matches; NULL if none does. scratch is
 * the size of the stacked registers, features are added to. */
const char *arm_insn_known(u32 w, u32 scratch, u32 *features);

/* The JIT's own routines take other arguments than what programs call, and 64
 * bits come in other registers than 32.  (arm_divide.c) */
enum arm_divide { ARM_DIVIDE_NO, ARM_DIVIDE_32, ARM_DIVIDE_64 };
enum arm_divide arm_divide_target(const struct vreloc *r);

/* Words of the 64-bit division that begins at word i; 0: none does. */
u32 arm_divide64_at(const struct vcode *c, u32 i);

#endif /* VORW_ARM_CODE_H */
