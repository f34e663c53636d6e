// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_jobs.c - submitting, waiting, and looking at jobs. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "blob_name.h"
#include "http_int.h"
#include "logline.h"

#define WAIT_DEFAULT	HTTP_WAIT_MAX

static const char *arg(const struct request *r, const char *key)
{
	return MHD_lookup_connection_value(r->c, MHD_GET_ARGUMENT_KIND, key);
}

/* 0 to max, and nothing else */
static bool number(const char *s, int64_t max, int64_t *n)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	*n = strtoll(s, &end, 10);
	return !*end && *n <= max;
}

/* RFC 7240: Prefer: wait=N, respond-async */
static bool prefer(struct request *r, const char *p, int *seconds,
		   bool *async, struct vorw_err *e)
{
	char one[32];
	int64_t n;
	size_t len;

	for (; *p; p += len + (p[len] == ',')) {
		p += strspn(p, " \t");
		len = strcspn(p, ",");
		snprintf(one, sizeof(one), "%.*s", (int)len, p);
		one[strcspn(one, " \t;")] = 0;
		if (!strcasecmp(one, "respond-async"))
			*async = true;
		if (strncasecmp(one, "wait=", 5))
			continue;
		if (!number(one + 5, INT32_MAX, &n))
			return vorw_fail(e, VORW_R_REQUEST,
					 "Prefer: %s: no number of seconds",
					 one);
		*seconds = n < HTTP_WAIT_MAX ? n : HTTP_WAIT_MAX;
	}
	return true;
}

bool wait_seconds(struct request *r, int *seconds, bool *async,
		  struct vorw_err *e)
{
	const char *p = MHD_lookup_connection_value(r->c, MHD_HEADER_KIND,
						    "Prefer");
	int64_t n;

	*seconds = -1;
	*async = false;
	if (p && !prefer(r, p, seconds, async, e))
		return false;
	p = arg(r, "wait");
	if (!p)
		return true;
	if (!number(p, INT32_MAX, &n))
		return vorw_fail(e, VORW_R_REQUEST,
				 "wait=%.20s: no number of seconds", p);
	*seconds = n < HTTP_WAIT_MAX ? n : HTTP_WAIT_MAX;
	return true;
}

static bool job_options(struct request *r, struct job_options *o,
			struct vorw_err *e)
{
	struct form *f = &r->form;

	if (!job_options_init(o, f->object.file, e))
		return false;
	if (f->name[0] && !blob_name_ok(f->name))
		return vorw_fail(e, VORW_R_REQUEST,
				 "name '%.63s': 1 to 63 letters, digits, '_' and '-', not '-' first",
				 f->name);
	if (f->name[0])
		snprintf(o->name, sizeof(o->name), "%s", f->name);
	o->require_native = !strcmp(f->native, "true");
	o->xlated = !strcmp(f->xlated, "true");
	o->full_log = !strcmp(f->full_log, "true");
	if (f->btf.there)
		digest_hex(f->btf.p, f->btf.n, o->btf);
	return true;
}

/* One of the targets of a submission. */
struct planned {
	char target[64], identity[DIGEST_HEX], id[DIGEST_HEX];
};

/* Which files and directories were looked at is the operator's to know. */
static bool find_target(const char *name, struct vorw_target *t,
			struct vorw_err *e)
{
	struct vorw_err why = { 0 };

	if (vorw_target_get(name, t, &why))
		return true;
	if (why.reason != VORW_R_TARGET) {
		*e = why;
		return false;
	}
	log_line("http", "info", "target", name, "error", why.msg, NULL);
	vorw_err_free(&why);
	return vorw_fail(e, VORW_R_TARGET,
			 "no target '%.64s' here: GET /v1/targets lists them",
			 name);
}

/* The signer does not sign for a kernel that is not known: said before a machine
 * runs for it. */
bool target_for_jobs(const struct vorw_target *t, const char *cert,
		     char identity[DIGEST_HEX], struct vorw_err *e)
{
	char build_id[41];

	target_build_id(t, build_id);
	if (!build_id[0])
		return vorw_fail(e, VORW_R_TARGET,
				 "target '%s': no build-id is found in its kernel, so nothing is signed for it",
				 t->name);
	return target_identity(t, cert, identity, e);
}

