// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* checker.c - processes that check evidence, and the one that makes them. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "checker.h"
#include "evidence.h"
#include "file_io.h"
#include "log_line.h"
#include "request.h"
#include "sandbox.h"

/* The request is read where it lies; a session needs a few times of it. */
#ifdef __SANITIZE_ADDRESS__
#define CHECK_MIB	(64u << 20)	/* the sanitizer's shadow counts */
#else
#define CHECK_MIB	2048
#endif
#define CHECK_SECONDS	120
#define NOBODY		65534

/* From signer to checker, with the request and the pipe's other end. */
struct check_order {
	u64 size;
	struct vorw_target target;
	char build_id[41];
};

static void limit(int what, rlim_t n)
{
	const struct rlimit r = { n, n };

	setrlimit(what, &r);
}

static void answer(int pipe, const struct check_result *r)
{
	_exit(fd_write(pipe, (const u8 *)r, sizeof(*r)) ? 1 : 0);
}

static void say(struct check_result *r, const struct vorw_err *e)
{
	r->reason = e->reason;
	memcpy(r->msg, e->msg, sizeof(r->msg));
}

static void check(const struct check_order *o, const u8 *request,
		  struct check_result *r)
{
	struct sign_request q;
	struct vorw_err e = { 0 };
	const struct sign_job *j = &q.job;

	if (sign_request_parse(&q, (struct bytes){ request, o->size }, o->size,
			       &e))
		evidence_check(j, &o->target, o->build_id, &e);
	say(r, &e);
	if (e.reason != VORW_R_OK)
		return;
	log_hash(j->content, j->content_size, r->content);
	log_hash(j->object, j->object_size, r->object);
	log_hash(j->transcript, j->transcript_size, r->transcript);
}

/* The process of one request. */
static void run_check(const struct check_order *o, int request, int pipe)
{
	struct check_result r = { 0 };
	struct vorw_err e = { 0 };
	const u8 *p;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_AS, (rlim_t)CHECK_MIB << 20);
	limit(RLIMIT_CPU, CHECK_SECONDS);
	limit(RLIMIT_NOFILE, 0);
	alarm(2 * CHECK_SECONDS);
	p = mmap(NULL, o->size, PROT_READ, MAP_SHARED, request, 0);
	close(request);
	if (p == MAP_FAILED || !sandbox_checker())
		vorw_fail(&e, VORW_R_SIGNER, "cannot start a check: %s",
			  strerror(errno));
	say(&r, &e);
	if (e.reason == VORW_R_OK)
		check(o, p, &r);
	answer(pipe, &r);
}

/* The next order and its two descriptors.  False: the signer is gone. */
static bool next_order(int sock, struct check_order *o, int fds[2])
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec io = { o, sizeof(*o) };
	struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = CMSG_FIRSTHDR(&m);
	if (n != sizeof(*o) || !c || c->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
	return true;
}

/* Root has nothing to do here. */
static bool drop_root(void)
{
	return geteuid() != 0 ||
	       (!setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
		!setresuid(NOBODY, NOBODY, NOBODY));
}

/* Only the socket stays open. */
static bool close_others(int *sock)
{
	int null = open("/dev/null", O_RDWR), i;

	if (null < 0)
		return false;
	*sock = fcntl(*sock, F_DUPFD_CLOEXEC, 16);
	for (i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return false;
	return *sock >= 0 && !close_range(3, *sock - 1, 0) &&
	       !close_range(*sock + 1, ~0u, 0);
}

static void run_checker(int sock, pid_t parent)
{
	struct check_order o;
	int fds[2];
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* an end by a terminal's ^C is the signer's to decide */
	setpgid(0, 0);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	vorw_quiet = true;
	if (getppid() != parent || !close_others(&sock) || !drop_root() ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(1);
	/* setresuid() clears it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (next_order(sock, &o, fds)) {
		pid = fork();
		if (!pid) {
			close(sock);
			run_check(&o, fds[0], fds[1]);
		}
		close(fds[0]);
		close(fds[1]);
	}
	_exit(0);
}

bool checker_start(struct checker *c, struct vorw_err *e)
{
	pid_t parent = getpid();
	int pair[2];

	*c = (struct checker){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return vorw_fail(e, VORW_R_INTERNAL, "socketpair: %s",
				 strerror(errno));
	c->pid = fork();
	if (!c->pid)
		run_checker(pair[1], parent);
	close(pair[1]);
	if (c->pid < 0) {
		close(pair[0]);
		return vorw_fail(e, VORW_R_INTERNAL, "fork: %s",
				 strerror(errno));
	}
	c->fd = pair[0];
	return true;
}

int checker_ask(struct checker *c, int request, u64 size,
		const struct vorw_target *t, const char *build_id)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct check_order o = { .size = size, .target = *t };
	struct iovec io = { &o, sizeof(o) };
	struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	int pipe[2], fds[2];
	ssize_t n;

	snprintf(o.build_id, sizeof(o.build_id), "%s", build_id);
	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK))
		return -1;
	fds[0] = request;
	fds[1] = pipe[1];
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(h), fds, sizeof(fds));
	do
		n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	close(pipe[1]);
	if (n == sizeof(o))
		return pipe[0];
	close(pipe[0]);
	return -1;
}
