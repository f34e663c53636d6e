// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * a64_code.c - the words that arch/arm64/net/bpf_jit_comp.c emits, and nothing
 * else.
 *
 * The code comes out of a guest that an object may have taken over, so it is
 * looked at before it is signed.  Every word is one of
 *  - a known sequence (prologue, call, tail call, exclusive loop, epilogue,
 *    patch target), entered only at its first word: these alone touch SP, the
 *    frame pointer, the link register and the tail call counter;
 *  - a plain instruction of a64_insn.c, with the registers the JIT gives it;
 *  - a branch inside the code; flow.c compares those with the program.
 * So there is no system instruction, no call and no store through SP that the
 * sequences do not have.
 *
 * Taken is what 6.1 emits; the prologue and the tail call of later kernels
 * differ and are refused here.
 */
#include "a64.h"

/* ---- sequences ---- */

enum {		/* what the bits outside the mask are, beside FILL_* */
	LOAD = FILL_OWN,	/* registers as LDXR has them: base, result */
	STORE,		/* … STXR: status, base, source */
	OP,		/* a plain instruction */
	OUT,		/* displacement of a branch behind the sequence */
	FPB_OFFSET,	/* lowest stack access */
	STACK,		/* stack size */
	ENTRY,		/* bytes in front of a tail call's entry */
	CALL_ADDR,	/* MOVN of a call target: a relocation */
};

#define FIXED	FILL_FIXED
#define OFFSET	FILL_OFFSET
#define ALL	0xffffffff
#define NOP	0xd503201f
#define PACIASP	{ ALL, 0xd503233f, FIXED }
#define AUTIASP	{ ALL, 0xd50323bf, FIXED }

#define PUSHES \
	{ ALL, 0xa9bf7bfd, FIXED },		/* stp x29, x30, [sp, #-16]! */ \
	{ ALL, 0x910003fd, FIXED },		/* mov x29, sp */ \
	{ ALL, 0xa9bf53f3, FIXED },		/* stp x19, x20, … */ \
	{ ALL, 0xa9bf5bf5, FIXED },		/* stp x21, x22, … */ \
	{ ALL, 0xa9bf6bf9, FIXED },		/* stp x25, x26, … */ \
	{ ALL, 0xa9bf73fb, FIXED },		/* stp x27, x28, … */ \
	{ ALL, 0x910003f9, FIXED }		/* mov x25, sp */
#define NO_TAIL_CALLS	{ ALL, 0xd280001a, FIXED }	/* mov x26, #0 */
#define STACKS \
	{ 0xffc003ff, 0xd100033b, FPB_OFFSET },	/* sub x27, x25, # */ \
	{ 0xffc003ff, 0xd10003ff, STACK }	/* sub sp, sp, # */
#define ENTRY_MARK \
	{ ALL, 0x910003c9, FIXED },		/* mov x9, x30 */ \
	{ ALL, NOP, FIXED }

/* build_prologue(), with and without CONFIG_ARM64_PTR_AUTH_KERNEL; the tail
 * call counter is the main function's. */
static const struct seq_word main_pac[] = {
	ENTRY_MARK, PACIASP, PUSHES, NO_TAIL_CALLS, STACKS };
static const struct seq_word main_plain[] = {
	ENTRY_MARK, PUSHES, NO_TAIL_CALLS, STACKS };
static const struct seq_word sub_pac[] = {
	ENTRY_MARK, PACIASP, PUSHES, STACKS };
static const struct seq_word sub_plain[] = {
	ENTRY_MARK, PUSHES, STACKS };

#define POPS \
	{ 0xffc003ff, 0x910003ff, STACK },	/* add sp, sp, # */ \
	{ ALL, 0xa8c173fb, FIXED },		/* ldp x27, x28, [sp], #16 */ \
	{ ALL, 0xa8c16bf9, FIXED },		/* ldp x25, x26, … */ \
	{ ALL, 0xa8c15bf5, FIXED },		/* ldp x21, x22, … */ \
	{ ALL, 0xa8c153f3, FIXED },		/* ldp x19, x20, … */ \
	{ ALL, 0xa8c17bfd, FIXED },		/* ldp x29, x30, … */ \
	{ ALL, 0x910000e0, FIXED }		/* mov x0, x7 */
