// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* verify_job.c - a job: verify_object(), as for a file, signed by the signer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "job_key.h"
#include "logline.h"
#include "object.h"
#include "report.h"
#include "sign.h"
#include "signer/signer_client.h"
#include "templates.h"
#include "verify_job.h"
#include "verify_object.h"

/* A signer that restarts takes a moment. */
#define SIGN_SECONDS	120
#define STATUS_SECONDS	30
#define SIGN_TRIES	20
#define SIGN_PAUSE_MS	500
#define SIGN_QUIET	4	/* tries, before it is said that it is waited for */

/* Trouble of ours, or of the machine's: says nothing about the object. */
static bool not_the_objects(enum vorw_reason r)
{
	switch (r) {
	case VORW_R_VM:
	case VORW_R_GUEST:
	case VORW_R_TARGET:
	case VORW_R_KEY:
	case VORW_R_SIGNER:
	case VORW_R_EVIDENCE:
	case VORW_R_STORE:
	case VORW_R_IO:
	case VORW_R_NO_MEMORY:
	case VORW_R_INTERNAL:
		return true;
	default:
		return false;
	}
}

#define SIGNER_OUTAGE_MS	(6 * 3600 * 1000)
#define TARGET_OUTAGE_MS	(15 * 60 * 1000)

/* A target that differs: where others may have it. */
int64_t job_outage(enum vorw_reason r, bool shared)
{
	switch (r) {
	case VORW_R_SIGNER:
	case VORW_R_STORE:
		return SIGNER_OUTAGE_MS;
	case VORW_R_TARGET:
		return shared ? TARGET_OUTAGE_MS : 0;
	default:
		return 0;
	}
}

/* e: what it said, freed if there is another try. */
static bool try_again(unsigned *tries, struct vorw_err *e)
{
	if (e->reason != VORW_R_SIGNER || !--*tries)
		return false;
	if (*tries == SIGN_TRIES - SIGN_QUIET) {
		vorw_progress("waiting for the signer");
		log_line("worker", "warn", "waits_for", "signer", "error",
			 e->msg, NULL);
	}
	vorw_err_free(e);
	memset(e, 0, sizeof(*e));
	usleep(SIGN_PAUSE_MS * 1000);
	return true;
}

/* Of the signer that there is now: is the job for its certificate? */
static bool ask_cert(const struct job_place *at, char to[DIGEST_HEX],
		     struct vorw_err *e)
{
	unsigned tries = SIGN_TRIES;
	struct signer_status st;
	bool ok;

	at->asks_signer(true);
	for (;;) {
		ok = signer_status(at->signer, STATUS_SECONDS, &st, e);
		if (ok || !try_again(&tries, e))
			break;
		signer_status_free(&st);
	}
	at->asks_signer(false);
	if (ok)
		digest_hex(st.cert, st.cert_size, to);
	signer_status_free(&st);
	return ok;
}

static bool sign(const struct job_place *at, const struct sign_job *sj,
		 const char *cert, u8 **blob, u32 *size, struct sign_answer *a,
		 struct vorw_err *e)
{
	unsigned tries = SIGN_TRIES;
	bool ok;

	at->asks_signer(true);
	for (;;) {
		ok = signer_sign(at->signer, sj, SIGN_SECONDS, a, e);
		if (ok || !try_again(&tries, e))
			break;
		signer_answer_free(a);
	}
	at->asks_signer(false);
	ok = ok && (!strcmp(a->cert, cert) ||
		    vorw_fail(e, VORW_R_SIGNER,
			      "the signer has got another certificate meanwhile")) &&
	     sign_attach(sj->content, sj->content_size, a->der, a->der_size,
			 blob, size, e);
	signer_answer_free(a);
	return ok;
}

static bool make_reports(struct job_result *res, const struct session *s,
			 const struct report *r, struct vorw_err *e)
{
	size_t n;
	FILE *f = open_memstream(&res->report, &n);

	if (f) {
		report_json(f, s, r);
		fclose(f);
	}
	f = open_memstream(&res->text, &n);
	if (f) {
		report_programs(f, s);
		fclose(f);
	}
	return (res->report && res->text) ||
	       vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
}

