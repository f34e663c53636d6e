// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_answer.c - answers: JSON, bytes, problem documents (RFC 9457). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "http_int.h"

unsigned http_status(enum vorw_reason r)
{
	switch (r) {
	case VORW_R_OK:			return 200;
	case VORW_R_REQUEST:
	case VORW_R_USAGE:		return 400;
	case VORW_R_UNAUTHORIZED:	return 401;
	case VORW_R_SCOPE:		return 403;
	case VORW_R_NOT_FOUND:		return 404;
	case VORW_R_QUOTA:		return 429;
	case VORW_R_BUSY:
	case VORW_R_STORE:
	case VORW_R_SIGNER:
	case VORW_R_WORKER:
	case VORW_R_VM:
	case VORW_R_GUEST:		return 503;
	case VORW_R_NO_MEMORY:
	case VORW_R_IO:
	case VORW_R_KEY:
	case VORW_R_EVIDENCE:
	case VORW_R_INTERNAL:		return 500;
	default:			return 422;
	}
}

/* An answer is in memory until the client has taken it, or is too slow for
 * that: so many bytes of them, but for small ones, of which each connection may
 * have one.  The first is always held, or it could never be had. */
#define ANSWERS_MAX	(128u << 20)
#define SMALL_ANSWER	(64u << 10)

static bool has_room(const struct request *r, size_t n, struct vorw_err *e)
{
	const struct http *h = r->h;
	const struct request *a;
	u64 tokens = 0;

	if (n <= SMALL_ANSWER || !h->answers_held)
		return true;
	if (h->answers_held + n > ANSWERS_MAX)
		return vorw_fail(e, VORW_R_BUSY,
				 "other answers are on their way, no room for this one");
	for (a = h->held; a; a = a->next_held)
		if (!strcmp(a->token.id, r->token.id))
			tokens += a->held;
	return !r->token.id[0] || !tokens || tokens + n <= ANSWERS_MAX / 2 ||
	       vorw_fail(e, VORW_R_BUSY,
			 "other answers to this token are on their way, no room for this one");
}

void answer_forget(struct request *r)
{
	struct request **at;

	for (at = &r->h->held; *at; at = &(*at)->next_held)
		if (*at == r) {
			*at = r->next_held;
			r->h->answers_held -= r->held;
			break;
		}
}

http_result answer(struct request *r, unsigned status,
		   struct MHD_Response *resp)
{
	http_result rc;

