/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_example.h - what the examples share: map shorthands and the few
 * kernel structs whose layout depends on the target.
 *
 * A 32-bit target has no kernel BTF, so there is no vmlinux.h.  "long" is 64
 * bits wide for the BPF compiler and 32 bits for an armv7 kernel; kernel
 * structs made of longs are therefore declared here with fixed widths.
 */
#ifndef VORW_EXAMPLE_H
#define VORW_EXAMPLE_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

/* arch/arm/include/uapi/asm/ptrace.h, with the kernel's 32-bit long */
struct pt_regs {
	__u32 uregs[18];
};
#define ARM_ARG(ctx, n)		((ctx)->uregs[n])	/* n: 0..3 */

/* include/uapi/linux/bpf_perf_event.h over the same pt_regs */
struct bpf_perf_event_data {
	struct pt_regs regs;
	__u64 sample_period;
	__u64 addr;
};

#endif /* VORW_EXAMPLE_H */
