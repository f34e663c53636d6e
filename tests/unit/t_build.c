/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_build.c - the writer: what it makes, what it and the parser refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <linux/elf-em.h>
#include "vorw_bytes.h"
#include "sample.h"
#include "tap.h"

/* One string of n characters 'a' */
static char *long_name(u32 n)
{
	static char buf[2048];

	memset(buf, 'a', n);
	buf[n] = 0;
	return buf;
}

static void object_slash(struct sample *s) { s->object.name = "a/b"; }
static void object_dot(struct sample *s) { s->object.name = ".."; }
static void object_long(struct sample *s) { s->object.name = long_name(64); }
static void map_slash(struct sample *s) { s->map[0].name = "../x"; }
static void map_space(struct sample *s) { s->map[0].name = "a b"; }
static void map_long(struct sample *s) { s->map[0].name = long_name(128); }
static void map_twice(struct sample *s) { s->map[0].name = "inner0"; }
static void map_dot_twice(struct sample *s) { s->map[0].name = "_rodata"; }
static void map_minus(struct sample *s) { s->map[0].name = "a-b"; }
static void prog_slash(struct sample *s) { s->prog[0].name = "/"; }
static void prog_minus(struct sample *s) { s->prog[0].name = "a-b"; }
static void prog_long(struct sample *s) { s->prog[0].name = long_name(128); }
static void prog_twice(struct sample *s) { s->prog[2].name = "trace_open"; }
static void too_long(struct sample *s) { s->prog[0].attach = long_name(1024); }
static void newline(struct sample *s) { s->object.tool = "a\nb"; }
static void ksym_space(struct sample *s) { s->reloc[3].ksym = "a b"; }
static void no_code(struct sample *s) { s->code_size[0] = 0; }
static void no_parts(struct sample *s)
{
	s->code_size[P_CALLEE] = 0;
}
static void no_btf(struct sample *s) { s->btf_size = 0; }
static void short_btf(struct sample *s) { s->btf_size = 23; }
static void machine(struct sample *s) { s->machine = EM_S390; }
static void key_twice(struct sample *s) { s->init[3].key = 0; }
static void frozen_rw(struct sample *s) { s->map[M_RODATA].map_flags = 0; }
static void field_set(struct sample *s) { s->insns[0][0].imm = 1; }
static void used_none(struct sample *s) { s->nused = 0; }
static void init_nowhere(struct sample *s) { s->init[0].map = M_CNT; }
static void reloc_nowhere(struct sample *s) { s->reloc[0].prog = P_CNT; }
static void reloc_twice(struct sample *s)
{
	s->reloc[s->nrelocs++] = s->reloc[0];
}
static void used_twice(struct sample *s)
{
	s->used[s->nused++] = s->used[0];
}

static void lru_full(struct sample *s)
{
	s->map[M_DATA].type = BPF_MAP_TYPE_PERCPU_HASH;
	s->map[M_DATA].flags = 0;
}

