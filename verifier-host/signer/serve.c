// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * serve.c - the signer's loop.
 *
 * A client has one request and one answer.  It says what it wants at once, in
 * one message, or is sent away; what it wants lies in memory that it cannot
 * change any more.  So no client can keep the signer waiting, and one that
 * dies costs at most a check that nobody asks the answer of.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "request.h"
#include "serve.h"
#include "serve_int.h"

/* A client that says nothing for so long goes. */
#define SILENCE_MS	5000
#define BACKLOG		64

/* Is somebody listening there? */
static bool in_use(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	bool yes = fd >= 0 && (!connect(fd, (const struct sockaddr *)at,
					sizeof(*at)) || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return yes;
}

static bool bind_there(struct serve *s, const struct sockaddr_un *at)
{
	bool others = s->nallow > 1 || s->allow[0].uid != geteuid();
	/* who may ask is decided by SO_PEERCRED; where it is only us, who may
	 * connect is, too */
	mode_t old = umask(others ? 0111 : 0177);
	bool ok = !bind(s->listener, (const struct sockaddr *)at, sizeof(*at));

	umask(old);
	return ok;
}

bool serve_listen(struct serve *s, struct vorw_err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;

	if (!*s->path || strlen(s->path) >= sizeof(at.sun_path))
		return vorw_fail(e, VORW_R_USAGE,
				 "%s: a socket's path has 1 to %zu characters",
				 s->path, sizeof(at.sun_path) - 1);
	strcpy(at.sun_path, s->path);
	if (!lstat(s->path, &st)) {
		if (!S_ISSOCK(st.st_mode))
			return vorw_fail(e, VORW_R_IO,
					 "%s: there is a file, and it is no socket",
					 s->path);
		if (in_use(&at))
			return vorw_fail(e, VORW_R_SIGNER,
					 "%s: another signer listens there",
					 s->path);
		unlink(s->path);
	}
	s->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
			     SOCK_NONBLOCK, 0);
	if (s->listener >= 0 && bind_there(s, &at) &&
	    !listen(s->listener, BACKLOG))
		return true;
	vorw_fail(e, VORW_R_IO, "%s: %s", s->path, strerror(errno));
	if (s->listener >= 0)
		close(s->listener);
	s->listener = -1;
	return false;
}

static bool option_is(int fd, int option, int want)
{
	socklen_t n = sizeof(int);
	int have;

	return !getsockopt(fd, SOL_SOCKET, option, &have, &n) && have == want;
}

bool serve_take(struct serve *s, int fd, struct vorw_err *e)
{
	if (!option_is(fd, SO_DOMAIN, AF_UNIX) ||
	    !option_is(fd, SO_TYPE, SOCK_SEQPACKET) ||
	    !option_is(fd, SO_ACCEPTCONN, 1))
		return vorw_fail(e, VORW_R_IO,
				 "descriptor %d is no Unix socket of sequential packets that listens",
				 fd);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return vorw_fail(e, VORW_R_IO, "descriptor %d: %s", fd,
				 strerror(errno));
	s->listener = fd;
	return true;
}

static void client_end(struct client *c)
{
	close(c->fd);
	if (c->request >= 0)
		close(c->request);
	if (c->result >= 0)
		close(c->result);
	*c = (struct client){ .fd = -1, .request = -1, .result = -1 };
}

/* The one answer, and the end.  It fits into the socket's buffer, as nothing
 * else is in it. */
