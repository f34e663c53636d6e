/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - all that depends on the kernel's version, and the routines that
 * it does not export.
 *
 * A routine found by name is typed with typeof(&fn) from the very headers that
 * the module is built with: prototypes change inside a stable series under the
 * same symbol (bpf_jit_binary_pack_alloc() did in 6.1.y), and a type written
 * by hand would not notice.
 */
#ifndef VORW_COMPAT_H
#define VORW_COMPAT_H

#include <linux/version.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/overflow.h>
#include <linux/perf_event.h>
#include <linux/set_memory.h>
#include <linux/vmalloc.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#error "vorw.ko stands in for the verifier of 6.1; see bpf_check() of this kernel first"
#endif
#if !IS_ENABLED(CONFIG_BPF_SYSCALL) || !IS_ENABLED(CONFIG_BPF_JIT) || \
	!IS_ENABLED(CONFIG_KPROBES) || !IS_ENABLED(CONFIG_KALLSYMS) || \
	!IS_ENABLED(CONFIG_SYSTEM_DATA_VERIFICATION)
#error "vorw.ko needs BPF_SYSCALL, BPF_JIT, KPROBES, KALLSYMS, SYSTEM_DATA_VERIFICATION"
#endif

#if IS_ENABLED(CONFIG_X86_KERNEL_IBT) || IS_ENABLED(CONFIG_CFI_CLANG)
#error "routines found by name are called through pointers here, which IBT and CFI trap"
#endif

/* Exported by kernel/bpf/syscall.c, declared nowhere. */
int kern_sys_bpf(int cmd, union bpf_attr *attr, unsigned int size);

#define VORW_KERNEL_ROUTINES(X) \
X(bpf_check) \
X(bpf_prog_realloc) \
X(bpf_jit_binary_alloc) \
X(bpf_jit_binary_free) \
X(bpf_user_rnd_init_once) \
X(find_vm_area) \
X(set_memory_ro) \
X(set_memory_x) \
VORW_PERF_ROUTINES(X)

#ifdef CONFIG_PERF_EVENTS
#define VORW_PERF_ROUTINES(X) X(get_callchain_buffers)
#else
#define VORW_PERF_ROUTINES(X)
#endif

struct vorw_kernel {
#define X(name) typeof(&name) name;
	VORW_KERNEL_ROUTINES(X)
#undef X
};
extern struct vorw_kernel vorw_kernel __ro_after_init;

/* Finds every routine above, or says which one is missing. */
int vorw_compat_init(void);

/*
 * Address of a function of the kernel image itself; modules' functions are not
 * looked at.  0 when there is none of that name, or more than one.
 */
unsigned long vorw_kernel_function(const char *name);

/* enum bpf_prog_type to that type's get_func_proto(), NULL: not supported. */
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
 * map that it was made from?  As bpf_map_meta_equal(), and the spin lock. */
static inline bool vorw_same_special(const struct bpf_map *meta,
				     const struct bpf_map *map)
{
	const struct bpf_map_value_off *a = meta->kptr_off_tab;
	const struct bpf_map_value_off *b = map->kptr_off_tab;

	if (meta->btf != map->btf || meta->timer_off != map->timer_off ||
	    meta->spin_lock_off != map->spin_lock_off ||
	    map_value_has_kptrs(meta) != map_value_has_kptrs(map))
		return false;
	return !map_value_has_kptrs(map) ||
	       (a->nr_off == b->nr_off &&
		!memcmp(a, b, struct_size(a, off, a->nr_off)));
}

/* bpf_jit_binary_lock_ro() of include/linux/filter.h, whose find_vm_area() is
 * not exported. */
int __must_check vorw_binary_lock_ro(struct bpf_binary_header *hdr);

/* What check_helper_call() does for bpf_get_stack(). */
static inline int vorw_get_callchain_buffers(void)
{
#ifdef CONFIG_PERF_EVENTS
	/* The verifier passes the sysctl's value, which has no symbol here.
	 * The number is only refused when it exceeds that value. */
	return vorw_kernel.get_callchain_buffers(0);
#else
	return -EOPNOTSUPP;
#endif
}

#endif /* VORW_COMPAT_H */