#define RET	{ ALL, 0xd65f03c0, FIXED }
static const struct seq_word end_pac[] = { POPS, AUTIASP, RET };
static const struct seq_word end_plain[] = { POPS, RET };

/* build_plt(); the literal follows, eight bytes from an aligned word */
static const struct seq_word plt[] = {
	{ ALL, 0x5800004a, FIXED },		/* ldr x10, 8 */
	{ ALL, 0xd61f0140, FIXED },		/* br x10 */
};

static const struct seq_word call[] = {		/* BPF_JMP | BPF_CALL */
	{ 0xffe0001f, 0x9280000a, CALL_ADDR },	/* movn x10, # */
	{ 0xffe0001f, 0xf2a0000a, FIXED },	/* movk x10, #, lsl 16 */
	{ 0xffe0001f, 0xf2c0000a, FIXED },	/* movk x10, #, lsl 32 */
	{ ALL, 0xd63f0140, FIXED },		/* blr x10 */
	{ ALL, 0x91000007, FIXED },		/* mov x7, x0 */
};
static const struct seq_word tail_call[] = {	/* emit_bpf_tail_call() */
	{ 0xffe0001f, 0x5280000a, OFFSET },	/* mov w10, # */
	{ ALL, 0xb86a682a, FIXED },		/* ldr w10, [x1, x10] */
	{ ALL, 0x11000042, FIXED },		/* mov w2, w2 */
	{ ALL, 0x6b0a005f, FIXED },		/* cmp w2, w10 */
	{ 0xff00001f, 0x54000002, OUT },	/* b.cs out */
	{ ALL, 0x5280042a, FIXED },		/* mov w10, #33 */
	{ ALL, 0xeb0a035f, FIXED },		/* cmp x26, x10 */
	{ 0xff00001f, 0x54000002, OUT },	/* b.cs out */
	{ ALL, 0x9100075a, FIXED },		/* add x26, x26, #1 */
	{ 0xffe0001f, 0x5280000a, OFFSET },	/* mov w10, # */
	{ ALL, 0x8b0a002a, FIXED },		/* add x10, x1, x10 */
	{ ALL, 0xd37df04b, FIXED },		/* lsl x11, x2, #3 */
	{ ALL, 0xf86b694b, FIXED },		/* ldr x11, [x10, x11] */
	{ 0xff00001f, 0xb400000b, OUT },	/* cbz x11, out */
	{ 0xffe0001f, 0x5280000a, OFFSET },	/* mov w10, # */
	{ ALL, 0xf86a696a, FIXED },		/* ldr x10, [x11, x10] */
	{ 0xffc003ff, 0x9100014a, ENTRY },	/* add x10, x10, # */
	{ 0xffc003ff, 0x910003ff, STACK },	/* add sp, sp, # */
	{ ALL, 0xd61f0140, FIXED },		/* br x10 */
};

/* emit_ll_sc_atomic(); w12 is the status, which a branch back tests */
#define LDXR	{ 0xbffffc00, 0x885f7c00, LOAD }
#define STXR	{ 0xbffffc00, 0x880c7c00, STORE }
#define STLXR	{ 0xbffffc00, 0x880cfc00, STORE }
#define AGAIN(n) { ALL, 0x3500000c | ((0x80000 - (n)) << 5), FIXED }
#define DMB_ISH	{ ALL, 0xd5033bbf, FIXED }
static const struct seq_word excl_op[] = {
	LDXR, { 0, 0, OP }, STXR, AGAIN(3) };
static const struct seq_word excl_fetch[] = {
	LDXR, { 0, 0, OP }, STLXR, AGAIN(3), DMB_ISH };
static const struct seq_word excl_xchg[] = {
	LDXR, STLXR, AGAIN(2), DMB_ISH };
