// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arm_code.c - the words that arch/arm/net/bpf_jit_32.c emits, and nothing
 * else.
 *
 * The code comes out of a guest that an object may have taken over, so it is
 * looked at before it is signed.  Every word is one of
 *  - a known sequence (prologue, helper call, tail call, call of the JIT's
 *    division routines, epilogue), entered only at its first word: these
 *    alone touch SP, FP, LR and PC;
 *  - a plain instruction of rows[] with the registers the JIT gives it;
 *  - a branch inside the code; flow.c compares those with the program.
 * So there are no system, coprocessor or mode-changing instructions, and no
 * call or store through FP that the sequences do not have.
 *
 * Taken are kernels for ARMv7 (__LINUX_ARM_ARCH__ 7) without
 * CONFIG_FRAME_POINTER, as multi-platform kernels are; others are refused
 * here by their prologue.
 */
#include "arm_code.h"

#define G	0x03ff			/* r0-r9: BPF and scratch registers */
#define EVEN	0x0155			/* first of a pair */
#define BASE	(1 << 0 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 8)
#define R9	(1 << 9)
#define I	(1 << ARM_IP)
#define L	(1 << ARM_LR)
#define ANY	0			/* not a register, or in the mask */

#define V7	VORW_CPU_ARM_V7
#define IDIVA	VORW_CPU_ARM_IDIVA

