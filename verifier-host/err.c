// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* err.c - one reason, one message, printed once; progress lines. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "err.h"

bool vorw_quiet;
void (*vorw_progress_to)(const char *line);

void vorw_plain(char *p)
{
	for (; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
		else if (*p < 0x20 || *p > 0x7e)
			*p = '?';
}

bool vorw_fail(struct vorw_err *e, enum vorw_reason r, const char *fmt, ...)
{
	va_list ap;

	if (e->reason != VORW_R_OK)
		return false;
	e->reason = r;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	vorw_plain(e->msg);
	return false;
}

void vorw_err_free(struct vorw_err *e)
{
	free(e->log);
	e->log = NULL;
}

void vorw_err_print(const struct vorw_err *e)
{
	fprintf(stderr, "vorw: %s [%s]\n",
		e->msg[0] ? e->msg : vorw_reason_text(e->reason),
		vorw_reason_name(e->reason));
}

void vorw_progress(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (vorw_quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	vorw_plain(line);
	if (vorw_progress_to)
		vorw_progress_to(line);
	else
		fprintf(stderr, "vorw: %s\n", line);
}
