/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vorw_gen_probe.h - is it the right kernel, and where does a function that is
 * not exported begin?
 *
 * The symbol table's own functions have not been exported since 5.7, but a
 * probe knows addresses.  Without kprobes there is what %pS prints.
 */
#ifndef VORW_GEN_PROBE_H
#define VORW_GEN_PROBE_H

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <generated/utsrelease.h>

#if defined(CONFIG_KPROBES) && !defined(VORW_SEAM_ftrace)
#define VORW_PROBES
#endif

#ifdef VORW_PROBES
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
#endif

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

/* Length of the name in "name+0xoffset/0xsize", 0: it is none. */
static inline u32 vorw_symbol_at(unsigned long addr, char text[KSYM_SYMBOL_LEN],
				 unsigned long *off, unsigned long *size)
{
	const char *p;

	sprint_symbol(text, addr);
	p = strchr(text, '+');
	if (!p || sscanf(p, "+0x%lx/0x%lx", off, size) != 2)
		return 0;
	return p - text;
}

/*
 * vorw_find_address(): where a function of the kernel image begins that is not
 * exported.  0, after saying why: this kernel cannot be worked with.
 */
#ifdef VORW_PROBES
static inline unsigned long vorw_find_address(const char *name)
{
	struct kprobe kp = { .symbol_name = name };
	unsigned long off, size, addr;
	char text[KSYM_SYMBOL_LEN];
	int err;

	err = vorw_register_probe(&kp);
	if (err) {
		pr_err("no probe on %s (%d)\n", name, err);
		return 0;
	}
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);

	if (vorw_symbol_at(addr, text, &off, &size) != strlen(name) ||
	    memcmp(text, name, strlen(name)) || off > 16) {
		pr_err("the probe on %s is at %s\n", name, text);
		return 0;
	}
	return addr - off;
}
#else
/* The kernel's functions follow each other: from one that is exported down to
 * where no symbol is, and up from there. */
static inline unsigned long vorw_find_address(const char *name)
{
	unsigned long off, size, addr = (unsigned long)sprint_symbol;
	unsigned long found = 0;
	char text[KSYM_SYMBOL_LEN];
	u32 n, len = strlen(name);

	while (vorw_symbol_at(addr, text, &off, &size))
		addr -= off + 1;
	for (addr++; (n = vorw_symbol_at(addr, text, &off, &size));
	     addr += size - off ?: 1) {
		cond_resched();
		if (n != len || memcmp(text, name, len))
			continue;
		if (found) {
			pr_err("more than one %s\n", name);
			return 0;
		}
		found = addr - off;
	}
	if (!found)
		pr_err("no %s\n", name);
	return found;
}
#endif

#endif /* VORW_GEN_PROBE_H */
