// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_events.c - a job as server-sent events, until it has ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "http_int.h"

/* A line now and then keeps proxies from closing the connection. */
#define IDLE_MS	15000

/* Lines of progress that were not sent yet, and the end. */
static bool next_events(struct request *r)
{
	struct vorw_err e = { 0 };
	size_t n = 0, k, size;
	const char *p;
	struct job j;
	json_t *doc;
	char *text;
	FILE *f;

	if (store_is_stalled(r->h) ||
	    !store_job(r->h->store, r->want[0].id, &j, &e))
		return false;
	free(r->out);
	r->out = NULL;
	f = open_memstream(&r->out, &size);
	if (!f) {
		job_free(&j);
		return false;
	}
	for (p = j.progress ? j.progress : ""; *p; p += k + (p[k] == '\n')) {
		k = strcspn(p, "\n");
		if (n++ >= r->sent_lines)
			fprintf(f, "event: progress\ndata: %.*s\n\n", (int)k,
				p);
	}
	r->sent_lines = n;
	r->want[0].version = j.version;
	if (job_is_final(&j)) {
		doc = job_json(&j, false);
		text = json_dumps(doc, JSON_COMPACT | JSON_ENSURE_ASCII);
		json_decref(doc);
		fprintf(f, "event: end\ndata: %s\n\n", text ? text : "{}");
		free(text);
		r->out_end = true;
	}
	fclose(f);
	job_free(&j);
	r->out_n = size;
	r->out_at = 0;
	return true;
}

static ssize_t more(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct request *r = arg;
	size_t n;

	if (r->out_at == r->out_n) {
		if (r->out_end || r->h->stopping)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (!next_events(r))
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (!r->out_n && http_now_ms() >= r->deadline_ms) {
			free(r->out);
			r->out = strdup(":\n\n");
			r->out_n = r->out ? 3 : 0;
		}
		r->deadline_ms = http_now_ms() + IDLE_MS;
		if (!r->out_n) {
			wait_for(r);
			return 0;
		}
	}
	n = r->out_n - r->out_at < max ? r->out_n - r->out_at : max;
	memcpy(buf, r->out + r->out_at, n);
	r->out_at += n;
	return n;
}

http_result get_events(struct request *r, const char *id)
{
	struct MHD_Response *resp;
	struct vorw_err e = { 0 };
	struct job j;

	if (!store_job(r->h->store, id, &j, &e))
		return answer_err(r, &e);
	strcpy(r->want[0].id, j.id);
	r->want[0].version = -1;
	r->nwant = 1;
	job_free(&j);
	r->phase = PHASE_STREAM;
	r->deadline_ms = http_now_ms() + IDLE_MS;
	resp = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, more,
						 r, NULL);
	if (!resp)
		return MHD_NO;
	MHD_add_response_header(resp, "Content-Type", "text/event-stream");
	return answer(r, 200, resp);
}
