// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_relink.c - addresses in instructions and in code: found, told apart from
 * constants, and every byte of an image explained.
 */
#include <stdio.h>
#include <stdlib.h>
#include "fake_guest.h"
#include "mini_jit.h"
#include "tests/unit/tap.h"

#define INSN(c, d, s, o, i) { .code = c, .dst_reg = d, .src_reg = s, \
			      .off = o, .imm = (s32)(i) }
#define MOV(d, i)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define EXIT		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define CALL(a)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, (a) - MINI_CALL_BASE)
#define CALL_ARGS(a)	INSN(BPF_JMP | 0xe0, 0, 1, 3, (a) - MINI_CALL_BASE)
#define LD64(d, v)	INSN(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, v), \
			INSN(0, 0, 0, 0, 0)
#define DIV		INSN(BPF_ALU | BPF_DIV | BPF_X, 0, 6, 0, 0)

#define MAP_A		0xc2001000u	/* in the first load */
#define MAP_B		0xc2345000u	/* in the second */
#define VAL_A		0xe0800010u
#define VAL_B		0xe0900010u
#define LOOKUP		0xc0200004u	/* helper 1, also 300 */
#define LD_ABS		0xc0300008u	/* bpf_skb_load_helper_8_no_cache */
#define RUN_ARGS	0xc0400000u	/* __bpf_prog_run_args64 */
#define OTHER		0xc0500000u	/* a kernel function of no list */
#define TWICE		0xc0600000u	/* a listed name that exists twice */

static struct session s;
static struct vprog prog;
static struct guest_map maps_a[2], maps_b[2];
static struct guest_maps ma = { .nmaps = 2, .maps = maps_a };
static struct guest_maps mb = { .nmaps = 2, .maps = maps_b };
static u32 used[] = { 0, 1 };

static void setup(void)
{
	static const struct { const char *name; u32 addr, same; } syms[] = {
		{ "jit_udiv32", MINI_UDIV32, 1 },
		{ "bpf_skb_load_helper_8_no_cache", LD_ABS, 1 },
		{ "__bpf_prog_run_args64", RUN_ARGS, 1 },
		{ "commit_creds", OTHER, 1 },
		{ "bpf_skb_load_helper_16", TWICE, 2 },
	};
	size_t i;

	s.arch = &vorw_arch_arm;
	strcpy(s.hello.release, "6.1.0");
	s.hello.call_base = MINI_CALL_BASE;
	s.hello.call_base_args = MINI_CALL_BASE;
	s.progs = &prog;
	maps_a[0] = (struct guest_map){ .kaddr = MAP_A };
	maps_b[0] = (struct guest_map){ .kaddr = MAP_B };
	maps_a[1] = (struct guest_map){ .kaddr = MAP_A + 0x400,
					.value_addr = VAL_A, .value_len = 64 };
	maps_b[1] = (struct guest_map){ .kaddr = MAP_B + 0x400,
					.value_addr = VAL_B, .value_len = 64 };
	fake = (struct fake_guest){ .lie_at = ~0u, .nhelpers = 3,
		.helpers = { { 300, LOOKUP }, { 1, LOOKUP }, { 2, 0xc0200100 } },
		.nsyms = ARRAY_LEN(syms) };
	for (i = 0; i < ARRAY_LEN(syms); i++) {
		snprintf(fake.syms[i].name, sizeof(fake.syms[i].name), "%s",
			 syms[i].name);
		fake.syms[i].addr = syms[i].addr;
		fake.syms[i].same_name = syms[i].same;
	}
}

/* ---- classify ---- */

