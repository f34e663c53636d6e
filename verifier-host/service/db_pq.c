// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* db_pq.c - PostgreSQL, by libpq. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "db_int.h"

/* of bytea, from the server's catalog/pg_type.dat */
#define BYTEA_OID	17
#define PARAMS_MAX	32

static const char prepare[] =
	"SET client_min_messages = warning;"
	"SET synchronous_commit = on";

/* Two that start at the same time would collide in the catalog. */
static const char setup[] =
	"SELECT pg_advisory_xact_lock(x'766f7277'::int);"
	"CREATE OR REPLACE FUNCTION vorw_now() RETURNS BIGINT AS"
	" 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint'"
	" LANGUAGE SQL VOLATILE";

static bool failed(PGconn *c, PGresult *r, struct vorw_err *e)
{
	vorw_fail(e, VORW_R_STORE, "database: %s",
		  r ? PQresultErrorMessage(r) : PQerrorMessage(c));
	PQclear(r);
	return false;
}

static bool pq_script(void *conn, const char *sql, struct vorw_err *e)
{
	PGresult *r = PQexec(conn, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK)
		return failed(conn, r, e);
	PQclear(r);
	return true;
}

static bool start(PGconn *c, struct vorw_err *e)
{
	if (PQstatus(c) != CONNECTION_OK)
		return failed(c, NULL, e);
	return pq_script(c, prepare, e);
}

static void pq_close(void *conn)
{
	PQfinish(conn);
}

static bool pq_open(void **conn, const char *where, struct vorw_err *e)
{
	PGconn *c = PQconnectdb(where);

	if (!start(c, e)) {
		PQfinish(c);
		return false;
	}
	*conn = c;
	return true;
}

static bool pq_revive(void *conn, struct vorw_err *e)
{
	if (PQstatus(conn) == CONNECTION_OK)
		return true;
	PQreset(conn);
	return start(conn, e);
}

static bool take(const PGresult *r, struct db_rows *rows, struct vorw_err *e)
{
	int i, k, n = PQntuples(r);
	unsigned char *bytes;
	struct db_cell *row;
	size_t size;
	bool ok;

	rows->ncols = PQnfields(r);
	for (i = 0; i < n; i++) {
		row = db_add_row(rows, e);
		if (!row)
			return false;
		for (k = 0; k < (int)rows->ncols; k++) {
			if (PQgetisnull(r, i, k))
				continue;
			if (PQftype(r, k) != BYTEA_OID) {
				if (!db_set_cell(&row[k], PQgetvalue(r, i, k),
						 PQgetlength(r, i, k), e))
					return false;
				continue;
			}
			bytes = PQunescapeBytea((unsigned char *)
						PQgetvalue(r, i, k), &size);
			ok = bytes ? db_set_cell(&row[k], bytes, size, e) :
			     vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
			PQfreemem(bytes);
			if (!ok)
				return false;
		}
	}
	return true;
}

static bool pq_run(void *conn, const char *sql, const struct db_value *v,
		   size_t n, struct db_rows *rows, struct vorw_err *e)
{
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX], formats[PARAMS_MAX];
	char ints[PARAMS_MAX][24];
	PGresult *r;
	size_t i;
	bool ok;

	if (n > PARAMS_MAX)
		return vorw_fail(e, VORW_R_INTERNAL, "%zu parameters", n);
	for (i = 0; i < n; i++) {
		values[i] = v[i].p;
		lengths[i] = v[i].n;
		formats[i] = v[i].type == DB_BYTES;
		if (v[i].type == DB_INT) {
			snprintf(ints[i], sizeof(ints[i]), "%lld",
				 (long long)v[i].i);
			values[i] = ints[i];
		} else if (v[i].type == DB_BYTES && !v[i].n) {
			values[i] = "";
		}
	}
	r = PQexecParams(conn, sql, n, NULL, values, lengths, formats, 0);
	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK)
		return failed(conn, r, e);
	ok = take(r, rows, e);
	rows->changed = strtoll(PQcmdTuples(r), NULL, 10);
	PQclear(r);
	return ok;
}

const struct db_ops db_pq = {
	.open = pq_open,
	.close = pq_close,
	.run = pq_run,
	.script = pq_script,
	.revive = pq_revive,
	.begin = "BEGIN",
	.setup = setup,
	.skip_locked = " FOR UPDATE OF j SKIP LOCKED",
};
