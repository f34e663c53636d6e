// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuzz_remote.c - any bytes as a service's answers to `vorw verify --remote`.
 *
 * A server on loopback answers one request after the other with the pieces of
 * the input, which NUL bytes divide: what is in a piece is the HTTP answer, or
 * only its body when it begins with '{'.  When there are no more, it hangs up.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "err.h"
#include "remote.h"

unsigned fuzz_sleep(unsigned seconds);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static int listener;
static char url[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const u8 *left;
static size_t nleft;
static bool first;

/* remote.c's, in place of sleep() */
unsigned fuzz_sleep(unsigned seconds)
{
	return 0;
}

/* A piece, copied; NULL: there are no more. */
static u8 *next_piece(size_t *n, bool *is_first)
{
	const u8 *end;
	u8 *p = NULL;

	pthread_mutex_lock(&lock);
	if (nleft) {
		end = memchr(left, 0, nleft);
		*n = end ? (size_t)(end - left) : nleft;
		p = malloc(*n + 1);
		memcpy(p, left, *n);
		p[*n] = 0;
		left += *n + !!end;
		nleft -= *n + !!end;
	}
	*is_first = first;
	first = false;
	pthread_mutex_unlock(&lock);
	return p;
}

static void answer(int fd)
{
	char buf[65536], head[200];
	bool is_first;
	size_t n = 0;
	u8 *p;

	/* small requests: the form's end is in the last packet that comes */
	while (n < sizeof(buf) - 1) {
		ssize_t got = recv(fd, buf + n, sizeof(buf) - 1 - n, 0);

		if (got <= 0)
			break;
		n += got;
		buf[n] = 0;
		if (!strncmp(buf, "GET", 3) ? !!strstr(buf, "\r\n\r\n") :
		    n > 4 && !memcmp(buf + n - 4, "--\r\n", 4))
			break;
	}
	p = next_piece(&n, &is_first);
	if (p && *p == '{') {
		snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n",
			 is_first ? 202 : 200, n);
		send(fd, head, strlen(head), MSG_NOSIGNAL | MSG_MORE);
	}
	if (p)
		send(fd, p, n, MSG_NOSIGNAL);
	free(p);
	close(fd);
}

static void *serve(void *arg)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			answer(fd);
	}
	return NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t n = sizeof(at);
	pthread_t t;

	vorw_quiet = true;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&at, n) || listen(listener, 64) ||
	    getsockname(listener, (struct sockaddr *)&at, &n) ||
	    pthread_create(&t, NULL, serve, NULL))
		exit(1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(at.sin_port));
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const struct remote_job job = {
		.url = url, .target = "armv7", .name = "fuzz",
		.object = "dir/fuzz.o", .bytes = (const u8 *)"x", .size = 1,
	};
	struct remote_result r;
	struct vorw_err e = { 0 };
	char *text;

	pthread_mutex_lock(&lock);
	left = data;
	nleft = size;
	first = true;
	pthread_mutex_unlock(&lock);
	if (remote_verify(&job, &r, &e)) {
		text = remote_report(&r, "a.blob");
		if (!r.blob || !r.text)
			abort();
		free(text);
	} else if (e.reason == VORW_R_OK) {
		abort();
	}
	remote_free(&r);
	vorw_err_free(&e);
	return 0;
}
