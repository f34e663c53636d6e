/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * db.h - one connection to a database, SQLite or PostgreSQL, that takes the
 * same SQL from both.
 *
 * Parameters are $1, $2, …; vorw_now() is the database's clock in milliseconds
 * since 1970, so that machines which share it need not agree on the time, and
 * vorw_started() when its server was started (SQLite: 0).
 * What differs is asked with db_skip_locked().
 *
 * A connection belongs to one thread.  Every failure is VORW_R_STORE.
 */
#ifndef VORW_DB_H
#define VORW_DB_H

#include "err.h"
#include "vorw_types.h"

struct db;

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BYTES };

struct db_value {
	enum db_type type;
	int64_t i;
	const void *p;
	size_t n;
};

#define DB_I(v)		((struct db_value){ DB_INT, .i = (v) })
#define DB_S(v)		db_text(v)
#define DB_B(v, len)	((struct db_value){ DB_BYTES, .p = (v), .n = (len) })

/* NULL is NULL there, too. */
struct db_value db_text(const char *s);

/* An answer: all rows, in memory. */
struct db_cell {
	char *p;		/* followed by a NUL; NULL: SQL's NULL */
	size_t n;
};
struct db_rows {
	struct db_cell *cells;
	size_t nrows, ncols;
	int64_t changed;	/* rows that INSERT, UPDATE, DELETE touched */
};

const char *db_str(const struct db_rows *r, size_t row, size_t col);
int64_t db_int(const struct db_rows *r, size_t row, size_t col);	/* NULL: 0 */
struct db_cell *db_cell(const struct db_rows *r, size_t row, size_t col);
void db_rows_free(struct db_rows *r);

/* where: "postgresql://…" or "postgres://…" (libpq), else an SQLite file. */
bool db_open(struct db **db, const char *where, struct vorw_err *e);
void db_close(struct db *db);

/*
 * From now on: so long a statement waits for a database that does not answer
 * (PostgreSQL: that takes and gives nothing; a second more for each 8 MiB of
 * parameters when they are sent) or that another one has locked (SQLite); so
 * long, again, does a connection that is made anew.  The
 * default is for those whom nobody waits for: a minute, SQLite half of that.
 */
void db_patience(struct db *db, unsigned ms);

/*
 * rows may be NULL.  Outside of a transaction a connection that was lost is made
 * anew, and a statement that finds it lost, not one that waited in vain, is sent
 * once more: what it does has to be harmless when the first one was done after
 * all.  db_begin() is such a statement; one inside the transaction fails.
 */
bool db_run(struct db *db, const char *sql, const struct db_value *v, size_t n,
	    struct db_rows *rows, struct vorw_err *e);
#define DB_RUN(db, rows, e, sql, ...) \
	db_run(db, sql, (const struct db_value[]){ __VA_ARGS__ }, \
	       sizeof((const struct db_value[]){ __VA_ARGS__ }) / \
	       sizeof(struct db_value), rows, e)
/* Several statements without parameters; as db_run(). */
bool db_script(struct db *db, const char *sql, struct vorw_err *e);

/*
 * A transaction that will write: SQLite takes its lock at once, so that two
 * cannot deadlock.  db_end() commits if ok, else rolls back; returns whether
 * it was committed.
 */
bool db_begin(struct db *db, struct vorw_err *e);
bool db_end(struct db *db, bool ok, struct vorw_err *e);

/* Did the last call fail for a connection that is gone, not for what was asked? */
bool db_lost(const struct db *db);

/* At the head of the transaction that makes the schema: one at a time, and the
 * functions promised above, which only their owner may make. */
bool db_setup(struct db *db, struct vorw_err *e);
/* Has that been done, as it is done now, and is there this table?  Reads only. */
bool db_is_set_up(struct db *db, const char *table, bool *yes,
		  struct vorw_err *e);

/* In a transaction, until its end: one at a time, of those that call this. */
bool db_one_at_a_time(struct db *db, struct vorw_err *e);

/* Behind a SELECT from `j`: rows that another one has locked are passed over. */
const char *db_skip_locked(const struct db *db);
bool db_is_sqlite(const struct db *db);

/*
 * Connections that wait for each other.  db_tell() is heard, once the
 * transaction it is in is committed, by those that listen for the same name (an
 * SQL identifier).  SQLite has nothing of the kind: there it does nothing, and
 * db_wait() only waits.
 */
bool db_tell(struct db *db, const char *name, struct vorw_err *e);
/* From now on, also after the connection was lost; one name. */
bool db_listen(struct db *db, const char *name, struct vorw_err *e);
/* Until something is told, fd (or -1) can be read, or so many milliseconds have
 * passed.  What was told since the last call counts. */
void db_wait(struct db *db, int fd, unsigned ms);

#endif /* VORW_DB_H */
