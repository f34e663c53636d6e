// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_a64_code.c - arm64: what the validator takes and refuses, which images are
 * the same code, and addresses to compile with.
 */
#include <stdlib.h>
#include <string.h>
#include "a64.h"
#include "vorw_bytes.h"
#include "vorw_reloc.h"
#include "tests/unit_host/code.h"

static const struct bpf_insn program[] = {
	LD64(R1, 0, 0),
	I(BPF_JMP | BPF_CALL, 0, 0, 0, 0),
	I(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1, 0),
	I(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 2),
	EXIT,
};

/* The same, as the JIT of 6.1 compiles it with 16 bytes of stack; assembled
 * with aarch64-linux-gnu-as 2.40. */
static const u32 code[] = {
	0x910003c9, 0xd503201f, 0xd503233f,	/* mov x9, x30; nop; paciasp */
	0xa9bf7bfd, 0x910003fd, 0xa9bf53f3, 0xa9bf5bf5, 0xa9bf6bf9,
	0xa9bf73fb, 0x910003f9, 0xd280001a,
	0xd100033b, 0xd10043ff,			/* sub x27, …; sub sp, … */
#define LOAD	13
	0xd2e00000, 0xf2c00000, 0xf2a00000, 0xf2800000,
#define CALL	17
	0x9280000a, 0xf2a0000a, 0xf2c0000a, 0xd63f0140, 0x91000007,
#define COMPARE	22
	0xf10000ff, 0x54000040,			/* cmp x7, #0; b.eq */
#define PLAIN	24
	0xd2800047,				/* mov x7, #2 */
#define END	25
	0x910043ff, 0xa8c173fb, 0xa8c16bf9, 0xa8c15bf5, 0xa8c153f3,
	0xa8c17bfd, 0x910000e0, 0xd50323bf, 0xd65f03c0,
	0x5800004a, 0xd61f0140, 0, 0,
};
#define N ARRAY_LEN(code)

#define MAP_ADDR	0xffff000012345678ull
#define HELPER_ADDR	0xffff800008123450ull
#define TRAMP_ADDR	0xffff800008001000ull

struct img {
	u8 p[4 * (N + 8)];
	u32 n;
	struct bpf_insn insns[ARRAY_LEN(program)];
	struct vreloc rel[3], insn_rel[2];
	struct vcode c;
};

static void make(struct img *m)
{
	u32 i;

	memset(m, 0, sizeof(*m));
	memcpy(m->insns, program, sizeof(program));
	for (i = 0; i < N; i++)
		vorw_put32(m->p + 4 * i, code[i]);
	m->insn_rel[0] = (struct vreloc){ .kind = VORW_REL_MAP,
		.form = VORW_ENC_BPF_LD64, .addr = MAP_ADDR };
	m->insn_rel[1] = (struct vreloc){ .off = 16, .sym = 1,
		.kind = VORW_REL_HELPER, .form = VORW_ENC_BPF_CALL,
		.addr = HELPER_ADDR };
	m->rel[0] = m->insn_rel[0];
	m->rel[0].off = LOAD * 4;
	m->rel[0].form = VORW_ENC_A64_MOVZ;
	m->rel[1] = m->insn_rel[1];
	m->rel[1].off = CALL * 4;
	m->rel[1].form = VORW_ENC_A64_MOVN;
	m->rel[2] = (struct vreloc){ .off = (N - 2) * 4, .addr = TRAMP_ADDR,
		.kind = VORW_REL_KSYM, .form = VORW_ENC_A64_LITERAL,
		.ksym = "dummy_tramp" };
	m->c = (struct vcode){ .p = m->p, .len = N * 4, .rel = m->rel,
		.nrel = 3, .insns = m->insns, .ninsns = ARRAY_LEN(program),
		.insn_rel = m->insn_rel, .ninsn_rel = 2, .stack_depth = 16 };
}

static bool valid(const struct img *m, u32 *features)
{
	return takes(&vorw_arch_arm64, &m->c, features);
}