static const struct {
	const char *name;
	void (*change)(struct sample *s);
	enum vorw_reason reason;
	const char *what;
} refused[] = {
	{ "object name with a slash", object_slash, VORW_R_MALFORMED,
	  "object name" },
	{ "object name of dots", object_dot, VORW_R_MALFORMED, "object name" },
	{ "object name of 64 characters", object_long, VORW_R_LIMIT,
	  "object name" },
	{ "map name with slashes", map_slash, VORW_R_MALFORMED, "map name" },
	{ "map name with a space", map_space, VORW_R_MALFORMED, "map name" },
	{ "map name with a minus", map_minus, VORW_R_MALFORMED, "map name" },
	{ "map name of 128 characters", map_long, VORW_R_LIMIT,
	  "map name" },
	{ "map name taken", map_twice, VORW_R_MALFORMED, "map name taken" },
	{ "map name taken but for a dot", map_dot_twice, VORW_R_MALFORMED,
	  "map name taken" },
	{ "program name is a slash", prog_slash, VORW_R_MALFORMED,
	  "program name" },
	{ "program name with a minus", prog_minus, VORW_R_MALFORMED,
	  "program name" },
	{ "program name of 128 characters", prog_long, VORW_R_LIMIT,
	  "program name" },
	{ "program name taken but for a dot", prog_twice, VORW_R_MALFORMED,
	  "program name taken" },
	{ "string of 1024 characters", too_long, VORW_R_LIMIT,
	  "string length" },
	{ "newline in a string", newline, VORW_R_MALFORMED,
	  "string character" },
	{ "kernel symbol with a space", ksym_space, VORW_R_MALFORMED,
	  "kernel symbol name" },
	{ "native program without code", no_code, VORW_R_MALFORMED,
	  "part index" },
	{ "native program without parts", no_parts, VORW_R_MALFORMED,
	  "code of a native program" },
	{ "BTF types without BTF", no_btf, VORW_R_MALFORMED,
	  "BTF type without BTF" },
	{ "BTF shorter than its header", short_btf, VORW_R_MALFORMED,
	  "BTF size" },
	{ "machine that is not known", machine, VORW_R_WRONG_ARCH,
	  "machine" },
	{ "key twice", key_twice, VORW_R_MALFORMED, "init key order" },
	{ "frozen map that programs may write", frozen_rw, VORW_R_MALFORMED,
	  "frozen map that programs may write" },
	{ "field that is not zero", field_set, VORW_R_RELOC,
	  "relocated instruction" },
	{ "relocation to a map that is not used", used_none,
	  VORW_R_MALFORMED, "map of a relocation is not used" },
	{ "bytes for a per-CPU hash", lru_full, VORW_R_MALFORMED,
	  "init kind for map type" },
	{ "same relocation twice", reloc_twice, VORW_R_MALFORMED,
	  "relocation order" },
	{ "same used map twice", used_twice, VORW_R_MALFORMED,
	  "used map twice" },
	{ "contents of a map that is none", init_nowhere, VORW_R_MALFORMED,
	  "map index" },
	{ "relocation of a program that is none", reloc_nowhere,
	  VORW_R_MALFORMED, "program index" },
};

static void check_refused(void)
{
	size_t i, size;

	for (i = 0; i < ARRAY_LEN(refused); i++) {
		struct vorw_diag d = { "none", 0, 0, 0 };
		enum vorw_reason r;
		struct sample s;
		u8 *buf;

		sample_init(&s);
		refused[i].change(&s);
		r = sample_build(&s, &buf, &size, &d);
		if (!ok(r == refused[i].reason &&
			!strcmp(d.what, refused[i].what) && !buf, "%s",
			refused[i].name))
			diag("have %s: %s at %u", vorw_reason_name(r), d.what,
			     d.where);
		free(buf);
	}
}

static void prog_dot(struct sample *s) { s->prog[0].name = "a.cold.1"; }
static void edge_name(struct sample *s) { s->object.name = long_name(63); }
static void edge_map(struct sample *s) { s->map[0].name = long_name(127); }
static void edge_string(struct sample *s)
{
	s->prog[0].attach = long_name(1023);
}
static void build_id_20(struct sample *s) { s->binding.build_id_len = 20; }
static void no_license(struct sample *s) { s->object.license = ""; }
static void stack_0(struct sample *s) { s->prog[0].stack_depth = 0; }
static void no_display(struct sample *s)
{
	s->insn_cnt[P_NATIVE] = 0;
	s->reloc[4] = s->reloc[--s->nrelocs];
	s->reloc[5] = s->reloc[--s->nrelocs];
}
static void no_btf_no_types(struct sample *s)
{
	s->btf_size = 0;
	s->map[M_COUNTERS].btf_value_type_id = 0;
}
static void cpu_entries(struct sample *s) { s->map[M_EVENTS].max_entries = 4; }

static const struct {
	const char *name;
	void (*change)(struct sample *s);
} accepted[] = {
	{ "program name with dots", prog_dot },
	{ "object name of 63 characters", edge_name },
	{ "map name of 127 characters", edge_map },
	{ "string of 1023 characters", edge_string },
	{ "build-id of 20 bytes", build_id_20 },
	{ "no licence", no_license },
	{ "no stack", stack_0 },
	{ "native program without instructions", no_display },
	{ "no BTF", no_btf_no_types },
	{ "writer leaves entries per CPU to the device", cpu_entries },
};

static void check_accepted(void)
{
	size_t i, size;

	for (i = 0; i < ARRAY_LEN(accepted); i++) {
		struct vorw_diag d = { "none", 0, 0, 0 };
		const char *why = "refused";
		struct sample s;
		enum vorw_reason r;
		u8 *buf;

		sample_init(&s);
		accepted[i].change(&s);
		r = sample_build(&s, &buf, &size, &d);
		if (!r)
			why = sample_broken(buf, size);
		if (!ok(!why, "%s", accepted[i].name))
			diag("%s: %s: %s at %u", why, vorw_reason_name(r),
			     d.what, d.where);
		free(buf);
	}
}

