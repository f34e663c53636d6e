// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* store_work.c - what a worker does to a job; each step is fenced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "store_int.h"

/* A worker that sends lines without end fills no disk. */
#define PROGRESS_MAX	16384

/* 0: its worker has said that it ends (store_worker_gone()).  ms: a parameter,
 * how long a database has to be up before who could not renew has lost it. */
#define LEASE_OVER(ms) \
	"state = 'running' AND lease_until < vorw_now() AND" \
	" (lease_until = 0 OR vorw_started() < vorw_now() - " ms ")"

/* Leases that ran out: back into the queue, or failed. */
static bool end_leases(struct db *db, int64_t lease_ms, struct vorw_err *e)
{
	struct db_rows r;
	int64_t lost;
	bool any;

	if (!DB_RUN(db, &r, e, "SELECT 1 FROM jobs WHERE " LEASE_OVER("$1")
		    " LIMIT 1", DB_I(lease_ms)))
		return false;
	any = r.nrows;
	db_rows_free(&r);
	if (!any)
		return true;
	if (!DB_RUN(db, &r, e, "UPDATE jobs SET state = 'failed',"
		      " reason = $1, message = $2, finished = vorw_now(),"
		      " updated = vorw_now(), version = version + 1,"
		      " lost = lost + 1 WHERE " LEASE_OVER("$4")
		      " AND attempts >= $3",
		      DB_S(vorw_reason_name(VORW_R_WORKER)),
		      DB_S(vorw_reason_text(VORW_R_WORKER)),
		      DB_I(JOB_ATTEMPTS), DB_I(lease_ms)))
		return false;
	lost = r.changed;
	db_rows_free(&r);
	/* not those whose lease ended since */
	if (!DB_RUN(db, &r, e, "UPDATE jobs SET state = 'queued',"
		      " worker = NULL, updated = vorw_now(),"
		      " version = version + 1, lost = lost + 1"
		      " WHERE " LEASE_OVER("$2") " AND attempts < $1",
		      DB_I(JOB_ATTEMPTS), DB_I(lease_ms)))
		return false;
	lost += r.changed;
	db_rows_free(&r);
	return !lost ||
	       DB_RUN(db, NULL, e, "UPDATE totals SET value = value + $1"
		      " WHERE name = 'leases_lost'", DB_I(lost));
}

/* Targets that a worker lacks, as parameters $1 to $8. */
#define NOT_LACKING	"j.identity NOT IN ($1, $2, $3, $4, $5, $6, $7, $8)"
_Static_assert(STORE_SKIP_MAX == 8, "as many as in the statement");

/* The token that has fewest running, of those with something in the queue.  One
 * look at the index jobs_next for each token, not for each job. */
static const char next_token[] =
	"SELECT token FROM (SELECT t.token AS token,"
	" (SELECT count(*) FROM jobs k WHERE k.state = 'running'"
	" AND k.token = t.token) AS active,"
	" (SELECT j.created FROM jobs j WHERE j.state = 'queued'"
	" AND j.token = t.token AND " NOT_LACKING
	" ORDER BY j.created, j.id LIMIT 1) AS head"
	" FROM (SELECT DISTINCT token FROM jobs WHERE state = 'queued') t) x"
	" WHERE head IS NOT NULL AND active < $9 ORDER BY active, head LIMIT 1";

static const char next_of_token[] =
	"SELECT j.id FROM jobs j WHERE j.state = 'queued' AND j.token = $9"
	" AND " NOT_LACKING " ORDER BY j.created, j.id LIMIT 1";
static const char next_of_any[] =
	"SELECT j.id FROM jobs j WHERE j.state = 'queued' AND " NOT_LACKING
	" ORDER BY j.created, j.id LIMIT 1";

static bool one_text(struct db *db, const char *sql, const struct db_value *v,
		     size_t n, char *to, size_t size, bool *any,
		     struct vorw_err *e)
{
	struct db_rows r;

	if (!db_run(db, sql, v, n, &r, e))
		return false;
	*any = r.nrows;
	if (*any)
		snprintf(to, size, "%s", db_str(&r, 0, 0));
	db_rows_free(&r);
	return true;
}

/* How many jobs of one token may run.  To be asked by one at a time, or two
 * would take the last worker at once. */
