/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - kernel routines that are not exported, and what differs between
 * kernel versions.  The only file of the module with either.
 *
 * Types come from the kernel's own headers (typeof), never by hand: functions
 * change their parameters inside a stable series under the same name.
 */
#ifndef CAPTURE_COMPAT_H
#define CAPTURE_COMPAT_H

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/kallsyms.h>

/* X(name): the capture cannot work without it */
#define CAPTURE_SYMBOLS(X)		\
	X(bpf_prog_get)			\
	X(bpf_map_get)			\
	X(bpf_int_jit_compile)		\
	X(kallsyms_lookup)		\
	X(kallsyms_on_each_match_symbol)

struct capture_syms {
	typeof(&kallsyms_lookup_name) kallsyms_lookup_name;
#define X(name) typeof(&name) name;
	CAPTURE_SYMBOLS(X)
#undef X
};
extern struct capture_syms ksyms;

/* Find all of the above; -ENOENT names the missing one in the log. */
int compat_init(void);

/* The get_func_proto of this program type's verifier operations, or NULL.
 * The operations themselves are static data without symbols; their functions
 * have symbols. */
typedef const struct bpf_func_proto *(*func_proto_fn)(enum bpf_func_id,
						      const struct bpf_prog *);
func_proto_fn compat_func_proto(enum bpf_prog_type type);

/* Highest helper id of this kernel, exclusive. */
#define COMPAT_NHELPERS	__BPF_FUNC_MAX_ID

/*
 * Is BTF a part of what the map is?  It places the fields that the verifier
 * looks at, and bpf_local_storage_map_alloc_check() wants it in any case.
 */
static inline bool compat_map_special(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_SK_STORAGE ||
	       map->map_type == BPF_MAP_TYPE_INODE_STORAGE ||
	       map->map_type == BPF_MAP_TYPE_TASK_STORAGE ||
	       map_value_has_spin_lock(map) || map_value_has_timer(map) ||
	       map_value_has_kptrs(map);
}

#endif /* CAPTURE_COMPAT_H */
