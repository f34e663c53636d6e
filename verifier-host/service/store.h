/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * store.h - what the service keeps: objects, jobs, blobs, tokens.
 *
 *	submit ─▶ queued ─claim▶ running ─finish▶ done | refused | failed
 *	             ▲              │
 *	             └── lease lost, given back, worth another try
 *
 * A job's id is made of everything its result depends on (job_key.h), so that
 * asking again for the same finds the same row.  A result stands once it is
 * written; only a failed job can be asked for anew.
 *
 * A worker holds a job by a lease that it renews.  Each claim has a number of
 * its own, the fence; whoever comes with an older one changes nothing.  A job
 * whose workers died JOB_ATTEMPTS times has failed (VORW_R_WORKER).  While
 * PostgreSQL's server is stopped nobody can renew: no lease ends before it has
 * been up for as long as a lease.  A server that hangs or cannot be reached, and
 * was not restarted, has no such grace: leases of before may end at once.
 *
 * When a call returns, what it wrote is on the disk.  A store belongs to one
 * thread.  All times are the database's, in milliseconds since 1970.
 */
#ifndef VORW_STORE_H
#define VORW_STORE_H

#include "err.h"
#include "vorw_types.h"

#define JOB_ATTEMPTS	2
#define STORE_ID_LEN	64	/* SHA-256 in hex */

struct store;

/* A job; strings are malloc'd, NULL where there is nothing (yet). */
struct job {
	char *id, *object, *target, *identity, *options, *token;
	char *state;
	char *worker;
	char *progress;		/* lines, each ends in '\n' */
	char *reason, *message;	/* refused, failed */
	char *log;		/* the verifier's; only from store_job() */
	char *report;		/* done: JSON (report.h); from store_job() */
	char *text;		/* done: the same for people */
	char *blob;		/* done: digest of the signed blob */
	char *content;		/* done: digest of what is signed */
	int64_t attempts, fence, version;
	int64_t created, started, finished, updated;	/* 0: not yet */
	int64_t object_size;
};
void job_free(struct job *j);
bool job_is_final(const struct job *j);

bool store_open(struct store **s, const char *where, struct vorw_err *e);
void store_close(struct store *s);
/* From now on: so long a call waits for a database that does not answer, or is
 * locked, now and then a few times of it (db_patience()). */
void store_patience(struct store *s, unsigned ms);
/* Did the last call fail because the database is away, or was restarted in the
 * middle?  What it wrote may then be there all the same. */
bool store_lost(const struct store *s);

/*
 * Who waits for work, or for what comes of it, is told by who causes it, where
 * the database can do that (PostgreSQL's LISTEN and NOTIFY); a second look now
 * and then is due all the same, as for leases that run out.
 */
enum store_topic { STORE_WORK, STORE_CHANGES };
bool store_listen(struct store *s, enum store_topic what, struct vorw_err *e);
/* Until then, or fd (or -1) can be read, or so many milliseconds. */
void store_wait(struct store *s, int fd, unsigned ms);
/* Does store_wait() hear of it? */
bool store_tells(const struct store *s);

/* ---- the front end ---- */

struct store_new {
	const char *id, *target, *identity, *options, *token;
	const char *object;	/* digest of bytes */
	const u8 *bytes;
	size_t size;
	const char *extra;	/* digest of a second file (BTF), or NULL */
	const u8 *extra_bytes;
	size_t extra_size;
};

/* 0: no limit */
struct store_limits {
	int64_t queued;		/* jobs that wait, of all */
	int64_t token_queued;	/* jobs that wait or run, of the token */
	int64_t token_minute;	/* new jobs in the last 60 seconds */
};

/*
 * Have the job, new or as it is; *is_new: it was not there, or had failed.
 * VORW_R_BUSY and VORW_R_QUOTA: not accepted, nothing is kept.  A job that was
 * there already is answered whatever the limits say.
 */
bool store_submit(struct store *s, const struct store_new *n,
		  const struct store_limits *lim, struct job *j, bool *is_new,
		  struct vorw_err *e);
/* The same of count jobs, all of them or, when one is refused, none; is_new
 * has an entry for each. */
bool store_submit_all(struct store *s, const struct store_new *n, size_t count,
		      const struct store_limits *lim, bool *is_new,
		      struct vorw_err *e);

/* VORW_R_NOT_FOUND */
bool store_job(struct store *s, const char *id, struct job *j,
	       struct vorw_err *e);

/* Newest first, at the same time by id; NULL or 0: any.  *jobs is malloc'd, each to be freed. */
struct store_filter {
	const char *object, *blob, *target, *state;
	int64_t before;		/* created */
	const char *before_id;	/* and, of those created just then, behind it */
	unsigned max;
};
bool store_list(struct store *s, const struct store_filter *f,
		struct job **jobs, size_t *n, struct vorw_err *e);

