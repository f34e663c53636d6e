/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * token.h - a signing key that is in a PKCS#11 token.
 *
 * Its module is code in the signer's process, and is loaded after the checker
 * was forked and before the sandbox is shut.
 */
#ifndef VORW_SIGN_TOKEN_H
#define VORW_SIGN_TOKEN_H

#include "sign.h"

struct token;

/*
 * The key that uri (RFC 7512, with module-path=, and pin-source= if the token
 * has a PIN) names, as *k, which has the certificate, too.  It has signed
 * something that the certificate verifies.  log: pin.h.  token_close() and
 * sign_key_free() are due either way.  VORW_R_KEY.
 */
bool token_open(struct token **t, struct sign_key *k, const char *uri,
		const char *cert_path, const char *log, struct vorw_err *e);
void token_close(struct token *t);

/* Could it sign now?  A token that was taken out and is back is opened again.
 * VORW_R_SIGNER. */
bool token_ready(struct token *t, struct vorw_err *e);

#endif /* VORW_SIGN_TOKEN_H */
