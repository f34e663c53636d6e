/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* store_int.h - what the parts of the store share. */
#ifndef VORW_STORE_INT_H
#define VORW_STORE_INT_H

#include "db.h"
#include "store.h"

struct store {
	struct db *db;
};

/* Columns of a job, in the order of job_from_row(); the long ones last, and
 * empty in a list. */
#define JOB_COLS \
	"j.id, j.object, j.target, j.identity, j.options, j.token, j.state, " \
	"j.worker, j.progress, j.reason, j.message, j.blob, j.content, " \
	"j.attempts, j.fence, j.version, j.created, j.started, j.finished, " \
	"j.updated, (SELECT o.size FROM objects o WHERE o.sha256 = j.object)"
#define JOB_COLS_ALL	JOB_COLS ", j.log, j.report, j.text"

/* How many there are; one that said so not long ago is. */
#define WORKERS_HERE \
	"(SELECT count(*) FROM workers WHERE seen > vorw_now() - 60000)"

/* To those that wait for it, when what was written is committed. */
bool store_tell(struct store *s, enum store_topic what, struct vorw_err *e);

/* Takes the strings out of the row. */
void job_from_row(struct job *j, struct db_rows *r, size_t row);

#endif /* VORW_STORE_INT_H */
