/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * serve.h - the signer's loop: clients in, signatures out.
 */
#ifndef VORW_SIGN_SERVE_H
#define VORW_SIGN_SERVE_H

#include <signal.h>
#include "checker.h"
#include "sign.h"
#include "sign_log.h"
#include "token.h"

#define SERVE_MAX_ALLOW	16	/* of each kind */

struct serve_peer {
	uid_t uid;
	bool status_only;	/* nothing is signed for them */
};

struct serve {
	const char *path;	/* of the socket */
	int listener;		/* -1: none */
	struct serve_peer allow[2 * SERVE_MAX_ALLOW];
	size_t nallow;
	unsigned max_checks;	/* at a time */
	struct sign_key key;
	struct token *token;	/* NULL: the key is ours */
	char cert[65];		/* its SHA-256 */
	struct sign_log log;
	struct checker checker;
};

/* Listen at s->path.  A socket that nobody listens at any more is replaced.
 * VORW_R_IO, VORW_R_SIGNER. */
bool serve_listen(struct serve *s, struct vorw_err *e);

/* fd is such a socket, which listens already; it stays where it is. */
bool serve_take(struct serve *s, int fd, struct vorw_err *e);

/*
 * Answer until *stop, and then what is being checked.  unblocked: the signals
 * that may interrupt waiting.  VORW_R_SIGNER: the log or the checker is gone,
 * and only a new process can go on.
 */
bool serve_run(struct serve *s, const volatile sig_atomic_t *stop,
	       const sigset_t *unblocked, struct vorw_err *e);

#endif /* VORW_SIGN_SERVE_H */
