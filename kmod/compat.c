// SPDX-License-Identifier: GPL-2.0-only
/* compat.c - finding what the kernel does not export. */

#include <linux/jiffies.h>
#include <linux/module.h>
#include "compat.h"
#include "vorw_format.h"

/* With inline static calls, the kernel's own lists go through the keys while
 * the module lives. */
#ifndef CONFIG_HAVE_STATIC_CALL
#define X(name) \
	extern struct static_call_key STATIC_CALL_KEY(vorw_##name) __ro_after_init;
VORW_KERNEL_ROUTINES(X)
#undef X
#endif
#define X(name) DEFINE_STATIC_CALL_NULL(vorw_##name, name);
VORW_KERNEL_ROUTINES(X)
#undef X

VORW_GEN_IMPORT_NS

struct match {
	unsigned long addr;
	unsigned int cnt;
};

static int count_match(void *data, unsigned long addr)
{
	struct match *m = data;

	m->addr = addr;
	m->cnt++;
	return 0;
}

/* This walks the kernel image's symbols only, by a sorted index. */
unsigned long vorw_kernel_function(const char *name)
{
	struct match m = { };

	vorw_kernel(kallsyms_on_each_match_symbol)(count_match, name, &m);
	return m.cnt == 1 ? m.addr : 0;
}

#ifdef CONFIG_64BIT
/* Only functions have symbols in many kernels; the variables that a program
 * may hold the address of are exported. */
unsigned long vorw_kernel_variable(const char *name)
{
	if (!strcmp(name, "jiffies"))
		return (unsigned long)&jiffies;
	/* symbols of data are there with CONFIG_KALLSYMS_ALL, as on x86 */
	return vorw_kernel_function(name);
}

unsigned long vorw_map_op(const struct bpf_map_ops *ops, u32 op)
{
	switch (op) {
	case VORW_OP_LOOKUP_ELEM:
		return (unsigned long)ops->map_lookup_elem;
	case VORW_OP_UPDATE_ELEM:
		return (unsigned long)ops->map_update_elem;
	case VORW_OP_DELETE_ELEM:
		return (unsigned long)ops->map_delete_elem;
	case VORW_OP_PUSH_ELEM:
		return (unsigned long)ops->map_push_elem;
	case VORW_OP_POP_ELEM:
		return (unsigned long)ops->map_pop_elem;
	case VORW_OP_PEEK_ELEM:
		return (unsigned long)ops->map_peek_elem;
	case VORW_OP_REDIRECT:
		return (unsigned long)ops->map_redirect;
	case VORW_OP_FOR_EACH:
		return (unsigned long)ops->map_for_each_callback;
	case VORW_OP_LOOKUP_PERCPU:
		return (unsigned long)ops->map_lookup_percpu_elem;
	}
	return 0;
}
#endif

static unsigned long __init find_routine(const char *name)
{
	unsigned long addr = vorw_kernel_function(name);

	if (!addr)
		pr_err("kernel routine %s not found\n", name);
	return addr;
}

static int __init find_routines(void)
{
	unsigned long addr;

#define X(name)								\
	addr = find_routine(#name);					\
	if (!addr)							\
		return -ENOENT;						\
	static_call_update(vorw_##name, (typeof(&name))addr);
	VORW_KERNEL_ROUTINES(X)
#undef X
	return 0;
}

/* To look up a name takes 35,000 instructions, two in a hundred of a load. */
static vorw_proto_fn func_protos[BPF_PROG_TYPE_SK_LOOKUP + 1] __ro_after_init;

static void __init find_func_protos(void)
{
	const char *name;
	u32 type;

#define X(t, fn) static_assert(BPF_PROG_TYPE_##t < ARRAY_SIZE(func_protos));
	VORW_GEN_FUNC_PROTOS(X)
#undef X
	for (type = 0; type < ARRAY_SIZE(func_protos); type++) {
		name = vorw_gen_func_proto(type);
		if (name)
			func_protos[type] =
				(vorw_proto_fn)vorw_kernel_function(name);
	}
}

int __init vorw_compat_init(void)
{
	unsigned long addr;

	if (!vorw_right_kernel())
		return -ENOEXEC;
	addr = vorw_find_address("kallsyms_on_each_match_symbol");
	if (!addr)
		return -ENOENT;
	static_call_update(vorw_kallsyms_on_each_match_symbol,
			   (typeof(&kallsyms_on_each_match_symbol))addr);
	find_func_protos();
	return find_routines();
}

vorw_proto_fn vorw_func_proto_of(enum bpf_prog_type type)
{
	return (u32)type < ARRAY_SIZE(func_protos) ? func_protos[type] : NULL;
}
