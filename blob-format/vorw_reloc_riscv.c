/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reloc_riscv.c - addresses in riscv64 code.
 *
 * The RISC-V Instruction Set Manual, volume I: LUI, AUIPC (imm[31:12] rd op),
 * ADDI, ADDIW, SLLI, JALR (imm[11:0] rs1 funct3 rd op), C.SLLI.  The sequences
 * are those of arch/riscv/net/bpf_jit_comp64.c emit_imm() at full length, with
 * and without compressed shifts, emit_jump_and_link() and emit_addr().
 *
 * All lower twelve bits are signed: what is above them is rounded.
 */
#include "vorw_enc.h"

#ifdef VORW_HAVE_RISCV
#define LUI		0x00000037u
#define AUIPC		0x00000017u
#define ADDI		0x00000013u
#define ADDIW		0x0000001bu
#define JALR		0x00000067u
#define SLLI_12		0x00c01013u
#define C_SLLI_12	0x0032u
#define RA		1u
#define T1		6u
#define RD(r)		((u32)(r) << 7)
#define RS1(r)		((u32)(r) << 15)
#define NO_IMM20	0x00000fffu
#define NO_IMM12	0x000fffffu

/* Zero, return address, stack, global and thread pointer hold no address of a
 * program. */
static bool is_free(u32 r)
{
	return r >= 5;
}

static u32 rd_of(const u8 *p)
{
	return vorw_le32(p) >> 7 & 31;
}

static bool is_i(const u8 *p, u32 insn, u32 rd, u32 rs1)
{
	return (vorw_le32(p) & NO_IMM12) == (insn | RD(rd) | RS1(rs1));
}

static u32 imm12(const u8 *p)
{
	return vorw_le32(p) >> 20;
}

static void put_imm12(u8 *p, u64 imm)
{
	vorw_put32(p, (vorw_le32(p) & NO_IMM12) | (u32)imm << 20);
}

static void put_imm20(u8 *p, u64 imm)
{
	vorw_put32(p, (vorw_le32(p) & NO_IMM20) | (u32)imm << 12);
}

static s64 sign12(u64 v)
{
	return (s64)((v & 0xfff) ^ 0x800) - 0x800;
}

/* ---- LUI, ADDIW and three times SLLI, ADDI: 16 + 4 * 12 bits ---- */

/* Bytes to the n-th ADDI, which follow a shift of so many bytes. */
static u32 addi_at(u32 n, u32 shift)
{
	return 8 + n * (shift + 4) + shift;
}

static bool li_match(const u8 *p, u32 shift)
{
	u32 rd = rd_of(p), lui = vorw_le32(p), n;

	/* the 4 bits that are shifted out are the sign's */
	if (!is_free(rd) || (lui & 0x7f) != LUI ||
	    (lui >> 27 != 0 && lui >> 27 != 0x1f) ||
	    !is_i(p + 4, ADDIW, rd, rd))
		return false;
	for (n = 0; n < 3; n++) {
		const u8 *q = p + addi_at(n, shift);

		if (!is_i(q, ADDI, rd, rd))
			return false;
		if (shift == 4 ? vorw_le32(q - 4) != (SLLI_12 | RD(rd) | RS1(rd)) :
				 vorw_le16(q - 2) != (C_SLLI_12 | RD(rd)))
			return false;
	}
	return true;
}

static u64 li_get(const u8 *p, u32 shift)
{
	u64 field = (u64)(vorw_le32(p) >> 12 & 0xffff) << 12 | imm12(p + 4);
	u32 n;

	for (n = 0; n < 3; n++)
		field = field << 12 | imm12(p + addi_at(n, shift));
	return field;
}

static void li_put(u8 *p, u64 field, u32 shift)
{
	u32 n;

	put_imm20(p, (u64)((s64)field >> 48) & 0xfffff);
	put_imm12(p + 4, field >> 36 & 0xfff);
	for (n = 0; n < 3; n++)
		put_imm12(p + addi_at(n, shift), field >> (24 - 12 * n) & 0xfff);
}

