// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_target_add.c - `vorw target add`: targets of the user's own.
 *
 * All that is given is checked before anything is written, and copied: the
 * target does not change when the kernel's build directory does.  Only the
 * build directory itself stays where it is; it is used by make.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "btf_file.h"
#include "cmd.h"
#include "file_io.h"
#include "own_check.h"
#include "own_dir.h"
#include "own_twin.h"
#include "probe.h"
#include "target.h"

#define OPTIONS_SHOWN	20

static const char usage_text[] =
"usage: vorw target add NAME --image FILE --config FILE --system-map FILE\n"
"                       --modules DIR [OPTION]...\n"
"\n"
"Make a target of a kernel that you have built.\n"
"\n"
"      --image FILE       the kernel: zImage, bzImage, Image, vmlinux\n"
"      --config FILE      its .config (or config.gz)\n"
"      --system-map FILE  its System.map\n"
"      --modules DIR      its modules: lib/modules/RELEASE\n"
"      --module-build DIR where modules for it are built; default: where\n"
"                         build in the directory of modules points to\n"
"      --probe FILE       what vorw-probe wrote on the device: the image must\n"
"                         be what it runs; brings the configuration, too\n"
"      --btf FILE         BTF of it, for CO-RE where the kernel has none\n"
"      --machine M        QEMU's -M; default: the architecture's\n"
"      --cpu C            QEMU's -cpu; default: the architecture's\n"
"      --memory MIB       of the virtual machine; default: the architecture's\n"
"      --twin-of DIR      build directory of the kernel that the device runs;\n"
"                         the one given is its twin, which boots in QEMU\n"
"  -f, --force            replace a target of this name\n"
"\n"
"Targets are kept in $VORW_OWN_TARGETS, by default vorw/targets in\n"
"$XDG_DATA_HOME or ~/.local/share.  `make TARGETS=NAME` then builds what runs\n"
"in the virtual machine and on the device.\n"
"\n"
"Exit status: 0 done, 1 refused or failed, 2 usage.\n";

struct args {
	const char *name, *machine, *cpu, *memory, *probe;
	struct probe p;		/* text NULL: none is given */
	struct own_kernel o;
	struct own_twin twin;	/* given NULL: the device runs o */
	char build[PATH_MAX];
	bool force;
};

/* Facts are read by make and the shell, which take no quotes there. */
static bool plain_path(const char *path, struct vorw_err *e)
{
	size_t i;

	if (strlen(path) > OWN_PATH_MAX - 100)
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: a target's path has at most %d characters",
				 path, OWN_PATH_MAX - 100);
	for (i = 0; path[i]; i++)
		if (!isalnum((unsigned char)path[i]) &&
		    !strchr("/._+~@-", path[i]))
			return vorw_fail(e, VORW_R_TARGET,
					 "%s: a target's path can have letters, digits and /._+~@- only",
					 path);
	return true;
}

/* -1, or the exit status. */
static int check_args(struct args *a)
{
	static const char cmd[] = "target add";
	char *end;
	long n;

	/* the probe may bring it; it is the device's, not a twin's */
	if (a->probe && !a->o.config && !a->twin.given)
		a->o.config = a->probe;
	if (!a->o.image || !a->o.config || !a->o.system_map || !a->o.modules)
		return cmd_usage_error(cmd, "--%s is needed",
				       !a->o.image ? "image" :
				       !a->o.config ? "config" :
				       !a->o.system_map ? "system-map" :
				       "modules");
	if (a->machine && !cmd_made_of(a->machine, "_.,=-", 127))
		return cmd_usage_error(cmd, "--machine cannot be '%s'",
				       a->machine);
	if (a->cpu && !cmd_made_of(a->cpu, "_.,=+-", 127))
		return cmd_usage_error(cmd, "--cpu cannot be '%s'", a->cpu);
	if (a->memory) {
		n = strtol(a->memory, &end, 10);
		if (*end || n < 32 || n > 8192)
			return cmd_usage_error(cmd,
					       "--memory is 32 to 8192 (MiB), not '%s'",
					       a->memory);
	}
	return -1;
}

