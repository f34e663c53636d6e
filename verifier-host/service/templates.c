// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* templates.c - which template VMs are kept, and for how long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "clock.h"
#include "cmd.h"
#include "logline.h"
#include "memory.h"
#include "snapshot.h"
#include "templates.h"

#define PRELOAD		"vorw-qemu-clone.so"
#define KEEP_MAX	8
#define IDLE_MS		600000
/* As TEMPLATE_JOBS. */
#define AGE_MS		1800000
/* One that could not be started, or made no copy, is tried again then; twice
 * that, if it comes to nothing again, and so on. */
#define RETRY_MIN_MS	5000
#define RETRY_MAX_MS	600000
/* Others that prepare theirs are waited for no longer. */
#define YIELD_MS	60000
/* With so many copies it did work. */
#define COPIES_GOOD	10
/* A template has its guest's memory and translated code, a copy the part that
 * it writes to; below that much of free memory others end first. */
#define FREE_MIB	512

static struct kept {
	char name[64];		/* "": free */
	struct template *tp;	/* NULL: could not be started */
	u64 started_ms, used_ms, retry_ms;
	unsigned copies, failures;
} kept[KEEP_MAX];

static char last[64];		/* that was asked for; "": prepared since */
static u64 yield_ms;		/* until then to others; 0: nobody yet */

static void drop(struct kept *k)
{
	template_end(k->tp);
	memset(k, 0, sizeof(*k));
}

static struct kept *find(const char *name)
{
	size_t i;

	for (i = 0; i < KEEP_MAX; i++)
		if (!strcmp(kept[i].name, name))
			return &kept[i];
	return NULL;
}

/* The one that has not been used for longest.  running: of those that have
 * memory. */
static struct kept *oldest(bool running)
{
	struct kept *k = NULL;
	size_t i;

	for (i = 0; i < KEEP_MAX; i++)
		if (kept[i].name[0] && (kept[i].tp || !running) &&
		    (!k || kept[i].used_ms < k->used_ms))
			k = &kept[i];
	return k;
}

static struct kept *place(unsigned mem_mib)
{
	struct kept *k;

	while ((k = oldest(true)) &&
	       memory_free_mib("") < FREE_MIB + mem_mib)
		drop(k);
	if (!find(""))
		drop(oldest(false));
	return find("");
}

static void pause_after_failure(struct kept *k)
{
	u64 pause = (u64)RETRY_MIN_MS << k->failures;

	if (pause >= RETRY_MAX_MS)
		pause = RETRY_MAX_MS;
	else
		k->failures++;
	k->retry_ms = now_ms() + pause;
}

static void start(struct kept *k, const struct vorw_target *t)
{
	char *preload = cmd_file_beside(PRELOAD);
	struct vorw_err e = { 0 }, why = { 0 };
	struct snapshot *s = NULL;

	vorw_progress("preparing %s", t->name);
	snprintf(k->name, sizeof(k->name), "%s", t->name);
	/* without it, its boot is what the template starts from */
	snapshot_open(&s, t, &why);
	vorw_err_free(&why);
	if (!preload || !template_start(&k->tp, t, s, preload, &e)) {
		pause_after_failure(k);
		log_line("worker", "warn", "target", t->name, "template",
			 e.msg, NULL);
	} else {
		k->started_ms = now_ms();
		log_line("worker", "info", "target", t->name, "template",
			 "started", NULL);
	}
	snapshot_close(s);
	vorw_err_free(&e);
	free(preload);
}

static bool is_of_age(const struct kept *k, unsigned jobs)
{
	return k->copies >= jobs || now_ms() > k->started_ms + AGE_MS;
}

/* k: what there is of it, or NULL. */
static bool is_due(const struct kept *k, const struct vorw_target *t,
		   unsigned jobs)
{
	return !k || (k->tp ? is_of_age(k, jobs) || !template_fits(k->tp, t) :
			      now_ms() >= k->retry_ms);
}

static struct kept *replace(struct kept *k, const struct vorw_target *t)
{
	unsigned failures = k ? k->failures : 0;

	if (k)
		drop(k);
	k = place(t->mem_mib);
	if (!k)
		return NULL;
	k->failures = failures;
	k->used_ms = now_ms();
	start(k, t);
	return k;
}

static bool has_snapshot(const struct vorw_target *t)
{
	struct vorw_err e = { 0 };
	struct snapshot *s = NULL;
	bool has = snapshot_open(&s, t, &e) && s;

	snapshot_close(s);
	vorw_err_free(&e);
	return has;
}

/* False: it is another one's turn. */
static bool take_turn(const struct vorw_target *t, int *lock)
{
	if (snapshot_lock(t, lock) || (yield_ms && now_ms() > yield_ms)) {
		yield_ms = 0;
		return true;
	}
	if (!yield_ms)
		yield_ms = now_ms() + YIELD_MS;
	return false;
}

void templates_prepare(unsigned jobs)
{
	struct vorw_err e = { 0 };
	struct vorw_target t;
	struct kept *k;
	int lock;

	if (last[0] && vorw_target_get(last, &t, &e) && t.ready) {
		k = find(t.name);
		if (is_due(k, &t, jobs)) {
			if (!take_turn(&t, &lock))
				return;
			replace(k, &t);
			if (lock >= 0)
				close(lock);
		}
	}
	vorw_err_free(&e);
	last[0] = 0;
}

const struct template *templates_get(const struct vorw_target *t,
				     unsigned jobs)
{
	struct kept *k = find(t->name);

	snprintf(last, sizeof(last), "%s", t->name);
	if (is_due(k, t, jobs)) {
		if (has_snapshot(t))
			return NULL;
		k = replace(k, t);
	}
	if (!k)
		return NULL;
	k->used_ms = now_ms();
	if (k->tp && ++k->copies == COPIES_GOOD)
		k->failures = 0;
	return k->tp;
}

void templates_drop(const struct vorw_target *t)
{
	struct kept *k = find(t->name);

	if (!k)
		return;
	template_end(k->tp);
	k->tp = NULL;
	k->copies = 0;
	pause_after_failure(k);
}

void templates_renew(const struct vorw_target *t)
{
	struct kept *k = find(t->name);

	if (!k)
		return;
	drop(k);
	log_line("worker", "warn", "target", t->name, "template",
		 "ended, as a copy did", NULL);
}

void templates_shrink(void)
{
	u64 now = now_ms();
	size_t i;

	for (i = 0; i < KEEP_MAX; i++)
		if (kept[i].name[0] && now > kept[i].used_ms + IDLE_MS)
			drop(&kept[i]);
}
