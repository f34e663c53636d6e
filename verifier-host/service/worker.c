// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* worker.c - taking jobs, and holding on to them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "job_key.h"
#include "logline.h"
#include "signer/signer_client.h"
#include "templates.h"
#include "verify_job.h"
#include "worker.h"

/* Where each job is told of, by a bell or by the database; this is for leases
 * that run out. */
#define IDLE_TOLD_MS	2000
#define IDLE_MS		200
#define TROUBLE_MS	2000	/* the database is gone */
#define STEP_MS		5000	/* what SIGTERM waits for */
#define WRITE_MS	60000	/* for a database that answers, but takes no result */
#define WRITE_AGAIN_MS	500
#define HERE_MS		15000	/* how often the store is told of us */
#define LINES_SIZE	(1 << 20)	/* each line has a page of it */
#define OBJECT_LINE	512
/* Preparing a VM and its life, in lives of a VM: a job that takes longer hangs
 * somewhere.  A signer that hangs is no reason to take the job for a bad one:
 * that time does not count, verify_job.c limits it. */
#define JOB_LIVES	4

static struct {
	pthread_mutex_t lock;
	char id[STORE_ID_LEN + 1];	/* "": none is held */
	int64_t fence;
	u64 until_ms, asking_ms;	/* 0: the signer is not asked */
	bool writing;		/* its result is there, if not in the store */
	u64 turn;		/* another one for each job */
	int lines[2];		/* a pipe of packets: turn, line of progress */
} now = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Held from when a job is taken in the store until that is known here, and
 * while its result is written. */
static pthread_mutex_t step = PTHREAD_MUTEX_INITIALIZER;

struct packet {
	u64 turn;
	char line[OBJECT_LINE];
};

void worker_name(int pid, char to[WORKER_NAME_MAX])
{
	char host[64] = "";
	struct timespec t;

	gethostname(host, sizeof(host) - 1);
	clock_gettime(CLOCK_REALTIME, &t);
	snprintf(to, WORKER_NAME_MAX, "%s-%d-%llx", host, pid,
		 t.tv_sec * 1000000ull + t.tv_nsec / 1000);
}

/* From the library, in the thread that verifies. */
static void send_line(const char *line)
{
	struct packet p = { .turn = now.turn };

	snprintf(p.line, sizeof(p.line), "%s", line);
	/* a pipe that is full loses a line of progress, nothing else */
	if (write(now.lines[1], &p, sizeof(p)) < 0)
		return;
}

/* j is NULL: none. */
static void hold(const struct job *j, u64 most_ms)
{
	pthread_mutex_lock(&now.lock);
	snprintf(now.id, sizeof(now.id), "%s", j ? j->id : "");
	now.fence = j ? j->fence : 0;
	now.until_ms = now_ms() + most_ms;
	now.asking_ms = 0;
	now.writing = false;
	now.turn += !!j;
	pthread_mutex_unlock(&now.lock);
}

static void asks_signer(bool begins)
{
	pthread_mutex_lock(&now.lock);
	if (!begins)
		now.until_ms += now_ms() - now.asking_ms;
	now.asking_ms = begins ? now_ms() : 0;
	pthread_mutex_unlock(&now.lock);
}

static void hold_result(void)
{
	pthread_mutex_lock(&now.lock);
	now.writing = true;
	pthread_mutex_unlock(&now.lock);
}

static bool is_turn(u64 turn)
{
	bool same;

	pthread_mutex_lock(&now.lock);
	same = now.turn == turn;
	pthread_mutex_unlock(&now.lock);
	return same;
}

static bool held_too_long(void)
{
	bool yes;

	pthread_mutex_lock(&now.lock);
	yes = !now.writing && !now.asking_ms && now_ms() > now.until_ms;
	pthread_mutex_unlock(&now.lock);
	return yes;
}

static int64_t held(char id[STORE_ID_LEN + 1])
{
	int64_t fence;

	pthread_mutex_lock(&now.lock);
	memcpy(id, now.id, sizeof(now.id));
	fence = now.fence;
	pthread_mutex_unlock(&now.lock);
	return fence;
}

/* And not finished, or about to be: store_finish() says whose the job is. */
static bool still_verified(const char *id, int64_t fence)
{
	bool yes;

	pthread_mutex_lock(&now.lock);
	yes = !now.writing && now.fence == fence && !strcmp(now.id, id);
	pthread_mutex_unlock(&now.lock);
	return yes;
}

/* In the middle of a step the job would be nobody's until its lease ends, and
 * that would count as a death. */
static void end_now(struct store *s, const char *name)
{
	struct vorw_err e = { 0 };
	char id[STORE_ID_LEN + 1];
	struct timespec until;
	int64_t fence;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STEP_MS / 1000;
	pthread_mutex_timedlock(&step, &until);
	fence = held(id);
	if (id[0])
		store_give_back(s, id, fence, &e);
	store_worker_gone(s, name, &e);
	_exit(0);
}

