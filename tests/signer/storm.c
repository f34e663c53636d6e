// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * storm.c - a signer and its clients, killed at any moment, and then the books.
 *
 *	storm KILLS SIGNER SOCKET LOG KEY CERT REQUEST...
 *
 * Clients ask for a signature of every REQUEST again and again while signer and
 * clients are killed KILLS times.  In the end every request was answered, and
 *	- the log is whole,
 *	- each request stands in it once,
 *	- each answer that anybody got stands in it, in the line it named,
 *	- and all answers to a request were the same bytes.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "file_io.h"
#include "signer/log_chain.h"
#include "signer/request.h"
#include "tests/unit/tap.h"

#define CLIENTS		4
#define MAX_REQUESTS	200

struct got {
	bool answered;
	u64 seq;
	char line[65], der[65];
};

/* Shared by all processes. */
struct books {
	struct got got[CLIENTS][MAX_REQUESTS];
	unsigned again[CLIENTS], differed[CLIENTS], refused[CLIENTS];
	bool enough;
};

static struct books *books;
static char **opts;		/* SIGNER SOCKET LOG KEY CERT */
static struct sign_request requests[MAX_REQUESTS];
static unsigned nrequests;
static u64 state = 88172645463325252ull;

static unsigned any(unsigned below)
{
	state ^= state << 13;	/* xorshift64 */
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 8) % below;
}

static pid_t start_signer(void)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	null = open("/dev/null", O_WRONLY);
	dup2(null, 2);
	execl(opts[0], "vorw-signer", "--socket", opts[1], "--log", opts[2],
	      "--key", opts[3], "--cert", opts[4], NULL);
	_exit(127);
}

/* Until it is answered; a dying signer is nothing but a reason to ask again. */
static void ask(unsigned who, unsigned what)
{
	struct got *g = &books->got[who][what], now = { .answered = true };
	struct sign_answer a;
	struct vorw_err e;

	for (;;) {
		memset(&e, 0, sizeof(e));
		if (signer_sign(opts[1], &requests[what].job, 30, &a, &e))
			break;
		signer_answer_free(&a);
		if (e.reason != VORW_R_SIGNER) {
			vorw_err_print(&e);
			books->refused[who]++;
			return;
		}
		poll(NULL, 0, 10);
	}
	now.seq = a.seq;
	strcpy(now.line, a.line);
	log_hash(a.der, a.der_size, now.der);
	signer_answer_free(&a);
	if (!g->answered) {
		g->seq = now.seq;
		strcpy(g->line, now.line);
		strcpy(g->der, now.der);
		/* last: we may be killed in between */
		g->answered = true;
	} else if (g->seq != now.seq || strcmp(g->line, now.line) ||
		   strcmp(g->der, now.der))
		books->differed[who]++;
	else
		books->again[who]++;
}

static pid_t start_client(unsigned who)
{
	pid_t pid = fork();
	unsigned i, rounds = 0;

	if (pid)
		return pid;
	/* not all the same one at the same time, but sometimes */
	for (i = who * (nrequests / CLIENTS); rounds < 1 || !books->enough;
	     i++) {
		ask(who, i % nrequests);
		if ((i + 1) % nrequests == who * (nrequests / CLIENTS))
			rounds++;
	}
	_exit(0);
}

static unsigned storm(unsigned kills)
{
	pid_t clients[CLIENTS], signer = start_signer();
	unsigned i, dead = 0, n;
	int status;

	for (i = 0; i < CLIENTS; i++)
		clients[i] = start_client(i);
	for (n = 0; n < kills; n++) {
		poll(NULL, 0, 5 + any(150));
		i = any(CLIENTS);
		if (n % 8 == 7) {
			kill(clients[i], SIGKILL);
			waitpid(clients[i], NULL, 0);
			clients[i] = start_client(i);
		}
		kill(signer, SIGKILL);
		waitpid(signer, NULL, 0);
		signer = start_signer();
	}
	books->enough = true;
	for (i = 0; i < CLIENTS; i++) {
		waitpid(clients[i], &status, 0);
		dead += status != 0;
	}
	kill(signer, SIGTERM);
	waitpid(signer, &status, 0);
	is(status, 0, "the last signer ends in order");
	return dead;
}

struct audit {
	unsigned times[MAX_REQUESTS], strangers, repairs;
	char hash[MAX_REQUESTS][65];	/* of each request's line */
	u64 seq[MAX_REQUESTS];
	char content[MAX_REQUESTS][65];
};

static bool each(const struct log_line *l, const char *hash, void *arg,
		 struct vorw_err *e)
{
	struct audit *a = arg;
	unsigned i;

	if (l->what == LOG_REPAIR) {
		a->repairs++;
		return true;
	}
	for (i = 0; i < nrequests; i++)
		if (!strcmp(a->content[i], l->content))
			break;
	if (i == nrequests) {
		a->strangers++;
		return true;
	}
	a->times[i]++;
	strcpy(a->hash[i], hash);
	a->seq[i] = l->seq;
	return true;
}

static void audit(void)
{
	static struct audit a;
	unsigned i, k, not_once = 0, lost = 0, other = 0, unlike = 0, again = 0;
	unsigned differed = 0, refused = 0;
	struct vorw_err e = { 0 };
	struct log_state s;
	int fd = open(opts[2], O_RDONLY);

	for (i = 0; i < nrequests; i++)
		log_hash(requests[i].job.content, requests[i].job.content_size,
			 a.content[i]);
	ok(log_read(fd, opts[2], each, &a, &s, &e), "the log is whole %s",
	   e.msg);
	close(fd);
	is(s.torn, 0, "nothing is left behind its last line");
	for (i = 0; i < nrequests; i++) {
		not_once += a.times[i] != 1;
		for (k = 0; k < CLIENTS; k++) {
			const struct got *g = &books->got[k][i];

			lost += !g->answered;
			other += strcmp(g->line, a.hash[i]) ||
				 g->seq != a.seq[i];
			unlike += strcmp(g->der, books->got[0][i].der) != 0;
		}
	}
	for (k = 0; k < CLIENTS; k++) {
		again += books->again[k];
		differed += books->differed[k];
		refused += books->refused[k];
	}
	is(refused, 0, "nothing was refused");
	is(lost, 0, "everything was answered");
	is(not_once, 0, "each of %u requests stands in the log once",
	   nrequests);
	is(a.strangers, 0, "and nothing else does");
	is(other, 0, "each answer names its line");
	is(unlike, 0, "all answers to a request are the same bytes");
	is(differed, 0, "also when asked again (%u times)", again);
	diag("%llu lines, %u of them repairs", (unsigned long long)s.lines,
	     a.repairs);
}

int main(int argc, char **argv)
{
	struct vorw_err e = { 0 };
	size_t n;
	u8 *p;

	if (argc < 8 || argc - 7 > MAX_REQUESTS)
		return 2;
	opts = argv + 2;
	for (; nrequests < (unsigned)argc - 7; nrequests++)
		if (!file_read(argv[7 + nrequests], 64u << 20, &p, &n, &e) ||
		    !sign_request_parse(&requests[nrequests],
					(struct bytes){ p, n }, n, &e)) {
			vorw_err_print(&e);
			return 2;
		}
	books = mmap(NULL, sizeof(*books), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (books == MAP_FAILED)
		return 2;
	is(storm(strtoul(argv[1], NULL, 0)), 0,
	   "killed %s times, and all clients came to their end", argv[1]);
	audit();
	return tap_done();
}
