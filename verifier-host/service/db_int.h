/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* db_int.h - what a kind of database has to do. */
#ifndef VORW_DB_INT_H
#define VORW_DB_INT_H

#include "db.h"

struct db_ops {
	bool (*open)(void **conn, const char *where, struct vorw_err *e);
	void (*close)(void *conn);
	bool (*run)(void *conn, const char *sql, const struct db_value *v,
		    size_t n, struct db_rows *rows, struct vorw_err *e);
	bool (*script)(void *conn, const char *sql, struct vorw_err *e);
	/* outside of a transaction: make it anew if it was lost; may be NULL */
	bool (*revive)(void *conn, struct vorw_err *e);
	void (*patience)(void *conn, unsigned ms);
	/* known to be, and by that it did not answer; NULL: it cannot be */
	bool (*lost)(const void *conn, bool *silent);
	const char *begin, *setup, *skip_locked;
	const char *is_set_up;	/* a row if so; $1: a table */
	const char *one_at_a_time;	/* NULL: each that writes is */
	/* NULL: none of these */
	bool (*tell)(void *conn, const char *name, struct vorw_err *e);
	bool (*listen)(void *conn, const char *name, struct vorw_err *e);
	void (*wait)(void *conn, int fd, unsigned ms);
};

extern const struct db_ops db_sqlite, db_pq;

/* Room for a row more; NULL: out of memory, *e is set. */
struct db_cell *db_add_row(struct db_rows *r, struct vorw_err *e);
bool db_set_cell(struct db_cell *c, const void *p, size_t n,
		 struct vorw_err *e);

#endif /* VORW_DB_INT_H */
