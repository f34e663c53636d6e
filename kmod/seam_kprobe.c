// SPDX-License-Identifier: GPL-2.0-only
/*
 * seam_kprobe.c - a kprobe on bpf_check().
 *
 * Its handler sets the program counter and returns 1, so the stand-in runs in
 * the caller's process context, as bpf_check() would.
 */

#include "arch.h"
#include "compat.h"
#include "seam.h"

static int seam_pre_handler(struct kprobe *kp, struct pt_regs *regs)
{
	/* bpf_check(prog, attr, uattr, …), in every generation: uattr's first
	 * word is the pointer. */
	if (!vorw_seam_ours((const void *)vorw_arch_arg(regs, 2)))
		return 0;
	instruction_pointer_set(regs, (unsigned long)vorw_standin);
	return 1;
}
NOKPROBE_SYMBOL(seam_pre_handler);

/* Does nothing, but has to be there: without one the probe is optimised into a
 * jump, and a changed program counter is ignored. */
static void seam_post_handler(struct kprobe *kp, struct pt_regs *regs,
			      unsigned long flags)
{
}

static struct kprobe seam_probe = {
	.pre_handler = seam_pre_handler,
	.post_handler = seam_post_handler,
};

u32 vorw_seam_kind(void)
{
	/* debugfs' kprobes/enabled takes the breakpoint out and leaves no mark
	 * on the probe, so look at the memory. */
	return vorw_arch_kprobe_armed(&seam_probe) ? VORW_SEAM_KPROBE :
						     VORW_SEAM_NONE;
}

int __init vorw_hook_init(unsigned long bpf_check_addr)
{
	if (!bpf_check_addr)
		return -ENOENT;
	seam_probe.addr = (kprobe_opcode_t *)bpf_check_addr;
	return vorw_register_probe(&seam_probe);
}

void vorw_hook_exit(void)
{
	unregister_kprobe(&seam_probe);
}
