/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - the kernel's version, and the routines that it does not export.
 *
 * What differs between kernel series is in vorw_gen_*.h, one file each.
 *
 * A routine found by name is typed with typeof(fn) from the very headers that
 * the module is built with: prototypes change inside a stable series under the
 * same symbol (bpf_jit_binary_pack_alloc() did in 6.1.y), and a type written
 * by hand would not notice.
 *
 * It is called through a static call, never through a pointer: with
 * X86_KERNEL_IBT the kernel overwrites the landing pad of each function whose
 * address nobody takes (apply_seal_endbr()), and an indirect call to one traps.
 * A static call is patched into a direct one there; elsewhere it is a pointer,
 * made read-only after init.  check-calls looks at the finished module.
 */
#ifndef VORW_COMPAT_H
#define VORW_COMPAT_H

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/set_memory.h>
#include <linux/static_call.h>
#include <linux/vmalloc.h>
#include "vorw_gen.h"
#include "vorw_gen_probe.h"

#if !IS_ENABLED(CONFIG_BPF_SYSCALL) || !IS_ENABLED(CONFIG_BPF_JIT) || \
	!IS_ENABLED(CONFIG_KALLSYMS) || \
	!IS_ENABLED(CONFIG_SYSTEM_DATA_VERIFICATION)
#error "vorw.ko needs BPF_SYSCALL, BPF_JIT, KALLSYMS, SYSTEM_DATA_VERIFICATION; and KPROBES, or the ftrace that seam_ftrace.c asks for"
#endif
#if IS_ENABLED(CONFIG_CFI_CLANG) || IS_ENABLED(CONFIG_CFI)
#error "vorw.ko does not know how code is entered in kernels with CFI"
#endif
#if IS_ENABLED(CONFIG_X86_KERNEL_IBT) && !defined(CONFIG_HAVE_STATIC_CALL_INLINE)
#error "vorw.ko calls the kernel directly with IBT, and needs HAVE_STATIC_CALL_INLINE"
#endif

/* Exported by kernel/bpf/syscall.c, declared nowhere. */
int kern_sys_bpf(int cmd, union bpf_attr *attr, unsigned int size);

#define VORW_KERNEL_ROUTINES(X)						\
	X(kallsyms_on_each_match_symbol)				\
	X(bpf_prog_realloc)						\
	X(bpf_user_rnd_init_once)					\
	VORW_IMAGE_ROUTINES(X)						\
	VORW_PARTS_ROUTINES(X)						\
	VORW_POKE_ROUTINES(X)						\
	VORW_PERF_ROUTINES(X)

#ifdef CONFIG_64BIT
#define VORW_PARTS_ROUTINES(X)						\
	X(bpf_prog_alloc_no_stats)					\
	X(bpf_prog_kallsyms_add)
#else
#define VORW_PARTS_ROUTINES(X)
#endif

#if VORW_GEN_PACK
#define VORW_IMAGE_ROUTINES(X)						\
	X(bpf_jit_binary_pack_alloc)					\
	X(bpf_jit_binary_pack_finalize)					\
	X(bpf_jit_binary_pack_free)
#else
#define VORW_IMAGE_ROUTINES(X)						\
	X(bpf_jit_binary_alloc)						\
	X(bpf_jit_binary_free)						\
	X(find_vm_area)							\
	X(set_memory_ro)						\
	X(set_memory_x)
#endif

#ifdef CONFIG_X86_64
#define VORW_POKE_ROUTINES(X) X(bpf_arch_poke_desc_update)
#else
#define VORW_POKE_ROUTINES(X)
#endif

#ifdef CONFIG_PERF_EVENTS
#define VORW_PERF_ROUTINES(X) X(get_callchain_buffers)
#else
#define VORW_PERF_ROUTINES(X)
#endif

#define X(name) DECLARE_STATIC_CALL(vorw_##name, name);
VORW_KERNEL_ROUTINES(X)
#undef X
/* vorw_kernel(fn)(arguments of fn) */
#define vorw_kernel(name) static_call(vorw_##name)

/* Finds every routine above, or says which one is missing. */
int vorw_compat_init(void);

/*
 * Address of a function of the kernel image itself; modules' functions are not
 * looked at.  0 when there is none of that name, or more than one.
 */
unsigned long vorw_kernel_function(const char *name);

/* 64-bit kernels only.  Address of a kernel variable that VORW_REL_KVAR names,
 * 0: not known. */
unsigned long vorw_kernel_variable(const char *name);

/* 64-bit kernels only.  enum vorw_map_op of these operations, 0: the map type
 * has none. */
unsigned long vorw_map_op(const struct bpf_map_ops *ops, u32 op);

/*
 * enum bpf_prog_type to that type's get_func_proto(), NULL: not supported.
 * The kernel itself calls it by pointer, so we may.
 */
typedef typeof(((struct bpf_verifier_ops *)0)->get_func_proto) vorw_proto_fn;
vorw_proto_fn vorw_func_proto_of(enum bpf_prog_type type);

/* What check_helper_call() asks beyond gpl_only and allowed(). */
static inline bool vorw_proto_may_sleep(const struct bpf_func_proto *fn)
{
#ifdef VORW_HAVE_PROTO_MIGHT_SLEEP
	return fn->might_sleep;
#else
	return false;
#endif
}

/* Has the template that an outer map made for itself the special fields of the
 * map that it was made from? */
static inline bool vorw_same_special(const struct bpf_map *meta,
				     const struct bpf_map *map)
{
	return meta->btf == map->btf && vorw_gen_same_special(meta, map);
}

/* What check_helper_call() does for bpf_get_stack(). */
static inline int vorw_get_callchain_buffers(void)
{
#ifdef CONFIG_PERF_EVENTS
	/* The verifier passes the sysctl's value, which has no symbol here.
	 * The number is only refused when it exceeds that value. */
	return vorw_kernel(get_callchain_buffers)(0);
#else
	return -EOPNOTSUPP;
#endif
}

#endif /* VORW_COMPAT_H */
