// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* job_key.c - options and target of a job, and its id. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "blob_name.h"
#include "file_io.h"
#include "job_key.h"

#define IMAGE_MAX	(512u << 20)

bool job_options_init(struct job_options *o, const char *file,
		      struct vorw_err *e)
{
	const char *base = strrchr(file, '/');
	char *name, *p;

	memset(o, 0, sizeof(*o));
	base = base ? base + 1 : file;
	snprintf(o->file, sizeof(o->file), "%.*s", JOB_FILE_MAX - 1,
		 *base ? base : "object.o");
	for (p = o->file; *p; p++)
		if (*p <= ' ' || *p > '~')
			*p = '_';
	name = blob_name_default(o->file);
	if (!name)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	snprintf(o->name, sizeof(o->name), "%s", *name ? name : "object");
	free(name);
	return true;
}

char *job_options_write(const struct job_options *o)
{
	json_t *j = json_pack("{s:s, s:s, s:b, s:s, s:b, s:b}",
			      "btf", o->btf, "file", o->file,
			      "full_log", o->full_log, "name", o->name,
			      "require_native", o->require_native,
			      "xlated", o->xlated);
	char *text = json_dumps(j, JSON_SORT_KEYS | JSON_COMPACT |
				JSON_ENSURE_ASCII);

	json_decref(j);
	return text;
}

bool job_options_read(struct job_options *o, const char *json,
		      struct vorw_err *e)
{
	const char *btf, *file, *name;
	int full_log, native, xlated;
	json_t *j = json_loads(json, 0, NULL);
	bool ok = !json_unpack(j, "{s:s, s:s, s:b, s:s, s:b, s:b !}",
			       "btf", &btf, "file", &file,
			       "full_log", &full_log, "name", &name,
			       "require_native", &native, "xlated", &xlated) &&
		  strlen(file) < sizeof(o->file) && blob_name_ok(name) &&
		  (!*btf || digest_ok(btf));

	if (ok) {
		memset(o, 0, sizeof(*o));
		strcpy(o->file, file);
		strcpy(o->name, name);
		strcpy(o->btf, btf);
		o->full_log = full_log;
		o->require_native = native;
		o->xlated = xlated;
	}
	json_decref(j);
	return ok || vorw_fail(e, VORW_R_INTERNAL,
			       "the job's options are damaged");
}

/* Digest of a file, kept while the file is the same. */
struct image {
	char path[512];
	struct stat st;
	char digest[DIGEST_HEX];
};

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool image_digest(const char *path, const char **digest,
			 struct vorw_err *e)
{
	static struct image known[64];
	static unsigned next;
	struct image *m;
	struct stat st;
	size_t n, i;
	u8 *p;

	if (stat(path, &st))
		return vorw_fail(e, VORW_R_TARGET, "%s: %s", path,
				 strerror(errno));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		m = &known[i];
		if (!strcmp(m->path, path) && same_stat(&m->st, &st)) {
			*digest = m->digest;
			return true;
		}
	}
	if (!file_read(path, IMAGE_MAX, &p, &n, e))
		return false;
	m = &known[next++ % (sizeof(known) / sizeof(known[0]))];
	snprintf(m->path, sizeof(m->path), "%s", path);
	m->st = st;
	digest_hex(p, n, m->digest);
	free(p);
	*digest = m->digest;
	return true;
}

bool target_identity(const struct vorw_target *t, const char *cert,
		     char to[DIGEST_HEX], struct vorw_err *e)
{
	/* what stands in the definition changes the machine, too */
	const char *const texts[] = {
		t->name, t->build_id, t->qemu, t->qemu_machine, t->cpu,
		t->guest_append, t->device_build_id, t->virtio, t->console,
		cert,
	};
	/* the program as it runs, also when its file was replaced: one that
	 * has learnt or unlearnt something gives other answers, whatever its
	 * version is called */
	const char *const files[] = {
		"/proc/self/exe", t->kernel, t->initrd, t->btf
	};
	const char *digest;
	struct digest d;
	char mem[16];
	bool ok = true;
	size_t i;

	digest_start(&d, "vorw target identity 3");
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		digest_text(&d, texts[i]);
	snprintf(mem, sizeof(mem), "%u", t->mem_mib);
	digest_text(&d, mem);
	for (i = 0; ok && i < sizeof(files) / sizeof(files[0]); i++) {
		digest = "";
		ok = !*files[i] || image_digest(files[i], &digest, e);
		digest_text(&d, digest);
	}
	digest_end(&d, to);
	return ok;
}

void job_key(const char *object, const char *target, const char *identity,
	     const char *options, char to[DIGEST_HEX])
{
	struct digest d;

	digest_start(&d, "vorw job 1");
	digest_text(&d, object);
	digest_text(&d, target);
	digest_text(&d, identity);
	digest_text(&d, options);
	digest_end(&d, to);
}
