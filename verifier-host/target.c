// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * target.c - targets as data: definitions in verifier-host/targets/ and, those
 * that the user has added, in own_dir(); facts of a fetched one in
 * <root>/NAME/target.facts.
 *
 * The facts name paths as the build saw them; here they are found below root,
 * so that the program works from any directory.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "own_dir.h"
#include "target.h"

#define CONF_DIR	"../verifier-host/targets"	/* from root */

const char *vorw_target_root(void)
{
	static char dir[PATH_MAX];
	const char *env = getenv("VORW_TARGETS");
	ssize_t n;
	char *slash;

	if (env && *env)
		return env;
	if (!*dir) {
		n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
		if (n <= 0)
			strcpy(dir, ".");
		else
			dir[n] = 0;
		slash = strrchr(dir, '/');
		if (slash)
			*slash = 0;
	}
	return dir;
}

bool target_name_ok(const char *name)
{
	size_t n = strlen(name), i;

	if (!n || n >= sizeof(((struct vorw_target *)0)->name))
		return false;
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' &&
		    name[i] != '_' && (name[i] != '.' || !i))
			return false;
	return true;
}

/* Everything of a .conf or .facts that the program uses. */
struct facts {
	char dir[512], kernel[512], config[512], builder[512];
};

static void set(char *to, size_t size, const char *value)
{
	size_t n = strnlen(value, size - 1);

	memcpy(to, value, n);
	to[n] = 0;
}

static void take(struct vorw_target *t, struct facts *f, const char *key,
		 const char *value)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{ "ARCH", t->arch, sizeof(t->arch) },
		{ "TITLE", t->title, sizeof(t->title) },
		{ "SERIES", t->series, sizeof(t->series) },
		{ "RELEASE", t->release, sizeof(t->release) },
		{ "PKGVER", t->package, sizeof(t->package) },
		{ "CPU", t->cpu, sizeof(t->cpu) },
		{ "QEMU", t->qemu, sizeof(t->qemu) },
		{ "QEMU_MACHINE", t->qemu_machine, sizeof(t->qemu_machine) },
		{ "CONSOLE", t->console, sizeof(t->console) },
		{ "VIRTIO", t->virtio, sizeof(t->virtio) },
		{ "GUEST_APPEND", t->guest_append, sizeof(t->guest_append) },
		{ "DIR", f->dir, sizeof(f->dir) },
		{ "KERNEL", f->kernel, sizeof(f->kernel) },
		{ "CONFIG", f->config, sizeof(f->config) },
		{ "BUILDER", f->builder, sizeof(f->builder) },
		{ "BUILD_ID", t->build_id, sizeof(t->build_id) },
		{ "DEVICE_BUILD_ID", t->device_build_id,
		  sizeof(t->device_build_id) },
		{ "SYSTEM_MAP", t->system_map, sizeof(t->system_map) },
		{ "BTF", t->btf, sizeof(t->btf) },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(key, texts[i].key))
			set(texts[i].to, texts[i].size, value);
	if (!strcmp(key, "MACHINE"))
		t->machine = strtoul(value, NULL, 10);
	if (!strcmp(key, "MEM_MIB"))
		t->mem_mib = strtoul(value, NULL, 10);
	if (!strcmp(key, "SLOW"))
		t->slow = strtoul(value, NULL, 10);
}

/* KEY=VALUE lines, '#' comments; false when there is no such file. */
static bool read_conf(const char *path, struct vorw_target *t,
		      struct facts *f)
{
	char line[1024], *eq;
	FILE *in;

	in = fopen(path, "re");
	if (!in)
		return false;
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = 0;
		eq = strchr(line, '=');
		if (line[0] == '#' || !eq)
			continue;
		*eq = 0;
		take(t, f, line, eq + 1);
	}
	fclose(in);
	return true;
}

/* NAME.conf over what all targets of its architecture share. */
static bool read_definition(const char *root, struct vorw_target *t,
			    struct facts *f)
{
	char path[PATH_MAX], arch[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" CONF_DIR "/%s.conf", root, t->name);
	t->own = false;
	if (!read_conf(path, t, f)) {
		snprintf(path, sizeof(path), "%s/%s/target.conf", own_dir(),
			 t->name);
		t->own = read_conf(path, t, f);
		if (!t->own)
			return false;
	}
	snprintf(arch, sizeof(arch), "%s/" CONF_DIR "/arch/%s.conf", root,
		 t->arch);
	if (read_conf(arch, t, f))
		read_conf(path, t, f);
	return true;
}

/* The target that a definition which is a link stands for; false if it is
 * none. */
static bool link_to(const char *dir, const char *name, char *to, size_t size)
{
	char path[PATH_MAX], dest[PATH_MAX];
	ssize_t n;
	char *dot;

	snprintf(path, sizeof(path), "%s/%s.conf", dir, name);
	n = readlink(path, dest, sizeof(dest) - 1);
	if (n <= 0)
		return false;
	dest[n] = 0;
	dot = strrchr(dest, '.');
	if (!dot || strcmp(dot, ".conf"))
		return false;
	*dot = 0;
	if (!target_name_ok(dest))
		return false;
	set(to, size, dest);
	return true;
}

/* Another name of t: the definition that links to its own. */
static void find_alias(const char *dir, struct vorw_target *t)
{
	char name[NAME_MAX + 1], dest[sizeof(t->name)];
	struct dirent *d;
	char *dot;
	DIR *dp;

	dp = opendir(dir);
	if (!dp)
		return;
	while (!t->alias[0] && (d = readdir(dp))) {
		snprintf(name, sizeof(name), "%s", d->d_name);
		dot = strrchr(name, '.');
		if (!dot || strcmp(dot, ".conf"))
			continue;
		*dot = 0;
		if (target_name_ok(name) && link_to(dir, name, dest, sizeof(dest)) &&
		    !strcmp(dest, t->name))
			set(t->alias, sizeof(t->alias), name);
	}
	closedir(dp);
}

/* A path of the facts, seen from here. */
static void below_root(char *to, size_t size, const char *root,
		       const char *name, const struct facts *f,
		       const char *path)
{
	size_t n = strlen(f->dir);

	if (path[0] != '/' && n && !strncmp(path, f->dir, n) &&
	    path[n] == '/')
		snprintf(to, size, "%s/%s%s", root, name, path + n);
	else
		snprintf(to, size, "%s", path);
}

static bool complete(const struct vorw_target *t)
{
	return t->arch[0] && t->machine && t->release[0] && t->cpu[0] &&
	       t->qemu[0] && t->qemu_machine[0] && t->console[0] &&
	       t->virtio[0] &&
	       t->mem_mib >= 32 && t->mem_mib <= 8192;
}

bool target_is_builtin(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" CONF_DIR "/%s.conf",
		 vorw_target_root(), name);
	return !access(path, F_OK);
}

