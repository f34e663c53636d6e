// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_store.c - the store, one behaviour per result, on an empty database.
 *
 *	t_store FILE | postgresql://…
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "service/db.h"
#include "service/store.h"
#include "unit/tap.h"

#define LEASE	60000
#define CROWD	4	/* worker processes */
#define MANY	120	/* their jobs */
#define RUSH	8	/* of each */

static const char *where;
static struct store *s;

static const char *hex_id(unsigned n)
{
	static char id[4][STORE_ID_LEN + 1];
	static unsigned k;

	k = (k + 1) % 4;
	snprintf(id[k], sizeof(id[k]), "%064x", n);
	return id[k];
}

static bool submit(unsigned id, const char *token,
		   const struct store_limits *lim, struct job *j, bool *is_new,
		   struct vorw_err *e)
{
	static const struct store_limits none = { 0 };
	const struct store_new n = {
		.id = hex_id(id), .target = "armv7", .identity = "i",
		.options = "{}", .token = token, .object = hex_id(id % 7),
		.bytes = (const u8 *)"a\0b", .size = 3,
	};

	memset(e, 0, sizeof(*e));
	return store_submit(s, &n, lim ? lim : &none, j, is_new, e);
}

static bool claim(const char *worker, struct job *j, bool *any)
{
	struct vorw_err e = { 0 };

	if (store_claim(s, worker, LEASE, NULL, j, any, &e))
		return true;
	diag("%s", e.msg);
	return false;
}

static bool finish(const char *id, int64_t fence, enum vorw_reason reason,
		   bool again, bool *mine)
{
	const struct store_result r = {
		.reason = reason, .again = again, .message = "m", .log = "l",
		.report = "{}", .text = "t\n", .blob = hex_id(77),
		.content = hex_id(78), .bytes = (const u8 *)"\0blob", .size = 5,
	};
	struct vorw_err e = { 0 };

	if (store_finish(s, id, fence, &r, mine, &e))
		return true;
	diag("%s", e.msg);
	return false;
}

static bool state_is(const char *id, const char *state)
{
	struct vorw_err e = { 0 };
	struct job j;
	bool yes;

	if (!store_job(s, id, &j, &e)) {
		diag("%s", e.msg);
		return false;
	}
	yes = !strcmp(j.state, state);
	if (!yes)
		diag("state %s, wanted %s", j.state, state);
	job_free(&j);
	return yes;
}

static struct store_new new_job(unsigned id)
{
	static char ids[4][STORE_ID_LEN + 1];
	char *to = ids[id % 4];

	strcpy(to, hex_id(id));
	return (struct store_new){
		.id = to, .target = "armv7", .identity = "i",
		.options = "{}", .token = "together", .object = to,
		.bytes = (const u8 *)"xyz", .size = 3,
	};
}

static bool is_there(const struct store_new *n)
{
	struct vorw_err e = { 0 };
	struct job j;
	bool yes = store_job(s, n->id, &j, &e);

	if (yes)
		job_free(&j);
	return yes;
}

static void together(void)
{
	const struct store_limits two = { .token_queued = 2 }, none = { 0 };
	struct store_new n[4] = { new_job(0x7001), new_job(0x7002),
				  new_job(0x7003), new_job(0x7001) };
	struct vorw_err e = { 0 };
	bool is_new[4], any, mine;
	u8 *bytes = NULL;
	struct job w;
	size_t size;
	int i;

	ok(!store_submit_all(s, n, 3, &two, is_new, &e) &&
	   e.reason == VORW_R_QUOTA, "three at once, where two may be: refused");
	ok(!is_there(&n[0]) && !is_there(&n[1]) && !is_there(&n[2]),
	   "and none of them is kept");
	memset(&e, 0, sizeof(e));
	ok(!store_object(s, n[0].object, &bytes, &size, &e) &&
	   e.reason == VORW_R_NOT_FOUND, "nor an object");
	memset(&e, 0, sizeof(e));
	n[2] = n[3];
	ok(store_submit_all(s, n, 3, &two, is_new, &e) && is_new[0] &&
	   is_new[1] && !is_new[2], "two, one of them twice: accepted");
	ok(store_submit_all(s, n, 3, &two, is_new, &e) && !is_new[0] &&
	   !is_new[1] && !is_new[2], "again: known, whatever the limit says");
	n[2] = new_job(0x7003);
	ok(store_submit_all(s, n, 3, &none, is_new, &e) && !is_new[0] &&
	   !is_new[1] && is_new[2], "one more: only that is new");
	for (i = 0; i < 3; i++)
		if (!claim("w", &w, &any) || !any ||
		    !finish(w.id, w.fence, VORW_R_VERIFIER, false, &mine))
			break;
		else
			job_free(&w);
	ok(i == 3 && claim("w", &w, &any) && !any, "three jobs, no fourth");
}

