// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_arm_code.c - what the Arm code validator takes and what it refuses. */
#include <stdio.h>
#include <stdlib.h>
#include "arm_code.h"
#include "mini_jit.h"
#include "tests/unit_host/code.h"

#define SCRATCH 80
#define NONE ((const char *)0)

/* one word outside any sequence */
static const struct {
	const char *name;
	u32 word;
	const char *row;	/* NULL: refused */
	u32 features;
} words[] = {
	{ "mov r0, #0", 0xe3a00000, "MOV#", 0 },
	{ "mov ip, #0: only constants of calls", 0xe3a0c000, NONE, 0 },
	{ "mov sp, r0", 0xe1a0d000, NONE, 0 },
	{ "mov pc, lr", 0xe1a0f00e, NONE, 0 },
	{ "mov r4, lr", 0xe1a0400e, "MOV", 0 },
	{ "mov r4, ip", 0xe1a0400c, "MOV", 0 },
	{ "mov lr, r4: never emitted", 0xe1a0e004, NONE, 0 },
	{ "add r0, r0, r2", 0xe0800002, "ADD", 0 },
	{ "add lr, ip, lr", 0xe08ce00e, "ADD", 0 },
	{ "add sp, sp, r0", 0xe08dd000, NONE, 0 },
	{ "adds r6, r6, r8", 0xe0966008, "ADDS", 0 },
	{ "adc r7, r7, r9", 0xe0a77009, "ADC", 0 },
	{ "subs r0, r0, r8", 0xe0500008, "SUBS", 0 },
	{ "sbc r1, r1, r9", 0xe0c11009, "SBC", 0 },
	{ "sub r0, r0, r1: never emitted", 0xe0400001, NONE, 0 },
	{ "sbcs ip, r1, r9", 0xe0d1c009, "SBCS", 0 },
	{ "orrs ip, lr, ip", 0xe19ec00c, "ORRS", 0 },
	{ "and ip, r0, r8", 0xe000c008, "AND", 0 },
	{ "ands ip, r0, r8", 0xe010c008, "ANDS", 0 },
	{ "eor r1, r1, r1", 0xe0211001, "EOR", 0 },
	{ "cmp r7, r9", 0xe1570009, "CMP", 0 },
	{ "cmpeq r6, r8", 0x01560008, "CMPEQ", 0 },
	{ "cmpne r6, r8: no such condition", 0x11560008, NONE, 0 },
	{ "movne r0, r2", 0x11a00002, NONE, 0 },
	{ "lsl r0, r0, #4", 0xe1a00200, "LSL#", 0 },
	{ "lsr r0, r0, #4", 0xe1a00220, "LSR#", 0 },
	{ "asr r1, r1, #31", 0xe1a01fc1, "ASR#", 0 },
	{ "ror r0, r0, #4", 0xe1a00260, NONE, 0 },
	{ "lsl lr, r1, r8", 0xe1a0e811, "LSL", 0 },
	{ "orr lr, lr, r0, lsl ip", 0xe18eec10, "ORR LSL", 0 },
	{ "orr ip, lr, r0, lsr r9", 0xe18ec930, "ORR LSR", 0 },
	{ "orrpl lr, lr, r1, asr r9", 0x518ee951, "ORRPL ASR", 0 },
	{ "sub ip, r8, #32", 0xe248c020, "SUB#32", 0 },
	{ "subs r9, r8, #32", 0xe2589020, "SUBS#32", 0 },
	{ "rsb r9, r8, #32", 0xe2689020, "RSB#32", 0 },
	{ "sub sp, sp, #32", 0xe24dd020, NONE, 0 },
	{ "rsbs r0, r0, #0", 0xe2700000, "RSBS#0", 0 },
	{ "rsc r1, r1, #0", 0xe2e11000, "RSC#0", 0 },
	{ "movw r2, #0x1234", 0xe3012234, "MOVW", VORW_CPU_ARM_V7 },
	{ "movt r2, #0x1234", 0xe3412234, "MOVT", VORW_CPU_ARM_V7 },
	{ "movw pc, #0", 0xe300f000, NONE, 0 },
	{ "mul r0, r0, r2", 0xe0000290, "MUL", 0 },
	{ "umull ip, r1, r0, r2", 0xe081c290, "UMULL", 0 },
	{ "umlal: never emitted", 0xe0a1c290, NONE, 0 },
	{ "udiv r0, r0, r8", 0xe730f810, "UDIV", VORW_CPU_ARM_IDIVA },
	{ "sdiv r0, r0, r8", 0xe710f810, "SDIV", VORW_CPU_ARM_IDIVA },
	{ "sdiv sp, r0, r8", 0xe71df810, NONE, 0 },
	{ "mls r0, r8, ip, r0", 0xe0600c98, "MLS", VORW_CPU_ARM_V7 },
	{ "rev r0, r0", 0xe6bf0f30, "REV", VORW_CPU_ARM_V7 },
	{ "rev16 r0, r0", 0xe6bf0fb0, "REV16", VORW_CPU_ARM_V7 },
	{ "uxth r0, r0", 0xe6ff0070, "UXTH", VORW_CPU_ARM_V7 },
	{ "ldr r0, [r2, #4]", 0xe5920004, "LDR", 0 },
	{ "ldr r0, [r2, #-4]", 0xe5120004, "LDR", 0 },
	{ "ldr r0, [r2, #4]!", 0xe5b20004, NONE, 0 },
	{ "ldr r0, [r2], #4", 0xe4920004, NONE, 0 },
	{ "ldrt r0, [r2]", 0xe4b20000, NONE, 0 },
	{ "ldr r0, [pc, #4]", 0xe59f0004, NONE, 0 },
	{ "ldr r0, [sp, #4]", 0xe59d0004, NONE, 0 },
	{ "ldr pc, [r2]", 0xe592f000, NONE, 0 },
	{ "ldr r0, [r3]: upper half as a base", 0xe5930000, NONE, 0 },
	{ "ldrb r0, [r4, #1]", 0xe5d40001, "LDRB", 0 },
	{ "ldrh r0, [r4, #2]", 0xe1d400b2, "LDRH", 0 },
	{ "ldrsh r0, [r4, #2]", 0xe1d400f2, "LDRSH", 0 },
	{ "ldrsb r0, [r4, #-2]", 0xe15400d2, "LDRSB", 0 },
	{ "ldrsh r0, [sp, #2]", 0xe1dd00f2, NONE, 0 },
	{ "add r7, r4, #256", 0xe2847c01, "ADD#", 0 },
	{ "add r7, fp, #256", 0xe28b7c01, NONE, 0 },
	{ "add sp, sp, #8 alone", 0xe28dd008, NONE, 0 },
	{ "str r8, [r6, #-8]", 0xe5068008, "STR", 0 },
	{ "strb r8, [r6]", 0xe5c68000, "STRB", 0 },
	{ "strh r8, [r6]", 0xe1c680b0, "STRH", 0 },
	{ "ldr r0, [r2, r3]", 0xe7920003, NONE, 0 },
	{ "ldr r8, [fp, #-4]", 0xe51b8004, "scratch", 0 },
	{ "ldr r8, [fp, #-80]", 0xe51b8050, "scratch", 0 },
	{ "ldr r8, [fp, #-84]: below scratch", 0xe51b8054, NONE, 0 },
	{ "str r8, [fp, #0]: saved registers", 0xe50b8000, NONE, 0 },
	{ "str r8, [fp, #4]: saved registers", 0xe58b8004, NONE, 0 },
	{ "str r8, [fp, #-5]: unaligned", 0xe50b8005, NONE, 0 },
	{ "strd r8, [fp, #-8]", 0xe14b80f8, "scratch", 0 },
	{ "strd r8, [fp, #-12]: half a register", 0xe14b80fc, NONE, 0 },
	{ "ldrd r7, [fp, #-8]: odd register", 0xe14b70d8, NONE, 0 },
	{ "push {r8, r9} alone", 0xe92d0300, NONE, 0 },
	{ "pop {pc}", 0xe8bd8000, NONE, 0 },
	{ "stmia r0!, {r1}", 0xe8a00002, NONE, 0 },
	{ "bx r6 alone", 0xe12fff16, NONE, 0 },
	{ "blx r6 alone", 0xe12fff36, NONE, 0 },
	{ "bl", 0xeb000000, NONE, 0 },
	{ "blx label", 0xfa000000, NONE, 0 },
	{ "svc 0", 0xef000000, NONE, 0 },
	{ "smc 0", 0xe1600070, NONE, 0 },
	{ "hvc 0", 0xe1400070, NONE, 0 },
	{ "udf (bug)", 0xe7fddef1, NONE, 0 },
	{ "bkpt", 0xe1200070, NONE, 0 },
	{ "mcr p15", 0xee010f10, NONE, 0 },
	{ "mrc p15", 0xee110f10, NONE, 0 },
	{ "mrs r0, cpsr", 0xe10f0000, NONE, 0 },
	{ "msr cpsr_c, r0", 0xe121f000, NONE, 0 },
	{ "cps #19", 0xf1020013, NONE, 0 },
	{ "srsdb sp!, #19", 0xf96d0513, NONE, 0 },
	{ "rfeia r0", 0xf8900a00, NONE, 0 },
	{ "ldm r0, {r0-r14}^", 0xe8d07fff, NONE, 0 },
	{ "swp r0, r1, [r2]", 0xe1020091, NONE, 0 },
	{ "strex r0, r1, [r2]", 0xe1820f91, NONE, 0 },
	{ "vmov s0, r0", 0xee000a10, NONE, 0 },
	{ "isb sy", 0xf57ff06f, NONE, 0 },
	{ "nop", 0xe320f000, NONE, 0 },
	{ "wfi", 0xe320f003, NONE, 0 },
};