bool store_object(struct store *s, const char *sha256, u8 **bytes, size_t *n,
		  struct vorw_err *e);
bool store_blob(struct store *s, const char *sha256, u8 **bytes, size_t *n,
		struct vorw_err *e);

/* Jobs that changed at or behind this time, malloc'd; *now: to ask from next
 * time.  Commits may become visible late: ask with some overlap. */
struct store_change {
	char id[STORE_ID_LEN + 1];
	int64_t version;
};
bool store_changes(struct store *s, int64_t since, struct store_change **c,
		   size_t *n, int64_t *now, struct vorw_err *e);
/* The versions of these n jobs, whatever the time says of them; -1: there is
 * no such job. */
bool store_versions(struct store *s, struct store_change *c, size_t n,
		    struct vorw_err *e);

struct store_counts {
	int64_t queued, running, done, refused, failed;
	int64_t oldest_ms;	/* how long the first in the queue has waited */
	int64_t objects, blobs, attempts_lost, workers;
};
bool store_count(struct store *s, struct store_counts *c, struct vorw_err *e);
/* Does the database answer? */
bool store_ping(struct store *s, struct vorw_err *e);
/* And take what is written?  A row is, and then is on its disk: an empty
 * transaction says nothing of a full disk, or a server that is read only. */
bool store_can_write(struct store *s, struct vorw_err *e);

/* Forget jobs that ended that long ago, and what only they needed. */
bool store_expire(struct store *s, int64_t age_ms, int64_t *gone,
		  struct vorw_err *e);

/* ---- a worker ---- */

/* Target identities that this worker has found it does not have. */
#define STORE_SKIP_MAX	8
struct store_skip {
	char identity[STORE_SKIP_MAX][STORE_ID_LEN + 1];	/* or "" */
};

/* This worker is there, for a minute from now. */
bool store_worker_here(struct store *s, const char *worker,
		       struct vorw_err *e);
/*
 * One token does not get all workers: as long as there are others who may ask
 * (more than one token), one worker is left to them, unless there is only one.
 *
 * *any: there was one, in *j, with its object to be had by
 * store_object().
 * skip (or NULL): not of these.
 */
bool store_claim(struct store *s, const char *worker, int64_t lease_ms,
		 const struct store_skip *skip, struct job *j, bool *any,
		 struct vorw_err *e);
/* Renew the lease, add a line of progress (or NULL).  *mine false: the job is
 * another's by now; stop. */
bool store_beat(struct store *s, const char *id, int64_t fence,
		int64_t lease_ms, const char *line, bool *mine,
		struct vorw_err *e);

/* What is kept of a log is no longer; the middle is cut out, which is said
 * there. */
#define STORE_LOG_MAX	(4u << 20)

struct store_result {
	enum vorw_reason reason;	/* VORW_R_OK: done */
	bool again;		/* not the object's fault: try once more */
	int64_t outage_ms;	/* not the attempt's either, which does not
				 * count if the job is no older; or 0 */
	const char *message, *log, *report, *text;
	const char *blob, *content;	/* digests */
	const u8 *bytes;	/* the blob */
	size_t size;
};
/* *mine: the result stands; also when it was said before. */
bool store_finish(struct store *s, const char *id, int64_t fence,
		  const struct store_result *r, bool *mine,
		  struct vorw_err *e);
/* Untouched, for another worker; does not count as an attempt. */
bool store_give_back(struct store *s, const char *id, int64_t fence,
		     struct vorw_err *e);
/* The same of whatever the store says is this worker's: after a claim that
 * failed, and was committed all the same. */
bool store_give_back_all(struct store *s, const char *worker,
			 struct vorw_err *e);
/* This worker has ended: so does its lease. */
bool store_worker_gone(struct store *s, const char *worker,
		       struct vorw_err *e);

/* ---- tokens ---- */

enum { SCOPE_SUBMIT = 1, SCOPE_READ = 2, SCOPE_ADMIN = 4 };

/* "submit" and so on; of several the first.  NULL: no such scope. */
const char *scope_name(unsigned bits);

struct store_token {
	char id[17];		/* not secret */
	char name[64];
	unsigned scopes;
	int64_t per_minute, max_queued, max_bytes;	/* 0: no quota */
	int64_t created, revoked;
};
/* hash: SHA-256 of the secret, in hex.  The same token again is no error, another
 * one with its id is. */
bool store_token_add(struct store *s, const struct store_token *t,
		     const char *hash, struct vorw_err *e);
/* VORW_R_UNAUTHORIZED: none, or revoked */
bool store_token_find(struct store *s, const char *hash,
		      struct store_token *t, struct vorw_err *e);
bool store_token_list(struct store *s, struct store_token **t, size_t *n,
		      struct vorw_err *e);
/* Or it is already.  VORW_R_NOT_FOUND */
bool store_token_revoke(struct store *s, const char *id, struct vorw_err *e);

#endif /* VORW_STORE_H */
