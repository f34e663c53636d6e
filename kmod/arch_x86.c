// SPDX-License-Identifier: GPL-2.0-only
/* arch_x86.c - x86-64 behind arch.h. */

#include <linux/types.h>
#include <linux/elf-em.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/extable_fixup_types.h>
#include <asm/text-patching.h>
#include "vorw_parse.h"
#include "arch.h"

#ifndef CONFIG_X86_64
#error "there is no native code for 32-bit x86"
#endif

const u16 vorw_arch_machine = EM_X86_64;
const u32 vorw_arch_code_tail;

/* cpu_wants_rethunk() is not exported; arch/x86/kernel/alternative.c */
static bool has_return_thunk(void)
{
#ifdef X86_FEATURE_RETHUNK
	return cpu_feature_enabled(X86_FEATURE_RETHUNK);
#else
	return false;
#endif
}

static bool counts_calls(void)
{
#ifdef X86_FEATURE_CALL_DEPTH
	return cpu_feature_enabled(X86_FEATURE_CALL_DEPTH);
#else
	return false;
#endif
}

/* The order of emit_indirect_jump() in arch/x86/net/bpf_jit_comp.c; 0 is a way
 * that no blob has. */
static u32 indirect_jump(void)
{
#ifdef X86_FEATURE_INDIRECT_THUNK_ITS
	if (cpu_feature_enabled(X86_FEATURE_INDIRECT_THUNK_ITS))
		return VORW_CPU_X86_JMP_ITS;
#endif
	if (cpu_feature_enabled(X86_FEATURE_RETPOLINE_LFENCE))
		return VORW_CPU_X86_JMP_LFENCE;
	if (cpu_feature_enabled(X86_FEATURE_RETPOLINE))
		return counts_calls() ? 0 : VORW_CPU_X86_JMP_RETPOLINE;
	return VORW_CPU_X86_JMP_PLAIN;
}

/* Features of the CPU are on all CPUs of this architecture, and mitigations
 * are the whole system's: boot decides. */
u32 vorw_arch_cpu_features(void)
{
	return (boot_cpu_has(X86_FEATURE_BMI2) ? VORW_CPU_X86_BMI2 : 0) |
	       (has_return_thunk() ? VORW_CPU_X86_RET_THUNK :
				     VORW_CPU_X86_RET_PLAIN) |
	       (counts_calls() ? 0 : VORW_CPU_X86_CALL_PLAIN) |
	       (cpu_feature_enabled(X86_FEATURE_LA57) ?
			VORW_CPU_X86_USER_56 : VORW_CPU_X86_USER_47) |
	       indirect_jump();
}

/* INT3, as the kernel's own JIT. */
void vorw_arch_fill_hole(void *area, unsigned int size)
{
	memset(area, INT3_INSN_OPCODE, size);
}

void vorw_arch_put_fault(void *to, const void *runs_at, const void *code,
			 const struct vorw_fault_h *f)
{
	struct exception_table_entry *ex = to;

	ex->insn = (const u8 *)code + f->off - (const u8 *)runs_at;
	ex->fixup = f->skip | f->reg << 8;
	ex->data = EX_TYPE_BPF;
}

#ifdef CONFIG_KPROBES
/*
 * bpf_check() begins with ftrace's call, and a probe there is a user of
 * ftrace: nops while there is none.  Other users would hide that the probe is
 * off; then the load is refused after the fact, by its unused ticket.
 */
bool vorw_arch_kprobe_armed(const struct kprobe *kp)
{
	u8 now = READ_ONCE(*(const u8 *)kp->addr);

	return now == (kp->flags & KPROBE_FLAG_FTRACE ? CALL_INSN_OPCODE :
							INT3_INSN_OPCODE);
}
#endif

/* System V ABI: six words in registers; a struct of two words takes two. */
unsigned long vorw_arch_arg(const struct pt_regs *regs, unsigned int n)
{
	switch (n) {
	case 0:	return regs->di;
	case 1:	return regs->si;
	case 2:	return regs->dx;
	case 3:	return regs->cx;
	case 4:	return regs->r8;
	case 5:	return regs->r9;
	}
	return 0;
}