static void test_words(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		u32 features = 0;
		const char *row = arm_insn_known(words[i].word, SCRATCH,
						 &features);
		bool same = !row == !words[i].row &&
			    (!row || !strcmp(row, words[i].row)) &&
			    features == words[i].features;

		if (!ok(same, "word: %s", words[i].name))
			diag("0x%08x: %s, features %u", words[i].word,
			     row ? row : "refused", features);
	}
}

#define MOV(d, i)	I(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define JEQ(i, o)	I(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, o, i)
#define JA(o)		I(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define CALL(i)		I(BPF_JMP | BPF_CALL, 0, 0, 0, i)
#define TAIL		I(BPF_JMP | BPF_TAIL_CALL, 0, 0, 0, 0)
#define DIV		I(BPF_ALU | BPF_DIV | BPF_X, 0, 6, 0, 0)

static const struct bpf_insn program[] = {
	MOV(0, 1),			/* 0 */
	JEQ(7, 3),			/* 1: to 5 */
	LD64(1, 0x12345678, 0),		/* 2, 3 */
	CALL(0x5678000),		/* 4 */
	JEQ(0, 2),			/* 5: to 8 */
	MOV(0, 2),			/* 6 */
	EXIT,				/* 7 */
	TAIL,				/* 8 */
	MOV(6, 3),			/* 9 */
	DIV,				/* 10 */
	JA(-5),				/* 11: to 7 */
	MOV(0, 0),			/* 12 */
	EXIT,				/* 13 */
};
#define N ARRAY_LEN(program)

