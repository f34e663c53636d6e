// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_verify_remote.c - `vorw verify --remote`: the same, done by a service. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "btf_file.h"
#include "cmd_verify.h"
#include "file_io.h"
#include "object.h"
#include "remote.h"
#include "report.h"

#define TOKEN_MAX	512

/* From --token-file, else $VORW_TOKEN; *token NULL: none. */
static bool read_token(const struct verify_args *a, char **token,
		       struct vorw_err *e)
{
	const char *env = getenv("VORW_TOKEN");
	size_t n;

	*token = NULL;
	if (!a->token_file) {
		*token = env && *env ? strdup(env) : NULL;
	} else {
		if (!file_read(a->token_file, TOKEN_MAX, (u8 **)token, &n, e))
			return false;
		(*token)[strcspn(*token, " \t\r\n")] = 0;
	}
	/* it becomes a header: no line ends, nothing that is not seen */
	return !*token ||
	       (strspn(*token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"abcdefghijklmnopqrstuvwxyz0123456789_-.~+/=") ==
		strlen(*token) && **token) ||
	       vorw_fail(e, VORW_R_UNAUTHORIZED, "%s: that is no token",
			 a->token_file ? a->token_file : "$VORW_TOKEN");
}

/* libcurl names a file that is missing, but not why. */
static bool may_read(const char *path, struct vorw_err *e)
{
	return !path || !access(path, R_OK) ||
	       vorw_fail(e, VORW_R_KEY, "%s: %s", path, strerror(errno));
}

static void report(const struct verify_args *a, const char *output,
		   const struct remote_result *r)
{
	const struct report rep = {
		.blob = output, .size = r->size, .is_signed = true
	};
	char *json = NULL;

	if (a->json) {
		json = remote_report(r, output);
		puts(json ? json : "{}");
		free(json);
	} else {
		fputs(r->text, stdout);
		report_blob(stdout, &rep, r->target, r->release, r->cpu);
	}
}

bool verify_remote(const struct verify_args *a, const char *output,
		   const char *name, struct vorw_err *e)
{
	struct remote_job job = {
		.url = a->remote, .target = a->target, .name = name,
		.object = a->object, .require_native = a->require_native,
		.xlated = a->xlated, .full_log = a->log != NULL,
		.ca = a->ca ? a->ca : getenv("VORW_CA"),
		.client_cert = a->client_cert, .client_key = a->client_key,
	};
	struct remote_result r = { 0 };
	u8 *object = NULL, *btf = NULL;
	char *token = NULL;
	bool ok;

	ok = verify_check_files(a, output, e) && read_token(a, &token, e) &&
	     may_read(job.ca, e) && may_read(job.client_cert, e) &&
	     may_read(job.client_key, e) &&
	     file_read(a->object, OBJECT_MAX_SIZE, &object, &job.size, e) &&
	     object_check(object, job.size, a->object, e) &&
	     (!a->btf || btf_read(a->btf, &btf, &job.btf_size, e));
	job.token = token;
	job.bytes = object;
	job.btf = btf;
	ok = ok && remote_verify(&job, &r, e) &&
	     verify_write_log(a->log, r.log, e) &&
	     file_write(output, r.blob, r.size, e);
	if (ok)
		report(a, output, &r);
	remote_free(&r);
	free(object);
	free(btf);
	free(token);
	return ok;
}
