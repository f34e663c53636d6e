/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reloc_x86.c - addresses in x86-64 code.
 *
 * Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: MOV
 * (REX.W B8+rd io), CALL (E8 cd), JMP (E9 cd), and the disp32 of a gs-relative
 * ADD (65 REX.W 03 /r, ModRM 00 reg 100, SIB 25: no base, no index).  They are
 * those of arch/x86/net/bpf_jit_comp.c emit_mov_imm64() at full length,
 * emit_patch(), and of BPF_MOV64_PERCPU_REG in do_jit().
 *
 * And in the program: since 6.15 per-CPU variables are in the kernel image,
 * and do_misc_fixups() loads their addresses with BPF_MOV64_IMM.
 */
#include "vorw_enc.h"

#ifdef VORW_HAVE_X86
#define K(kind)	VORW_ENC_KIND(kind)

/* RSP (4) is none of the JIT's; with REX.B it is R12. */
static bool movabs_match(const u8 *p)
{
	return (p[0] == 0x48 || p[0] == 0x49) && (p[1] & 0xf8) == 0xb8 &&
	       (p[1] & 7) != 4;
}

static u64 movabs_get(const u8 *p)
{
	return vorw_le64(p + 2);
}

static void movabs_put(u8 *p, u64 field)
{
	vorw_put64(p + 2, field);
}

const struct vorw_enc vorw_enc_x86_movabs = {
	VORW_ENC_X86_MOVABS, 10, 1, VORW_EM_X86_64,
	K(MAP) | K(MAP_VALUE) | K(KVAR) | K(PART) | K(PRIV_STACK),
	movabs_match, movabs_get, movabs_put, NULL, NULL
};

/* REX.W C7 /0 id */
static bool movs32_match(const u8 *p)
{
	return (p[0] == 0x48 || p[0] == 0x49) && p[1] == 0xc7 &&
	       (p[2] & 0xf8) == 0xc0 && (p[2] & 7) != 4;
}

static u64 movs32_get(const u8 *p)
{
	return vorw_le32(p + 3);
}

static void movs32_put(u8 *p, u64 field)
{
	vorw_put32(p + 3, (u32)field);
}

/* The CPU extends the sign. */
static bool s32_encode(u64 addr, const struct vorw_place *c, u64 *field)
{
	*field = (u32)addr;
	return (u64)(s64)(s32)addr == addr;
}

static u64 s32_decode(u64 field, const struct vorw_place *c)
{
	return (u64)(s64)(s32)field;
}

const struct vorw_enc vorw_enc_x86_movs32 = {
	VORW_ENC_X86_MOVS32, 7, 1, VORW_EM_X86_64, K(PART) | K(KVAR),
	movs32_match, movs32_get, movs32_put, s32_encode, s32_decode
};

/* BPF_ALU64 | BPF_MOV | BPF_K; no src_reg, no off */
static bool bpf_movs32_match(const u8 *p)
{
	return p[0] == 0xb7 && p[1] < 12 && !vorw_le16(p + 2);
}

static u64 bpf_movs32_get(const u8 *p)
{
	return vorw_le32(p + 4);
}

static void bpf_movs32_put(u8 *p, u64 field)
{
	vorw_put32(p + 4, (u32)field);
}

const struct vorw_enc vorw_enc_bpf_movs32 = {
	VORW_ENC_BPF_MOVS32, 8, 8, VORW_EM_X86_64, K(KVAR),
	bpf_movs32_match, bpf_movs32_get, bpf_movs32_put,
	s32_encode, s32_decode
};

/* Relative to the byte behind the five of the instruction. */
#define REL32_SIZE	5

static bool call_match(const u8 *p)
{
	return p[0] == 0xe8;
}

static bool jmp_match(const u8 *p)
{
	return p[0] == 0xe9;
}

static u64 rel32_get(const u8 *p)
{
	return vorw_le32(p + 1);
}

static void rel32_put(u8 *p, u64 field)
{
	vorw_put32(p + 1, (u32)field);
}

static bool rel32_encode(u64 addr, const struct vorw_place *c, u64 *field)
{
	u64 val = addr - (c->at + REL32_SIZE);

	*field = (u32)val;
	return !((val + 0x80000000u) >> 32);
}

static u64 rel32_decode(u64 field, const struct vorw_place *c)
{
	return c->at + REL32_SIZE + (u64)(s64)(s32)field;
}

const struct vorw_enc vorw_enc_x86_call = {
	VORW_ENC_X86_CALL, REL32_SIZE, 1, VORW_EM_X86_64,
	K(HELPER) | K(KSYM) | K(MAP_OP) | K(PART),
	call_match, rel32_get, rel32_put, rel32_encode, rel32_decode
};

const struct vorw_enc vorw_enc_x86_jmp = {
	VORW_ENC_X86_JMP, REL32_SIZE, 1, VORW_EM_X86_64, K(KSYM) | K(KPTR),
	jmp_match, rel32_get, rel32_put, rel32_encode, rel32_decode
};

/* 65 REX.WR 03 ModRM 25 disp32 */
static bool percpu_match(const u8 *p)
{
	return p[0] == 0x65 && (p[1] & 0xfb) == 0x48 && p[2] == 0x03 &&
	       (p[3] & 0xc7) == 0x04 && p[4] == 0x25;
}

static u64 percpu_get(const u8 *p)
{
	return vorw_le32(p + 5);
}

static void percpu_put(u8 *p, u64 field)
{
	vorw_put32(p + 5, (u32)field);
}

const struct vorw_enc vorw_enc_x86_percpu = {
	VORW_ENC_X86_PERCPU, 9, 1, VORW_EM_X86_64, K(KVAR),
	percpu_match, percpu_get, percpu_put, s32_encode, s32_decode
};
#endif