static bool token_limit(struct db *db, int64_t *most, struct vorw_err *e)
{
	struct db_rows r;
	bool shared;

	*most = INT64_MAX;
	if (!db_run(db, "SELECT 1 FROM tokens WHERE revoked IS NULL LIMIT 2",
		    NULL, 0, &r, e))
		return false;
	shared = r.nrows == 2;
	db_rows_free(&r);
	if (!shared)
		return true;
	if (!db_one_at_a_time(db, e) ||
	    !db_run(db, "SELECT " WORKERS_HERE, NULL, 0, &r, e))
		return false;
	*most = db_int(&r, 0, 0) > 2 ? db_int(&r, 0, 0) - 1 : 1;
	db_rows_free(&r);
	return true;
}

/*
 * The first in the queue, of the token that has fewest running: who submits
 * thousands waits for them, not the others.
 */
static bool next_id(struct db *db, const struct store_skip *skip,
		    char id[STORE_ID_LEN + 1], bool *any, struct vorw_err *e)
{
	struct db_value v[STORE_SKIP_MAX + 1];
	char sql[512], token[64];
	int64_t most;
	size_t i;

	if (!token_limit(db, &most, e))
		return false;
	v[STORE_SKIP_MAX] = DB_I(most);
	for (i = 0; i < STORE_SKIP_MAX; i++)
		v[i] = DB_S(skip && skip->identity[i][0] ?
			    skip->identity[i] : "-");
	if (!one_text(db, next_token, v, STORE_SKIP_MAX + 1, token,
		      sizeof(token), any, e))
		return false;
	if (!*any)
		return true;
	v[STORE_SKIP_MAX] = DB_S(token);
	snprintf(sql, sizeof(sql), "%s%s", next_of_token, db_skip_locked(db));
	if (!one_text(db, sql, v, STORE_SKIP_MAX + 1, id, STORE_ID_LEN + 1,
		      any, e))
		return false;
	if (*any || most != INT64_MAX)
		return true;
	/* others are just taking all of that token's */
	snprintf(sql, sizeof(sql), "%s%s", next_of_any, db_skip_locked(db));
	return one_text(db, sql, v, STORE_SKIP_MAX, id, STORE_ID_LEN + 1, any,
			e);
}

/* Anything to do?  Asked without a lock, as idle workers do it often. */
static bool worth_a_lock(struct db *db, int64_t lease_ms, bool *yes,
			 struct vorw_err *e)
{
	struct db_rows r;

	if (!DB_RUN(db, &r, e, "SELECT 1 FROM jobs WHERE state = 'queued' OR"
		    " (" LEASE_OVER("$1") ") LIMIT 1", DB_I(lease_ms)))
		return false;
	*yes = r.nrows;
	db_rows_free(&r);
	return true;
}

bool store_claim(struct store *s, const char *worker, int64_t lease_ms,
		 const struct store_skip *skip, struct job *j, bool *any,
		 struct vorw_err *e)
{
	char id[STORE_ID_LEN + 1];
	bool ok;

	memset(j, 0, sizeof(*j));
	if (!worth_a_lock(s->db, lease_ms, any, e))
		return false;
	if (!*any)
		return true;
	if (!db_begin(s->db, e))
		return false;
	ok = end_leases(s->db, lease_ms, e) && next_id(s->db, skip, id, any, e);
	if (ok && *any)
		ok = store_tell(s, STORE_CHANGES, e) &&
		     DB_RUN(s->db, NULL, e, "UPDATE jobs SET"
			    " state = 'running', worker = $2,"
			    " lease_until = vorw_now() + $3,"
			    " attempts = attempts + 1, fence = fence + 1,"
			    " started = vorw_now(), updated = vorw_now(),"
			    " version = version + 1 WHERE id = $1",
			    DB_S(id), DB_S(worker), DB_I(lease_ms));
	ok = db_end(s->db, ok, e);
	return ok && (!*any || store_job(s, id, j, e));
}

static bool one_row(struct db *db, const char *sql, const struct db_value *v,
		    size_t n, bool *mine, struct vorw_err *e)
{
	struct db_rows r;

	if (!db_run(db, sql, v, n, &r, e))
		return false;
	*mine = r.changed == 1;
	db_rows_free(&r);
	return true;
}

