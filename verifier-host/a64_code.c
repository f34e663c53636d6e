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
 * Taken is what 6.1, 6.12 and 7.2 emit: a64_frame.c knows how they differ.
 */
#include "a64.h"

#define FIXED	FILL_FIXED
#define ALL	0xffffffff
#define MAX_STACK	4080	/* what an immediate can hold */

/* build_plt(); the literal follows, eight bytes from an aligned word */
static const struct seq_word plt[] = {
	{ ALL, 0x5800004a, FIXED },		/* ldr x10, 8 */
	{ ALL, 0xd61f0140, FIXED },		/* br x10 */
};

/* emit_ll_sc_atomic(); w12 is the status, which a branch back tests */
#define LDXR	{ 0xbffffc00, 0x885f7c00, A64_FILL_LOAD }
#define STXR	{ 0xbffffc00, 0x880c7c00, A64_FILL_STORE }
#define STLXR	{ 0xbffffc00, 0x880cfc00, A64_FILL_STORE }
#define AGAIN(n) { ALL, 0x3500000c | ((0x80000 - (n)) << 5), FIXED }
#define DMB_ISH	{ ALL, 0xd5033bbf, FIXED }
static const struct seq_word excl_op[] = {
	LDXR, { 0, 0, A64_FILL_OP }, STXR, AGAIN(3) };
static const struct seq_word excl_fetch[] = {
	LDXR, { 0, 0, A64_FILL_OP }, STLXR, AGAIN(3), DMB_ISH };
static const struct seq_word excl_xchg[] = {
	LDXR, STLXR, AGAIN(2), DMB_ISH };
static const struct seq_word excl_cmpxchg[] = {
	LDXR, { 0, 0, A64_FILL_OP },
	{ 0x7fffffff, 0x3500008c, FIXED },	/* cbnz x12, behind */
	STLXR, AGAIN(4), DMB_ISH };

/* insn_is_mov_percpu_addr() */
static const struct seq_word percpu[] = {
	{ ~A64_MRS_TPIDR_BITS, A64_MRS_TPIDR | 10, A64_FILL_TPIDR },
	{ 0xfffffc00, 0x8b0a0000, A64_FILL_SAME },	/* add xn, xn, x10 */
};

#define CPU_ID_WORD	(VORW_TAIL_WORDS - 1)	/* of c->tail_words */

/* What may stand in a body besides plain words. */
struct body {
	struct a64_frame frame;
	struct seq seqs[10];
	u32 nseqs;
};

static void add_seq(struct body *b, const struct seq_word *w, u32 n,
		    enum flow_mark mark, u32 slot)
{
	b->seqs[b->nseqs++] = (struct seq){ w, n, mark, 0, slot };
}

static void add_words(struct body *b, const struct a64_words *s,
		      enum flow_mark mark, u32 slot)
{
	add_seq(b, s->w, s->n, mark, slot);
}

static void make_body(struct body *b)
{
	const struct a64_frame *f = &b->frame;

	b->nseqs = 0;
	add_words(b, &f->call, FLOW_CALL, 0);
	add_words(b, &f->tail_call, FLOW_TAIL_CALL, 0);
	add_seq(b, excl_op, SEQ_LEN(excl_op), FLOW_PLAIN, 0);
	add_seq(b, excl_fetch, SEQ_LEN(excl_fetch), FLOW_PLAIN, 0);
	add_seq(b, excl_xchg, SEQ_LEN(excl_xchg), FLOW_PLAIN, 0);
	add_seq(b, excl_cmpxchg, SEQ_LEN(excl_cmpxchg), FLOW_PLAIN, 0);
	if (f->layout == A64_6_1)
		return;
	add_words(b, &f->cpu_id, FLOW_PLAIN, CPU_ID_WORD);
	add_words(b, &f->task, FLOW_PLAIN, 0);
	add_seq(b, percpu, SEQ_LEN(percpu), FLOW_PLAIN, 0);
}

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

static const struct a64_frame *frame_of(const struct marking *m)
{
	return &((const struct body *)m->own)->frame;
}

