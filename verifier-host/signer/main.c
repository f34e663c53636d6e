// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - vorw-signer: the process that holds the key.
 *
 * It links neither network nor database.  The order here is what its safety
 * rests on: the checking process is forked before the key is read, the log is
 * whole before a socket is there, and afterwards no process is made.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "cmd.h"
#include "private_file.h"
#include "sandbox.h"
#include "serve.h"
#include "signer_client.h"

#define FIRST_FD	3	/* SD_LISTEN_FDS_START */

static const char usage_text[] =
"usage: vorw signer [--socket PATH] --log FILE --key KEY --cert CERT [OPTION]...\n"
"\n"
"Hold a key, and sign with it what verification services ask for, after having\n"
"checked their evidence.  Everything signed stands in the log.\n"
"\n"
"  -s, --socket PATH   where to listen (a Unix socket); default: the one that\n"
"                      systemd has opened (LISTEN_FDS)\n"
"  -l, --log FILE      the append-only log; `vorw log verify` checks it\n"
"  -k, --key KEY       private key, PEM or DER, its file for nobody else; or in a\n"
"                      PKCS#11 token, 'pkcs11:token=NAME;object=NAME?\n"
"                      module-path=FILE&pin-source=FILE' (one word)\n"
"  -c, --cert CERT     its certificate\n"
"      --allow USER    who may ask, by name or number (may be given again);\n"
"                      default: the user who runs this\n"
"      --allow-status USER  who may ask for its state and certificate, and have\n"
"                      nothing signed (may be given again)\n"
"      --checks N      requests checked at a time; default: one per CPU\n"
"\n"
"Ends by SIGTERM, after what is being checked.\n"
"Exit status: 0 ended so, 1 did not start, 2 usage, 3 could not go on.\n";

struct args {
	const char *socket, *log, *key, *cert, *checks;
	const char *allow[SERVE_MAX_ALLOW], *status[SERVE_MAX_ALLOW];
	struct cmd_texts allows, statuses;
};

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	stop = 1;
}

/* sd_listen_fds(3): one descriptor, the first, for this process. */
static bool was_given_socket(void)
{
	const char *n = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");

	return n && pid && !strcmp(n, "1") && atol(pid) == (long)getpid();
}

/* -1: go on; else the exit status. */
static int parse_args(int argc, char **argv, struct args *a)
{
	const struct cmd_option options[] = {
		{ "socket", 's', .text = &a->socket },
		{ "log", 'l', .text = &a->log },
		{ "key", 'k', .text = &a->key },
		{ "cert", 'c', .text = &a->cert },
		{ "allow", .texts = &a->allows },
		{ "allow-status", .texts = &a->statuses },
		{ "checks", .text = &a->checks },
	};
	const struct cmd_syntax syntax = {
		"signer", usage_text, NULL, options,
		sizeof(options) / sizeof(options[0])
	};
	const char *operand;
	int rc = cmd_parse(argc, argv, &syntax, &operand);

	if (rc >= 0)
		return rc;
	if (!a->log || !a->key || !a->cert)
		return cmd_usage_error("signer", "--log, --key and --cert are needed");
	if (!a->socket && !was_given_socket())
		return cmd_usage_error("signer", "--socket is needed");
	return -1;
}

static bool number(const char *text, unsigned long max, unsigned long *to)
{
	char *end;

	errno = 0;
	*to = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *to <= max;
}

static bool take_list(struct serve *s, const struct cmd_texts *users,
		      bool status_only, struct vorw_err *e)
{
	struct passwd *pw;
	unsigned long uid;
	size_t i;

	for (i = 0; i < users->n; i++) {
		if (!number(users->text[i], ~0u - 1, &uid)) {
			pw = getpwnam(users->text[i]);
			if (!pw)
				return vorw_fail(e, VORW_R_USAGE,
						 "--allow%s %s: no such user",
						 status_only ? "-status" : "",
						 users->text[i]);
			uid = pw->pw_uid;
		}
		s->allow[s->nallow++] = (struct serve_peer){ uid, status_only };
	}
	return true;
}