static const struct {
	const char *name;
	struct bpf_insn a[2], b[2];
	enum vorw_reason want;
	u32 kind, sym, addend;		/* kind 0: no relocation */
} classes[] = {
	{ "map pointer", { LD64(1, MAP_A) }, { LD64(1, MAP_B) },
	  VORW_R_OK, VORW_REL_MAP, 0, 0 },
	{ "map value", { LD64(1, VAL_A + 8) }, { LD64(1, VAL_B + 8) },
	  VORW_R_OK, VORW_REL_MAP_VALUE, 1, 8 },
	{ "constant", { LD64(1, 5) }, { LD64(1, 5) }, VORW_R_OK, 0, 0, 0 },
	{ "constant that equals a map's address",
	  { LD64(1, MAP_A) }, { LD64(1, MAP_A) }, VORW_R_OK, 0, 0, 0 },
	{ "constant that equals the other load's address",
	  { LD64(1, MAP_B) }, { LD64(1, MAP_B) }, VORW_R_OK, 0, 0, 0 },
	{ "address that moves otherwise", { LD64(1, MAP_A) },
	  { LD64(1, MAP_B + 4) }, VORW_R_RELINK, 0, 0, 0 },
	{ "address behind the value", { LD64(1, VAL_A + 64) },
	  { LD64(1, VAL_B + 64) }, VORW_R_RELINK, 0, 0, 0 },
	{ "other offset into the value", { LD64(1, VAL_A + 8) },
	  { LD64(1, VAL_B + 12) }, VORW_R_RELINK, 0, 0, 0 },
	{ "moving address of nothing", { LD64(1, 0xd0000000) },
	  { LD64(1, 0xd0001000) }, VORW_R_RELINK, 0, 0, 0 },
	{ "helper: the lowest id", { CALL(LOOKUP), EXIT },
	  { CALL(LOOKUP), EXIT }, VORW_R_OK, VORW_REL_HELPER, 1, 0 },
	{ "routine on the list", { CALL(LD_ABS), EXIT },
	  { CALL(LD_ABS), EXIT }, VORW_R_OK, VORW_REL_KSYM, 0, 0 },
	{ "routine not on the list", { CALL(OTHER), EXIT },
	  { CALL(OTHER), EXIT }, VORW_R_RELINK, 0, 0, 0 },
	{ "into the middle of a routine", { CALL(LD_ABS + 4), EXIT },
	  { CALL(LD_ABS + 4), EXIT }, VORW_R_RELINK, 0, 0, 0 },
	{ "ambiguous routine", { CALL(TWICE), EXIT }, { CALL(TWICE), EXIT },
	  VORW_R_RELINK, 0, 0, 0 },
	{ "call of nothing", { CALL(0x1000), EXIT }, { CALL(0x1000), EXIT },
	  VORW_R_RELINK, 0, 0, 0 },
	{ "interpreter entry", { CALL_ARGS(RUN_ARGS), EXIT },
	  { CALL_ARGS(RUN_ARGS), EXIT }, VORW_R_OK, VORW_REL_INTERP, 64, 0 },
	{ "interpreter entry, another function", { CALL_ARGS(OTHER), EXIT },
	  { CALL_ARGS(OTHER), EXIT }, VORW_R_RELINK, 0, 0, 0 },
	{ "native subprogram call",
	  { INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1), EXIT },
	  { INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1), EXIT },
	  VORW_R_UNSUPPORTED, 0, 0, 0 },
	{ "kernel function call",
	  { INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, 1), EXIT },
	  { INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, 1), EXIT },
	  VORW_R_UNSUPPORTED, 0, 0, 0 },
	{ "other instructions", { MOV(0, 1), EXIT }, { MOV(0, 2), EXIT },
	  VORW_R_RELINK, 0, 0, 0 },
	{ "half a load at the end",
	  { EXIT, INSN(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 0) },
	  { EXIT, INSN(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 0) },
	  VORW_R_RELINK, 0, 0, 0 },
};

static void test_classify(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(classes); i++) {
		struct guest_prog a = { .insn_cnt = 2, .nused_maps = 2,
			.used_maps = used,
			.insns = (struct bpf_insn *)classes[i].a };
		struct guest_prog b = a;
		struct vorw_err e = { 0 };
		struct vreloc *rel = NULL;
		u32 n = 0;
		bool structural, good;

		setup();
		b.insns = (struct bpf_insn *)classes[i].b;
		good = classify(&s, 0, WHOLE_PROGRAM, &a, &ma, &b, &mb, &rel, &n, &structural,
				&e);
		if (!ok(e.reason == classes[i].want &&
			good == (e.reason == VORW_R_OK) &&
			n == (classes[i].kind != 0) &&
			(!n || (rel->kind == classes[i].kind &&
				rel->sym == classes[i].sym &&
				rel->addend == classes[i].addend)),
			"classify: %s", classes[i].name))
			diag("%s: %s, %u relocations, kind %u sym %u",
			     vorw_reason_name(e.reason), e.msg, n,
			     n ? rel->kind : 0, n ? rel->sym : 0);
		free(rel);
	}
}

