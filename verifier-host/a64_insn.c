// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * a64_insn.c - the plain instructions that arch/arm64/net/bpf_jit_comp.c emits,
 * each with the registers that it gives them.
 *
 * None of them touches SP, the frame pointer, the link register or the tail
 * call counter; none is a system instruction, a call or a branch.
 */
#include "a64.h"

/* Of those that the frame has: x0-x4, x7 or x8, x19-x22: BPF registers; x9:
 * BPF_REG_AX; x10-x12: scratch */
#define W	0x00781f9fu		/* may be written */
#define FP	(1u << 25)		/* BPF_REG_FP, read only */
#define R	(W | FP)
#define ZR	(1u << 31)
#define ANY	0			/* not a register, or in the mask */

#define LSE	VORW_CPU_ARM64_LSE

/* Not features: */
#define BASE	(1u << 31)		/* Rn can be the stack's base */
#define NEW	(1u << 30)		/* not in 6.1 */

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
	{ "SDIV", 0x7fe0fc00, 0x1ac00c00, W, R, R, ANY, NEW },
	{ "MOV",  0x7fe0ffe0, 0x2a0003e0, W, ANY, R, ANY, NEW },
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
	{ "LDRSB", 0xffe0fc00, 0x38a06800, W, R, R, ANY, NEW },
	{ "LDRSH", 0xffe0fc00, 0x78a06800, W, R, R, ANY, NEW },
	{ "LDRSW", 0xffe0fc00, 0xb8a06800, W, R, R, ANY, NEW },
	/* … with a constant one */
	{ "LDRB#", 0xffc00000, 0x39400000, W, R, ANY, ANY, BASE },
	{ "LDRH#", 0xffc00000, 0x79400000, W, R, ANY, ANY, BASE },
	{ "LDR#",  0xbfc00000, 0xb9400000, W, R, ANY, ANY, BASE },
	{ "STRB#", 0xffc00000, 0x39000000, R, R, ANY, ANY, BASE },
	{ "STRH#", 0xffc00000, 0x79000000, R, R, ANY, ANY, BASE },
	{ "STR#",  0xbfc00000, 0xb9000000, R, R, ANY, ANY, BASE },
	{ "LDRSB#", 0xffc00000, 0x39800000, W, R, ANY, ANY, BASE | NEW },
	{ "LDRSH#", 0xffc00000, 0x79800000, W, R, ANY, ANY, BASE | NEW },
	{ "LDRSW#", 0xffc00000, 0xb9800000, W, R, ANY, ANY, BASE | NEW },
	{ "LDAR", 0x3ffffc00, 0x08dffc00, W, R, ANY, ANY, NEW },
	{ "STLR", 0x3ffffc00, 0x089ffc00, R, R, ANY, ANY, NEW },
	/* atomics: ADD, CLR, EOR, SET without and with result; SWP, CAS */
	{ "STADD…", 0xbfe0cc1f, 0xb820001f, ANY, R, R, ANY, LSE },
	{ "LDADDAL…", 0xbfe0cc00, 0xb8e00000, W, R, R, ANY, LSE },
	{ "SWPAL", 0xbfe0fc00, 0xb8e08000, W, R, R, ANY, LSE },
	{ "CASAL", 0xbfe0fc00, 0x88e0fc00, R, R, W, ANY, LSE },
};

static bool in_set(const struct a64_frame *f, u32 set, u32 reg)
{
	return set == ANY || (set & f->regs) >> (reg & 31) & 1;
}

bool a64_may_write(const struct a64_frame *f, u32 reg)
{
	return in_set(f, W, reg);
}

bool a64_may_read(const struct a64_frame *f, u32 reg)
{
	return in_set(f, R, reg);
}

/* Does an access through the stack's base stay in the stack? */
static bool in_stack(const struct a64_frame *f, u32 w)
{
	u32 off = w >> 10 & 0xfff, scale = w >> 30;

	return (w >> 5 & 31) == f->base && (off + 1) << scale <= f->stack;
}

static bool matches(const struct a64_frame *f, const struct row *r, u32 w)
{
	return (w & r->mask) == r->value &&
	       (f->layout != A64_6_1 || !(r->features & NEW)) &&
	       in_set(f, r->rd, w) && in_set(f, r->rm, w >> 16) &&
	       in_set(f, r->ra, w >> 10) &&
	       (in_set(f, r->rn, w >> 5) ||
		(r->features & BASE && in_stack(f, w)));
}

const char *a64_insn_known(const struct a64_frame *f, u32 w, u32 *features)
{
	u32 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!matches(f, &rows[i], w))
			continue;
		*features |= rows[i].features & ~(BASE | NEW);
		return rows[i].name;
	}
	return NULL;
}
