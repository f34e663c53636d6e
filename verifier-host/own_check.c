// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* own_check.c - image, configuration and System.map: are they of one kernel? */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bytes.h"
#include "file_io.h"
#include "own_check.h"
#include "unpack.h"

#define MAP_MAX		(64u << 20)
#define EMBEDDED_MAX	(4u << 20)

/* "6.1" of "6.1.192-own"; the release becomes part of paths. */
static bool take_series(struct own_kernel *o)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~-";
	unsigned a, b;

	if (o->k.release[strspn(o->k.release, plain)] ||
	    sscanf(o->k.release, "%3u.%3u", &a, &b) != 2)
		return false;
	snprintf(o->series, sizeof(o->series), "%u.%u", a, b);
	return true;
}

/* CONFIG_IKCONFIG puts the configuration into the image, between two marks
 * (kernel/configs.c). */
static bool check_embedded(const struct own_kernel *o, struct vorw_err *e)
{
	static const char mark[] = "IKCFG_ST";
	const u8 *end = o->k.raw + o->k.size, *p;
	struct kconfig in;
	char text[256];
	size_t size;
	u8 *out;
	bool ok = true;

	p = memmem(o->k.raw, o->k.size, mark, sizeof(mark) - 1);
	if (!p)
		return true;
	p += sizeof(mark) - 1;
	if (!unpack_program(p, end - p) ||
	    !unpack_with("gzip", p, end - p, EMBEDDED_MAX, &out, &size))
		return true;	/* the mark is no mark */
	if (!kconfig_of("the configuration in the image", (char *)out, size,
			&in, e)) {
		free(out);
		return false;
	}
	if (kconfig_differs(&o->c, &in, o->config, "the image", text,
			    sizeof(text)))
		ok = vorw_fail(e, VORW_R_TARGET,
			       "%s is not the configuration that %s was built with: %s",
			       o->config, o->image, text);
	kconfig_free(&in);
	free(out);
	return ok;
}

static bool check_config(struct own_kernel *o, struct vorw_err *e)
{
	char local[64];
	size_t n;

	if (o->k.arch && strcmp(o->k.arch, o->c.arch))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is a kernel for %s, %s a configuration for %s",
				 o->image, o->k.arch, o->config, o->c.arch);
	o->arch = o->c.arch;
	n = strlen(o->series);
	if (strncmp(o->c.release, o->series, n) || isdigit(o->c.release[n]))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is Linux %s, %s is of Linux %s", o->image,
				 o->k.release, o->config, o->c.release);
	kconfig_get(&o->c, "LOCALVERSION", local, sizeof(local));
	n = strlen(local);
	if (n > 2) {
		local[n - 1] = 0;
		if (!strstr(o->k.release, local + 1))
			return vorw_fail(e, VORW_R_TARGET,
					 "%s is Linux %s, %s has CONFIG_LOCALVERSION \"%s\"",
					 o->image, o->k.release, o->config,
					 local + 1);
	}
	return check_embedded(o, e);
}

bool own_read(struct own_kernel *o, struct vorw_err *e)
{
	if (!boot_image_read(o->image, &o->k, e))
		return false;
	if (!take_series(o))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: its release '%s' is no version", o->image,
				 o->k.release);
	if (!o->k.build_id[0])
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: no build-id (SHA-1) in this kernel, by which a blob is bound to it: it was linked without --build-id=sha1",
				 o->image);
	if (o->given ? !kconfig_of(o->config, o->given->text, o->given->size,
				   &o->c, e) :
		       !kconfig_read(o->config, &o->c, e))
		return false;
	return check_config(o, e);
}

void own_free(struct own_kernel *o)
{
	boot_image_free(&o->k);
	kconfig_free(&o->c);
}

/* Address of a symbol in "ADDRESS TYPE NAME" lines; false: not there. */
static bool map_symbol(const char *text, const char *name, u64 *addr)
{
	const char *p = text;
	size_t n = strlen(name);
	char *end;

	while ((p = strstr(p, name))) {
		const char *line = p;

		p += n;
		if ((*p != '\n' && *p) || line - text < 4 || line[-1] != ' ' ||
		    line[-3] != ' ')
			continue;
		for (line -= 3; line > text && line[-1] != '\n'; line--)
			;
		*addr = strtoull(line, &end, 16);
		return end != line && *end == ' ';
	}
	return false;
}

static bool has_at(const struct own_kernel *o, u64 off, const void *what,
		   size_t n)
{
	struct bytes b;

	return bytes_sub((struct bytes){ o->k.raw, o->k.size }, off, n, &b) &&
	       !memcmp(b.p, what, n);
}

/* The notes that the map points to have the build-id that was found. */
static bool same_notes(const struct own_kernel *o, u64 start, u64 from,
		       u64 to)
{
	u64 off = boot_image_offset(&o->k, start, from);
	u8 id[20];
	size_t i;

	if (off == ~0ull || to <= from || to - from > o->k.size - off)
		return false;
	for (i = 0; i < sizeof(id); i++)
		if (sscanf(o->k.build_id + 2 * i, "%2hhx", &id[i]) != 1)
			return false;
	return memmem(o->k.raw + off, to - from, id, sizeof(id));
}

bool own_check_map(const struct own_kernel *o, struct vorw_err *e)
{
	static const char banner[] = "Linux version ";
	u64 start, at, from, to;
	size_t size;
	u8 *text;
	bool ok;

	if (!file_read(o->system_map, MAP_MAX, &text, &size, e))
		return false;
	if (!map_symbol((char *)text, "_text", &start) ||
	    !map_symbol((char *)text, "linux_banner", &at)) {
		/* Debian's kernel packages have a text in its place */
		ok = vorw_fail(e, VORW_R_TARGET,
			       "%s is no System.map of a kernel: no line with _text or linux_banner in it (a distribution may keep the real one in a debug package)",
			       o->system_map);
		goto out;
	}
	ok = has_at(o, boot_image_offset(&o->k, start, at), banner,
		    sizeof(banner) - 1);
	if (!ok) {
		vorw_fail(e, VORW_R_TARGET,
			  "%s is not the map of %s: at linux_banner (%llx) is something else",
			  o->system_map, o->image, (unsigned long long)at);
		goto out;
	}
	if (map_symbol((char *)text, "__start_notes", &from) &&
	    map_symbol((char *)text, "__stop_notes", &to) &&
	    !same_notes(o, start, from, to))
		ok = vorw_fail(e, VORW_R_TARGET,
			       "%s is not the map of %s: the build-id %s is not where its __start_notes says",
			       o->system_map, o->image, o->k.build_id);
out:
	free(text);
	return ok;
}