static bool fill_ok(struct marking *m, u32 i, const struct seq_word *s,
		    u32 end)
{
	const struct a64_frame *f = frame_of(m);
	const struct vreloc *r = word_rel(m->c, i);
	u32 w = word_at(m->c->p, i), features = 0;

	switch (s->fill) {
	case A64_FILL_LOAD:
		return a64_may_write(f, w) && a64_may_read(f, w >> 5);
	case A64_FILL_STORE:
		return a64_may_read(f, w) && a64_may_read(f, w >> 5);
	case A64_FILL_OP:
		return a64_insn_known(f, w, &features) && !features && !r;
	case A64_FILL_OUT:
		return a64_target(w, i) == (s32)end;
	case A64_FILL_BASE:
		/* inside the program's stack, so that x27 points into it */
		return imm12(w) <= f->stack;
	case A64_FILL_CALL:
		return is_call_target(r);
	case A64_FILL_PRIV_STACK:
		return r && r->kind == VORW_REL_PRIV_STACK &&
		       r->addend == A64_STACK_GUARD;
	case A64_FILL_TPIDR:
		w &= ~31u;
		*m->features |= w == A64_MRS_TPIDR_EL1 ?
				VORW_CPU_ARM64_TPIDR_EL1 :
				VORW_CPU_ARM64_TPIDR_EL2;
		return w == A64_MRS_TPIDR_EL1 || w == A64_MRS_TPIDR_EL2;
	case A64_FILL_SAME:
		return (w & 31) == (w >> 5 & 31) && a64_may_write(f, w);
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
	if (r && (r->form != VORW_ENC_A64_MOVZ ||
		  r->kind == VORW_REL_PRIV_STACK) &&
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
	if (!a64_insn_known(frame_of(m), w, m->features))
		return refuse(m, i, "not an instruction the JIT emits there");
	if (is_mov(w))
		return constant_at(m, i);
	if (word_rel(m->c, i))
		return refuse(m, i, "an address that does not belong there");
	return 1;
}

/* The frame that the function begins with. */
static bool find_frame(struct marking *m, struct body *b)
{
	bool priv_stack = m->c->facts & VORW_PF_PRIV_STACK;
	u32 layout, pac;

	for (layout = priv_stack ? A64_7_2 : A64_6_1; layout < A64_LAYOUTS; layout++)
		for (pac = 0; pac < 2; pac++) {
			a64_make_frame(&b->frame, layout, pac, m->c);
			if (seq_at(m, 0, b->frame.prologue.w,
				   b->frame.prologue.n))
				return true;
		}
	return false;
}

/* Prologue at the start; epilogue, NOP, patch target, literal at the end. */
static bool find_ends(struct marking *m, struct body *b)
{
	const struct vcode *c = m->c;
	const struct a64_words *end = &b->frame.epilogue;
	const struct vreloc *r = c->nrel ? &c->rel[c->nrel - 1] : NULL;
	struct flow_layout *l = m->l;
	u32 n = c->len / 4;

	if (c->stack_depth > MAX_STACK || !find_frame(m, b))
		return refuse(m, 0, "not the JIT's prologue for this stack");
	l->body = b->frame.prologue.n;
	if (n < l->body + 4 || !r || r->off != c->len - 8 ||
	    r->form != VORW_ENC_A64_LITERAL || r->kind != VORW_REL_KSYM ||
	    strcmp(r->ksym, "dummy_tramp") ||
	    !seq_at(m, n - 4, plt, SEQ_LEN(plt)))
		return refuse(m, n - 4, "not the JIT's patch target");
	n -= 4;
	if (word_at(c->p, n - 1) == A64_NOP && n % 2 == 0)
		n--;
	l->epilogue = n - end->n;
	if (l->epilogue < l->body || l->epilogue > n ||
	    !seq_at(m, l->epilogue, end->w, end->n))
		return refuse(m, n, "not the JIT's epilogue");
	l->mark[l->epilogue] = FLOW_EPILOGUE;
	return true;
}

static bool mark_code(const struct vcode *c, const char *prog,
		      struct flow_layout *l, u32 *features, struct vorw_err *e)
{
	struct body b;
	struct marking m = { .c = c, .prog = prog, .l = l,
			     .features = features, .e = e, .own = &b,
			     .fill_ok = fill_ok, .plain_at = plain_at };

	if (c->len % 4 || c->len < 16)
		return refuse(&m, 0, "not whole instructions");
	if (!find_ends(&m, &b))
		return false;
	make_body(&b);
	m.seqs = b.seqs;
	m.nseqs = b.nseqs;
	return mark_body(&m);
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

/* bpf_jit_inlines_helper_call(), since 6.12: what stays an id is inlined */
bool a64_inlines(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == 0 &&
	       (insn->imm == BPF_FUNC_get_smp_processor_id ||
		insn->imm == BPF_FUNC_get_current_task ||
		insn->imm == BPF_FUNC_get_current_task_btf);
}

static bool no_event(const struct vcode *c, u32 insn)
{
	return a64_inlines(&c->insns[insn]);
}

/* The literal, which find_ends() saw; and the stack in the prologue. */
static bool own_address(const struct vcode *c, u32 rel)
{
	return rel == c->nrel - 1 ||
	       c->rel[rel].kind == VORW_REL_PRIV_STACK;
}

static const struct flow_ops flow = {
	.unit		= 4,
	.no_event	= no_event,
	.cond_of	= cond_of,
	.branch_at	= branch_at,
	.own_address	= own_address,
};

bool a64_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e)
{
	return flow_validate(&flow, mark_code, c, prog, features, e);
}