static void client_answer(struct client *c, struct sign_answer_h *h,
			  const void *rest, size_t n)
{
	struct iovec io[2] = { { h, sizeof(*h) }, { (void *)rest, n } };
	const struct msghdr m = { .msg_iov = io, .msg_iovlen = 2 };

	h->size = htole32(n);
	if (sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		fprintf(stderr, "vorw-signer: client %ld went away: %s\n",
			(long)c->peer.pid, strerror(errno));
	client_end(c);
}

static void client_refuse(struct client *c, struct vorw_err *e)
{
	struct sign_answer_h h = { .reason = htole32(e->reason) };

	fprintf(stderr, "vorw-signer: job '%s' of uid %ld: %s [%s]\n",
		c->r.job_id, (long)c->peer.uid, e->msg,
		vorw_reason_name(e->reason));
	client_answer(c, &h, e->msg, strlen(e->msg));
	vorw_err_free(e);
}

static void unhex(u8 to[32], const char *hex)
{
	int i;

	for (i = 0; i < 32; i++)
		sscanf(hex + 2 * i, "%2hhx", &to[i]);
}

static void client_status(struct serve *s, struct client *c)
{
	struct sign_answer_h h = { .seq = htole64(s->log.s.lines) };
	struct vorw_err e = { 0 };

	if (s->token && !token_ready(s->token, &e)) {
		client_refuse(c, &e);
		return;
	}
	unhex(h.line, s->log.s.head);
	unhex(h.cert, s->cert);
	client_answer(c, &h, s->key.cert.v.der, s->key.cert.v.der_size);
}

/* Sign it, and then let the signature out. */
static void client_sign(struct serve *s, struct client *c,
			const struct check_result *r)
{
	struct sign_answer_h h = { 0 };
	struct vorw_err e = { 0 };
	struct signed_content out;

	if (!sign_request(s, c, r, &out, &e)) {
		client_refuse(c, &e);
	} else {
		h.seq = htole64(out.entry.seq);
		unhex(h.line, out.entry.line);
		unhex(h.cert, s->cert);
		client_answer(c, &h, out.der, out.der_size);
	}
	free(out.der);
}

/* A user on both lists may have things signed. */
static bool may_ask(const struct serve *s, struct client *c)
{
	bool known = false;
	size_t i;

	for (i = 0; i < s->nallow; i++)
		if (s->allow[i].uid == c->peer.uid) {
			known = true;
			c->may_sign |= !s->allow[i].status_only;
		}
	return known;
}

static void client_may_not(struct client *c)
{
	struct vorw_err e = { 0 };

	vorw_fail(&e, VORW_R_KEY, "user %ld may not have anything signed",
		  (long)c->peer.uid);
	client_refuse(c, &e);
}

static void client_new(struct serve *s, struct client *c)
{
	socklen_t n = sizeof(c->peer);

	c->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (c->fd < 0)
		return;
	c->state = CLIENT_SILENT;
	c->end_ms = now_ms() + SILENCE_MS;
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &c->peer, &n))
		client_end(c);
	else if (!may_ask(s, c))
		client_may_not(c);
}

/* The first of the message's descriptors; there has to be no other. */
static bool one_fd(struct msghdr *m, int *fd)
{
	struct cmsghdr *c;
	int got, n = 0;
	size_t i;

	*fd = -1;
	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (i = 0; CMSG_LEN((i + 1) * sizeof(int)) <= c->cmsg_len;
		     i++) {
			memcpy(&got, CMSG_DATA(c) + i * sizeof(int),
			       sizeof(got));
			if (n++)
				close(got);
			else
				*fd = got;
		}
	}
	if (n == 1 && !(m->msg_flags & MSG_CTRUNC))
		return true;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return false;
}

static void client_read(struct serve *s, struct client *c)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control;
	char ask[SIGN_ASK_LEN + 1];
	struct iovec io = { ask, sizeof(ask) };
	struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control),
	};
	struct vorw_err e = { 0 };
	struct check_result again = { 0 };
	ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	bool has_fd, said;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	has_fd = n >= 0 && one_fd(&m, &c->request);
	said = n == SIGN_ASK_LEN;
	if (n <= 0) {
		client_end(c);
	} else if (said && !memcmp(ask, SIGN_ASK_STATUS, n) && !has_fd) {
		client_status(s, c);
	} else if (!said || memcmp(ask, SIGN_ASK, n) || !has_fd) {
		vorw_fail(&e, VORW_R_MALFORMED, "not a request");
		client_refuse(c, &e);
	} else if (!c->may_sign) {
		client_may_not(c);
	} else if (!sign_prepare(c, &e)) {
		client_refuse(c, &e);
	} else if (sign_is_known(s, c)) {
		/* the same bytes again, no second line */
		client_sign(s, c, &again);
	} else {
		c->state = CLIENT_QUEUED;
		c->end_ms = ~0ull;
	}
}

/* Nothing, or too little, came out of a check. */
static void check_crashed(struct client *c)
{
	struct vorw_err e = { 0 };

	vorw_fail(&e, VORW_R_EVIDENCE,
		  "checking the evidence crashed or took too long");
	client_refuse(c, &e);
}

static void client_checked(struct serve *s, struct client *c)
{
	struct check_result r;
	struct vorw_err e = { 0 };
	ssize_t n = read(c->result, &r, sizeof(r));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(r)) {
		check_crashed(c);
		return;
	}
	r.msg[sizeof(r.msg) - 1] = 0;
	if (r.reason != VORW_R_OK) {
		vorw_fail(&e, r.reason, "%s", r.msg);
		client_refuse(c, &e);
		return;
	}
	client_sign(s, c, &r);
}

struct loop {
	struct serve *s;
	struct client clients[SERVE_CLIENTS];
	unsigned nchecks;
};