static const struct row {
	const char *name;
	u32 mask, value;
	u16 r16, r12, r8, r0;		/* allowed registers by bit position */
	u32 features;
} rows[] = {
	/* data processing, register; JIT: emit_alu_r() and comparisons */
	{ "ADD",   0xfff00ff0, 0xe0800000, G | I | L, G | L, ANY, G | L, 0 },
	{ "ADDS",  0xfff00ff0, 0xe0900000, G, G, ANY, G, 0 },
	{ "ADC",   0xfff00ff0, 0xe0a00000, G, G, ANY, G, 0 },
	{ "SUBS",  0xfff00ff0, 0xe0500000, G, G, ANY, G, 0 },
	{ "SBC",   0xfff00ff0, 0xe0c00000, G, G, ANY, G, 0 },
	{ "SBCS",  0xfff00ff0, 0xe0d00000, G, I, ANY, G, 0 },
	{ "AND",   0xfff00ff0, 0xe0000000, G, G | I | L, ANY, G, 0 },
	{ "ANDS",  0xfff00ff0, 0xe0100000, G, I, ANY, G, 0 },
	{ "ORR",   0xfff00ff0, 0xe1800000, G, G, ANY, G, 0 },
	{ "ORRS",  0xfff00ff0, 0xe1900000, L, I, ANY, I, 0 },
	{ "EOR",   0xfff00ff0, 0xe0200000, G, G, ANY, G, 0 },
	{ "CMP",   0xfff0fff0, 0xe1500000, G, ANY, ANY, G, 0 },
	{ "CMPEQ", 0xfff0fff0, 0x01500000, G, ANY, ANY, G, 0 },
	{ "MOV",   0xffff0ff0, 0xe1a00000, ANY, G, ANY, G | I | L, 0 },
	/* shifts by a constant */
	{ "LSL#",  0xffff0070, 0xe1a00000, ANY, G, ANY, G, 0 },
	{ "LSR#",  0xffff0070, 0xe1a00020, ANY, G, ANY, G, 0 },
	{ "ASR#",  0xffff0070, 0xe1a00040, ANY, G, ANY, G, 0 },
	{ "ORR LSL#", 0xfff00070, 0xe1800000, G, G, ANY, G, 0 },
	{ "ORR LSR#", 0xfff00070, 0xe1800020, G, G, ANY, G, 0 },
	/* shifts by a register */
	{ "LSL",   0xffff00f0, 0xe1a00010, ANY, G | I | L, G, G, 0 },
	{ "LSR",   0xffff00f0, 0xe1a00030, ANY, G | I | L, G, G, 0 },
	{ "ASR",   0xffff00f0, 0xe1a00050, ANY, G | I | L, G, G, 0 },
	{ "ORR LSL", 0xfff000f0, 0xe1800010, L, I | L, G | I, G, 0 },
	{ "ORR LSR", 0xfff000f0, 0xe1800030, L, I | L, G | I, G, 0 },
	{ "ORRPL ASR", 0xfff000f0, 0x51800050, L, L, R9, G, 0 },
	/* with a constant */
	{ "ADD#",    0xfff0f000, 0xe2807000, BASE, ANY, ANY, ANY, 0 },
	{ "SUB#32",  0xfff0ffff, 0xe240c020, G, ANY, ANY, ANY, 0 },
	{ "SUBS#32", 0xfff0ffff, 0xe2509020, G, ANY, ANY, ANY, 0 },
	{ "RSB#32",  0xfff00fff, 0xe2600020, G, I | R9, ANY, ANY, 0 },
	{ "RSB#0",   0xfff00fff, 0xe2600000, G, G, ANY, ANY, 0 },
	{ "RSBS#0",  0xfff00fff, 0xe2700000, G, G, ANY, ANY, 0 },
	{ "RSC#0",   0xfff00fff, 0xe2e00000, G, G, ANY, ANY, 0 },
	{ "MOV#",    0xffff0000, 0xe3a00000, ANY, G, ANY, ANY, 0 },
	{ "MOVW",    0xfff00000, 0xe3000000, ANY, G, ANY, ANY, V7 },
	{ "MOVT",    0xfff00000, 0xe3400000, ANY, G, ANY, ANY, V7 },
	/* multiplication and division; here Rd is at bit 16 */
	{ "MUL",   0xfff0f0f0, 0xe0000090, G | I | L, ANY, G, G, 0 },
	{ "UMULL", 0xfff000f0, 0xe0800090, G, I, G, G, 0 },
	{ "MLS",   0xfff000f0, 0xe0600090, G, G, I, G, V7 },
	{ "UDIV",  0xfff0f0f0, 0xe730f010, G | I, ANY, G, G, IDIVA },
	{ "SDIV",  0xfff0f0f0, 0xe710f010, G | I, ANY, G, G, IDIVA },
	/* byte order */
	{ "REV",   0xffff0ff0, 0xe6bf0f30, ANY, G | L, ANY, G, V7 },
	{ "REV16", 0xffff0ff0, 0xe6bf0fb0, ANY, G, ANY, G, V7 },
	{ "UXTH",  0xffff0ff0, 0xe6ff0070, ANY, G, ANY, G, V7 },
	/* memory of the program, either direction of offset */
	{ "LDR",   0xff700000, 0xe5100000, BASE, G, ANY, ANY, 0 },
	{ "LDRB",  0xff700000, 0xe5500000, BASE, G, ANY, ANY, 0 },
	{ "LDRH",  0xff7000f0, 0xe15000b0, BASE, G, ANY, ANY, 0 },
	{ "LDRSB", 0xff7000f0, 0xe15000d0, BASE, G, ANY, ANY, 0 },
	{ "LDRSH", 0xff7000f0, 0xe15000f0, BASE, G, ANY, ANY, 0 },
	{ "STR",   0xff700000, 0xe5000000, BASE, G, ANY, ANY, 0 },
	{ "STRB",  0xff700000, 0xe5400000, BASE, G, ANY, ANY, 0 },
	{ "STRH",  0xff7000f0, 0xe14000b0, BASE, G, ANY, ANY, 0 },
};

/* BPF registers that live on the stack, below FP: [fp, #-off]. */
static const struct row stacked[] = {
	{ "LDR fp",  0xffff0000, 0xe51b0000, ANY, G, ANY, ANY, 0 },
	{ "STR fp",  0xffff0000, 0xe50b0000, ANY, G | I | L, ANY, ANY, 0 },
	{ "LDRD fp", 0xffff00f0, 0xe14b00d0, ANY, EVEN, ANY, ANY, 0 },
	{ "STRD fp", 0xffff00f0, 0xe14b00f0, ANY, EVEN, ANY, ANY, 0 },
};

static bool in_set(u16 set, u32 w, u32 shift)
{
	return set == ANY || set >> (w >> shift & 15) & 1;
}

static bool row_matches(const struct row *r, u32 w)
{
	return (w & r->mask) == r->value && in_set(r->r16, w, 16) &&
	       in_set(r->r12, w, 12) && in_set(r->r8, w, 8) &&
	       in_set(r->r0, w, 0);
}

/* scratch: bytes of stacked registers below FP */
static bool stacked_ok(u32 w, u32 scratch)
{
	u32 i, off, size;

	for (i = 0; i < sizeof(stacked) / sizeof(stacked[0]); i++) {
		if (!row_matches(&stacked[i], w))
			continue;
		if (stacked[i].mask & 0xf0) {
			off = (w >> 4 & 0xf0) | (w & 0xf);
			size = 8;
		} else {
			off = w & 0xfff;
			size = 4;
		}
		return off >= size && off <= scratch && off % size == 0;
	}
	return false;
}