/* Opcodes after verification, kernel/bpf/core.c BPF_INSN_MAP and what is
 * beside it in ___bpf_prog_run() of 7.2: row high, column low half byte. */
static const char *const opcodes[16] = {
	"....++++....+..+",
	"....+++++...++++",
	".+..++++.+..++++",
	".+..++++.+..++++",
	".+..++++.+..++++",
	".+..++++....++++",
	".+++++++.+++++++",
	".+++++++.+++++++",
	".+..++.+.+......",
	".+..++.+....+..+",
	"....++++....++++",
	"....++++....++++",
	"..++++++....++++",
	"....++++...++++.",
	".....+..........",
	".....+..........",
};

static void check_opcodes(void)
{
	u32 code, wrong = 0, known = 0;

	for (code = 0; code < 256; code++) {
		struct vorw_diag d = { "none", 0, 0, 0 };
		enum vorw_reason r;
		struct sample s;
		bool refused;
		size_t size;
		u8 *buf;

		sample_init(&s);
		memset(&s.insns[P_BYTECODE][2], 0, sizeof(struct bpf_insn));
		s.insns[P_BYTECODE][2].code = (u8)code;
		r = sample_build(&s, &buf, &size, &d);
		/* calls and 64-bit loads want more, and are refused for that */
		refused = r && !strcmp(d.what, "instruction opcode");
		known += !refused;
		if (refused == (opcodes[code / 16][code % 16] == '+')) {
			diag("opcode %#x: %s", code, d.what);
			wrong++;
		}
		free(buf);
	}
	is(wrong, 0, "opcodes the interpreter knows");
	is(known, 129, "so many");
}

