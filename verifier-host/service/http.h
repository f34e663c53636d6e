/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http.h - the front end: HTTP requests in, jobs and answers out.
 *
 * It verifies nothing and has no key.  One thread serves all connections, so
 * a slow client keeps only its own memory; another watches the store for those
 * that wait for a job.
 */
#ifndef VORW_HTTP_H
#define VORW_HTTP_H

#include "err.h"
#include "store.h"

struct http;

/* The largest body fits into half of this. */
#define UPLOADS_MIN_MIB	129

/* So long a client that needs the database waits for one that does not answer,
 * or is locked (store_patience()). */
#define STORE_PATIENCE_MS	3000

#define CONNECTIONS	1000
/* Of one address: a few of them must not make up all. */
#define PER_ADDRESS	64

struct http_opts {
	const char *listen;	/* ADDRESS:PORT, [ADDRESS]:PORT */
	const char *store;
	const char *signer;	/* socket, for certificates and health */
	const char *cert;	/* its certificate, until it says; or NULL */
	bool no_signer;		/* it is others', and has this certificate */
	const char *tls_cert, *tls_key;	/* PEM files, or NULL */
	const char *tls_client_ca;	/* whose clients are taken, or NULL */
	bool need_token;	/* also on loopback */
	int bell;		/* write end: a byte for each new job; or -1 */
	int64_t max_queued;
	unsigned per_address;	/* connections */
	u64 max_uploads;	/* bytes of submissions that are on their way */
};

/* VORW_R_USAGE: listen is no address; VORW_R_KEY.  *where, malloc'd: its URL, with the
 * port that a 0 became; *open: who connects needs no token. */
bool http_start(struct http **h, const struct http_opts *o, char **where,
		bool *open, struct vorw_err *e);
/* Take no new connections, answer those that wait, end; at most seconds. */
void http_stop(struct http *h, unsigned seconds);

#endif /* VORW_HTTP_H */
