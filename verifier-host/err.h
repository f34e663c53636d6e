/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * err.h - how host code reports a refusal: one reason, one message, once.
 *
 * Functions return bool, fill *err on false and print nothing; a command
 * prints err at its end, and the service answers it.
 */
#ifndef VORW_ERR_H
#define VORW_ERR_H

#include <stdbool.h>
#include "vorw_reason.h"

struct vorw_err {
	enum vorw_reason reason;
	char msg[1024];		/* one line, no newline; names the object */
	char *log;		/* malloc'd: all that the verifier and libbpf
				 * said, printable lines; or NULL */
};

/* Set *e and return false, so that `return vorw_fail(e, …)` works.  The first
 * failure wins: a second call on the same *e changes nothing. */
bool vorw_fail(struct vorw_err *e, enum vorw_reason r, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void vorw_err_free(struct vorw_err *e);

/* One line of ASCII, whatever text contains: a terminal obeys control
 * characters, and C1 and bidi ones hide in UTF-8.  In place. */
void vorw_plain(char *text);

/* "vorw: <msg> [<reason-name>]" on stderr. */
void vorw_err_print(const struct vorw_err *e);

/* Progress on stderr, one line per step, unless quiet (set by commands). */
extern bool vorw_quiet;
/* Where they go instead, if set: the service has readers elsewhere. */
extern void (*vorw_progress_to)(const char *line);
void vorw_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
