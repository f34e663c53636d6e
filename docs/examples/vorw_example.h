/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_example.h - what the examples share: map shorthands and the few
 * kernel structs whose layout depends on the target.
 *
 * A 32-bit target has no kernel BTF, so there is no vmlinux.h.  "long" is 64
 * bits wide for the BPF compiler and 32 bits for an armv7 kernel; kernel
 * structs made of longs are therefore declared here with fixed widths, for the
 * architecture that the compiler is told of: -D__TARGET_ARCH_arm and the like.
 */
#ifndef VORW_EXAMPLE_H
#define VORW_EXAMPLE_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

/* The kernel's unsigned long */
#if defined(__TARGET_ARCH_arm64) || defined(__TARGET_ARCH_x86) || \
	defined(__TARGET_ARCH_riscv)
typedef __u64 kernel_ulong;
#elif defined(__TARGET_ARCH_arm)
typedef __u32 kernel_ulong;
#endif

/*
 * What a kprobe's and a perf event's program see of the registers:
 * arch/ARCH/include/uapi/asm/ptrace.h with the kernel's long.  FN_ARG(ctx, n),
 * n from 0 to 3: argument of a function at its first instruction; FN_RET(ctx):
 * its result.  libbpf's bpf_tracing.h reads these registers, too: include it
 * behind this file for BPF_KPROBE and PT_REGS_PARM1 on a 32-bit target, and
 * declare arguments with fixed widths there: its long has 64 bits.
 */
#if defined(__TARGET_ARCH_arm)
struct pt_regs {
	__u32 uregs[18];
};
#define FN_ARG(ctx, n)	((ctx)->uregs[n])
#define FN_RET(ctx)	((ctx)->uregs[0])
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31], sp, pc, pstate;
};
#define FN_ARG(ctx, n)	((ctx)->regs[n])
#define FN_RET(ctx)	((ctx)->regs[0])
#elif defined(__TARGET_ARCH_x86)
struct pt_regs {
	__u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	__u64 ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};
#define FN_ARG(ctx, n)	((n) == 0 ? (ctx)->di : (n) == 1 ? (ctx)->si : \
			 (n) == 2 ? (ctx)->dx : (ctx)->cx)
#define FN_RET(ctx)	((ctx)->ax)
#elif defined(__TARGET_ARCH_riscv)
struct pt_regs {
	__u64 pc, ra, sp, gp, tp, t0_2[3], s0_1[2], a[8], s2_11[10], t3_6[4];
};
#define FN_ARG(ctx, n)	((ctx)->a[n])
#define FN_RET(ctx)	((ctx)->a[0])
#else	/* an error where one is used: other programs need no architecture */
#define VORW_NO_ARCH	({ \
	_Pragma("GCC error \"FN_ARG, FN_RET: -D__TARGET_ARCH_arm, _arm64, _x86 or _riscv is needed\"") \
	0ULL; })
#define FN_ARG(ctx, n)	VORW_NO_ARCH
#define FN_RET(ctx)	VORW_NO_ARCH
#endif

#ifndef VORW_NO_ARCH
/* include/uapi/linux/bpf_perf_event.h over the same registers */
struct bpf_perf_event_data {
	struct pt_regs regs;
	__u64 sample_period;
	__u64 addr;
};
#endif

#endif /* VORW_EXAMPLE_H */