/* Since 7.2 the interpreter's entries are called by index. */
static void test_indexed_call(void)
{
	struct bpf_insn in[] = { INSN(BPF_JMP | 0xe0, 0, 1, 1, 0), EXIT };
	struct guest_prog a = { .insn_cnt = 2, .insns = in };
	struct vorw_err e = { 0 };
	struct vreloc *rel = NULL;
	bool structural;
	u32 n = 0;

	setup();
	s.hello.call_base_args = 0;
	ok(classify(&s, 0, WHOLE_PROGRAM, &a, &ma, &a, &mb, &rel, &n, &structural, &e) && !n,
	   "classify: a call by index needs no relocation");
	free(rel);
}

/*
 * Addresses in the kernel image, on a kernel that is elsewhere in each boot:
 * each is a relocation or refused, none stays in the code as a number.
 */
#define X86_START	0xffffffff9a000000ull
#define X86_END		0xffffffff9c000000ull
#define JIFFIES		(X86_START + 0x1a05a80)
#define CPU_NUMBER	(X86_START + 0x1b3f00c)
#define UNLISTED	(X86_START + 0x1a06000)
#define LONG(v)		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, v), \
			INSN(0, 0, 0, 0, (v) >> 32)
#define IMM(v)		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, (s32)(v))
#define PERCPU		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 3, -1, 0)

static const struct {
	const char *name;
	struct bpf_insn in[2];
	enum vorw_reason want;
	u16 form;			/* 0: no relocation */
} images[] = {
	{ "variable", { LONG(JIFFIES) }, VORW_R_OK, VORW_ENC_BPF_LD64 },
	{ "inside of a variable", { LONG(JIFFIES + 4) }, VORW_R_RELINK, 0 },
	{ "variable of no list", { LONG(UNLISTED) }, VORW_R_RELINK, 0 },
	{ "address of no symbol", { LONG(X86_START + 8) },
	  VORW_R_RELINK, 0 },
	{ "the byte before the image", { LONG(X86_START - 1) },
	  VORW_R_OK, 0 },
	{ "the byte behind it", { LONG(X86_END) }, VORW_R_OK, 0 },
	{ "per-CPU variable", { IMM(CPU_NUMBER), PERCPU },
	  VORW_R_OK, VORW_ENC_BPF_MOVS32 },
	{ "per-CPU variable of no list", { IMM(UNLISTED), PERCPU },
	  VORW_R_RELINK, 0 },
	{ "inside of a per-CPU variable", { IMM(CPU_NUMBER + 4), PERCPU },
	  VORW_R_RELINK, 0 },
	{ "per-CPU address before the image", { IMM(X86_START - 64), PERCPU },
	  VORW_R_RELINK, 0 },
	{ "per-CPU address behind it", { IMM(X86_END), PERCPU },
	  VORW_R_RELINK, 0 },
	{ "per-CPU offset", { IMM(0x2d5c), PERCPU }, VORW_R_OK, 0 },
	{ "constant of an object", { IMM(CPU_NUMBER), EXIT }, VORW_R_OK, 0 },
};

static void test_image_addresses(void)
{
	static const struct { const char *name; u64 addr; } syms[] = {
		{ "jiffies", JIFFIES }, { "cpu_number", CPU_NUMBER },
		{ "modprobe_path", UNLISTED },
	};
	size_t i;

	setup();
	s.arch = &vorw_arch_x86;
	s.hello.image_start = X86_START;
	s.hello.image_end = X86_END;
	fake.nsyms = ARRAY_LEN(syms);
	for (i = 0; i < ARRAY_LEN(syms); i++) {
		strcpy(fake.syms[i].name, syms[i].name);
		fake.syms[i].addr = syms[i].addr;
		fake.syms[i].same_name = 1;
	}
	for (i = 0; i < ARRAY_LEN(images); i++) {
		struct guest_prog a = { .insn_cnt = 2,
			.insns = (struct bpf_insn *)images[i].in };
		struct vorw_err e = { 0 };
		struct vreloc *rel = NULL;
		bool structural;
		u32 n = 0;

		classify(&s, 0, WHOLE_PROGRAM, &a, &ma, &a, &mb, &rel, &n,
			 &structural, &e);
		if (!ok(e.reason == images[i].want &&
			n == (images[i].form != 0) &&
			(!n || (rel->kind == VORW_REL_KVAR &&
				rel->form == images[i].form)),
			"kernel elsewhere: %s", images[i].name))
			diag("%s: %s, %u relocations",
			     vorw_reason_name(e.reason), e.msg, n);
		free(rel);
	}
	memset(&s.hello, 0, sizeof(s.hello));
}