const char *arm_insn_known(u32 w, u32 scratch, u32 *features)
{
	u32 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!row_matches(&rows[i], w))
			continue;
		*features |= rows[i].features;
		return rows[i].name;
	}
	return stacked_ok(w, scratch) ? "scratch" : NULL;
}

/* ---- sequences ---- */

enum {		/* what the bits outside the mask are, beside FILL_* */
	SCRATCH = FILL_OWN,	/* offset of a stacked register */
	OUT,		/* displacement of a branch behind the sequence */
	PROLOGUE,	/* bytes of the prologue */
	ADDR_CALL,	/* MOVW of a call target: a relocation */
	ADDR_DIVIDE,	/* … of a routine of the JIT's own */
	SCRATCH_SIZE,	/* of all stacked registers */
	FRAME_SIZE,	/* program stack and stacked registers */
};

#define FIXED		FILL_FIXED
#define OFFSET		FILL_OFFSET
#define ADDR_TOP	FILL_FIXED	/* the upper half of an address */
#define ALL	0xffffffff
static const struct seq_word prologue[] = {	/* build_prologue() */
	{ ALL, 0xe92d4bf0, FIXED },		/* push {r4-r9, fp, lr} */
	{ ALL, 0xe1a0b00d, FIXED },		/* mov fp, sp */
	{ ALL, 0xe3a03000, FIXED },		/* mov r3, #0 */
	{ 0xffffff00, 0xe24d2000, SCRATCH_SIZE },	/* sub r2, sp, # */
	{ 0xfffff000, 0xe24dd000, FRAME_SIZE },	/* sub sp, sp, # */
	{ 0xfffff0f0, 0xe14b20f0, SCRATCH },	/* strd r2, [fp, #-] */
	{ ALL, 0xe3a02000, FIXED },		/* mov r2, #0 */
	{ 0xfffff0f0, 0xe14b20f0, SCRATCH },	/* strd r2, [fp, #-] */
	{ ALL, 0xe1a02000, FIXED },		/* mov r2, r0 */
};
static const struct seq_word epilogue[] = {	/* build_epilogue() */
	{ ALL, 0xe1a0d00b, FIXED },		/* mov sp, fp */
	{ ALL, 0xe8bd8bf0, FIXED },		/* pop {r4-r9, fp, pc} */
};
static const struct seq_word helper_call[] = {	/* BPF_JMP | BPF_CALL */
	{ ALL, 0xe1a01003, FIXED },		/* mov r1, r3 */
	{ ALL, 0xe1a00002, FIXED },		/* mov r0, r2 */
	{ 0xfffff0f0, 0xe14b20d0, SCRATCH },	/* ldrd r2, [fp, #-] */
	{ 0xfffff0f0, 0xe14b80d0, SCRATCH },	/* ldrd r8, [fp, #-] */
	{ ALL, 0xe92d0300, FIXED },		/* push {r8, r9} */
	{ 0xfffff0f0, 0xe14b80d0, SCRATCH },
	{ ALL, 0xe92d0300, FIXED },
	{ 0xfffff0f0, 0xe14b80d0, SCRATCH },
	{ ALL, 0xe92d0300, FIXED },
	{ 0xfff0f000, 0xe3006000, ADDR_CALL },	/* movw r6, # */
	{ 0xfff0f000, 0xe3406000, ADDR_TOP },	/* movt r6, # */
	{ ALL, 0xe12fff36, FIXED },		/* blx r6 */
	{ ALL, 0xe28dd018, FIXED },		/* add sp, sp, #24 */
};
static const struct seq_word divide_call[] = {	/* emit_udivmod(), no UDIV */
	{ ALL, 0xe92d000c, FIXED },		/* push {r2, r3} */
	{ 0xfff0f000, 0xe300c000, ADDR_DIVIDE },	/* movw ip, # */
	{ 0xfff0f000, 0xe340c000, ADDR_TOP },	/* movt ip, # */
	{ ALL, 0xe12fff3c, FIXED },		/* blx ip */
	{ ALL, 0xe8bd000c, FIXED },		/* pop {r2, r3} */
};
#define TAIL_CALL_HEAD \
	{ 0xfffff000, 0xe51b9000, SCRATCH },	/* ldr r9, [fp, #-] */ \
	{ 0xfffff000, 0xe51b8000, SCRATCH },	/* ldr r8, [fp, #-] */ \
	{ 0xfffff000, 0xe5996000, OFFSET },	/* ldr r6, [r9, #] */ \
	{ ALL, 0xe1580006, FIXED },		/* cmp r8, r6 */ \
	{ 0xff000000, 0x2a000000, OUT },	/* bcs out */ \
	{ 0xfffff0f0, 0xe14b60d0, SCRATCH },	/* ldrd r6, [fp, #-] */ \
	{ ALL, 0xe3570000, FIXED },		/* cmp r7, #0 */ \
	{ ALL, 0x03560021, FIXED },		/* cmpeq r6, #33 */ \
	{ 0xff000000, 0x2a000000, OUT }, \
	{ ALL, 0xe2966001, FIXED },		/* adds r6, r6, #1 */ \
	{ ALL, 0xe2a77000, FIXED },		/* adc r7, r7, #0 */ \
	{ 0xfffff0f0, 0xe14b60f0, SCRATCH },	/* strd r6, [fp, #-] */ \
	{ 0xfffff000, 0xe2896000, OFFSET },	/* add r6, r9, # */ \
	{ ALL, 0xe7966108, FIXED },		/* ldr r6, [r6, r8, lsl #2] */ \
	{ ALL, 0xe3560000, FIXED },		/* cmp r6, #0 */ \
	{ 0xff000000, 0x0a000000, OUT },	/* beq out */ \
	{ 0xfffff000, 0xe5966000, OFFSET },	/* ldr r6, [r6, #] */ \
	{ 0xfffff000, 0xe2866000, PROLOGUE }	/* add r6, r6, # */