static void life(void)
{
	struct vorw_err e = { 0 };
	bool is_new, any, mine;
	struct job j, w;
	u8 *bytes;
	size_t n;

	ok(claim("w", &w, &any) && !any, "an empty queue has nothing");
	ok(submit(1, "", NULL, &j, &is_new, &e) && is_new &&
	   !strcmp(j.state, "queued") && j.object_size == 3, "submitted: queued");
	job_free(&j);
	ok(submit(1, "", NULL, &j, &is_new, &e) && !is_new,
	   "again: the same job, not a new one");
	job_free(&j);
	ok(store_object(s, hex_id(1), &bytes, &n, &e) && n == 3 &&
	   !memcmp(bytes, "a\0b", 3), "its object comes back, zero byte and all");
	free(bytes);
	ok(claim("w", &w, &any) && any && !strcmp(w.id, hex_id(1)) &&
	   w.attempts == 1, "claimed");
	ok(claim("w2", &j, &any) && !any, "by one only");
	ok(store_beat(s, w.id, w.fence, LEASE, "starting", &mine, &e) && mine,
	   "its worker renews the lease");
	ok(store_beat(s, w.id, w.fence + 1, LEASE, NULL, &mine, &e) && !mine,
	   "no other does");
	ok(finish(w.id, w.fence - 1, VORW_R_OK, false, &mine) && !mine &&
	   state_is(w.id, "running"), "an older fence finishes nothing");
	ok(!store_blob(s, hex_id(77), &bytes, &n, &e) &&
	   e.reason == VORW_R_NOT_FOUND, "and leaves no blob");
	memset(&e, 0, sizeof(e));
	ok(finish(w.id, w.fence, VORW_R_OK, false, &mine) && mine &&
	   state_is(w.id, "done"), "its worker finishes it");
	ok(finish(w.id, w.fence, VORW_R_VERIFIER, false, &mine) && !mine &&
	   state_is(w.id, "done"), "once");
	ok(finish(w.id, w.fence, VORW_R_OK, false, &mine) && mine,
	   "said again, as after an answer that was lost: kept");
	ok(store_blob(s, hex_id(77), &bytes, &n, &e) && n == 5 &&
	   !memcmp(bytes, "\0blob", 5), "the blob is there");
	free(bytes);
	ok(store_job(s, w.id, &j, &e) && !strcmp(j.progress, "starting\n") &&
	   !strcmp(j.log, "l") && !strcmp(j.report, "{}") && j.finished &&
	   !strcmp(j.blob, hex_id(77)), "and the rest of the result");
	job_free(&j);
	ok(submit(1, "", NULL, &j, &is_new, &e) && !is_new &&
	   !strcmp(j.state, "done"), "asked again: the result that stands");
	job_free(&j);
	job_free(&w);
	ok(!store_job(s, hex_id(999), &j, &e) && e.reason == VORW_R_NOT_FOUND,
	   "an unknown job is not found");
}

static void trouble(void)
{
	struct vorw_err e = { 0 };
	bool is_new, any, mine;
	struct job j, w, v;

	submit(2, "", NULL, &j, &is_new, &e);
	job_free(&j);
	ok(claim("w", &w, &any) && any &&
	   store_give_back(s, w.id, w.fence, &e) && state_is(w.id, "queued"),
	   "given back: queued");
	job_free(&w);
	ok(claim("w", &w, &any) && any && w.attempts == 1,
	   "which was no attempt");
	ok(store_worker_gone(s, "w", &e) && claim("v", &v, &any) && any &&
	   v.attempts == 2 && v.fence > w.fence, "a dead worker's job is claimed anew");
	ok(finish(w.id, w.fence, VORW_R_OK, false, &mine) && !mine,
	   "the first one, alive after all, is too late");
	ok(store_worker_gone(s, "v", &e) && claim("u", &j, &any) && !any &&
	   state_is(w.id, "failed"), "two deaths: failed");
	ok(store_job(s, w.id, &j, &e) && !strcmp(j.reason, "worker-died"),
	   "with its reason");
	job_free(&j);
	ok(submit(2, "", NULL, &j, &is_new, &e) && is_new &&
	   !strcmp(j.state, "queued") && !j.attempts, "asked again: a new try");
	job_free(&j);
	job_free(&w);
	job_free(&v);
	claim("w", &w, &any);
	ok(finish(w.id, w.fence, VORW_R_VM, true, &mine) && mine &&
	   state_is(w.id, "queued"), "not the object's fault: once more");
	job_free(&w);
	claim("w", &w, &any);
	ok(finish(w.id, w.fence, VORW_R_VM, true, &mine) && mine &&
	   state_is(w.id, "failed"), "twice: failed");
	job_free(&w);
	submit(3, "", NULL, &j, &is_new, &e);
	job_free(&j);
	claim("w", &w, &any);
	ok(finish(w.id, w.fence, VORW_R_VERIFIER, false, &mine) && mine &&
	   state_is(w.id, "refused"), "the verifier's word: refused");
	job_free(&w);
	ok(submit(3, "", NULL, &j, &is_new, &e) && !is_new &&
	   !strcmp(j.state, "refused") && !strcmp(j.reason, "verifier-rejected"),
	   "which stands");
	job_free(&j);
}