static void test_maps_apart(void)
{
	static const struct {
		const char *name;
		u32 at;			/* map of the second load */
		u64 kaddr, value_addr;
		u32 value_len, template_only;
		bool want;
	} t[] = {
		{ "elsewhere", 0, MAP_B, 0, 0, 0, true },
		{ "the same map twice", 0, MAP_A, 0, 0, 0, false },
		{ "another's place", 0, MAP_A + 0x400, 0, 0, 0, false },
		{ "a template has none", 0, MAP_A, 0, 0, 1, true },
		{ "same value", 1, MAP_B + 0x400, VAL_A, 64, 0, false },
		{ "end of a value", 1, MAP_B + 0x400, VAL_A + 63, 64, 0, false },
		{ "over the end of memory", 1, MAP_B + 0x400, ~0ull - 8, 64, 0,
		  false },
		{ "behind a value", 1, MAP_B + 0x400, VAL_A + 64, 64, 0, true },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(t); i++) {
		struct vorw_err e = { 0 };

		setup();
		maps_b[t[i].at] = (struct guest_map){ .kaddr = t[i].kaddr,
			.value_addr = t[i].value_addr,
			.value_len = t[i].value_len,
			.template_only = t[i].template_only };
		ok(maps_apart(&ma, &mb, &e) == t[i].want &&
		   e.reason == (t[i].want ? VORW_R_OK : VORW_R_GUEST),
		   "maps of two loads: %s", t[i].name);
	}
	setup();
	maps_a[1].value_addr = ~0ull - 8;
	ok(!maps_apart(&ma, &mb, &(struct vorw_err){ 0 }),
	   "maps of two loads: value behind all memory");
}

/* Terminals obey control characters; a message is one line of ASCII. */
static void test_message(void)
{
	struct vorw_err e = { 0 };

	vorw_fail(&e, VORW_R_IO, "%s",
		  "a\nb\033[2J\302\2332J\2332J\342\200\256\177");
	ok(!strcmp(e.msg, "a b?[2J??2J?2J????"), "message of hostile text");
}

/* ---- relink ---- */

static const struct bpf_insn program[] = {
	MOV(0, 1),
	LD64(1, MAP_A),
	CALL(LOOKUP),
	LD64(1, VAL_A + 8),
	LD64(1, MAP_A),		/* a constant, in the second load the same */
	MOV(6, 3),
	DIV,
	CALL(LOOKUP),
	EXIT,
};
#define N ARRAY_LEN(program)

static u32 kernel_image[MINI_MAX_WORDS];
static struct guest_part part;
static struct vpart vp;

/* One natively compiled function: prog.cap's. */
static void one_part(u32 words)
{
	part = (struct guest_part){ .insns = prog.cap.insns,
		.insn_cnt = prog.cap.insn_cnt, .image = (u8 *)kernel_image,
		.image_len = words * 4, .stack_depth = prog.cap.stack_depth,
		.addr = 0xbf000000 };
	vp = (struct vpart){ 0 };
	prog.cap.parts = &part;
	prog.cap.nparts = 1;
	prog.parts = &vp;
}

static bool relink(struct vorw_err *e, u32 kernel_word, u32 kernel_xor)
{
	static struct bpf_insn insns[N];
	struct bpf_insn other[N];
	struct guest_prog b;
	bool structural, good;
	u32 words;

	memcpy(insns, program, sizeof(insns));
	memcpy(other, program, sizeof(other));
	other[1].imm = MAP_B;
	other[4].imm = VAL_B + 8;
	words = fake_compile(insns, N, kernel_image);
	if (kernel_xor)
		kernel_image[kernel_word] ^= kernel_xor;
	prog = (struct vprog){ .cap = { .insn_cnt = N, .insns = insns,
		.nused_maps = 2, .used_maps = used, .stack_depth = 16 } };
	one_part(words);
	b = prog.cap;
	b.insns = other;
	*e = (struct vorw_err){ 0 };
	good = classify(&s, 0, WHOLE_PROGRAM, &prog.cap, &ma, &b, &mb, &vp.rel,
			&vp.nrel, &structural, e) &&
	       relink_native(&s, 0, 1, e);
	return good;
}

