// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* remote.c - asking a verification service, by libcurl. */
#include <curl/curl.h>
#include <jansson.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "remote.h"

#define ANSWER_MAX	(128u << 20)
#define POLL_SECONDS	20
#define SOON_SECONDS	2	/* as long it may wait without a word */
/* The job is in the service's store: a front end that is gone comes back. */
#define TRIES		30
#define PAUSE_SECONDS	1
#define PAUSE_MAX	10	/* whatever the service asks for */

struct body {
	u8 *p;
	size_t n;
};

struct ask {
	const struct remote_job *job;
	CURL *curl;		/* of one request */
	CURLSH *share;		/* connection and session, for the next one */
	struct curl_slist *headers;
	char why[CURL_ERROR_SIZE];
	long status;
	struct body body;
	bool told;		/* that it takes longer */
	bool away;		/* no answer, and there may be one later */
};

static size_t take(char *p, size_t size, size_t n, void *arg)
{
	struct body *b = arg;
	u8 *bigger;

	if (n > ANSWER_MAX - b->n)
		return 0;
	bigger = realloc(b->p, b->n + n + 1);
	if (!bigger)
		return 0;
	memcpy(bigger + b->n, p, n);
	b->p = bigger;
	b->n += n;
	b->p[b->n] = 0;
	return n;
}

/* Printable lines, whatever the service sent. */
static char *plain_lines(const char *text)
{
	char *copy = strdup(text ? text : ""), *p, c;
	size_t n;

	for (p = copy; p && *p; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		c = p[n];
		p[n] = 0;
		vorw_plain(p);
		p[n] = c;
	}
	return copy;
}

/* A service that does not take our certificate says so when the handshake is
 * over for us already, and its words may get lost. */
static const char *hint(const struct ask *a, CURLcode rc)
{
	bool cut = rc == CURLE_SEND_ERROR || rc == CURLE_RECV_ERROR ||
		   rc == CURLE_GOT_NOTHING || rc == CURLE_SSL_CONNECT_ERROR ||
		   rc == CURLE_SSL_CLIENTCERT;

	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return a->job->ca ? "" : " (a CA of its own? --ca FILE)";
	if (strncasecmp(a->job->url, "https:", 6))
		return rc == CURLE_GOT_NOTHING ? " (is it https://?)" : "";
	if (!cut)
		return "";
	if (a->job->client_cert)
		return " (does it take the client's certificate?)";
	return rc == CURLE_SSL_CONNECT_ERROR ?
	       " (is it http://, or does it want a client's certificate?)" :
	       " (does it want a client's certificate?)";
}

/* As by a service that ends and starts.  Not a certificate that is wrong, or an
 * answer that is too large. */
static bool is_away(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
		return true;
	default:
		return false;
	}
}

static void tls(struct ask *a)
{
	const struct remote_job *j = a->job;

	curl_easy_setopt(a->curl, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_2);
	if (j->ca) {
		curl_easy_setopt(a->curl, CURLOPT_CAINFO, j->ca);
		/* these, and not the system's besides */
		curl_easy_setopt(a->curl, CURLOPT_CAPATH, NULL);
	}
	if (j->client_cert) {
		curl_easy_setopt(a->curl, CURLOPT_SSLCERT, j->client_cert);
		curl_easy_setopt(a->curl, CURLOPT_SSLKEY, j->client_key);
		/* one under a passphrase is refused, not asked about */
		curl_easy_setopt(a->curl, CURLOPT_KEYPASSWD, "");
	}
}

/*
 * A handle of its own for each request: libcurl 7.88 (Debian 12) follows, in an
 * answer that begins with a folded header, a pointer to the last header of the
 * transfer before on the same handle, which is freed (found by fuzz_remote).
 */
