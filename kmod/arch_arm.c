// SPDX-License-Identifier: GPL-2.0-only
/* arch_arm.c - 32-bit Arm behind arch.h. */

#include <linux/types.h>
#include <linux/elf-em.h>
#include <asm/hwcap.h>
#include <asm/opcodes.h>
#include "vorw_format.h"
#include "arch.h"

const u16 vorw_arch_machine = EM_ARM;
const u32 vorw_arch_code_tail;

/* As arch/arm/net/bpf_jit_32.c asks: cpu_architecture(), elf_hwcap. */
u32 vorw_arch_cpu_features(void)
{
	u32 features = 0;

#if __LINUX_ARM_ARCH__ >= 7
	features |= VORW_CPU_ARM_V7;	/* this kernel runs on nothing less */
#endif
	if (elf_hwcap & HWCAP_IDIVA)
		features |= VORW_CPU_ARM_IDIVA;
	if (elf_hwcap & HWCAP_THUMB)
		features |= VORW_CPU_ARM_THUMB;
	return features;
}

/* UDF #0xdde1, the one the kernel's own JIT fills with. */
void vorw_arch_fill_hole(void *area, unsigned int size)
{
	u32 *p = area;

	for (; size >= sizeof(*p); size -= sizeof(*p))
		*p++ = __opcode_to_mem_arm(0xe7fddef1);
}

/* The saved opcode is that of an Arm-state instruction; Thumb-2 kernels have
 * halfwords there, and bit 0 set in the address. */
#ifdef CONFIG_THUMB2_KERNEL
#error "vorw_arch_kprobe_armed() reads Arm-state kernel text"
#endif
bool vorw_arch_kprobe_armed(const struct kprobe *kp)
{
	return READ_ONCE(*kp->addr) != __opcode_to_mem_arm(kp->opcode);
}

/* AAPCS: the first four words are in r0 to r3; a struct of two words with
 * word alignment takes two registers. */
unsigned long vorw_arch_arg(const struct pt_regs *regs, unsigned int n)
{
	return n < 4 ? regs->uregs[n] : 0;
}
