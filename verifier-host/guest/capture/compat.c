// SPDX-License-Identifier: GPL-2.0-only
/* compat.c - find kernel routines by name. */
#include <linux/module.h>
#include "compat.h"
#include "vorw_gen_probe.h"

DEFINE_STATIC_CALL_NULL(capture_kallsyms_lookup_name, kallsyms_lookup_name);
#define X(name) DEFINE_STATIC_CALL_NULL(capture_##name, name);
CAPTURE_SYMBOLS(X)
#undef X

VORW_GEN_IMPORT_NS

int compat_init(void)
{
	unsigned long addr = vorw_probed_address("kallsyms_lookup_name");

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
