/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* report.h - what `vorw verify` tells people and programs. */
#ifndef VORW_REPORT_H
#define VORW_REPORT_H

#include "session.h"

struct report {
	const char *blob;	/* where it went */
	size_t size, content_size;
	bool is_signed;
};

/* Both to stdout.  Session and err are complete when these are called. */
void report_text(const struct session *s, const struct report *r);
void report_json(const struct session *s, const struct report *r);

/* The refusal as JSON on stdout. */
void report_refusal_json(const struct vorw_err *e);

/* What the log of a refusal adds to its message, on stderr: of the verifier's
 * the last lines, of libbpf's all that count. */
void report_log(const struct vorw_err *e);

#endif /* VORW_REPORT_H */