/* One word in the place of a plain instruction. */
static void test_words(void)
{
	static const struct { const char *name; u32 word; bool ok; } t[] = {
		{ "add x7, x7, x0", 0x8b0000e7, true },
		{ "neg x7, x7", 0xcb0703e7, true },
		{ "udiv w7, w7, w0", 0x1ac008e7, true },
		{ "ldr x7, [x25, x10]", 0xf86a6b27, true },
		{ "str x7, [x27, #8]", 0xf9000767, true },
		{ "ldrb w7, [x0]", 0x39400007, true },
		{ "mov x25, #0: the frame", 0xd2800019, false },
		{ "mov x27, #0: its lower end", 0xd280001b, false },
		{ "mov x26, #0: the counter", 0xd280001a, false },
		{ "add sp, sp, #16", 0x910043ff, false },
		{ "mov x30, x0", 0xaa0003fe, false },
		{ "str x7, [sp]", 0xf90003e7, false },
		{ "ldr x7, [x29]", 0xf94003a7, false },
		{ "stp x0, x1, [x2]", 0xa9000440, false },
		{ "svc #0", 0xd4000001, false },
		{ "hvc #0", 0xd4000002, false },
		{ "brk #0", 0xd4200000, false },
		{ "eret", 0xd69f03e0, false },
		{ "ret", 0xd65f03c0, false },
		{ "br x0", 0xd61f0000, false },
		{ "blr x0", 0xd63f0000, false },
		{ "bl .+8", 0x94000002, false },
		{ "msr daifset, #2", 0xd50342df, false },
		{ "msr ttbr0_el1, x0", 0xd5182000, false },
		{ "mrs x7, sp_el0", 0xd5384107, false },
		{ "dc civac, x0", 0xd50b7e20, false },
		{ "tlbi vmalle1", 0xd508871f, false },
		{ "adr x7, .", 0x10000007, false },
		{ "ldr x7, .+8", 0x58000047, false },
		{ "movk x7, #1", 0xf2800027, false },
		{ "cbz x7, .+4", 0xb4000027, false },
		{ "b .+4", 0x14000001, false },
		{ "fmov d0, x0", 0x9e670000, false },
		{ "0", 0, false },
	};
	struct img m;
	size_t i;
	u32 f = 0;

	for (i = 0; i < ARRAY_LEN(t); i++) {
		make(&m);
		vorw_put32(m.p + PLAIN * 4, t[i].word);
		ok(valid(&m, &f) == t[i].ok, "%s is %s", t[i].name,
		   t[i].ok ? "taken" : "refused");
	}
	is(f, 0, "no CPU feature needed for these");
	make(&m);
	vorw_put32(m.p + PLAIN * 4, 0xf820003f);	/* stadd x0, [x1] */
	ok(valid(&m, &f) && f == VORW_CPU_ARM64_LSE, "stadd needs LSE");
}

/* Every bit of a sequence counts: prologue, call, epilogue, patch target. */
static void test_bits(void)
{
	/* fields of addresses and the lowest stack access, at most 16 here */
	static const struct { u32 from, to; } seqs[] = {
		{ 0, 11 }, { 12, LOAD }, { CALL + 3, COMPARE }, { END, N - 2 },
	};
	u32 k, bit, missed = 0, n = 0, f = 0;
	struct img m;

	for (k = 0; k < ARRAY_LEN(seqs); k++)
		for (bit = seqs[k].from * 32; bit < seqs[k].to * 32; bit++) {
			make(&m);
			m.p[bit / 8] ^= (u8)(1 << bit % 8);
			missed += valid(&m, &f);
			n++;
		}
	is(missed, 0, "%u bits of sequences", n);
}

static void stack(struct img *m) { m->c.stack_depth = 32; }
static void sub(struct img *m) { m->c.part = 1; }
static void no_literal(struct img *m) { m->c.nrel = 2; }
static void other_literal(struct img *m) { strcpy(m->rel[2].ksym, "jiffies"); }
static void no_call_address(struct img *m)
{
	m->rel[1] = m->rel[2];
	m->c.nrel = 2;
}
static void map_called(struct img *m) { m->rel[1].kind = VORW_REL_MAP; }
static void other_map(struct img *m) { m->rel[0].sym = 1; }
static void other_helper(struct img *m) { m->rel[1].sym = 2; }
static void one_more(struct img *m) { m->c.ninsn_rel = 1; }
static void branch_back(struct img *m)
{
	vorw_put32(m->p + (COMPARE + 1) * 4, 0x54ffffc0);
}
static void branch_into_call(struct img *m)
{
	vorw_put32(m->p + (COMPARE + 1) * 4, 0x54ffff80);
}
static void branch_far(struct img *m)
{
	vorw_put32(m->p + (COMPARE + 1) * 4, 0x54000400);
}
static void condition(struct img *m)
{
	vorw_put32(m->p + (COMPARE + 1) * 4, 0x54000041);
}
static void odd(struct img *m) { m->c.len -= 2; }
static void empty(struct img *m) { m->c.len = 0; }
static void cut(struct img *m) { m->c.len -= 8; }

static void test_whole(void)
{
	static const struct {
		const char *name;
		void (*change)(struct img *m);
	} t[] = {
		{ "another stack", stack },
		{ "a main function as another", sub },
		{ "no patch target", no_literal },
		{ "another patch target", other_literal },
		{ "a call of a constant", no_call_address },
		{ "a call of a map", map_called },
		{ "another map", other_map },
		{ "another helper", other_helper },
		{ "an address that the program has not", one_more },
		{ "a branch to elsewhere", branch_back },
		{ "a branch into a call", branch_into_call },
		{ "a branch behind the code", branch_far },
		{ "another condition", condition },
		{ "half an instruction", odd },
		{ "no code", empty },
		{ "code without its end", cut },
	};
	struct img m;
	u32 f = 0;
	size_t i;

	make(&m);
	ok(valid(&m, &f), "what the JIT makes is taken");
	for (i = 0; i < ARRAY_LEN(t); i++) {
		make(&m);
		t[i].change(&m);
		ok(!valid(&m, &f), "refused: %s", t[i].name);
	}
}

