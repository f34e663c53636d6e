// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * a64_insn.c - the plain instructions that arch/arm64/net/bpf_jit_comp.c emits,
 * each with the registers that it gives them.
 *
 * None of them touches SP, the frame pointer, the link register or the tail
 * call counter; none is a system instruction, a call or a branch.
 */
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

bool a64_may_write(u32 reg)
{
	return in_set(W, reg, 0);
}

bool a64_may_read(u32 reg)
{
	return in_set(R, reg, 0);
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
