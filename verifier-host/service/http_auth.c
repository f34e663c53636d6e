// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_auth.c - who asks, and may they? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "http_int.h"

#define BEARER	"Bearer "

static const char *header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->c, MHD_HEADER_KIND, name);
}

/* A page of somewhere else, in the browser of someone who may reach us, may
 * not submit anything in their name. */
static bool same_origin(const struct request *r)
{
	const char *origin = header(r, "Origin"), *host = header(r, "Host");
	const char *at;

	if (!origin)
		return true;
	at = strstr(origin, "://");
	return host && at && !strcasecmp(at + 3, host);
}

/* Without tokens only by a name that means this machine: a name that an
 * attacker's DNS server points here (DNS rebinding) would be same-origin. */
static bool local_host(const struct request *r)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
	const char *host = header(r, "Host");
	size_t i, n;

	for (i = 0; host && i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (!strncasecmp(host, names[i], n) &&
		    (!host[n] || host[n] == ':'))
			return true;
	}
	return false;
}

/* A proxy that passes on what comes from elsewhere makes it look local: most
 * say "Host: 127.0.0.1" of themselves. */
static bool by_proxy(const struct request *r)
{
	static const char *const names[] = {
		"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host",
		"X-Forwarded-Proto", "X-Real-IP",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (header(r, names[i]))
			return true;
	return false;
}

/* On loopback, as long as there are no tokens. */
static bool is_open(struct request *r, bool *open, struct vorw_err *e)
{
	struct store_token *t;
	size_t n;

	*open = false;
	if (!r->h->loopback || r->h->o.need_token)
		return true;
	if (!store_token_list(r->h->store, &t, &n, e))
		return false;
	free(t);
	*open = !n;
	return true;
}

bool authorize(struct request *r, unsigned scope, struct vorw_err *e)
{
	const char *auth = header(r, "Authorization");
	char hash[DIGEST_HEX];
	bool open;

	if (!same_origin(r))
		return vorw_fail(e, VORW_R_SCOPE,
				 "the request comes from a page of another origin");
	if (!scope)
		return true;
	if (!auth) {
		if (!is_open(r, &open, e))
			return false;
		if (open && !local_host(r))
			return vorw_fail(e, VORW_R_SCOPE,
					 "without tokens, only requests to localhost are taken");
		if (open && by_proxy(r))
			return vorw_fail(e, VORW_R_SCOPE,
					 "without tokens, no requests by way of a proxy are taken");
		return open || vorw_fail(e, VORW_R_UNAUTHORIZED,
				"a token is needed: Authorization: Bearer TOKEN");
	}
	if (strncasecmp(auth, BEARER, strlen(BEARER)))
		return vorw_fail(e, VORW_R_UNAUTHORIZED,
				 "the Authorization header is not 'Bearer TOKEN'");
	auth += strlen(BEARER);
	digest_hex(auth, strlen(auth), hash);
	if (!store_token_find(r->h->store, hash, &r->token, e))
		return false;
	return (r->token.scopes & scope) || (r->token.scopes & SCOPE_ADMIN) ||
	       vorw_fail(e, VORW_R_SCOPE,
			 "token %s may not do this: its scopes lack '%s'",
			 r->token.id, scope_name(scope));
}
