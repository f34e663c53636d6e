/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * store_test.h - the store under test, and jobs for it.  What fails otherwise
 * than it is asked about says so as a diagnostic.
 */
#ifndef VORW_STORE_TEST_H
#define VORW_STORE_TEST_H

#include "service/store.h"

#define LEASE	60000

extern const char *where;	/* the argument of store_open() */
extern struct store *s;

/* 64 digits; good for three calls more */
const char *hex_id(unsigned n);
/* Its object is one of seven. */
bool submit(unsigned id, const char *token, const struct store_limits *lim,
	    struct job *j, bool *is_new, struct vorw_err *e);
bool claim(const char *worker, struct job *j, bool *any);
bool finish(const char *id, int64_t fence, enum vorw_reason reason, bool again,
	    bool *mine);
bool state_is(const char *id, const char *state);
/* One with an object of its own; good for three with other remainders by 4. */
struct store_new new_job(unsigned id);

/* ---- store_many.c: several at a time, and servers that are away ---- */

void crowd(void);
void contend(void);
void away(void);

#endif /* VORW_STORE_TEST_H */
