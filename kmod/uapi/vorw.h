/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw.h - the interface of the vorw kernel module.
 *
 * /dev/vorw, mode 0600, one command: give it a blob, get file descriptors.
 * The module keeps nothing: programs and maps live by the references of the
 * descriptors (and what the caller pins or attaches), like any other BPF
 * object, and survive the module's removal.
 *
 * A blob is refused whole: on any error no descriptor is left open, the module
 * drops every map and program that it made, and reason/detail say why.  While
 * the load is under way they have ids, by which a task with CAP_SYS_ADMIN can
 * have opened them.
 */
#ifndef VORW_UAPI_H
#define VORW_UAPI_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define VORW_DEVICE		"/dev/vorw"
#define VORW_API_VERSION	1
#define VORW_DETAIL_LEN		192

struct vorw_info {
	__u32 api_version;	/* out: VORW_API_VERSION */
	__u32 seam;		/* out: VORW_SEAM_*, armed right now */
	__u32 cpu_features;	/* out: VORW_CPU_* this CPU has */
	__u32 ncerts;		/* out: trusted certificates built in */
	__u32 build_id_len;	/* out */
	__u8  build_id[20];	/* out: running kernel's GNU build-id */
};
#define VORW_SEAM_NONE		0	/* switched off: loads are refused */
#define VORW_SEAM_KPROBE	1
#define VORW_SEAM_FTRACE	2

/*
 * Load a blob.  Returns 0, or -1 with errno and, when size was right,
 * reason and detail filled in.
 *   EINVAL     size or flags not understood, or blob malformed
 *   EPERM      CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN) missing, or policy:
 *              bpf_jit_harden is 2, or bpf_jit_enable 0 and the module's
 *              parameter native_without_jit N, and a program is native
 *   EKEYREJECTED, ENOKEY  signature
 *   EBUSY      the caller shares its descriptor table with another task, as
 *              every thread of a process with several does
 *   EOPNOTSUPP well-formed, but not supported by this module
 *   ENXIO      the hook on the verifier was not reached: it is off, or the
 *              kernel refuses the program's type or flags before it
 *   EFAULT, ENOMEM, ENOSPC (fd arrays too short), or what the kernel said
 *   about a map or program
 * Descriptors have O_CLOEXEC and stand in blob order; templates of inner maps
 * have -1.
 */
struct vorw_load {
	__u32 size;		/* in: sizeof(struct vorw_load) */
	__u32 flags;		/* in: VORW_LOAD_* */
	__aligned_u64 blob;	/* in: user pointer, read exactly once */
	__aligned_u64 blob_size;/* in */
	__aligned_u64 prog_fds;	/* in: user array of __s32 */
	__aligned_u64 map_fds;	/* in: user array of __s32 */
	__u32 prog_cnt;		/* in: room; out: programs */
	__u32 map_cnt;		/* in: room; out: maps */
	__u32 reason;		/* out: enum vorw_reason */
	__u32 reserved;		/* in: 0 */
	char detail[VORW_DETAIL_LEN]; /* out: NUL-terminated, for people */
};
#define VORW_LOAD_CHECK_ONLY	(1u << 0) /* all checks and linking, no load */

#define VORW_IOC_INFO	_IOR('v', 0xb0, struct vorw_info)
#define VORW_IOC_LOAD	_IOWR('v', 0xb1, struct vorw_load)

#endif /* VORW_UAPI_H */
