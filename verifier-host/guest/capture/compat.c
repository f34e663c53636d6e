// SPDX-License-Identifier: GPL-2.0-only
/* compat.c - find kernel routines by name. */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sizes.h>
#ifdef CONFIG_X86_64
#include <asm/cpufeature.h>
#endif
#include "compat.h"
#include "vorw_format.h"
#include "vorw_gen_probe.h"

DEFINE_STATIC_CALL_NULL(capture_kallsyms_lookup_name, kallsyms_lookup_name);
#define X(name) DEFINE_STATIC_CALL_NULL(capture_##name, name);
CAPTURE_SYMBOLS(X)
#undef X

VORW_GEN_IMPORT_NS

int compat_init(void)
{
	unsigned long addr;

	if (!vorw_right_kernel())
		return -ENOEXEC;
	addr = vorw_find_address("kallsyms_lookup_name");
	if (!addr)
		return -ENOENT;
	static_call_update(capture_kallsyms_lookup_name,
			   (typeof(&kallsyms_lookup_name))addr);
#define X(name)								\
	addr = ksym(kallsyms_lookup_name)(#name);			\
	if (!addr) {							\
		pr_err("no symbol " #name "\n");			\
		return -ENOENT;						\
	}								\
	static_call_update(capture_##name, (typeof(&name))addr);
	CAPTURE_SYMBOLS(X)
#undef X
	return 0;
}

/* The kernel itself calls it by pointer, so we may. */
func_proto_fn compat_func_proto(enum bpf_prog_type type)
{
	const char *name = vorw_gen_func_proto(type);

	return name ? (func_proto_fn)ksym(kallsyms_lookup_name)(name) : NULL;
}

void compat_map_ops(const struct bpf_map_ops *ops, u64 *to)
{
	to[VORW_OP_LOOKUP_ELEM] = (unsigned long)ops->map_lookup_elem;
	to[VORW_OP_UPDATE_ELEM] = (unsigned long)ops->map_update_elem;
	to[VORW_OP_DELETE_ELEM] = (unsigned long)ops->map_delete_elem;
	to[VORW_OP_PUSH_ELEM] = (unsigned long)ops->map_push_elem;
	to[VORW_OP_POP_ELEM] = (unsigned long)ops->map_pop_elem;
	to[VORW_OP_PEEK_ELEM] = (unsigned long)ops->map_peek_elem;
	to[VORW_OP_REDIRECT] = (unsigned long)ops->map_redirect;
	to[VORW_OP_FOR_EACH] = (unsigned long)ops->map_for_each_callback;
	to[VORW_OP_LOOKUP_PERCPU] = (unsigned long)ops->map_lookup_percpu_elem;
}

/*
 * Many kernels have symbols for functions only; jiffies is exported.  Per-CPU
 * variables of x86-64 are near no symbol before 6.15, as they are offsets; since
 * then some have two names at one address.
 */
const char *compat_variable(unsigned long addr)
{
#ifdef CONFIG_X86_64
	static const char *const percpu[] = {
		"this_cpu_off", "cpu_number", "current_task",
	};
	u32 i;

	for (i = 0; addr && i < ARRAY_SIZE(percpu); i++)
		if (addr == ksym(kallsyms_lookup_name)(percpu[i]))
			return percpu[i];
#endif
	return addr == (unsigned long)&jiffies ? "jiffies" : NULL;
}

unsigned long compat_image_start(void)
{
	return ksym(kallsyms_lookup_name)("_text") ?:
	       ksym(kallsyms_lookup_name)("_stext");
}

/* Without the symbol: more than any kernel takes. */
unsigned long compat_image_end(void)
{
	return ksym(kallsyms_lookup_name)("_end") ?:
	       compat_image_start() + SZ_128M;
}

unsigned long compat_return_thunk(void)
{
#if defined(CONFIG_X86_64) && defined(X86_FEATURE_RETHUNK)
	unsigned long *p = (unsigned long *)
		ksym(kallsyms_lookup_name)("x86_return_thunk");

	if (p && boot_cpu_has(X86_FEATURE_RETHUNK))
		return *p;
#endif
	return 0;
}