struct img {
	u32 w[MINI_MAX_WORDS], n;
	struct vreloc rel[8], insn_rel[3];
	u32 nrel, ninsn_rel;
	u32 tail_words[VORW_TAIL_WORDS];
};

/* Compile the program and find its addresses, which then are zero. */
static void make(struct img *m)
{
	u32 i, k = 0;

	m->n = mini_jit(program, N, 16, m->w);
	for (i = 0; i + 1 < m->n; i++) {
		u32 v, rd = m->w[i] >> 12 & 15;

		if (!arm_is_movw(m->w[i]) || !arm_is_movt(m->w[i + 1]))
			continue;
		v = (m->w[i] >> 16 & 15) << 12 | (m->w[i] & 0xfff);
		m->rel[k] = (struct vreloc){ .off = i * 4,
			.form = VORW_ENC_ARM_MOVW_MOVT,
			.kind = rd == 2 ? VORW_REL_MAP : rd == 6 ?
				VORW_REL_HELPER : VORW_REL_KSYM,
			.sym = rd == 6 ? 36 : 0,
			.addr = v | (u32)(m->w[i + 1] >> 16 & 15) << 28 |
				(m->w[i + 1] & 0xfff) << 16 };
		if (m->rel[k].kind == VORW_REL_KSYM)
			strcpy(m->rel[k].ksym, "jit_udiv32");
		m->w[i] &= 0xfff0f000;
		m->w[i + 1] &= 0xfff0f000;
		k++;
	}
	m->nrel = k;
	m->insn_rel[0] = (struct vreloc){ .off = 2 * 8, .kind = VORW_REL_MAP,
					  .form = VORW_ENC_BPF_LD64 };
	m->insn_rel[1] = (struct vreloc){ .off = 4 * 8, .sym = 36,
					  .kind = VORW_REL_HELPER,
					  .form = VORW_ENC_BPF_CALL };
	m->ninsn_rel = 2;
	memset(m->tail_words, 0, sizeof(m->tail_words));
}

