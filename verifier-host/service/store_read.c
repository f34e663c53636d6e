// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* store_read.c - what the front end looks up, and what it forgets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "store_int.h"

bool store_job(struct store *s, const char *id, struct job *j,
	       struct vorw_err *e)
{
	struct db_rows r;
	bool found;

	memset(j, 0, sizeof(*j));
	if (!DB_RUN(s->db, &r, e, "SELECT " JOB_COLS_ALL
		    " FROM jobs j WHERE j.id = $1", DB_S(id)))
		return false;
	found = r.nrows;
	if (found)
		job_from_row(j, &r, 0);
	db_rows_free(&r);
	return found || vorw_fail(e, VORW_R_NOT_FOUND, "no job %.64s", id);
}

bool store_list(struct store *s, const struct store_filter *f,
		struct job **jobs, size_t *n, struct vorw_err *e)
{
	char sql[sizeof(JOB_COLS) + 400];
	struct db_rows r;
	size_t i;

	*jobs = NULL;
	*n = 0;
	/* An empty text stands for any: a parameter that is NULL has no type.
	 * Object and blob by their index: they are few of many. */
	snprintf(sql, sizeof(sql), "SELECT " JOB_COLS " FROM jobs j"
		 " WHERE %s AND %s AND ($3 = '' OR j.target = $3)"
		 " AND ($4 = '' OR j.state = $4) AND (j.created < $5"
		 " OR (j.created = $5 AND $7 <> '' AND j.id > $7))"
		 " ORDER BY j.created DESC, j.id LIMIT $6",
		 f->object && *f->object ? "j.object = $1" : "$1 = ''",
		 f->blob && *f->blob ? "j.blob = $2" : "$2 = ''");
	if (!DB_RUN(s->db, &r, e, sql,
		    DB_S(f->object ? f->object : ""),
		    DB_S(f->blob ? f->blob : ""),
		    DB_S(f->target ? f->target : ""),
		    DB_S(f->state ? f->state : ""),
		    DB_I(f->before ? f->before : INT64_MAX),
		    DB_I(f->max ? f->max : 100),
		    DB_S(f->before_id ? f->before_id : "")))
		return false;
	*jobs = calloc(r.nrows + 1, sizeof(**jobs));
	for (i = 0; *jobs && i < r.nrows; i++)
		job_from_row(&(*jobs)[i], &r, i);
	*n = *jobs ? r.nrows : 0;
	db_rows_free(&r);
	return *jobs || vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
}

static bool take_bytes(struct store *s, const char *sql, const char *what,
		       const char *sha256, u8 **bytes, size_t *n,
		       struct vorw_err *e)
{
	struct db_rows r;

	*bytes = NULL;
	if (!DB_RUN(s->db, &r, e, sql, DB_S(sha256)))
		return false;
	if (r.nrows) {
		*bytes = (u8 *)db_cell(&r, 0, 0)->p;
		*n = db_cell(&r, 0, 0)->n;
		db_cell(&r, 0, 0)->p = NULL;
	}
	db_rows_free(&r);
	return *bytes || vorw_fail(e, VORW_R_NOT_FOUND, "no %s %.64s", what,
				   sha256);
}

bool store_object(struct store *s, const char *sha256, u8 **bytes, size_t *n,
		  struct vorw_err *e)
{
	return take_bytes(s, "SELECT bytes FROM objects WHERE sha256 = $1",
			  "object", sha256, bytes, n, e);
}

bool store_blob(struct store *s, const char *sha256, u8 **bytes, size_t *n,
		struct vorw_err *e)
{
	return take_bytes(s, "SELECT bytes FROM blobs WHERE sha256 = $1",
			  "blob", sha256, bytes, n, e);
}

bool store_changes(struct store *s, int64_t since, struct store_change **c,
		   size_t *n, int64_t *now, struct vorw_err *e)
{
	struct db_rows r;
	size_t i;

	*c = NULL;
	*n = 0;
	if (!DB_RUN(s->db, &r, e, "SELECT vorw_now(), j.id, j.version"
		    " FROM (SELECT 1 AS one) x LEFT JOIN jobs j"
		    " ON j.updated >= $1", DB_I(since)))
		return false;
	*now = r.nrows ? db_int(&r, 0, 0) : since;
	*c = calloc(r.nrows + 1, sizeof(**c));
	for (i = 0; *c && i < r.nrows; i++) {
		if (!db_str(&r, i, 1))
			continue;
		snprintf((*c)[*n].id, sizeof((*c)[*n].id), "%s",
			 db_str(&r, i, 1));
		(*c)[(*n)++].version = db_int(&r, i, 2);
	}
	db_rows_free(&r);
	return *c || vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
}

