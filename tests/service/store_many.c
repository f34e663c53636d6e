// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * store_many.c - several processes at a store at the same time, and a database
 * that hangs or is gone.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "service/db.h"
#include "store_test.h"
#include "unit/tap.h"

#define CROWD	4	/* worker processes */
#define MANY	120	/* their jobs */
#define RUSH	8	/* of each */

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

void crowd(void)
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

void contend(void)
{
	fairness();
	two_fronts();
	slow_bytes();
	open_locked();
}

void away(void)
{
	lost_connection();
	hangs();
}