static bool same_target(const struct job *j, const char *cert,
			struct vorw_target *t, struct vorw_err *e)
{
	char identity[DIGEST_HEX];

	if (!vorw_target_get(j->target, t, e))
		return false;
	if (!t->ready)
		return vorw_fail(e, VORW_R_TARGET, "target '%s': %s", t->name,
				 t->why_not);
	return target_identity(t, cert, identity, e) &&
	       (!strcmp(identity, j->identity) ||
		vorw_fail(e, VORW_R_TARGET,
			  "target '%s', or the signer's certificate, is not the same here as when the job was accepted; submit it again",
			  t->name));
}

static bool run(const struct job *j, const u8 *object, size_t size,
		const u8 *btf, size_t btf_size, const struct job_place *at,
		struct job_result *res, struct vorw_err *e)
{
	struct sign_answer by;
	struct report rep = { .is_signed = true, .by = &by };
	struct verified v = { 0 };
	struct job_options o;
	struct vorw_target t;
	struct verify_opts vo = {
		.target = &t, .object = o.file, .name = o.name,
		.bytes = object, .size = size, .btf = btf,
		.btf_size = btf_size, .record = true,
	};
	struct sign_job sj;
	char cert[DIGEST_HEX];
	u32 blob_size = 0;
	bool ok;

	ok = job_options_read(&o, j->options, e) &&
	     ask_cert(at, cert, e) && same_target(j, cert, &t, e) &&
	     object_check(object, size, o.file, e);
	if (ok) {
		vo.require_native = o.require_native;
		vo.full_log = o.full_log;
		vo.xlated = o.xlated;
		vo.seconds = at->seconds * t.slow;
		vo.template = templates_get(&t, at->template_jobs);
		ok = verify_object(&v, &vo, e);
	}
	if (ok) {
		verified_sign_job(&sj, &v, &vo);
		sj.job = j->id;
		sj.token = j->token;
		vorw_progress("signing");
		ok = sign(at, &sj, cert, &res->blob, &blob_size, &by, e);
	}
	if (ok) {
		digest_hex(v.content, v.size, res->content_digest);
		digest_hex(res->blob, blob_size, res->blob_digest);
		res->r.size = rep.size = blob_size;
		rep.content_size = v.size;
		/* kept once, and beside the report: the store cuts long ones */
		res->log = v.s.log;
		v.s.log = NULL;
		ok = make_reports(res, &v.s, &rep, e);
	}
	if (v.s.template_failed)
		templates_drop(&t);
	else if (v.s.copy_broke)
		templates_renew(&t);
	verified_free(&v);
	return ok;
}

void verify_job(const struct job *j, const u8 *object, size_t size,
		const u8 *btf, size_t btf_size, const struct job_place *at,
		struct job_result *res)
{
	struct vorw_err e = { 0 };

	memset(res, 0, sizeof(*res));
	if (run(j, object, size, btf, btf_size, at, res, &e)) {
		res->r.report = res->report;
		res->r.text = res->text;
		res->r.blob = res->blob_digest;
		res->r.content = res->content_digest;
		res->r.bytes = res->blob;
	} else {
		res->log = e.log;
		e.log = NULL;
		snprintf(res->message, sizeof(res->message), "%s",
			 e.msg[0] ? e.msg : vorw_reason_text(e.reason));
		res->r.reason = e.reason;
		res->r.message = res->message;
		res->r.again = not_the_objects(e.reason);
		res->r.outage_ms = job_outage(e.reason, at->shared);
	}
	res->r.log = res->log;
	vorw_err_free(&e);
}

void job_result_free(struct job_result *res)
{
	free(res->log);
	free(res->report);
	free(res->text);
	free(res->blob);
	memset(res, 0, sizeof(*res));
}