static bool check_as(struct img *m, const struct bpf_insn *insns, u32 n,
		     struct vorw_err *e, u32 *features)
{
	struct vcode c = { .p = (const u8 *)m->w, .len = m->n * 4,
			   .rel = m->rel, .nrel = m->nrel, .insns = insns,
			   .ninsns = n, .stack_depth = 16,
			   .insn_rel = m->insn_rel,
			   .ninsn_rel = m->ninsn_rel,
			   .tail_words = m->tail_words };

	*e = (struct vorw_err){ 0 };
	*features = 0;
	return arm_validate(&c, "test", features, e);
}

static bool check(struct img *m)
{
	struct vorw_err e;
	u32 f;

	return check_as(m, program, N, &e, &f) ? true :
	       (e.reason == VORW_R_NATIVE_CODE ? false :
		(diag("reason %d", e.reason), false));
}

static u32 find(const struct img *m, u32 mask, u32 value)
{
	u32 i;

	for (i = 0; i < m->n; i++)
		if ((m->w[i] & mask) == value)
			return i;
	diag("no word 0x%08x in the image", value);
	exit(1);
}

static void test_whole(void)
{
	struct bpf_insn other[N];
	struct vorw_err e;
	struct img m, x;
	u32 i, f, missed;

	make(&m);
	is(m.nrel, 3, "test program has three addresses");
	ok(check_as(&m, program, N, &e, &f), "program as compiled");
	if (e.reason)
		diag("%s", e.msg);
	is(f, VORW_CPU_ARM_V7 | VORW_CPU_ARM_THUMB, "its CPU features");

	x = m;
	x.rel[0].kind = VORW_REL_HELPER;
	ok(!check(&x), "helper's address outside a call");
	x = m;
	x.rel[1].kind = VORW_REL_MAP;
	ok(!check(&x), "map's address in a call");
	x = m;
	x.nrel = 1;
	ok(!check(&x), "call without a known target");
	x = m;
	x.rel[1].sym = 37;
	ok(!check(&x), "call of another helper");
	x = m;
	x.rel[1].kind = VORW_REL_KSYM;
	strcpy(x.rel[1].ksym, "bpf_skb_load_helper_8");
	ok(!check(&x), "call of a routine instead of a helper");
	x.insn_rel[1] = x.rel[1];
	x.insn_rel[1].off = 4 * 8;
	ok(check(&x), "call of a routine, as in the program");
	strcpy(x.insn_rel[1].ksym, "bpf_skb_load_helper_16");
	ok(!check(&x), "call of another routine");
	strcpy(x.rel[1].ksym, "jit_mod32");
	strcpy(x.insn_rel[1].ksym, "jit_mod32");
	ok(!check(&x), "call of a division routine like a helper");
	x = m;
	strcpy(x.rel[2].ksym, "jit_mod32");
	ok(check(&x), "modulo routine");
	strcpy(x.rel[2].ksym, "bpf_skb_load_helper_8");
	ok(!check(&x), "division that calls another routine");
	x = m;
	x.rel[2].kind = VORW_REL_HELPER;
	x.rel[2].sym = 36;
	ok(!check(&x), "division that calls a helper");
	x = m;
	x.rel[0].sym = 1;
	ok(!check(&x), "another map");
	x = m;
	x.rel[0].kind = VORW_REL_MAP_VALUE;
	ok(!check(&x), "a map's value instead of the map");
	x = m;
	x.insn_rel[0].off = 8 * 8;
	ok(!check(&x), "an address of an instruction elsewhere");
	x = m;
	x.insn_rel[1].off = 5 * 8;
	ok(!check(&x), "a call of another instruction");
	x = m;
	x.ninsn_rel = 1;
	ok(!check(&x), "an address the program has not");
	x = m;
	x.ninsn_rel = 3;
	ok(!check(&x), "an address that is missing");
	x = m;
	x.tail_words[1] = 0xe2896014;
	ok(!check(&x), "tail call with another offset than before");
	x = m;
	x.w[find(&m, ~0u, 0xe92d0300)] = 0xe92d4300;
	ok(!check(&x), "call that pushes other registers");
	x = m;
	x.w[find(&m, ~0u, 0xe28dd018)] = 0xe28dd014;
	ok(!check(&x), "call that leaves the stack elsewhere");
	x = m;
	x.w[4] = 0xe24dd050;
	ok(!check(&x), "frame smaller than the program's stack");
	x = m;
	x.w[m.n - 1] = 0xe8bd4bf0;
	ok(!check(&x), "epilogue that does not return");
	x = m;
	x.n--;
	ok(!check(&x), "image cut by a word");
	x = m;
	x.w[find(&m, ~0u, 0xe2866024)] = 0xe2866028;
	ok(!check(&x), "tail call that skips more than the prologue");

	/* branches: any other displacement of any of them */
	for (i = 9, missed = 0; i < m.n; i++) {
		s32 d;

		if (!arm_is_b(m.w[i]))
			continue;
		for (d = -(s32)m.n; d <= (s32)m.n; d++) {
			x = m;
			x.w[i] = (m.w[i] & 0xff000000) |
				 ((m.w[i] + d) & 0xffffff);
			/* a neighbour in the same straight piece is not told
			 * apart: count only what leaves it */
			if (d < -12 || d > 12)
				missed += check(&x);
		}
	}
	is(missed, 0, "branches that go far elsewhere, taken");
	for (i = 9, missed = 0; i < m.n; i++) {
		if (!arm_is_b(m.w[i]))
			continue;
		x = m;
		x.w[i] ^= 0x10000000;
		missed += check(&x);
	}
	is(missed, 0, "branches with the opposite condition, taken");

	memcpy(other, program, sizeof(other));
	other[1].off = 5;
	ok(!check_as(&m, other, N, &e, &f), "code of a program that jumps elsewhere");
	memcpy(other, program, sizeof(other));
	other[5].code = BPF_JMP | BPF_JNE | BPF_K;
	ok(!check_as(&m, other, N, &e, &f), "code of a program with another condition");
	memcpy(other, program, sizeof(other));
	other[4] = other[0];
	ok(!check_as(&m, other, N, &e, &f), "code with a call the program has not");
	ok(!check_as(&m, program, N - 3, &e, &f), "code of a shorter program");
	memcpy(other, program, sizeof(other));
	other[13].code = BPF_LD | BPF_IMM | BPF_DW;
	ok(!check_as(&m, other, N, &e, &f), "program that ends in half a load");
}