/* The kernel's own image: words in front, the load of addr, the rest. */
static u32 real_image(u8 *p, const u32 *load, u32 nload, bool near, u64 at)
{
	static const u32 call[] = {	/* HELPER_ADDR */
		0x929975ea, 0xf2a1024a, 0xf2d0000a, 0xd63f0140 };
	u32 i, n = 0;

#define PUT(w) do { u32 word = (w); vorw_put32(p + 4 * n++, word); } while (0)
	for (i = 0; i < LOAD; i++)
		PUT(code[i]);
	for (i = 0; i < nload; i++)
		PUT(load[i]);
	if (near)
		PUT(0x94000000 | (((HELPER_ADDR - at) / 4 - n) & 0x3ffffff));
	for (i = 0; i < 4 && !near; i++)
		PUT(call[i]);
	for (i = CALL + 4; i < N - 4; i++)
		PUT(code[i]);
	/* the literal is aligned */
	if (n % 2)
		PUT(0xd503201f);
	PUT(code[N - 4]);
	PUT(code[N - 3]);
	PUT((u32)TRAMP_ADDR);
	PUT(TRAMP_ADDR >> 32);
	return 4 * n;
}

static void test_same_code(void)
{
	static const struct {
		const char *name;
		u64 addr;
		u32 n, load[4];
	} t[] = {
		{ "four halfwords", 0x1234567890abcdef, 4,
		  { 0xd2e24680, 0xf2cacf00, 0xf2b21560, 0xf299bde0 } },
		{ "ones left out", MAP_ADDR, 3,
		  { 0x92dfffe0, 0xf2a24680, 0xf28acf00 } },
		{ "zeros left out", 0x0000560000000010, 2,
		  { 0xd2cac000, 0xf2800200 } },
		{ "32 bits", 0x12345678, 2, { 0x528acf00, 0x72a24680 } },
		{ "32 bits with ones", 0xfffffff0, 1, { 0x128001e0 } },
	};
	const u64 at = HELPER_ADDR + (100 << 20);
	u8 real[4 * (N + 8)];
	struct vorw_err e;
	struct img m;
	size_t i;
	u32 len, near;

	for (i = 0; i < ARRAY_LEN(t); i++)
		for (near = 0; near < 2; near++) {
			make(&m);
			m.rel[0].addr = t[i].addr;
			len = real_image(real, t[i].load, t[i].n, near, at);
			e = (struct vorw_err){ 0 };
			ok(vorw_arch_arm64.same_code(&m.c, real, len, at, &e),
			   "same code, %s, %s call", t[i].name,
			   near ? "near" : "far");
			if (e.reason)
				diag("%s", e.msg);
			m.rel[0].addr ^= 1u << 20;
			ok(!vorw_arch_arm64.same_code(&m.c, real, len, at,
						      &e),
			   "another address is noticed");
			m.rel[0].addr ^= 1u << 20;
			ok(!near || !vorw_arch_arm64.same_code(&m.c, real, len,
							       at + 4, &e),
			   "another place is noticed");
			vorw_put32(real + len - 4 * 16,
				   vorw_le32(real + len - 4 * 16) ^ 32);
			ok(!vorw_arch_arm64.same_code(&m.c, real, len, at,
						      &e),
			   "another word is noticed");
		}
}

/* Full-length loads, far calls, sets that differ. */
static void test_sentinels(void)
{
	static const u64 code_at[] = {
		0xffff800008000000, 0xffff800000010000, 0xffff80007ff00000,
		0xffff7fff90000000,
	};
	const u64 base = 0xffff800008000000;
	u32 i, n, set, half, bad = 0;
	u64 a[VORW_SENTINEL_SETS];

	for (i = 0; i < ARRAY_LEN(code_at); i++) {
		struct vaddr_space s = { base, code_at[i] };

		for (n = 0; n < 20000; n++) {
			for (set = 0; set < VORW_SENTINEL_SETS; set++) {
				s64 d;

				a[set] = vorw_arch_arm64.sentinel(&s, set, n,
								  true);
				d = (s64)(a[set] - code_at[i]);
				bad += a[set] >> 48 != 0xffff || a[set] % 4;
				bad += d > -(s64)(129 << 20) &&
				       d < (s64)(129 << 20);
				d = (s64)(a[set] - base);
				bad += d != (s32)d;
				bad += a[set] == vorw_arch_arm64.sentinel(
						&s, set, n + 1, true);
			}
			bad += a[0] == a[1] || a[1] == a[2] || a[0] == a[2];
			for (set = 0; set < VORW_SENTINEL_SETS; set++) {
				a[set] = vorw_arch_arm64.sentinel(&s, set, n,
								  false);
				for (half = 0; half < 64; half += 16)
					bad += !(u16)(a[set] >> half) ||
					       (u16)(a[set] >> half) == 0xffff;
				bad += a[set] == vorw_arch_arm64.sentinel(
						&s, set, n + 1, false);
			}
			bad += a[0] == a[1] || a[1] == a[2] || a[0] == a[2];
		}
	}
	is(bad, 0, "sentinels: full-length, far, distinct");
}

int main(void)
{
	test_whole();
	test_words();
	test_bits();
	test_same_code();
	test_sentinels();
	return tap_done();
}
