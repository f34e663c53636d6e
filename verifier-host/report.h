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

/* The last lines of a refused program's log, on stderr. */
void report_log_tail(const char *log);

#endif /* VORW_REPORT_H */
