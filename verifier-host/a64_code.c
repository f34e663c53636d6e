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
 *  - a plain instruction of rows[] with the registers the JIT gives it;
 *  - a branch inside the code; a64_flow.c compares those with the program.
 * So there is no system instruction, no call and no store through SP that the
 * sequences do not have.
 *
 * Taken is what 6.1 emits; the prologue and the tail call of later kernels
 * differ and are refused here.
 */
#include <stdlib.h>
#include "a64.h"

/* x0-x4, x7, x19-x22: BPF registers; x9: BPF_REG_AX; x10-x12: scratch */
#define W	0x00781e9fu		/* may be written */
#define FP	(1u << 25)		/* BPF_REG_FP, read only */
#define R	(W | FP)
#define FPB	(1u << 27)		/* lowest stack address, base only */
#define ZR	(1u << 31)
#define ANY	0			/* not a register, or in the mask */

#define LSE	VORW_CPU_ARM64_LSE

static const struct row {
	const char *name;
	u32 mask, value;
	u32 rd, rn, rm, ra;		/* allowed: bits 0, 5, 16, 10 */
	u32 features;
} rows[] = {
	/* data processing, two registers, either width */
	{ "ADD",  0x7fe0fc00, 0x0b000000, W, R, R, ANY, 0 },
	{ "SUB",  0x7fe0fc00, 0x4b000000, W, R | ZR, R, ANY, 0 },
	{ "CMP",  0x7fe0fc1f, 0x6b00001f, ANY, R, R, ANY, 0 },
	{ "AND",  0x7fe0fc00, 0x0a000000, W, R, R, ANY, 0 },
	{ "ORR",  0x7fe0fc00, 0x2a000000, W, R, R, ANY, 0 },
	{ "MVN",  0x7fe0ffe0, 0x2a2003e0, W, ANY, R, ANY, 0 },
	{ "EOR",  0x7fe0fc00, 0x4a000000, W, R, R, ANY, 0 },
	{ "TST",  0x7fe0fc1f, 0x6a00001f, ANY, R, R, ANY, 0 },
	{ "MUL",  0x7fe0fc00, 0x1b007c00, W, R, R, ANY, 0 },
	{ "MSUB", 0x7fe08000, 0x1b008000, W, R, R, R, 0 },
	{ "UDIV", 0x7fe0fc00, 0x1ac00800, W, R, R, ANY, 0 },
	{ "LSLV", 0x7fe0fc00, 0x1ac02000, W, R, R, ANY, 0 },
	{ "LSRV", 0x7fe0fc00, 0x1ac02400, W, R, R, ANY, 0 },
	{ "ASRV", 0x7fe0fc00, 0x1ac02800, W, R, R, ANY, 0 },
	{ "REV16", 0x7ffffc00, 0x5ac00400, W, R, ANY, ANY, 0 },
	{ "REV32", 0x7ffffc00, 0x5ac00800, W, R, ANY, ANY, 0 },
	{ "REV",  0xfffffc00, 0xdac00c00, W, R, ANY, ANY, 0 },
	/* with a constant */
	{ "ADD#", 0x7f800000, 0x11000000, W, R, ANY, ANY, 0 },
	{ "SUB#", 0x7f800000, 0x51000000, W, R, ANY, ANY, 0 },
	{ "CMP#", 0x7f80001f, 0x7100001f, ANY, R, ANY, ANY, 0 },
	{ "CMN#", 0x7f80001f, 0x3100001f, ANY, R, ANY, ANY, 0 },
	{ "AND#", 0x7f800000, 0x12000000, W, R, ANY, ANY, 0 },
	{ "ORR#", 0x7f800000, 0x32000000, W, R, ANY, ANY, 0 },
	{ "EOR#", 0x7f800000, 0x52000000, W, R, ANY, ANY, 0 },
	{ "TST#", 0x7f80001f, 0x7200001f, ANY, R, ANY, ANY, 0 },
	{ "MOVN", 0x7f800000, 0x12800000, W, ANY, ANY, ANY, 0 },
	{ "MOVZ", 0x7f800000, 0x52800000, W, ANY, ANY, ANY, 0 },
	{ "MOVK", 0x7f800000, 0x72800000, W, ANY, ANY, ANY, 0 },
	{ "UBFM", 0x7f800000, 0x53000000, W, R, ANY, ANY, 0 },
	{ "SBFM", 0x7f800000, 0x13000000, W, R, ANY, ANY, 0 },
	/* memory of the program, with an offset in a register */
	{ "LDRB", 0xffe0fc00, 0x38606800, W, R, R, ANY, 0 },
	{ "LDRH", 0xffe0fc00, 0x78606800, W, R, R, ANY, 0 },
	{ "LDR",  0xbfe0fc00, 0xb8606800, W, R, R, ANY, 0 },
	{ "STRB", 0xffe0fc00, 0x38206800, R, R, R, ANY, 0 },
	{ "STRH", 0xffe0fc00, 0x78206800, R, R, R, ANY, 0 },
	{ "STR",  0xbfe0fc00, 0xb8206800, R, R, R, ANY, 0 },
	/* … with a constant one */
	{ "LDRB#", 0xffc00000, 0x39400000, W, R | FPB, ANY, ANY, 0 },
	{ "LDRH#", 0xffc00000, 0x79400000, W, R | FPB, ANY, ANY, 0 },
	{ "LDR#",  0xbfc00000, 0xb9400000, W, R | FPB, ANY, ANY, 0 },
	{ "STRB#", 0xffc00000, 0x39000000, R, R | FPB, ANY, ANY, 0 },
	{ "STRH#", 0xffc00000, 0x79000000, R, R | FPB, ANY, ANY, 0 },
	{ "STR#",  0xbfc00000, 0xb9000000, R, R | FPB, ANY, ANY, 0 },
	/* atomics: ADD, CLR, EOR, SET without and with result; SWP, CAS */
	{ "STADD…", 0xbfe0cc1f, 0xb820001f, ANY, R, R, ANY, LSE },
	{ "LDADDAL…", 0xbfe0cc00, 0xb8e00000, W, R, R, ANY, LSE },
	{ "SWPAL", 0xbfe0fc00, 0xb8e08000, W, R, R, ANY, LSE },
	{ "CASAL", 0xbfe0fc00, 0x88e0fc00, R, R, W, ANY, LSE },
};

