// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_serve.c - `vorw serve`: front end, signer and workers, by one command. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "cmd.h"
#include "http.h"
#include "logline.h"
#include "service.h"
#include "sign.h"
#include "signer/signer_client.h"
#include "supervise.h"
#include "worker.h"

#define GRACE_SECONDS	10
#define EXPIRE_SECONDS	3600
#define DAY_MS		86400000ll
/* What a check may take (signer/checker.c), and some. */
#define SIGNER_ENDS_MS	250000

static const char usage_text[] =
"usage: vorw serve [OPTION]...\n"
"\n"
"Verification as a service: HTTP front end, workers and signer.\n"
"\n"
"      --listen ADDRESS:PORT  default: 127.0.0.1:8080\n"
"      --state DIR        database, signing log, socket; default:\n"
"                         $STATE_DIRECTORY, or ~/.local/state/vorw\n"
"      --store STORE      postgresql://... or an SQLite file; default:\n"
"                         $VORW_STORE, or vorw.db in the state directory\n"
"      --workers N        processes that verify; default: one per CPU, but two\n"
"  -k, --key KEY          what the signer signs with: a file, or pkcs11:..., see\n"
"                         `vorw signer`\n"
"  -c, --cert CERT        its certificate; default of both: this build's\n"
"                         throw-away development key\n"
"      --signer SOCKET    a signer that runs already, in place of the key\n"
"      --no-signer        front end only: workers elsewhere have signers, with\n"
"                         the certificate CERT\n"
"      --tls-cert FILE    serve https with this certificate chain, PEM\n"
"      --tls-key FILE     and its key\n"
"      --tls-client-ca FILE  only for clients with a certificate of these CAs\n"
"      --need-token       refuse requests without a token also on loopback\n"
"      --max-queued N     jobs that wait; default: 10000\n"
"      --job-limit SECONDS  of a virtual machine's life; default: 600\n"
"      --max-uploads MIB  of submissions that are on their way; default: 512\n"
"      --max-per-address N  connections of one address; default: 64\n"
"      --retain DAYS      forget jobs that ended that long ago; default:\n"
"                         keep all\n"
"\n"
"Ends by SIGTERM or ^C; jobs that were not finished go on with the next start.\n"
"Exit status: 0 ended so, 1 failed, 2 usage.\n";

struct args {
	const char *listen, *state, *store, *workers, *key, *cert, *signer;
	const char *tls_cert, *tls_key, *tls_client_ca, *max_queued, *retain;
	const char *max_uploads, *job_limit, *max_per_address;
	bool need_token, no_signer;
	int64_t nworkers, queue, uploads, days, job_seconds, per_address;
};

/* What the children are made of. */
static struct {
	char *dir, **worker_env, *where, *socket, *log, *key, *cert;
	char signer[4200], service[4200], bell_text[16], limit_text[16];
	struct store *store;	/* the supervisor's, to end dead leases */
	struct child children[CHILDREN_MAX];
	char names[CHILDREN_MAX][WORKER_NAME_MAX];
	char *argv[CHILDREN_MAX][16];
	unsigned n;
	int bell[2];
	struct http *http;
	int64_t days;
} sv;

static bool number(const char *text, int64_t least, int64_t most, int64_t *n)
{
	char *end;

	if (!text)
		return true;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return *text && !*end && !errno && *n >= least && *n <= most;
}