/* p: a line of progress, or NULL. */
static void beat(struct store *s, unsigned lease_ms, const struct packet *p)
{
	char id[STORE_ID_LEN + 1];
	struct vorw_err e = { 0 };
	int64_t fence = held(id);
	bool mine;

	/* what was said of a job before is not this one's */
	if (!id[0] || (p && !is_turn(p->turn)))
		return;
	if (held_too_long()) {
		log_line("worker", "error", "job", id, "error",
			 "does not end, giving up", NULL);
		_exit(1);
	}
	if (!store_beat(s, id, fence, lease_ms, p ? p->line : NULL, &mine,
			&e)) {
		log_line("worker", "warn", "job", id, "error", e.msg, NULL);
	} else if (!mine && still_verified(id, fence)) {
		log_line("worker", "warn", "job", id, "error",
			 "lease lost, giving up", NULL);
		_exit(1);
	}
}

struct keeper {
	struct store *s;
	const char *name;
	u64 here_ms;		/* when the store was told */
	unsigned lease_ms;
	int sigfd;
};

/* Others are given work by how many workers there are. */
static bool say_here(struct keeper *k, struct vorw_err *e)
{
	if (k->here_ms && now_ms() - k->here_ms < HERE_MS)
		return true;
	k->here_ms = now_ms();
	return store_worker_here(k->s, k->name, e);
}

static int wait_ms(const struct keeper *k)
{
	return k->lease_ms / 3 < HERE_MS ? k->lease_ms / 3 : HERE_MS;
}

static void *keep(void *arg)
{
	struct keeper *k = arg;
	struct pollfd fds[2] = {
		{ .fd = k->sigfd, .events = POLLIN },
		{ .fd = now.lines[0], .events = POLLIN },
	};
	struct vorw_err e;
	struct packet p;
	int rc;

	for (;;) {
		rc = poll(fds, 2, wait_ms(k));
		if (fds[0].revents && rc > 0)
			end_now(k->s, k->name);
		memset(&e, 0, sizeof(e));
		if (!say_here(k, &e))
			log_line("worker", "warn", "error", e.msg, NULL);
		if (rc == 0)
			beat(k->s, k->lease_ms, NULL);
		if (rc <= 0 || !fds[1].revents)
			continue;
		if (read(now.lines[0], &p, sizeof(p)) == sizeof(p))
			beat(k->s, k->lease_ms, &p);
	}
	return NULL;
}

