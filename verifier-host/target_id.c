// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* target_id.c - which kernel build a target is. */
#include <string.h>
#include "kernel_image.h"
#include "target.h"

void target_build_id(const struct vorw_target *t, char to[41])
{
	to[0] = 0;
	if (t->fetched)
		kernel_build_id(t->kernel, to);
	if (!to[0])
		strcpy(to, t->build_id);
}
