/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reloc_arm.c - addresses in 32-bit Arm code.
 *
 * Arm Architecture Reference Manual ARMv7-A, MOV (immediate) encoding A2 and
 * MOVT encoding A1.
 */
#include "vorw_enc.h"

#ifdef VORW_HAVE_ARM
/* cond 1110, opcode, imm4, Rd, imm12 */
#define MOVW	0xe3000000u
#define MOVT	0xe3400000u
#define OPCODE	0xfff00000u
#define RD	0x0000f000u
#define IMM16	0x000f0fffu
#define PC	0x0000f000u

static bool pair_match(const u8 *p)
{
	u32 w0 = vorw_le32(p), w1 = vorw_le32(p + 4);

	return (w0 & OPCODE) == MOVW && (w1 & OPCODE) == MOVT &&
	       (w0 & RD) == (w1 & RD) && (w0 & RD) != PC;
}

static u32 imm16_get(u32 insn)
{
	return (insn & 0xfff) | (insn >> 4 & 0xf000);
}

static void imm16_put(u8 *p, u32 imm)
{
	vorw_put32(p, (vorw_le32(p) & ~IMM16) | (imm & 0xf000) << 4 |
		      (imm & 0xfff));
}

static u64 pair_get(const u8 *p)
{
	return imm16_get(vorw_le32(p)) | imm16_get(vorw_le32(p + 4)) << 16;
}

static void pair_put(u8 *p, u64 field)
{
	imm16_put(p, (u32)field & 0xffff);
	imm16_put(p + 4, (u32)field >> 16);
}

static bool pair_encode(u64 addr, const struct vorw_place *c, u64 *field)
{
	*field = addr;
	return !(addr >> 32);
}


const struct vorw_enc vorw_enc_arm_movw_movt = {
	VORW_ENC_ARM_MOVW_MOVT, 8, 4, VORW_EM_ARM,
	VORW_ENC_KIND(HELPER) | VORW_ENC_KIND(MAP) | VORW_ENC_KIND(MAP_VALUE) |
	VORW_ENC_KIND(KSYM),
	pair_match, pair_get, pair_put, pair_encode, NULL
};
#endif
