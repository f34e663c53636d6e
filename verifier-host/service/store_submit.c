// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* store_submit.c - a job comes in: once, and within the limits. */
#include <string.h>
#include "store_int.h"

static bool ask_int(struct db *db, const char *sql, const char *arg,
		    int64_t *v, struct vorw_err *e)
{
	const struct db_value values[] = { DB_S(arg) };
	struct db_rows r;

	if (!db_run(db, sql, values, arg ? 1 : 0, &r, e))
		return false;
	*v = r.nrows ? db_int(&r, 0, 0) : 0;
	db_rows_free(&r);
	return true;
}

static bool within(struct db *db, const struct store_new *n,
		   const struct store_limits *lim, struct vorw_err *e)
{
	int64_t have;

	if (lim->queued) {
		if (!ask_int(db, "SELECT count(*) FROM jobs"
			     " WHERE state = 'queued'", NULL, &have, e))
			return false;
		if (have >= lim->queued)
			return vorw_fail(e, VORW_R_BUSY,
					 "the queue is full: %lld waiting",
					 (long long)have);
	}
	if (lim->token_queued) {
		if (!ask_int(db, "SELECT count(*) FROM jobs WHERE token = $1"
			     " AND state IN ('queued', 'running')", n->token,
			     &have, e))
			return false;
		if (have >= lim->token_queued)
			return vorw_fail(e, VORW_R_QUOTA,
					 "jobs of this token that wait or run: %lld, at most %lld may",
					 (long long)have,
					 (long long)lim->token_queued);
	}
	if (lim->token_minute) {
		if (!ask_int(db, "SELECT count(*) FROM jobs WHERE token = $1"
			     " AND created > vorw_now() - 60000", n->token,
			     &have, e))
			return false;
		if (have >= lim->token_minute)
			return vorw_fail(e, VORW_R_QUOTA,
					 "jobs of this token in the last minute: %lld, at most %lld may be",
					 (long long)have,
					 (long long)lim->token_minute);
	}
	return true;
}

static bool add_object(struct db *db, const char *sha256, const u8 *bytes,
		       size_t size, struct vorw_err *e)
{
	return DB_RUN(db, NULL, e,
		      "INSERT INTO objects (sha256, bytes, size, created)"
		      " VALUES ($1, $2, $3, vorw_now())"
		      " ON CONFLICT (sha256) DO NOTHING",
		      DB_S(sha256), DB_B(bytes, size), DB_I(size));
}

/* Those of all jobs, each once, in the order of their digests: two submissions
 * that have two objects in common wait for each other, and not in a circle. */
static bool add_objects(struct db *db, const struct store_new *n, size_t count,
			struct vorw_err *e)
{
	const struct store_new *at = NULL;
	const char *last = "", *next;
	bool extra = false;
	size_t i;

	for (;;) {
		next = NULL;
		for (i = 0; i < count; i++) {
			if (strcmp(n[i].object, last) > 0 &&
			    (!next || strcmp(n[i].object, next) < 0)) {
				next = n[i].object;
				at = &n[i];
				extra = false;
			}
			if (n[i].extra && strcmp(n[i].extra, last) > 0 &&
			    (!next || strcmp(n[i].extra, next) < 0)) {
				next = n[i].extra;
				at = &n[i];
				extra = true;
			}
		}
		if (!next)
			return true;
		if (!add_object(db, next, extra ? at->extra_bytes : at->bytes,
				extra ? at->extra_size : at->size, e))
			return false;
		last = next;
	}
}

static bool insert(struct db *db, const struct store_new *n, bool *is_new,
		   struct vorw_err *e)
{
	struct db_rows r;

	if (!DB_RUN(db, &r, e,
		    "INSERT INTO jobs (id, object, extra, target, identity,"
		    " options, token, state, created, updated)"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued',"
		    " vorw_now(), vorw_now())"
		    " ON CONFLICT (id) DO UPDATE SET state = 'queued',"
		    " token = $7, attempts = 0, worker = NULL,"
		    " progress = '', reason = NULL, message = NULL,"
		    " log = NULL, started = NULL, finished = NULL,"
		    " created = vorw_now(), updated = vorw_now(),"
		    " version = jobs.version + 1 WHERE jobs.state = 'failed'",
		    DB_S(n->id), DB_S(n->object), DB_S(n->extra),
		    DB_S(n->target), DB_S(n->identity), DB_S(n->options),
		    DB_S(n->token)))
		return false;
	*is_new = r.changed > 0;
	db_rows_free(&r);
	return true;
}

/* There, and not for a new try? */
static bool is_there(struct db *db, const char *id, bool *there,
		     struct vorw_err *e)
{
	int64_t n;

	if (!ask_int(db, "SELECT count(*) FROM jobs WHERE id = $1"
		     " AND state <> 'failed'", id, &n, e))
		return false;
	*there = n;
	return true;
}

/* In a transaction, so that the limits count those before it; and, where there
 * are limits, one front end at a time: another one's, not committed yet, would
 * not be counted.  Their bytes are written before, as that takes seconds, and
 * workers wait for the same lock. */
static bool add_all(struct db *db, const struct store_new *n, size_t count,
		    const struct store_limits *lim, bool *is_new,
		    struct vorw_err *e)
{
	bool there;
	size_t i;

	if (!add_objects(db, n, count, e) ||
	    ((lim->queued || lim->token_queued || lim->token_minute) &&
	     !db_one_at_a_time(db, e)))
		return false;
	for (i = 0; i < count; i++)
		if (!is_there(db, n[i].id, &there, e) ||
		    (!there && (!within(db, &n[i], lim, e) ||
				!insert(db, &n[i], &is_new[i], e))))
			return false;
	return true;
}

bool store_submit_all(struct store *s, const struct store_new *n, size_t count,
		      const struct store_limits *lim, bool *is_new,
		      struct vorw_err *e)
{
	bool all_there = true, there;
	size_t i;

	memset(is_new, 0, count * sizeof(*is_new));
	/* What is known costs no transaction that writes, nor does what is
	 * beyond a limit already. */
	for (i = 0; i < count; i++) {
		if (!is_there(s->db, n[i].id, &there, e) ||
		    (!there && all_there && !within(s->db, &n[i], lim, e)))
			return false;
		all_there = all_there && there;
	}
	return all_there ||
	       (db_begin(s->db, e) &&
		db_end(s->db, add_all(s->db, n, count, lim, is_new, e) &&
		       store_tell(s, STORE_WORK, e), e));
}

bool store_submit(struct store *s, const struct store_new *n,
		  const struct store_limits *lim, struct job *j, bool *is_new,
		  struct vorw_err *e)
{
	memset(j, 0, sizeof(*j));
	return store_submit_all(s, n, 1, lim, is_new, e) &&
	       store_job(s, n->id, j, e);
}
