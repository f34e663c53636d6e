// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_a64_frame.c - arm64 code of 6.12 and 7.2: frames that depend on the
 * program, calls that the JIT makes itself, per-CPU addresses, tail calls.
 *
 * The words are what aarch64-linux-gnu-as 2.40 makes of the text beside them.
 */
#include <stdlib.h>
#include <string.h>
#include "a64.h"
#include "vorw_bytes.h"
#include "tests/unit_host/code.h"

#define PERCPU	(-1)		/* BPF_ADDR_PERCPU, include/linux/filter.h */
static const struct bpf_insn program[] = {
	LD64(R1, 0, 0),
	I(BPF_JMP | BPF_CALL, 0, 0, 0, 0),
	I(BPF_ALU64 | BPF_MOV | BPF_X, 6, 0, 0, 0),
	I(BPF_STX | BPF_MEM | BPF_DW, 10, 6, -8, 0),
	I(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_smp_processor_id),
	I(BPF_ALU64 | BPF_MOV | BPF_X, 0, 0, PERCPU, 0),
	I(BPF_JMP | BPF_TAIL_CALL, 0, 0, 0, 0),
	I(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1, 0),
	I(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 2),
	EXIT,
};

static const u32 code_6_12[] = {
	0x910003c9, 0xd503201f, 0xd503233f,	/* add x9, x30, #0; paciasp */
	0xa9bf7bfd, 0x910003fd,			/* stp x29, x30; mov x29, sp */
	0xa9bf6bff, 0x910003fa,			/* stp xzr, x26; mov x26, sp */
	0xa9bf67f3, 0x910003f9,			/* stp x19, x25; mov x25, sp */
	0xd10043ff,				/* sub sp, sp, #16 */
	0xd2e00000, 0xf2c00000, 0xf2a00000, 0xf2800000,	/* x0 = map */
	0x9280000a, 0xf2a0000a, 0xf2c0000a, 0xd63f0140, 0x91000007,
	0x910000f3, 0xf90007f3,			/* x19 = x7; str x19, [sp, #8] */
	0xd538410a, 0xb9401147,			/* mrs x10, sp_el0; ldr w7 */
	0xd538d08a, 0x8b0a00e7,			/* mrs x10, tpidr_el1; add x7 */
	0x5280018a, 0xb86a682a, 0x11000042, 0x6b0a005f, 0x54000242,
	0x5280042a, 0xf940034c, 0xeb0a019f, 0x540001c2, 0x9100058c,
	0x5280200a, 0x8b0a002a, 0xd37df04b, 0xf86b694b, 0xb400010b, 0xf900034c,
	0x910043ff, 0xa8c167f3,			/* add sp; ldp x19, x25 */
	0x5280060a, 0xf86a696a, 0x9100714a, 0xd61f0140,
	0xf10000ff, 0x54000040, 0xd2800047,	/* cmp x7; b.eq; mov x7, #2 */
	0x910043ff, 0xa8c167f3, 0xa8c16bff, 0xa8c17bfd, 0x910000e0, 0xd50323bf,
	0xd65f03c0,
	0xd503201f, 0x5800004a, 0xd61f0140, 0, 0,
};

static const u32 code_7_2[] = {			/* … and a private stack */
	0xaa1e03e9, 0xd503201f, 0xd503233f,	/* mov x9, x30; paciasp */
	0xa9bf7bfd, 0x910003fd, 0xa9bf6bff, 0x910003fa,
	0xa9bf67f3, 0xa9bf7ffb,			/* stp x19, x25; x27, xzr */
	0xd2e0001b, 0xf2c0001b, 0xf2a0001b, 0xf280001b,	/* x27 = stack */
	0xd538d08a, 0x8b0a037b, 0x91004379,	/* … of this CPU; x25 its end */
	0xd2e00000, 0xf2c00000, 0xf2a00000, 0xf2800000,
	0x9280000a, 0xf2a0000a, 0xf2c0000a, 0xd63f0140, 0xaa0003e8,
	0xaa0803f3, 0xf9000773,			/* x19 = x8; str [x27, #8] */
	0xd538410a, 0xb9401148, 0xd538d08a, 0x8b0a0108,
	0x5280018a, 0xb86a682a, 0x2a0203e2, 0x6b0a005f, 0x54000242,
	0x5280042a, 0xf940034c, 0xeb0a019f, 0x540001c2, 0x9100058c,
	0x5280200a, 0x8b0a002a, 0xd37df04b, 0xf86b694b, 0xb400010b, 0xf900034c,
	0xa8c17ffb, 0xa8c167f3,			/* ldp x27, xzr; x19, x25 */
	0x5280060a, 0xf86a696a, 0x9100714a, 0xd61f0140,
	0xf100011f, 0x54000040, 0xd2800048,
	0xa8c17ffb, 0xa8c167f3, 0xa8c16bff, 0xa8c17bfd, 0xaa0803e0, 0xd50323bf,
	0xd65f03c0,
	0xd503201f, 0x5800004a, 0xd61f0140, 0, 0,
};

