// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* db_sqlite.c - SQLite: write-ahead log, everything committed is on disk. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "db_int.h"

/* Another process holds the write lock for milliseconds, a backup longer. */
#define BUSY_MS	30000

static bool failed(sqlite3 *c, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_STORE, "database: %s", sqlite3_errmsg(c));
}

static void now(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	sqlite3_result_int64(ctx, t.tv_sec * 1000ll + t.tv_nsec / 1000000);
}

static void started(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	sqlite3_result_int64(ctx, 0);
}

static void lite_close(void *conn)
{
	sqlite3_close(conn);
}

static bool lite_open(void **conn, const char *where, struct vorw_err *e)
{
	sqlite3 *c = NULL;

	if (sqlite3_open_v2(where, &c, SQLITE_OPEN_READWRITE |
			    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_busy_timeout(c, BUSY_MS) ||
	    sqlite3_create_function(c, "vorw_now", 0, SQLITE_UTF8, NULL, now,
				    NULL, NULL) ||
	    sqlite3_create_function(c, "vorw_started", 0, SQLITE_UTF8, NULL,
				    started, NULL, NULL) ||
	    sqlite3_exec(c, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			 "PRAGMA foreign_keys=ON", NULL, NULL, NULL)) {
		vorw_fail(e, VORW_R_STORE, "%s: %s", where,
			  c ? sqlite3_errmsg(c) : "out of memory");
		sqlite3_close(c);
		return false;
	}
	*conn = c;
	return true;
}

static void lite_patience(void *conn, unsigned ms)
{
	sqlite3_busy_timeout(conn, ms);
}

static bool bind(sqlite3_stmt *st, const struct db_value *v, size_t n)
{
	char name[24];
	size_t i;
	int at, rc = SQLITE_OK;

	for (i = 0; i < n && rc == SQLITE_OK; i++) {
		snprintf(name, sizeof(name), "$%zu", i + 1);
		at = sqlite3_bind_parameter_index(st, name);
		if (!at)
			continue;
		switch (v[i].type) {
		case DB_NULL:
			rc = sqlite3_bind_null(st, at);
			break;
		case DB_INT:
			rc = sqlite3_bind_int64(st, at, v[i].i);
			break;
		case DB_TEXT:
			rc = sqlite3_bind_text64(st, at, v[i].p, v[i].n,
						 SQLITE_STATIC, SQLITE_UTF8);
			break;
		case DB_BYTES:	/* NULL would be SQL's NULL */
			rc = sqlite3_bind_blob64(st, at, v[i].n ? v[i].p : "",
						 v[i].n, SQLITE_STATIC);
			break;
		}
	}
	return rc == SQLITE_OK;
}

static bool take_row(sqlite3_stmt *st, struct db_rows *r, struct vorw_err *e)
{
	struct db_cell *row = db_add_row(r, e);
	const void *p;
	size_t i;

	for (i = 0; row && i < r->ncols; i++) {
		if (sqlite3_column_type(st, i) == SQLITE_NULL)
			continue;
		p = sqlite3_column_blob(st, i);
		if (!db_set_cell(&row[i], p, sqlite3_column_bytes(st, i), e))
			return false;
	}
	return row;
}

static bool lite_run(void *conn, const char *sql, const struct db_value *v,
		     size_t n, struct db_rows *rows, struct vorw_err *e)
{
	sqlite3 *c = conn;
	sqlite3_stmt *st = NULL;
	bool ok = true;
	int rc;

	if (sqlite3_prepare_v2(c, sql, -1, &st, NULL) || !bind(st, v, n)) {
		failed(c, e);
		sqlite3_finalize(st);
		return false;
	}
	rows->ncols = sqlite3_column_count(st);
	while (ok && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ok = take_row(st, rows, e);
	if (ok && rc != SQLITE_DONE)
		ok = failed(c, e);
	rows->changed = sqlite3_changes64(c);
	sqlite3_finalize(st);
	return ok;
}

static bool lite_script(void *conn, const char *sql, struct vorw_err *e)
{
	return sqlite3_exec(conn, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       failed(conn, e);
}

const struct db_ops db_sqlite = {
	.open = lite_open,
	.close = lite_close,
	.run = lite_run,
	.script = lite_script,
	.patience = lite_patience,
	.begin = "BEGIN IMMEDIATE",
	.setup = "",
	.is_set_up = "SELECT 1 FROM sqlite_master WHERE type = 'table'"
		     " AND name = $1",
	.skip_locked = "",
};