bool store_beat(struct store *s, const char *id, int64_t fence,
		int64_t lease_ms, const char *line, bool *mine,
		struct vorw_err *e)
{
	char text[600] = "";
	const struct db_value v[] = {
		DB_S(id), DB_I(fence), DB_I(lease_ms), DB_S(text),
		DB_I(PROGRESS_MAX),
	};

	if (!line)
		return one_row(s->db, "UPDATE jobs SET"
			       " lease_until = vorw_now() + $3 WHERE id = $1"
			       " AND fence = $2 AND state = 'running'", v, 3,
			       mine, e);
	snprintf(text, sizeof(text), "%.590s\n", line);
	/* v was made of the empty text */
	return one_row(s->db, "UPDATE jobs SET"
		       " lease_until = vorw_now() + $3,"
		       " progress = CASE WHEN length(progress) < $5"
		       " THEN progress || $4 ELSE progress END,"
		       " updated = vorw_now(), version = version + 1"
		       " WHERE id = $1 AND fence = $2 AND state = 'running'",
		       (const struct db_value[]){ v[0], v[1], v[2],
						  DB_S(text), v[4] },
		       5, mine, e) && store_tell(s, STORE_CHANGES, e);
}

/* The end says why a program was refused. */
#define LOG_HEAD	(STORE_LOG_MAX / 4)
#define LOG_NOTE	128

/* Malloc'd.  Whole lines are kept, where there are any. */
static char *cut_log(const char *log)
{
	size_t n = strlen(log), head = LOG_HEAD, at;
	const char *tail = log + n - (STORE_LOG_MAX - LOG_HEAD - LOG_NOTE);
	const char *line = memchr(tail, '\n', LOG_HEAD);
	char *to = malloc(STORE_LOG_MAX);

	if (!to)
		return NULL;
	if (line)
		tail = line + 1;
	for (at = head; at > head / 2; at--)
		if (log[at - 1] == '\n') {
			head = at;
			break;
		}
	snprintf(to, STORE_LOG_MAX, "%.*s\n[the service keeps %u bytes of a log: %zu are left out here]\n\n%s",
		 (int)head, log, STORE_LOG_MAX, (size_t)(tail - log) - head,
		 tail);
	return to;
}

static bool finish_bad(struct db *db, const char *id, int64_t fence,
		       const struct store_result *r, bool *mine,
		       struct vorw_err *e)
{
	const struct db_value v[] = {
		DB_S(id), DB_I(fence), DB_S(vorw_reason_name(r->reason)),
		DB_S(r->message), DB_S(r->log),
		DB_S(r->again ? "failed" : "refused"),
	};

	if (r->outage_ms) {
		const struct db_value few[] = {
			DB_S(id), DB_I(fence), DB_I(r->outage_ms)
		};

		if (!one_row(db, "UPDATE jobs SET state = 'queued',"
			     " worker = NULL, attempts = attempts - 1,"
			     " updated = vorw_now(), version = version + 1"
			     " WHERE id = $1 AND fence = $2"
			     " AND state = 'running'"
			     " AND created > vorw_now() - $3", few, 3, mine, e))
			return false;
		if (*mine)
			return true;
	}
	if (r->again) {
		const struct db_value few[] = {
			DB_S(id), DB_I(fence), DB_I(JOB_ATTEMPTS)
		};

		if (!one_row(db, "UPDATE jobs SET state = 'queued',"
			     " worker = NULL, updated = vorw_now(),"
			     " version = version + 1 WHERE id = $1"
			     " AND fence = $2 AND state = 'running'"
			     " AND attempts < $3", few, 3, mine, e))
			return false;
		if (*mine)
			return true;
	}
	return one_row(db, "UPDATE jobs SET state = $6, reason = $3,"
		       " message = $4, log = $5, finished = vorw_now(),"
		       " updated = vorw_now(), version = version + 1"
		       " WHERE id = $1 AND fence = $2 AND state = 'running'",
		       v, 6, mine, e);
}

static bool finish_done(struct db *db, const char *id, int64_t fence,
			const struct store_result *r, bool *mine,
			struct vorw_err *e)
{
	const struct db_value v[] = {
		DB_S(id), DB_I(fence), DB_S(r->blob), DB_S(r->content),
		DB_S(r->log), DB_S(r->report), DB_S(r->text),
	};