static bool plan(struct request *r, struct planned *p, const char *name,
		 const char *object, const char *options, struct vorw_err *e)
{
	char cert[DIGEST_HEX];
	struct vorw_target t;

	if (!find_target(name, &t, e))
		return false;
	if (!t.ready)
		return vorw_fail(e, VORW_R_TARGET,
				 "target '%s' is not ready here: %s", t.name,
				 t.why_not);
	if (!signer_cert_digest(r->h, cert, e) ||
	    !target_for_jobs(&t, cert, p->identity, e))
		return false;
	snprintf(p->target, sizeof(p->target), "%s", t.name);
	job_key(object, t.name, p->identity, options, p->id);
	return true;
}

static void accepted(struct request *r, const struct planned *p, bool is_new)
{
	struct http *h = r->h;

	strcpy(r->want[r->nwant].id, p->id);
	r->want[r->nwant++].version = -1;
	h->submitted += is_new;
	h->known += !is_new;
	log_line("http", "info", "job", p->id, "target", p->target, "token",
		 r->token.id, "new", is_new ? "yes" : "no", NULL);
	if (is_new && h->o.bell >= 0 && write(h->o.bell, "!", 1) < 0)
		return;		/* full: enough of them are awake */
}

/* For all targets, or none. */
static bool submit_all(struct request *r, const struct job_options *o,
		       struct vorw_err *e)
{
	/* 0: no quota; the service's own limit is for all */
	const struct store_limits lim = {
		.queued = r->h->o.max_queued,
		.token_queued = r->token.max_queued,
		.token_minute = r->token.per_minute,
	};
	struct planned p[HTTP_TARGETS_MAX];
	struct store_new n[HTTP_TARGETS_MAX];
	bool is_new[HTTP_TARGETS_MAX], ok = true;
	unsigned count = r->form.ntargets, i;
	char object[DIGEST_HEX], *options = job_options_write(o);

	if (!options)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	digest_hex(r->form.object.p, r->form.object.n, object);
	for (i = 0; ok && i < count; i++) {
		ok = plan(r, &p[i], r->form.targets[i], object, options,
			  e);
		n[i] = (struct store_new){
			.token = r->token.id, .bytes = r->form.object.p,
			.size = r->form.object.n, .object = object,
			.target = p[i].target, .identity = p[i].identity,
			.id = p[i].id, .options = options,
			.extra = o->btf[0] ? o->btf : NULL,
			.extra_bytes = r->form.btf.p,
			.extra_size = r->form.btf.n,
		};
	}
	ok = ok && store_submit_all(r->h->store, n, count, &lim, is_new, e);
	if (!ok && e->reason == VORW_R_STORE)
		store_doubt(r->h);
	for (i = 0; ok && i < count; i++)
		accepted(r, &p[i], is_new[i]);
	free(options);
	return ok;
}

http_result submit(struct request *r)
{
	struct vorw_err e = { 0 };
	struct job_options o;
	bool ok, async;
	int seconds;

	ok = form_end(r, &e) && wait_seconds(r, &seconds, &async, &e) &&
	     job_options(r, &o, &e) &&
	     object_check(r->form.object.p, r->form.object.n, o.file, &e) &&
	     submit_all(r, &o, &e);
	r->several = r->form.ntargets > 1;
	form_free(r);
	if (!ok)
		return r->status ? answer_problem(r, r->status, &e, NULL) :
				   answer_err(r, &e);
	if (async)
		seconds = 0;
	r->deadline_ms = async ? 0 : http_now_ms() +
		1000ull * (seconds < 0 ? WAIT_DEFAULT : seconds);
	return submit_answer(r);
}

