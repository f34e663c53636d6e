// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* blob_name.c - which names a blob may have, and which it gets. */
#include <stdlib.h>
#include <string.h>
#include "blob_name.h"

static const char allowed[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

bool blob_name_ok(const char *name)
{
	size_t n = strspn(name, allowed);

	return n >= 1 && n <= 63 && !name[n] && name[0] != '-';
}

char *blob_name_default(const char *object)
{
	const char *base = strrchr(object, '/');
	char *name = strdup(base ? base + 1 : object), *p;
	size_t n;

	if (!name)
		return NULL;
	n = strlen(name);
	if (n > 2 && !strcmp(name + n - 2, ".o"))
		name[n -= 2] = 0;
	if (n > 4 && !strcmp(name + n - 4, ".bpf"))
		name[n -= 4] = 0;
	for (p = name; *p; p++)
		if (!strchr(allowed, *p))
			*p = '_';
	if (name[0] == '-')
		name[0] = '_';
	if (n > 63)
		name[63] = 0;
	return name;
}