static void limits(void)
{
	const struct store_limits queue = { .queued = 2 };
	const struct store_limits token = { .token_queued = 1 };
	const struct store_limits minute = { .token_minute = 2 };
	struct vorw_err e = { 0 };
	bool is_new, any, mine;
	struct job j;

	ok(submit(10, "a", &queue, &j, &is_new, &e), "room for one");
	job_free(&j);
	ok(submit(11, "a", &queue, &j, &is_new, &e), "and two");
	job_free(&j);
	ok(!submit(12, "a", &queue, &j, &is_new, &e) && e.reason == VORW_R_BUSY,
	   "not for three: busy");
	ok(!store_job(s, hex_id(12), &j, &e), "and nothing is kept");
	ok(submit(11, "a", &queue, &j, &is_new, &e) && !is_new,
	   "what is there is answered");
	job_free(&j);
	ok(!submit(12, "a", &token, &j, &is_new, &e) &&
	   e.reason == VORW_R_QUOTA, "a token's quota of waiting jobs");
	ok(!submit(12, "a", &minute, &j, &is_new, &e) &&
	   e.reason == VORW_R_QUOTA, "and of new ones in a minute");
	ok(submit(12, "b", &token, &j, &is_new, &e), "is no other's");
	job_free(&j);
	/* a has one running then: b, who came later, is next */
	claim("w", &j, &any);
	ok(!strcmp(j.token, "a"), "first come, first served");
	finish(j.id, j.fence, VORW_R_OK, false, &mine);
	job_free(&j);
	submit(13, "a", NULL, &j, &is_new, &e);
	job_free(&j);
	claim("w", &j, &any);
	job_free(&j);
	claim("w", &j, &any);
	ok(!strcmp(j.token, "b"), "but not one token all the time");
	job_free(&j);
	store_worker_gone(s, "w", &e);
	while (claim("w", &j, &any) && any) {
		finish(j.id, j.fence, VORW_R_OK, false, &mine);
		job_free(&j);
	}
}

/* Jobs of the same millisecond, one a page: each is listed once. */
static void pages(void)
{
	struct store_filter f = { .target = "paged", .max = 1 };
	char last[STORE_ID_LEN + 1] = "";
	struct vorw_err e = { 0 };
	unsigned pages = 0, good = 0;
	struct job *jobs;
	struct db *db;
	size_t n;

	if (!db_open(&db, where, &e) ||
	    !DB_RUN(db, NULL, &e, "INSERT INTO objects (sha256, bytes, size,"
		    " created) VALUES ($1, $2, 1, 1)", DB_S("page"),
		    DB_B("x", 1)) ||
	    !DB_RUN(db, NULL, &e, "INSERT INTO jobs (id, object, target,"
		    " identity, options, token, state, reason, created, updated,"
		    " finished) SELECT x.id, 'page', 'paged', 'i', '{}', '',"
		    " 'refused', $1, 1000, 1000, vorw_now() FROM (SELECT 'a' AS id"
		    " UNION SELECT 'b' UNION SELECT 'c') x", DB_S("r")))
		diag("%s", e.msg);
	db_close(db);
	while (store_list(s, &f, &jobs, &n, &e) && n == 1 && pages++ < 9) {
		good += strcmp(jobs[0].id, last) > 0;
		strcpy(last, jobs[0].id);
		f.before = jobs[0].created;
		f.before_id = last;
		job_free(&jobs[0]);
		free(jobs);
	}
	free(jobs);
	ok(pages == 3 && good == 3, "three jobs of one millisecond: three pages");
}

/* Of more jobs than one statement asks for; job 20 is there, 5 is not. */
static void versions(void)
{
	struct store_change c[11];
	struct vorw_err e = { 0 };
	unsigned i, good = 0;
	struct job j;

	for (i = 0; i < ARRAY_LEN(c); i++)
		strcpy(c[i].id, hex_id(i % 5 == 4 ? 5 : 20));
	if (!store_job(s, hex_id(20), &j, &e) ||
	    !store_versions(s, c, ARRAY_LEN(c), &e))
		diag("%s", e.msg);
	for (i = 0; i < ARRAY_LEN(c); i++)
		good += c[i].version == (i % 5 == 4 ? -1 : j.version);
	is(good, ARRAY_LEN(c), "versions of jobs by their ids");
	job_free(&j);
}