/* From the lowest part up: what a part takes too much, the rest gives. */
static bool li_encode(u64 addr, const struct vorw_place *c, u64 *field)
{
	u32 n;

	*field = 0;
	for (n = 0; n < 48; n += 12) {
		*field |= (addr & 0xfff) << n;
		addr = (addr - (u64)sign12(addr)) >> 12;
	}
	*field |= addr << 48;
	return true;
}

static u64 li_decode(u64 field, const struct vorw_place *c)
{
	u64 addr = field >> 48;
	s32 n;

	for (n = 36; n >= 0; n -= 12)
		addr = (addr << 12) + (u64)sign12(field >> n);
	return addr;
}

static bool li4_match(const u8 *p) { return li_match(p, 4); }
static u64 li4_get(const u8 *p) { return li_get(p, 4); }
static void li4_put(u8 *p, u64 field) { li_put(p, field, 4); }

static bool li2_match(const u8 *p) { return li_match(p, 2); }
static u64 li2_get(const u8 *p) { return li_get(p, 2); }
static void li2_put(u8 *p, u64 field) { li_put(p, field, 2); }

#define LI_KINDS (VORW_ENC_KIND(MAP) | VORW_ENC_KIND(MAP_VALUE) | \
		  VORW_ENC_KIND(KVAR))

const struct vorw_enc vorw_enc_riscv_li = {
	VORW_ENC_RISCV_LI, 32, 2, VORW_EM_RISCV, LI_KINDS,
	li4_match, li4_get, li4_put, li_encode, li_decode
};

const struct vorw_enc vorw_enc_riscv_li_c = {
	VORW_ENC_RISCV_LI_C, 26, 2, VORW_EM_RISCV, LI_KINDS,
	li2_match, li2_get, li2_put, li_encode, li_decode
};

/* ---- AUIPC and the lower twelve bits ---- */

static u64 pair_get(const u8 *p)
{
	return (vorw_le32(p) & ~NO_IMM20) | imm12(p + 4);
}

static void pair_put(u8 *p, u64 field)
{
	put_imm20(p, field >> 12 & 0xfffff);
	put_imm12(p + 4, field & 0xfff);
}

/* From 2 GiB + 2 KiB back to as much less on: in_auipc_jalr_range() */
static bool pair_encode(u64 addr, const struct vorw_place *c, u64 *field)
{
	u64 off = addr - c->at, upper = off + 0x800;

	*field = (u32)(upper & ~0xfffull) | (off & 0xfff);
	return !((upper + 0x80000000u) >> 32);
}

static u64 pair_decode(u64 field, const struct vorw_place *c)
{
	return c->at + (u64)(s64)(s32)(field & ~0xfffull) + (u64)sign12(field);
}

/* Calls go by way of T1, which is no register of the program's. */
static bool call_match(const u8 *p)
{
	return (vorw_le32(p) & NO_IMM20) == (AUIPC | RD(T1)) &&
	       is_i(p + 4, JALR, RA, T1);
}

const struct vorw_enc vorw_enc_riscv_call = {
	VORW_ENC_RISCV_CALL, 8, 2, VORW_EM_RISCV,
	VORW_ENC_KIND(HELPER) | VORW_ENC_KIND(KSYM) | VORW_ENC_KIND(MAP_OP) |
	VORW_ENC_KIND(PART),
	call_match, pair_get, pair_put, pair_encode, pair_decode
};

static bool addr_match(const u8 *p)
{
	u32 rd = rd_of(p);

	return is_free(rd) && (vorw_le32(p) & NO_IMM20) == (AUIPC | RD(rd)) &&
	       is_i(p + 4, ADDI, rd, rd);
}

const struct vorw_enc vorw_enc_riscv_addr = {
	VORW_ENC_RISCV_ADDR, 8, 2, VORW_EM_RISCV,
	VORW_ENC_KIND(PART) | VORW_ENC_KIND(KVAR),
	addr_match, pair_get, pair_put, pair_encode, pair_decode
};
#endif
