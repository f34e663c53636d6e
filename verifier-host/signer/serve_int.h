/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* serve_int.h - between serve.c, the loop, and signing.c, what it does. */
#ifndef VORW_SIGN_SERVE_INT_H
#define VORW_SIGN_SERVE_INT_H

#include <sys/socket.h>
#include "request.h"
#include "serve.h"

/* More wait in the socket's backlog. */
#define SERVE_CLIENTS	64

enum client_state {
	CLIENT_SILENT,		/* has not said what it wants */
	CLIENT_QUEUED,
	CLIENT_CHECKED,		/* by a process, right now */
};

struct client {
	int fd;			/* -1: none */
	enum client_state state;
	u64 number;		/* clients are served in this order */
	u64 end_ms;		/* of CLOCK_MONOTONIC */
	struct ucred peer;
	bool may_sign;
	int request, result;	/* the memory; the check's pipe; -1: none */

	/* sign_prepare(): */
	u64 size;		/* of the request */
	struct sign_request r;	/* its head only: job has sizes, no pointers */
	struct vorw_target target;
	char build_id[41];
	char content[65];	/* SHA-256 */
};

struct signed_content {
	u8 *der;		/* malloc'd */
	u32 der_size;
	struct sign_entry entry;
};

/* The request's head, its target, and the content's digest. */
bool sign_prepare(struct client *c, struct vorw_err *e);

/* Has evidence of this content been checked for this kernel, so that it is
 * signed again without? */
bool sign_is_known(const struct serve *s, const struct client *c);

/* Sign the request's content and put it into the log, if it is not there.
 * r: what the check said; not looked at when sign_is_known().  out->der is to be
 * freed in any case. */
bool sign_request(struct serve *s, struct client *c,
		  const struct check_result *r, struct signed_content *out,
		  struct vorw_err *e);

#endif /* VORW_SIGN_SERVE_INT_H */