/* Words of the one and the other. */
static const struct kind {
	const char *name;
	const u32 *code;
	u32 n, map, call, store, cpu, percpu, tail, compare, end, r0;
} kinds[] = {
	{ "6.12", code_6_12, ARRAY_LEN(code_6_12), 10, 14, 20, 21, 23, 25, 47,
	  50, 7 },
	{ "7.2", code_7_2, ARRAY_LEN(code_7_2), 16, 20, 26, 27, 29, 31, 53,
	  56, 8 },
};

struct img {
	const struct kind *k;
	u8 p[4 * ARRAY_LEN(code_7_2)];
	struct bpf_insn insns[ARRAY_LEN(program)];
	struct vreloc rel[4], insn_rel[2];
	u32 tail_words[VORW_TAIL_WORDS];
	struct vcode c;
};

static void add_rel(struct img *m, u32 word, u16 kind, u16 form, u32 sym,
		    const char *name)
{
	struct vreloc *r = &m->rel[m->c.nrel++];

	*r = (struct vreloc){ .off = word * 4, .kind = kind, .form = form,
			      .sym = sym };
	strcpy(r->ksym, name);
}

static void make(struct img *m, const struct kind *k)
{
	u32 i;

	memset(m, 0, sizeof(*m));
	m->k = k;
	memcpy(m->insns, program, sizeof(program));
	for (i = 0; i < k->n; i++)
		vorw_put32(m->p + 4 * i, k->code[i]);
	m->c = (struct vcode){ .p = m->p, .len = k->n * 4, .rel = m->rel,
		.insns = m->insns, .ninsns = ARRAY_LEN(program),
		.insn_rel = m->insn_rel, .ninsn_rel = 2, .stack_depth = 8,
		.tail_words = m->tail_words };
	m->insn_rel[0] = (struct vreloc){ .kind = VORW_REL_MAP,
		.form = VORW_ENC_BPF_LD64 };
	m->insn_rel[1] = (struct vreloc){ .off = 16, .sym = 1,
		.kind = VORW_REL_HELPER, .form = VORW_ENC_BPF_CALL };
	if (k->r0 == 8) {
		m->c.facts = VORW_PF_PRIV_STACK;
		add_rel(m, 9, VORW_REL_PRIV_STACK, VORW_ENC_A64_MOVZ, 0, "");
		m->rel[0].addend = A64_STACK_GUARD;
	}
	add_rel(m, k->map, VORW_REL_MAP, VORW_ENC_A64_MOVZ, 0, "");
	add_rel(m, k->call, VORW_REL_HELPER, VORW_ENC_A64_MOVN, 1, "");
	add_rel(m, k->n - 2, VORW_REL_KSYM, VORW_ENC_A64_LITERAL, 0,
		"dummy_tramp");
}

static bool valid(const struct img *m, u32 *features)
{
	return takes(&vorw_arch_arm64, &m->c, features);
}

/* Every bit of what is around the program's instructions counts. */
static void test_bits(const struct kind *k)
{
	/* fields of addresses are left out, and of the kernel's structs */
	const struct { u32 from, to; } seqs[] = {
		{ 0, 9 }, { k->map - 3, k->map }, { k->call + 3, k->call + 5 },
		{ k->tail + 1, k->tail + 10 },
		{ k->tail + 11, k->compare - 4 },
		{ k->compare - 3, k->compare }, { k->end, k->n - 2 },
	};
	u32 i, bit, n = 0, missed = 0, f = 0;
	struct img m;

	for (i = 0; i < ARRAY_LEN(seqs); i++)
		for (bit = seqs[i].from * 32; bit < seqs[i].to * 32; bit++) {
			make(&m, k);
			m.p[bit / 8] ^= (u8)(1 << bit % 8);
			if (valid(&m, &f)) {
				diag("word %u bit %u", bit / 32, bit % 32);
				missed++;
			}
			n++;
		}
	is(missed, 0, "%s: %u bits of sequences", k->name, n);
}

static void put(struct img *m, u32 word, u32 insn)
{
	vorw_put32(m->p + 4 * word, insn);
}

static void no_r6(struct img *m) { m->insns[3].dst_reg = 0;
				   m->insns[4].src_reg = 0; }
static void no_fp(struct img *m) { m->insns[4].dst_reg = 6; }
static void more_regs(struct img *m) { m->insns[9].src_reg = BPF_REG_7; }
static void stack(struct img *m) { m->c.stack_depth = 17; }
static void huge(struct img *m) { m->c.stack_depth = 1u << 20; }
static void other_part(struct img *m) { m->c.part = 1; }
static void other_priv(struct img *m) { m->c.facts ^= VORW_PF_PRIV_STACK; }
static void stack_elsewhere(struct img *m) { m->rel[0].addend ^= 24; }
static void stack_twice(struct img *m)
{
	m->rel[0].kind = VORW_REL_PRIV_STACK;
	m->rel[0].off = m->k->map * 4;
}
static void behind_stack(struct img *m)		/* str x19, […, #16] */
{
	put(m, m->k->store, m->k->code[m->k->store] + (1 << 10));
}
static void other_base(struct img *m)		/* x29 */
{
	put(m, m->k->store, (m->k->code[m->k->store] & ~(31u << 5)) | 29 << 5);
}
static void r0_of_other(struct img *m)		/* mov x7 or x8, #2 */
{
	put(m, m->k->compare + 2, 0xd2800040 | (15 - m->k->r0));
}
static void not_saved(struct img *m)		/* mov x20, #2 */
{
	put(m, m->k->compare + 2, 0xd2800054);
}
static void cpu_elsewhere(struct img *m) { m->tail_words[VORW_TAIL_WORDS - 1] =
					   0xb9401940 | m->k->r0; }
