// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* db.c - what both kinds of database share: choosing, rows, transactions. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "db_int.h"

struct db {
	const struct db_ops *ops;
	void *conn;
	bool in_transaction;
};

struct db_value db_text(const char *s)
{
	if (!s)
		return (struct db_value){ DB_NULL };
	return (struct db_value){ DB_TEXT, .p = s, .n = strlen(s) };
}

struct db_cell *db_cell(const struct db_rows *r, size_t row, size_t col)
{
	return &r->cells[row * r->ncols + col];
}

const char *db_str(const struct db_rows *r, size_t row, size_t col)
{
	return db_cell(r, row, col)->p;
}

int64_t db_int(const struct db_rows *r, size_t row, size_t col)
{
	const char *s = db_str(r, row, col);

	return s ? strtoll(s, NULL, 10) : 0;
}

void db_rows_free(struct db_rows *r)
{
	size_t i;

	for (i = 0; i < r->nrows * r->ncols; i++)
		free(r->cells[i].p);
	free(r->cells);
	memset(r, 0, sizeof(*r));
}

struct db_cell *db_add_row(struct db_rows *r, struct vorw_err *e)
{
	struct db_cell *p = reallocarray(r->cells, (r->nrows + 1) * r->ncols,
					 sizeof(*p));

	if (!p) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		return NULL;
	}
	r->cells = p;
	p += r->nrows++ * r->ncols;
	memset(p, 0, r->ncols * sizeof(*p));
	return p;
}

bool db_set_cell(struct db_cell *c, const void *p, size_t n,
		 struct vorw_err *e)
{
	c->p = malloc(n + 1);
	if (!c->p)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (n)
		memcpy(c->p, p, n);
	c->p[n] = 0;
	c->n = n;
	return true;
}

static bool is_pq(const char *where)
{
	return !strncmp(where, "postgresql://", 13) ||
	       !strncmp(where, "postgres://", 11);
}

bool db_open(struct db **out, const char *where, struct vorw_err *e)
{
	struct db *db = calloc(1, sizeof(*db));

	*out = NULL;
	if (!is_pq(where) && strstr(where, "://")) {
		free(db);
		return vorw_fail(e, VORW_R_STORE,
				 "%.*s://: a store is postgresql://… or an SQLite file",
				 (int)strcspn(where, ":"), where);
	}
	if (!db)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	db->ops = is_pq(where) ? &db_pq : &db_sqlite;
	if (!db->ops->open(&db->conn, where, e)) {
		free(db);
		return false;
	}
	*out = db;
	return true;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db->ops->close(db->conn);
	free(db);
}

void db_patience(struct db *db, unsigned ms)
{
	db->ops->patience(db->conn, ms);
}

static bool revive(struct db *db, struct vorw_err *e)
{
	return db->in_transaction || !db->ops->revive ||
	       db->ops->revive(db->conn, e);
}

bool db_lost(const struct db *db)
{
	bool silent;

	return db->ops->lost && db->ops->lost(db->conn, &silent);
}

/* That a server was restarted is known only from the statement that fails: true
 * if it failed for that, and there is a new connection. */
static bool revived(struct db *db, struct vorw_err *e)
{
	bool silent;

	if (db->in_transaction || !db->ops->lost ||
	    !db->ops->lost(db->conn, &silent) || silent)
		return false;
	vorw_err_free(e);
	memset(e, 0, sizeof(*e));
	return revive(db, e);
}

static bool run(struct db *db, const char *sql, const struct db_value *v,
		size_t n, struct db_rows *rows, struct vorw_err *e)
{
	if (db->ops->run(db->conn, sql, v, n, rows, e))
		return true;
	db_rows_free(rows);
	return false;
}

bool db_run(struct db *db, const char *sql, const struct db_value *v, size_t n,
	    struct db_rows *rows, struct vorw_err *e)
{
	struct db_rows none = { 0 };
	bool ok;

	if (rows)
		memset(rows, 0, sizeof(*rows));
	else
		rows = &none;
	ok = revive(db, e) && (run(db, sql, v, n, rows, e) ||
		(revived(db, e) && run(db, sql, v, n, rows, e)));
	db_rows_free(&none);
	return ok;
}

bool db_script(struct db *db, const char *sql, struct vorw_err *e)
{
	return revive(db, e) && (db->ops->script(db->conn, sql, e) ||
		(revived(db, e) && db->ops->script(db->conn, sql, e)));
}

bool db_begin(struct db *db, struct vorw_err *e)
{
	if (!db_script(db, db->ops->begin, e))
		return false;
	db->in_transaction = true;
	return true;
}

bool db_end(struct db *db, bool ok, struct vorw_err *e)
{
	struct vorw_err unused = { 0 };

	if (ok)
		ok = db_script(db, "COMMIT", e);
	if (!ok)
		db_script(db, "ROLLBACK", &unused);
	db->in_transaction = false;
	return ok;
}

bool db_setup(struct db *db, struct vorw_err *e)
{
	return db_script(db, db->ops->setup, e);
}

bool db_is_set_up(struct db *db, const char *table, bool *yes,
		  struct vorw_err *e)
{
	struct db_rows r;

	if (!DB_RUN(db, &r, e, db->ops->is_set_up, DB_S(table)))
		return false;
	*yes = r.nrows;
	db_rows_free(&r);
	return true;
}

bool db_one_at_a_time(struct db *db, struct vorw_err *e)
{
	return !db->ops->one_at_a_time ||
	       db_script(db, db->ops->one_at_a_time, e);
}

const char *db_skip_locked(const struct db *db)
{
	return db->ops->skip_locked;
}

bool db_is_sqlite(const struct db *db)
{
	return db->ops == &db_sqlite;
}

bool db_tell(struct db *db, const char *name, struct vorw_err *e)
{
	return !db->ops->tell ||
	       (revive(db, e) && (db->ops->tell(db->conn, name, e) ||
		(revived(db, e) && db->ops->tell(db->conn, name, e))));
}

bool db_listen(struct db *db, const char *name, struct vorw_err *e)
{
	return !db->ops->listen ||
	       (revive(db, e) && (db->ops->listen(db->conn, name, e) ||
		(revived(db, e) && db->ops->listen(db->conn, name, e))));
}

void db_wait(struct db *db, int fd, unsigned ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (db->ops->wait)
		db->ops->wait(db->conn, fd, ms);
	else
		poll(&p, 1, ms);
}
