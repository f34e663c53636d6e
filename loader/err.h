/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * err.h - how the loader reports a refusal: one reason, one message, once.
 *
 * Functions return bool, fill *e on false and print nothing; the command
 * prints it at its end.
 */
#ifndef LOADER_ERR_H
#define LOADER_ERR_H

#include "vorw_types.h"
#include "vorw_reason.h"

struct err {
	enum vorw_reason reason;
	char msg[640];		/* one printable line */
};

/* Set *e and return false, so that `return fail(e, …)` works.  The first
 * failure wins: a second call on the same *e changes nothing.  The message
 * may hold hostile strings: what is not printable is replaced. */
bool fail(struct err *e, enum vorw_reason r, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "WHAT: what the kernel answered", with the reason that goes with it. */
bool fail_sys(struct err *e, int err, const char *what);

/* What the kernel answered, as text; err may be negative. */
const char *err_text(int err);

#endif
