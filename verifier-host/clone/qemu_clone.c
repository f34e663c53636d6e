// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * qemu_clone.c - preloaded into a QEMU that is a template: forks it.
 *
 * What a verification costs is mostly QEMU's start and the translation of the
 * guest kernel's code.  A template has done both, and is stopped; each job gets
 * a fork of it.  fork() copies one thread only, so this puts the others back:
 *
 *	1. each thread is stopped where it is, by a signal, and waits in the
 *	   handler, with all that it was doing on its own stack
 *	2. the process is forked (clone(2), CLONE_PARENT: who started the
 *	   template ends the copy, too, and learns how it ended)
 *	3. in the copy each thread is made anew with its old thread area, jumps
 *	   into the handler and returns from it; in the template it just returns
 *
 * The copy sees a moment that the template was in, so no lock is in a state
 * that QEMU does not know.  What the kernel would share is replaced: channel,
 * console and monitor come with the order, event descriptors are made anew.
 * Before a thread runs, the copy gives up starting processes, which the
 * template's own sandbox had to leave to it.
 *
 * Between stopping and going on only system calls: any lock may be held.
 * For x86-64 and glibc; anywhere else the answer is -ENOSYS, and callers start
 * a QEMU of its own for each job.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "qemu_clone.h"

#define THREADS_MAX	16
#define STACK_SIZE	16384
#define STOP_SECONDS	5

/* qemu_thread_create() (util/qemu-thread-posix.c) leaves its threads three
 * signals; nothing in QEMU waits for or handles this one. */
#define STOP_SIGNAL	SIGFPE

#ifdef __x86_64__

struct stopped {
	pthread_t self;
	jmp_buf at;
};

static struct stopped threads[THREADS_MAX];
static char stacks[THREADS_MAX][STACK_SIZE] __attribute__((aligned(16)));
static _Atomic uint32_t nslots, nstopped, round_;
static size_t tid_offset;	/* in glibc's struct pthread */
static int control;

static long futex(_Atomic uint32_t *at, int op, uint32_t value,
		  const struct timespec *t)
{
	return syscall(SYS_futex, at, op, value, t, NULL, 0);
}

/* Returns in the template when the fork has been made, and in the copy when
 * start_thread() jumps here. */
static void on_stop(int sig)
{
	uint32_t now = round_, slot = nslots++;
	int saved = errno;

	if (slot < THREADS_MAX) {
		threads[slot].self = pthread_self();
		if (setjmp(threads[slot].at)) {
			errno = saved;
			return;
		}
	}
	nstopped++;
	futex(&nstopped, FUTEX_WAKE, 1, NULL);
	while (round_ == now)
		futex(&round_, FUTEX_WAIT, now, NULL);
	errno = saved;
}

static void let_go(void)
{
	nslots = 0;
	nstopped = 0;
	round_++;
	futex(&round_, FUTEX_WAKE, THREADS_MAX, NULL);
}

struct dirent64 {
	uint64_t ino, off;
	uint16_t len;
	uint8_t type;
	char name[];
};

/* For each number that a directory of /proc has as a name. */
static int each_number(const char *dir, int (*visit)(int n, void *arg),
		       void *arg)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	char buf[4096];
	struct dirent64 *d;
	long n, at;

	if (fd < 0)
		return -errno;
	while (!rc && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (at = 0; !rc && at < n; at += d->len) {
			d = (void *)(buf + at);
			if (d->name[0] >= '0' && d->name[0] <= '9' &&
			    atoi(d->name) != fd)
				rc = visit(atoi(d->name), arg);
		}
	close(fd);
	return rc;
}

static int stop_thread(int tid, void *arg)
{
	uint32_t *n = arg;

	if (tid == gettid())
		return 0;
	if (*n == THREADS_MAX)
		return -EMFILE;
	if (syscall(SYS_tgkill, getpid(), tid, STOP_SIGNAL))
		return -errno;
	++*n;
	return 0;
}

static int stop_threads(uint32_t *n)
{
	const struct timespec second = { .tv_sec = 1 };
	uint32_t have;
	int i, rc;

	*n = 0;
	rc = each_number("/proc/self/task", stop_thread, n);
	for (i = 0; i < STOP_SECONDS && (have = nstopped) < *n; )
		if (futex(&nstopped, FUTEX_WAIT, have, &second) &&
		    errno == ETIMEDOUT)
			i++;
	return rc ? rc : nstopped < *n ? -ETIMEDOUT : 0;
}

/* Readers and writers of the template's are not the copy's.  One is pending:
 * whoever reads it looks for work once too often. */
static int new_event(int fd, void *arg)
{
	char path[32] = "/proc/self/fd/", link[32] = "";
	int flags, event, i = strlen(path), d = 1;

	while (fd / d >= 10)
		d *= 10;
	for (; d; d /= 10)
		path[i++] = '0' + fd / d % 10;
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	/* these would be shared, and QEMU's main loop does not use them */
	if (!strcmp(link, "anon_inode:[eventpoll]") ||
	    !strcmp(link, "anon_inode:[io_uring]") ||
	    !strcmp(link, "anon_inode:[timerfd]"))
		return -ENOTSUP;
	if (strcmp(link, "anon_inode:[eventfd]"))
		return 0;
	flags = fcntl(fd, F_GETFL);
	event = eventfd(1, flags & O_NONBLOCK ? EFD_NONBLOCK : 0);
	if (event < 0 || dup3(event, fd, O_CLOEXEC) < 0)
		return -errno;
	close(event);
	return 0;
}

#define REFUSE(number) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