/* -1: go on; else the exit status. */
static int parse_args(int argc, char **argv, struct args *a)
{
	const struct cmd_option options[] = {
		{ "listen", .text = &a->listen },
		{ "state", .text = &a->state },
		{ "store", .text = &a->store },
		{ "workers", .text = &a->workers },
		{ "key", 'k', .text = &a->key },
		{ "cert", 'c', .text = &a->cert },
		{ "signer", .text = &a->signer },
		{ "no-signer", .flag = &a->no_signer },
		{ "tls-cert", .text = &a->tls_cert },
		{ "tls-key", .text = &a->tls_key },
		{ "tls-client-ca", .text = &a->tls_client_ca },
		{ "need-token", .flag = &a->need_token },
		{ "max-queued", .text = &a->max_queued },
		{ "job-limit", .text = &a->job_limit },
		{ "max-uploads", .text = &a->max_uploads },
		{ "max-per-address", .text = &a->max_per_address },
		{ "retain", .text = &a->retain },
	};
	const struct cmd_syntax syntax = {
		"serve", usage_text, NULL, options,
		sizeof(options) / sizeof(options[0])
	};
	const char *operand;
	int rc = cmd_parse(argc, argv, &syntax, &operand);

	if (rc >= 0)
		return rc;
	a->nworkers = sysconf(_SC_NPROCESSORS_ONLN);
	/* one would be all that a slow object needs */
	if (a->nworkers < 2)
		a->nworkers = 2;
	a->queue = 10000;
	a->uploads = 512;
	a->per_address = PER_ADDRESS;
	a->job_seconds = JOB_SECONDS;
	if (a->no_signer && (a->key || a->signer || !a->cert))
		return cmd_usage_error("serve", "--no-signer with --cert, and nothing else of a signer");
	if (!a->key != !a->cert && !a->no_signer)
		return cmd_usage_error("serve", "--key and --cert go together");
	if (a->signer && a->key)
		return cmd_usage_error("serve", "--signer with a key");
	if (!a->tls_key != !a->tls_cert)
		return cmd_usage_error("serve", "--tls-key and --tls-cert go together");
	if (a->tls_client_ca && !a->tls_cert)
		return cmd_usage_error("serve", "--tls-client-ca needs --tls-cert and --tls-key");
	if (!number(a->workers, 0, CHILDREN_MAX - 1, &a->nworkers))
		return cmd_usage_error("serve", "--workers is 0 to %d",
				       CHILDREN_MAX - 1);
	if (a->no_signer && (!a->workers || a->nworkers))
		return cmd_usage_error("serve", "--no-signer needs --workers 0");
	if (!number(a->max_queued, 1, INT64_MAX, &a->queue) ||
	    !number(a->retain, 1, 36500, &a->days))
		return cmd_usage_error("serve", "--max-queued and --retain are numbers above 0");
	if (!number(a->job_limit, 1, JOB_SECONDS_MAX, &a->job_seconds))
		return cmd_usage_error("serve", "--job-limit is 1 to %d seconds",
				       JOB_SECONDS_MAX);
	if (!number(a->max_per_address, 1, CONNECTIONS, &a->per_address))
		return cmd_usage_error("serve", "--max-per-address is 1 to %d",
				       CONNECTIONS);
	if (!number(a->max_uploads, UPLOADS_MIN_MIB, 1 << 20, &a->uploads))
		return cmd_usage_error("serve", "--max-uploads is at least %d MiB",
				       UPLOADS_MIN_MIB);
	return -1;
}

static char *join(const char *dir, const char *leaf)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, leaf) < 0 ? NULL : path;
}

static bool find_paths(const struct args *a, struct vorw_err *e)
{
	static char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n < 0)
		return vorw_fail(e, VORW_R_IO, "/proc/self/exe: %s",
				 strerror(errno));
	snprintf(sv.service, sizeof(sv.service), "%s", exe);
	slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	snprintf(sv.signer, sizeof(sv.signer), "%s/vorw-signer", exe);
	sv.dir = state_dir(a->state, e);
	if (!sv.dir)
		return false;
	sv.where = store_where(a->store, a->state, e);
	sv.socket = a->signer ? strdup(a->signer) : join(sv.dir, "signer.sock");
	sv.log = join(sv.dir, "signing.log");
	sv.key = a->key ? strdup(a->key) : join(exe, "keys/dev.key.pem");
	sv.cert = a->cert ? strdup(a->cert) : join(exe, "keys/dev.cert.pem");
	return (sv.where && sv.socket && sv.log && sv.key && sv.cert) ||
	       vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
}

