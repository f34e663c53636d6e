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
 * Before a thread runs, the copy gives up all but a few system calls
 * (copy_filter.c); the template's own sandbox had to leave it more.
 *
 * Between stopping and going on only system calls: any lock may be held.
 * For x86-64 and glibc; anywhere else the answer is -ENOSYS, and callers start
 * a QEMU of its own for each job.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "copy_filter.h"
#include "qemu_clone.h"

#define THREADS_MAX	16
#define STACK_SIZE	16384
#define STOP_SECONDS	5
#define BEGIN_MS	20000

/* qemu_thread_create() (util/qemu-thread-posix.c) leaves its threads three
 * signals; nothing in QEMU waits for or handles this one. */
#define STOP_SIGNAL	SIGFPE

static int control;

#ifdef __x86_64__

struct stopped {
	pthread_t self;
	jmp_buf at;
};

static struct stopped threads[THREADS_MAX];
static char stacks[THREADS_MAX][STACK_SIZE] __attribute__((aligned(16)));
static _Atomic uint32_t nslots, nstopped, round_;
static size_t tid_offset;	/* in glibc's struct pthread */

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

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/*
 * What a descriptor of the template's is to the copy.  Readers and writers of
 * its events are not the copy's: a new one, and it is pending, so whoever reads
 * it looks for work once too often.  A signalfd reads the reader's own signals
 * (kernel, fs/signalfd.c).  The guest's memory is sealed.  Anything else would
 * be shared, and QEMU has nothing else.
 */
static int new_event(int fd, void *arg)
{
	char path[32] = "/proc/self/fd/", link[32] = "";
	const struct qemu_clone_order *o = arg;
	int flags, event, i, d = 1;

	if (fd == 1 || fd == 2)
		return 0;
	for (i = 0; i < CLONE_FDS; i++)
		if (fd == o->to[i])
			return 0;
	i = strlen(path);
	while (fd / d >= 10)
		d *= 10;
	for (; d; d /= 10)
		path[i++] = '0' + fd / d % 10;
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	if (!strcmp(link, "/dev/null") || starts(link, "/memfd:") ||
	    !strcmp(link, "anon_inode:[signalfd]"))
		return 0;
	if (strcmp(link, "anon_inode:[eventfd]"))
		return -ENOTSUP;
	flags = fcntl(fd, F_GETFL);
	event = eventfd(1, flags & O_NONBLOCK ? EFD_NONBLOCK : 0);
	if (event < 0 || dup3(event, fd, O_CLOEXEC) < 0)
		return -errno;
	close(event);
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

/* Who ordered this copy has heard of it, and said the first thing to it. */
static bool is_wanted(const struct qemu_clone_order *o)
{
	struct pollfd p[2] = {
		{ .fd = o->to[CLONE_MONITOR], .events = POLLIN },
		{ .fd = o->to[CLONE_CHANNEL], .events = 0 },
	};
	int n;

	do
		n = poll(p, 2, BEGIN_MS);
	while (n < 0 && errno == EINTR);
	return n > 0 && p[0].revents == POLLIN && !p[1].revents;
}

/* The copy.  What fails ends it: who ordered it sees the channel close. */
static void be_copy(const struct qemu_clone_order *o, int fds[CLONE_FDS],
		    uint32_t n)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
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
	    each_number("/proc/self/fd", new_event, (void *)o) ||
	    sigaction(STOP_SIGNAL, &usual, NULL) || copy_filter() ||
	    !is_wanted(o))
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

/* QEMU keeps guest memory out of children (ram_block_add(), MADV_DONTFORK).
 * What a copy would write to together with others is no copy's. */
static int allow_fork(void)
{
	static char buf[131072];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	ssize_t n = 0, got;
	char *p, *end;

	while (fd >= 0 && n < (ssize_t)sizeof(buf) - 1 &&
	       (got = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += got;
	if (fd < 0)
		return -errno;
	close(fd);
	if (n == sizeof(buf) - 1)
		return -E2BIG;
	buf[n] = 0;
	for (p = buf; *p; p = end + 1) {
		end = strchr(p, '\n');
		from = strtoul(p, &p, 16);
		to = *p == '-' ? strtoul(p + 1, &p, 16) : from;
		/* " rw-p …" */
		if (from >= to || !end || end - p < 5 ||
		    (p[2] == 'w' && p[4] == 's'))
			return -ENOTSUP;
		/* not those of the kernel's own, which answer EINVAL */
		madvise((void *)from, to - from, MADV_DOFORK);
	}
	return 0;
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
		rc = ready ? allow_fork() : -ENOSYS;
		if (!rc)
			rc = make_copy(&o, fds);
		for (i = 0; i < CLONE_FDS; i++)
			close(fds[i]);
		if (send(control, &rc, sizeof(rc), MSG_NOSIGNAL) < 0)
			break;
	}
	return NULL;
}

static bool start_serving(void)
{
	const struct sigaction sa = { .sa_handler = on_stop,
				      .sa_flags = SA_RESTART };
	sigset_t all, old;
	pthread_t thread;
	bool ok;

	if (sigaction(STOP_SIGNAL, &sa, NULL))
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ok = !pthread_create(&thread, NULL, serve, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ok;
}

#else

static bool start_serving(void)
{
	return false;
}

#endif /* __x86_64__ */

/* Before main(), so before QEMU's sandbox. */
__attribute__((constructor)) static void begin(void)
{
	const char *fd = getenv(QEMU_CLONE_ENV);
	int32_t rc = 0;

	if (!fd)
		return;
	control = atoi(fd);
	fcntl(control, F_SETFD, FD_CLOEXEC);
	/* nor is it, or a copy, to be looked into by others */
	prctl(PR_SET_DUMPABLE, 0);
	/* our thread has it, too, as QEMU's sandbox expects of all threads */
	rc = template_filter();
	if (!rc && !start_serving())
		rc = -ENOSYS;
	if (send(control, &rc, sizeof(rc), MSG_NOSIGNAL) < 0 || rc)
		close(control);
}