bool vorw_target_get(const char *name, struct vorw_target *t,
		     struct vorw_err *e)
{
	const char *root = vorw_target_root();
	char path[PATH_MAX], confs[PATH_MAX];
	struct facts f = { .dir = "" };
	bool known, fetched;

	memset(t, 0, sizeof(*t));
	if (!target_name_ok(name))
		return vorw_fail(e, VORW_R_TARGET, "'%s' is no target name",
				 name);
	set(t->name, sizeof(t->name), name);
	snprintf(confs, sizeof(confs), "%s/" CONF_DIR, root);
	link_to(confs, name, t->name, sizeof(t->name));
	name = t->name;
	find_alias(confs, t);
	known = read_definition(root, t, &f);
	snprintf(path, sizeof(path), "%s/%s/target.facts", root, name);
	fetched = read_conf(path, t, &f);
	t->fetched = fetched;
	t->built = f.builder[0] || t->own;
	if (!known && !fetched)
		return vorw_fail(e, VORW_R_TARGET,
				 "no target '%s' (`vorw target list` shows them; looked in %s)",
				 name, root);
	if (!t->slow)
		t->slow = 1;
	/* the build's copy starts faster; the package's is the same kernel */
	snprintf(t->kernel, sizeof(t->kernel), "%s/%s/guest/kernel", root,
		 name);
	if (access(t->kernel, R_OK))
		below_root(t->kernel, sizeof(t->kernel), root, name, &f,
			   f.kernel);
	below_root(t->config, sizeof(t->config), root, name, &f, f.config);
	snprintf(t->initrd, sizeof(t->initrd), "%s/%s/guest/initramfs.cpio",
		 root, name);
	snprintf(path, sizeof(path), "%s/%s/guest/no-kmod", root, name);
	if (!fetched)
		snprintf(t->why_not, sizeof(t->why_not),
			 "not built yet: run make TARGETS=%s", name);
	else if (!complete(t))
		snprintf(t->why_not, sizeof(t->why_not),
			 "its facts are incomplete: run `vorw target fetch %s`",
			 name);
	else if (access(t->kernel, R_OK))
		snprintf(t->why_not, sizeof(t->why_not),
			 "its kernel image is missing: run `vorw target fetch %s`",
			 name);
	else if (access(t->initrd, R_OK))
		snprintf(t->why_not, sizeof(t->why_not),
			 "its verification guest is not built: run make TARGETS=%s",
			 name);
	else if (!access(path, F_OK))
		snprintf(t->why_not, sizeof(t->why_not),
			 "built without vorw's kernel modules: run make TARGETS=%s",
			 name);
	else
		t->ready = true;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_name(char ***names, size_t *n, const char *name)
{
	char **p;
	size_t i;

	for (i = 0; i < *n; i++)
		if (!strcmp((*names)[i], name))
			return true;
	p = realloc(*names, (*n + 2) * sizeof(*p));
	if (!p)
		return false;
	*names = p;
	p[*n] = strdup(name);
	if (!p[*n])
		return false;
	p[++*n] = NULL;
	return true;
}

/* NAME.conf in the definitions (file: NULL), or NAME/file below dir. */
static bool add_names(char ***names, size_t *n, const char *dir,
		      const char *file)
{
	char path[PATH_MAX], name[NAME_MAX + 1], real[NAME_MAX + 1];
	struct dirent *d;
	bool ok = true;
	char *dot;
	DIR *dp;

	dp = opendir(dir);
	if (!dp)
		return true;
	while (ok && (d = readdir(dp))) {
		snprintf(name, sizeof(name), "%s", d->d_name);
		dot = strrchr(name, '.');
		if (!file) {
			if (!dot || strcmp(dot, ".conf"))
				continue;
			*dot = 0;
			if (target_name_ok(name) &&
			    link_to(dir, name, real, sizeof(real)))
				continue;
		} else {
			snprintf(path, sizeof(path), "%s/%s/%s", dir, name,
				 file);
			if (access(path, R_OK))
				continue;
		}
		if (target_name_ok(name))
			ok = add_name(names, n, name);
	}
	closedir(dp);
	return ok;
}

char **vorw_target_names(struct vorw_err *e)
{
	const char *root = vorw_target_root();
	char **names = calloc(1, sizeof(*names));
	char path[PATH_MAX];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/" CONF_DIR, root);
	if (!names || !add_names(&names, &n, path, NULL) ||
	    !add_names(&names, &n, own_dir(), "target.conf") ||
	    !add_names(&names, &n, root, "target.facts")) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		return NULL;
	}
	qsort(names, n, sizeof(*names), by_name);
	return names;
}
