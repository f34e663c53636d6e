// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http.c - the daemon (libmicrohttpd), and which URL is what. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "http_int.h"

#define IDLE_SECONDS	30	/* a client that neither reads nor writes */
#define HEADERS_MAX	(32u << 10)	/* and what MHD needs beside them */

/* A route's "*" is 64 hex digits, given to the handler. */
static const struct route {
	const char *method, *url;
	unsigned scope;
	http_result (*handle)(struct request *r, const char *arg);
} routes[] = {
	{ "POST", "/v1/verify", SCOPE_SUBMIT, NULL },
	{ "GET", "/v1/jobs", SCOPE_READ, get_jobs },
	{ "GET", "/v1/jobs/*", SCOPE_READ | SCOPE_SUBMIT, get_job },
	{ "GET", "/v1/jobs/*/events", SCOPE_READ | SCOPE_SUBMIT, get_events },
	{ "GET", "/v1/jobs/*/log", SCOPE_READ | SCOPE_SUBMIT, get_log },
	{ "GET", "/v1/jobs/*/blob", SCOPE_READ | SCOPE_SUBMIT, get_job_blob },
	{ "GET", "/v1/jobs/*/provenance", SCOPE_READ | SCOPE_SUBMIT,
	  get_provenance },
	{ "GET", "/v1/blobs/*", SCOPE_READ | SCOPE_SUBMIT, get_blob },
	{ "GET", "/v1/targets", SCOPE_READ | SCOPE_SUBMIT, get_targets },
	{ "GET", "/v1/certificates", SCOPE_READ | SCOPE_SUBMIT,
	  get_certificates },
	{ "GET", "/v1/openapi", 0, get_openapi },
	{ "GET", "/healthz", 0, get_health },
	{ "GET", "/metrics", SCOPE_READ, get_metrics },
	{ "GET", "/", 0, get_root },
	{ "GET", "/page.css", 0, get_page },
	{ "GET", "/page.js", 0, get_page },
	{ "GET", "/job.js", 0, get_page },
	{ "GET", "/log.js", 0, get_page },
	{ "GET", "/api.js", 0, get_page },
	{ "GET", "/icon.svg", 0, get_page },
};

/* Does url fit?  arg gets what "*" stands for. */
static bool fits(const char *pattern, const char *url, char arg[DIGEST_HEX])
{
	const char *star = strchr(pattern, '*');
	size_t n = star ? (size_t)(star - pattern) : 0;

	arg[0] = 0;
	if (!star)
		return !strcmp(pattern, url);
	if (strncmp(pattern, url, n))
		return false;
	snprintf(arg, DIGEST_HEX, "%s", url + n);
	return digest_ok(arg) && !strcmp(star + 1, url + n + 64);
}

/* NULL, with *e and *status. */
static const struct route *find_route(const struct request *r,
				      char arg[DIGEST_HEX], unsigned *status,
				      struct vorw_err *e)
{
	const char *method = !strcmp(r->method, "HEAD") ? "GET" : r->method;
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!fits(routes[i].url, r->url, arg))
			continue;
		if (!strcmp(routes[i].method, method))
			return &routes[i];
		known = true;
	}
	*status = known ? 405 : 404;
	vorw_fail(e, known ? VORW_R_REQUEST : VORW_R_NOT_FOUND,
		  known ? "%.100s cannot be asked for with %s" :
			  "there is no %.100s", r->url, r->method);
	return NULL;
}

/* The headers are there. */
static http_result begin(struct request *r)
{
	struct vorw_err e = { 0 };
	const struct route *route;
	char arg[DIGEST_HEX];
	unsigned status = 0;

	route = find_route(r, arg, &status, &e);
	if (!route)
		return answer_problem(r, status, &e, NULL);
	if ((route->scope && !store_answers(r->h, &e)) ||
	    !authorize(r, route->scope, &e))
		return answer_err(r, &e);
	if (route->handle)
		return MHD_YES;
	if (!form_start(r, &e))
		return answer_problem(r, r->status, &e, NULL);
	return MHD_YES;
}

static http_result proceed(struct request *r)
{
	struct vorw_err e = { 0 };
	const struct route *route;
	char arg[DIGEST_HEX];
	unsigned status;

	route = find_route(r, arg, &status, &e);
	if (!route)
		return MHD_NO;
	if (route->scope && !store_answers(r->h, &e))
		return answer_err(r, &e);
	if (route->handle)
		return route->handle(r, arg);
	return r->phase == PHASE_BODY ? submit(r) : submit_answer(r);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **con)
{
	struct request *r = *con;
	struct http *h = cls;

	if (!r) {
		/* the handshake saw to it */
		if (h->tls.client_ca && !http_tls_has_client(c))
			return MHD_NO;
		r = calloc(1, sizeof(*r));
		if (!r)
			return MHD_NO;
		*con = r;
		h->active++;
		r->h = h;
		r->c = c;
		snprintf(r->method, sizeof(r->method), "%s", method);
		snprintf(r->url, sizeof(r->url), "%s", url);
		pace_body(r);
		return begin(r);
	}
	if (*size) {
		pace_got(r, *size);
		if (!r->pp) {
			/* a body where none belongs: read, not kept */
			r->body += *size;
			*size = 0;
			return r->body > HTTP_BODY_MAX ? MHD_NO : MHD_YES;
		}
		form_data(r, data, *size);
		*size = 0;
		/* of no said length, and without end */
		return r->body > HTTP_BODY_MAX ? MHD_NO : MHD_YES;
	}
	pace_none(r);
	return proceed(r);
}

