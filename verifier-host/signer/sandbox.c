// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* sandbox.c - system calls of the signer's processes, cut down. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sandbox.h"

#if defined(__x86_64__)
#define THIS_ARCH	AUDIT_ARCH_X86_64
#define FIRST_FOREIGN	0x40000000	/* x32: other numbers, same arch */
#elif defined(__aarch64__)
#define THIS_ARCH	AUDIT_ARCH_AARCH64
#define FIRST_FOREIGN	0xffffffff
#else
#error "sandbox.c: which AUDIT_ARCH_ is this?"
#endif

#define NR	offsetof(struct seccomp_data, nr)
#define ARCH	offsetof(struct seccomp_data, arch)
/* low half of the third argument; both architectures are little-endian */
#define ARG2	offsetof(struct seccomp_data, args[2])

#define LOAD(what)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (what))
#define RET(what)	BPF_STMT(BPF_RET | BPF_K, (what))
#define IS(nr, then)	\
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), RET(then)
#define ALLOW(nr)	IS(nr, SECCOMP_RET_ALLOW)
#define KILL(nr)	IS(nr, SECCOMP_RET_KILL_PROCESS)
/* no memory that can be executed */
#define ALLOW_NO_EXEC(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 4), \
	LOAD(ARG2), \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), \
	RET(SECCOMP_RET_KILL_PROCESS), \
	RET(SECCOMP_RET_ALLOW)
#define HEAD \
	LOAD(ARCH), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0), \
	RET(SECCOMP_RET_KILL_PROCESS), \
	LOAD(NR), \
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_FOREIGN, 0, 1), \
	RET(SECCOMP_RET_KILL_PROCESS)

static bool install(struct sock_filter *f, unsigned short n)
{
	const struct sock_fprog prog = { n, f };
	long err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	/* a PKCS#11 module may have threads, and they are not left out */
	err = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		      SECCOMP_FILTER_FLAG_TSYNC, &prog);
	/* the number of a thread with a filter of its own, and no errno */
	if (err > 0)
		errno = EBUSY;
	return !err;
}

bool sandbox_checker(void)
{
	struct sock_filter f[] = {
		HEAD,
		ALLOW(SYS_read), ALLOW(SYS_write),
		ALLOW(SYS_brk), ALLOW(SYS_munmap), ALLOW(SYS_mremap),
		ALLOW(SYS_madvise),
		ALLOW_NO_EXEC(SYS_mmap), ALLOW_NO_EXEC(SYS_mprotect),
		ALLOW(SYS_getrandom),	/* malloc's own cookies */
		ALLOW(SYS_sysinfo),	/* qsort's: how much may it take? */
		ALLOW(SYS_futex), ALLOW(SYS_clock_gettime),
		ALLOW(SYS_exit_group), ALLOW(SYS_exit),
		RET(SECCOMP_RET_KILL_PROCESS),
	};

	return install(f, sizeof(f) / sizeof(f[0]));
}

bool sandbox_signer(void)
{
	struct sock_filter f[] = {
		HEAD,
#ifdef SYS_fork
		KILL(SYS_fork), KILL(SYS_vfork),
#endif
		KILL(SYS_clone), KILL(SYS_clone3),
		KILL(SYS_execve), KILL(SYS_execveat),
		KILL(SYS_ptrace), KILL(SYS_process_vm_readv),
		KILL(SYS_process_vm_writev), KILL(SYS_pidfd_getfd),
		KILL(SYS_bpf), KILL(SYS_userfaultfd),
		ALLOW_NO_EXEC(SYS_mmap), ALLOW_NO_EXEC(SYS_mprotect),
		RET(SECCOMP_RET_ALLOW),
	};

	return install(f, sizeof(f) / sizeof(f[0]));
}
