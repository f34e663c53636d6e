/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen_probe.h - is it the right kernel, and where does a function that is
 * not exported begin?
 *
 * The symbol table's own functions have not been exported since 5.7, but a
 * probe knows addresses.
 */
#ifndef VORW_GEN_PROBE_H
#define VORW_GEN_PROBE_H

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <generated/utsrelease.h>

/*
 * A probe on the entry of a function, given by name or address, where it has
 * touched neither arguments nor stack.  kp->addr can be some bytes behind the
 * start: x86 steps over ENDBR by itself; riscv without KPROBES_ON_FTRACE lets
 * no probe be on the two instructions that are ftrace's (check_ftrace_location).
 */
static inline int vorw_register_probe(struct kprobe *kp)
{
	int err = register_kprobe(kp);

	if (IS_ENABLED(CONFIG_RISCV) && err == -EINVAL) {
		kp->flags = 0;
		kp->offset = 8;
		if (kp->symbol_name)
			kp->addr = NULL;	/* not both */
		err = register_kprobe(kp);
	}
	return err;
}

/*
 * Is this the kernel that the module was built for?  With MODVERSIONS a module
 * loads into other releases too while the exports it uses are alike, and that
 * says nothing about the routines and fields that it uses beside them.
 */
static inline bool vorw_right_kernel(void)
{
	const char *release = init_utsname()->release;

	if (!strcmp(release, UTS_RELEASE))
		return true;
	pr_err("built for Linux " UTS_RELEASE ", this is %s\n", release);
	return false;
}

/* 0, after saying why: this kernel cannot be worked with. */
static inline unsigned long vorw_probed_address(const char *name)
{
	struct kprobe kp = { .symbol_name = name };
	char text[KSYM_SYMBOL_LEN];
	unsigned long off, addr;
	const char *p;
	int err;

	err = vorw_register_probe(&kp);
	if (err) {
		pr_err("no probe on %s (%d): kprobes are needed\n", name, err);
		return 0;
	}
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);

	/* "name+0xoffset/0xsize" */
	sprint_symbol(text, addr);
	p = strchr(text, '+');
	if (!p || p - text != strlen(name) || memcmp(text, name, p - text) ||
	    sscanf(p, "+0x%lx/", &off) != 1 || off > 16) {
		pr_err("the probe on %s is at %s\n", name, text);
		return 0;
	}
	return addr - off;
}

#endif /* VORW_GEN_PROBE_H */
