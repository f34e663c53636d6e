// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * http_signer.c - the signer's health and certificate, asked for by a thread of
 * its own: a signer that does not answer keeps no client waiting.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "http_int.h"
#include "sign.h"
#include "signer/signer_client.h"

#define ASK_SECONDS	2
/* How old an answer gets; one that is not well is asked sooner. */
#define WELL_MS		1000
#define NOT_WELL_MS	200
#define TICK_MS		100

/* Takes st's certificate. */
static void set(struct http_signer *s, bool well, struct signer_status *st,
		const struct vorw_err *why)
{
	pthread_mutex_lock(&s->lock);
	s->well = well;
	s->why = *why;
	/* the last one that was said stays: it is what blobs are signed with */
	if (well) {
		free(s->cert);
		s->cert = st->cert;
		s->cert_size = st->cert_size;
		st->cert = NULL;
	}
	pthread_mutex_unlock(&s->lock);
}

static void *ask(void *arg)
{
	struct http *h = arg;
	struct http_signer *s = &h->signer;
	struct signer_status st;
	struct vorw_err e;
	u64 again;
	bool well;

	while (!s->end) {
		memset(&st, 0, sizeof(st));
		memset(&e, 0, sizeof(e));
		well = signer_status(h->o.signer, ASK_SECONDS, &st, &e);
		vorw_err_free(&e);
		set(s, well, &st, &e);
		signer_status_free(&st);
		again = http_now_ms() + (well ? WELL_MS : NOT_WELL_MS);
		while (!s->end && http_now_ms() < again)
			nanosleep(&(struct timespec){ 0, TICK_MS * 1000000 },
				  NULL);
	}
	return NULL;
}

/* Before the signer has said anything. */
static bool read_cert(struct http_signer *s, const char *path,
		      struct vorw_err *e)
{
	struct cert c;

	if (!sign_load_cert(path, &c, e))
		return false;
	s->cert = malloc(c.v.der_size);
	s->cert_size = c.v.der_size;
	if (s->cert)
		memcpy(s->cert, c.v.der, c.v.der_size);
	cert_free(&c);
	return s->cert || vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
}

bool signer_watch_start(struct http *h, struct vorw_err *e)
{
	struct http_signer *s = &h->signer;

	pthread_mutex_init(&s->lock, NULL);
	if (h->o.cert && !read_cert(s, h->o.cert, e))
		return false;
	if (h->o.no_signer)
		return true;
	vorw_fail(&s->why, VORW_R_SIGNER, "it has not been asked yet");
	return !pthread_create(&s->thread, NULL, ask, h) ||
	       vorw_fail(e, VORW_R_NO_MEMORY, "no thread");
}

void signer_watch_stop(struct http *h)
{
	h->signer.end = true;
	if (!h->o.no_signer)
		pthread_join(h->signer.thread, NULL);
	free(h->signer.cert);
}

bool signer_is_well(struct http *h)
{
	bool well;

	pthread_mutex_lock(&h->signer.lock);
	well = h->signer.well;
	pthread_mutex_unlock(&h->signer.lock);
	return well;
}

bool signer_cert(struct http *h, u8 **der, size_t *n, struct vorw_err *e)
{
	struct http_signer *s = &h->signer;
	bool ok = false;

	*der = NULL;
	pthread_mutex_lock(&s->lock);
	*n = s->cert_size;
	if (!s->cert)
		vorw_fail(e, s->why.reason, "%s", s->why.msg);
	else
		*der = malloc(s->cert_size);
	if (*der)
		memcpy(*der, s->cert, s->cert_size);
	ok = *der || (s->cert &&
		      vorw_fail(e, VORW_R_NO_MEMORY, "out of memory"));
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool signer_cert_digest(struct http *h, char to[DIGEST_HEX],
			struct vorw_err *e)
{
	size_t n;
	u8 *der;

	if (!signer_cert(h, &der, &n, e))
		return false;
	digest_hex(der, n, to);
	free(der);
	return true;
}