static void lists(void)
{
	const struct store_filter by[] = {
		{ .state = "refused" }, { .object = hex_id(3) },
		{ .blob = hex_id(77), .max = 2 }, { .target = "riscv" },
	};
	static const size_t want[] = { 1, 2, 2, 0 };
	struct vorw_err e = { 0 };
	struct store_change *c;
	struct store_counts counts;
	int64_t now, then, gone;
	struct job *jobs, j;
	size_t i, k, n;
	bool is_new;

	for (i = 0; i < ARRAY_LEN(by); i++) {
		if (!store_list(s, &by[i], &jobs, &n, &e))
			diag("%s", e.msg);
		is(n, want[i], "list, filter %zu", i);
		for (k = 0; k < n; k++)
			job_free(&jobs[k]);
		free(jobs);
	}
	ok(store_changes(s, INT64_MAX, &c, &n, &now, &e) && !n && now,
	   "nothing changed in the future");
	free(c);
	submit(20, "", NULL, &j, &is_new, &e);
	job_free(&j);
	ok(store_changes(s, now, &c, &n, &then, &e) && n >= 1 &&
	   !strcmp(c[n - 1].id, hex_id(20)) && then >= now,
	   "what changed since");
	free(c);
	versions();
	pages();
	ok(store_count(s, &counts, &e) && counts.queued == 1 &&
	   counts.running == 0 && counts.refused == 4 && counts.failed == 1 &&
	   counts.blobs == 1 && counts.attempts_lost >= 2, "counted");
	ok(store_expire(s, 3600000, &gone, &e) && !gone,
	   "what is young stays");
	ok(store_expire(s, -1000, &gone, &e) && gone > 3 &&
	   store_count(s, &counts, &e) && !counts.done && !counts.blobs &&
	   counts.objects == 1 && counts.queued == 1,
	   "what is old goes, what waits stays");
	ok(counts.attempts_lost >= 2, "and what was lost still counts");
}

static void tokens(void)
{
	const struct store_token t = {
		.id = "abc", .name = "ci", .scopes = SCOPE_SUBMIT,
		.per_minute = 7,
	};
	struct store_token got, *all = NULL;
	int64_t was = 0;
	struct vorw_err e = { 0 };
	size_t n;

	ok(store_token_add(s, &t, "hash", &e), "token added");
	ok(store_token_find(s, "hash", &got, &e) && got.per_minute == 7 &&
	   got.scopes == SCOPE_SUBMIT && !strcmp(got.name, "ci"), "found");
	ok(!store_token_find(s, "HASH", &got, &e) &&
	   e.reason == VORW_R_UNAUTHORIZED, "another is not");
	memset(&e, 0, sizeof(e));
	ok(store_token_add(s, &t, "hash", &e),
	   "added again, as after an answer that was lost: well");
	ok(!store_token_add(s, &t, "hash2", &e) && e.reason == VORW_R_STORE,
	   "another one's id is not taken");
	memset(&e, 0, sizeof(e));
	ok(store_token_revoke(s, "abc", &e), "revoked");
	ok(!store_token_find(s, "hash", &got, &e) &&
	   e.reason == VORW_R_UNAUTHORIZED, "not found any more");
	memset(&e, 0, sizeof(e));
	ok(store_token_list(s, &all, &n, &e) && n == 1 && (was = all[0].revoked),
	   "listed");
	free(all);
	usleep(5000);
	ok(store_token_revoke(s, "abc", &e), "twice: it is");
	ok(!store_token_revoke(s, "abd", &e) && e.reason == VORW_R_NOT_FOUND,
	   "not one that is not there");
	memset(&e, 0, sizeof(e));
	ok(store_token_list(s, &all, &n, &e) && n == 1 &&
	   all[0].revoked == was, "still listed, with the time of the first");
	free(all);
}

/* Takes jobs until there are none; leaves every fifth as if it had died. */
static int crowd_member(unsigned me)
{
	struct vorw_err e = { 0 };
	struct store_result r = { 0 };
	char name[32], blob[STORE_ID_LEN + 1];
	bool any = true, mine;
	unsigned n = 0;
	struct job j;

	snprintf(name, sizeof(name), "crowd-%u", me);
	if (!store_open(&s, where, &e))
		return 1;
	while (store_claim(s, name, LEASE, NULL, &j, &any, &e) && any) {
		snprintf(blob, sizeof(blob), "%s", j.id);
		blob[0] = 'b';
		r.blob = r.content = blob;
		r.bytes = (const u8 *)j.id;
		r.size = STORE_ID_LEN;
		if (++n % 5 == me % 5 && j.attempts == 1)
			store_worker_gone(s, name, &e);
		else if (!store_finish(s, j.id, j.fence, &r, &mine, &e) ||
			 !mine)
			break;
		job_free(&j);
	}
	if (any)
		diag("worker %u: %s", me, e.msg);
	store_close(s);
	return any;
}

static void crowd(void)
{
	struct vorw_err e = { 0 };
	struct store_counts c;
	unsigned i, bad = 0;
	struct job j;
	bool is_new;
	int status;

	for (i = 0; i < MANY; i++) {
		if (!submit(1000 + i, "c", NULL, &j, &is_new, &e))
			diag("%s", e.msg);
		job_free(&j);
	}
	store_close(s);
	fflush(stdout);
	for (i = 0; i < CROWD; i++)
		if (!fork())
			_exit(crowd_member(i));
	while (wait(&status) > 0)
		bad += status != 0;
	is(bad, 0, "%u processes took jobs at once", CROWD);
	ok(store_open(&s, where, &e), "opened again");
	ok(store_count(s, &c, &e), "counted");
	is(c.queued + c.running + c.failed + c.refused, 0,
	   "no job is lost or left");
	/* the one that lists() left is among them */
	is(c.done, MANY + 1, "each is done");
	is(c.blobs, MANY + 1, "with a blob of its own");
	ok(c.attempts_lost > 0, "though some were left half way");
}

