// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * stats.c - what the verifier's log says at its end.
 *
 * kernel/bpf/verifier.c print_verification_stats():
 *	verification time 123 usec
 *	stack depth 16+0
 *	insns processed 12			(7.2)
 *	processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 1
 *	peak_states 1 mark_read 1
 * Text of a guest: used for people and provenance, never for a decision.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "session.h"

static u32 number_after(const char *log, const char *word)
{
	const char *p = log ? strstr(log, word) : NULL, *next;
	unsigned long v;

	if (!p)
		return 0;
	/* the summary is the last of its kind */
	while ((next = strstr(p + 1, word)))
		p = next;
	p += strlen(word);
	if (!isdigit((unsigned char)*p))
		return 0;
	v = strtoul(p, NULL, 10);
	return v > ~0u ? ~0u : v;
}

void stats_parse(const char *log, struct vstats *st)
{
	const char *p = log ? strstr(log, "stack depth ") : NULL;
	size_t n;

	memset(st, 0, sizeof(*st));
	st->insns_processed = number_after(log, "processed ");
	st->total_states = number_after(log, "total_states ");
	st->peak_states = number_after(log, "peak_states ");
	st->time_usec = number_after(log, "verification time ");
	if (p) {
		p += strlen("stack depth ");
		n = strspn(p, "0123456789+");
		if (n >= sizeof(st->stack))
			n = sizeof(st->stack) - 1;
		memcpy(st->stack, p, n);
	}
}

/* The summary, and source lines (verbose_linfo()), which may come last. */
static bool says_no_reason(const char *line, size_t n)
{
	static const char *const starts[] = {
		"processed ", "insns processed ", "verification time ",
		"stack depth ", "; ",
	};
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (n >= strlen(starts[i]) &&
		    !strncmp(line, starts[i], strlen(starts[i])))
			return true;
	return false;
}

const char *stats_last_line(const char *log, char *buf, size_t size)
{
	const char *line = log, *end;
	size_t n;

	buf[0] = 0;
	while (line && *line) {
		end = strchr(line, '\n');
		n = end ? (size_t)(end - line) : strlen(line);
		if (n && !says_no_reason(line, n))
			snprintf(buf, size, "%.*s", (int)n, line);
		line = end ? end + 1 : NULL;
	}
	return buf;
}
