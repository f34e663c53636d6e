/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * logline.h - the service's log on standard error, one JSON object per line:
 *
 *	{"time":"2026-11-21T16:58:01.123Z","level":"info","part":"worker",…}
 */
#ifndef VORW_LOGLINE_H
#define VORW_LOGLINE_H

/* part, level, then pairs of member and text, NULL.  One write per line. */
void log_line(const char *part, const char *level, ...)
	__attribute__((sentinel));

#endif
