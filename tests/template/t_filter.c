// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_filter.c - what the filters of templates and copies leave to a process, tried
 * for real. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clone/copy_filter.h"
#include "t_template.h"
#include "../unit/tap.h"

#ifdef __x86_64__

enum { DONE = 0, DENIED = EPERM, UNKNOWN = ENOSYS, KILLED = -SIGSYS };
#define SELF	-2	/* for getpid() */
#define PARENT	-3	/* for getppid(); the numbers are of no process */

struct call {
	const char *name;
	int want;
	long nr, a[4];
};

static const struct call of_template[] = {
	{ "open a file", ENOENT, SYS_openat, { AT_FDCWD, (long)"/none" } },
	{ "fork", DONE, SYS_clone, { SIGCHLD } },
	{ "run a program", KILLED, SYS_execve, { 0 } },
	{ "run one that is open", KILLED, SYS_execveat, { 1 } },
	{ "use one of x32's calls", KILLED, 0x40000000 + SYS_execve, { 0 } },
};

static const struct call of_copy[] = {
	{ "write to a descriptor", DONE, SYS_write, { 1, 0, 0 } },
	{ "ask for memory", DONE, SYS_mmap, { 0, 4096, PROT_READ,
		MAP_PRIVATE | MAP_ANONYMOUS } },
	{ "yield", DONE, SYS_sched_yield, { 0 } },
	{ "make an event", DONE, SYS_eventfd2, { 0 } },
	{ "signal one of its threads", DONE, SYS_tgkill, { SELF, SELF, 0 } },
	{ "read a descriptor's flags", DONE, SYS_fcntl, { 1, F_GETFL } },
	{ "open a file", DENIED, SYS_openat, { AT_FDCWD, 0, O_RDONLY } },
	{ "open a file, the old way", DENIED, SYS_open, { 0 } },
	{ "create a file", DENIED, SYS_creat, { 0 } },
	{ "make a socket", DENIED, SYS_socket, { 1, 1, 0 } },
	{ "make two sockets", DENIED, SYS_socketpair, { 1, 1, 0 } },
	{ "connect", DENIED, SYS_connect, { 1 } },
	{ "listen", DENIED, SYS_listen, { 1 } },
	{ "rename", DENIED, SYS_rename, { 0 } },
	{ "remove", DENIED, SYS_unlink, { 0 } },
	{ "change a mode", DENIED, SYS_chmod, { 0 } },
	{ "signal a process", DENIED, SYS_kill, { PARENT, 0 } },
	{ "signal another's thread", DENIED, SYS_tgkill, { PARENT, PARENT } },
	{ "signal any thread", DENIED, SYS_tkill, { PARENT } },
	{ "queue a signal", DENIED, SYS_rt_sigqueueinfo, { PARENT } },
	{ "have a descriptor signal others", DENIED, SYS_fcntl,
		{ 1, F_SETOWN, PARENT } },
	{ "have it send another signal", DENIED, SYS_fcntl,
		{ 1, F_SETSIG, SIGKILL } },
	{ "ask a driver", DENIED, SYS_ioctl, { 1 } },
	{ "change another's limits", DENIED, SYS_prlimit64, { PARENT } },
	{ "be dumpable again", DENIED, SYS_prctl, { 4, 1 } },
	{ "load a BPF program", DENIED, SYS_bpf, { 5 } },
	{ "use io_uring", DENIED, SYS_io_uring_setup, { 1 } },
	{ "mount", DENIED, SYS_mount, { 0 } },
	{ "leave its namespaces", DENIED, SYS_unshare, { CLONE_NEWUSER } },
	{ "use a number that is no call's", DENIED, 5000, { 0 } },
	{ "use one of x32's", DENIED, 0x40000000 + SYS_write, { 1 } },
	{ "make a thread by clone3", UNKNOWN, SYS_clone3, { 0 } },
	{ "fork", KILLED, SYS_fork, { 0 } },
	{ "clone a process", KILLED, SYS_clone, { SIGCHLD } },
	{ "vfork", KILLED, SYS_vfork, { 0 } },
	{ "run a program", KILLED, SYS_execve, { 0 } },
	{ "trace", KILLED, SYS_ptrace, { PTRACE_ATTACH, PARENT } },
	{ "read another's memory", KILLED, SYS_process_vm_readv, { PARENT } },
	{ "write it", KILLED, SYS_process_vm_writev, { PARENT } },
	{ "take its descriptors", KILLED, SYS_pidfd_open, { PARENT } },
};

static long argument(long a)
{
	return a == SELF ? getpid() : a == PARENT ? getppid() : a;
}

/* An errno, or minus the signal that ended who called. */
static int outcome(const struct call *c, int (*filter)(void))
{
	long arg[4] = { 0 };
	unsigned k;
	int status;
	pid_t pid = fork();

	if (!pid) {
		for (k = 0; k < 4; k++)
			arg[k] = argument(c->a[k]);
		if (filter())
			_exit(99);
		_exit(syscall(c->nr, arg[0], arg[1], arg[2], arg[3], -1,
			      0) < 0 ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 98;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_calls(const char *who, int (*filter)(void),
		       const struct call *c, unsigned n)
{
	for (; n; c++, n--)
		is(outcome(c, filter), c->want, "%s, to %s: %s", who, c->name,
		   c->want == KILLED ? "ends" :
		   c->want == DENIED || c->want == UNKNOWN ? "may not" : "may");
}

void test_filter(void)
{
	test_calls("a template", template_filter, of_template,
		   ARRAY_LEN(of_template));
	test_calls("a copy", copy_filter, of_copy, ARRAY_LEN(of_copy));
}

#else

void test_filter(void)
{
}

#endif /* __x86_64__ */