/*
 * Threads are what the copy may still make, and no other process of its user,
 * the template first, is its to look into.  The rest is denied by the
 * template's sandbox, which it has inherited (QEMU's -sandbox).
 */
static int no_processes(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		/* those of x32 have this bit */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		REFUSE(SYS_fork), REFUSE(SYS_vfork), REFUSE(SYS_execve),
		REFUSE(SYS_execveat), REFUSE(SYS_ptrace),
		REFUSE(SYS_process_vm_readv), REFUSE(SYS_process_vm_writev),
		REFUSE(SYS_pidfd_getfd),
		/* its flags are in memory; glibc falls back to clone() */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog p = { sizeof(f) / sizeof(f[0]), f };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p))
		return -errno;
	return 0;
}

static int *tid_of(pthread_t self)
{
	return (int *)((char *)self + tid_offset);
}

static int start_thread(void *arg)
{
	longjmp(((struct stopped *)arg)->at, 1);
}

static int start_threads(uint32_t n)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			  CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
			  CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	struct stopped *t;
	uint32_t i;

	for (i = 0; i < n; i++) {
		t = &threads[i];
		if (clone(start_thread, stacks[i] + STACK_SIZE, flags, t,
			  tid_of(t->self), (void *)t->self,
			  tid_of(t->self)) < 0)
			return -errno;
	}
	return 0;
}

/* The copy.  What fails ends it: who ordered it sees the channel close. */
static void be_copy(const struct qemu_clone_order *o, int fds[CLONE_FDS],
		    uint32_t n)
{
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != o->parent)
		_exit(126);
	*tid_of(pthread_self()) = gettid();
	close(control);
	for (i = 0; i < CLONE_FDS; i++)
		if (dup3(fds[i], o->to[i], O_CLOEXEC) < 0)
			_exit(126);
	for (i = 0; i < CLONE_FDS; i++)
		close(fds[i]);
	if (dup2(o->to[CLONE_CONSOLE], 1) < 0 ||
	    dup2(o->to[CLONE_CONSOLE], 2) < 0 ||
	    each_number("/proc/self/fd", new_event, NULL) ||
	    no_processes())
		_exit(126);
	nslots = 0;
	nstopped = 0;
	round_++;
	if (start_threads(n))
		_exit(126);
	for (;;)
		pause();
}

static int make_copy(const struct qemu_clone_order *o, int fds[CLONE_FDS])
{
	uint32_t n;
	int rc = stop_threads(&n);

	if (!rc) {
		rc = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL,
			     NULL, NULL);
		if (!rc)
			be_copy(o, fds, n);
		if (rc < 0)
			rc = -errno;
	}
	let_go();
	return rc;
}

/* QEMU keeps guest memory out of children (ram_block_add(), MADV_DONTFORK). */
static void allow_fork(void)
{
	static char buf[65536];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	ssize_t n = 0, got;
	char *p, *end;

	while (fd >= 0 && n < (ssize_t)sizeof(buf) - 1 &&
	       (got = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += got;
	if (fd >= 0)
		close(fd);
	buf[n] = 0;
	for (p = buf; p && *p; p = end ? end + 1 : NULL) {
		end = strchr(p, '\n');
		from = strtoul(p, &p, 16);
		to = *p == '-' ? strtoul(p + 1, &p, 16) : from;
		/* not those of the kernel's own, which answer EINVAL */
		if (from < to)
			madvise((void *)from, to - from, MADV_DOFORK);
	}
}

/* An order and its descriptors; false: who gives them is gone. */
static bool next_order(struct qemu_clone_order *o, int fds[CLONE_FDS])
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(CLONE_FDS * sizeof(int))];
	} c;
	struct iovec io = { o, sizeof(*o) };
	struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = c.buf, .msg_controllen = sizeof(c.buf),
	};
	struct cmsghdr *h;
	ssize_t n;

	do
		n = recvmsg(control, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	h = CMSG_FIRSTHDR(&m);
	if (n != sizeof(*o) || !h ||
	    h->cmsg_len != CMSG_LEN(CLONE_FDS * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(h), CLONE_FDS * sizeof(int));
	return true;
}

/* glibc has the thread's number in its thread area, and signals by it. */
static bool find_tid(void)
{
	const int *p = (const int *)pthread_self();
	size_t i;

	for (i = 0; i < 512; i++)
		if (p[i] == gettid()) {
			tid_offset = i * sizeof(int);
			return true;
		}
	return false;
}

static void *serve(void *arg)
{
	struct qemu_clone_order o;
	int fds[CLONE_FDS], i;
	bool ready = find_tid();
	int32_t rc;

	while (next_order(&o, fds)) {
		allow_fork();
		rc = ready ? make_copy(&o, fds) : -ENOSYS;
		for (i = 0; i < CLONE_FDS; i++)
			close(fds[i]);
		if (send(control, &rc, sizeof(rc), MSG_NOSIGNAL) < 0)
			break;
	}
	return NULL;
}

/* Before main(), so before QEMU's sandbox. */
__attribute__((constructor)) static void begin(void)
{
	const struct sigaction sa = { .sa_handler = on_stop,
				      .sa_flags = SA_RESTART };
	const char *fd = getenv(QEMU_CLONE_ENV);
	sigset_t all, old;
	pthread_t thread;

	if (!fd)
		return;
	control = atoi(fd);
	fcntl(control, F_SETFD, FD_CLOEXEC);
	/* nor is it, or a copy, to be looked into by others */
	prctl(PR_SET_DUMPABLE, 0);
	sigaction(STOP_SIGNAL, &sa, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, serve, NULL))
		close(control);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

#endif /* __x86_64__ */