/* A signer whose service was killed finishes what it was checking.  False
 * without *e: a signal ended the wait. */
static bool log_is_free(const sigset_t *ends, struct vorw_err *e)
{
	const struct timespec pause = { 0, 50000000 };
	int fd = open(sv.log, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
		      O_NONBLOCK);
	u64 until = now_ms() + SIGNER_ENDS_MS;
	bool held, told = false, ended = false;

	/* one that is not there is free, and what else it is the signer says */
	for (;;) {
		held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) &&
		       errno == EWOULDBLOCK;
		if (!held || ended || now_ms() > until)
			break;
		if (!told)
			log_line("serve", "warn", "waits_for", sv.log, "error",
				 "another signer has it", NULL);
		told = true;
		ended = sigtimedwait(ends, NULL, &pause) > 0;
	}
	if (fd >= 0)
		close(fd);
	return !held || (!ended && vorw_fail(e, VORW_R_SIGNER,
					     "%s: another signer has it",
					     sv.log));
}

/* What would only be found out by a child. */
static bool can_serve(const struct args *a, const sigset_t *ends,
		      struct vorw_err *e)
{
	const char *const files[] = { sv.key, sv.cert };
	bool own_signer = !a->signer && !a->no_signer;
	char *path = join(sv.dir, "serve.lock");
	unsigned i;
	/* stays open; whoever is killed gives it up, and no child has it */
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		vorw_fail(e, VORW_R_IO, "%s/serve.lock: %s", sv.dir,
			  strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB))
		vorw_fail(e, VORW_R_IO,
			  "another vorw serve has %s; give this one a --state of its own",
			  sv.dir);
	free(path);
	if (own_signer && access(sv.signer, X_OK))
		vorw_fail(e, VORW_R_SIGNER, "%s: %s", sv.signer,
			  strerror(errno));
	for (i = 0; i < 2 && own_signer; i++)
		if (sign_key_is_uri(files[i]))
			sign_key_uri_check(files[i], e);
		else if (access(files[i], R_OK))
			vorw_fail(e, VORW_R_KEY, "%s: %s", files[i],
				  strerror(errno));
	return e->reason == VORW_R_OK && (!own_signer || log_is_free(ends, e));
}

/* A worker's name is never used again: its leases go by it. */
static void name_worker(struct child *c)
{
	worker_name(getpid(), c->arg);
}

static void worker_ended(struct child *c)
{
	struct vorw_err e = { 0 };

	if (!store_worker_gone(sv.store, c->arg, &e))
		log_line("serve", "error", "error", e.msg, NULL);
	/* what it had is to be taken at once */
	if (write(sv.bell[1], "!", 1) < 0)
		return;
}

static struct child *add_child(const char *part, const char *const *argv)
{
	struct child *c = &sv.children[sv.n];
	unsigned i;

	for (i = 0; argv[i]; i++)
		sv.argv[sv.n][i] = (char *)argv[i];
	c->part = part;
	c->argv = sv.argv[sv.n];
	c->arg = sv.names[sv.n];
	c->keep_fd = -1;
	sv.n++;
	return c;
}

/* Ours, and where the store is. */
static bool make_worker_env(struct vorw_err *e)
{
	size_t n = 0;

	while (environ[n])
		n++;
	sv.worker_env = calloc(n + 2, sizeof(*sv.worker_env));
	if (!sv.worker_env ||
	    asprintf(&sv.worker_env[n], STORE_ENV "=%s", sv.where) < 0)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	memcpy(sv.worker_env, environ, n * sizeof(*environ));
	return true;
}