/* Everything put in comes out again, and nothing else. */
static void check_contents(void)
{
	struct vorw_parts parts;
	struct vorw_binding_h b;
	struct vorw_object_h o;
	struct vorw_reloc_h rel;
	struct vorw_part_h part;
	struct vorw_prog_h p;
	struct vorw_init_h n;
	struct vorw_map_h m;
	struct vorw_view v;
	struct sample s;
	size_t size;
	u8 *buf = sample_blob(&size);
	u32 i;

	sample_init(&s);
	is(sample_parse(buf, size, &parts, &v, NULL), VORW_R_OK, "parses");
	ok(!parts.sig && !parts.sig_size && parts.content_size == size,
	   "unsigned");
	vorw_get_binding(&v, &b);
	ok(!strcmp(b.release, s.binding.release) &&
	   !strcmp(b.target, s.binding.target) &&
	   !strcmp(b.cpu, s.binding.cpu), "binding: strings");
	ok(b.build_id_len == 8 && !memcmp(b.build_id, s.binding.build_id, 20),
	   "binding: build-id");
	ok(b.page_size == 4096 && b.hz == 250 && b.caps == 3,
	   "binding: page size, HZ, privileges");
	is(b.cpu_features, VORW_CPU_ARM_V7 | VORW_CPU_ARM_THUMB,
	   "binding: CPU features are those of the programs");
	vorw_get_object(&v, &o);
	ok(!strcmp(o.name, "sample") && !strcmp(o.tool, "vorw test") &&
	   !strcmp(o.license, "GPL") && !strcmp(o.core_btf, "00ff 24") &&
	   !memcmp(o.object_sha256, s.sha256, 32), "object");

	is(vorw_count(&v, VORW_SEC_MAPS), M_CNT, "maps");
	for (i = 0; i < M_CNT; i++) {
		const struct vorw_map_h *w = &s.map[i];

		vorw_get_map(&v, i, &m);
		ok(!strcmp(m.name, w->name) && m.type == w->type &&
		   m.key_size == w->key_size &&
		   m.value_size == w->value_size &&
		   m.max_entries == w->max_entries &&
		   m.map_flags == w->map_flags &&
		   m.map_extra == w->map_extra && m.inner == w->inner &&
		   m.flags == w->flags &&
		   m.btf_key_type_id == w->btf_key_type_id &&
		   m.btf_value_type_id == w->btf_value_type_id,
		   "map %s", w->name);
	}
	vorw_get_map(&v, M_RODATA, &m);
	vorw_get_init(&v, m.init_first, &n);
	ok(n.kind == VORW_INIT_BYTES && m.init_cnt == 1 &&
	   !memcmp(v.sec[VORW_SEC_DATA].p + n.value, s.init[0].bytes, 16),
	   "contents of .rodata");
	vorw_get_map(&v, M_JUMPS, &m);
	vorw_get_init(&v, m.init_first + 1, &n);
	ok(m.init_cnt == 2 && n.kind == VORW_INIT_PROG &&
	   n.value == P_CALLEE &&
	   vorw_le32(v.sec[VORW_SEC_DATA].p + n.key_off) == 2,
	   "contents of a program array");

	is(vorw_count(&v, VORW_SEC_PROGS), P_CNT, "programs");
	for (i = 0; i < P_CNT; i++) {
		const struct vorw_prog_h *w = &s.prog[i];

		vorw_get_prog(&v, i, &p);
		ok(!strcmp(p.name, w->name) &&
		   !strcmp(p.section, w->section) &&
		   !strcmp(p.form_why, w->form_why ? w->form_why : "") &&
		   !strcmp(p.attach, w->attach ? w->attach : ""),
		   "program %s: strings", w->name);
		ok(p.type == w->type &&
		   p.expected_attach_type == w->expected_attach_type &&
		   p.prog_flags == w->prog_flags &&
		   p.orig_insn_cnt == w->orig_insn_cnt && p.form == w->form &&
		   !memcmp(p.tag, w->tag, 8) && p.facts == w->facts &&
		   p.stack_depth == w->stack_depth &&
		   p.max_ctx_offset == w->max_ctx_offset &&
		   p.max_pkt_offset == w->max_pkt_offset &&
		   p.max_tp_access == w->max_tp_access &&
		   p.max_rdonly_access == w->max_rdonly_access &&
		   p.max_rdwr_access == w->max_rdwr_access &&
		   p.verified_insns == w->verified_insns &&
		   p.total_states == w->total_states &&
		   p.peak_states == w->peak_states &&
		   p.cpu_features == w->cpu_features &&
		   p.attach_kind == w->attach_kind,
		   "program %s: numbers", w->name);
		ok(p.part_cnt == (u32)(s.code_size[i] != 0) +
				 (s.second_size[i] != 0) &&
		   p.insn_cnt == s.insn_cnt[i], "program %s: images", w->name);
	}
	vorw_get_prog(&v, P_CALLEE, &p);
	vorw_get_part(&v, p.part_first + 1, &part);
	ok(part.tag[0] == 9 && part.tag[1] == P_CALLEE &&
	   part.code_size == s.second_size[P_CALLEE] && !part.reloc_cnt &&
	   part.stack_depth == 24 &&
	   part.facts == VORW_PF_TAIL_CALL_REACHABLE, "second part");
	vorw_get_prog(&v, P_NATIVE, &p);
	vorw_get_part(&v, p.part_first, &part);
	ok(vorw_le32(v.sec[VORW_SEC_CODE].p + part.code_off + 24) == 0xe12fff3c,
	   "code");
	ok(part.code_size == s.code_size[P_NATIVE], "size of the code");
	vorw_get_reloc(&v, part.reloc_first + 1, &rel);
	ok(rel.off == 8 && rel.kind == VORW_REL_MAP_VALUE &&
	   rel.form == VORW_ENC_ARM_MOVW_MOVT && rel.sym == M_RODATA &&
	   rel.addend == 4, "relocation of a map value");
	vorw_get_reloc(&v, part.reloc_first + 3, &rel);
	ok(!strcmp(vorw_get_string(&v, rel.sym), "jit_udiv32"),
	   "relocation of a kernel symbol");
	is(vorw_get_used_map(&v, p.used_map_first), M_RODATA,
	   "used maps keep their order");
	free(buf);
}

static void check_determinism(void)
{
	struct vorw_writer *w;
	u8 *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	size_t na, nb, nc, nd;
	struct sample s;
	u32 i;

	sample_init(&s);
	w = sample_writer(&s);
	vorw_writer_finish(w, &a, &na, NULL);
	vorw_writer_finish(w, &b, &nb, NULL);
	vorw_writer_free(w);
	ok(a && b && na == nb && !memcmp(a, b, na), "finished twice: same");
	sample_build(&s, &c, &nc, NULL);
	ok(c && na == nc && !memcmp(a, c, na), "built twice: same");
	for (i = 0; i < s.nrelocs / 2; i++) {
		__typeof__(s.reloc[0]) t = s.reloc[i];

		s.reloc[i] = s.reloc[s.nrelocs - 1 - i];
		s.reloc[s.nrelocs - 1 - i] = t;
	}
	{
		__typeof__(s.init[0]) t = s.init[2];

		s.init[2] = s.init[3];
		s.init[3] = t;
	}
	sample_build(&s, &d, &nd, NULL);
	ok(d && na == nd && !memcmp(a, d, na),
	   "order of relocations and array slots does not matter");
	ok(!sample_broken(a, na), "what was read gives the same bytes");
	for (i = 0, nb = 0; i + 6 < na; i++)
		nb += !memcmp(a + i, "socket", 7);
	is((long long)nb, 1, "equal strings are stored once");
	free(a);
	free(b);
	free(c);
	free(d);
}