static void tail_elsewhere(struct img *m) { m->tail_words[0] = 0x5280010a; }
static void other_mrs(struct img *m)		/* mrs x10, elr_el1 */
{
	put(m, m->k->percpu, 0xd538402a);
}
static void other_register(struct img *m)	/* add x1, x7, x10 */
{
	put(m, m->k->percpu + 1, 0x8b0a0001 | m->k->r0 << 5);
}
static void no_id(struct img *m) { m->insns[5].imm = 77; }
static void no_tail_call(struct img *m)
{
	m->insns[7] = (struct bpf_insn)
		I(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 2);
}

static void test_refused(const struct kind *k)
{
	static const struct {
		const char *name;
		void (*change)(struct img *m);
	} t[] = {
		{ "a register saved that is not used", no_r6 },
		{ "a stack that is not used", no_fp },
		{ "a register used that is not saved", more_regs },
		{ "another stack", stack },
		{ "a stack that no instruction holds", huge },
		{ "a main function as another", other_part },
		{ "the stack of another place", other_priv },
		{ "the stack's address in another place", stack_twice },
		{ "another address in the stack", stack_elsewhere },
		{ "a store behind the stack", behind_stack },
		{ "a store to another base", other_base },
		{ "the register that was BPF_REG_0", r0_of_other },
		{ "a write to a register that is not saved", not_saved },
		{ "another place of the CPU's number", cpu_elsewhere },
		{ "another place of a map's size", tail_elsewhere },
		{ "another system register", other_mrs },
		{ "a per-CPU address to elsewhere", other_register },
		{ "a helper that is not inlined", no_id },
		{ "a tail call that the program has not", no_tail_call },
	};
	struct img m;
	u32 f = 0;
	size_t i;

	make(&m, k);
	ok(valid(&m, &f), "%s: what the JIT makes is taken", k->name);
	is(f, VORW_CPU_ARM64_TPIDR_EL1, "%s: … for a kernel in EL1", k->name);
	is(m.tail_words[VORW_TAIL_WORDS - 1], 0xb9401140 | k->r0,
	   "%s: the CPU's number is kept in mind", k->name);
	make(&m, k);
	put(&m, k->percpu, 0xd53cd04a);
	f = 0;
	valid(&m, &f);
	ok(f & VORW_CPU_ARM64_TPIDR_EL2, "%s: a kernel in EL2", k->name);
	for (i = 0; i < ARRAY_LEN(t); i++) {
		make(&m, k);
		t[i].change(&m);
		ok(!valid(&m, &f), "%s: refused: %s", k->name, t[i].name);
	}
}

/* One word in the place of a plain instruction. */
static void test_words(void)
{
	static const struct { const char *name; u32 word; bool ok; } t[] = {
		{ "sdiv x7, x7, x0", 0x9ac00ce7, true },
		{ "ldrsb x7, [x0, #1]", 0x39800407, true },
		{ "ldrsw x7, [x19, x10]", 0xb8aa6a67, true },
		{ "ldrsh x7, [sp, #14]", 0x79801fe7, true },
		{ "ldrsh x7, [sp, #16]", 0x798023e7, false },
		{ "ldr x7, [sp, #8]", 0xf94007e7, true },
		{ "ldr x7, [x27, #8]", 0xf9400767, false },
		{ "ldar x7, [x0]", 0xc8dffc07, true },
		{ "stlrb w7, [x0]", 0x089ffc07, true },
		{ "ldaxr x7, [x0]", 0xc85ffc07, false },
		{ "mrs x7, sp_el0", 0xd5384107, true },
		{ "mrs x0, sp_el0", 0xd5384100, false },
		{ "msr sp_el0, x7", 0xd5184107, false },
		{ "mrs x10, tpidr_el1 alone", 0xd538d08a, false },
		{ "ldr x7, [x26]", 0xf9400347, false },
		{ "mov x28, #2", 0xd280005c, false },
		{ "add sp, sp, #16", 0x910043ff, false },
	};
	u32 i, f = 0;
	struct img m;

	for (i = 0; i < ARRAY_LEN(t); i++) {
		make(&m, &kinds[0]);
		put(&m, m.k->compare + 2, t[i].word);
		ok(valid(&m, &f) == t[i].ok, "%s is %s", t[i].name,
		   t[i].ok ? "taken" : "refused");
	}
}

int main(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		test_refused(&kinds[i]);
		test_bits(&kinds[i]);
	}
	test_words();
	return tap_done();
}