static void plan_children(const struct args *a)
{
	const char *const signer[] = {
		sv.signer, "--socket", sv.socket, "--log", sv.log, "--key",
		sv.key, "--cert", sv.cert, NULL
	};
	struct child *c;
	int64_t i;

	if (!a->signer && !a->no_signer) {
		c = add_child("signer", signer);
		c->fatal = VORW_R_SIGNER;
		c->ran = SIGNER_RAN;
	}
	snprintf(sv.bell_text, sizeof(sv.bell_text), "%d", sv.bell[0]);
	snprintf(sv.limit_text, sizeof(sv.limit_text), "%lld",
		 (long long)a->job_seconds);
	for (i = 0; i < a->nworkers && sv.n < CHILDREN_MAX; i++) {
		const char *const worker[] = {
			sv.service, "worker", "--signer", sv.socket, "--bell",
			sv.bell_text, "--name", sv.names[sv.n],
			"--job-limit", sv.limit_text, NULL
		};

		c = add_child("worker", worker);
		c->envp = sv.worker_env;
		c->prepare = name_worker;
		c->ended = worker_ended;
		c->keep_fd = sv.bell[0];
	}
}

/* Retention; a store of its own, as it is a thread of its own. */
static void *expire(void *arg)
{
	struct vorw_err e;
	struct store *s;
	int64_t gone;
	char text[24];

	for (;;) {
		memset(&e, 0, sizeof(e));
		s = NULL;
		if (store_open(&s, sv.where, &e) &&
		    store_expire(s, sv.days * DAY_MS, &gone, &e)) {
			snprintf(text, sizeof(text), "%lld", (long long)gone);
			log_line("serve", "info", "expired", text, NULL);
		} else {
			log_line("serve", "error", "error", e.msg, NULL);
		}
		store_close(s);
		sleep(EXPIRE_SECONDS);
	}
	return NULL;
}

static void stop_http(void *arg)
{
	log_line("serve", "info", "event", "stopping", NULL);
	http_stop(sv.http, GRACE_SECONDS);
}

static bool serve(const struct args *a, struct vorw_err *e)
{
	struct http_opts o = {
		.listen = a->listen ? a->listen : "127.0.0.1:8080",
		.tls_cert = a->tls_cert, .tls_key = a->tls_key,
		.tls_client_ca = a->tls_client_ca,
		.need_token = a->need_token, .max_queued = a->queue,
		.per_address = a->per_address,
		.max_uploads = (u64)a->uploads << 20,
	};
	char *where = NULL;
	pthread_t thread;
	sigset_t set;
	bool ok, open;

	umask(077);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (!find_paths(a, e))
		return false;
	if (pipe2(sv.bell, O_CLOEXEC | O_NONBLOCK))
		return vorw_fail(e, VORW_R_IO, "pipe: %s", strerror(errno));
	if (!can_serve(a, &set, e) || !make_worker_env(e))
		return false;
	plan_children(a);
	o.store = sv.where;
	o.signer = sv.socket;
	o.no_signer = a->no_signer;
	/* one that runs elsewhere has to say it */
	o.cert = a->signer ? NULL : sv.cert;
	o.bell = sv.bell[1];
	if (!store_open(&sv.store, sv.where, e) ||
	    !http_start(&sv.http, &o, &where, &open, e))
		return false;
	store_patience(sv.store, STORE_PATIENCE_MS);
	log_line("serve", "info", "listening", where, "tokens",
		 open ? "none: open to all users of this machine" : "needed",
		 NULL);
	sv.days = a->days;
	if (a->days && pthread_create(&thread, NULL, expire, NULL))
		return vorw_fail(e, VORW_R_NO_MEMORY, "no thread");
	ok = supervise(sv.children, sv.n, GRACE_SECONDS, stop_http, NULL, e);
	/* the last one: SQLite then leaves nothing beside the database */
	store_close(sv.store);
	log_line("serve", "info", "event", "stopped", NULL);
	return ok;
}

int cmd_serve(int argc, char **argv)
{
	struct args a = { 0 };
	struct vorw_err e = { 0 };
	int rc = parse_args(argc, argv, &a);

	if (rc >= 0)
		return rc;
	serve(&a, &e);
	return e.reason == VORW_R_USAGE ?
	       cmd_usage_error("serve", "%s", e.msg) : cmd_end(&e);
}
