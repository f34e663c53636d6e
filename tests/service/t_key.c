// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_key.c - a job's options and id: one way to write them, nothing forgotten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "service/job_key.h"
#include "unit/tap.h"

static bool file_gives(const char *file, const char *want, const char *name)
{
	struct job_options o;
	struct vorw_err e = { 0 };

	return job_options_init(&o, file, &e) && !strcmp(o.file, want) &&
	       !strcmp(o.name, name);
}

static void names(void)
{
	char longest[400];

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	ok(file_gives("prog.bpf.o", "prog.bpf.o", "prog"), "prog.bpf.o");
	ok(file_gives("../../etc/a.o", "a.o", "a"), "a path: its last part");
	ok(file_gives("", "object.o", "object"), "no name");
	ok(file_gives("a/", "object.o", "object"), "nothing behind the slash");
	ok(file_gives("a\nb\x1b\xff c.o", "a_b___c.o", "a_b___c"),
	   "what is not printable");
	ok(file_gives("-x.o", "-x.o", "_x"), "a name that looks like an option");
	ok(file_gives(".o", ".o", "_o"), "a name that is only an ending");
	longest[JOB_FILE_MAX - 1] = 0;
	{
		char want[64] = "";

		memset(want, 'x', 63);
		ok(file_gives(longest, longest, want), "a long one is cut");
	}
}

static void options(void)
{
	static const char *const bad[] = {
		"", "{}", "[]", "{\"btf\":\"\"}",
		"{\"btf\":\"x\",\"file\":\"a.o\",\"full_log\":false,\"name\":\"a\",\"require_native\":false,\"xlated\":false}",
		"{\"btf\":\"\",\"file\":\"a.o\",\"full_log\":0,\"name\":\"a\",\"require_native\":false,\"xlated\":false}",
		"{\"btf\":\"\",\"file\":\"a.o\",\"full_log\":false,\"name\":\"a/b\",\"require_native\":false,\"xlated\":false}",
		"{\"btf\":\"\",\"file\":\"a.o\",\"full_log\":false,\"more\":1,\"name\":\"a\",\"require_native\":false,\"xlated\":false}",
	};
	struct job_options o, back;
	struct vorw_err e = { 0 };
	char *text;
	size_t i;

	job_options_init(&o, "prog.o", &e);
	o.xlated = true;
	text = job_options_write(&o);
	ok(text && !strcmp(text, "{\"btf\":\"\",\"file\":\"prog.o\",\"full_log\":false,\"name\":\"prog\",\"require_native\":false,\"xlated\":true}"),
	   "written with sorted members");
	ok(job_options_read(&back, text, &e) && !memcmp(&o, &back, sizeof(o)),
	   "and read back");
	free(text);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		memset(&e, 0, sizeof(e));
		ok(!job_options_read(&back, bad[i], &e) &&
		   e.reason == VORW_R_INTERNAL, "not read: %.40s", bad[i]);
	}
}

static void keys(void)
{
	static const char *const parts[][4] = {
		{ "o", "t", "i", "{}" }, { "p", "t", "i", "{}" },
		{ "o", "u", "i", "{}" }, { "o", "t", "j", "{}" },
		{ "o", "t", "i", "{ }" },
		/* a part that ends where another begins */
		{ "ot", "", "i", "{}" }, { "o", "ti", "", "{}" },
	};
	char ids[ARRAY_LEN(parts)][DIGEST_HEX], again[DIGEST_HEX];
	unsigned same = 0;
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(parts); i++) {
		job_key(parts[i][0], parts[i][1], parts[i][2], parts[i][3],
			ids[i]);
		for (k = 0; k < i; k++)
			same += !strcmp(ids[i], ids[k]);
	}
	is(same, 0, "each part has its say in the id");
	job_key("o", "t", "i", "{}", again);
	ok(!strcmp(again, ids[0]) && digest_ok(again), "the same gives the same");
	ok(!digest_ok("") && !digest_ok("A") && !digest_ok(
	   "000000000000000000000000000000000000000000000000000000000000000G") &&
	   !digest_ok(
	   "00000000000000000000000000000000000000000000000000000000000000000"),
	   "what is no digest");
	digest_hex("abc", 3, again);
	/* FIPS 180-2, B.1 */
	ok(!strcmp(again, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
	   "SHA-256 of abc");
}

/* What changes the machine or what a blob is bound to changes the identity. */
static void identities(void)
{
	struct vorw_target t = { .name = "t", .mem_mib = 128 }, u;
	char *const fields[] = {
		u.name, u.build_id, u.device_build_id, u.qemu, u.qemu_machine,
		u.cpu, u.guest_append, u.virtio, u.console,
	};
	char first[DIGEST_HEX], other[DIGEST_HEX];
	struct vorw_err e = { 0 };
	unsigned same = 0;
	size_t i;

	snprintf(t.kernel, sizeof(t.kernel), "/proc/self/exe");
	snprintf(t.initrd, sizeof(t.initrd), "/proc/self/exe");
	ok(target_identity(&t, "c", first, &e) && digest_ok(first),
	   "an identity");
	ok(target_identity(&t, "d", other, &e) && strcmp(first, other),
	   "the signer's certificate has its say in it");
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		u = t;
		strcat(fields[i], "x");
		same += !target_identity(&u, "c", other, &e) ||
			!strcmp(first, other);
	}
	u = t;
	u.mem_mib++;
	same += !target_identity(&u, "c", other, &e) || !strcmp(first, other);
	is(same, 0, "each field of a target has its say in the identity");
	u = t;
	ok(target_identity(&u, "c", other, &e) && !strcmp(first, other),
	   "the same target has the same");
	strcpy(u.kernel, "/no/such/kernel");
	ok(!target_identity(&u, "c", other, &e) && e.reason == VORW_R_TARGET,
	   "no kernel, no identity");
}

int main(void)
{
	names();
	options();
	keys();
	identities();
	return tap_done();
}