static bool check_name(const struct args *a, struct vorw_err *e)
{
	char path[PATH_MAX];

	if (!target_name_ok(a->name))
		return vorw_fail(e, VORW_R_TARGET,
				 "'%s' is no target name: letters, digits, '.', '-' and '_', at most 63",
				 a->name);
	if (target_is_builtin(a->name))
		return vorw_fail(e, VORW_R_NAME_TAKEN,
				 "'%s' is one of vorw's own targets; give yours another name",
				 a->name);
	snprintf(path, sizeof(path), "%s/%s", own_dir(), a->name);
	if (!a->force && !access(path, F_OK))
		return vorw_fail(e, VORW_R_NAME_TAKEN,
				 "there is a target '%s' already, in %s; --force replaces it",
				 a->name, path);
	if (path[0] != '/')
		return vorw_fail(e, VORW_R_TARGET,
				 "the directory of your own targets must be an absolute path, not '%s'",
				 own_dir());
	return plain_path(path, e);
}

/* A table, a JIT and a verifier that vorw knows? */
static bool check_known(const struct own_kernel *o, struct vorw_err *e)
{
	const char *root = vorw_target_root();
	char path[PATH_MAX], *dot;

	snprintf(path, sizeof(path), "%s/../verifier-host/targets/arch/%s.conf",
		 root, o->arch);
	if (access(path, R_OK))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is a kernel for %s, an architecture that vorw has no targets for",
				 o->image, o->arch);
	snprintf(path, sizeof(path), "%s/../blob-format/vorw_gen_%s.h", root,
		 o->series);
	dot = strrchr(path, '/');
	dot = strchr(dot, '.');
	*dot = '_';
	if (access(path, R_OK))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is Linux %s: what the verifier of the series %s leaves behind is not known to vorw (docs/architecture.md, \"Where the next target goes\")",
				 o->image, o->k.release, o->series);
	return true;
}

/* What is missing for good is an error, the rest is news.  A kernel that only
 * the device runs need not run in the virtual machine. */
static bool check_needs(const struct own_kernel *o, bool in_vm,
			struct vorw_err *e)
{
	const struct need *n;
	unsigned missing = 0;
	size_t i;

	for (i = 0; (n = need_next(&o->c, o->arch, &i)); ) {
		if (n->kind == NEED_LOSS || (n->kind == NEED_VM && !in_vm))
			continue;
		fprintf(stderr, "vorw: CONFIG_%s%s: %s\n",
			n->option + (*n->option == '!'),
			*n->option == '!' ? " is set" : " is not set", n->cost);
		missing++;
	}
	return !missing ||
	       vorw_fail(e, VORW_R_TARGET,
			 "%s: the kernel cannot be a target: %u option%s must be changed",
			 o->config, missing, missing == 1 ? "" : "s");
}

static void print_losses(const struct own_kernel *o)
{
	const struct need *n;
	size_t i;

	for (i = 0; (n = need_next(&o->c, o->arch, &i)); )
		if (n->kind == NEED_LOSS &&
		    !(o->btf && !strcmp(n->option, "DEBUG_INFO_BTF")))
			printf("  CONFIG_%s%s: %s\n",
			       n->option + (*n->option == '!'),
			       *n->option == '!' ? " is set" : " is not set",
			       n->cost);
}

static void print_settings(const struct probe *p)
{
	char text[256];
	size_t i;

	for (i = 0; p->text && probe_next(p, &i, text, sizeof(text)); )
		printf("  on the device %s\n", text);
}

static bool find_build(struct args *a, struct vorw_err *e)
{
	char path[PATH_MAX];

	if (a->o.build)
		snprintf(path, sizeof(path), "%s", a->o.build);
	else
		snprintf(path, sizeof(path), "%s/build", a->o.modules);
	if (!realpath(path, a->build))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: %s (--module-build says where modules for this kernel are built)",
				 path, strerror(errno));
	a->o.build = a->build;
	return plain_path(a->build, e);
}

/* Its configuration is the device's; what is given besides must be the same. */
static bool read_probe(struct args *a, struct vorw_err *e)
{
	const char *config = a->twin.given ? a->twin.config : a->o.config;
	char text[256];
	struct kconfig c;
	bool ok = true;

	if (!a->probe)
		return true;
	if (!probe_read(a->probe, &a->p, e))
		return false;
	a->o.given = a->o.config == a->probe ? &a->p.c : NULL;
	if (a->o.given)
		return a->p.c.text ||
		       vorw_fail(e, VORW_R_TARGET,
				 "%s: the device does not tell its configuration (no CONFIG_IKCONFIG_PROC); give it with --config",
				 a->probe);
	if (!a->p.c.text)
		return true;
	if (!kconfig_read(config, &c, e))
		return false;
	if (kconfig_differs(&a->p.c, &c, "the device", config, text,
			    sizeof(text)))
		ok = vorw_fail(e, VORW_R_TARGET,
			       "%s is not the device's configuration: %s",
			       config, text);
	kconfig_free(&c);
	return ok;
}

