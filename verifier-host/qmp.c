// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* qmp.c - commands to QEMU's monitor, their answers, and events. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "clock.h"
#include "qmp.h"

/* Events that are of no interest come in between; not for ever. */
#define MESSAGES_MAX	1000

static bool wait_for(struct qmp *q, short events, struct vorw_err *e)
{
	struct pollfd p = { .fd = q->fd, .events = events };
	uint64_t now;

	while ((now = now_ms()) < q->end_ms)
		if (poll(&p, 1, q->end_ms - now > 1000 ? 1000 :
			 (int)(q->end_ms - now)) > 0)
			return true;
	return vorw_fail(e, VORW_R_VM, "QEMU's monitor did not answer in time");
}

/* fd, if it is not -1, goes with the first byte. */
static ssize_t send_some(int to, const char *p, size_t n, int fd)
{
	struct iovec v = { (char *)p, n };
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { 0 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (fd >= 0) {
		m.msg_control = &c;
		m.msg_controllen = sizeof(c.room);
		c.h = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&c.h), &fd, sizeof(fd));
	}
	return sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool send_all(struct qmp *q, const char *p, size_t n, int fd,
		     struct vorw_err *e)
{
	ssize_t put;

	while (n) {
		put = send_some(q->fd, p, n, fd);
		if (put > 0) {
			p += put;
			n -= put;
			fd = -1;
		} else if (put < 0 && errno == EPIPE) {
			q->closed = true;
			return false;
		} else if (put < 0 && errno != EAGAIN && errno != EINTR) {
			return vorw_fail(e, VORW_R_VM, "QEMU's monitor: %s",
					 strerror(errno));
		} else if (!wait_for(q, POLLOUT, e)) {
			return false;
		}
	}
	return true;
}

/* The next message, to be json_decref()ed; NULL: *e is set.  One is one line
 * (QEMU qmp-spec.txt 2.1). */
static json_t *message(struct qmp *q, struct vorw_err *e)
{
	char *end;
	json_t *m;
	ssize_t n;

	while (!(end = memchr(q->buf, '\n', q->have))) {
		if (q->have == sizeof(q->buf)) {
			vorw_fail(e, VORW_R_VM, "QEMU's monitor sent a line without end");
			return NULL;
		}
		if (!wait_for(q, POLLIN, e))
			return NULL;
		n = recv(q->fd, q->buf + q->have, sizeof(q->buf) - q->have,
			 MSG_DONTWAIT);
		if (n > 0) {
			q->have += n;
		} else if (!n || (errno != EAGAIN && errno != EINTR)) {
			q->closed = true;
			return NULL;
		}
	}
	m = json_loadb(q->buf, end - q->buf, JSON_REJECT_DUPLICATES, NULL);
	end++;
	q->have -= end - q->buf;
	memmove(q->buf, end, q->have);
	if (!json_is_object(m)) {
		json_decref(m);
		vorw_fail(e, VORW_R_VM, "QEMU's monitor sent something that is no message");
		return NULL;
	}
	return m;
}

static bool send_command(struct qmp *q, const char *name,
			 const char *arguments, int fd, struct vorw_err *e)
{
	char *text;
	int len;
	bool ok;

	len = asprintf(&text, "{\"execute\":\"%s\"%s%s}\n", name,
		       arguments ? ",\"arguments\":" : "",
		       arguments ? arguments : "");
	if (len < 0)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	ok = send_all(q, text, len, fd, e);
	free(text);
	return ok;
}

static bool ask(struct qmp *q, const char *name, const char *arguments, int fd,
		const char *event, struct vorw_err *e)
{
	bool ok = send_command(q, name, arguments, fd, e), answered = false;
	bool came = !event;
	const json_t *no;
	const char *text;
	json_t *m;
	unsigned n;

	for (n = 0; ok && !(answered && came) && n < MESSAGES_MAX; n++) {
		m = message(q, e);
		if (!m)
			return false;
		answered |= json_object_get(m, "return") != NULL;
		text = json_string_value(json_object_get(m, "event"));
		came |= event && text && !strcmp(text, event);
		no = json_object_get(m, "error");
		if (no) {
			text = json_string_value(json_object_get(no, "desc"));
			ok = vorw_fail(e, VORW_R_VM, "QEMU: %s: %.200s", name,
				       text ? text : "no");
		}
		json_decref(m);
	}
	return ok && ((answered && came) ||
		      vorw_fail(e, VORW_R_VM, "QEMU's monitor does not answer %s",
				name));
}

bool qmp_command(struct qmp *q, const char *name, const char *arguments,
		 const char *event, struct vorw_err *e)
{
	return ask(q, name, arguments, -1, event, e);
}

bool qmp_give(struct qmp *q, int fd, const char *name, struct vorw_err *e)
{
	char arguments[80];

	snprintf(arguments, sizeof(arguments), "{\"fdname\":\"%s\"}", name);
	return ask(q, "getfd", arguments, fd, NULL, e);
}

void qmp_again(struct qmp *q, int fd, uint64_t end_ms)
{
	q->fd = fd;
	q->end_ms = end_ms;
	q->closed = false;
	q->have = 0;
}

bool qmp_open(struct qmp *q, int fd, uint64_t end_ms, struct vorw_err *e)
{
	json_t *m;
	bool ok;

	qmp_again(q, fd, end_ms);
	m = message(q, e);
	if (!m)
		return false;
	ok = json_object_get(m, "QMP") != NULL ||
	     vorw_fail(e, VORW_R_VM, "QEMU's monitor does not greet");
	json_decref(m);
	return ok && qmp_command(q, "qmp_capabilities", NULL, NULL, e);
}
