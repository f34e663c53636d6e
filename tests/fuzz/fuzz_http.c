// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuzz_http.c - any bytes sent to a front end: the real one, on loopback, with
 * a token that it knows ("Bearer vorw_fuzz") and no target that is ready, so
 * that no answer has to wait for a job.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "err.h"
#include "service/digest.h"
#include "service/http.h"

#define TOKEN	"vorw_fuzz"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static struct sockaddr_in at = { .sin_family = AF_INET };

static void start(const char *dir)
{
	static struct http_opts o = {
		.listen = "127.0.0.1:0", .need_token = true, .bell = -1,
		.max_queued = 3, .max_uploads = 512 << 20,
	};
	static char where[4096], sock[4096];
	struct store_token t = {
		.id = "0123456789abcdef", .name = "fuzz",
		.scopes = SCOPE_SUBMIT | SCOPE_READ | SCOPE_ADMIN,
	};
	struct vorw_err e = { 0 };
	char hash[DIGEST_HEX], *url = NULL;
	struct store *s = NULL;
	struct http *h;
	bool open;

	snprintf(where, sizeof(where), "%s/vorw.db", dir);
	snprintf(sock, sizeof(sock), "%s/none", dir);
	o.store = where;
	o.signer = sock;
	setenv("VORW_TARGETS", dir, 1);
	setenv("VORW_OWN_TARGETS", dir, 1);
	digest_hex(TOKEN, strlen(TOKEN), hash);
	if (!store_open(&s, where, &e) || !store_token_add(s, &t, hash, &e) ||
	    !http_start(&h, &o, &url, &open, &e)) {
		fprintf(stderr, "fuzz_http: %s\n", e.msg);
		exit(1);
	}
	store_close(s);
	at.sin_port = htons(atoi(strrchr(url, ':') + 1));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	free(url);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char dir[] = "/tmp/fuzz_http.XXXXXX";

	if (!mkdtemp(dir))
		exit(1);
	start(dir);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	/* it waits for more of most inputs, and these are all there is */
	const struct timeval soon = { .tv_usec = 5000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct linger none = { .l_onoff = 1 };
	char buf[65536];
	ssize_t n;

	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)))
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	/* no port stays in TIME_WAIT */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	if (send(fd, data, size, MSG_NOSIGNAL) < 0)
		goto out;
	do
		n = recv(fd, buf, sizeof(buf), 0);
	while (n > 0);
out:
	close(fd);
	return 0;
}