static bool start_keeper(const struct worker_opts *o, struct vorw_err *e)
{
	static struct keeper k;
	pthread_t thread;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* not in QEMU, see run_child() */
	sigprocmask(SIG_BLOCK, &set, NULL);
	k.lease_ms = o->lease_ms;
	k.sigfd = signalfd(-1, &set, SFD_CLOEXEC);
	if (k.sigfd < 0 || pipe2(now.lines, O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return vorw_fail(e, VORW_R_IO, "worker: %s", strerror(errno));
	/* or less, where that is not allowed */
	fcntl(now.lines[1], F_SETPIPE_SZ, LINES_SIZE);
	k.name = o->name;
	if (!store_open(&k.s, o->store, e) || !say_here(&k, e))
		return false;
	if (pthread_create(&thread, NULL, keep, &k))
		return vorw_fail(e, VORW_R_NO_MEMORY, "no thread");
	return true;
}

/* Object, and what came with it. */
static bool fetch(struct store *s, const struct job *j, u8 **object,
		  size_t *size, u8 **btf, size_t *btf_size,
		  struct vorw_err *e)
{
	struct job_options o;

	return job_options_read(&o, j->options, e) &&
	       store_object(s, j->object, object, size, e) &&
	       (!o.btf[0] || store_object(s, o.btf, btf, btf_size, e));
}

#define SKIP_MS		60000
#define SIGNER_SECONDS	5

/* Targets that are another one here: not to be taken for a while. */
static struct {
	struct store_skip ids;
	u64 until_ms[STORE_SKIP_MAX];
	unsigned next;
} lacking;

static void lack(const struct job *j)
{
	unsigned i = lacking.next++ % STORE_SKIP_MAX;

	snprintf(lacking.ids.identity[i], sizeof(lacking.ids.identity[i]),
		 "%s", j->identity);
	lacking.until_ms[i] = now_ms() + SKIP_MS;
}

static const struct store_skip *lacks(void)
{
	unsigned i;

	for (i = 0; i < STORE_SKIP_MAX; i++)
		if (lacking.until_ms[i] <= now_ms())
			lacking.ids.identity[i][0] = 0;
	return &lacking.ids;
}

/* To take a job without one would be to verify it for nothing. */
static void await_signer(const char *socket)
{
	struct signer_status status;
	struct vorw_err e = { 0 };

	while (!signer_status(socket, SIGNER_SECONDS, &status, &e)) {
		log_line("worker", "warn", "waits_for", "signer", "error",
			 e.msg, NULL);
		vorw_err_free(&e);
		memset(&e, 0, sizeof(e));
		poll(NULL, 0, TROUBLE_MS);
	}
	signer_status_free(&status);
}

/*
 * What was verified and signed is not thrown away for a database that is away
 * or restarts: until it is written or the job is another's, which *mine says,
 * while the keeper renews the lease.
 */
static bool write_result(struct store *s, const struct job *j,
			 const struct store_result *r, bool *mine,
			 struct vorw_err *e)
{
	u64 until = now_ms() + WRITE_MS;
	bool ok, over;

	hold_result();
	for (;;) {
		pthread_mutex_lock(&step);
		ok = store_finish(s, j->id, j->fence, r, mine, e);
		if (!ok && store_lost(s))
			until = now_ms() + WRITE_MS;
		over = ok || now_ms() > until;
		if (over)
			hold(NULL, 0);
		pthread_mutex_unlock(&step);
		if (over)
			return ok;
		log_line("worker", "warn", "job", j->id, "error", e->msg,
			 NULL);
		vorw_err_free(e);
		memset(e, 0, sizeof(*e));
		poll(NULL, 0, WRITE_AGAIN_MS);
	}
}

static bool do_job(struct store *s, const struct job *j,
		   const struct worker_opts *o, struct vorw_err *e)
{
	const struct job_place at = {
		.signer = o->signer, .shared = store_tells(s),
		.seconds = o->job_seconds,
		.template_jobs = o->template_jobs,
		.asks_signer = asks_signer,
	};
	u8 *object = NULL, *btf = NULL;
	size_t size = 0, btf_size = 0;
	struct job_result res = { 0 };
	struct vorw_err why = { 0 };
	bool ok, mine;

	if (fetch(s, j, &object, &size, &btf, &btf_size, &why))
		verify_job(j, object, size, btf, btf_size, &at, &res);
	else
		res.r = (struct store_result){
			.reason = why.reason, .again = true,
			.outage_ms = job_outage(why.reason, store_tells(s)),
			.message = why.msg
		};
	ok = write_result(s, j, &res.r, &mine, e);
	if (ok)
		log_line("worker", "info", "job", j->id, "target", j->target,
			 "result", vorw_reason_name(res.r.reason),
			 "message", res.r.message ? res.r.message : "",
			 "kept", mine ? "yes" : "no", NULL);
	if (res.r.reason == VORW_R_TARGET && res.r.outage_ms)
		lack(j);
	if (res.r.reason == VORW_R_SIGNER)
		await_signer(o->signer);
	job_result_free(&res);
	vorw_err_free(&why);
	free(object);
	free(btf);
	return ok;
}

static u64 most_ms(const struct job *j, const struct worker_opts *o)
{
	struct vorw_err e = { 0 };
	struct vorw_target t;

	/* one that is not there takes no time at all */
	if (!vorw_target_get(j->target, &t, &e))
		t.slow = 1;
	vorw_err_free(&e);
	return 1000ull * JOB_LIVES * o->job_seconds * t.slow;
}

static void wait_for_work(struct store *s, const struct worker_opts *o)
{
	struct pollfd bell = { .fd = o->bell, .events = POLLIN };
	char c;

	store_wait(s, o->bell, o->bell >= 0 || store_tells(s) ? IDLE_TOLD_MS :
			       IDLE_MS);
	/* one ring wakes one; nobody rings any more: who did has ended, and
	 * SIGTERM is on its way */
	if (o->bell >= 0 && poll(&bell, 1, 0) > 0 &&
	    read(o->bell, &c, 1) == 0)
		poll(NULL, 0, IDLE_MS);
}

static bool take_job(struct store *s, const struct worker_opts *o,
		     struct job *j, bool *any, struct vorw_err *e)
{
	/* one that failed may have been committed */
	static bool doubt;
	bool ok;

	pthread_mutex_lock(&step);
	ok = (!doubt || store_give_back_all(s, o->name, e)) &&
	     store_claim(s, o->name, o->lease_ms, lacks(), j, any, e);
	doubt = !ok;
	if (ok && *any)
		hold(j, most_ms(j, o));
	pthread_mutex_unlock(&step);
	return ok;
}

bool worker_run(const struct worker_opts *o, struct vorw_err *e)
{
	struct store *s = NULL;
	struct job j;
	bool any;

	/* it has the store's password, and all objects, in memory */
	prctl(PR_SET_DUMPABLE, 0);
	if (!start_keeper(o, e) || !store_open(&s, o->store, e) ||
	    !store_listen(s, STORE_WORK, e))
		return false;
	vorw_progress_to = send_line;
	log_line("worker", "info", "ready", o->name, NULL);
	for (;;) {
		if (!take_job(s, o, &j, &any, e)) {
			log_line("worker", "error", "error", e->msg, NULL);
			memset(e, 0, sizeof(*e));
			poll(NULL, 0, TROUBLE_MS);
			continue;
		}
		templates_shrink();
		if (!any) {
			templates_prepare(o->template_jobs);
			wait_for_work(s, o);
			continue;
		}
		if (!do_job(s, &j, o, e)) {
			/* its lease runs out, and it is done again */
			log_line("worker", "error", "job", j.id, "error",
				 e->msg, NULL);
			memset(e, 0, sizeof(*e));
		}
		job_free(&j);
		templates_prepare(o->template_jobs);
	}
}