static http_result one_result(struct request *r, struct job *j)
{
	struct vorw_err e = { 0 };
	struct job_options o;
	u8 *blob;
	size_t n;

	if (!strcmp(j->state, "done")) {
		if (!store_blob(r->h->store, j->blob, &blob, &n, &e) ||
		    !job_options_read(&o, j->options, &e))
			return answer_err(r, &e);
		return answer_bytes(r, blob, n, j->blob, o.name);
	}
	for (e.reason = 1; e.reason < 256; e.reason++)
		if (!strcmp(vorw_reason_name(e.reason), j->reason))
			break;
	snprintf(e.msg, sizeof(e.msg), "%s", j->message ? j->message : "");
	return answer_problem(r, !strcmp(j->state, "refused") ? 422 : 503, &e,
			      j);
}

http_result submit_answer(struct request *r)
{
	struct job j[HTTP_TARGETS_MAX] = { 0 };
	struct vorw_err e = { 0 };
	bool all_final = true, ok = true;
	http_result rc = MHD_YES;
	json_t *list;
	unsigned i;

	for (i = 0; ok && i < r->nwant; i++) {
		ok = store_job(r->h->store, r->want[i].id, &j[i], &e);
		if (!ok)
			break;
		r->want[i].version = j[i].version;
		all_final = all_final && job_is_final(&j[i]);
	}
	if (!ok) {
		rc = answer_err(r, &e);
	} else if (!all_final && http_now_ms() < r->deadline_ms &&
		   !r->h->stopping) {
		r->phase = PHASE_WAIT;
		wait_for(r);
	} else if (!r->several && (all_final && r->deadline_ms)) {
		rc = one_result(r, &j[0]);
	} else if (!r->several) {
		rc = answer_json(r, 202, job_json(&j[0], false));
	} else {
		list = json_array();
		for (i = 0; i < r->nwant; i++)
			json_array_append_new(list, job_json(&j[i], false));
		rc = answer_json(r, all_final ? 200 : 202,
				 json_pack("{s:o}", "jobs", list));
	}
	for (i = 0; i < r->nwant; i++)
		job_free(&j[i]);
	return rc;
}

static bool is_state(const char *text)
{
	static const char *const states[] = {
		"queued", "running", "done", "refused", "failed"
	};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (!strcmp(text, states[i]))
			return true;
	return false;
}

http_result get_jobs(struct request *r, const char *unused)
{
	struct store_filter f = {
		.object = arg(r, "object"), .blob = arg(r, "blob"),
		.target = arg(r, "target"), .state = arg(r, "state"),
		.before_id = arg(r, "before_id"),
	};
	const char *max = arg(r, "limit"), *before = arg(r, "before");
	struct vorw_err e = { 0 };
	int64_t n = 100;
	struct job *jobs;
	json_t *list;
	size_t count, i;

	if ((f.object && !digest_ok(f.object)) ||
	    (f.blob && !digest_ok(f.blob)))
		vorw_fail(&e, VORW_R_REQUEST, "object and blob are SHA-256 digests, 64 of 0-9a-f");
	/* a database refuses what is no text */
	if (f.target && *f.target && !blob_name_ok(f.target))
		vorw_fail(&e, VORW_R_REQUEST, "target is the name of one");
	if (f.state && !is_state(f.state))
		vorw_fail(&e, VORW_R_REQUEST, "state is queued, running, done, refused or failed");
	if ((max && (!number(max, 1000, &n) || !n)) ||
	    (before && !number(before, INT64_MAX, &f.before)))
		vorw_fail(&e, VORW_R_REQUEST,
			  "limit is 1 to 1000, before a time in milliseconds");
	if (f.before_id && (!before || !digest_ok(f.before_id)))
		vorw_fail(&e, VORW_R_REQUEST,
			  "before_id is the id of a job, beside before, its time");
	f.max = n;
	if (e.reason != VORW_R_OK ||
	    !store_list(r->h->store, &f, &jobs, &count, &e))
		return answer_err(r, &e);
	list = json_array();
	for (i = 0; i < count; i++) {
		json_array_append_new(list, job_json(&jobs[i], false));
		job_free(&jobs[i]);
	}
	free(jobs);
	return answer_json(r, 200, json_pack("{s:o}", "jobs", list));
}

