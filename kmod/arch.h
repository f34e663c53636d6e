/* SPDX-License-Identifier: GPL-2.0-only */
/* arch.h - what the module has to know of the CPU architecture. */
#ifndef VORW_ARCH_H
#define VORW_ARCH_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/types.h>

extern const u16 vorw_arch_machine;	/* ELF e_machine of native code */

/* Bytes at the end of a function's code that prog->jited_len does not count. */
extern const u32 vorw_arch_code_tail;

/* VORW_CPU_* that every CPU of this machine has. */
u32 vorw_arch_cpu_features(void);

/* Fill a fresh image with instructions that trap; a bpf_jit_fill_hole_t. */
void vorw_arch_fill_hole(void *area, unsigned int size);

/*
 * A load that may fault as the entry at ex of a table which will be at runs_at,
 * for code at code.  As the JIT and ex_handler_bpf() of the architecture.
 */
#ifdef CONFIG_X86_64
#include <asm/extable.h>
#define VORW_ARCH_EXTABLE	sizeof(struct exception_table_entry)
struct vorw_fault_h;
void vorw_arch_put_fault(void *ex, const void *runs_at, const void *code,
			 const struct vorw_fault_h *f);
#else
#define VORW_ARCH_EXTABLE	0	/* none */
#define vorw_arch_put_fault(ex, runs_at, code, f) do { } while (0)
#endif

/* Guard bytes before and behind a function's own stack, whose size is a multiple
 * of that; 0: the JIT makes none. */
#if defined(CONFIG_X86_64)
#define VORW_ARCH_STACK_GUARD	8
#elif defined(CONFIG_ARM64)
#define VORW_ARCH_STACK_GUARD	16
#else
#define VORW_ARCH_STACK_GUARD	0
#endif
#define VORW_ARCH_STACK_GUARD_VAL 0xEB9F12345678eb9fULL

/* Where in it code points: x86 to the stack's end, arm64 to its start, of depth
 * bytes that are rounded up. */
#ifdef CONFIG_ARM64
#define VORW_ARCH_STACK_POINT(depth)	0
#else
#define VORW_ARCH_STACK_POINT(depth)	(depth)
#endif

/* Is the probe's breakpoint in the kernel's text right now? */
bool vorw_arch_kprobe_armed(const struct kprobe *kp);

/* Word n of the arguments, in a probe on a function's first instruction. */
unsigned long vorw_arch_arg(const struct pt_regs *regs, unsigned int n);

#endif /* VORW_ARCH_H */
