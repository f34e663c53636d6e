// SPDX-License-Identifier: GPL-2.0-only
/* arch_riscv.c - riscv64 behind arch.h. */

#include <linux/types.h>
#include <linux/elf-em.h>
#include <linux/string.h>
#include <asm/bug.h>
#include <asm/cpufeature.h>
#include <asm/insn.h>
#include "vorw_format.h"
#include "arch.h"

#ifndef CONFIG_64BIT
#error "there is no native code for 32-bit RISC-V"
#endif
/* emit_kcfi() of the JIT would put a word in front of each function. */
#if defined(CONFIG_CFI_CLANG) || defined(CONFIG_CFI)
#error "native code of a kernel with CFI is not supported"
#endif

const u16 vorw_arch_machine = EM_RISCV;
const u32 vorw_arch_code_tail;

/* As arch/riscv/net/bpf_jit.h asks; C is what the kernel was built for. */
#define HAS(ext)							\
	(IS_ENABLED(CONFIG_RISCV_ISA_##ext) &&				\
	 riscv_has_extension_likely(RISCV_ISA_EXT_##ext) ?		\
	 VORW_CPU_RISCV_##ext : 0)

u32 vorw_arch_cpu_features(void)
{
	return (IS_ENABLED(CONFIG_RISCV_ISA_C) ? VORW_CPU_RISCV_C : 0) |
#ifdef RISCV_ISA_EXT_ZACAS
	       HAS(ZACAS) |
#endif
	       HAS(ZBA) | HAS(ZBB);
}

/* Halfwords of zeros are illegal instructions: the kernel's JIT fills so. */
void vorw_arch_fill_hole(void *area, unsigned int size)
{
	memset(area, 0, size);
}

#ifdef CONFIG_KPROBES
static u32 text_word(const u16 *p)
{
	return READ_ONCE(p[0]) | (u32)READ_ONCE(p[1]) << 16;
}

/*
 * A probe on a compressed instruction is C.EBREAK: arch_arm_kprobe().  One that
 * is a user of ftrace has AUIPC and JALR there, and a nop for one of them or
 * both while there is no user; the address is that of either word.
 */
bool vorw_arch_kprobe_armed(const struct kprobe *kp)
{
	const u16 *p = (const u16 *)kp->addr;

	if (kp->flags & KPROBE_FLAG_FTRACE)
		return (text_word(p) & 0x7f) == RVG_OPCODE_JALR ||
		       (text_word(p + 2) & 0x7f) == RVG_OPCODE_JALR;
	if (GET_INSN_LENGTH(kp->opcode) == 4)
		return text_word(p) == __BUG_INSN_32;
	return READ_ONCE(p[0]) == __BUG_INSN_16;
}
#endif

/* psABI: a0 to a7; a struct of two words takes two registers. */
unsigned long vorw_arch_arg(const struct pt_regs *regs, unsigned int n)
{
	return n < 8 ? (&regs->a0)[n] : 0;
}
