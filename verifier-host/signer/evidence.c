// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* evidence.c - a content, made again from what it was made from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "blob_build.h"
#include "evidence.h"
#include "object.h"

static bool same_kernel(const struct session *s, const char *build_id,
			struct vorw_err *e)
{
	char have[2 * sizeof(s->hello.build_id) + 1] = "";
	u32 i;

	for (i = 0; i < s->hello.build_id_len; i++)
		sprintf(have + 2 * i, "%02x", s->hello.build_id[i]);
	return !*build_id || !strcmp(have, build_id) ||
	       vorw_fail(e, VORW_R_EVIDENCE,
			 "verified on a kernel with build-id %s, that of target '%s' is %s",
			 have, s->target->name, build_id);
}

static bool same_bytes(const struct sign_job *j, const u8 *content, size_t n,
		       struct vorw_err *e)
{
	size_t i;

	for (i = 0; i < n && i < j->content_size; i++)
		if (content[i] != j->content[i])
			break;
	if (n == j->content_size && i == n)
		return true;
	return vorw_fail(e, VORW_R_EVIDENCE,
			 "the evidence gives %zu bytes, %zu are to be signed; they differ from byte %zu on",
			 n, j->content_size, i);
}

bool evidence_check(const struct sign_job *j, const struct vorw_target *t,
		    const char *build_id, struct vorw_err *e)
{
	const struct session_opts opts = {
		.require_native = j->require_native,
		.full_log = j->full_log,
		.btf = j->btf,
		.btf_size = j->btf_size,
	};
	const struct blob_opts o = {
		.object = j->name, .name = j->name, .xlated = j->xlated,
		.btf = j->btf, .btf_size = j->btf_size,
	};
	struct session s = { 0 };
	u8 *content = NULL;
	size_t n = 0;
	bool ok;

	ok = object_check(j->object, j->object_size, j->name, e) &&
	     session_replay(&s, t, j->name, j->object, j->object_size, &opts,
			    j->transcript, j->transcript_size, e) &&
	     same_kernel(&s, build_id, e) &&
	     blob_build(&s, &o, j->object, j->object_size, &content, &n, e) &&
	     same_bytes(j, content, n, e);
	free(content);
	session_end(&s);
	return ok;
}