static bool take_users(struct serve *s, const struct args *a,
		       struct vorw_err *e)
{
	if (!a->allows.n)
		s->allow[s->nallow++].uid = geteuid();
	return take_list(s, &a->allows, false, e) &&
	       take_list(s, &a->statuses, true, e);
}

static bool take_checks(struct serve *s, const struct args *a,
			struct vorw_err *e)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned long n = cpus > 0 ? cpus : 1;

	if (a->checks && (!number(a->checks, 1024, &n) || !n))
		return vorw_fail(e, VORW_R_USAGE, "--checks %s: 1 to 1024",
				 a->checks);
	s->max_checks = n;
	return true;
}

/* Nobody else's memory. */
static bool hide_memory(struct vorw_err *e)
{
	const struct rlimit none = { 0, 0 };

	return (!prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) &&
		!setrlimit(RLIMIT_CORE, &none)) ||
	       vorw_fail(e, VORW_R_INTERNAL, "cannot keep memory private: %s",
			 strerror(errno));
}

static bool read_key(struct serve *s, const struct args *a, struct vorw_err *e)
{
	/* a module is loaded into this process only: PKCS#11 and fork() do
	 * not go together, and the checkers are to have no session */
	if (sign_key_is_uri(a->key) ?
	    !token_open(&s->token, &s->key, a->key, a->cert, a->log, e) :
	    !private_file(a->key, e) ||
	    !sign_key_load(&s->key, a->key, a->cert, e))
		return false;
	log_hash(s->key.cert.v.der, s->key.cert.v.der_size, s->cert);
	return true;
}

static bool run(struct serve *s, const struct args *a,
		const sigset_t *unblocked, bool *ready, struct vorw_err *e)
{
	if (!take_users(s, a, e) || !take_checks(s, a, e) ||
	    !checker_start(&s->checker, e) || !hide_memory(e) ||
	    !read_key(s, a, e) ||
	    !sign_log_open(&s->log, a->log, s->cert, e) ||
	    !(a->socket ? serve_listen(s, e) : serve_take(s, FIRST_FD, e)))
		return false;
	if (!sandbox_signer())
		return vorw_fail(e, VORW_R_INTERNAL, "seccomp: %s",
				 errno == EBUSY ?
				 "the PKCS#11 module has a thread with a filter of its own" :
				 strerror(errno));
	fprintf(stderr, "vorw-signer: ready; %llu lines in the log, the last is %s\n",
		(unsigned long long)s->log.s.lines, s->log.s.head);
	*ready = true;
	return serve_run(s, &stop, unblocked, e);
}

int main(int argc, char **argv)
{
	struct args a = {
		.allows = { a.allow, 0, SERVE_MAX_ALLOW },
		.statuses = { a.status, 0, SERVE_MAX_ALLOW },
	};
	struct serve s = { .path = "", .listener = -1 };
	const struct sigaction act = { .sa_handler = on_stop };
	struct vorw_err e = { 0 };
	sigset_t block, old;
	bool ok, usage, ready = false;
	int rc = parse_args(argc, argv, &a);

	if (rc >= 0)
		return rc;
	/* SIGTERM arrives while waiting, never in between */
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, &old);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (a.socket)
		s.path = a.socket;
	s.log.fd = -1;
	ok = run(&s, &a, &old, &ready, &e);
	if (s.listener >= 0) {
		close(s.listener);
		if (a.socket)
			unlink(s.path);
	}
	sign_log_close(&s.log);
	token_close(s.token);
	sign_key_free(&s.key);
	usage = e.reason == VORW_R_USAGE;
	rc = cmd_end(&e);
	if (usage)
		rc = CMD_USAGE;
	return !ok && ready ? SIGNER_RAN : rc;
}
