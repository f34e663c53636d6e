// SPDX-License-Identifier: GPL-2.0-only
/* arch_arm64.c - 64-bit Arm behind arch.h. */

#include <linux/types.h>
#include <linux/elf-em.h>
#include <asm/brk-imm.h>
#include <asm/cpufeature.h>
#include <asm/debug-monitors.h>
#include "vorw_format.h"
#include "arch.h"

const u16 vorw_arch_machine = EM_AARCH64;

/* build_plt() of arch/arm64/net/bpf_jit_comp.c: the literal at the end */
const u32 vorw_arch_code_tail = sizeof(u64);

/* As arch/arm64/net/bpf_jit_comp.c asks before emit_lse_atomic(), and for the
 * offset of per-CPU variables. */
u32 vorw_arch_cpu_features(void)
{
	u32 features = cpus_have_cap(ARM64_HAS_VIRT_HOST_EXTN) ?
		       VORW_CPU_ARM64_TPIDR_EL2 : VORW_CPU_ARM64_TPIDR_EL1;

	if (IS_ENABLED(CONFIG_ARM64_LSE_ATOMICS) &&
	    cpus_have_cap(ARM64_HAS_LSE_ATOMICS))
		features |= VORW_CPU_ARM64_LSE;
	return features;
}

/* The instruction that the kernel's own JIT fills with. */
void vorw_arch_fill_hole(void *area, unsigned int size)
{
	__le32 *p = area;

	for (; size >= sizeof(*p); size -= sizeof(*p))
		*p++ = cpu_to_le32(AARCH64_BREAK_FAULT);
}

#ifdef CONFIG_KPROBES
bool vorw_arch_kprobe_armed(const struct kprobe *kp)
{
	return READ_ONCE(*kp->addr) != cpu_to_le32(kp->opcode);
}
#endif

/* AAPCS64: x0 to x7; a struct of two words takes two registers. */
unsigned long vorw_arch_arg(const struct pt_regs *regs, unsigned int n)
{
	return n < 8 ? regs->regs[n] : 0;
}
