/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * own_check.h - do the files that shall make a target belong to one kernel?
 *
 * Every function fails with VORW_R_TARGET, naming the file and both values.
 */
#ifndef VORW_OWN_CHECK_H
#define VORW_OWN_CHECK_H

#include "boot_image.h"
#include "kconfig.h"

/* What is given, and what was read of it. */
struct own_kernel {
	const char *image, *config, *system_map, *btf;	/* paths or NULL */
	const char *modules, *build;			/* directories */
	const struct kconfig *given;	/* instead of reading config */
	struct boot_image k;
	struct kconfig c;
	const char *arch;
	char series[16];		/* "6.1" */
};

/* Reads image and configuration: architecture, version, the configuration
 * that is inside the image. */
bool own_read(struct own_kernel *o, struct vorw_err *e);
void own_free(struct own_kernel *o);

/* The image has at the map's addresses what the map says is there. */
bool own_check_map(const struct own_kernel *o, struct vorw_err *e);
/* The modules' vermagic names the image's release. */
bool own_check_modules(const struct own_kernel *o, struct vorw_err *e);
/* The build directory is of this release and configuration, and its vmlinux,
 * if it is there, has the image's build-id. */
bool own_check_build(const struct own_kernel *o, struct vorw_err *e);

#endif
