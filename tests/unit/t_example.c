/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_example.c - the worked example of docs/blob-format.md is a real blob.
 *
 *   t_example		compare (from the top of the tree)
 *   t_example --update	print the block that belongs there, and fail
 */
#include <stdio.h>
#include <stdlib.h>
#include <linux/bpf.h>
#include <linux/elf-em.h>
#include "vorw_bytes.h"
#include "sample.h"
#include "tap.h"

#define DOCUMENT	"docs/blob-format.md"
#define START		"<!-- example: tests/unit/t_example.c -->\n```\n"
#define END		"```\n"

/* One native program that takes a map's address and calls a helper. */
static u8 *example(size_t *size)
{
	static const u32 words[] = {
		0xe3001000, 0xe3401000,	/* movw r1; movt r1: the map */
		0xe300c000, 0xe340c000,	/* movw ip; movt ip: the helper */
		0xe12fff1c,		/* bx ip */
	};
	static const u8 digest[32] = { 0xd1, 0x9e, 0x57 };
	struct vorw_writer *w = vorw_writer_new(EM_ARM);
	u8 code[sizeof(words)], *buf = NULL;
	u32 i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		vorw_put32(code + i * 4, words[i]);
	vorw_writer_binding(w, &(struct vorw_binding_h){
		.build_id = { 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8 },
		.build_id_len = 8, .release = "6.1.0", .target = "armv7",
		.cpu = "cortex-a15", .page_size = 4096, .hz = 250,
		.caps = VORW_CAP_BPF | VORW_CAP_PERFMON });
	vorw_writer_object(w, &(struct vorw_object_h){
		.name = "demo", .tool = "vorw", .license = "GPL",
		.object_sha256 = digest });
	vorw_writer_map(w, &(struct vorw_map_h){
		.name = "hits", .type = BPF_MAP_TYPE_HASH, .key_size = 4,
		.value_size = 8, .max_entries = 16 });
	vorw_writer_prog(w, &(struct vorw_prog_h){
		.name = "count", .section = "socket",
		.type = BPF_PROG_TYPE_SOCKET_FILTER, .orig_insn_cnt = 4,
		.form = VORW_FORM_NATIVE,
		.tag = { 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8 },
		.stack_depth = 8, .verified_insns = 4, .total_states = 1,
		.peak_states = 1,
		.cpu_features = VORW_CPU_ARM_V7 | VORW_CPU_ARM_THUMB,
		.attach_kind = VORW_ATTACH_SOCKET });
	vorw_writer_used_map(w, 0, 0);
	vorw_writer_part(w, 0, &(struct vorw_part_h){ .stack_depth = 8 }, code,
			 sizeof(code));
	vorw_writer_reloc(w, 0, 0, &(struct vorw_reloc_h){
		.off = 0, .kind = VORW_REL_MAP,
		.form = VORW_ENC_ARM_MOVW_MOVT, .sym = 0 }, NULL);
	vorw_writer_reloc(w, 0, 0, &(struct vorw_reloc_h){
		.off = 8, .kind = VORW_REL_HELPER,
		.form = VORW_ENC_ARM_MOVW_MOVT,
		.sym = BPF_FUNC_map_lookup_elem }, NULL);
	vorw_writer_finish(w, &buf, size, NULL);
	vorw_writer_free(w);
	return buf;
}

static void dump(FILE *f, const char *title, const u8 *buf, u32 from, u32 to)
{
	u32 i;

	fprintf(f, "%s\n", title);
	for (; from < to; from += 16) {
		fprintf(f, "  %04x ", from);
		for (i = from; i < from + 16 && i < to; i++)
			fprintf(f, "%s%02x", i % 8 ? " " : "  ", buf[i]);
		for (; i < from + 16; i++)
			fprintf(f, "%s  ", i % 8 ? " " : "  ");
		fprintf(f, "  ");
		for (i = from; i < from + 16 && i < to; i++)
			fputc(buf[i] >= ' ' && buf[i] <= '~' ? buf[i] : '.', f);
		fprintf(f, "\n");
	}
}

static char *text(const u8 *buf, size_t size)
{
	static const char *const names[VORW_SEC_MAX] = {
		[VORW_SEC_STRINGS] = "STRINGS", [VORW_SEC_BINDING] = "BINDING",
		[VORW_SEC_OBJECT] = "OBJECT", [VORW_SEC_MAPS] = "MAPS",
		[VORW_SEC_PROGS] = "PROGS",
		[VORW_SEC_USED_MAPS] = "USED_MAPS",
		[VORW_SEC_RELOCS] = "RELOCS", [VORW_SEC_CODE] = "CODE",
		[VORW_SEC_PARTS] = "PARTS",
	};
	struct vorw_parts parts;
	struct vorw_view v;
	char *out = NULL;
	size_t n;
	FILE *f = open_memstream(&out, &n);
	u32 t, off, first = 0;

	sample_parse(buf, size, &parts, &v, NULL);
	for (t = 0; t < VORW_SEC_MAX && !first; t++)
		if (v.sec[t].p)
			first = (u32)(v.sec[t].p - buf);
	dump(f, "header", buf, 0, sizeof(struct vorw_hdr));
	dump(f, "section table", buf, sizeof(struct vorw_hdr), first);
	for (t = 0; t < VORW_SEC_MAX; t++) {
		if (!v.sec[t].p)
			continue;
		off = (u32)(v.sec[t].p - buf);
		dump(f, names[t], buf, off, vorw_align8(off + v.sec[t].cnt *
							v.sec[t].entsize));
	}
	fclose(f);
	return out;
}

static char *read_document(void)
{
	FILE *f = fopen(DOCUMENT, "r");
	char *buf = calloc(1, 1 << 20);
	size_t n;

	if (!f || !buf) {
		free(buf);
		return NULL;
	}
	n = fread(buf, 1, (1 << 20) - 1, f);
	fclose(f);
	buf[n] = 0;
	return buf;
}

int main(int argc, char **argv)
{
	char *want, *doc, *at, *end;
	const char *why;
	size_t size;
	u8 *buf;

	buf = example(&size);
	if (!ok(buf != NULL, "the example is accepted"))
		return tap_done();
	why = sample_broken(buf, size);
	ok(!why, "the example is consistent");
	want = text(buf, size);
	if (argc > 1 && !strcmp(argv[1], "--update")) {
		printf("%s%s%s", START, want, END);
		free(buf);
		free(want);
		return 1;
	}
	doc = read_document();
	at = doc ? strstr(doc, START) : NULL;
	ok(at != NULL, DOCUMENT " has an example");
	if (at) {
		at += strlen(START);
		end = strstr(at, END);
		ok(end && (size_t)(end - at) == strlen(want) &&
		   !memcmp(at, want, strlen(want)),
		   "and it is this blob, byte for byte");
	}
	free(doc);
	free(want);
	free(buf);
	return tap_done();
}
