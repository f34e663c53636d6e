// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_wait.c - requests that wait for a job, and the thread that wakes them. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "http_int.h"
#include "logline.h"

#define TICK_MS		20
/* Where the database tells of changes: for what ends by its time. */
#define TOLD_MS		250
/* A commit may become visible that much behind the time it was written with. */
#define OVERLAP_MS	2000

u64 http_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static bool changed(const struct request *r, const struct store_change *c,
		    size_t n)
{
	size_t i;
	unsigned k;

	for (i = 0; i < n; i++)
		for (k = 0; k < r->nwant; k++)
			if (c[i].version > r->want[k].version &&
			    !strcmp(c[i].id, r->want[k].id))
				return true;
	return false;
}

/* Under the lock. */
static void wake(struct http *h, const struct store_change *c, size_t n)
{
	struct request **at = &h->waiting, *r;
	u64 now = http_now_ms();

	while ((r = *at)) {
		if (!h->stopping && now < r->deadline_ms && !changed(r, c, n)) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		MHD_resume_connection(r->c);
	}
}

static void *watch(void *arg)
{
	struct http *h = arg;
	struct store_change *c;
	struct vorw_err e;
	int64_t now = 0, next = 0;
	size_t n;

	pthread_mutex_lock(&h->lock);
	while (!h->stopping) {
		if (!h->waiting) {
			pthread_cond_wait(&h->more, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		memset(&e, 0, sizeof(e));
		/* the first time: as of now, less the overlap */
		if (!now && store_changes(h->watch, INT64_MAX, &c, &n, &now,
					  &e))
			free(c);
		c = NULL;
		n = 0;
		if (now && store_changes(h->watch, now - OVERLAP_MS, &c, &n,
					 &next, &e))
			now = next;
		else if (e.reason != VORW_R_OK)
			log_line("http", "error", "error", e.msg, NULL);
		pthread_mutex_lock(&h->lock);
		wake(h, c, n);
		pthread_mutex_unlock(&h->lock);
		free(c);
		if (e.reason != VORW_R_OK)
			nanosleep(&(struct timespec){ 0, 200000000 }, NULL);
		store_wait(h->watch, -1, store_tells(h->watch) ? TOLD_MS :
			   TICK_MS);
		pthread_mutex_lock(&h->lock);
	}
	wake(h, NULL, 0);
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

bool wait_start(struct http *h, struct vorw_err *e)
{
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->more, NULL);
	if (!store_open(&h->watch, h->o.store, e) ||
	    !store_listen(h->watch, STORE_CHANGES, e))
		return false;
	return !pthread_create(&h->watcher, NULL, watch, h) ||
	       vorw_fail(e, VORW_R_NO_MEMORY, "no thread");
}

void wait_stop(struct http *h)
{
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_cond_signal(&h->more);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->watcher, NULL);
	store_close(h->watch);
}

void wait_for(struct request *r)
{
	struct http *h = r->h;

	pthread_mutex_lock(&h->lock);
	MHD_suspend_connection(r->c);
	if (h->stopping) {
		MHD_resume_connection(r->c);
	} else {
		r->next = h->waiting;
		h->waiting = r;
		pthread_cond_signal(&h->more);
	}
	pthread_mutex_unlock(&h->lock);
}

void wait_forget(struct request *r)
{
	struct http *h = r->h;
	struct request **at;

	pthread_mutex_lock(&h->lock);
	for (at = &h->waiting; *at; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			break;
		}
	pthread_mutex_unlock(&h->lock);
}
