// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* own_tree.c - modules and build directory: are they of the kernel? */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bytes.h"
#include "file_io.h"
#include "kernel_image.h"
#include "own_check.h"
#include "unpack.h"

#define MODULE_MAX	(64u << 20)

/* nftw(3) has no argument for its caller's own. */
static char found_module[PATH_MAX];

static int is_module(const char *path, const struct stat *st, int kind,
		     struct FTW *where)
{
	const char *ko = strstr(path + where->base, ".ko");

	if (kind != FTW_F || !ko || (ko[3] && ko[3] != '.'))
		return 0;
	snprintf(found_module, sizeof(found_module), "%s", path);
	return 1;
}

/* The release that a module was built for: vermagic's first word. */
static bool module_release(const char *path, char to[64], struct vorw_err *e)
{
	static const char key[] = "vermagic=";
	const char *program;
	size_t n, size, i = 0;
	u8 *p, *out, *at;

	to[0] = 0;
	if (!file_read(path, MODULE_MAX, &p, &n, e))
		return false;
	program = unpack_program(p, n);
	if (program && unpack_with(program, p, n, MODULE_MAX, &out, &size)) {
		free(p);
		p = out;
		n = size;
	}
	at = memmem(p, n, key, sizeof(key) - 1);
	if (at)
		/* file_read() and unpack_with() end with a NUL */
		for (at += sizeof(key) - 1; i < 63 && at[i] > ' '; i++)
			to[i] = at[i];
	to[i] = 0;
	free(p);
	return to[0] || vorw_fail(e, VORW_R_TARGET,
				  "%s is no kernel module: no vermagic in it",
				  path);
}

bool own_check_modules(const struct own_kernel *o, struct vorw_err *e)
{
	char path[PATH_MAX], release[64];

	snprintf(path, sizeof(path), "%s/modules.builtin", o->modules);
	if (access(path, R_OK))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: %s (`make modules_install INSTALL_MOD_PATH=DIR` makes DIR/lib/modules/%s, which is meant)",
				 path, strerror(errno), o->k.release);
	found_module[0] = 0;
	if (nftw(o->modules, is_module, 16, FTW_PHYS) < 0)
		return vorw_fail(e, VORW_R_IO, "%s: %s", o->modules,
				 strerror(errno));
	if (!found_module[0])
		return true;	/* all is built in */
	if (!module_release(found_module, release, e))
		return false;
	return !strcmp(release, o->k.release) ||
	       vorw_fail(e, VORW_R_TARGET, "%s is for Linux %s, %s is Linux %s",
			 found_module, release, o->image, o->k.release);
}

/* UTS_RELEASE is what a module's vermagic gets. */
static bool check_release(const struct own_kernel *o, struct vorw_err *e)
{
	char path[PATH_MAX], release[64];
	size_t size;
	u8 *text;
	bool ok;

	snprintf(path, sizeof(path), "%s/include/generated/utsrelease.h",
		 o->build);
	if (access(path, R_OK))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: %s: that is no directory that modules can be built in",
				 path, strerror(errno));
	if (!file_read(path, 4096, &text, &size, e))
		return false;
	ok = sscanf((char *)text, "#define UTS_RELEASE \"%63[^\"]", release) == 1 ||
	     vorw_fail(e, VORW_R_TARGET, "%s: no UTS_RELEASE in it", path);
	free(text);
	return ok && (!strcmp(release, o->k.release) ||
		      vorw_fail(e, VORW_R_TARGET,
				"%s is for Linux %s, %s is Linux %s", o->build,
				release, o->image, o->k.release));
}

static bool check_same_config(const struct own_kernel *o, struct vorw_err *e)
{
	char path[PATH_MAX], text[256];
	struct kconfig c;
	bool ok = true;

	snprintf(path, sizeof(path), "%s/.config", o->build);
	if (!kconfig_read(path, &c, e))
		return false;
	if (kconfig_differs(&o->c, &c, o->config, path, text, sizeof(text)))
		ok = vorw_fail(e, VORW_R_TARGET,
			       "%s is not what %s is configured with: %s",
			       o->config, o->build, text);
	kconfig_free(&c);
	return ok;
}

bool own_check_build(const struct own_kernel *o, struct vorw_err *e)
{
	char path[PATH_MAX], id[41];

	if (!check_release(o, e) || !check_same_config(o, e))
		return false;
	snprintf(path, sizeof(path), "%s/Module.symvers", o->build);
	if (access(path, R_OK))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: %s (`make` of the kernel writes it; modules are not linked without)",
				 path, strerror(errno));
	snprintf(path, sizeof(path), "%s/vmlinux", o->build);
	if (!kernel_build_id(path, id) || !strcmp(id, o->k.build_id))
		return true;
	return vorw_fail(e, VORW_R_TARGET,
			 "%s has the build-id %s, %s has %s: it was built again since",
			 path, id, o->image, o->k.build_id);
}
