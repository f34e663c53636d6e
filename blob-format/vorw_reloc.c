/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reloc.c - the one relocation applier, and the forms of BPF
 * instructions (include/uapi/linux/bpf.h).
 */
#include "vorw_enc.h"

/* struct bpf_insn: code, dst_reg | src_reg << 4, off, imm */
#define INSN_SIZE	8
#define INSN_OFF	2
#define INSN_IMM	4
#define OP_LD64		0x18	/* BPF_LD | BPF_IMM | BPF_DW */
#define OP_CALL		0x85	/* BPF_JMP | BPF_CALL */
#define OP_CALL_ARGS	0xe5	/* BPF_JMP | BPF_CALL_ARGS, kernel internal */
#define REG_MAX		11	/* BPF_REG_AX, which rewriting may use */

#define K(kind)	VORW_ENC_KIND(kind)

static bool ld64_match(const u8 *p)
{
	/* no src_reg: pseudo tags are gone after verification */
	return p[0] == OP_LD64 && p[1] <= REG_MAX &&
	       vorw_le16(p + INSN_OFF) == 0 && vorw_le32(p + INSN_SIZE) == 0;
}

static u64 ld64_get(const u8 *p)
{
	return vorw_le32(p + INSN_IMM) |
	       (u64)vorw_le32(p + INSN_SIZE + INSN_IMM) << 32;
}

static void ld64_put(u8 *p, u64 field)
{
	vorw_put32(p + INSN_IMM, (u32)field);
	vorw_put32(p + INSN_SIZE + INSN_IMM, (u32)(field >> 32));
}

static const struct vorw_enc bpf_ld64 = {
	VORW_ENC_BPF_LD64, 16, 8, VORW_EM_NONE,
	K(MAP) | K(MAP_VALUE) | K(KSYM) | K(KVAR),
	ld64_match, ld64_get, ld64_put, NULL, NULL
};

static bool call_match(const u8 *p)
{
	return p[0] == OP_CALL && p[1] == 0 && vorw_le16(p + INSN_OFF) == 0;
}

/* src_reg stays BPF_PSEUDO_CALL, off is the callee: kernel
 * bpf_patch_call_args() */
static bool call_args_match(const u8 *p)
{
	return p[0] == OP_CALL_ARGS && p[1] == 0x10;
}

static u64 imm_get(const u8 *p)
{
	return vorw_le32(p + INSN_IMM);
}

static void imm_put(u8 *p, u64 field)
{
	vorw_put32(p + INSN_IMM, (u32)field);
}

static bool call_encode(u64 addr, const struct vorw_place *c, u64 *field)
{
	u64 val = addr - c->base;

	*field = (u32)val;
	return c->word == 4 || !((val + 0x80000000u) >> 32);
}

static u64 call_decode(u64 field, const struct vorw_place *c)
{
	u64 addr = c->base + (u64)(s64)(s32)field;

	return c->word == 4 ? (u32)addr : addr;
}

static const struct vorw_enc bpf_call = {
	VORW_ENC_BPF_CALL, 8, 8, VORW_EM_NONE,
	K(HELPER) | K(KSYM) | K(MAP_OP),
	call_match, imm_get, imm_put, call_encode, call_decode
};

static const struct vorw_enc bpf_call_args = {
	VORW_ENC_BPF_CALL_ARGS, 8, 8, VORW_EM_NONE, K(INTERP),
	call_args_match, imm_get, imm_put, call_encode, call_decode
};

static const struct vorw_enc *const encs[] = {
	&bpf_ld64,
	&bpf_call,
	&bpf_call_args,
#ifdef VORW_HAVE_ARM
	&vorw_enc_arm_movw_movt,
#endif
#ifdef VORW_HAVE_ARM64
	&vorw_enc_a64_movz,
	&vorw_enc_a64_movn,
	&vorw_enc_a64_literal,
#endif
#ifdef VORW_HAVE_X86
	&vorw_enc_x86_movabs,
	&vorw_enc_x86_movs32,
	&vorw_enc_x86_call,
	&vorw_enc_x86_jmp,
	&vorw_enc_x86_percpu,
	&vorw_enc_bpf_movs32,
#endif
#ifdef VORW_HAVE_RISCV
	&vorw_enc_riscv_li,
	&vorw_enc_riscv_li_c,
	&vorw_enc_riscv_call,
	&vorw_enc_riscv_addr,
#endif
};

static const struct vorw_enc *enc_of(u32 form)
{
	size_t i;

	for (i = 0; i < sizeof(encs) / sizeof(encs[0]); i++)
		if (encs[i]->form == form)
			return encs[i];
	return NULL;
}

u32 vorw_form_size(u32 form)
{
	const struct vorw_enc *e = enc_of(form);

	return e ? e->size : 0;
}

u32 vorw_form_align(u32 form)
{
	const struct vorw_enc *e = enc_of(form);

	return e ? e->align : 0;
}

u32 vorw_form_machine(u32 form)
{
	const struct vorw_enc *e = enc_of(form);

	return e ? e->machine : VORW_EM_NONE;
}

bool vorw_form_fits(u32 kind, u32 form)
{
	const struct vorw_enc *e = enc_of(form);

	return e && kind < VORW_REL_MAX && (e->kinds >> kind & 1);
}

enum vorw_reason vorw_reloc_check(u32 form, const u8 *p)
{
	const struct vorw_enc *e = enc_of(form);

	return e && e->match(p) && !e->get(p) ? VORW_R_OK : VORW_R_RELOC;
}

enum vorw_reason vorw_reloc_apply(u32 form, u8 *p, u64 addr,
				  const struct vorw_place *place)
{
	const struct vorw_enc *e = enc_of(form);
	u64 field = addr;

	if (!e || !e->match(p) || e->get(p))
		return VORW_R_RELOC;
	if (place->word == 4 && addr >> 32)
		return VORW_R_LIMIT;
	if (e->encode && !e->encode(addr, place, &field))
		return VORW_R_LIMIT;
	e->put(p, field);
	return VORW_R_OK;
}

#ifndef __KERNEL__	/* the device only writes addresses */
enum vorw_reason vorw_reloc_read(u32 form, const u8 *p, u64 *addr,
				 const struct vorw_place *place)
{
	const struct vorw_enc *e = enc_of(form);

	if (!e || !e->match(p))
		return VORW_R_RELOC;
	*addr = e->get(p);
	if (e->decode)
		*addr = e->decode(*addr, place);
	return VORW_R_OK;
}

enum vorw_reason vorw_reloc_clear(u32 form, u8 *p)
{
	const struct vorw_enc *e = enc_of(form);

	if (!e || !e->match(p))
		return VORW_R_RELOC;
	e->put(p, 0);
	return VORW_R_OK;
}
#endif