/* Who waits hears of it from another connection, where there is a way to. */
static void told(void)
{
	struct vorw_err e = { 0 };
	struct store *waits = NULL;
	time_t start = time(NULL);
	struct job j;
	bool is_new;

	if (!ok(store_open(&waits, where, &e) &&
		store_listen(waits, STORE_WORK, &e), "listen for work"))
		diag("%s", e.msg);
	if (store_tells(waits)) {
		ok(submit(900, "t", NULL, &j, &is_new, &e) && is_new,
		   "a job comes in");
		job_free(&j);
		store_wait(waits, -1, 120000);
		ok(time(NULL) < start + 60, "who listens is told");
	}
	start = time(NULL);
	store_wait(waits, -1, 10);
	ok(true, "and waits no longer than it said, when nothing comes");
	store_close(waits);
}

/* A signer that is away, or a worker without the target, costs no attempt. */
static void long_log(void)
{
	const size_t line = 100, n = 12u << 20;
	struct store_new new = new_job(0x8101);
	struct vorw_err e = { 0 };
	char *log = malloc(n + 1);
	struct store_result r = {
		.reason = VORW_R_VERIFIER, .message = "m", .log = log,
	};
	bool is_new, any, mine;
	const char *note;
	struct job j, w;
	size_t i;

	for (i = 0; i < n; i++)
		log[i] = i % line == line - 1 ? '\n' : 'a';
	memcpy(log, "first", 5);
	memcpy(log + n - 6, "last!\n", 7);
	store_submit_all(s, &new, 1, &(struct store_limits){ 0 }, &is_new,
			 &e);
	if (!claim("w", &w, &any) || !any ||
	    !ok(store_finish(s, w.id, w.fence, &r, &mine, &e) && mine,
		"a log of 12 MiB"))
		return;
	job_free(&w);
	if (!store_job(s, new.id, &j, &e))
		return;
	ok(strlen(j.log) <= STORE_LOG_MAX &&
	   strlen(j.log) > STORE_LOG_MAX / 2, "of which 4 are kept");
	note = strstr(j.log, "\n[the service keeps ");
	ok(!strncmp(j.log, "first", 5) && note &&
	   !strcmp(j.log + strlen(j.log) - 6, "last!\n"),
	   "beginning, end, and a note where it is cut");
	ok(note && note > j.log && note[-1] == '\n' &&
	   !strncmp(strstr(note + 1, "\n\n") + 2, "aaaa", 4) &&
	   (size_t)(strchr(strstr(note + 1, "\n\n") + 2, '\n') -
		    strstr(note + 1, "\n\n")) == line + 1,
	   "between lines");
	job_free(&j);
	free(log);
}

static void outages(void)
{
	const struct store_result away = {
		.reason = VORW_R_SIGNER, .again = true, .message = "m",
		.outage_ms = 3600 * 1000,
	}, too_long = {
		.reason = VORW_R_SIGNER, .again = true, .message = "m",
		.outage_ms = 1,
	};
	static const struct store_skip not_i = { .identity = { [3] = "i" } };
	struct store_new n = new_job(0x8001);
	struct vorw_err e = { 0 };
	bool is_new, any, mine;
	unsigned i, given = 0;
	struct job w;

	/* what the others left */
	while (claim("w", &w, &any) && any) {
		finish(w.id, w.fence, VORW_R_VERIFIER, false, &mine);
		job_free(&w);
	}
	ok(store_submit_all(s, &n, 1, &(struct store_limits){ 0 }, &is_new,
			    &e) && is_new, "a job for an outage");
	for (i = 0; i < 3 * JOB_ATTEMPTS; i++) {
		if (!claim("w", &w, &any) || !any)
			break;
		given += store_finish(s, w.id, w.fence, &away, &mine, &e) &&
			 mine && state_is(n.id, "queued");
		job_free(&w);
	}
	is(given, 3 * JOB_ATTEMPTS, "given back more often than it may be tried");
	ok(store_claim(s, "w", LEASE, &not_i, &w, &any, &e) && !any,
	   "who has another target does not get it");
	ok(store_claim(s, "v", LEASE, &(struct store_skip){ { "j" } }, &w,
		       &any, &e) && any && w.attempts == 1,
	   "who has it does, as the first attempt");
	ok(store_finish(s, w.id, w.fence - 1, &away, &mine, &e) && !mine,
	   "an older holder gives nothing back");
	usleep(5000);
	ok(store_finish(s, w.id, w.fence, &too_long, &mine, &e) && mine &&
	   state_is(n.id, "queued"), "too old for it: tried again");
	job_free(&w);
	for (i = 1; i < JOB_ATTEMPTS && claim("w", &w, &any) && any; i++) {
		store_finish(s, w.id, w.fence, &too_long, &mine, &e);
		job_free(&w);
	}
	ok(state_is(n.id, "failed"), "and failed in the end");
}

