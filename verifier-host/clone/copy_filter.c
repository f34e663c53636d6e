// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * copy_filter.c - the system calls that are left to a template, and to a copy.
 *
 * A template has to fork, so QEMU's own sandbox cannot forbid it to start
 * processes (spawn=deny); what it does not need is to run a program in them.
 *
 * A copy has all files, sockets and threads that it will ever need.  So
 * this is a list of what it may do, which is to wait, to use these descriptors
 * and its own memory: no file or socket can be opened, no process made, looked
 * into or signalled.  Who breaks out of a guest into its QEMU stays there.
 *
 * What is not on the list fails with EPERM, which the C library and QEMU take
 * as an answer; what only an intruder tries ends the process.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "copy_filter.h"

#ifdef __x86_64__

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ ## what)
#define IF(test, value, skip) \
	BPF_JUMP(BPF_JMP | BPF_ ## test | BPF_K, (value), 0, (skip))
#define ALLOW(name)	IF(JEQ, SYS_ ## name, 1), RETURN(ALLOW)
#define KILL(name)	IF(JEQ, SYS_ ## name, 1), RETURN(KILL_PROCESS)
#define DENY		RETURN(ERRNO | EPERM)
#define X32		0x40000000	/* __X32_SYSCALL_BIT */
/* how each begins; x32's numbers, which are of this architecture, have a bit of
 * their own */
#define NUMBER \
	LOAD(arch), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), \
	RETURN(KILL_PROCESS), \
	LOAD(nr)

static int install(struct sock_filter *f, unsigned short n)
{
	const struct sock_fprog p = { n, f };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p))
		return -errno;
	return 0;
}

int template_filter(void)
{
	struct sock_filter f[] = {
		NUMBER,
		KILL(execve), KILL(execveat),
		IF(JSET, X32, 1), RETURN(KILL_PROCESS),
		RETURN(ALLOW),
	};

	return install(f, sizeof(f) / sizeof(f[0]));
}

int copy_filter(void)
{
	struct sock_filter f[] = {
		NUMBER,
		/* its own descriptors */
		ALLOW(read), ALLOW(write), ALLOW(readv), ALLOW(writev),
		ALLOW(recvfrom), ALLOW(recvmsg), ALLOW(sendto), ALLOW(sendmsg),
		ALLOW(poll), ALLOW(ppoll), ALLOW(shutdown), ALLOW(close),
		/* virtio on PCI, when the machine goes on */
		ALLOW(eventfd2),
		/* its own memory */
		ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect),
		ALLOW(madvise), ALLOW(brk), ALLOW(membarrier),
		/* its own threads and signals */
		ALLOW(futex), ALLOW(sched_yield), ALLOW(sched_getaffinity),
		ALLOW(set_robust_list), ALLOW(rseq), ALLOW(getpid),
		ALLOW(gettid), ALLOW(rt_sigaction), ALLOW(rt_sigprocmask),
		ALLOW(rt_sigreturn), ALLOW(sigaltstack), ALLOW(exit),
		ALLOW(exit_group), ALLOW(restart_syscall),
		/* time, chance, and what the C library asks for */
		ALLOW(nanosleep), ALLOW(clock_nanosleep), ALLOW(clock_gettime),
		ALLOW(gettimeofday), ALLOW(time), ALLOW(pause),
		ALLOW(getrandom), ALLOW(sysinfo),
		KILL(fork), KILL(vfork), KILL(execve), KILL(execveat),
		KILL(ptrace), KILL(process_vm_readv), KILL(process_vm_writev),
		KILL(pidfd_open), KILL(pidfd_getfd),
		/* its flags are in memory; glibc falls back to clone() */
		IF(JEQ, SYS_clone3, 1), RETURN(ERRNO | ENOSYS),
		IF(JEQ, SYS_clone, 4), LOAD(args[0]),
		IF(JSET, CLONE_THREAD, 1), RETURN(ALLOW),
		RETURN(KILL_PROCESS),
		/* abort() does this */
		IF(JEQ, SYS_tgkill, 4), LOAD(args[0]),
		IF(JEQ, getpid(), 1), RETURN(ALLOW),
		DENY,
		/* up to F_SETFL: F_SETOWN and F_SETSIG signal others */
		IF(JEQ, SYS_fcntl, 4), LOAD(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 4, 1, 0), RETURN(ALLOW),
		DENY,
		DENY,
	};

	return install(f, sizeof(f) / sizeof(f[0]));
}

#else

int template_filter(void)
{
	return -ENOSYS;
}

int copy_filter(void)
{
	return -ENOSYS;
}

#endif /* __x86_64__ */