	return DB_RUN(db, NULL, e, "INSERT INTO blobs (sha256, bytes, created)"
		      " VALUES ($1, $2, vorw_now())"
		      " ON CONFLICT (sha256) DO NOTHING", DB_S(r->blob),
		      DB_B(r->bytes, r->size)) &&
	       one_row(db, "UPDATE jobs SET state = 'done', blob = $3,"
		       " content = $4, log = $5, report = $6, text = $7,"
		       " finished = vorw_now(), updated = vorw_now(),"
		       " version = version + 1 WHERE id = $1 AND fence = $2"
		       " AND state = 'running'", v, 7, mine, e);
}

/* Not any more: by a call of before, the answer to which was lost? */
static bool is_kept(struct db *db, const char *id, int64_t fence,
		    const struct store_result *r, bool *kept,
		    struct vorw_err *e)
{
	struct db_rows rows;

	if (!DB_RUN(db, &rows, e, "SELECT 1 FROM jobs WHERE id = $1"
		    " AND fence = $2 AND state = $3", DB_S(id), DB_I(fence),
		    DB_S(r->reason == VORW_R_OK ? "done" : "refused")))
		return false;
	*kept = rows.nrows;
	db_rows_free(&rows);
	return true;
}

bool store_finish(struct store *s, const char *id, int64_t fence,
		  const struct store_result *result, bool *mine,
		  struct vorw_err *e)
{
	struct store_result cut = *result, *r = &cut;
	char *log = NULL;
	bool ok;

	*mine = false;
	if (r->log && strlen(r->log) > STORE_LOG_MAX) {
		r->log = log = cut_log(r->log);
		if (!log)
			return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	ok = db_begin(s->db, e);
	if (!ok)
		goto out;
	ok = r->reason == VORW_R_OK ?
	     finish_done(s->db, id, fence, r, mine, e) :
	     finish_bad(s->db, id, fence, r, mine, e);
	if (ok && !*mine)
		ok = is_kept(s->db, id, fence, r, mine, e);
	ok = ok && store_tell(s, STORE_CHANGES, e) &&
	     (!r->again || store_tell(s, STORE_WORK, e));
	/* the blob of a job that is not ours any more is not kept */
	if (ok && !*mine)
		db_end(s->db, false, e);
	else
		ok = db_end(s->db, ok, e);
out:
	free(log);
	return ok;
}

bool store_give_back(struct store *s, const char *id, int64_t fence,
		     struct vorw_err *e)
{
	return DB_RUN(s->db, NULL, e, "UPDATE jobs SET state = 'queued',"
		      " worker = NULL, attempts = attempts - 1,"
		      " updated = vorw_now(), version = version + 1"
		      " WHERE id = $1 AND fence = $2 AND state = 'running'",
		      DB_S(id), DB_I(fence)) &&
	       store_tell(s, STORE_WORK, e);
}

bool store_give_back_all(struct store *s, const char *worker,
			 struct vorw_err *e)
{
	return DB_RUN(s->db, NULL, e, "UPDATE jobs SET state = 'queued',"
		      " worker = NULL, attempts = attempts - 1,"
		      " updated = vorw_now(), version = version + 1"
		      " WHERE worker = $1 AND state = 'running'",
		      DB_S(worker)) &&
	       store_tell(s, STORE_WORK, e);
}

/* Those that were killed on another machine have not said that they go. */
#define FORGET_MS	3600000

bool store_worker_here(struct store *s, const char *worker,
		       struct vorw_err *e)
{
	return DB_RUN(s->db, NULL, e, "INSERT INTO workers (name, seen)"
		      " VALUES ($1, vorw_now())"
		      " ON CONFLICT (name) DO UPDATE SET seen = vorw_now()",
		      DB_S(worker)) &&
	       DB_RUN(s->db, NULL, e, "DELETE FROM workers"
		      " WHERE seen < vorw_now() - $1", DB_I(FORGET_MS));
}

bool store_worker_gone(struct store *s, const char *worker,
		       struct vorw_err *e)
{
	return DB_RUN(s->db, NULL, e, "DELETE FROM workers WHERE name = $1",
		      DB_S(worker)) &&
	       DB_RUN(s->db, NULL, e, "UPDATE jobs SET lease_until = 0"
		      " WHERE worker = $1 AND state = 'running'",
		      DB_S(worker)) &&
	       store_tell(s, STORE_WORK, e);
}
