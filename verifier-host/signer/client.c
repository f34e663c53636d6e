// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* client.c - asking the signer. */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "clock.h"
#include "log_line.h"
#include "request.h"

static bool no_signer(struct vorw_err *e, const char *path, const char *why)
{
	return vorw_fail(e, VORW_R_SIGNER, "signer at %s: %s", path, why);
}

static int dial(const char *path, struct vorw_err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (!*path || strlen(path) >= sizeof(to.sun_path)) {
		vorw_fail(e, VORW_R_USAGE,
			  "%s: a socket's path has 1 to %zu characters", path,
			  sizeof(to.sun_path) - 1);
		return -1;
	}
	strcpy(to.sun_path, path);
	/* a full backlog answers EAGAIN and does not keep us */
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	no_signer(e, path, errno == EAGAIN ? "too many ask it" :
		  strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* One message, with a descriptor unless that is -1. */
static bool say(int sock, const char *ask, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec io = { (void *)ask, SIGN_ASK_LEN };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) == SIGN_ASK_LEN;
}

static bool hear(int sock, const char *path, unsigned seconds,
		 u8 **buf, size_t *n, struct vorw_err *e)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	u64 end = now_ms() + seconds * 1000ull, now;
	bool reset = false;
	ssize_t got;

	*buf = malloc(sizeof(struct sign_answer_h) + SIGN_ANSWER_MAX);
	if (!*buf)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	for (;;) {
		now = now_ms();
		if (now >= end)
			return no_signer(e, path, "no answer in time");
		if (poll(&p, 1, end - now > 10000 ? 10000 : end - now) <= 0)
			continue;
		got = recv(sock, *buf, sizeof(struct sign_answer_h) +
			   SIGN_ANSWER_MAX, 0);
		if (got > 0)
			break;
		if (!got)
			return no_signer(e, path, "it ended the connection");
		/* it has answered and closed without having heard us: the
		 * error comes before the answer, once */
		if (errno == ECONNRESET && !reset)
			reset = true;
		else if (errno != EINTR && errno != EAGAIN)
			return no_signer(e, path, strerror(errno));
	}
	*n = got;
	return true;
}

/* The head, and the rest moved to buf's start; false: it is none. */
static bool split(u8 *buf, size_t n, struct sign_answer_h *h)
{
	if (n < sizeof(*h))
		return false;
	memcpy(h, buf, sizeof(*h));
	memmove(buf, buf + sizeof(*h), n - sizeof(*h));
	return le32toh(h->size) == n - sizeof(*h);
}

/* What follows the head goes to *rest, malloc'd. */
static bool ask(const char *path, const char *what, int fd, unsigned seconds,
		struct sign_answer_h *h, u8 **rest, struct vorw_err *e)
{
	int sock = dial(path, e);
	u8 *buf = NULL;
	size_t n = 0;
	bool ok;

	*rest = NULL;
	if (sock < 0)
		return false;
	/* EPIPE: it does not want to hear us, and says why */
	ok = say(sock, what, fd) || errno == EPIPE ||
	     no_signer(e, path, strerror(errno));
	ok = ok && hear(sock, path, seconds, &buf, &n, e);
	close(sock);
	ok = ok && (split(buf, n, h) ||
		    no_signer(e, path, "a malformed answer"));
	if (ok && h->reason)
		ok = vorw_fail(e, le32toh(h->reason), "signer: %.*s",
			       (int)le32toh(h->size), buf);
	if (ok && !h->size)
		ok = no_signer(e, path, "an empty answer");
	if (ok) {
		*rest = buf;
		buf = NULL;
	}
	free(buf);
	return ok;
}

bool signer_sign(const char *socket, const struct sign_job *job,
		 unsigned seconds, struct sign_answer *a, struct vorw_err *e)
{
	struct sign_answer_h h;
	int fd = sign_request_make(job, e);
	bool ok;

	memset(a, 0, sizeof(*a));
	if (fd < 0)
		return false;
	ok = ask(socket, SIGN_ASK, fd, seconds, &h, &a->der, e);
	close(fd);
	if (!ok)
		return false;
	a->der_size = le32toh(h.size);
	a->seq = le64toh(h.seq);
	log_hex(h.line, a->line);
	log_hex(h.cert, a->cert);
	return true;
}

void signer_answer_free(struct sign_answer *a)
{
	free(a->der);
	a->der = NULL;
}

bool signer_status(const char *socket, unsigned seconds,
		   struct signer_status *s, struct vorw_err *e)
{
	struct sign_answer_h h;

	memset(s, 0, sizeof(*s));
	if (!ask(socket, SIGN_ASK_STATUS, -1, seconds, &h, &s->cert, e))
		return false;
	s->cert_size = le32toh(h.size);
	s->seq = le64toh(h.seq);
	log_hex(h.line, s->line);
	return true;
}

void signer_status_free(struct signer_status *s)
{
	free(s->cert);
	s->cert = NULL;
}