	if (!resp)
		return MHD_NO;
	/* nothing here is a page that others may frame, guess at, or keep;
	 * the one page there is brings a policy of its own */
	MHD_add_response_header(resp, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(resp, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(resp, "Cross-Origin-Resource-Policy",
				"same-origin");
	if (!MHD_get_response_header(resp, "Content-Security-Policy"))
		MHD_add_response_header(resp, "Content-Security-Policy",
			"default-src 'none'; frame-ancestors 'none'");
	MHD_add_response_header(resp, "Cache-Control", "no-store");
	if (status == 401)
		MHD_add_response_header(resp, "WWW-Authenticate",
					"Bearer realm=\"vorw\"");
	if (status == 429 || status == 503)
		MHD_add_response_header(resp, "Retry-After", "5");
	if (r->phase == PHASE_STREAM)
		pace_none(r);
	else
		pace_answer(r, r->answer_size);
	if (status < sizeof(r->h->answers) / sizeof(r->h->answers[0]))
		r->h->answers[status]++;
	rc = MHD_queue_response(r->c, status, resp);
	MHD_destroy_response(resp);
	return rc;
}

/* Takes p; NULL when there is no memory, or *e says why not. */
static struct MHD_Response *buffer(struct request *r, void *p, size_t n,
				   struct vorw_err *e)
{
	struct MHD_Response *resp = p && has_room(r, n, e) ?
		MHD_create_response_from_buffer(n, p, MHD_RESPMEM_MUST_FREE) :
		NULL;

	r->answer_size = n;
	if (!resp) {
		free(p);
	} else if (n > SMALL_ANSWER) {
		r->held = n;
		r->next_held = r->h->held;
		r->h->held = r;
		r->h->answers_held += n;
	}
	return resp;
}

/* There was no buffer. */
static http_result no_buffer(struct request *r, const struct vorw_err *e)
{
	return e->reason == VORW_R_OK ? MHD_NO : answer_err(r, e);
}

static http_result answer_malloced(struct request *r, unsigned status,
				   const char *type, char *text)
{
	struct vorw_err e = { 0 };
	struct MHD_Response *resp = buffer(r, text, text ? strlen(text) : 0,
					   &e);

	if (!resp)
		return no_buffer(r, &e);
	MHD_add_response_header(resp, "Content-Type", type);
	return answer(r, status, resp);
}

http_result answer_text(struct request *r, unsigned status, const char *type,
			const char *text)
{
	return answer_malloced(r, status, type, strdup(text ? text : ""));
}

http_result answer_json(struct request *r, unsigned status, json_t *j)
{
	char *text = json_dumps(j, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_t *id = json_object_get(j, "id");
	struct vorw_err e = { 0 };
	struct MHD_Response *resp;
	char location[128];

	snprintf(location, sizeof(location), "/v1/jobs/%s",
		 json_is_string(id) ? json_string_value(id) : "");
	json_decref(j);
	if (status != 202 || !location[9])
		return answer_malloced(r, status, "application/json", text);
	resp = buffer(r, text, text ? strlen(text) : 0, &e);
	if (!resp)
		return no_buffer(r, &e);
	MHD_add_response_header(resp, "Content-Type", "application/json");
	MHD_add_response_header(resp, "Location", location);
	return answer(r, status, resp);
}

http_result answer_bytes(struct request *r, u8 *p, size_t n,
			 const char *digest, const char *name)
{
	struct vorw_err e = { 0 };
	struct MHD_Response *resp = buffer(r, p, n, &e);
	char text[160];

	if (!resp)
		return no_buffer(r, &e);
	MHD_add_response_header(resp, "Content-Type",
				"application/octet-stream");
	snprintf(text, sizeof(text), "\"%s\"", digest);
	MHD_add_response_header(resp, "ETag", text);
	snprintf(text, sizeof(text), "attachment; filename=\"%.80s.blob\"",
		 name);
	MHD_add_response_header(resp, "Content-Disposition", text);
	return answer(r, 200, resp);
}

http_result answer_problem(struct request *r, unsigned status,
			   const struct vorw_err *e, const struct job *j)
{
	const char *name = vorw_reason_name(e->reason);
	json_t *doc = json_object();
	char type[80], *text;

	snprintf(type, sizeof(type), "tag:vorw,2026:reason:%s", name);
	json_object_set_new(doc, "type", json_string(type));
	json_object_set_new(doc, "title",
			    json_string(vorw_reason_text(e->reason)));
	json_object_set_new(doc, "status", json_integer(status));
	json_object_set_new(doc, "reason", json_string(name));
	json_object_set_new(doc, "detail", json_string(e->msg));
	if (j && j->id)
		json_object_set_new(doc, "job", json_string(j->id));
	if (j && j->log)
		json_object_set_new(doc, "log", json_string(j->log));
	text = json_dumps(doc, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(doc);
	return answer_malloced(r, status, "application/problem+json", text);
}

http_result answer_err(struct request *r, const struct vorw_err *e)
{
	return answer_problem(r, http_status(e->reason), e, NULL);
}

static void set_time(json_t *j, const char *key, int64_t ms)
{
	time_t t = ms / 1000;
	char text[40];
	struct tm tm;
	size_t n;

	if (!ms) {
		json_object_set_new(j, key, json_null());
		return;
	}
	gmtime_r(&t, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(ms % 1000));
	json_object_set_new(j, key, json_string(text));
}

static void set_text(json_t *j, const char *key, const char *text)
{
	json_object_set_new(j, key, text ? json_string(text) : json_null());
}

static json_t *lines(const char *text)
{
	json_t *a = json_array();
	size_t n;

	for (; text && *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		json_array_append_new(a, json_stringn(text, n));
	}
	return a;
}

json_t *job_json(const struct job *j, bool all)
{
	json_t *doc = json_object();

	set_text(doc, "id", j->id);
	set_text(doc, "state", j->state);
	json_object_set_new(doc, "object",
			    json_pack("{s:s, s:I}", "sha256", j->object,
				      "size", (json_int_t)j->object_size));
	set_text(doc, "target", j->target);
	set_text(doc, "target_identity", j->identity);
	json_object_set_new(doc, "options", json_loads(j->options, 0, NULL));
	json_object_set_new(doc, "attempts", json_integer(j->attempts));
	json_object_set_new(doc, "version", json_integer(j->version));
	json_object_set_new(doc, "progress", lines(j->progress));
	set_text(doc, "reason", j->reason);
	set_text(doc, "message", j->message);
	set_text(doc, "blob", j->blob);
	set_text(doc, "content", j->content);
	set_time(doc, "created", j->created);
	set_time(doc, "started", j->started);
	set_time(doc, "finished", j->finished);
	if (!all)
		return doc;
	json_object_set_new(doc, "report", j->report ?
			    json_loads(j->report, 0, NULL) : json_null());
	set_text(doc, "report_text", j->text);
	return doc;
}