static bool in_set(u32 set, u32 w, u32 shift)
{
	return set == ANY || set >> (w >> shift & 31) & 1;
}

const char *a64_insn_known(u32 w, u32 *features)
{
	u32 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		if ((w & r->mask) != r->value || !in_set(r->rd, w, 0) ||
		    !in_set(r->rn, w, 5) || !in_set(r->rm, w, 16) ||
		    !in_set(r->ra, w, 10))
			continue;
		*features |= r->features;
		return r->name;
	}
	return NULL;
}

/* ---- sequences ---- */

enum fill {		/* what the bits outside the mask are */
	FIXED,
	LOAD,		/* registers as LDXR has them: base, result */
	STORE,		/* … STXR: status, base, source */
	OP,		/* a row of rows[] */
	OFFSET,		/* of a struct field: any, alike everywhere */
	OUT,		/* displacement of a branch behind the sequence */
	FPB_OFFSET,	/* lowest stack access */
	STACK,		/* stack size */
	ENTRY,		/* bytes in front of a tail call's entry */
	CALL_ADDR,	/* MOVN of a call target: a relocation */
};
struct seq_word { u32 mask, value; enum fill fill; };

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

#define LEN(a) (u32)(sizeof(a) / sizeof((a)[0]))

/* What may stand inside a body besides plain words. */
static const struct seq {
	const struct seq_word *w;
	u32 n;
	enum a64_mark mark;
} seqs[] = {
	{ call, LEN(call), A64_CALL },
	{ tail_call, LEN(tail_call), A64_TAIL_CALL },
	{ excl_op, LEN(excl_op), A64_PLAIN },
	{ excl_fetch, LEN(excl_fetch), A64_PLAIN },
	{ excl_xchg, LEN(excl_xchg), A64_PLAIN },
	{ excl_cmpxchg, LEN(excl_cmpxchg), A64_PLAIN },
};