static void drop(void)
{
	free(vp.rel);
	free(vp.image);
	free(vp.crel);
	vp = (struct vpart){ 0 };
	prog = (struct vprog){ 0 };
}

static void test_relink(void)
{
	static const struct { u32 kind, sym, addend; } want[] = {
		{ VORW_REL_MAP, 0, 0 }, { VORW_REL_HELPER, 1, 0 },
		{ VORW_REL_MAP_VALUE, 1, 8 }, { VORW_REL_KSYM, 0, 0 },
		{ VORW_REL_HELPER, 1, 0 },
	};
	struct vorw_err e;
	u32 i, k, words, missed, lies;

	setup();
	ok(relink(&e, 0, 0), "honest guest");
	if (e.reason)
		diag("%s", e.msg);
	is(vp.ncrel, ARRAY_LEN(want), "its relocations");
	for (i = 0; i < ARRAY_LEN(want) && i < vp.ncrel; i++)
		ok(vp.crel[i].kind == want[i].kind &&
		   (want[i].kind == VORW_REL_KSYM ||
		    vp.crel[i].sym == want[i].sym) &&
		   vp.crel[i].addend == want[i].addend,
		   "relocation %u: kind %u", i, want[i].kind);
	ok(vp.ncrel > 3 && !strcmp(vp.crel[3].ksym, "jit_udiv32"),
	   "the JIT's own routine by name");
	words = vp.image_len / 4;
	drop();

	/* every bit of the kernel's image and of each of the four clones */
	for (i = 0, missed = 0; i < words * 32; i++) {
		setup();
		missed += relink(&e, i / 32, 1u << i % 32);
		missed += e.reason != VORW_R_RELINK;
		drop();
	}
	is(missed, 0, "a bit of the kernel's own image, not noticed");
	for (k = 0; k < 4; k++) {
		for (i = 0, missed = 0, lies = 0; i < words * 32; i++) {
			setup();
			fake.lie_at = k;
			fake.lie_word = i / 32;
			fake.lie_xor = 1u << i % 32;
			missed += relink(&e, 0, 0);
			lies++;
			missed += e.reason != VORW_R_RELINK &&
				  e.reason != VORW_R_NATIVE_CODE;
			drop();
		}
		is(missed, 0, "clone %u: one of %u bits, not noticed", k, lies);
		setup();
		fake.lie_at = k;
		fake.lie_len = 1;
		ok(!relink(&e, 0, 0), "clone %u shorter than the others", k);
		drop();
		setup();
		fake.lie_at = k;
		fake.lie_len = words;
		ok(!relink(&e, 0, 0), "clone %u not compiled", k);
		drop();
	}
	setup();
	fake.nsyms = 0;
	ok(!relink(&e, 0, 0) && e.reason == VORW_R_RELINK,
	   "call of a routine without a name");
	drop();
}

