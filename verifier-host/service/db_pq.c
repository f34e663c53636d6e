// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* db_pq.c - PostgreSQL, by libpq. */
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "clock.h"
#include "db_int.h"

/* of bytea, from the server's catalog/pg_type.dat */
#define BYTEA_OID	17
#define PARAMS_MAX	32

struct pq {
	PGconn *c;
	unsigned patience_ms;	/* of a server that says nothing */
	char listen[80];	/* the command, or "" */
	bool lost, silent;
};

static const char prepare[] =
	"SET client_min_messages = warning;"
	"SET synchronous_commit = on";

#define NOW	"'SELECT (extract(epoch FROM clock_timestamp())" \
		" * 1000)::bigint'"
#define STARTED	"'SELECT (extract(epoch FROM pg_postmaster_start_time())" \
		" * 1000)::bigint'"

/* Two that start at the same time would collide in the catalog. */
static const char setup[] =
	"SELECT pg_advisory_xact_lock(x'766f7277'::int);"
	"CREATE OR REPLACE FUNCTION vorw_now() RETURNS BIGINT AS " NOW
	" LANGUAGE SQL VOLATILE;"
	"CREATE OR REPLACE FUNCTION vorw_started() RETURNS BIGINT AS " STARTED
	" LANGUAGE SQL STABLE";

static const char is_set_up[] =
	"SELECT 1 WHERE to_regclass($1) IS NOT NULL"
	" AND EXISTS (SELECT 1 FROM pg_proc WHERE prosrc = " NOW
	" AND oid = to_regprocedure('vorw_now()'))"
	" AND EXISTS (SELECT 1 FROM pg_proc WHERE prosrc = " STARTED
	" AND oid = to_regprocedure('vorw_started()'))";

/* PQstatus() is still good after a statement that could not be sent (libpq 15,
 * fe-misc.c, write_failed): what the server has not said, or has said as its
 * last word, is the end of the connection. */
static bool is_end(const PGresult *r)
{
	const char *how = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);

	return !how || !strcmp(how, "FATAL") || !strcmp(how, "PANIC");
}

static bool failed(struct pq *q, PGresult *r, struct vorw_err *e)
{
	q->lost = is_end(r);
	vorw_fail(e, VORW_R_STORE, "database: %s",
		  r ? PQresultErrorMessage(r) : PQerrorMessage(q->c));
	PQclear(r);
	return false;
}

/*
 * libpq waits for ever for a server that is stopped or gone without a word, and
 * statement_timeout is for a server that runs.  So it is asked by calls that do
 * not wait; only the first connection is made by one that does, CONNECT_S.
 */
#define CONNECT_S	"10"
#define SILENT_MS	"20000"
/* The server's own limits come before the default of ours. */
#define PATIENCE_MS	65000
#define LIMITS		"SET lock_timeout = '20s'; SET statement_timeout = '60s';" \
			"SET idle_in_transaction_session_timeout = '20s'"
/* To what is large, and has been sent, it answers a second later for each 8 MiB:
 * it has to write them. */
#define LONGER_MS(bytes)	((u64)(bytes) * 1000 / (8u << 20))

static bool await(struct pq *q, short events, u64 ms, struct vorw_err *e)
{
	struct pollfd p = { .fd = PQsocket(q->c), .events = events };
	int rc;

	do
		rc = poll(&p, 1, ms);
	while (rc < 0 && errno == EINTR);
	q->silent = rc <= 0;
	return rc > 0 || vorw_fail(e, VORW_R_STORE,
				   "database: no answer in %llu seconds",
				   (unsigned long long)ms / 1000);
}

/* Of several statements the last one's, or that of the one that failed.  Each
 * piece that the server takes, or gives, is a sign of life. */
static bool results(struct pq *q, size_t bytes, PGresult **last,
		    struct vorw_err *e)
{
	u64 ms = q->patience_ms + LONGER_MS(bytes);
	PGresult *r;

	while (PQflush(q->c) > 0)
		if (!await(q, POLLIN | POLLOUT, q->patience_ms, e) ||
		    !PQconsumeInput(q->c))
			return false;
	for (;;) {
		while (PQisBusy(q->c)) {
			if (!await(q, POLLIN, ms, e) || !PQconsumeInput(q->c))
				return false;
			ms = q->patience_ms;
		}
		r = PQgetResult(q->c);
		if (!r)
			return true;
		PQclear(*last);
		*last = r;
	}
}

/* What a command of so many bytes, on its way if sent, gives; NULL: it has
 * failed.  A connection that did not answer in time is given up. */
static PGresult *answer(struct pq *q, int sent, size_t bytes,
			struct vorw_err *e)
{
	PGresult *r = NULL;

	if (sent && !results(q, bytes, &r, e)) {
		PQclear(r);
		r = NULL;
		shutdown(PQsocket(q->c), SHUT_RDWR);
		while (PQstatus(q->c) == CONNECTION_OK && PQconsumeInput(q->c))
			;
	}
	if (PQresultStatus(r) == PGRES_COMMAND_OK ||
	    PQresultStatus(r) == PGRES_TUPLES_OK)
		return r;
	failed(q, r, e);
	return NULL;
}

