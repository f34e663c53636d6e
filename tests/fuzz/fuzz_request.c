// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuzz_request.c - the signer's checker on any bytes: request, transcript, and
 * the whole host side of a verification behind them.
 *
 * A request whose evidence gives its content is fine; everything else has to be
 * refused with a reason.  Seeds: build/tests/signer/forge record.
 */
#include <stdlib.h>
#include <string.h>
#include "signer/evidence.h"
#include "signer/request.h"
#include "transcript.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* What evidence_check() takes from a target, of armv7. */
static const struct vorw_target target = {
	.name = "armv7", .arch = "arm", .machine = 40, .cpu = "cortex-a15",
};

static void walk(const u8 *p, size_t n)
{
	struct vorw_err e = { 0 };
	struct wire_reply reply;
	struct wire_reader r;
	bool more = transcript_begin(&r, p, n, &e);

	while (more && r.left) {
		more = transcript_next(&r, r.left > 1 ? r.p[0] : 0, &reply,
				       &e);
		wire_reply_free(&reply);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const struct bytes all = { data, size };
	struct sign_request r;
	struct vorw_err e = { 0 };

	vorw_quiet = true;
	if (sign_request_parse(&r, all, size, &e)) {
		walk(r.job.transcript, r.job.transcript_size);
		if (!evidence_check(&r.job, &target, "", &e) &&
		    e.reason == VORW_R_OK)
			abort();
	} else if (e.reason == VORW_R_OK) {
		abort();
	}
	vorw_err_free(&e);
	return 0;
}
