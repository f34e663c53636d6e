/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tap.c - TAP output of unit tests.
 */
#include <stdarg.h>
#include <stdio.h>
#include "tap.h"

static unsigned results, failures;

static bool result(bool pass, const char *fmt, va_list ap)
{
	results++;
	failures += !pass;
	printf("%sok %u - ", pass ? "" : "not ", results);
	vprintf(fmt, ap);
	printf("\n");
	fflush(stdout);
	return pass;
}

bool ok(bool pass, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(pass, fmt, ap);
	va_end(ap);
	return pass;
}

bool is(long long have, long long want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!result(have == want, fmt, ap))
		diag("have %lld, want %lld", have, want);
	va_end(ap);
	return have == want;
}

void diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	fflush(stdout);
	va_end(ap);
}

int tap_done(void)
{
	printf("1..%u\n", results);
	fflush(stdout);
	return failures != 0;
}