static const struct seq_word excl_cmpxchg[] = {
	LDXR, { 0, 0, OP },
	{ 0x7fffffff, 0x3500008c, FIXED },	/* cbnz x12, behind */
	STLXR, AGAIN(4), DMB_ISH };

static const struct seq seqs[] = {
	{ call, SEQ_LEN(call), FLOW_CALL, 0 },
	{ tail_call, SEQ_LEN(tail_call), FLOW_TAIL_CALL, 0 },
	{ excl_op, SEQ_LEN(excl_op), FLOW_PLAIN, 0 },
	{ excl_fetch, SEQ_LEN(excl_fetch), FLOW_PLAIN, 0 },
	{ excl_xchg, SEQ_LEN(excl_xchg), FLOW_PLAIN, 0 },
	{ excl_cmpxchg, SEQ_LEN(excl_cmpxchg), FLOW_PLAIN, 0 },
};

static bool is_call_target(const struct vreloc *r)
{
	return r && r->form == VORW_ENC_A64_MOVN &&
	       (r->kind == VORW_REL_HELPER || r->kind == VORW_REL_MAP_OP ||
		r->kind == VORW_REL_PART ||
		(r->kind == VORW_REL_KSYM && strcmp(r->ksym, "dummy_tramp")));
}

static u32 imm12(u32 w)
{
	return (w >> 10 & 0xfff) << (w >> 22 & 1 ? 12 : 0);
}

static bool fill_ok(struct marking *m, u32 i, const struct seq_word *s,
		    u32 end)
{
	u32 w = word_at(m->c->p, i), features = 0;

	switch (s->fill) {
	case LOAD:
		return a64_may_write(w & 31) && a64_may_read(w >> 5 & 31);
	case STORE:
		return a64_may_read(w & 31) && a64_may_read(w >> 5 & 31);
	case OP:
		return a64_insn_known(w, &features) && !features &&
		       !word_rel(m->c, i);
	case OUT:
		return a64_target(w, i) == (s32)end;
	case FPB_OFFSET:
		/* inside the program's stack, so that x27 points into it */
		return imm12(w) <= ((m->c->stack_depth + 15) & ~15u);
	case STACK:
		return imm12(w) == ((m->c->stack_depth + 15) & ~15u);
	case ENTRY:
		return imm12(w) == m->entry * 4;
	case CALL_ADDR:
		return is_call_target(word_rel(m->c, i));
	}
	return false;
}

static bool is_mov(u32 w)
{
	return a64_is_movn(w) || a64_is_movz(w) || a64_is_movk(w);
}

/* A constant or an address: MOVZ or MOVN, and MOVKs of the same register. */
static u32 constant_at(struct marking *m, u32 i)
{
	u32 w = word_at(m->c->p, i), rd = a64_rd(w), n = m->c->len / 4;
	const struct vreloc *r = word_rel(m->c, i);
	u32 len, want = 0;

	if (a64_is_movk(w))
		return refuse(m, i, "not the start of a constant");
	if (r && r->form != VORW_ENC_A64_MOVZ &&
	    !(r->form == VORW_ENC_A64_MOVN && r->kind == VORW_REL_PART))
		return refuse(m, i, "an address that does not belong there");
	if (r)
		want = r->form == VORW_ENC_A64_MOVZ ? 4 : 3;
	for (len = 1; len != want && i + len < n; len++) {
		w = word_at(m->c->p, i + len);
		if (!a64_is_movk(w) || a64_rd(w) != rd ||
		    word_rel(m->c, i + len))
			break;
	}
	return !want || len == want ? len : refuse(m, i, "half an address");
}

static u32 plain_at(struct marking *m, u32 i)
{
	u32 w = word_at(m->c->p, i);

	m->l->mark[i] = FLOW_PLAIN;
	if (a64_is_b(w) || a64_is_bcond(w)) {
		if (word_rel(m->c, i))
			return refuse(m, i, "an address in a branch");
		m->l->mark[i] = FLOW_BRANCH;
		return m->l->len[i] = 1;
	}
	if (!a64_insn_known(w, m->features))
		return refuse(m, i, "not an instruction the JIT emits there");
	if (is_mov(w))
		return constant_at(m, i);
	if (word_rel(m->c, i))
		return refuse(m, i, "an address that does not belong there");
	return 1;
}

