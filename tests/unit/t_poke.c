/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_poke.c - x86-64 blobs with tail calls that the kernel keeps patched: what
 * the parser takes, and what it refuses.
 */
#include <stdlib.h>
#include <linux/elf-em.h>
#include "sample.h"
#include "tap.h"

/* push rax; jmp to behind the nops; pop rax; nops; call; leave; ret */
static const u8 good_code[] = {
	0x50, 0xe9, 0x06, 0, 0, 0, 0x58, 0x0f, 0x1f, 0x44, 0, 0,
	0xe8, 0, 0, 0, 0, 0xc9, 0xc3,
};
#define BYPASS	1
#define TARGET	7
#define CALL	12

enum { ARRAY, HASH, NMAPS };

static const struct {
	const char *name;
	struct vorw_poke_h h;
	u32 byte, value;	/* of the code; 0: none is another */
	enum vorw_reason r;
} cases[] = {
	{ "a tail call", { 0, ARRAY, 3, BYPASS, TARGET, 11 },
	  0, 0, VORW_R_OK },
	{ "of another function", { 1, ARRAY, 3, BYPASS, TARGET, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "no array of programs", { 0, HASH, 3, BYPASS, TARGET, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "no such map", { 0, NMAPS, 3, BYPASS, TARGET, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "behind the array", { 0, ARRAY, 4, BYPASS, TARGET, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "bypass elsewhere", { 0, ARRAY, 3, BYPASS + 1, TARGET, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "target elsewhere", { 0, ARRAY, 3, BYPASS, TARGET + 1, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "bypass behind the code",
	  { 0, ARRAY, 3, sizeof(good_code) - 4, TARGET, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "target behind the code",
	  { 0, ARRAY, 3, BYPASS, sizeof(good_code) - 4, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "target far behind the code",
	  { 0, ARRAY, 3, BYPASS, 0xfffffffe, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "target before bypass", { 0, ARRAY, 3, TARGET, BYPASS, 11 },
	  0, 0, VORW_R_MALFORMED },
	{ "no jump at bypass", { 0, ARRAY, 3, BYPASS, TARGET, 11 },
	  BYPASS, 0xe8, VORW_R_MALFORMED },
	{ "a jump to elsewhere", { 0, ARRAY, 3, BYPASS, TARGET, 11 },
	  BYPASS + 1, 7, VORW_R_MALFORMED },
	{ "no nops at target", { 0, ARRAY, 3, BYPASS, TARGET, 11 },
	  TARGET + 4, 1, VORW_R_MALFORMED },
	{ "no entry for tail calls", { 0, ARRAY, 3, BYPASS, TARGET, 0 },
	  0, 0, VORW_R_MALFORMED },
	{ "entry behind the code",
	  { 0, ARRAY, 3, BYPASS, TARGET, sizeof(good_code) },
	  0, 0, VORW_R_MALFORMED },
};

static struct vorw_writer *writer(u16 machine, const u8 *code, bool native)
{
	struct vorw_writer *w = vorw_writer_new(machine);
	struct sample s;

	sample_init(&s);
	vorw_writer_binding(w, &s.binding);
	s.object.object_sha256 = s.sha256;
	vorw_writer_object(w, &s.object);
	vorw_writer_map(w, &(struct vorw_map_h){
		.name = "array", .type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4, .value_size = 4, .max_entries = 4 });
	s.map[M_COUNTERS].btf_value_type_id = 0;
	vorw_writer_map(w, &s.map[M_COUNTERS]);
	s.prog[P_CALLEE].cpu_features = 0;
	if (!native)
		s.prog[P_CALLEE] = s.prog[P_BYTECODE];
	vorw_writer_prog(w, &s.prog[P_CALLEE]);
	vorw_writer_used_map(w, 0, ARRAY);
	vorw_writer_used_map(w, 0, HASH);
	if (native) {
		vorw_writer_part(w, 0, &(struct vorw_part_h){ 0 }, code,
				 sizeof(good_code));
		vorw_writer_reloc(w, 0, 0, &(struct vorw_reloc_h){
			.off = CALL, .kind = VORW_REL_HELPER,
			.form = VORW_ENC_X86_CALL, .sym = 1 }, NULL);
	}
	return w;
}

static enum vorw_reason finish(struct vorw_writer *w, u8 **buf, size_t *size,
			       struct vorw_diag *d)
{
	enum vorw_reason r;

	*buf = NULL;
	r = vorw_writer_finish(w, buf, size, d);
	vorw_writer_free(w);
	return r;
}

static void check_cases(void)
{
	u8 code[sizeof(good_code)], *buf;
	struct vorw_diag d = { 0 };
	struct vorw_parts parts;
	struct vorw_view v;
	struct vorw_poke_h h;
	struct vorw_writer *w;
	const char *broken;
	size_t size;
	u32 i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		memcpy(code, good_code, sizeof(code));
		if (cases[i].byte)
			code[cases[i].byte] = cases[i].value;
		w = writer(EM_X86_64, code, true);
		vorw_writer_poke(w, 0, &cases[i].h);
		is(finish(w, &buf, &size, &d), cases[i].r, "%s: %s",
		   cases[i].name, cases[i].r ? "refused" : "taken");
		if (cases[i].r) {
			free(buf);
			continue;
		}
		ok(!sample_parse(buf, size, &parts, &v, &d), "is parsed");
		vorw_get_poke(&v, 0, &h);
		ok(!memcmp(&h, &cases[i].h, sizeof(h)), "is read as written");
		broken = sample_broken(buf, size);
		ok(!broken, "%s", broken ? broken : "no byte is ignored");
		free(buf);
	}
}

/* A field to be relocated where the kernel patches. */
static void check_overlap(void)
{
	u8 code[sizeof(good_code)], *buf;
	struct vorw_diag d = { 0 };
	struct vorw_writer *w;
	size_t size;

	memcpy(code, good_code, sizeof(code));
	memset(code + BYPASS + 1, 0, 4);
	w = writer(EM_X86_64, code, true);
	vorw_writer_poke(w, 0, &cases[0].h);
	vorw_writer_reloc(w, 0, 0, &(struct vorw_reloc_h){
		.off = BYPASS, .kind = VORW_REL_KSYM,
		.form = VORW_ENC_X86_JMP }, "__x86_indirect_thunk_rcx");
	is(finish(w, &buf, &size, &d), VORW_R_MALFORMED,
	   "a relocation of the jump: refused");
	free(buf);
}

/* Twice the function of good_code, one behind the other, each with its poke. */
static void check_order(void)
{
	static const struct {
		const char *name;
		struct vorw_poke_h h[2];
		enum vorw_reason r;
	} orders[] = {
		{ "one behind the other",
		  { { 0, ARRAY, 1, BYPASS, TARGET, 11 },
		    { 1, ARRAY, 1, BYPASS, TARGET, 11 } }, VORW_R_OK },
		{ "the second function's first",
		  { { 1, ARRAY, 1, BYPASS, TARGET, 11 },
		    { 0, ARRAY, 1, BYPASS, TARGET, 11 } }, VORW_R_MALFORMED },
		{ "one place twice",
		  { { 0, ARRAY, 1, BYPASS, TARGET, 11 },
		    { 0, ARRAY, 1, BYPASS, TARGET, 11 } }, VORW_R_MALFORMED },
		{ "one place for two slots",
		  { { 1, ARRAY, 1, BYPASS, TARGET, 11 },
		    { 1, ARRAY, 2, BYPASS, TARGET, 11 } }, VORW_R_MALFORMED },
	};
	struct vorw_diag d = { 0 };
	struct vorw_writer *w;
	size_t size;
	u32 i;
	u8 *buf;

	for (i = 0; i < ARRAY_LEN(orders); i++) {
		w = writer(EM_X86_64, good_code, true);
		vorw_writer_part(w, 0, &(struct vorw_part_h){ 0 }, good_code,
				 sizeof(good_code));
		vorw_writer_reloc(w, 0, 1, &(struct vorw_reloc_h){
			.off = CALL, .kind = VORW_REL_HELPER,
			.form = VORW_ENC_X86_CALL, .sym = 1 }, NULL);
		vorw_writer_poke(w, 0, &orders[i].h[0]);
		vorw_writer_poke(w, 0, &orders[i].h[1]);
		is(finish(w, &buf, &size, &d), orders[i].r, "pokes, %s: %s",
		   orders[i].name, orders[i].r ? "refused" : "taken");
		free(buf);
	}
}

static void check_machines(void)
{
	struct vorw_diag d = { 0 };
	struct vorw_writer *w;
	size_t size;
	u8 *buf;

	w = writer(EM_X86_64, good_code, false);
	vorw_writer_insns(w, 0, (const struct bpf_insn[]){
		{ .code = 0xb7 }, { .code = 0x95 } }, 2);
	is(finish(w, &buf, &size, &d), VORW_R_OK, "bytecode");
	free(buf);
	w = writer(EM_X86_64, good_code, false);
	vorw_writer_insns(w, 0, (const struct bpf_insn[]){
		{ .code = 0xb7 }, { .code = 0x95 } }, 2);
	vorw_writer_poke(w, 0, &cases[0].h);
	is(finish(w, &buf, &size, &d), VORW_R_MALFORMED,
	   "bytecode with a tail call to patch: refused");
	free(buf);
	w = writer(EM_ARM, good_code, false);
	vorw_writer_insns(w, 0, (const struct bpf_insn[]){
		{ .code = 0xb7 }, { .code = 0x95 } }, 2);
	vorw_writer_poke(w, 0, &cases[0].h);
	is(finish(w, &buf, &size, &d), VORW_R_MALFORMED,
	   "another machine: refused");
	free(buf);
}

int main(void)
{
	check_cases();
	check_overlap();
	check_order();
	check_machines();
	return tap_done();
}
