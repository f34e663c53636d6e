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
/* Or later than that, or with a time of before a clock was set back: so often
 * each job that is waited for is looked at, whatever its time says. */
#define LOOK_MS		1000

struct changes {
	struct store_change *c;
	size_t n;
};

u64 http_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static int by_id(const void *a, const void *b)
{
	const struct store_change *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static void sort(struct changes *c)
{
	if (c->n)
		qsort(c->c, c->n, sizeof(*c->c), by_id);
}

static bool changed(const struct request *r, const struct changes *c)
{
	const struct store_change *found;
	struct store_change key;
	unsigned k;

	for (k = 0; c->n && k < r->nwant; k++) {
		strcpy(key.id, r->want[k].id);
		found = bsearch(&key, c->c, c->n, sizeof(key), by_id);
		if (found && found->version > r->want[k].version)
			return true;
	}
	return false;
}

/* Under the lock. */
static void wake(struct http *h, const struct changes *c)
{
	struct request **at = &h->waiting, *r;
	u64 now = http_now_ms();

	while ((r = *at)) {
		if (!h->stopping && now < r->deadline_ms && !changed(r, c)) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		MHD_resume_connection(r->c);
	}
}

/* What the database says has changed; *now: its time when it was asked last,
 * 0: it is asked for the first time since nobody waited. */
static bool ask_time(struct http *h, int64_t *now, struct changes *c,
		     struct vorw_err *e)
{
	int64_t next = 0;

	if (!*now) {
		/* as of now, less the overlap */
		if (!store_changes(h->watch, INT64_MAX, &c->c, &c->n, now, e))
			return false;
		free(c->c);
		c->c = NULL;
	}
	if (!store_changes(h->watch, *now - OVERLAP_MS, &c->c, &c->n, &next,
			   e))
		return false;
	*now = next;
	sort(c);
	return true;
}

/* All that somebody waits for, each once. */
static bool waited_for(struct http *h, struct changes *c, struct vorw_err *e)
{
	const struct request *r;
	size_t n = 0, i;
	unsigned k;

	pthread_mutex_lock(&h->lock);
	for (r = h->waiting; r; r = r->next)
		n += r->nwant;
	c->c = calloc(n + 1, sizeof(*c->c));
	for (r = h->waiting; c->c && r; r = r->next)
		for (k = 0; k < r->nwant; k++)
			strcpy(c->c[c->n++].id, r->want[k].id);
	pthread_mutex_unlock(&h->lock);
	if (!c->c)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	sort(c);
	for (i = n = 0; i < c->n; i++)
		if (!n || strcmp(c->c[n - 1].id, c->c[i].id))
			c->c[n++] = c->c[i];
	c->n = n;
	return true;
}

static bool look(struct http *h, struct changes *c, struct vorw_err *e)
{
	return waited_for(h, c, e) && store_versions(h->watch, c->c, c->n, e);
}

static void *watch(void *arg)
{
	struct http *h = arg;
	struct changes c;
	struct vorw_err e;
	int64_t now = 0;
	u64 look_ms = 0;

	pthread_mutex_lock(&h->lock);
	while (!h->stopping) {
		if (!h->waiting) {
			pthread_cond_wait(&h->more, &h->lock);
			now = 0;
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		memset(&e, 0, sizeof(e));
		memset(&c, 0, sizeof(c));
		if (http_now_ms() < look_ms) {
			ask_time(h, &now, &c, &e);
		} else {
			look(h, &c, &e);
			look_ms = http_now_ms() + LOOK_MS;
		}
		if (e.reason != VORW_R_OK) {
			log_line("http", "error", "error", e.msg, NULL);
			c.n = 0;
		}
		pthread_mutex_lock(&h->lock);
		wake(h, &c);
		pthread_mutex_unlock(&h->lock);
		free(c.c);
		if (e.reason != VORW_R_OK)
			nanosleep(&(struct timespec){ 0, 200000000 }, NULL);
		store_wait(h->watch, -1, store_tells(h->watch) ? TOLD_MS :
			   TICK_MS);
		pthread_mutex_lock(&h->lock);
	}
	memset(&c, 0, sizeof(c));
	wake(h, &c);
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
	store_patience(h->watch, STORE_PATIENCE_MS);
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
