/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reason.c - names and texts of refusals.
 *
 * The strings stand one behind the other, in the order of numbers[]: a pointer
 * to each would be as large again in a module, with its relocation.
 */
#include "vorw_types.h"
#include "vorw_reason.h"

/* Each has words for what it can meet. */
#if defined(__KERNEL__)
#define LIST(X)	VORW_REASONS_DEVICE(X)
#elif defined(VORW_LOADER)
#define LIST(X)	VORW_REASONS_DEVICE(X) VORW_REASONS_LOADER(X)
#else
#define LIST(X)	VORW_REASONS(X)
#endif

static const u8 numbers[] = {
#define X(num, id, name, text) num,
	LIST(X)
#undef X
};

static const char *find(const char *strings, enum vorw_reason r)
{
	size_t i;

	for (i = 0; i < sizeof(numbers); i++) {
		if (numbers[i] == r)
			return strings;
		strings += strlen(strings) + 1;
	}
	return "unknown";
}

const char *vorw_reason_name(enum vorw_reason r)
{
	static const char names[] =
#define X(num, id, name, text) name "\0"
		LIST(X);
#undef X

	return find(names, r);
}

#ifndef __KERNEL__	/* the kernel log names, programs explain */
const char *vorw_reason_text(enum vorw_reason r)
{
	static const char texts[] =
#define X(num, id, name, text) text "\0"
		LIST(X);
#undef X

	return find(texts, r);
}
#endif