const struct vreloc *a64_rel_at(const struct vcode *c, u32 word)
{
	u32 lo = 0, hi = c->nrel;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (c->rel[mid].off < word * 4)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->nrel && c->rel[lo].off == word * 4 ? &c->rel[lo] : NULL;
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

static bool fill_ok(const struct vcode *c, u32 i, const struct seq_word *s,
		    u32 end, u32 entry)
{
	u32 w = a64_word(c->p, i), features = 0;

	switch (s->fill) {
	case FIXED:
	case OFFSET:
		return true;
	case LOAD:
		return in_set(W, w, 0) && in_set(R, w, 5);
	case STORE:
		return in_set(R, w, 0) && in_set(R, w, 5);
	case OP:
		return a64_insn_known(w, &features) && !features &&
		       !a64_rel_at(c, i);
	case OUT:
		return a64_target(w, i) == (s32)end;
	case FPB_OFFSET:
		/* inside the program's stack, so that x27 points into it */
		return imm12(w) <= ((c->stack_depth + 15) & ~15u);
	case STACK:
		return imm12(w) == ((c->stack_depth + 15) & ~15u);
	case ENTRY:
		return imm12(w) == entry * 4;
	case CALL_ADDR:
		return is_call_target(a64_rel_at(c, i));
	}
	return false;
}

/* Does the sequence stand at word i?  entry: words before a tail call's. */
static bool seq_at(const struct vcode *c, u32 i, const struct seq_word *s,
		   u32 n, u32 entry)
{
	u32 k, nwords = c->len / 4;

	if (i > nwords || n > nwords - i)
		return false;
	for (k = 0; k < n; k++)
		if ((a64_word(c->p, i + k) & s[k].mask) != s[k].value ||
		    !fill_ok(c, i + k, &s[k], i + n, entry))
			return false;
	return true;
}

static bool bad_word(const struct vcode *c, const char *prog, u32 i,
		     const char *why, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_NATIVE_CODE,
			 "program '%s': word 0x%08x at offset %u of its native code: %s",
			 prog, i * 4 + 4 <= c->len ? a64_word(c->p, i) : 0,
			 i * 4, why);
}

/* Where a field lies in a struct of the kernel does not change. */
static bool same_offsets(const struct vcode *c, u32 i)
{
	u32 k, t = 0;

	for (k = 0; c->tail_words && k < LEN(tail_call); k++) {
		u32 w = a64_word(c->p, i + k);

		if (tail_call[k].fill != OFFSET)
			continue;
		if (c->tail_words[t] && c->tail_words[t] != w)
			return false;
		c->tail_words[t++] = w;
	}
	return true;
}

static bool is_mov(u32 w)
{
	return a64_is_movn(w) || a64_is_movz(w) || a64_is_movk(w);
}

/* A constant or an address: MOVZ or MOVN, and MOVKs of the same register. */
static bool constant_at(const struct vcode *c, const char *prog, u32 *i,
			u8 *mark, struct vorw_err *e)
{
	u32 w = a64_word(c->p, *i), rd = a64_rd(w), n = c->len / 4, words = 1;
	const struct vreloc *r = a64_rel_at(c, *i);

	if (a64_is_movk(w))
		return bad_word(c, prog, *i, "not the start of a constant", e);
	if (r && r->form != VORW_ENC_A64_MOVZ &&
	    !(r->form == VORW_ENC_A64_MOVN && r->kind == VORW_REL_PART))
		return bad_word(c, prog, *i,
				"an address that does not belong there", e);
	if (r)
		words = r->form == VORW_ENC_A64_MOVZ ? 4 : 3;
	mark[(*i)++] = A64_PLAIN;
	for (; *i < n && (--words || !r); (*i)++) {
		w = a64_word(c->p, *i);
		if (!a64_is_movk(w) || a64_rd(w) != rd || a64_rel_at(c, *i))
			break;
		mark[*i] = A64_INNER;
	}
	return !words || !r || bad_word(c, prog, *i, "half an address", e);
}