/* Begin as many checks as may run, in the order of the table: there are fewer
 * clients than would make the last one wait for long. */
static bool begin_checks(struct loop *l, struct vorw_err *e)
{
	struct client *oldest, *c;
	size_t i;

	for (;;) {
		oldest = NULL;
		for (i = 0; i < SERVE_CLIENTS; i++) {
			c = &l->clients[i];
			if (c->fd >= 0 && c->state == CLIENT_QUEUED &&
			    (!oldest || c->number < oldest->number))
				oldest = c;
		}
		if (!oldest || l->nchecks >= l->s->max_checks)
			return true;
		oldest->result = checker_ask(&l->s->checker, oldest->request,
					     oldest->size, &oldest->target,
					     oldest->build_id);
		if (oldest->result < 0)
			return vorw_fail(e, VORW_R_SIGNER,
					 "the checking process is gone");
		oldest->state = CLIENT_CHECKED;
		l->nchecks++;
	}
}

static bool is_gone(const struct pollfd *p)
{
	return p->revents & (POLLHUP | POLLERR);
}

static void client_event(struct loop *l, struct client *c,
			 const struct pollfd *p, u64 now)
{
	bool checking = c->state == CLIENT_CHECKED;

	switch (c->state) {
	case CLIENT_SILENT:
		if (p->revents)
			client_read(l->s, c);
		else if (now >= c->end_ms)
			client_end(c);
		break;
	case CLIENT_QUEUED:
		if (is_gone(p))
			client_end(c);
		break;
	case CLIENT_CHECKED:
		if (p->revents)
			client_checked(l->s, c);
		break;
	}
	if (checking && (c->fd < 0 || c->state != CLIENT_CHECKED))
		l->nchecks--;
}

static struct client *free_place(struct loop *l)
{
	size_t i;

	for (i = 0; i < SERVE_CLIENTS; i++)
		if (l->clients[i].fd < 0)
			return &l->clients[i];
	return NULL;
}

/* One round of waiting and of what came of it. */
static bool serve_round(struct loop *l, u64 *number, bool stopping,
			const sigset_t *unblocked, struct vorw_err *e)
{
	struct pollfd p[SERVE_CLIENTS + 2];
	const struct timespec second = { .tv_sec = 1 };
	struct client *place = free_place(l);
	size_t i;
	u64 now;

	for (i = 0; i < SERVE_CLIENTS; i++) {
		const struct client *c = &l->clients[i];

		p[i].fd = c->fd >= 0 && c->state == CLIENT_CHECKED ?
			  c->result : c->fd;
		p[i].events = c->state == CLIENT_QUEUED ? 0 : POLLIN;
		p[i].revents = 0;
	}
	p[i++] = (struct pollfd){ .fd = place && !stopping ? l->s->listener :
					-1, .events = POLLIN };
	p[i] = (struct pollfd){ .fd = l->s->checker.fd };
	if (ppoll(p, SERVE_CLIENTS + 2, &second, unblocked) < 0 &&
	    errno != EINTR)
		return vorw_fail(e, VORW_R_INTERNAL, "ppoll: %s",
				 strerror(errno));
	if (is_gone(&p[SERVE_CLIENTS + 1]))
		return vorw_fail(e, VORW_R_SIGNER,
				 "the checking process is gone");
	now = now_ms();
	for (i = 0; i < SERVE_CLIENTS; i++)
		if (l->clients[i].fd >= 0)
			client_event(l, &l->clients[i], &p[i], now);
	if (p[SERVE_CLIENTS].revents) {
		client_new(l->s, place);
		place->number = ++*number;
	}
	if (l->s->log.dead)
		return vorw_fail(e, VORW_R_SIGNER,
				 "%s: cannot be written any more",
				 l->s->log.path);
	return stopping || begin_checks(l, e);
}

bool serve_run(struct serve *s, const volatile sig_atomic_t *stop,
	       const sigset_t *unblocked, struct vorw_err *e)
{
	struct loop *l = calloc(1, sizeof(*l));
	u64 number = 0;
	bool ok = true;
	size_t i;

	if (!l)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	l->s = s;
	for (i = 0; i < SERVE_CLIENTS; i++)
		l->clients[i] = (struct client){ -1, .request = -1,
						 .result = -1 };
	while (ok && (!*stop || l->nchecks))
		ok = serve_round(l, &number, *stop, unblocked, e);
	for (i = 0; i < SERVE_CLIENTS; i++)
		if (l->clients[i].fd >= 0)
			client_end(&l->clients[i]);
	free(l);
	return ok;
}