/* ?wait=N: until it has ended, or is not ?version=V any more. */
http_result get_job(struct request *r, const char *id)
{
	const char *version = arg(r, "version");
	struct vorw_err e = { 0 };
	int64_t seen = -1;
	struct job j;
	bool async;
	int seconds;
	http_result rc = MHD_YES;

	if (r->phase == PHASE_BODY) {
		if (!wait_seconds(r, &seconds, &async, &e))
			return answer_err(r, &e);
		r->deadline_ms = http_now_ms() +
				 1000ull * (seconds > 0 ? seconds : 0);
	}
	if (version && !number(version, INT64_MAX, &seen)) {
		vorw_fail(&e, VORW_R_REQUEST, "version=%.20s: no number",
			  version);
		return answer_err(r, &e);
	}
	if (!store_job(r->h->store, id, &j, &e))
		return answer_err(r, &e);
	if (job_is_final(&j) || (version && j.version > seen) ||
	    http_now_ms() >= r->deadline_ms || r->h->stopping) {
		rc = answer_json(r, 200, job_json(&j, true));
	} else {
		strcpy(r->want[0].id, j.id);
		r->want[0].version = j.version;
		r->nwant = 1;
		r->phase = PHASE_WAIT;
		wait_for(r);
	}
	job_free(&j);
	return rc;
}

http_result get_log(struct request *r, const char *id)
{
	struct vorw_err e = { 0 };
	http_result rc;
	struct job j;

	if (!store_job(r->h->store, id, &j, &e))
		return answer_err(r, &e);
	if (job_is_final(&j)) {
		rc = answer_text(r, 200, "text/plain; charset=utf-8", j.log);
	} else {
		vorw_fail(&e, VORW_R_NOT_FOUND, "job %s has not ended", id);
		rc = answer_err(r, &e);
	}
	job_free(&j);
	return rc;
}

/* Of a job that is done; else *e says why not. */
static bool done_job(struct request *r, const char *id, struct job *j,
		     struct vorw_err *e)
{
	if (!store_job(r->h->store, id, j, e))
		return false;
	return !strcmp(j->state, "done") ||
	       vorw_fail(e, VORW_R_NOT_FOUND, "job %s is %s: it has no blob",
			 id, j->state);
}

http_result get_job_blob(struct request *r, const char *id)
{
	struct vorw_err e = { 0 };
	http_result rc;
	struct job j = { 0 };

	rc = done_job(r, id, &j, &e) ? one_result(r, &j) : answer_err(r, &e);
	job_free(&j);
	return rc;
}

/* Members of the report that say it, too; older reports lack some. */
static void from_report(json_t *doc)
{
	static const char *const members[][2] = {
		{ "target", "verified_for" }, { "signer", "signer" },
		{ "tool", "tool" },
	};
	json_t *report = json_object_get(doc, "report");
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_set(doc, members[i][1],
				json_object_get(report, members[i][0]));
}

/* What the blob says of itself is signed; this says where it came from. */
http_result get_provenance(struct request *r, const char *id)
{
	struct vorw_err e = { 0 };
	struct job j = { 0 };
	json_t *doc = NULL;

	if (done_job(r, id, &j, &e)) {
		doc = job_json(&j, true);
		json_object_set_new(doc, "job", json_string(j.id));
		from_report(doc);
		json_object_del(doc, "id");
		json_object_del(doc, "progress");
		json_object_del(doc, "version");
		json_object_del(doc, "report");
		json_object_del(doc, "report_text");
		json_object_del(doc, "reason");
		json_object_del(doc, "message");
	}
	job_free(&j);
	return doc ? answer_json(r, 200, doc) : answer_err(r, &e);
}

http_result get_blob(struct request *r, const char *sha256)
{
	struct vorw_err e = { 0 };
	char name[20];
	u8 *blob;
	size_t n;

	if (!store_blob(r->h->store, sha256, &blob, &n, &e))
		return answer_err(r, &e);
	snprintf(name, sizeof(name), "%.16s", sha256);
	return answer_bytes(r, blob, n, sha256, name);
}
