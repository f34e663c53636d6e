// SPDX-License-Identifier: GPL-2.0-only
/*
 * vorw_nomem.c - for tests: makes the n-th memory allocation of a task fail.
 *
 * What /proc/PID/fail-nth does on kernels built with fault injection, for the
 * stock kernel, which is not.  A number written to the parameter "nth" arms it
 * for the writing task, 0 disarms it; reading it gives what failed since it was
 * armed, nothing while nothing has.  A probe at an allocator's first instruction
 * returns NULL in its place, so nothing is allocated and nothing leaks.
 */

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#ifdef CONFIG_X86_64
#include <asm/ibt.h>
#include <asm/linkage.h>
#endif

static struct task_struct *victim;
static unsigned int nth, count;
static const char *failed = "";

#ifdef CONFIG_X86_64
/*
 * Where a probe sits on the call of ftrace, what it says of the stack pointer
 * is not taken over (arch/x86/kernel/ftrace_64.S): the return must be executed.
 * As arch/x86/lib/error-inject.c does it.
 */
void vorw_nomem_return(void);
asm(".text\n"
    ".type vorw_nomem_return, @function\n"
    "vorw_nomem_return:\n"
    ASM_ENDBR
    ASM_RET
    ".size vorw_nomem_return, .-vorw_nomem_return\n");
#endif

/* Make the function at whose first instruction this is return NULL. */
static void return_null(struct pt_regs *regs)
{
#if defined(CONFIG_ARM)
	regs->ARM_r0 = 0;
	instruction_pointer_set(regs, regs->ARM_lr);
#elif defined(CONFIG_ARM64)
	regs->regs[0] = 0;
	instruction_pointer_set(regs, regs->regs[30]);
#elif defined(CONFIG_X86_64)
	regs->ax = 0;
	instruction_pointer_set(regs, (unsigned long)vorw_nomem_return);
#elif defined(CONFIG_RISCV)
	regs->a0 = 0;
	instruction_pointer_set(regs, regs->ra);
#else
#error "how does a function return on this architecture?"
#endif
}

/* Is it the task itself that allocates, and no interrupt?  The breakpoint counts
 * as an NMI on riscv: irqentry_nmi_enter() in do_trap_break(). */
static bool in_task_itself(void)
{
	unsigned int own = IS_ENABLED(CONFIG_RISCV) ?
			   NMI_OFFSET + HARDIRQ_OFFSET : 0;

	return irq_count() == own;
}

static int pre_handler(struct kprobe *kp, struct pt_regs *regs)
{
	if (READ_ONCE(victim) != current || !in_task_itself() || ++count != nth)
		return 0;
	failed = kp->symbol_name;
	WRITE_ONCE(victim, NULL);
	return_null(regs);
	return 1;
}

/* Keeps the probe from being optimised into a jump. */
static void post_handler(struct kprobe *kp, struct pt_regs *regs,
			 unsigned long flags)
{
}

/* An allocator under its name of 6.1, and of 6.10 and later, where the name
 * without suffix is a macro for allocation profiling. */
#define PROBE(fn, later) { .kp = { .symbol_name = #fn,			\
		.pre_handler = pre_handler, .post_handler = post_handler }, \
	.other_name = #later }
static struct {
	struct kprobe kp;
	const char *other_name;
} probes[] = {
	PROBE(__kmalloc, __kmalloc_noprof),
	PROBE(__kmalloc_node, __kmalloc_node_noprof),
	PROBE(__kmalloc_node_track_caller, __kmalloc_node_track_caller_noprof),
	PROBE(kmalloc_trace, __kmalloc_cache_noprof),
	PROBE(kmalloc_node_trace, __kmalloc_cache_node_noprof),
	PROBE(kmem_cache_alloc, kmem_cache_alloc_noprof),
	PROBE(__vmalloc_node_range, __vmalloc_node_range_noprof),
	PROBE(vmap, vmap),
	PROBE(pcpu_alloc, pcpu_alloc_noprof),
};

static int nth_set(const char *text, const struct kernel_param *kp)
{
	unsigned int n;
	int err = kstrtouint(text, 0, &n);

	if (err)
		return err;
	WRITE_ONCE(victim, NULL);
	if (!n)
		return 0;
	nth = n;
	count = 0;
	failed = "";
	WRITE_ONCE(victim, current);
	return 0;
}

static int nth_get(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", failed);
}

static const struct kernel_param_ops nth_ops = {
	.set = nth_set,
	.get = nth_get,
};
module_param_cb(nth, &nth_ops, NULL, 0600);

/* riscv64 until 6.16 lets no probe be on ftrace's instructions: behind them, as
 * vorw_register_probe() of blob-format/vorw_gen_probe.h does. */
static int __init put_probe(struct kprobe *kp)
{
	int err = register_kprobe(kp);

	if (IS_ENABLED(CONFIG_RISCV) && err == -EINVAL) {
		kp->addr = NULL;
		kp->flags = 0;
		kp->offset = 8;
		err = register_kprobe(kp);
	}
	return err;
}

static int __init nomem_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = put_probe(&probes[i].kp);
		if (err == -ENOENT) {
			probes[i].kp.symbol_name = probes[i].other_name;
			err = put_probe(&probes[i].kp);
		}
		if (err) {
			pr_err("no probe on %s (%d)\n",
			       probes[i].kp.symbol_name, err);
			while (i--)
				unregister_kprobe(&probes[i].kp);
			return err;
		}
	}
	return 0;
}

static void __exit nomem_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		unregister_kprobe(&probes[i].kp);
}

module_init(nomem_init);
module_exit(nomem_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Fails the n-th allocation of a task, for vorw's tests");
