// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * http_pace.c - time limits of connections.
 *
 * MHD's own timeout ends a client that is silent.  One that sends a byte every
 * now and then would keep its connection for ever: what it has to do, headers,
 * a body, taking an answer, has to be done by a deadline, which bytes that
 * come put off at a rate that is easy to keep.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include "http_int.h"

/* Handshake and headers; from the answer before on, where there was one. */
#define HEAD_MS		60000
/* The same while there is hardly room for others. */
#define HEAD_CROWD_MS	5000
#define CROWD		(CONNECTIONS / 4 * 3)
/* Body, answer: so long, and longer by what was transferred. */
#define TRANSFER_MS	30000
#define RATE_MIN	16384u	/* bytes a second */
#define TICK_MS		500
#define NONE		(~0ull)

static struct conn *conn_of(struct request *r)
{
	return MHD_get_connection_info(r->c,
			MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void set(struct request *r, u64 deadline_ms, u64 head_ms)
{
	struct conn *c = conn_of(r);

	if (!c)
		return;
	pthread_mutex_lock(&r->h->pace_lock);
	c->deadline_ms = deadline_ms;
	c->head_ms = head_ms;
	pthread_mutex_unlock(&r->h->pace_lock);
}

void pace_head(struct request *r)
{
	u64 now = http_now_ms();

	set(r, now + HEAD_MS, now);
}

void pace_body(struct request *r)
{
	set(r, http_now_ms() + TRANSFER_MS, 0);
}

void pace_got(struct request *r, size_t n)
{
	struct conn *c = conn_of(r);

	if (!c)
		return;
	pthread_mutex_lock(&r->h->pace_lock);
	if (c->deadline_ms != NONE)
		c->deadline_ms += n * 1000ull / RATE_MIN;
	pthread_mutex_unlock(&r->h->pace_lock);
}

void pace_none(struct request *r)
{
	set(r, NONE, 0);
}

void pace_answer(struct request *r, size_t n)
{
	set(r, http_now_ms() + TRANSFER_MS + n * 1000ull / RATE_MIN, 0);
}

void pace_connection(void *cls, struct MHD_Connection *mc, void **context,
		     enum MHD_ConnectionNotificationCode what)
{
	struct conn *c = *context;
	struct http *h = cls;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		if (h->tls.client_ca)
			http_tls_need_client(mc);
		c = calloc(1, sizeof(*c));
		*context = c;
		if (!c)
			return;
		c->fd = MHD_get_connection_info(mc,
				MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		c->head_ms = http_now_ms();
		c->deadline_ms = c->head_ms + HEAD_MS;
		pthread_mutex_lock(&h->pace_lock);
		c->next = h->conns;
		c->at = &h->conns;
		if (c->next)
			c->next->at = &c->next;
		h->conns = c;
		h->nconns++;
		pthread_mutex_unlock(&h->pace_lock);
	} else if (c) {
		/* its descriptor is closed after this, and not before */
		pthread_mutex_lock(&h->pace_lock);
		*c->at = c->next;
		if (c->next)
			c->next->at = c->at;
		h->nconns--;
		pthread_mutex_unlock(&h->pace_lock);
		free(c);
		*context = NULL;
	}
}

static bool too_slow(const struct http *h, const struct conn *c, u64 now)
{
	return now >= c->deadline_ms ||
	       (h->nconns > CROWD && c->head_ms &&
		now >= c->head_ms + HEAD_CROWD_MS);
}

/* MHD finds the connection closed, and ends it. */
static void *pace(void *arg)
{
	struct http *h = arg;
	struct conn *c;
	u64 now;

	while (!h->pace_end) {
		now = http_now_ms();
		pthread_mutex_lock(&h->pace_lock);
		for (c = h->conns; c; c = c->next) {
			if (!too_slow(h, c, now))
				continue;
			c->deadline_ms = NONE;
			c->head_ms = 0;
			shutdown(c->fd, SHUT_RDWR);
			h->slow++;
		}
		pthread_mutex_unlock(&h->pace_lock);
		nanosleep(&(struct timespec){ 0, TICK_MS * 1000000 }, NULL);
	}
	return NULL;
}

bool pace_start(struct http *h, struct vorw_err *e)
{
	pthread_mutex_init(&h->pace_lock, NULL);
	return !pthread_create(&h->pacer, NULL, pace, h) ||
	       vorw_fail(e, VORW_R_NO_MEMORY, "no thread");
}

void pace_stop(struct http *h)
{
	h->pace_end = true;
	pthread_join(h->pacer, NULL);
}
