// SPDX-License-Identifier: GPL-2.0-only
/*
 * seam_ftrace.c - ftrace's call at the entry of bpf_check(), for kernels without
 * kprobes.
 *
 * The callback changes the program counter that ftrace returns to, as live
 * patching does (kernel/livepatch/patch.c, klp_ftrace_handler()).  Compilers
 * have to put the call before the prologue: Arm's GCC puts it behind.
 */

#include <linux/ftrace.h>
#include "arch.h"
#include "compat.h"
#include "seam.h"

#ifdef CONFIG_ARM
#error "on Arm, ftrace is called when the function has pushed its registers: kprobes are needed"
#endif
#if !defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS) && \
	!defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
#error "neither kprobes nor ftrace that can change the program counter: one of them is needed"
#endif

/* bpf_check(prog, attr, uattr, …), in every generation: uattr's first word is
 * the pointer. */
#define UATTR	2

static void notrace seam_callback(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS
	struct pt_regs *regs = ftrace_get_regs(fregs);

	if (regs && vorw_seam_ours((const void *)vorw_arch_arg(regs, UATTR)))
		instruction_pointer_set(regs, (unsigned long)vorw_standin);
#else
	if (vorw_seam_ours((const void *)ftrace_regs_get_argument(fregs, UATTR)))
		ftrace_regs_set_instruction_pointer(fregs,
						    (unsigned long)vorw_standin);
#endif
}

/* IPMODIFY: nobody else may redirect bpf_check().  PERMANENT: the sysctl
 * kernel.ftrace_enabled cannot switch it off while it is registered. */
static struct ftrace_ops seam_ops = {
	.func = seam_callback,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT |
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS
		 FTRACE_OPS_FL_SAVE_REGS |
#endif
		 FTRACE_OPS_FL_DYNAMIC,
};

u32 vorw_seam_kind(void)
{
	return VORW_SEAM_FTRACE;
}

int __init vorw_hook_init(unsigned long bpf_check_addr)
{
	int err;

	if (!bpf_check_addr)
		return -ENOENT;
	err = ftrace_set_filter_ip(&seam_ops, bpf_check_addr, 0, 0);
	return err ?: register_ftrace_function(&seam_ops);
}

void vorw_hook_exit(void)
{
	unregister_ftrace_function(&seam_ops);
}