static void on_end(void *cls, struct MHD_Connection *c, void **con,
		   enum MHD_RequestTerminationCode why)
{
	struct request *r = *con;

	if (!r)
		return;
	r->h->active--;
	pace_head(r);
	wait_forget(r);
	form_free(r);
	answer_forget(r);
	free(r->out);
	free(r);
	*con = NULL;
}

/* "ADDR:PORT" into two; brackets around an IPv6 address. */
static bool split(const char *listen, char *host, size_t size,
		  const char **port, struct vorw_err *e)
{
	const char *colon = strrchr(listen, ':');
	size_t n = colon ? (size_t)(colon - listen) : 0;

	if (!colon || !n || n >= size ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) || !colon[1] ||
	    strlen(colon + 1) > 5 || atoi(colon + 1) > 65535)
		return vorw_fail(e, VORW_R_USAGE,
				 "'%s' is not ADDRESS:PORT", listen);
	if (listen[0] == '[' && listen[n - 1] == ']')
		snprintf(host, size, "%.*s", (int)n - 2, listen + 1);
	else
		snprintf(host, size, "%.*s", (int)n, listen);
	*port = colon + 1;
	return true;
}

static bool is_loopback(const struct sockaddr *a)
{
	const struct sockaddr_in *a4 = (const void *)a;
	const struct sockaddr_in6 *a6 = (const void *)a;

	return a->sa_family == AF_INET ?
	       ntohl(a4->sin_addr.s_addr) >> 24 == 127 :
	       IN6_IS_ADDR_LOOPBACK(&a6->sin6_addr);
}

static int open_socket(struct http *h, char **where, struct vorw_err *e)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	}, *found = NULL;
	char host[256], number[16];
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	const char *port = NULL;
	int fd = -1, rc, on = 1;

	if (!split(h->o.listen, host, sizeof(host), &port, e))
		return -1;
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc) {
		vorw_fail(e, VORW_R_IO, "%s: %s", h->o.listen,
			  gai_strerror(rc));
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, found->ai_addr, found->ai_addrlen) || listen(fd, 512) ||
	    getsockname(fd, (struct sockaddr *)&a, &len)) {
		vorw_fail(e, VORW_R_IO, "%s: %s", h->o.listen,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	} else {
		h->loopback = is_loopback((struct sockaddr *)&a);
		getnameinfo((struct sockaddr *)&a, len, host, sizeof(host),
			    number, sizeof(number),
			    NI_NUMERICHOST | NI_NUMERICSERV);
		if (asprintf(where, strchr(host, ':') ? "%s://[%s]:%s" :
			     "%s://%s:%s", h->o.tls_cert ? "https" : "http",
			     host, number) < 0)
			*where = NULL;
	}
	freeaddrinfo(found);
	return fd;
}

static bool start_daemon(struct http *h, int fd, struct vorw_err *e)
{
	struct MHD_OptionItem tls[5] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, h->tls.cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, h->tls.key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)http_tls_priorities },
		{ h->tls.client_ca ? MHD_OPTION_HTTPS_MEM_TRUST :
				     MHD_OPTION_END, 0, h->tls.client_ca },
		{ MHD_OPTION_END, 0, NULL },
	};
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO |
			 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;

	if (h->tls.cert)
		flags |= MHD_USE_TLS;
	else
		tls[0].option = MHD_OPTION_END;
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request,
		h, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, h->o.per_address,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, pace_connection, h,
		MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	return h->daemon || vorw_fail(e, VORW_R_IO,
				      "the HTTP server did not start");
}

bool http_start(struct http **out, const struct http_opts *o, char **where,
		bool *open, struct vorw_err *e)
{
	struct http *h = calloc(1, sizeof(*h));
	struct store_token *t;
	size_t n = 0;
	int fd;

	*where = NULL;
	if (!h)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	h->o = *o;
	h->started_ms = http_now_ms();
	if (o->tls_cert && !http_tls_load(h, e))
		return false;
	fd = open_socket(h, where, e);
	if (fd < 0 || !store_open(&h->store, o->store, e) ||
	    !store_token_list(h->store, &t, &n, e) || !wait_start(h, e) ||
	    !pace_start(h, e) || !signer_watch_start(h, e) ||
	    !store_watch_start(h, e) || !start_daemon(h, fd, e)) {
		/* the process ends */
		return false;
	}
	free(t);
	*open = h->loopback && !o->need_token && !n;
	*out = h;
	return true;
}

void http_stop(struct http *h, unsigned seconds)
{
	int fd = MHD_quiesce_daemon(h->daemon);
	u64 end = http_now_ms() + seconds * 1000;

	wait_stop(h);
	while (h->active && http_now_ms() < end)
		usleep(20000);
	MHD_stop_daemon(h->daemon);
	pace_stop(h);
	signer_watch_stop(h);
	store_watch_stop(h);
	if (fd >= 0)
		close(fd);
	store_close(h->store);
	http_tls_free(&h->tls);
	free(h);
}
