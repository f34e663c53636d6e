// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * own_twin.c - a target whose kernel is the twin of the device's.
 *
 * The builder's word is taken for two things only: that a build directory's
 * objects were compiled from the source that is said to be there, and that
 * they are what its vmlinux was linked of (their times have to allow it).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "own_twin.h"

bool own_twin_read(struct own_twin *w, struct vorw_err *e)
{
	char path[PATH_MAX];

	if (!realpath(w->given, path))
		return vorw_fail(e, VORW_R_TARGET, "%s: %s", w->given,
				 strerror(errno));
	if (strlen(path) >= sizeof(w->dir))
		return vorw_fail(e, VORW_R_TARGET, "%s: its path is too long",
				 w->given);
	strcpy(w->dir, path);
	snprintf(w->image, sizeof(w->image), "%s/vmlinux", w->dir);
	snprintf(w->config, sizeof(w->config), "%s/.config", w->dir);
	w->device.image = w->image;
	w->device.config = w->config;
	w->device.build = w->dir;
	return own_read(&w->device, e) && own_check_build(&w->device, e);
}

/* Programs reach kernel types through it, and the verifier goes by it; only
 * the code is compared. */
static bool check_btf(const struct own_kernel *o, struct vorw_err *e)
{
	return !kconfig_on(&o->c, "DEBUG_INFO_BTF") ||
	       vorw_fail(e, VORW_R_TARGET,
			 "%s has CONFIG_DEBUG_INFO_BTF: types in a kernel's BTF are not compared with those of its twin",
			 o->config);
}

bool own_twin_check(struct own_twin *w, const struct own_kernel *twin,
		    struct vorw_err *e)
{
	const struct own_kernel *d = &w->device;

	if (strcmp(d->arch, twin->arch))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is a kernel for %s, %s for %s", w->dir,
				 d->arch, twin->image, twin->arch);
	if (strcmp(d->k.release, twin->k.release))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is Linux %s, %s Linux %s: a twin is built from the same source with the same name",
				 w->dir, d->k.release, twin->image,
				 twin->k.release);
	if (!strcmp(d->k.build_id, twin->k.build_id))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s and %s are one kernel, with the build-id %s: --twin-of is not needed",
				 w->dir, twin->image, d->k.build_id);
	return check_btf(d, e) && check_btf(twin, e) &&
	       twin_compare(w->dir, twin->build, &w->compared, e);
}

void own_twin_free(struct own_twin *w)
{
	own_free(&w->device);
}

const char *own_twin_option(const struct own_twin *w,
			    const struct own_kernel *twin, size_t i[2],
			    char *text, size_t size)
{
	const struct kconfig *d = &w->device.c, *t = &twin->c;
	char name[128], dv[64], tv[64];

	if (!kconfig_next(d, t, &i[0], name, sizeof(name)))
		/* what both have was seen */
		do {
			if (!kconfig_next(t, d, &i[1], name, sizeof(name)))
				return NULL;
		} while (*kconfig_get(d, name, dv, sizeof(dv)));
	kconfig_get(d, name, dv, sizeof(dv));
	kconfig_get(t, name, tv, sizeof(tv));
	snprintf(text, size, "CONFIG_%s: the device has %s, the twin %s", name,
		 dv[0] ? dv : "none", tv[0] ? tv : "none");
	return text;
}
