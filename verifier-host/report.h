/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* report.h - what `vorw verify` tells people and programs. */
#ifndef VORW_REPORT_H
#define VORW_REPORT_H

#include <stdio.h>
#include "session.h"
#include "signer/signer_client.h"

struct report {
	const char *blob;	/* where it went */
	size_t size, content_size;
	bool is_signed;
	/* for report_json(), when signed: .cert and, when that was a signer
	 * with a log, .seq and .line */
	const struct sign_answer *by;
};

/* Session and err are complete when these are called.  For people: the
 * programs, and what became of them. */
void report_text(FILE *out, const struct session *s, const struct report *r);
void report_programs(FILE *out, const struct session *s);
void report_blob(FILE *out, const struct report *r, const char *target,
		 const char *release, const char *cpu);
void report_json(FILE *out, const struct session *s, const struct report *r);

/* The refusal as JSON on stdout. */
void report_refusal_json(const struct vorw_err *e);

/* What the log of a refusal adds to its message, on stderr: of the verifier's
 * the last lines, of libbpf's all that count. */
void report_log(const struct vorw_err *e);

#endif /* VORW_REPORT_H */
