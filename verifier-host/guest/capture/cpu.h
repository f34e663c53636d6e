/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.h - the CPU features that this architecture's JIT looks at, as
 * VORW_CPU_* bits.
 */
#ifndef CAPTURE_CPU_H
#define CAPTURE_CPU_H

#include "vorw_format.h"

#if defined(CONFIG_ARM)
#include <asm/hwcap.h>

/* arch/arm/net/bpf_jit_32.c: MOVW/MOVT by the level the kernel was compiled
 * for, BX and UDIV by what the CPU reported at boot. */
static inline u32 capture_cpu_features(void)
{
	return (__LINUX_ARM_ARCH__ >= 7 ? VORW_CPU_ARM_V7 : 0) |
	       (elf_hwcap & HWCAP_IDIVA ? VORW_CPU_ARM_IDIVA : 0) |
	       (elf_hwcap & HWCAP_THUMB ? VORW_CPU_ARM_THUMB : 0);
}
#else
#error "no CPU features known for this architecture"
#endif

#endif /* CAPTURE_CPU_H */