static const struct seq_word tail_call_bx[] = {	/* emit_bpf_tail_call() */
	TAIL_CALL_HEAD,
	{ ALL, 0xe12fff16, FIXED },		/* bx r6 */
};
static const struct seq_word tail_call_mov[] = {
	TAIL_CALL_HEAD,
	{ ALL, 0xe1a0f006, FIXED },		/* mov pc, r6: no HWCAP_THUMB */
};

#define THUMB	VORW_CPU_ARM_THUMB

static const struct seq seqs[] = {
	{ helper_call, SEQ_LEN(helper_call), FLOW_CALL, THUMB | V7, 0 },
	{ divide_call, SEQ_LEN(divide_call), FLOW_PLAIN, THUMB | V7, 0 },
	{ tail_call_bx, SEQ_LEN(tail_call_bx), FLOW_TAIL_CALL, THUMB, 0 },
	{ tail_call_mov, SEQ_LEN(tail_call_mov), FLOW_TAIL_CALL, 0, 0 },
};

static bool is_call_target(const struct vreloc *r)
{
	return r && (r->kind == VORW_REL_HELPER || r->kind == VORW_REL_KSYM);
}

static u32 imm8m(u32 w)
{
	u32 v = w & 0xff, rot = (w >> 8 & 15) * 2;

	return rot ? v >> rot | v << (32 - rot) : v;
}

static bool fill_ok(struct marking *m, u32 i, const struct seq_word *s,
		    u32 end)
{
	u32 w = word_at(m->c->p, i), depth = m->c->stack_depth;
	const struct vreloc *r = word_rel(m->c, i);
	u32 *scratch = m->own;	/* bytes of stacked registers */

	switch (s->fill) {
	case SCRATCH:
		return stacked_ok(w, *scratch);
	case OUT:
		return arm_b_target(w, i) == (s32)end;
	case PROLOGUE:
		return imm8m(w) == SEQ_LEN(prologue) * 4;
	case ADDR_CALL:
		return is_call_target(r) && !arm_divide_target(r);
	case ADDR_DIVIDE:
		return arm_divide_target(r) == ARM_DIVIDE_32;
	case SCRATCH_SIZE:
		*scratch = w & 0xff;
		return true;
	case FRAME_SIZE:
		/* room for the stack the verifier counted */
		return imm8m(w) >= depth + *scratch &&
		       imm8m(w) <= depth + *scratch + 7;
	}
	return false;
}