/* As many as a statement asks for. */
#define BATCH	8

static bool some_versions(struct store *s, struct store_change *c, size_t n,
			  struct vorw_err *e)
{
	struct db_value v[BATCH];
	struct db_rows r;
	size_t i, k;

	for (i = 0; i < BATCH; i++)
		v[i] = DB_S(c[i < n ? i : 0].id);
	if (!db_run(s->db, "SELECT id, version FROM jobs WHERE id IN"
		    " ($1, $2, $3, $4, $5, $6, $7, $8)", v, BATCH, &r, e))
		return false;
	for (i = 0; i < n; i++)
		for (k = 0, c[i].version = -1; k < r.nrows; k++)
			if (!strcmp(db_str(&r, k, 0), c[i].id))
				c[i].version = db_int(&r, k, 1);
	db_rows_free(&r);
	return true;
}

bool store_versions(struct store *s, struct store_change *c, size_t n,
		    struct vorw_err *e)
{
	size_t i;

	for (i = 0; i < n; i += BATCH)
		if (!some_versions(s, c + i, n - i < BATCH ? n - i : BATCH, e))
			return false;
	return true;
}

bool store_ping(struct store *s, struct vorw_err *e)
{
	return DB_RUN(s->db, NULL, e, "SELECT $1", DB_S("1"));
}

bool store_can_write(struct store *s, struct vorw_err *e)
{
	return DB_RUN(s->db, NULL, e, "INSERT INTO totals (name, value)"
		      " VALUES ($1, vorw_now()) ON CONFLICT (name)"
		      " DO UPDATE SET value = excluded.value",
		      DB_S("written"));
}

bool store_count(struct store *s, struct store_counts *c, struct vorw_err *e)
{
	const struct { const char *state; int64_t *to; } states[] = {
		{ "queued", &c->queued }, { "running", &c->running },
		{ "done", &c->done }, { "refused", &c->refused },
		{ "failed", &c->failed },
	};
	struct db_rows r;
	size_t i, k;

	memset(c, 0, sizeof(*c));
	if (!db_run(s->db, "SELECT state, count(*) FROM jobs GROUP BY state",
		    NULL, 0, &r, e))
		return false;
	for (i = 0; i < r.nrows; i++)
		for (k = 0; k < sizeof(states) / sizeof(states[0]); k++)
			if (!strcmp(db_str(&r, i, 0), states[k].state))
				*states[k].to = db_int(&r, i, 1);
	db_rows_free(&r);
	if (!db_run(s->db, "SELECT (SELECT count(*) FROM objects),"
		    " (SELECT count(*) FROM blobs),"
		    " (SELECT value FROM totals WHERE name = 'leases_lost'),"
		    " coalesce((SELECT vorw_now() - min(created) FROM jobs"
		    " WHERE state = 'queued'), 0), " WORKERS_HERE, NULL, 0,
		    &r, e))
		return false;
	c->objects = db_int(&r, 0, 0);
	c->blobs = db_int(&r, 0, 1);
	c->attempts_lost = db_int(&r, 0, 2);
	c->oldest_ms = db_int(&r, 0, 3);
	c->workers = db_int(&r, 0, 4);
	db_rows_free(&r);
	return true;
}

bool store_expire(struct store *s, int64_t age_ms, int64_t *gone,
		  struct vorw_err *e)
{
	struct db_rows r;
	bool ok;

	*gone = 0;
	if (!db_begin(s->db, e))
		return false;
	ok = DB_RUN(s->db, &r, e, "DELETE FROM jobs WHERE state IN"
		    " ('done', 'refused', 'failed')"
		    " AND finished <= vorw_now() - $1", DB_I(age_ms));
	if (ok) {
		*gone = r.changed;
		db_rows_free(&r);
	}
	ok = ok && (!*gone ||
	     (db_script(s->db, "DELETE FROM objects WHERE NOT EXISTS"
			" (SELECT 1 FROM jobs WHERE object = sha256"
			" OR extra = sha256)", e) &&
	      db_script(s->db, "DELETE FROM blobs WHERE NOT EXISTS"
			" (SELECT 1 FROM jobs WHERE blob = sha256)", e)));
	return db_end(s->db, ok, e);
}
