/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - kernel routines that are not exported.
 *
 * What differs between kernel series is in blob-format/vorw_gen_*.h, which the
 * device module shares.  Types come from the kernel's own headers (typeof),
 * never by hand: functions change their parameters inside a stable series under
 * the same name.  Calls are static calls, because kernels with X86_KERNEL_IBT
 * trap indirect ones (kmod/compat.h says more).
 */
#ifndef CAPTURE_COMPAT_H
#define CAPTURE_COMPAT_H

#include <linux/kallsyms.h>
#include <linux/static_call.h>
#include "vorw_gen.h"

/* X(name): the capture cannot work without it */
#define CAPTURE_SYMBOLS(X)		\
	X(bpf_prog_get)			\
	X(bpf_int_jit_compile)		\
	X(kallsyms_lookup)		\
	X(kallsyms_on_each_match_symbol)

#define X(name) DECLARE_STATIC_CALL(capture_##name, name);
CAPTURE_SYMBOLS(X)
#undef X
/* ksym(fn)(arguments of fn) */
#define ksym(name) static_call(capture_##name)

/* Find all of the above; -ENOENT names the missing one in the log. */
int compat_init(void);

/* The get_func_proto of this program type's verifier operations, or NULL. */
typedef typeof(((struct bpf_verifier_ops *)0)->get_func_proto) func_proto_fn;
func_proto_fn compat_func_proto(enum bpf_prog_type type);

/* The operations that VORW_REL_MAP_OP can mean, by enum vorw_map_op. */
void compat_map_ops(const struct bpf_map_ops *ops, u64 *to);

/* Name of the kernel variable at addr that VORW_REL_KVAR can mean; NULL: none
 * is there. */
const char *compat_variable(unsigned long addr);

/* Where the kernel's code and data are. */
unsigned long compat_image_start(void);
unsigned long compat_image_end(void);

/* What VORW_REL_KPTR can mean: x86_return_thunk points to it.  0: functions of
 * this kernel return by themselves. */
unsigned long compat_return_thunk(void);

/* Highest helper id of this kernel, exclusive. */
#define COMPAT_NHELPERS	__BPF_FUNC_MAX_ID

/* The interpreter's calls of subprograms are relative to this, or have a table
 * index in them (0), see bpf_patch_call_args(). */
#ifdef __bpf_call_base_args
#define COMPAT_CALL_BASE_ARGS	((unsigned long)__bpf_call_base_args)
#else
#define COMPAT_CALL_BASE_ARGS	0
#endif

/*
 * Is BTF a part of what the map is?  It places the fields that the verifier
 * looks at, and bpf_local_storage_map_alloc_check() wants it in any case.
 */
static inline bool compat_map_special(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_SK_STORAGE ||
	       map->map_type == BPF_MAP_TYPE_INODE_STORAGE ||
	       map->map_type == BPF_MAP_TYPE_TASK_STORAGE ||
	       vorw_gen_has_special(map);
}

#endif /* CAPTURE_COMPAT_H */
