// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* kconfig.c - reading a kernel's configuration. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "file_io.h"
#include "kconfig.h"
#include "unpack.h"

#define CONFIG_MAX	(4u << 20)

/* "# Linux/arm 6.1.192 Kernel Configuration", the third line of each
 * (scripts/kconfig/confdata.c). */
static bool read_title(struct kconfig *c)
{
	const char *p = strstr(c->text, "# Linux/");

	return p && sscanf(p, "# Linux/%15[a-z0-9_] %63[A-Za-z0-9.+~_-] Kernel Configuration",
			   c->arch, c->release) == 2;
}

bool kconfig_of(const char *what, const char *text, size_t size,
		struct kconfig *c, struct vorw_err *e)
{
	memset(c, 0, sizeof(*c));
	if (size > CONFIG_MAX)
		return vorw_fail(e, VORW_R_LIMIT,
				 "%s: %zu bytes, a configuration has at most %u",
				 what, size, CONFIG_MAX);
	c->text = malloc(size + 1);
	if (!c->text)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	memcpy(c->text, text, size);
	c->text[size] = 0;
	c->size = size;
	if (memchr(text, 0, size) || !read_title(c) ||
	    !strstr(c->text, "\nCONFIG_")) {
		kconfig_free(c);
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is no kernel configuration: no line \"# Linux/ARCH VERSION Kernel Configuration\" with CONFIG_ lines behind it",
				 what);
	}
	/* older kernels have both names */
	if (!strcmp(c->arch, "x86_64"))
		strcpy(c->arch, "x86");
	return true;
}

bool kconfig_read(const char *path, struct kconfig *c, struct vorw_err *e)
{
	const char *program;
	size_t n, size;
	u8 *p, *out;
	bool ok;

	memset(c, 0, sizeof(*c));
	if (!file_read(path, CONFIG_MAX, &p, &n, e))
		return false;
	program = unpack_program(p, n);
	if (program && unpack_with(program, p, n, CONFIG_MAX, &out, &size)) {
		free(p);
		p = out;
		n = size;
	}
	ok = kconfig_of(path, (char *)p, n, c, e);
	free(p);
	return ok;
}

void kconfig_free(struct kconfig *c)
{
	free(c->text);
	memset(c, 0, sizeof(*c));
}

const char *kconfig_get(const struct kconfig *c, const char *name, char *buf,
			size_t size)
{
	const char *p = c->text;
	char key[160];
	int n;

	buf[0] = 0;
	n = snprintf(key, sizeof(key), "CONFIG_%s=", name);
	while ((p = strstr(p, key))) {
		if (p == c->text || p[-1] == '\n')
			snprintf(buf, size, "%.*s",
				 (int)strcspn(p + n, "\r\n"), p + n);
		p += n;
	}
	return buf;
}

bool kconfig_on(const struct kconfig *c, const char *name)
{
	char v[4];

	kconfig_get(c, name, v, sizeof(v));
	return !strcmp(v, "y") || !strcmp(v, "m");
}

/* What says how modules are signed and a build is told from others, and a
 * distribution changes between building and packaging; it is in no code. */
static bool is_packaging(const char *name)
{
	return !strcmp(name, "BUILD_SALT") || !strcmp(name, "MODULE_SIG_ALL") ||
	       !strcmp(name, "MODULE_SIG_KEY") ||
	       !strcmp(name, "SYSTEM_TRUSTED_KEYS");
}

bool kconfig_next(const struct kconfig *a, const struct kconfig *b, size_t *i,
		  char *name, size_t size)
{
	const char *p, *end;
	char va[256], vb[256];

	while (a->text[*i]) {
		p = a->text + *i;
		end = p + strcspn(p, "\n");
		*i = end - a->text + !!*end;
		if (strncmp(p, "CONFIG_", 7) || !memchr(p, '=', end - p))
			continue;
		snprintf(name, size, "%.*s", (int)strcspn(p + 7, "="), p + 7);
		kconfig_get(a, name, va, sizeof(va));
		kconfig_get(b, name, vb, sizeof(vb));
		if (strcmp(va, vb) && !is_packaging(name))
			return true;
	}
	return false;
}

const char *kconfig_differs(const struct kconfig *a, const struct kconfig *b,
			    const char *a_name, const char *b_name, char *buf,
			    size_t size)
{
	char name[128], va[64], vb[64];
	size_t i = 0, k = 0;

	if (!kconfig_next(a, b, &i, name, sizeof(name)) &&
	    !kconfig_next(b, a, &k, name, sizeof(name)))
		return NULL;
	kconfig_get(a, name, va, sizeof(va));
	kconfig_get(b, name, vb, sizeof(vb));
	snprintf(buf, size, "CONFIG_%s is %s in %s and %s in %s", name,
		 va[0] ? va : "not set", a_name, vb[0] ? vb : "not set",
		 b_name);
	return buf;
}