static bool fresh(struct ask *a, struct vorw_err *e)
{
	curl_easy_cleanup(a->curl);
	a->curl = curl_easy_init();
	if (!a->curl)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	curl_easy_setopt(a->curl, CURLOPT_SHARE, a->share);
	curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
	curl_easy_setopt(a->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	/* a token is for this service, not for where it may point us */
	curl_easy_setopt(a->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(a->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(a->curl, CURLOPT_CONNECTTIMEOUT, 15L);
	curl_easy_setopt(a->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(a->curl, CURLOPT_LOW_SPEED_TIME, 3L * POLL_SECONDS);
	curl_easy_setopt(a->curl, CURLOPT_USERAGENT, "vorw");
	tls(a);
	curl_easy_setopt(a->curl, CURLOPT_ERRORBUFFER, a->why);
	curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, &a->body);
	return true;
}

/* form: of a->curl. */
static bool ask(struct ask *a, const char *path, curl_mime *form,
		struct vorw_err *e)
{
	size_t n = strlen(a->job->url);
	char url[1200];
	CURLcode rc;

	if (!form && !fresh(a, e))
		return false;
	while (n && a->job->url[n - 1] == '/')
		n--;
	snprintf(url, sizeof(url), "%.*s%s", (int)(n < 1000 ? n : 1000),
		 a->job->url, path);
	free(a->body.p);
	memset(&a->body, 0, sizeof(a->body));
	a->why[0] = 0;
	curl_easy_setopt(a->curl, CURLOPT_URL, url);
	if (form)
		curl_easy_setopt(a->curl, CURLOPT_MIMEPOST, form);
	rc = curl_easy_perform(a->curl);
	a->away = is_away(rc);
	if (rc != CURLE_OK)
		return vorw_fail(e, VORW_R_REMOTE, "%.200s: %s%s", a->job->url,
				 a->why[0] ? a->why : curl_easy_strerror(rc),
				 hint(a, rc));
	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &a->status);
	return true;
}

/* 503: it is busy, or its database or signer is away; nothing was done. */
static void pass_over(struct ask *a, bool answered)
{
	curl_off_t pause = 0;

	if (answered && a->status == 503)
		curl_easy_getinfo(a->curl, CURLINFO_RETRY_AFTER, &pause);
	if (pause < PAUSE_SECONDS)
		pause = PAUSE_SECONDS;
	if (pause > PAUSE_MAX)
		pause = PAUSE_MAX;
	if (!a->told)
		vorw_progress(answered ? "the service is busy" :
			      "the service does not answer; it has the job");
	a->told = true;
	sleep(pause);
}

/* What a service that has the job is asked: again, while it is away. */
static bool get(struct ask *a, const char *path, struct vorw_err *e)
{
	unsigned tries = TRIES;
	bool ok;

	for (;;) {
		struct vorw_err why = { 0 };

		ok = ask(a, path, NULL, &why);
		if (!(ok ? a->status == 503 : a->away) || !--tries) {
			if (!ok)
				*e = why;
			return ok;
		}
		vorw_err_free(&why);
		pass_over(a, ok);
	}
}

static bool start(struct ask *a, struct vorw_err *e)
{
	char *line = NULL;

	a->share = curl_share_init();
	a->headers = curl_slist_append(NULL, "Prefer: respond-async");
	if (a->job->token &&
	    asprintf(&line, "Authorization: Bearer %s", a->job->token) > 0)
		a->headers = curl_slist_append(a->headers, line);
	free(line);
	if (!a->share || !a->headers)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	curl_share_setopt(a->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
	curl_share_setopt(a->share, CURLSHOPT_SHARE,
			  CURL_LOCK_DATA_SSL_SESSION);
	return true;
}

static enum vorw_reason reason_by_name(const char *name)
{
	unsigned r;

	for (r = 1; name && r < 256; r++)
		if (!strcmp(vorw_reason_name(r), name) &&
		    strcmp(name, "unknown"))
			return r;
	return VORW_R_REMOTE;
}

/* In the service's messages the object has no directory. */
static bool refuse(const struct remote_job *job, const char *reason,
		   const char *message, struct vorw_err *e)
{
	const char *base = strrchr(job->object, '/');
	size_t n;

	base = base ? base + 1 : job->object;
	n = strlen(base);
	if (message && !strncmp(message, base, n) && message[n] == ':')
		return vorw_fail(e, reason_by_name(reason), "%.400s%.600s",
				 job->object, message + n);
	return vorw_fail(e, reason_by_name(reason), "%.1000s",
			 message ? message : "");
}

static const char *text_of(const json_t *doc, const char *key)
{
	return json_string_value(json_object_get(doc, key));
}

/* What is not the answer that was asked for. */
static bool unexpected(struct ask *a, struct vorw_err *e)
{
	json_t *doc = json_loadb((char *)a->body.p, a->body.n, 0, NULL);
	const char *reason = text_of(doc, "reason");

	if (a->status == 401 && !a->job->token) {
		vorw_fail(e, VORW_R_UNAUTHORIZED,
			  "%.200s: a token is needed: --token-file FILE, or $VORW_TOKEN",
			  a->job->url);
	} else if (reason) {
		if (text_of(doc, "log"))
			e->log = plain_lines(text_of(doc, "log"));
		refuse(a->job, reason, text_of(doc, "detail"), e);
	} else {
		vorw_fail(e, VORW_R_REMOTE,
			  "%.200s: answered with HTTP status %ld, not as a vorw service does",
			  a->job->url, a->status);
	}
	json_decref(doc);
	return false;
}

/* An answer that is a job; NULL, with *e. */
static json_t *job_of(struct ask *a, long status, struct vorw_err *e)
{
	json_t *doc;
	const char *id;

	if (a->status != status) {
		unexpected(a, e);
		return NULL;
	}
	doc = json_loadb((char *)a->body.p, a->body.n, 0, NULL);
	id = text_of(doc, "id");
	if (id && strspn(id, "0123456789abcdef") == 64 && !id[64] &&
	    text_of(doc, "state"))
		return doc;
	json_decref(doc);
	vorw_fail(e, VORW_R_REMOTE, "%.200s: answered no job", a->job->url);
	return NULL;
}

static void part(curl_mime *form, const char *name, const char *text)
{
	curl_mimepart *p = curl_mime_addpart(form);

	curl_mime_name(p, name);
	curl_mime_data(p, text, CURL_ZERO_TERMINATED);
}

static void file_part(curl_mime *form, const char *name, const char *file,
		      const u8 *bytes, size_t n)
{
	const char *base = strrchr(file, '/');
	curl_mimepart *p = curl_mime_addpart(form);

	curl_mime_name(p, name);
	curl_mime_filename(p, base ? base + 1 : file);
	curl_mime_data(p, (const char *)bytes, n);
}

static bool post(struct ask *a, struct vorw_err *e)
{
	const struct remote_job *j = a->job;
	curl_mime *form;
	bool ok;

	if (!fresh(a, e))
		return false;
	form = curl_mime_init(a->curl);
	file_part(form, "object", j->object, j->bytes, j->size);
	part(form, "target", j->target);
	part(form, "name", j->name);
	if (j->require_native)
		part(form, "require_native", "true");
	if (j->xlated)
		part(form, "xlated", "true");
	if (j->full_log)
		part(form, "full_log", "true");
	if (j->btf)
		file_part(form, "btf", "btf", j->btf, j->btf_size);
	ok = ask(a, "/v1/verify", form, e);
	curl_mime_free(form);
	return ok;
}

/* Nobody there at all is a wrong address more often than a restart. */
static json_t *submit(struct ask *a, struct vorw_err *e)
{
	unsigned tries = TRIES;

	for (;;) {
		if (!post(a, e))
			return NULL;
		if (a->status != 503 || !--tries)
			return job_of(a, 202, e);
		pass_over(a, true);
	}
}

static void show_progress(const json_t *job, size_t *shown)
{
	const json_t *lines = json_object_get(job, "progress");
	const char *line;

	for (; *shown < json_array_size(lines); ++*shown) {
		line = json_string_value(json_array_get(lines, *shown));
		if (line)
			vorw_progress("%s", line);
	}
}

/* Until it has ended; *job is replaced. */
static bool wait_for(struct ask *a, json_t **job, struct vorw_err *e)
{
	unsigned seconds = SOON_SECONDS;
	char path[200];
	const char *state;
	size_t shown = 0;
	json_t *next;

	for (;;) {
		show_progress(*job, &shown);
		state = text_of(*job, "state");
		if (strcmp(state, "queued") && strcmp(state, "running"))
			return true;
		snprintf(path, sizeof(path), "/v1/jobs/%s?wait=%u&version=%lld",
			 text_of(*job, "id"), seconds,
			 json_integer_value(json_object_get(*job, "version")));
		next = get(a, path, e) ? job_of(a, 200, e) : NULL;
		if (!next)
			return false;
		json_decref(*job);
		*job = next;
		if (seconds == SOON_SECONDS &&
		    !strcmp(text_of(*job, "state"), "queued"))
			vorw_progress("waiting for a worker of the service");
		seconds = POLL_SECONDS;
	}
}

/* NULL: the job has none. */
static bool fetch_log(struct ask *a, const json_t *job, char **log,
		      struct vorw_err *e)
{
	char path[160];

	snprintf(path, sizeof(path), "/v1/jobs/%s/log", text_of(job, "id"));
	if (!get(a, path, e))
		return false;
	if (a->status != 200 && a->status != 404)
		return unexpected(a, e);
	if (a->status == 200 && a->body.n)
		*log = plain_lines((char *)a->body.p);
	return true;
}

static bool fetch_blob(struct ask *a, const json_t *job,
		       struct remote_result *r, struct vorw_err *e)
{
	const char *want = text_of(job, "blob");
	char path[160], hex[65];
	u8 sum[32];
	unsigned i;

	snprintf(path, sizeof(path), "/v1/jobs/%s/blob", text_of(job, "id"));
	if (!get(a, path, e))
		return false;
	if (a->status != 200)
		return unexpected(a, e);
	mbedtls_sha256_ret(a->body.p, a->body.n, sum, 0);
	for (i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	if (!want || strcmp(want, hex))
		return vorw_fail(e, VORW_R_REMOTE,
				 "%.200s: the blob is not the one that was promised",
				 a->job->url);
	r->blob = a->body.p;
	r->size = a->body.n;
	a->body.p = NULL;
	return true;
}

static void set(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
	vorw_plain(to);
}

static bool take_result(struct ask *a, const json_t *job,
			struct remote_result *r, struct vorw_err *e)
{
	const json_t *report = json_object_get(job, "report");
	const json_t *target = json_object_get(report, "target");

	if (!fetch_log(a, job, &r->log, e))
		return false;
	if (strcmp(text_of(job, "state"), "done")) {
		e->log = r->log;
		r->log = NULL;
		return refuse(a->job, text_of(job, "reason"),
			      text_of(job, "message"), e);
	}
	r->text = plain_lines(text_of(job, "report_text"));
	r->report = json_dumps(report, 0);
	set(r->target, sizeof(r->target), text_of(target, "name"));
	set(r->release, sizeof(r->release), text_of(target, "release"));
	set(r->cpu, sizeof(r->cpu), text_of(target, "cpu"));
	if (!r->text || !r->report)
		return vorw_fail(e, VORW_R_REMOTE, "%.200s: no report",
				 a->job->url);
	return fetch_blob(a, job, r, e);
}

bool remote_verify(const struct remote_job *job, struct remote_result *r,
		   struct vorw_err *e)
{
	struct ask a = { .job = job };
	json_t *doc = NULL;
	bool ok;

	memset(r, 0, sizeof(*r));
	ok = start(&a, e);
	if (ok)
		doc = submit(&a, e);
	/* a job that was done before comes without its report */
	ok = doc && wait_for(&a, &doc, e);
	if (ok && !json_object_get(doc, "report")) {
		char path[160];

		snprintf(path, sizeof(path), "/v1/jobs/%s",
			 text_of(doc, "id"));
		json_decref(doc);
		doc = NULL;
		ok = get(&a, path, e) && (doc = job_of(&a, 200, e));
	}
	ok = ok && take_result(&a, doc, r, e);
	json_decref(doc);
	free(a.body.p);
	curl_slist_free_all(a.headers);
	curl_easy_cleanup(a.curl);
	curl_share_cleanup(a.share);
	return ok;
}

void remote_free(struct remote_result *r)
{
	free(r->blob);
	free(r->log);
	free(r->report);
	free(r->text);
	memset(r, 0, sizeof(*r));
}

char *remote_report(const struct remote_result *r, const char *blob)
{
	json_t *doc = json_loads(r->report, 0, NULL);
	char *text;

	json_object_set_new(doc, "blob", json_string(blob));
	if (r->log)
		json_object_set_new(doc, "log", json_string(r->log));
	text = json_dumps(doc, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(doc);
	return text;
}
