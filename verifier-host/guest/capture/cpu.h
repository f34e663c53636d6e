/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.h - the CPU features that this architecture's JIT looks at, as
 * VORW_CPU_* bits.
 */
#ifndef CAPTURE_CPU_H
#define CAPTURE_CPU_H

#include <linux/extable.h>
#include <linux/filter.h>
#include "capture.h"
#include "vorw_format.h"

/* Bytes of code that the JIT does not count in jited_len. */
#if defined(CONFIG_ARM64)
/* build_plt() of arch/arm64/net/bpf_jit_comp.c: the literal */
#define CAPTURE_CODE_TAIL	8
#else
#define CAPTURE_CODE_TAIL	0
#endif

#if defined(CONFIG_X86_64)
#include <asm/extable.h>
#include <asm/extable_fixup_types.h>

/* ex_handler_bpf() of arch/x86/net/bpf_jit_comp.c; further bits are arenas'. */
#define CAPTURE_FAULTS	1
static inline bool capture_fault(const struct exception_table_entry *ex,
				 const void *code, struct cap_fault *f)
{
	f->off = (const u8 *)&ex->insn + ex->insn - (const u8 *)code;
	f->skip = ex->fixup & 0xff;
	f->reg = ex->fixup >> 8;
	return ex->data == EX_TYPE_BPF && !(ex->fixup >> 16);
}
#else
#define CAPTURE_FAULTS	0
static inline bool capture_fault(const struct exception_table_entry *ex,
				 const void *code, struct cap_fault *f)
{
	return false;
}
#endif

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
#elif defined(CONFIG_ARM64)
#include <asm/cpufeature.h>

/* arch/arm64/net/bpf_jit_comp.c emit_lse_atomic() */
static inline u32 capture_cpu_features(void)
{
	return IS_ENABLED(CONFIG_ARM64_LSE_ATOMICS) &&
	       cpus_have_cap(ARM64_HAS_LSE_ATOMICS) ? VORW_CPU_ARM64_LSE : 0;
}
#elif defined(CONFIG_X86_64)
#include <asm/cpufeature.h>

/* x86_call_depth_emit_accounting() of arch/x86/kernel/callthunks.c, since 6.2 */
static inline bool capture_counts_calls(void)
{
#ifdef X86_FEATURE_CALL_DEPTH
	return boot_cpu_has(X86_FEATURE_CALL_DEPTH);
#else
	return false;
#endif
}

/* arch/x86/net/bpf_jit_comp.c emit_shiftx(), since 6.2; other mitigations are
 * read from the code. */
static inline u32 capture_cpu_features(void)
{
	return (boot_cpu_has(X86_FEATURE_BMI2) ? VORW_CPU_X86_BMI2 : 0) |
	       (capture_counts_calls() ? 0 : VORW_CPU_X86_CALL_PLAIN);
}
#elif defined(CONFIG_RISCV)
#include <asm/cpufeature.h>

/* As arch/riscv/net/bpf_jit.h asks: C is the kernel's, the others are the
 * CPU's too; 7.2 has the first use of Zacas. */
#define capture_has(ext)						\
	(IS_ENABLED(CONFIG_RISCV_ISA_##ext) &&				\
	 riscv_has_extension_likely(RISCV_ISA_EXT_##ext))
static inline u32 capture_cpu_features(void)
{
	return (IS_ENABLED(CONFIG_RISCV_ISA_C) ? VORW_CPU_RISCV_C : 0) |
#ifdef RISCV_ISA_EXT_ZACAS
	       (capture_has(ZACAS) ? VORW_CPU_RISCV_ZACAS : 0) |
#endif
	       (capture_has(ZBA) ? VORW_CPU_RISCV_ZBA : 0) |
	       (capture_has(ZBB) ? VORW_CPU_RISCV_ZBB : 0);
}
#else
#error "no CPU features known for this architecture"
#endif

#endif /* CAPTURE_CPU_H */
