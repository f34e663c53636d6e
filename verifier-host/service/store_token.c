// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* store_token.c - tokens, of which only hashes are kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "store_int.h"

#define TOKEN_COLS \
	"id, name, scopes, per_minute, max_queued, max_bytes, created, revoked"

const char *scope_name(unsigned bits)
{
	return bits & SCOPE_SUBMIT ? "submit" : bits & SCOPE_READ ? "read" :
	       bits & SCOPE_ADMIN ? "admin" : NULL;
}

static void from_row(struct store_token *t, const struct db_rows *r,
		     size_t row)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->id, sizeof(t->id), "%s", db_str(r, row, 0));
	snprintf(t->name, sizeof(t->name), "%s", db_str(r, row, 1));
	t->scopes = db_int(r, row, 2);
	t->per_minute = db_int(r, row, 3);
	t->max_queued = db_int(r, row, 4);
	t->max_bytes = db_int(r, row, 5);
	t->created = db_int(r, row, 6);
	t->revoked = db_int(r, row, 7);
}

bool store_token_add(struct store *s, const struct store_token *t,
		     const char *hash, struct vorw_err *e)
{
	struct db_rows r;
	bool mine;

	/* sent once more when the connection was lost before the answer: it may
	 * be there (db_run()) */
	if (!DB_RUN(s->db, NULL, e, "INSERT INTO tokens (id, name, hash,"
		    " scopes, per_minute, max_queued, max_bytes, created)"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, vorw_now())"
		    " ON CONFLICT (id) DO NOTHING",
		    DB_S(t->id), DB_S(t->name), DB_S(hash), DB_I(t->scopes),
		    DB_I(t->per_minute), DB_I(t->max_queued),
		    DB_I(t->max_bytes)) ||
	    !DB_RUN(s->db, &r, e, "SELECT 1 FROM tokens WHERE id = $1"
		    " AND hash = $2", DB_S(t->id), DB_S(hash)))
		return false;
	mine = r.nrows;
	db_rows_free(&r);
	return mine || vorw_fail(e, VORW_R_STORE,
				 "there is another token with id %.16s: try again",
				 t->id);
}

bool store_token_find(struct store *s, const char *hash,
		      struct store_token *t, struct vorw_err *e)
{
	struct db_rows r;
	bool found;

	if (!DB_RUN(s->db, &r, e, "SELECT " TOKEN_COLS " FROM tokens"
		    " WHERE hash = $1 AND revoked IS NULL", DB_S(hash)))
		return false;
	found = r.nrows;
	if (found)
		from_row(t, &r, 0);
	db_rows_free(&r);
	return found || vorw_fail(e, VORW_R_UNAUTHORIZED,
				  "the token is not known, or was revoked");
}

bool store_token_list(struct store *s, struct store_token **t, size_t *n,
		      struct vorw_err *e)
{
	struct db_rows r;
	size_t i;

	*n = 0;
	*t = NULL;
	if (!db_run(s->db, "SELECT " TOKEN_COLS " FROM tokens"
		    " ORDER BY created, id", NULL, 0, &r, e))
		return false;
	*t = calloc(r.nrows + 1, sizeof(**t));
	for (i = 0; *t && i < r.nrows; i++)
		from_row(&(*t)[i], &r, i);
	*n = *t ? r.nrows : 0;
	db_rows_free(&r);
	return *t || vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
}

bool store_token_revoke(struct store *s, const char *id, struct vorw_err *e)
{
	struct db_rows r;
	bool found;

	if (!DB_RUN(s->db, &r, e, "UPDATE tokens SET"
		    " revoked = coalesce(revoked, vorw_now()) WHERE id = $1",
		    DB_S(id)))
		return false;
	found = r.changed == 1;
	db_rows_free(&r);
	return found ||
	       vorw_fail(e, VORW_R_NOT_FOUND,
			 "no token has the id %.16s; `vorw token list` shows them",
			 id);
}
