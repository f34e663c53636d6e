/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reloc_arm64.c - addresses in 64-bit Arm code.
 *
 * Arm Architecture Reference Manual ARMv8-A, move wide (immediate):
 * sf opc 100101 hw imm16 Rd.  The sequences are those of
 * arch/arm64/net/bpf_jit_comp.c emit_a64_mov_i64() at full length and
 * emit_addr_mov_i64().
 */
#include "vorw_enc.h"

#ifdef VORW_HAVE_ARM64
#define MOVN		0x92800000u	/* 64-bit, hw 0 */
#define MOVZ		0xd2800000u
#define MOVK		0xf2800000u
#define HW(n)		((u32)(n) << 21)
#define NO_IMM		0xffe0001fu	/* all but imm16 */
#define RD		0x0000001fu
#define IMM16_SHIFT	5

static bool is_mov(const u8 *p, u32 word, u32 insn, u32 rd)
{
	return (vorw_le32(p + 4 * word) & NO_IMM) == (insn | rd);
}

static u64 imm16(const u8 *p, u32 word)
{
	return vorw_le32(p + 4 * word) >> IMM16_SHIFT & 0xffff;
}

static void put_imm16(u8 *p, u32 word, u64 imm)
{
	u32 insn = vorw_le32(p + 4 * word) & NO_IMM;

	vorw_put32(p + 4 * word, insn | ((u32)imm & 0xffff) << IMM16_SHIFT);
}

/* Register 31 would be the zero register: nothing is loaded. */
static bool movz_match(const u8 *p)
{
	u32 rd = p[0] & RD;

	return rd != RD && is_mov(p, 0, MOVZ | HW(3), rd) &&
	       is_mov(p, 1, MOVK | HW(2), rd) &&
	       is_mov(p, 2, MOVK | HW(1), rd) &&
	       is_mov(p, 3, MOVK | HW(0), rd);
}

static u64 movz_get(const u8 *p)
{
	return imm16(p, 0) << 48 | imm16(p, 1) << 32 | imm16(p, 2) << 16 |
	       imm16(p, 3);
}

static void movz_put(u8 *p, u64 field)
{
	u32 i;

	for (i = 0; i < 4; i++)
		put_imm16(p, i, field >> (48 - 16 * i));
}

const struct vorw_enc vorw_enc_a64_movz = {
	VORW_ENC_A64_MOVZ, 16, 4, VORW_EM_AARCH64,
	VORW_ENC_KIND(MAP) | VORW_ENC_KIND(MAP_VALUE) | VORW_ENC_KIND(KVAR) |
	VORW_ENC_KIND(PRIV_STACK),
	movz_match, movz_get, movz_put, NULL, NULL
};

static bool movn_match(const u8 *p)
{
	u32 rd = p[0] & RD;

	return rd != RD && is_mov(p, 0, MOVN | HW(0), rd) &&
	       is_mov(p, 1, MOVK | HW(1), rd) &&
	       is_mov(p, 2, MOVK | HW(2), rd);
}

static u64 movn_get(const u8 *p)
{
	return imm16(p, 0) | imm16(p, 1) << 16 | imm16(p, 2) << 32;
}

static void movn_put(u8 *p, u64 field)
{
	u32 i;

	for (i = 0; i < 3; i++)
		put_imm16(p, i, field >> 16 * i);
}

/* MOVN writes the complement, and ones above. */
static bool movn_encode(u64 addr, const struct vorw_place *c, u64 *field)
{
	*field = (addr ^ 0xffff) & 0xffffffffffff;
	return addr >> 48 == 0xffff;
}

static u64 movn_decode(u64 field, const struct vorw_place *c)
{
	return 0xffffull << 48 | (field ^ 0xffff);
}

const struct vorw_enc vorw_enc_a64_movn = {
	VORW_ENC_A64_MOVN, 12, 4, VORW_EM_AARCH64,
	VORW_ENC_KIND(HELPER) | VORW_ENC_KIND(KSYM) | VORW_ENC_KIND(MAP_OP) |
	VORW_ENC_KIND(PART),
	movn_match, movn_get, movn_put, movn_encode, movn_decode
};

static bool literal_match(const u8 *p)
{
	return true;
}

static u64 literal_get(const u8 *p)
{
	return vorw_le64(p);
}

static void literal_put(u8 *p, u64 field)
{
	vorw_put64(p, field);
}

const struct vorw_enc vorw_enc_a64_literal = {
	VORW_ENC_A64_LITERAL, 8, 8, VORW_EM_AARCH64, VORW_ENC_KIND(KSYM),
	literal_match, literal_get, literal_put, NULL, NULL
};
#endif