static void check_limits(void)
{
	struct vorw_map_h m = { .type = BPF_MAP_TYPE_HASH };
	struct vorw_diag d = { "none", 0, 0, 0 };
	struct vorw_writer *w;
	struct vorw_prog_h p = { .name = "p" };
	u8 *buf, *big = calloc(1, VORW_MAX_BLOB + 1);
	size_t size;
	u32 i;

	w = vorw_writer_new(EM_ARM);
	for (i = 0; i <= VORW_MAX_MAPS; i++)
		vorw_writer_map(w, &m);
	is(vorw_writer_finish(w, &buf, &size, &d), VORW_R_LIMIT,
	   "one map too many");
	ok(!strcmp(d.what, "maps") && d.where == VORW_MAX_MAPS, "which one");
	vorw_writer_prog(w, &p);
	is(vorw_writer_finish(w, &buf, &size, &d), VORW_R_LIMIT,
	   "the first error sticks");
	vorw_writer_free(w);

	w = vorw_writer_new(EM_ARM);
	for (i = 0; i <= VORW_MAX_PROGS; i++)
		vorw_writer_prog(w, &p);
	is(vorw_writer_finish(w, &buf, &size, &d), VORW_R_LIMIT,
	   "one program too many");
	vorw_writer_free(w);

	w = vorw_writer_new(EM_ARM);
	vorw_writer_prog(w, &p);
	for (i = 0; i <= VORW_MAX_USED_MAPS; i++)
		vorw_writer_used_map(w, 0, i);
	is(vorw_writer_finish(w, &buf, &size, &d), VORW_R_LIMIT,
	   "one used map too many");
	vorw_writer_free(w);

	w = vorw_writer_new(EM_ARM);
	vorw_writer_prog(w, &p);
	vorw_writer_part(w, 0, &(struct vorw_part_h){ 0 }, big, VORW_MAX_BLOB);
	is(vorw_writer_finish(w, &buf, &size, &d), VORW_R_LIMIT,
	   "code as large as the limit leaves no room");
	vorw_writer_free(w);

	w = vorw_writer_new(EM_ARM);
	vorw_writer_btf(w, big, VORW_MAX_BLOB + 1);
	is(vorw_writer_finish(w, &buf, &size, &d), VORW_R_LIMIT,
	   "section above the limit");
	vorw_writer_free(w);
	free(big);

	w = vorw_writer_new(EM_ARM);
	is(vorw_writer_finish(w, &buf, &size, &d), VORW_R_MALFORMED,
	   "nothing added");
	ok(!strcmp(d.what, "missing section"), "what is missing");
	vorw_writer_free(w);
	vorw_writer_free(NULL);
}

/* A blob as large as the limits on numbers allow is accepted. */
static void check_edges(void)
{
	static const struct bpf_insn exit_insn = { .code = 0x95 };
	struct bpf_insn *insns = calloc(VORW_MAX_INSNS, sizeof(*insns));
	struct vorw_diag d = { "none", 0, 0, 0 };
	struct vorw_writer *w = vorw_writer_new(EM_ARM);
	char name[32];
	struct sample s;
	enum vorw_reason r;
	size_t size = 0;
	u8 *buf;
	u32 i;

	sample_init(&s);
	s.object.object_sha256 = s.sha256;
	vorw_writer_binding(w, &s.binding);
	vorw_writer_object(w, &s.object);
	for (i = 0; i < VORW_MAX_MAPS; i++) {
		snprintf(name, sizeof(name), "map%u", i);
		s.map[0].name = name;
		s.map[0].btf_value_type_id = 0;
		vorw_writer_map(w, &s.map[0]);
	}
	for (i = 0; i < VORW_MAX_INSNS; i++)
		insns[i] = exit_insn;
	for (i = 0; i < VORW_MAX_PROGS; i++) {
		snprintf(name, sizeof(name), "prog%u", i);
		s.prog[P_BYTECODE].name = name;
		s.prog[P_BYTECODE].orig_insn_cnt = VORW_MAX_INSNS;
		vorw_writer_prog(w, &s.prog[P_BYTECODE]);
		vorw_writer_insns(w, i, insns, i ? 1 : VORW_MAX_INSNS);
	}
	for (i = 0; i < VORW_MAX_USED_MAPS; i++)
		vorw_writer_used_map(w, 255, i * 4);
	r = vorw_writer_finish(w, &buf, &size, &d);
	if (!is(r, VORW_R_OK, "maps, programs, used maps, instructions"))
		diag("%s at %u", d.what, d.where);
	ok(buf && !sample_broken(buf, size), "and can be read and written");
	free(buf);
	free(insns);
	vorw_writer_free(w);
}

