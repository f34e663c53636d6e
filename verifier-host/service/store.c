// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* store.c - opening a store, its schema, and jobs as rows. */
#include <stdlib.h>
#include <string.h>
#include "store_int.h"

#define SCHEMA_VERSION	1
/* One more with each addition that programs of before need not know. */
#define SCHEMA_REVISION	1
#define TEXT_OF(n)	#n
#define NUMBER(n)	TEXT_OF(n)

/* Both databases take this. */
static const char schema[] =
"CREATE TABLE IF NOT EXISTS vorw_schema (version BIGINT NOT NULL);"
"CREATE TABLE IF NOT EXISTS objects ("
" sha256 TEXT PRIMARY KEY, bytes BYTEA NOT NULL, size BIGINT NOT NULL,"
" created BIGINT NOT NULL);"
"CREATE TABLE IF NOT EXISTS blobs ("
" sha256 TEXT PRIMARY KEY, bytes BYTEA NOT NULL, created BIGINT NOT NULL);"
"CREATE TABLE IF NOT EXISTS jobs ("
" id TEXT PRIMARY KEY,"
" object TEXT NOT NULL REFERENCES objects(sha256),"
" extra TEXT REFERENCES objects(sha256),"
" target TEXT NOT NULL, identity TEXT NOT NULL, options TEXT NOT NULL,"
" token TEXT NOT NULL,"
" state TEXT NOT NULL CHECK (state IN"
"  ('queued', 'running', 'done', 'refused', 'failed')),"
" attempts BIGINT NOT NULL DEFAULT 0, fence BIGINT NOT NULL DEFAULT 0,"
" lost BIGINT NOT NULL DEFAULT 0,"
" lease_until BIGINT NOT NULL DEFAULT 0, worker TEXT,"
" version BIGINT NOT NULL DEFAULT 0, progress TEXT NOT NULL DEFAULT '',"
" reason TEXT, message TEXT, log TEXT, report TEXT, text TEXT,"
" blob TEXT REFERENCES blobs(sha256), content TEXT,"
" created BIGINT NOT NULL, started BIGINT, finished BIGINT,"
" updated BIGINT NOT NULL,"
" CHECK (state <> 'done' OR blob IS NOT NULL),"
" CHECK (state NOT IN ('refused', 'failed') OR reason IS NOT NULL));"
"CREATE INDEX IF NOT EXISTS jobs_next ON"
" jobs (state, token, created, id);"
"CREATE INDEX IF NOT EXISTS jobs_object ON jobs (object);"
"CREATE INDEX IF NOT EXISTS jobs_extra ON jobs (extra);"
"CREATE INDEX IF NOT EXISTS jobs_blob ON jobs (blob);"
"CREATE INDEX IF NOT EXISTS jobs_updated ON jobs (updated);"
"CREATE INDEX IF NOT EXISTS jobs_created ON jobs (created);"
"CREATE TABLE IF NOT EXISTS tokens ("
" id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
" scopes BIGINT NOT NULL, per_minute BIGINT NOT NULL,"
" max_queued BIGINT NOT NULL, max_bytes BIGINT NOT NULL,"
" created BIGINT NOT NULL, revoked BIGINT);"
"CREATE TABLE IF NOT EXISTS workers ("
" name TEXT PRIMARY KEY, seen BIGINT NOT NULL);"
/* what --retain forgets still counts */
"CREATE TABLE IF NOT EXISTS totals ("
" name TEXT PRIMARY KEY, value BIGINT NOT NULL);"
/* in this form SQLite looks at jobs only if the row is not there */
"INSERT INTO totals SELECT 'leases_lost',"
" (SELECT coalesce(sum(lost), 0) FROM jobs) WHERE NOT EXISTS"
" (SELECT 1 FROM totals WHERE name = 'leases_lost');"
"INSERT INTO totals VALUES ('schema', " NUMBER(SCHEMA_REVISION) ")"
" ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
"INSERT INTO vorw_schema SELECT 1 WHERE NOT EXISTS"
" (SELECT 1 FROM vorw_schema)";

/* Bytes as they are: PostgreSQL takes seconds to compress what is large, while
 * a front end's only thread waits. */
static const char schema_pq[] =
"ALTER TABLE objects ALTER COLUMN bytes SET STORAGE EXTERNAL;"
"ALTER TABLE blobs ALTER COLUMN bytes SET STORAGE EXTERNAL";

