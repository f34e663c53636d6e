// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* logline.c - structured log lines. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "err.h"
#include "logline.h"

static json_t *plain(const char *text)
{
	char line[1200];

	snprintf(line, sizeof(line), "%s", text ? text : "");
	vorw_plain(line);
	return json_string(line);
}

void log_line(const char *part, const char *level, ...)
{
	json_t *j = json_object();
	struct timespec t;
	const char *key;
	char when[40];
	struct tm tm;
	va_list ap;
	size_t n;
	char *s;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	n = strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(when + n, sizeof(when) - n, ".%03ldZ", t.tv_nsec / 1000000);
	json_object_set_new(j, "time", json_string(when));
	json_object_set_new(j, "level", json_string(level));
	json_object_set_new(j, "part", json_string(part));
	va_start(ap, level);
	while ((key = va_arg(ap, const char *)))
		json_object_set_new(j, key, plain(va_arg(ap, const char *)));
	va_end(ap);
	s = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (!s)
		return;
	n = strlen(s);
	s[n] = '\n';	/* in place of its NUL: a line is one write */
	if (write(STDERR_FILENO, s, n + 1) < 0)
		(void)0;
	free(s);
}