/* Is the image what runs there? */
static bool check_probe(const struct args *a, struct vorw_err *e)
{
	const struct own_kernel *o = a->twin.given ? &a->twin.device : &a->o;
	const char *const *v = a->p.value;

	if (!a->probe)
		return true;
	if (strcmp(a->p.arch, o->arch))
		return vorw_fail(e, VORW_R_TARGET,
				 "the device of %s is a %.60s, %s a kernel for %s",
				 a->probe, v[PROBE_MACHINE], o->image, o->arch);
	if (strcmp(v[PROBE_RELEASE], o->k.release))
		return vorw_fail(e, VORW_R_TARGET,
				 "the device runs Linux %.60s, %s is Linux %s",
				 v[PROBE_RELEASE], o->image, o->k.release);
	return !strcmp(v[PROBE_BUILD_ID], o->k.build_id) ||
	       vorw_fail(e, VORW_R_TARGET,
			 "the device runs the kernel with the build-id %s, %s has %s: another build of it",
			 v[PROBE_BUILD_ID], o->image, o->k.build_id);
}

/* A kernel's own BTF is what libbpf goes by. */
static bool check_btf(const struct own_kernel *o, struct vorw_err *e)
{
	size_t size;
	u8 *btf;

	if (!o->btf)
		return true;
	if (kconfig_on(&o->c, "DEBUG_INFO_BTF"))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s has CONFIG_DEBUG_INFO_BTF: the kernel has BTF itself, --btf is not needed",
				 o->config);
	if (!btf_read(o->btf, &btf, &size, e))
		return false;
	free(btf);
	return true;
}

/* What the twin is configured with otherwise; a long list is cut. */
static void print_options(const struct args *a, FILE *to)
{
	size_t i[2] = { 0, 0 };
	unsigned n = 0;
	char text[256];

	while (own_twin_option(&a->twin, &a->o, i, text, sizeof(text)))
		if (n++ < OPTIONS_SHOWN)
			fprintf(to, "  %s\n", text);
	if (n > OPTIONS_SHOWN)
		fprintf(to, "  and %u more options\n", n - OPTIONS_SHOWN);
}

static bool check_twin(struct args *a, struct vorw_err *e)
{
	struct own_twin *w = &a->twin;

	if (!w->given)
		return true;
	if (!plain_path(w->dir, e) || !check_needs(&w->device, false, e))
		return false;
	if (own_twin_check(w, &a->o, e))
		return true;
	print_options(a, stderr);
	return false;
}

static bool check_all(struct args *a, struct vorw_err *e)
{
	struct own_kernel *o = &a->o;

	return check_name(a, e) &&
	       (!a->twin.given || own_twin_read(&a->twin, e)) &&
	       read_probe(a, e) && own_read(o, e) &&
	       check_probe(a, e) && check_known(o, e) &&
	       check_needs(o, true, e) && own_check_map(o, e) &&
	       own_check_modules(o, e) && find_build(a, e) &&
	       own_check_build(o, e) && check_btf(o, e) && check_twin(a, e);
}

static void write_key(FILE *f, const char *key, const char *value)
{
	if (value && *value)
		fprintf(f, "%s=%s\n", key, value);
}

/* KEY=VALUE, as the targets that come with vorw have it. */
static bool write_conf(const struct args *a, const char *tmp,
		       struct vorw_err *e)
{
	const struct own_kernel *o = &a->o;
	const char *virtio = kconfig_virtio(&o->c, o->arch);
	char path[PATH_MAX], text[4096], dir[PATH_MAX];
	FILE *f = fmemopen(text, sizeof(text), "w");
	long n;