/* One program that calls n kernel routines. */
static enum vorw_reason many_strings(u32 n, struct vorw_diag *d)
{
	struct vorw_writer *w = vorw_writer_new(EM_ARM);
	u8 *code = malloc(n * 8), *buf;
	char name[32];
	struct sample s;
	enum vorw_reason r;
	size_t size;
	u32 i;

	sample_init(&s);
	s.object.object_sha256 = s.sha256;
	vorw_writer_binding(w, &s.binding);
	vorw_writer_object(w, &s.object);
	vorw_writer_prog(w, &s.prog[P_CALLEE]);
	for (i = 0; i < n; i++) {
		vorw_put32(code + i * 8, 0xe3000000);
		vorw_put32(code + i * 8 + 4, 0xe3400000);
	}
	vorw_writer_part(w, 0, &(struct vorw_part_h){ 0 }, code, n * 8);
	for (i = 0; i < n; i++) {
		struct vorw_reloc_h h = {
			.off = i * 8, .kind = VORW_REL_KSYM,
			.form = VORW_ENC_ARM_MOVW_MOVT };

		snprintf(name, sizeof(name), "routine%u", i);
		vorw_writer_reloc(w, 0, 0, &h, name);
	}
	r = vorw_writer_finish(w, &buf, &size, d);
	free(buf);
	free(code);
	vorw_writer_free(w);
	return r;
}

static void check_many_strings(void)
{
	/* release, target, cpu, name, tool, licence, BTF, program, section */
	const u32 others = 9;
	struct vorw_diag d = { "none", 0, 0, 0 };

	is(many_strings(VORW_MAX_STRING_CNT - others, &d), VORW_R_OK,
	   "as many strings as there may be");
	is(many_strings(VORW_MAX_STRING_CNT - others + 1, &d), VORW_R_LIMIT,
	   "one string too many");
	ok(!strcmp(d.what, "strings"), "which limit");
}

static void check_signature(void)
{
	size_t plain_size, size, again_size;
	u8 der[VORW_MAX_SIG + 1], *plain = sample_blob(&plain_size);
	u8 *buf, *again;
	struct vorw_parts parts;
	struct vorw_diag d;

	memset(der, 0x5a, sizeof(der));
	is(vorw_append_sig(plain, plain_size, der, 300, &buf, &size, &d),
	   VORW_R_OK, "signature appended");
	is((long long)size, (long long)plain_size + 16 + 300, "total size");
	vorw_locate(buf, size, &parts, &d);
	ok(parts.content_size == plain_size &&
	   !memcmp(parts.content, plain, plain_size),
	   "content is the unsigned blob");
	ok(parts.sig_size == 300 && !memcmp(parts.sig, der, 300),
	   "signature is found");
	is(vorw_append_sig(buf, size, der, VORW_MAX_SIG, &again, &again_size,
			   &d), VORW_R_OK, "signature replaced");
	is((long long)again_size, (long long)plain_size + 16 + VORW_MAX_SIG,
	   "size with the largest signature");
	free(again);
	is(vorw_append_sig(plain, plain_size, der, VORW_MAX_SIG + 1, &again,
			   &again_size, &d), VORW_R_LIMIT,
	   "signature above the limit");
	is(vorw_append_sig(plain, plain_size, der, 0, &again, &again_size,
			   &d), VORW_R_SIG_FORMAT, "empty signature");
	is(vorw_append_sig(plain, plain_size - 8, der, 1, &again,
			   &again_size, &d), VORW_R_TRUNCATED,
	   "signature for half a blob");
	ok(!again && !again_size, "nothing is returned then");
	free(buf);
	free(plain);
}

int main(void)
{
	check_contents();
	check_accepted();
	check_refused();
	check_opcodes();
	check_determinism();
	check_limits();
	check_edges();
	check_many_strings();
	check_signature();
	return tap_done();
}
