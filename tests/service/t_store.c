// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_store.c - the store, one behaviour per result, on an empty database.
 *
 *	t_store FILE | postgresql://…
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "service/db.h"
#include "store_test.h"
#include "unit/tap.h"

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
	contend();
	away();
	store_close(s);
	return tap_done();
}