/* One that writes, or cleans up, holds up no start. */
static void open_locked(void)
{
	struct vorw_err e = { 0 };
	struct store *more = NULL;
	struct db *db = NULL;

	ok(db_open(&db, where, &e) && db_begin(db, &e) &&
	   DB_RUN(db, NULL, &e, "UPDATE totals SET value = value"
		  " WHERE name = $1", DB_S("leases_lost")) &&
	   store_open(&more, where, &e) && db_end(db, true, &e),
	   "a store is opened while another one writes");
	if (e.reason != VORW_R_OK)
		diag("%s", e.msg);
	store_close(more);
	db_close(db);
}

/* Claim until there is nothing to be had; which token's, how many of each. */
static void claim_all(unsigned n[2])
{
	struct job j;
	bool any;

	while (claim("w0", &j, &any) && any) {
		n[j.token[0] == 'B']++;
		job_free(&j);
	}
}

static void end_all(void)
{
	struct vorw_err e = { 0 };
	bool any = true, mine;
	struct job j;

	while (any) {
		store_worker_gone(s, "w0", &e);
		if (!claim("w0", &j, &any))
			return;
		if (any && !finish(j.id, j.fence, VORW_R_VERIFIER, false,
				   &mine))
			return;
		if (any)
			job_free(&j);
	}
}

/* Exit status: how often more were running than may. */
static int rusher(unsigned me, unsigned most)
{
	struct vorw_err e = { 0 };
	struct store_counts c;
	unsigned bad = 0, i;
	bool any, mine;
	char name[32];
	struct job j;

	snprintf(name, sizeof(name), "rush-%u", me);
	if (!store_open(&s, where, &e))
		return 100;
	for (i = 0; i < RUSH; i++) {
		if (!claim(name, &j, &any) || !store_count(s, &c, &e))
			return 101;
		bad += c.running > most;
		if (any)
			finish(j.id, j.fence, VORW_R_VERIFIER, false, &mine);
		job_free(&j);
	}
	store_close(s);
	return bad;
}

/* Several that claim at the same time. */
static void rush(void)
{
	struct vorw_err e = { 0 };
	unsigned i, bad = 0;
	struct job j;
	bool is_new;
	char name[32];
	int status;

	for (i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "rush-%u", i);
		store_worker_here(s, name, &e);
	}
	store_worker_gone(s, "w0", &e);
	for (i = 0; i < CROWD * RUSH; i++) {
		submit(0xa000 + i, "A", NULL, &j, &is_new, &e);
		job_free(&j);
	}
	store_close(s);
	fflush(stdout);
	for (i = 0; i < CROWD; i++)
		if (!fork())
			_exit(rusher(i, CROWD - 1));
	while (wait(&status) > 0)
		bad += WIFEXITED(status) ? WEXITSTATUS(status) : 100;
	is(bad, 0, "of %u that claim at once, one gets nothing", CROWD);
	if (!store_open(&s, where, &e))
		diag("%s", e.msg);
	for (i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "rush-%u", i);
		store_worker_gone(s, name, &e);
	}
}

/* A submission that is not committed yet, as another front end's. */
static int slow_front(int told)
{
	struct vorw_err e = { 0 };
	struct db *db;
	bool good;

	good = db_open(&db, where, &e) && db_begin(db, &e) &&
	       db_one_at_a_time(db, &e) &&
	       DB_RUN(db, NULL, &e, "INSERT INTO objects"
		      " (sha256, bytes, size, created) VALUES ($1, $2, 1, 1)",
		      DB_S("slow"), DB_B("x", 1)) &&
	       DB_RUN(db, NULL, &e, "INSERT INTO jobs (id, object, target,"
		      " identity, options, token, state, created, updated)"
		      " VALUES ($1, $1, $1, $1, $1, $2, 'queued', vorw_now(),"
		      " vorw_now())", DB_S("slow"), DB_S("q")) &&
	       write(told, "x", 1) == 1;
	usleep(500000);
	good = good && db_end(db, true, &e);
	if (!good)
		diag("%s", e.msg);
	return !good;
}

static void two_fronts(void)
{
	const struct store_limits one = { .token_queued = 1 };
	struct vorw_err e = { 0 };
	struct job j;
	int p[2], status;
	bool is_new;
	char c;

	end_all();
	fflush(stdout);
	if (pipe(p))
		return;
	if (!fork())
		_exit(slow_front(p[1]));
	close(p[1]);
	ok(read(p[0], &c, 1) == 1, "another front end has nearly accepted a job");
	close(p[0]);
	ok(!submit(0xc000, "q", &one, &j, &is_new, &e) &&
	   e.reason == VORW_R_QUOTA, "which counts");
	job_free(&j);
	ok(wait(&status) > 0 && !status, "and is accepted");
	end_all();
}

