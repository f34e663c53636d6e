// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* target_id.c - which kernel build a target is. */
#include <ctype.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "kernel_image.h"
#include "target.h"

/* The build leaves it beside the kernel (guest/tools/build-id.c). */
static bool from_build(const struct vorw_target *t, char to[41])
{
	char path[sizeof(t->kernel)], name[PATH_MAX];
	size_t n = 0;
	FILE *in;

	strcpy(path, t->kernel);
	snprintf(name, sizeof(name), "%s/build-id", dirname(path));
	in = fopen(name, "re");
	if (in) {
		n = fread(to, 1, 40, in);
		fclose(in);
	}
	to[n] = 0;
	while (n && isxdigit((unsigned char)to[n - 1]))
		n--;
	if (n || strlen(to) != 40)
		to[0] = 0;
	return to[0];
}

void target_build_id(const struct vorw_target *t, char to[41])
{
	to[0] = 0;
	if (t->fetched && !from_build(t, to))
		kernel_build_id(t->kernel, to);
	if (!to[0])
		strcpy(to, t->build_id);
}
