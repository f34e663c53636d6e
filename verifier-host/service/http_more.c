// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_more.c - what is not about jobs: targets, keys, health, metrics. */
#include <mbedtls/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "http_int.h"
#include "json.h"	/* behind jansson's: see there */

/* docs/openapi.yaml, by .incbin; ends in a NUL */
extern const char openapi_yaml[];
__asm__(".section .rodata\n.global openapi_yaml\nopenapi_yaml:\n"
	".incbin \"docs/openapi.yaml\"\n.byte 0\n.previous");

http_result get_openapi(struct request *r, const char *arg)
{
	return answer_text(r, 200, "application/yaml", openapi_yaml);
}

http_result get_targets(struct request *r, const char *arg)
{
	struct vorw_err e = { 0 };
	char **names = vorw_target_names(&e), *text = NULL;
	char identity[DIGEST_HEX], cert[DIGEST_HEX];
	bool has_cert = signer_cert_digest(r->h, cert, &e);
	struct vorw_target t;
	http_result rc;
	struct json j;
	size_t n, i;
	FILE *f;

	if (!names)
		return answer_err(r, &e);
	f = open_memstream(&text, &n);
	if (!f)
		return MHD_NO;
	json_start(&j, f);
	json_array(&j, "targets");
	for (i = 0; names[i]; i++) {
		bool known;

		memset(&e, 0, sizeof(e));
		known = vorw_target_get(names[i], &t, &e);
		free(names[i]);
		if (!known)
			continue;
		json_object(&j, NULL);
		target_json(&j, &t);
		json_str(&j, "identity", has_cert && t.ready &&
			 target_for_jobs(&t, cert, identity, &e) ? identity :
								   NULL);
		json_end(&j);
	}
	json_finish(&j);
	fclose(f);
	free(names);
	rc = answer_text(r, 200, "application/json", text);
	free(text);
	return rc;
}

http_result get_certificates(struct request *r, const char *arg)
{
	struct vorw_err e = { 0 };
	char digest[DIGEST_HEX];
	size_t n, der_size;
	u8 *pem, *der;
	int rc;

	if (!signer_cert(r->h, &der, &der_size, &e))
		return answer_err(r, &e);
	pem = malloc(2 * der_size + 256);
	rc = pem ? mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n",
			"-----END CERTIFICATE-----\n", der, der_size, pem,
			2 * der_size + 256, &n) : -1;
	digest_hex(der, der_size, digest);
	free(der);
	if (rc) {
		free(pem);
		vorw_fail(&e, VORW_R_NO_MEMORY, "out of memory");
		return answer_err(r, &e);
	}
	rc = answer_json(r, 200, json_pack("{s:[{s:s, s:s}]}", "certificates",
					   "sha256", digest, "pem", pem));
	free(pem);
	return rc;
}

http_result get_health(struct request *r, const char *arg)
{
	bool has_signer = !r->h->o.no_signer;
	bool signer_ok = !has_signer || signer_is_well(r->h);
	bool store_ok = store_is_well(r->h);

	return answer_json(r, store_ok && signer_ok ? 200 : 503,
			   json_pack("{s:b, s:b, s:o}",
				     "ok", store_ok && signer_ok,
				     "store", store_ok, "signer", has_signer ?
				     json_boolean(signer_ok) : json_null()));
}

static void metric(FILE *f, const char *name, const char *type,
		   const char *help)
{
	fprintf(f, "# HELP vorw_%s %s\n# TYPE vorw_%s %s\n", name, help, name,
		type);
}

static void one(FILE *f, const char *name, const char *type, const char *help,
		double value)
{
	metric(f, name, type, help);
	fprintf(f, "vorw_%s %.15g\n", name, value);
}

http_result get_metrics(struct request *r, const char *arg)
{
	const struct http *h = r->h;
	struct vorw_err e = { 0 };
	struct store_counts c;
	char *text = NULL;
	http_result rc;
	size_t n, i;
	FILE *f;

	if (!store_count(r->h->store, &c, &e))
		return answer_err(r, &e);
	f = open_memstream(&text, &n);
	if (!f)
		return MHD_NO;
	metric(f, "jobs", "gauge", "Jobs by state.");
	fprintf(f, "vorw_jobs{state=\"queued\"} %lld\n"
		"vorw_jobs{state=\"running\"} %lld\n"
		"vorw_jobs{state=\"done\"} %lld\n"
		"vorw_jobs{state=\"refused\"} %lld\n"
		"vorw_jobs{state=\"failed\"} %lld\n", (long long)c.queued,
		(long long)c.running, (long long)c.done, (long long)c.refused,
		(long long)c.failed);
	one(f, "queue_oldest_seconds", "gauge",
	    "How long the first job in the queue has waited.",
	    c.oldest_ms / 1000.0);
	one(f, "workers", "gauge", "Workers that are there.", c.workers);
	one(f, "leases_lost_total", "counter",
	    "Workers that ended in the middle of a job.", c.attempts_lost);
	one(f, "objects", "gauge", "Objects kept.", c.objects);
	one(f, "blobs", "gauge", "Blobs kept.", c.blobs);
	one(f, "submitted_total", "counter", "Jobs accepted.", h->submitted);
	one(f, "submitted_known_total", "counter",
	    "Submissions of a job that was there already.", h->known);
	one(f, "received_bytes_total", "counter", "Bytes of submissions.",
	    h->bytes_in);
	one(f, "upload_bytes", "gauge",
	    "Bytes of submissions that are on their way.", h->upload_bytes);
	one(f, "answer_bytes", "gauge",
	    "Bytes of large answers that are on their way.", h->answers_held);
	one(f, "uptime_seconds", "gauge", "Since the front end was started.",
	    (http_now_ms() - h->started_ms) / 1000.0);
	one(f, "slow_connections_total", "counter",
	    "Connections ended because they were too slow.", h->slow);
	metric(f, "answers_total", "counter", "HTTP answers by status.");
	for (i = 0; i < sizeof(h->answers) / sizeof(h->answers[0]); i++)
		if (h->answers[i])
			fprintf(f, "vorw_answers_total{status=\"%zu\"} %llu\n",
				i, (unsigned long long)h->answers[i]);
	fclose(f);
	rc = answer_text(r, 200, "text/plain; version=0.0.4; charset=utf-8",
			 text);
	free(text);
	return rc;
}