	if (!f)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	snprintf(dir, sizeof(dir), "%s/%s", own_dir(), a->name);
	fprintf(f, "# Written by `vorw target add`; do not edit.\n"
		"TITLE=%s,your-own\nARCH=%s\nSERIES=%s\nRELEASE=%s\n"
		"BUILD_ID=%s\nVIRTIO=%s\n", o->k.kind, o->arch, o->series,
		o->k.release, o->k.build_id, virtio);
	/* a PCI bridge that a kernel without LPAE can reach is in arch/ */
	if (!a->machine && !strcmp(o->arch, "arm") && !strcmp(virtio, "mmio"))
		write_key(f, "QEMU_MACHINE", "virt");
	write_key(f, "QEMU_MACHINE", a->machine);
	write_key(f, "CPU", a->cpu);
	write_key(f, "MEM_MIB", a->memory);
	fprintf(f, "KERNEL=%s/kernel\nCONFIG=%s/config-%s\nMODDIR=%s/modules\n"
		"SYSTEM_MAP=%s/System.map\nKDIR=%s\n", dir, dir, o->k.release,
		dir, dir, o->build);
	if (o->btf)
		fprintf(f, "BTF=%s/btf\n", dir);
	if (a->twin.given)
		fprintf(f, "DEVICE_BUILD_ID=%s\nDEVICE_KDIR=%s\n",
			a->twin.device.k.build_id, a->twin.dir);
	n = ftell(f);
	if (fclose(f) || n < 0 || n >= (long)sizeof(text) - 1)
		return vorw_fail(e, VORW_R_LIMIT,
				 "the definition is longer than %zu bytes",
				 sizeof(text));
	snprintf(path, sizeof(path), "%s/target.conf", tmp);
	return file_write(path, text, n, e);
}

static bool copy_in(const char *from, const char *tmp, const char *name,
		    struct vorw_err *e)
{
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%s/%s", tmp, name);
	return copy_file(from, to, e);
}

static bool write_all(const struct args *a, const char *tmp,
		      struct vorw_err *e)
{
	const struct own_kernel *o = &a->o;
	char path[PATH_MAX];

	if (!copy_in(o->image, tmp, "kernel", e) ||
	    !copy_in(o->system_map, tmp, "System.map", e) ||
	    (o->btf && !copy_in(o->btf, tmp, "btf", e)))
		return false;
	/* as text, also where it came packed */
	snprintf(path, sizeof(path), "%s/config-%s", tmp, o->k.release);
	if (!file_write(path, o->c.text, o->c.size, e))
		return false;
	snprintf(path, sizeof(path), "%s/modules", tmp);
	return (!a->probe || copy_in(a->probe, tmp, "probe", e)) &&
	       copy_modules(o->modules, path, e) && write_conf(a, tmp, e);
}

static void print_twin(const struct args *a)
{
	const struct twin *t = &a->twin.compared;

	printf("  for the device's kernel with the build-id %s\n"
	       "  the same bytes in both: %u objects, %u of them verifier, JIT, maps and helpers\n",
	       a->twin.device.k.build_id, t->nsame, t->nscope);
	if (t->nother)
		printf("  %u others differ: %s\n", t->nother, t->other);
	printf("  the device's only: %u, the twin's only: %u\n", t->ndevice,
	       t->ntwin);
	print_options(a, stdout);
}

static bool add(struct args *a, struct vorw_err *e)
{
	struct own_new n;
	bool ok;

	if (!check_all(a, e) || !own_begin(&n, e))
		return false;
	ok = write_all(a, n.path, e) && own_commit(&n, a->name, a->force, e);
	own_end(&n);
	if (!ok)
		return false;
	printf("%s: %s, Linux %s, build-id %s\n", a->name, a->o.arch,
	       a->o.k.release, a->o.k.build_id);
	if (a->twin.given)
		print_twin(a);
	print_losses(&a->o);
	print_settings(&a->p);
	printf("added in %s/%s; now run: make TARGETS=%s\n", own_dir(),
	       a->name, a->name);
	return true;
}

int cmd_target_add(int argc, char **argv)
{
	struct args a = { 0 };
	const struct cmd_option options[] = {
		{ "image", .text = &a.o.image },
		{ "config", .text = &a.o.config },
		{ "system-map", .text = &a.o.system_map },
		{ "modules", .text = &a.o.modules },
		{ "module-build", .text = &a.o.build },
		{ "btf", .text = &a.o.btf },
		{ "probe", .text = &a.probe },
		{ "twin-of", .text = &a.twin.given },
		{ "machine", .text = &a.machine },
		{ "cpu", .text = &a.cpu },
		{ "memory", .text = &a.memory },
		{ "force", 'f', .flag = &a.force },
	};
	const struct cmd_syntax syntax = {
		"target add", usage_text, "name", options,
		sizeof(options) / sizeof(options[0])
	};
	struct vorw_err e = { 0 };
	int rc = cmd_parse(argc, argv, &syntax, &a.name);

	if (rc < 0)
		rc = check_args(&a);
	if (rc >= 0)
		return rc;
	add(&a, &e);
	own_free(&a.o);
	own_twin_free(&a.twin);
	probe_free(&a.p);
	return cmd_end(&e);
}