static bool pq_script(void *conn, const char *sql, struct vorw_err *e)
{
	struct pq *q = conn;
	PGresult *r = answer(q, PQsendQuery(q->c, sql), strlen(sql), e);
	bool ok = r;

	PQclear(r);
	return ok;
}

static bool start(struct pq *q, struct vorw_err *e)
{
	if (PQstatus(q->c) != CONNECTION_OK)
		return failed(q, NULL, e);
	PQsetnonblocking(q->c, 1);
	return pq_script(q, prepare, e) && pq_script(q, LIMITS, e) &&
	       (!q->listen[0] || pq_script(q, q->listen, e));
}

static void pq_close(void *conn)
{
	struct pq *q = conn;

	PQfinish(q->c);
	free(q);
}

static bool pq_open(void **conn, const char *where, struct vorw_err *e)
{
	struct pq *q = calloc(1, sizeof(*q));

	if (!q)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	q->patience_ms = PATIENCE_MS;
	/* where may say otherwise: it comes later */
	q->c = PQconnectdbParams(
		(const char *const[]){ "connect_timeout", "tcp_user_timeout",
				       "dbname", NULL },
		(const char *const[]){ CONNECT_S, SILENT_MS, where, NULL }, 1);
	if (!start(q, e)) {
		pq_close(q);
		return false;
	}
	*conn = q;
	return true;
}

static bool pq_lost(const void *conn, bool *silent)
{
	const struct pq *q = conn;

	*silent = q->silent;
	return q->lost || PQstatus(q->c) != CONNECTION_OK;
}

static bool pq_revive(void *conn, struct vorw_err *e)
{
	PostgresPollingStatusType want = PGRES_POLLING_WRITING;
	struct pq *q = conn;
	bool silent;

	if (!pq_lost(q, &silent))
		return true;
	if (!PQresetStart(q->c))
		return failed(q, NULL, e);
	while (want == PGRES_POLLING_READING || want == PGRES_POLLING_WRITING) {
		if (!await(q, want == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			   q->patience_ms, e))
			return false;
		want = PQresetPoll(q->c);
	}
	q->lost = q->silent = false;
	return start(q, e);
}

static void pq_patience(void *conn, unsigned ms)
{
	struct pq *q = conn;

	q->patience_ms = ms;
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
	struct pq *q = conn;
	size_t i, bytes = 0;
	PGresult *r;
	bool ok;

	if (n > PARAMS_MAX)
		return vorw_fail(e, VORW_R_INTERNAL, "%zu parameters", n);
	for (i = 0; i < n; i++) {
		values[i] = v[i].p;
		lengths[i] = v[i].n;
		formats[i] = v[i].type == DB_BYTES;
		bytes += v[i].n;
		if (v[i].type == DB_INT) {
			snprintf(ints[i], sizeof(ints[i]), "%lld",
				 (long long)v[i].i);
			values[i] = ints[i];
		} else if (v[i].type == DB_BYTES && !v[i].n) {
			values[i] = "";
		}
	}
	r = answer(q, PQsendQueryParams(q->c, sql, n, NULL, values, lengths,
					formats, 0), bytes, e);
	if (!r)
		return false;
	ok = take(r, rows, e);
	rows->changed = strtoll(PQcmdTuples(r), NULL, 10);
	PQclear(r);
	return ok;
}

static bool pq_tell(void *conn, const char *name, struct vorw_err *e)
{
	char sql[80];

	snprintf(sql, sizeof(sql), "NOTIFY %s", name);
	return pq_script(conn, sql, e);
}

static bool pq_listen(void *conn, const char *name, struct vorw_err *e)
{
	struct pq *q = conn;

	snprintf(q->listen, sizeof(q->listen), "LISTEN %s", name);
	return pq_script(q, q->listen, e);
}

/* Anything?  Takes all that came. */
static bool was_told(struct pq *q)
{
	PGnotify *n;
	bool any = false;

	PQconsumeInput(q->c);
	while ((n = PQnotifies(q->c))) {
		PQfreemem(n);
		any = true;
	}
	return any;
}

static void pq_wait(void *conn, int fd, unsigned ms)
{
	struct pq *q = conn;
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = PQsocket(q->c), .events = POLLIN },
	};

	if (was_told(q))
		return;
	/* one that was lost can be read for ever */
	if (PQstatus(q->c) != CONNECTION_OK)
		p[1].fd = -1;
	if (poll(p, 2, ms) > 0 && p[1].revents)
		was_told(q);
}

const struct db_ops db_pq = {
	.open = pq_open,
	.close = pq_close,
	.run = pq_run,
	.script = pq_script,
	.revive = pq_revive,
	.patience = pq_patience,
	.lost = pq_lost,
	.begin = "BEGIN",
	.setup = setup,
	.is_set_up = is_set_up,
	.one_at_a_time = "SELECT pg_advisory_xact_lock(x'766f7278'::int)",
	.skip_locked = " FOR UPDATE OF j SKIP LOCKED",
	.tell = pq_tell,
	.listen = pq_listen,
	.wait = pq_wait,
};
