// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* twin.c - comparing what two kernels' verifier and JIT are made of. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "archive.h"
#include "elf_obj.h"
#include "file_io.h"
#include "twin.h"

#define OBJECT_MAX	(256u << 20)
/* Any kernel with bpf(2) has it. */
#define VERIFIER	"kernel/bpf/verifier.o"

/* A member, read. */
struct object {
	char path[PATH_MAX];
	struct elf_obj elf;
	u8 *data;
};

static void object_close(struct object *o)
{
	elf_obj_close(&o->elf);
	free(o->data);
	o->data = NULL;
}

static bool object_open(struct object *o, const char *dir, const char *member,
			struct vorw_err *e)
{
	size_t size;

	o->data = NULL;
	memset(&o->elf, 0, sizeof(o->elf));
	snprintf(o->path, sizeof(o->path), "%s/%s", dir, member);
	return file_read(o->path, OBJECT_MAX, &o->data, &size, e) &&
	       elf_obj_open(&o->elf, o->path, o->data, size, e);
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static bool starts_with(const char *s, const char *start)
{
	return !strncmp(s, start, strlen(start));
}

/* include/linux/bpf_types.h has the operations by these names; a prototype is
 * called bpf_..._proto wherever one is; with the last, arm64's JIT makes its
 * instructions (arch/arm64/lib/insn.c). */
static bool is_operations(const char *symbol)
{
	return ends_in(symbol, "_verifier_ops") ||
	       ends_in(symbol, "_prog_ops") || ends_in(symbol, "_map_ops") ||
	       (starts_with(symbol, "bpf_") && ends_in(symbol, "_proto")) ||
	       starts_with(symbol, "aarch64_insn_gen_");
}

static bool in_scope(const char *member, const struct object *o)
{
	return strstr(member, "bpf") || elf_obj_find(&o->elf, is_operations);
}

static bool time_of(const char *dir, const char *file, struct timespec *t,
		    struct vorw_err *e)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (stat(path, &st))
		return vorw_fail(e, VORW_R_TARGET, "%s: %s", path,
				 strerror(errno));
	*t = st.st_mtim;
	return true;
}

static bool later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec :
					a->tv_nsec > b->tv_nsec;
}

/* Objects that were compiled since are not what is in the kernel. */
static bool check_times(const char *dir, const struct archive *a,
			struct vorw_err *e)
{
	struct timespec kernel, member;
	size_t i;

	if (!time_of(dir, "vmlinux", &kernel, e))
		return false;
	for (i = 0; i < a->n; i++) {
		if (!time_of(dir, a->members[i], &member, e))
			return false;
		if (later(&member, &kernel))
			return vorw_fail(e, VORW_R_TARGET,
					 "%s/%s is newer than the vmlinux beside it: make the kernel again (or, if this is a copy: copy with the files' times, cp -a)",
					 dir, a->members[i]);
	}
	return true;
}

static void note_other(struct twin *t, const char *member)
{
	size_t n = strlen(t->other);

	if (t->nother++ && n + strlen(member) + 3 > sizeof(t->other))
		return;
	snprintf(t->other + n, sizeof(t->other) - n, "%s%s", n ? ", " : "",
		 member);
}

static bool compare_one(const char *device, const char *twin,
			const char *member, struct twin *t, struct vorw_err *e)
{
	char where[256];
	struct object a, b = { .data = NULL };
	bool scope, ok;

	ok = object_open(&a, device, member, e) &&
	     object_open(&b, twin, member, e);
	if (!ok)
		goto out;
	scope = in_scope(member, &a) || in_scope(member, &b);
	if (elf_obj_same(&a.elf, &b.elf, where, sizeof(where))) {
		t->nsame++;
		t->nscope += scope;
	} else if (!scope) {
		note_other(t, member);
	} else {
		ok = vorw_fail(e, VORW_R_TARGET,
			       "%s is not a twin of %s: %s is not the same, at %s; what it puts into programs or takes for granted can be wrong on the device",
			       twin, device, member, where);
	}
out:
	object_close(&a);
	object_close(&b);
	return ok;
}

/* A member of one only: it must be nothing that the verifier goes by. */
static bool check_lone(const char *dir, const char *other, const char *member,
		       struct vorw_err *e)
{
	struct object o;
	bool ok = object_open(&o, dir, member, e);

	if (ok && in_scope(member, &o))
		ok = vorw_fail(e, VORW_R_TARGET,
			       "%s has %s and %s has not: they do not verify alike",
			       dir, member, other);
	object_close(&o);
	return ok;
}

static bool compare(const char *device, const struct archive *d,
		    const char *twin, const struct archive *w, struct twin *t,
		    struct vorw_err *e)
{
	size_t i;

	if (!archive_has(d, VERIFIER))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s/vmlinux.a has no " VERIFIER ": that is no kernel with bpf(2)",
				 device);
	for (i = 0; i < d->n; i++) {
		if (archive_has(w, d->members[i])) {
			if (!compare_one(device, twin, d->members[i], t, e))
				return false;
		} else if (!check_lone(device, twin, d->members[i], e)) {
			return false;
		} else {
			t->ndevice++;
		}
	}
	for (i = 0; i < w->n; i++) {
		if (archive_has(d, w->members[i]))
			continue;
		if (!check_lone(twin, device, w->members[i], e))
			return false;
		t->ntwin++;
	}
	return true;
}

bool twin_compare(const char *device, const char *twin, struct twin *t,
		  struct vorw_err *e)
{
	struct archive d, w = { .n = 0 };
	bool ok;

	memset(t, 0, sizeof(*t));
	ok = archive_read(device, &d, e) && archive_read(twin, &w, e) &&
	     check_times(device, &d, e) && check_times(twin, &w, e) &&
	     compare(device, &d, twin, &w, t, e);
	archive_free(&d);
	archive_free(&w);
	return ok;
}
