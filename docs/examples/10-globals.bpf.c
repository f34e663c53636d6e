// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 10-globals - global variables: constants in .rodata, initialised ones in
 * .data, zeroed ones in .bss.
 *
 * "verbose" is a constant of the object: the verifier knows its value, and the
 * branch that formats a message disappears or stays accordingly.  The format
 * of bpf_snprintf() has to lie in a frozen read-only map.
 */
#include "vorw_example.h"

#define BUCKETS 8

const volatile _Bool verbose = 1;
const volatile _Bool reject_all = 0;	/* the branch behind it is dead */
const volatile __u32 shift = 2;
static const char format[] = "pgid %d of %d: bucket %u";

__u32 weight[BUCKETS] = { 1, 2, 4, 8, 16, 32, 64, 128 };
__u32 only_tgid = ~0;

__u64 total;
__u32 hits[BUCKETS];
char last[64];

/* struct syscall_trace_enter, include/trace/syscall.h */
struct sys_enter_getpgid {
	__u64 common;
	__s32 nr;
	kernel_ulong pid;
};

SEC("tp/syscalls/sys_enter_getpgid")
int globals(struct sys_enter_getpgid *ctx)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u32 pid = ctx->pid, bucket;

	if (reject_all) {
		total = ~0ull;
		return 0;
	}
	if (tgid != only_tgid)
		return 0;

	bucket = (pid >> shift) & (BUCKETS - 1);
	hits[bucket]++;
	total += weight[bucket];
	if (verbose) {
		__u64 args[] = { pid, tgid, bucket };

		bpf_snprintf(last, sizeof(last), format, args, sizeof(args));
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
