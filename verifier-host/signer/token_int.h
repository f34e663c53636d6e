/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* token_int.h - between token.c, which signs, and pkcs11.c and token_key.c,
 * which find what with. */
#ifndef VORW_SIGN_TOKEN_INT_H
#define VORW_SIGN_TOKEN_INT_H

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include "pin.h"
#include "token.h"

struct token {
	struct sign_key *key;
	const char *cert_path;
	char *name;		/* the URI up to its query: for messages */
	P11KitUri *uri;
	struct pin pin;
	CK_FUNCTION_LIST *f;	/* the module; NULL: not loaded */
	bool initialized;

	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;	/* CK_INVALID_HANDLE: none */
	CK_OBJECT_HANDLE object;
	bool always_authenticate;	/* the PIN for each signature */
	bool extractable;
	u64 again_ms;			/* token_ready() does not try before */
	struct vorw_err away;		/* what it said last */
};

/* Parse the URI, load and initialize its module.  VORW_R_KEY. */
bool token_module_open(struct token *t, const char *uri, const char *log,
		       struct vorw_err *e);
void token_module_close(struct token *t);

/* Find the token, log in, find the key.  VORW_R_KEY, with nothing open. */
bool token_session_open(struct token *t, struct vorw_err *e);
/* The same after one that is of no use any more. */
bool token_session_again(struct token *t, struct vorw_err *e);
void token_session_close(struct token *t);

/* With the PIN of the file, at most once with a wrong one, and not when it would
 * be the last time.  VORW_R_KEY, and pin.h's. */
bool token_login(struct token *t, CK_USER_TYPE user, struct vorw_err *e);

/* In the session that is open: sets object, always_authenticate and extractable.
 * VORW_R_KEY. */
bool token_find_key(struct token *t, struct vorw_err *e);

/* VORW_R_KEY, with the name in front. */
bool token_fail(const struct token *t, const char *what, struct vorw_err *e);
bool token_fail_rv(const struct token *t, const char *what, CK_RV rv,
		   struct vorw_err *e);

#endif /* VORW_SIGN_TOKEN_INT_H */