/* 64-bit division, as emit_udivmod64() moves its operands. */
static void test_divide64(void)
{
	static const struct {
		const char *name, *routine;
		u32 want;	/* words */
		u32 w[16];
	} t[] = {
		{ "r0 by r1's pair", "jit_udiv64", 6,
		  { 0xe92d000f, 0xe300c000, 0xe340c000, 0xe12fff3c, 0xe28dd008,
		    0xe8bd000c } },
		{ "r6 by r0", "jit_smod64", 11,
		  { 0xe92d000f, 0xe92d0003, 0xe1a01005, 0xe1a00004, 0xe8bd000c,
		    0xe300c000, 0xe340c000, 0xe12fff3c, 0xe1a05001, 0xe1a04000,
		    0xe8bd000f } },
		{ "r1 by a constant", "jit_mod64", 12,
		  { 0xe92d000f, 0xe1a01003, 0xe1a00002, 0xe1a03007, 0xe1a02006,
		    0xe300c000, 0xe340c000, 0xe12fff3c, 0xe1a03001, 0xe1a02000,
		    0xe8bd0003, 0xe28dd008 } },
		{ "by a routine for 32 bits", "jit_udiv32", 0,
		  { 0xe92d000f, 0xe300c000, 0xe340c000, 0xe12fff3c, 0xe28dd008,
		    0xe8bd000c } },
		{ "by another routine", "commit_creds", 0,
		  { 0xe92d000f, 0xe300c000, 0xe340c000, 0xe12fff3c, 0xe28dd008,
		    0xe8bd000c } },
		{ "that leaves the stack elsewhere", "jit_udiv64", 0,
		  { 0xe92d000f, 0xe300c000, 0xe340c000, 0xe12fff3c, 0xe28dd010,
		    0xe8bd000c } },
		{ "result into lr", "jit_udiv64", 0,
		  { 0xe92d000f, 0xe1a01005, 0xe1a00004, 0xe300c000, 0xe340c000,
		    0xe12fff3c, 0xe1a05001, 0xe1a0e000, 0xe8bd000f } },
	};
	size_t i;
	u32 k;

	for (i = 0; i < ARRAY_LEN(t); i++) {
		struct vreloc rel = { .kind = VORW_REL_KSYM };
		struct vcode c = { .p = (const u8 *)t[i].w,
				   .len = sizeof(t[i].w), .rel = &rel,
				   .nrel = 1 };

		strcpy(rel.ksym, t[i].routine);
		for (k = 0; t[i].w[k] != 0xe300c000; k++)
			;
		rel.off = k * 4;
		is(arm_divide64_at(&c, 0), t[i].want, "64-bit division %s",
		   t[i].name);
		c.len = 5 * 4;
		is(arm_divide64_at(&c, 0), 0, "… cut: %s", t[i].name);
	}
}

