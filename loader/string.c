// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * string.c - some of string.h, byte by byte.
 *
 * libc's are unrolled for speed and take five times the room; the loader moves
 * names.  gcc calls some of them too, and must not take the loops in here for
 * one more place to do so (rules.mk).
 */
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	const char *s = from;
	char *d = to;

	while (n--)
		*d++ = *s++;
	return to;
}

void *memset(void *to, int c, size_t n)
{
	char *d = to;

	while (n--)
		*d++ = c;
	return to;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

char *strcpy(char *restrict to, const char *restrict from)
{
	char *d = to;

	while ((*d++ = *from++))
		;
	return to;
}

char *strchr(const char *s, int c)
{
	while (*s != (char)c)
		if (!*s++)
			return NULL;
	return (char *)s;
}