/* One plain word, an address pair, or a 64-bit division. */
static u32 plain_at(struct marking *m, u32 i)
{
	const struct vreloc *r = word_rel(m->c, i);
	u32 w = word_at(m->c->p, i), n = m->c->len / 4, len;
	u32 scratch = *(u32 *)m->own;

	m->l->mark[i] = FLOW_PLAIN;
	len = arm_divide64_at(m->c, i);
	if (len) {
		*m->features |= THUMB | V7;
		return len;
	}
	if (arm_is_b(w)) {
		m->l->mark[i] = FLOW_BRANCH;
		return m->l->len[i] = 1;
	}
	if (r && (is_call_target(r) || !arm_is_pair(m->c->p, n, i)))
		return refuse(m, i, "an address that does not belong there");
	if (!arm_insn_known(w, scratch, m->features))
		return refuse(m, i, "not an instruction the JIT emits there");
	if (arm_is_movt(w))
		return refuse(m, i, "MOVT without its MOVW");
	if (!arm_is_pair(m->c->p, n, i))
		return 1;
	if (word_rel(m->c, i + 1) ||
	    !arm_insn_known(word_at(m->c->p, i + 1), scratch, m->features))
		return refuse(m, i + 1, "not the end of a constant");
	return 2;
}

static bool mark_code(const struct vcode *c, const char *prog,
		      struct flow_layout *l, u32 *features, struct vorw_err *e)
{
	u32 n = c->len / 4, scratch = 0;
	struct marking m = { .c = c, .prog = prog, .l = l,
			     .features = features, .e = e, .own = &scratch,
			     .seqs = seqs, .nseqs = SEQ_LEN(seqs),
			     .fill_ok = fill_ok, .plain_at = plain_at };

	if (c->len % 4 || n < SEQ_LEN(prologue) + SEQ_LEN(epilogue) ||
	    !seq_at(&m, 0, prologue, SEQ_LEN(prologue)))
		return refuse(&m, 0, "not the JIT's prologue for this stack");
	l->body = SEQ_LEN(prologue);
	l->epilogue = n - SEQ_LEN(epilogue);
	if (!seq_at(&m, l->epilogue, epilogue, SEQ_LEN(epilogue)))
		return refuse(&m, l->epilogue, "not the JIT's epilogue");
	l->mark[l->epilogue] = FLOW_EPILOGUE;
	return mark_body(&m);
}

/* ---- flow ---- */

/* Condition that takes the jump, by build_insn() go_jmp. */
static u32 cond_of(const struct vcode *c, u32 insn)
{
	switch (BPF_OP(c->insns[insn].code)) {
	case BPF_JEQ:	return 0;	/* EQ */
	case BPF_JNE:
	case BPF_JSET:	return 1;	/* NE */
	case BPF_JGE:	return 2;	/* CS */
	case BPF_JLT:	return 3;	/* CC */
	case BPF_JGT:	return 8;	/* HI */
	case BPF_JLE:	return 9;	/* LS */
	case BPF_JSGE:
	case BPF_JSLE:	return 10;	/* GE */
	case BPF_JSGT:
	case BPF_JSLT:	return 11;	/* LT */
	default:	return FLOW_NEVER;
	}
}

/* A jump over nothing is left out, but for a comparison of registers. */
static bool no_event(const struct vcode *c, u32 insn)
{
	const struct bpf_insn *in = &c->insns[insn];

	switch (BPF_OP(in->code)) {
	case BPF_CALL:
	case BPF_TAIL_CALL:
	case BPF_EXIT:
		return false;
	case BPF_JA:
		return !(BPF_CLASS(in->code) == BPF_JMP32 ? in->imm : in->off);
	}
	return !in->off && BPF_SRC(in->code) == BPF_K;
}

static void branch_at(const struct vcode *c, u32 at, u32 *cond, s32 *target)
{
	u32 w = word_at(c->p, at);

	*cond = w >> 28 == 14 ? FLOW_ALWAYS : w >> 28;
	*target = arm_b_target(w, at);
}

/* fill_ok() and arm_divide64_at() let it stand where it belongs only. */
static bool own_address(const struct vcode *c, u32 rel)
{
	return arm_divide_target(&c->rel[rel]);
}

static const struct flow_ops flow = {
	.unit		= 4,
	.no_event	= no_event,
	.cond_of	= cond_of,
	.branch_at	= branch_at,
	.own_address	= own_address,
};

bool arm_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e)
{
	return flow_validate(&flow, mark_code, c, prog, features, e);
}