/* The kernel's own image uses shorter loads where addresses allow. */
static void test_same_code(void)
{
	static const struct { const char *name; u32 addr; } t[] = {
		{ "both halves", 0x12345678 },
		{ "rotated byte", 0xc1000000 },
		{ "below 64 KiB", 0x8123 },
		{ "zero", 0 },
	};
	struct bpf_insn insns[N];
	struct vorw_err e;
	struct img m, real;
	size_t i;

	for (i = 0; i < ARRAY_LEN(t); i++) {
		struct vcode c = { .p = (const u8 *)m.w, .rel = m.rel,
				   .insns = program, .ninsns = N };

		make(&m);
		c.len = m.n * 4;
		c.nrel = m.nrel;
		m.rel[0].addr = t[i].addr;
		memcpy(insns, program, sizeof(insns));
		insns[2].imm = t[i].addr;
		real.n = mini_jit(insns, N, 16, real.w);
		e = (struct vorw_err){ 0 };
		ok(vorw_arch_arm.same_code(&c, (u8 *)real.w, real.n * 4, 0, &e),
		   "same code, address load: %s", t[i].name);
		real.w[find(&real, ~0u, 0xe12fff36) + 2] ^= 1;
		e = (struct vorw_err){ 0 };
		ok(!vorw_arch_arm.same_code(&c, (u8 *)real.w, real.n * 4, 0, &e) &&
		   e.reason == VORW_R_RELINK,
		   "another word is noticed: %s", t[i].name);
		m.rel[0].addr ^= 4;
		real.w[find(&real, ~0u, 0xe12fff36) + 2] ^= 1;
		e = (struct vorw_err){ 0 };
		ok(!vorw_arch_arm.same_code(&c, (u8 *)real.w, real.n * 4, 0, &e),
		   "another address is noticed: %s", t[i].name);
	}
}

static void test_sentinels(void)
{
	u32 n, set, bad = 0;

	for (n = 0; n < 100000; n++) {
		u32 v[VORW_SENTINEL_SETS], w[2];

		for (set = 0; set < VORW_SENTINEL_SETS; set++) {
			struct bpf_insn ld[] = { LD64(1, 0, 0), EXIT };
			u32 out[MINI_MAX_WORDS];

			v[set] = vorw_arch_arm.sentinel(NULL, set, n, false);
			bad += vorw_arch_arm.sentinel(NULL, set, n + 1, false) == v[set];
			ld[0].imm = v[set];
			/* prologue 9, address 2, upper half 1, epilogue 2 */
			bad += mini_jit(ld, 3, 0, out) != 14;
		}
		w[0] = v[0] ^ v[1];
		w[1] = v[0] ^ v[2];
		bad += !(w[0] >> 16) || !(w[0] & 0xffff) || !(w[1] >> 16) ||
		       !(w[1] & 0xffff);
	}
	is(bad, 0, "sentinels: full-length, distinct, other in both halves");
}

int main(void)
{
	test_words();
	test_whole();
	test_divide64();
	test_same_code();
	test_sentinels();
	return tap_done();
}