/* All of it, by this program or a later one? */
static bool is_made(struct store *s, bool *yes, struct vorw_err *e)
{
	struct db_rows r;

	if (!db_is_set_up(s->db, "totals", yes, e))
		return false;
	if (!*yes)
		return true;
	if (!DB_RUN(s->db, &r, e, "SELECT 1 FROM totals WHERE name = 'schema'"
		    " AND value >= $1", DB_I(SCHEMA_REVISION)))
		return false;
	*yes = r.nrows;
	db_rows_free(&r);
	return true;
}

/* A database that is complete is only read: to make one takes its owner, and
 * SQLite's lock, for which a start would wait. */
static bool make(struct store *s, struct vorw_err *e)
{
	bool made;

	return is_made(s, &made, e) &&
	       (made || (db_begin(s->db, e) &&
			 db_end(s->db, db_setup(s->db, e) &&
				db_script(s->db, schema, e) &&
				(db_is_sqlite(s->db) ||
				 db_script(s->db, schema_pq, e)), e)));
}

static bool check_version(struct store *s, const char *where,
			  struct vorw_err *e)
{
	struct db_rows r;
	int64_t v;

	if (!db_run(s->db, "SELECT max(version) FROM vorw_schema", NULL, 0, &r,
		    e))
		return false;
	v = r.nrows ? db_int(&r, 0, 0) : 0;
	db_rows_free(&r);
	/* where may hold a password: not named */
	return v == SCHEMA_VERSION ||
	       vorw_fail(e, VORW_R_STORE,
			 "database has schema %lld, this program knows %d",
			 (long long)v, SCHEMA_VERSION);
}

bool store_open(struct store **out, const char *where, struct vorw_err *e)
{
	struct store *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (!db_open(&s->db, where, e) || !make(s, e) ||
	    !check_version(s, where, e)) {
		store_close(s);
		return false;
	}
	*out = s;
	return true;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	db_close(s->db);
	free(s);
}

void store_patience(struct store *s, unsigned ms)
{
	db_patience(s->db, ms);
}

void job_from_row(struct job *j, struct db_rows *r, size_t row)
{
	char **const texts[] = {
		&j->id, &j->object, &j->target, &j->identity, &j->options,
		&j->token, &j->state, &j->worker, &j->progress, &j->reason,
		&j->message, &j->blob, &j->content,
	};
	int64_t *const ints[] = {
		&j->attempts, &j->fence, &j->version, &j->created,
		&j->started, &j->finished, &j->updated, &j->object_size,
	};
	char **const more[] = { &j->log, &j->report, &j->text };
	size_t col = 0, i;

	memset(j, 0, sizeof(*j));
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++, col++) {
		*texts[i] = db_cell(r, row, col)->p;
		db_cell(r, row, col)->p = NULL;
	}
	for (i = 0; i < sizeof(ints) / sizeof(ints[0]); i++, col++)
		*ints[i] = db_int(r, row, col);
	for (i = 0; i < sizeof(more) / sizeof(more[0]) && col < r->ncols;
	     i++, col++) {
		*more[i] = db_cell(r, row, col)->p;
		db_cell(r, row, col)->p = NULL;
	}
}

void job_free(struct job *j)
{
	char *const all[] = {
		j->id, j->object, j->target, j->identity, j->options, j->token,
		j->state, j->worker, j->progress, j->reason, j->message,
		j->log, j->report, j->text, j->blob, j->content,
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		free(all[i]);
	memset(j, 0, sizeof(*j));
}

bool job_is_final(const struct job *j)
{
	return strcmp(j->state, "queued") && strcmp(j->state, "running");
}

/* SQL identifiers */
static const char *const topics[] = {
	[STORE_WORK] = "vorw_work", [STORE_CHANGES] = "vorw_changes",
};

bool store_tell(struct store *s, enum store_topic what, struct vorw_err *e)
{
	return db_tell(s->db, topics[what], e);
}

bool store_listen(struct store *s, enum store_topic what, struct vorw_err *e)
{
	return db_listen(s->db, topics[what], e);
}

void store_wait(struct store *s, int fd, unsigned ms)
{
	db_wait(s->db, fd, ms);
}

bool store_lost(const struct store *s)
{
	return db_lost(s->db);
}

bool store_tells(const struct store *s)
{
	return !db_is_sqlite(s->db);
}
