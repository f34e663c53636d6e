/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tap.h - a unit test's results, as TAP version 13 lines.
 *
 * A test program calls ok() and is() once per result and returns tap_done()
 * from main().  The plan comes last: a program that dies prints none.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stddef.h>

/* One result.  Returns pass. */
bool ok(bool pass, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* have == want; both are shown when not. */
bool is(long long have, long long want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Explanation under the last result. */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print the plan.  0: all passed; 1 otherwise. */
int tap_done(void);

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

#endif
