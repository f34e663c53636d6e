/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_memory.c - the writer when memory runs out, at every allocation in turn.
 *
 * Linked with --wrap: the allocations of the writer come here, and the one
 * with the number fail_at fails.  Leaks are the sanitizer's to find.
 */
#include <stdlib.h>
#include <string.h>
#include "sample.h"
#include "tap.h"

static unsigned allocations, fail_at;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static bool fails(void)
{
	return ++allocations == fail_at;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

int main(void)
{
	unsigned total, no_memory = 0, wrong = 0;
	struct sample s;
	size_t size, n;
	u8 *buf, *out;

	sample_init(&s);
	is(sample_build(&s, &buf, &size, NULL), VORW_R_OK, "enough memory");
	total = allocations;
	ok(total > 50, "the writer allocates through the test");
	for (fail_at = 1; fail_at <= total; fail_at++) {
		u8 *b;

		allocations = 0;
		no_memory += sample_build(&s, &b, &n, NULL) ==
			     VORW_R_NO_MEMORY;
		wrong += b != NULL;
		free(b);
	}
	is(no_memory, total, "each failed allocation is reported");
	is(wrong, 0, "and nothing returned");
	allocations = 0;
	fail_at = 1;
	is(vorw_append_sig(buf, size, buf, 8, &out, &n, NULL),
	   VORW_R_NO_MEMORY, "no memory for the signature");
	ok(!out, "nothing returned either");
	free(buf);
	return tap_done();
}