static bool plain_at(const struct vcode *c, const char *prog, u32 *i, u8 *mark,
		     u32 *features, struct vorw_err *e)
{
	u32 w = a64_word(c->p, *i);

	if (a64_is_b(w) || a64_is_bcond(w)) {
		if (a64_rel_at(c, *i))
			return bad_word(c, prog, *i, "an address in a branch",
					e);
		mark[(*i)++] = A64_BRANCH;
		return true;
	}
	if (!a64_insn_known(w, features))
		return bad_word(c, prog, *i,
				"not an instruction the JIT emits there", e);
	if (is_mov(w))
		return constant_at(c, prog, i, mark, e);
	if (a64_rel_at(c, *i))
		return bad_word(c, prog, *i,
				"an address that does not belong there", e);
	mark[(*i)++] = A64_PLAIN;
	return true;
}

/* Prologue at the start; epilogue, NOP, patch target, literal at the end. */
static bool find_ends(const struct vcode *c, const char *prog,
		      struct a64_layout *l, u32 *entry, struct vorw_err *e)
{
	const struct vreloc *r = c->nrel ? &c->rel[c->nrel - 1] : NULL;
	bool main = c->part == 0, pac;
	u32 n = c->len / 4;

	pac = seq_at(c, 0, main ? main_pac : sub_pac,
		     main ? LEN(main_pac) : LEN(sub_pac), 0);
	if (!pac && !seq_at(c, 0, main ? main_plain : sub_plain,
			    main ? LEN(main_plain) : LEN(sub_plain), 0))
		return bad_word(c, prog, 0,
				"not the JIT's prologue for this stack", e);
	l->body = main ? LEN(main_plain) : LEN(sub_plain);
	l->body += pac;
	*entry = LEN(main_plain) + pac - 2;

	if (n < l->body + 4 || !r || r->off != c->len - 8 ||
	    r->form != VORW_ENC_A64_LITERAL || r->kind != VORW_REL_KSYM ||
	    strcmp(r->ksym, "dummy_tramp") ||
	    !seq_at(c, n - 4, plt, LEN(plt), 0))
		return bad_word(c, prog, n - 4, "not the JIT's patch target",
				e);
	n -= 4;
	if (a64_word(c->p, n - 1) == NOP && n % 2 == 0)
		n--;
	l->epilogue = n - (pac ? LEN(end_pac) : LEN(end_plain));
	if (l->epilogue < l->body || l->epilogue > n ||
	    !seq_at(c, l->epilogue, pac ? end_pac : end_plain,
		    pac ? LEN(end_pac) : LEN(end_plain), 0))
		return bad_word(c, prog, n, "not the JIT's epilogue", e);
	l->mark[l->epilogue] = A64_EPILOGUE;
	return true;
}

bool a64_mark_code(const struct vcode *c, const char *prog,
		   struct a64_layout *l, u32 *features, struct vorw_err *e)
{
	u32 i, k, entry = 0;

	if (c->len % 4 || c->len < 16)
		return bad_word(c, prog, 0, "not whole instructions", e);
	memset(l->mark, A64_INNER, c->len / 4);
	if (!find_ends(c, prog, l, &entry, e))
		return false;
	for (i = l->body; i < l->epilogue; ) {
		for (k = 0; k < LEN(seqs); k++)
			if (seq_at(c, i, seqs[k].w, seqs[k].n, entry))
				break;
		if (k == LEN(seqs)) {
			if (!plain_at(c, prog, &i, l->mark, features, e))
				return false;
			continue;
		}
		if (seqs[k].mark == A64_TAIL_CALL && !same_offsets(c, i))
			return bad_word(c, prog, i,
					"a tail call unlike the others", e);
		l->mark[i] = seqs[k].mark;
		l->seq_len[i] = seqs[k].n;
		i += seqs[k].n;
	}
	if (i != l->epilogue)
		return bad_word(c, prog, l->epilogue,
				"the epilogue is not alone", e);
	return true;
}

bool a64_validate(const struct vcode *c, const char *prog, u32 *features,
		  struct vorw_err *e)
{
	struct a64_layout l = {
		.mark = calloc(c->len / 4 + 1, 1),
		.seq_len = calloc(c->len / 4 + 1, sizeof(u32)),
	};
	bool ok;

	if (!l.mark || !l.seq_len)
		ok = vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	else
		ok = a64_mark_code(c, prog, &l, features, e) &&
		     a64_check_flow(c, prog, &l, e);
	free(l.mark);
	free(l.seq_len);
	return ok;
}