static const struct word_ops words = {
	.seqs		= seqs,
	.nseqs		= SEQ_LEN(seqs),
	.fill_ok	= fill_ok,
	.plain_at	= plain_at,
};

/* Prologue at the start; epilogue, NOP, patch target, literal at the end. */
static bool find_ends(struct marking *m)
{
	const struct vcode *c = m->c;
	const struct vreloc *r = c->nrel ? &c->rel[c->nrel - 1] : NULL;
	bool main = c->part == 0, pac;
	struct flow_layout *l = m->l;
	u32 n = c->len / 4;

	pac = seq_at(m, 0, main ? main_pac : sub_pac,
		     main ? SEQ_LEN(main_pac) : SEQ_LEN(sub_pac));
	if (!pac && !seq_at(m, 0, main ? main_plain : sub_plain,
			    main ? SEQ_LEN(main_plain) : SEQ_LEN(sub_plain)))
		return refuse(m, 0, "not the JIT's prologue for this stack");
	l->body = main ? SEQ_LEN(main_plain) : SEQ_LEN(sub_plain);
	l->body += pac;
	m->entry = SEQ_LEN(main_plain) + pac - 2;

	if (n < l->body + 4 || !r || r->off != c->len - 8 ||
	    r->form != VORW_ENC_A64_LITERAL || r->kind != VORW_REL_KSYM ||
	    strcmp(r->ksym, "dummy_tramp") ||
	    !seq_at(m, n - 4, plt, SEQ_LEN(plt)))
		return refuse(m, n - 4, "not the JIT's patch target");
	n -= 4;
	if (word_at(c->p, n - 1) == NOP && n % 2 == 0)
		n--;
	l->epilogue = n - (pac ? SEQ_LEN(end_pac) : SEQ_LEN(end_plain));
	if (l->epilogue < l->body || l->epilogue > n ||
	    !seq_at(m, l->epilogue, pac ? end_pac : end_plain,
		    pac ? SEQ_LEN(end_pac) : SEQ_LEN(end_plain)))
		return refuse(m, n, "not the JIT's epilogue");
	l->mark[l->epilogue] = FLOW_EPILOGUE;
	return true;
}

static bool mark_code(const struct vcode *c, const char *prog,
		      struct flow_layout *l, u32 *features, struct vorw_err *e)
{
	struct marking m = { .ops = &words, .c = c, .prog = prog, .l = l,
			     .features = features, .e = e };

	if (c->len % 4 || c->len < 16)
		return refuse(&m, 0, "not whole instructions");
	return find_ends(&m) && mark_body(&m);
}

/* ---- flow ---- */

/* Condition that takes the jump: build_insn(), emit_cond_jmp. */
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
	case BPF_JSGE:	return 10;	/* GE */
	case BPF_JSLT:	return 11;	/* LT */
	case BPF_JSGT:	return 12;	/* GT */
	case BPF_JSLE:	return 13;	/* LE */
	default:	return FLOW_NEVER;
	}
}

static void branch_at(const struct vcode *c, u32 at, u32 *cond, s32 *target)
{
	u32 w = word_at(c->p, at);

	*cond = a64_is_b(w) ? FLOW_ALWAYS : w & 15;
	*target = a64_target(w, at);
}

/* The literal; find_ends() saw it. */
static bool own_address(const struct vcode *c, u32 rel)
{
	return rel == c->nrel - 1;
}

static const struct flow_ops flow = {
	.unit		= 4,
	.cond_of	= cond_of,
	.branch_at	= branch_at,
	.own_address	= own_address,
};

bool a64_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e)
{
	return flow_validate(&flow, mark_code, c, prog, features, e);
}
