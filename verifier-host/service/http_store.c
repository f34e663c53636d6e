// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * http_store.c - the database's health, asked for by a thread of its own.
 *
 * One thread serves all clients.  As long as the database does not answer, who
 * needs it is refused at once, and keeps nobody waiting who does not; only the
 * first ones, before that is known, wait: for STORE_PATIENCE_MS, and again for a
 * connection that is made anew.  One that writes a file waits as long for each
 * piece that is to be taken, and for the answer to all of it a second more for
 * each 8 MiB (db_patience()): 6 for the largest.
 */
#include <time.h>
#include "http_int.h"

/* How old an answer gets; one that is not well is asked sooner. */
#define WELL_MS		1000
#define NOT_WELL_MS	200
/* That it writes is asked less often, as a service that has nothing to do is not
 * to write to a disk each second; at once when a request was not written. */
#define WRITTEN_MS	10000
#define TICK_MS		100
/* Not to answer for so long is to have stopped. */
#define STALLED_MS	2000

static void *ask(void *arg)
{
	struct http *h = arg;
	struct http_store *s = &h->health;
	u64 again, write_ms = 0;
	struct vorw_err e;
	bool well;

	while (!s->end) {
		e = (struct vorw_err){ 0 };
		if (!s->since_ms)
			s->since_ms = http_now_ms();
		/* one that refuses, and does not hang, costs nobody time */
		if (store_ping(s->store, &e) || !store_is_stalled(h))
			s->since_ms = 0;
		well = e.reason == VORW_R_OK;
		if (well && (!s->well || s->doubt || http_now_ms() >= write_ms)) {
			s->doubt = false;
			well = store_can_write(s->store, &e);
			write_ms = http_now_ms() + WRITTEN_MS;
		}
		s->well = well;
		again = http_now_ms() + (well ? WELL_MS : NOT_WELL_MS);
		while (!s->end && http_now_ms() < again && !(well && s->doubt))
			nanosleep(&(struct timespec){ 0, TICK_MS * 1000000 },
				  NULL);
	}
	return NULL;
}

bool store_watch_start(struct http *h, struct vorw_err *e)
{
	struct http_store *s = &h->health;

	if (!store_open(&s->store, h->o.store, e))
		return false;
	store_patience(s->store, STORE_PATIENCE_MS);
	store_patience(h->store, STORE_PATIENCE_MS);
	s->well = true;
	return !pthread_create(&s->thread, NULL, ask, h) ||
	       vorw_fail(e, VORW_R_NO_MEMORY, "no thread");
}

void store_watch_stop(struct http *h)
{
	h->health.end = true;
	pthread_join(h->health.thread, NULL);
	store_close(h->health.store);
}

void store_doubt(struct http *h)
{
	h->health.doubt = true;
}

bool store_is_stalled(struct http *h)
{
	u64 since = h->health.since_ms;

	return since && http_now_ms() > since + STALLED_MS;
}

bool store_is_well(struct http *h)
{
	return h->health.well && !store_is_stalled(h);
}

bool store_answers(struct http *h, struct vorw_err *e)
{
	return !store_is_stalled(h) ||
	       vorw_fail(e, VORW_R_STORE, "database: it does not answer");
}