/* A front end that submits three jobs, whose objects are these in this order. */
static int front(unsigned id, const char *const objects[3])
{
	static const struct store_limits lim = { .queued = 1000 };
	struct vorw_err e = { 0 };
	struct store_new n[3];
	bool is_new[3];
	unsigned i;

	for (i = 0; i < 3; i++) {
		n[i] = new_job(id + i);
		n[i].object = objects[i];
	}
	if (store_open(&s, where, &e) &&
	    store_submit_all(s, n, 3, &lim, is_new, &e))
		return 0;
	diag("%s", e.msg);
	return 1;
}

/* Until two of them wait for somebody else's object. */
static bool both_wait(struct db *db)
{
	struct vorw_err e = { 0 };
	struct db_rows r;
	unsigned i;
	int64_t n = 0;

	for (i = 0; i < 300 && n < 2; i++) {
		usleep(100000);
		if (!db_run(db, "SELECT count(*) FROM pg_stat_activity"
			    " WHERE wait_event_type = 'Lock' AND query LIKE"
			    " 'INSERT INTO objects%'", NULL, 0, &r, &e))
			return false;
		n = db_int(&r, 0, 0);
		db_rows_free(&r);
	}
	return n == 2;
}

/* Two front ends that write bytes, which takes as long as it takes. */
static void slow_bytes(void)
{
	static const char *const there[] = { "lo", "a-gate", "up" };
	static const char *const back[] = { "up", "a-gate", "lo" };
	struct db *gate = NULL, *other = NULL;
	struct vorw_err e = { 0 };
	struct db_rows r = { 0 };
	int status, bad = 0;

	if (!store_tells(s))
		return;
	fflush(stdout);
	ok(db_open(&other, where, &e) && db_open(&gate, where, &e) &&
	   DB_RUN(other, &r, &e, "SELECT count(*) FROM pg_attribute WHERE"
		  " attname = 'bytes' AND attstorage = $1 AND attrelid IN"
		  " ('objects'::regclass, 'blobs'::regclass)", DB_S("e")) &&
	   db_int(&r, 0, 0) == 2, "PostgreSQL does not compress them");
	db_rows_free(&r);
	ok(db_begin(gate, &e) &&
	   DB_RUN(gate, NULL, &e, "INSERT INTO objects"
		  " (sha256, bytes, size, created) VALUES ($1, $2, 1, 1)",
		  DB_S("a-gate"), DB_B("x", 1)), "an object, not committed");
	if (!fork())
		_exit(front(0xd000, there));
	if (!fork())
		_exit(front(0xd010, back));
	ok(both_wait(other), "two submissions wait for it");
	db_patience(other, 3000);
	ok(db_begin(other, &e) && db_one_at_a_time(other, &e) &&
	   db_end(other, true, &e), "nobody else waits for them");
	if (e.reason != VORW_R_OK)
		diag("%s", e.msg);
	db_close(other);
	db_end(gate, false, &e);
	db_close(gate);
	while (wait(&status) > 0)
		bad += status != 0;
	is(bad, 0, "with the same objects in another order they do not deadlock");
	end_all();
}

static void fairness(void)
{
	struct store_token t = { .name = "n", .scopes = SCOPE_SUBMIT };
	unsigned i, one[2] = { 0 }, both[2] = { 0 }, alone[2] = { 0 };
	unsigned single[2] = { 0 };
	struct vorw_err e = { 0 };
	struct store_counts c;
	struct job j;
	bool is_new;

	end_all();
	strcpy(t.id, "A");
	store_token_add(s, &t, "hash-A", &e);
	for (i = 0; i < 4; i++)
		store_worker_here(s, (const char *[]){ "w0", "w1", "w2",
						       "w0" }[i], &e);
	ok(store_count(s, &c, &e) && c.workers == 3, "three workers are there");
	for (i = 0; i < 5; i++) {
		submit(0x9000 + i, "A", NULL, &j, &is_new, &e);
		job_free(&j);
	}
	claim_all(alone);
	is(alone[0], 5, "the only token there is has all workers");
	store_worker_gone(s, "w0", &e);
	store_worker_here(s, "w0", &e);
	strcpy(t.id, "B");
	store_token_add(s, &t, "hash-B", &e);
	claim_all(one);
	is(one[0], 2, "with a second token, one worker is left");
	for (i = 0; i < 2; i++) {
		submit(0x9100 + i, "B", NULL, &j, &is_new, &e);
		job_free(&j);
	}
	claim_all(both);
	ok(!both[0] && both[1] == 2, "which that gets");
	end_all();
	store_worker_gone(s, "w1", &e);
	store_worker_gone(s, "w2", &e);
	store_worker_here(s, "w0", &e);
	for (i = 0; i < 3; i++) {
		submit(0x9200 + i, "A", NULL, &j, &is_new, &e);
		job_free(&j);
	}
	claim_all(single);
	is(single[0], 1, "the only worker is nobody's to leave");
	end_all();
	rush();
	end_all();
	store_token_revoke(s, "A", &e);
	store_token_revoke(s, "B", &e);
}