/* A guest that the object has taken over lies the same in every image. */
static void test_consistent_lie(void)
{
	static const struct { const char *name; u32 word; } evil[] = {
		{ "svc", 0xef000000 }, { "mcr", 0xee010f10 },
		{ "bx lr", 0xe12fff1e }, { "str r0, [fp, #4]", 0xe58b0004 },
		{ "cps", 0xf1020013 }, { "mov pc, r0", 0xe1a0f000 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(evil); i++) {
		struct img { u32 w[64]; } m;
		struct vcode c = { .p = (u8 *)m.w, .stack_depth = 16 };
		struct bpf_insn in[] = { MOV(0, 1), MOV(0, 1), EXIT };
		struct vorw_err e = { 0 };
		u32 f = 0;

		c.insns = in;
		c.ninsns = 3;
		c.len = 4 * fake_compile(in, 3, m.w);
		m.w[10] = evil[i].word;
		ok(!vorw_arch_arm.validate(&c, "test", &f, &e) &&
		   e.reason == VORW_R_NATIVE_CODE,
		   "the same foreign instruction in all images: %s",
		   evil[i].name);
	}
}

/* Two addresses, exchanged the same way in all images. */
static void test_exchanged(void)
{
	static struct bpf_insn insns[] = {
		LD64(1, MAP_A), LD64(1, MAP_A + 0x400), MOV(0, 1), EXIT,
	};
	struct vreloc *rel = calloc(2, sizeof(*rel));
	struct vorw_err e = { 0 };

	setup();
	fake.swap = true;
	rel[0] = (struct vreloc){ .kind = VORW_REL_MAP,
				  .form = VORW_ENC_BPF_LD64, .addr = MAP_A };
	rel[1] = (struct vreloc){ .off = 16, .kind = VORW_REL_MAP, .sym = 1,
				  .form = VORW_ENC_BPF_LD64,
				  .addr = MAP_A + 0x400 };
	prog = (struct vprog){ .cap = {
		.insn_cnt = ARRAY_LEN(insns), .insns = insns,
		.nused_maps = 2, .used_maps = used, .stack_depth = 16 } };
	insns[0].imm = MAP_A + 0x400;
	insns[2].imm = MAP_A;
	one_part(fake_compile(insns, ARRAY_LEN(insns), kernel_image));
	vp.rel = rel;
	vp.nrel = 2;
	insns[0].imm = MAP_A;
	insns[2].imm = MAP_A + 0x400;
	ok(!relink_native(&s, 0, 1, &e) && e.reason == VORW_R_RELINK &&
	   strstr(e.msg, "next in the program"),
	   "two addresses exchanged in all images");
	if (!e.reason || e.reason != VORW_R_RELINK)
		diag("%d %s", e.reason, e.msg);
	drop();
}

/* ---- which programs go native ---- */

static void test_forms(void)
{
	static const struct {
		const char *name;
		struct bpf_insn in[2];
		enum vorw_reason want;
		bool newer;		/* than 6.7 */
	} t[] = {
		{ "64-bit division", { INSN(BPF_ALU64 | BPF_DIV | BPF_X, 0, 1, 0, 0),
				       EXIT }, VORW_R_OK, false },
		{ "64-bit division, not since 6.7",
		  { INSN(BPF_ALU64 | BPF_DIV | BPF_X, 0, 1, 0, 0), EXIT },
		  VORW_R_GUEST, true },
		{ "atomic operation", { INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1,
					     0, BPF_ADD), EXIT }, VORW_R_OK, false },
		{ "call of a subprogram", { CALL_ARGS(RUN_ARGS), EXIT },
		  VORW_R_OK, false },
		{ "read of a kernel struct", { INSN(BPF_LDX | 0x20, 0, 1, 0, 0),
					       EXIT }, VORW_R_OK, false },
		{ "no reason", { INSN(BPF_ALU64 | BPF_SUB | BPF_X, 0, 1, 0, 0),
				 EXIT }, VORW_R_GUEST, false },
		{ "a constant that looks like a reason",
		  { INSN(BPF_LD | BPF_IMM | BPF_DW, 2, 0, 0, 1),
		    INSN(BPF_JMP | 0xe0, 0, 0, 0, 0) }, VORW_R_GUEST, false },
	};
	static struct guest_prog ref;
	size_t i;

	for (i = 0; i < ARRAY_LEN(t); i++) {
		struct vorw_err e = { 0 };

		setup();
		fake.not_compiled = true;
		if (t[i].newer)
			strcpy(s.hello.release, "6.12.1-armmp");
		prog = (struct vprog){ .load = true };
		ref = (struct guest_prog){ .insn_cnt = 2,
			.insns = (struct bpf_insn *)t[i].in };
		s.ref = &ref;
		s.open.nprogs = 1;
		ok(forms_choose(&s, false, &e) == (t[i].want == VORW_R_OK) &&
		   e.reason == t[i].want, "left to the interpreter: %s",
		   t[i].name);
		if (e.reason)
			diag("%s", e.msg);
	}
	s.ref = NULL;
	s.open.nprogs = 0;
	prog = (struct vprog){ 0 };
}

int main(void)
{
	test_exchanged();
	test_forms();
	test_image_addresses();
	test_maps_apart();
	test_message();
	test_classify();
	test_indexed_call();
	test_relink();
	test_consistent_lie();
	return tap_done();
}
