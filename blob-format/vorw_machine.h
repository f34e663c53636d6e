/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_machine.h - the architectures that native code in a blob can be for.
 *
 * The host knows all of them.  The module knows its own, and so can a loader
 * that is built with VORW_NATIVE_ONLY: vorw_parse() stops at another machine,
 * and a form of another machine is as unknown to all of them as any number.
 */
#ifndef VORW_MACHINE_H
#define VORW_MACHINE_H

#include "vorw_types.h"

#if !defined(__KERNEL__) && !defined(VORW_NATIVE_ONLY)
#define VORW_ALL_MACHINES
#endif

#if defined(VORW_ALL_MACHINES) || defined(__arm__)
#define VORW_HAVE_ARM
#endif
#if defined(VORW_ALL_MACHINES) || defined(__aarch64__)
#define VORW_HAVE_ARM64
#endif
#if defined(VORW_ALL_MACHINES) || defined(__x86_64__)
#define VORW_HAVE_X86
#endif
#if defined(VORW_ALL_MACHINES) || (defined(__riscv) && __riscv_xlen == 64)
#define VORW_HAVE_RISCV
#endif

/* What only the JITs of 64-bit machines make */
#if defined(VORW_HAVE_ARM64) || defined(VORW_HAVE_X86) || \
	defined(VORW_HAVE_RISCV)
#define VORW_HAVE_64BIT
#endif

/* ELF e_machine, include/uapi/linux/elf-em.h */
#define VORW_EM_NONE	0
#define VORW_EM_ARM	40
#define VORW_EM_X86_64	62
#define VORW_EM_AARCH64	183
#define VORW_EM_RISCV	243

/* What this is compiled for, and the one machine that it knows; 0: it knows
 * all. */
#if defined(VORW_ALL_MACHINES)
#define VORW_EM_ONLY	VORW_EM_NONE
#else
#define VORW_EM_ONLY	VORW_EM_SELF
#endif
#if defined(__arm__)
#define VORW_EM_SELF	VORW_EM_ARM
#elif defined(__aarch64__)
#define VORW_EM_SELF	VORW_EM_AARCH64
#elif defined(__x86_64__)
#define VORW_EM_SELF	VORW_EM_X86_64
#elif defined(__riscv)
#define VORW_EM_SELF	VORW_EM_RISCV
#endif

struct vorw_machine {
	u16 machine;
	u8 word;		/* bytes of a pointer */
	u8 insn;		/* code is a multiple of this, and aligned so */
	u32 cpu_features;	/* all VORW_CPU_* of it */
};

/* Bytes that the names of all CPU features of a machine take, with the NUL. */
#define VORW_FEATURE_NAMES	112

/* NULL for a machine that is not known here. */
const struct vorw_machine *vorw_machine(u32 machine);

/* Writes " NAME NAME" to buf, which it returns; bits that have no name there
 * are left out. */
const char *vorw_feature_names(u32 machine, u32 bits,
			       char buf[VORW_FEATURE_NAMES]);

#endif /* VORW_MACHINE_H */