/* Ended by the server, which this side has not heard of. */
static bool cut(void)
{
	struct vorw_err e = { 0 };
	struct db *db;
	bool good;

	good = db_open(&db, where, &e) &&
	       DB_RUN(db, NULL, &e, "SELECT pg_terminate_backend(pid, $1)"
		      " FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
		      " AND backend_type = 'client backend'", DB_I(10000));
	if (!good)
		diag("%s", e.msg);
	db_close(db);
	return good;
}

static time_t seconds_of(struct db *db, const char *sql, const void *p,
			 size_t n, bool *good)
{
	time_t start = time(NULL);
	struct vorw_err e = { 0 };

	*good = DB_RUN(db, NULL, &e, sql, DB_B(p, n));
	return time(NULL) - start;
}

/* A server that takes no more of a large statement, or takes it all and then says
 * nothing: not a minute of patience for its size. */
static void hangs(void)
{
	const size_t n = 48u << 20, fewer = 16u << 20;
	struct vorw_err e = { 0 };
	struct db *db = NULL;
	struct db_rows r;
	bool good = true;
	time_t took;
	pid_t pid;
	u8 *p;

	if (!store_tells(s))
		return;
	p = calloc(1, n);
	if (!ok(p && db_open(&db, where, &e) &&
		DB_RUN(db, &r, &e, "SELECT pg_backend_pid(), $1", DB_S("x")),
		"a connection of its own"))
		goto out;
	pid = db_int(&r, 0, 0);
	db_rows_free(&r);
	db_patience(db, 1000);
	took = seconds_of(db, "SELECT length($1::bytea)", p, n, &good);
	ok(good, "which takes 48 MiB, in %ld s", (long)took);
	kill(pid, SIGSTOP);
	took = seconds_of(db, "SELECT length($1::bytea)", p, n, &good);
	kill(pid, SIGCONT);
	ok(!good && took < 10, "a server that hangs while it is sent 48 MiB: %ld s",
	   (long)took);
	took = seconds_of(db, "SELECT length($1::bytea), pg_sleep(30)", p,
			  fewer, &good);
	ok(!good && took > 1 && took < 10, "or when it has 16: %ld s",
	   (long)took);
out:
	db_close(db);
	free(p);
}

static void lost_connection(void)
{
	struct vorw_err e = { 0 };
	bool is_new, any, mine;
	struct db *db = NULL;
	struct job j, w;

	end_all();
	ok(submit(0xb000, "", NULL, &j, &is_new, &e) && is_new &&
	   claim("w", &w, &any) && any && w.attempts == 1 &&
	   store_give_back_all(s, "other", &e) && state_is(w.id, "running") &&
	   store_give_back_all(s, "w", &e) && state_is(w.id, "queued"),
	   "what a worker has by the store's account is given back");
	job_free(&j);
	job_free(&w);
	if (!store_tells(s)) {
		claim("w", &w, &any);
		job_free(&w);
		end_all();
		return;
	}
	ok(cut() && store_ping(s, &e) && !store_lost(s),
	   "a connection that was cut is made anew by the statement that finds it");
	ok(cut() && claim("w", &w, &any) && any && w.attempts == 1,
	   "a claim is no worse");
	ok(cut() && store_beat(s, w.id, w.fence, LEASE, "l", &mine, &e) && mine,
	   "nor a beat");
	ok(cut() && finish(w.id, w.fence, VORW_R_OK, false, &mine) && mine &&
	   state_is(w.id, "done"), "nor a result, which is a transaction");
	job_free(&w);
	ok(db_open(&db, where, &e) && db_begin(db, &e) && cut() &&
	   !DB_RUN(db, NULL, &e, "SELECT $1", DB_S("1")) && db_lost(db),
	   "in the middle of a transaction a statement fails");
	memset(&e, 0, sizeof(e));
	ok(!db_end(db, true, &e), "and so does its end");
	memset(&e, 0, sizeof(e));
	ok(DB_RUN(db, NULL, &e, "SELECT $1", DB_S("1")) && !db_lost(db),
	   "what comes behind it does not");
	db_close(db);
}

int main(int argc, char **argv)
{
	struct vorw_err e = { 0 };

	if (argc != 2)
		return 2;
	where = argv[1];
	if (!ok(store_open(&s, where, &e), "an empty database is set up")) {
		diag("%s", e.msg);
		return tap_done();
	}
	life();
	trouble();
	limits();
	lists();
	tokens();
	crowd();
	together();
	told();
	outages();
	long_log();
	fairness();
	two_fronts();
	slow_bytes();
	open_locked();
	lost_connection();
	hangs();
	store_close(s);
	return tap_done();
}
