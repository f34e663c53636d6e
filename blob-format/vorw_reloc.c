/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reloc.c - the one relocation applier.
 *
 * Instruction encodings: Arm Architecture Reference Manual ARMv7-A, MOV
 * (immediate) encoding A2 and MOVT encoding A1; include/uapi/linux/bpf.h.
 */
#include "vorw_bytes.h"
#include "vorw_reloc.h"

/* cond 1110, opcode, imm4, Rd, imm12 */
#define ARM_MOVW	0xe3000000u
#define ARM_MOVT	0xe3400000u
#define ARM_OPCODE	0xfff00000u
#define ARM_RD		0x0000f000u
#define ARM_IMM16	0x000f0fffu
#define ARM_PC		0x0000f000u

/* struct bpf_insn: code, dst_reg | src_reg << 4, off, imm */
#define INSN_SIZE	8
#define INSN_OFF	2
#define INSN_IMM	4
#define OP_LD64		0x18	/* BPF_LD | BPF_IMM | BPF_DW */
#define OP_CALL		0x85	/* BPF_JMP | BPF_CALL */
#define OP_CALL_ARGS	0xe5	/* BPF_JMP | BPF_CALL_ARGS, kernel internal */
#define REG_MAX		11	/* BPF_REG_AX, which rewriting may use */

/* One row per form: where it may stand and what it may mean. */
static const struct {
	u8 size;
	u8 align;
	u8 kinds;	/* bit VORW_REL_* */
} forms[VORW_ENC_MAX] = {
#define K(kind)	(1u << VORW_REL_##kind)
	[VORW_ENC_ARM_MOVW_MOVT] = {
		8, 4, K(HELPER) | K(MAP) | K(MAP_VALUE) | K(KSYM) },
	[VORW_ENC_BPF_LD64] = {
		16, 8, K(MAP) | K(MAP_VALUE) | K(KSYM) },
	[VORW_ENC_BPF_CALL] = {
		8, 8, K(HELPER) | K(KSYM) },
	[VORW_ENC_BPF_CALL_ARGS] = {
		8, 8, K(INTERP) },
#undef K
};

u32 vorw_form_size(u32 form)
{
	return form < VORW_ENC_MAX ? forms[form].size : 0;
}

u32 vorw_form_align(u32 form)
{
	return form < VORW_ENC_MAX ? forms[form].align : 0;
}

bool vorw_form_fits(u32 kind, u32 form)
{
	return form < VORW_ENC_MAX && kind < VORW_REL_MAX &&
	       (forms[form].kinds >> kind & 1);
}

/* Are the instructions at p the ones form describes, whatever the field? */
static bool form_matches(u32 form, const u8 *p)
{
	u32 w0, w1;

	switch (form) {
	case VORW_ENC_ARM_MOVW_MOVT:
		w0 = vorw_le32(p);
		w1 = vorw_le32(p + 4);
		return (w0 & ARM_OPCODE) == ARM_MOVW &&
		       (w1 & ARM_OPCODE) == ARM_MOVT &&
		       (w0 & ARM_RD) == (w1 & ARM_RD) &&
		       (w0 & ARM_RD) != ARM_PC;
	case VORW_ENC_BPF_LD64:
		/* no src_reg: pseudo tags are gone after verification */
		return p[0] == OP_LD64 && p[1] <= REG_MAX &&
		       vorw_le16(p + INSN_OFF) == 0 &&
		       vorw_le32(p + INSN_SIZE) == 0;
	case VORW_ENC_BPF_CALL:
		return p[0] == OP_CALL && p[1] == 0 &&
		       vorw_le16(p + INSN_OFF) == 0;
	case VORW_ENC_BPF_CALL_ARGS:
		/* src_reg stays BPF_PSEUDO_CALL, off is the callee: kernel
		 * bpf_patch_call_args() */
		return p[0] == OP_CALL_ARGS && p[1] == 0x10;
	}
	return false;
}

static u64 field_get(u32 form, const u8 *p)
{
	u32 w0, w1;

	switch (form) {
	case VORW_ENC_ARM_MOVW_MOVT:
		w0 = vorw_le32(p);
		w1 = vorw_le32(p + 4);
		return (w0 & 0xfff) | (w0 >> 4 & 0xf000) |
		       (w1 & 0xfff) << 16 | (w1 >> 4 & 0xf000) << 16;
	case VORW_ENC_BPF_LD64:
		return vorw_le32(p + INSN_IMM) |
		       (u64)vorw_le32(p + INSN_SIZE + INSN_IMM) << 32;
	default:
		return vorw_le32(p + INSN_IMM);
	}
}

static u32 arm_imm16(u32 insn, u32 imm)
{
	return (insn & ~ARM_IMM16) | (imm & 0xf000) << 4 | (imm & 0xfff);
}

static void field_put(u32 form, u8 *p, u64 val)
{
	switch (form) {
	case VORW_ENC_ARM_MOVW_MOVT:
		vorw_put32(p, arm_imm16(vorw_le32(p), (u32)val & 0xffff));
		vorw_put32(p + 4, arm_imm16(vorw_le32(p + 4), (u32)val >> 16));
		break;
	case VORW_ENC_BPF_LD64:
		vorw_put32(p + INSN_IMM, (u32)val);
		vorw_put32(p + INSN_SIZE + INSN_IMM, (u32)(val >> 32));
		break;
	default:
		vorw_put32(p + INSN_IMM, (u32)val);
		break;
	}
}

static bool form_is_call(u32 form)
{
	return form == VORW_ENC_BPF_CALL || form == VORW_ENC_BPF_CALL_ARGS;
}

enum vorw_reason vorw_reloc_check(u32 form, const u8 *p)
{
	if (!form_matches(form, p) || field_get(form, p) != 0)
		return VORW_R_RELOC;
	return VORW_R_OK;
}

enum vorw_reason vorw_reloc_apply(u32 form, u8 *p, u64 addr, u64 base,
				  u32 word)
{
	enum vorw_reason r = vorw_reloc_check(form, p);
	u64 val = addr;

	if (r)
		return r;
	if ((word == 4 || form == VORW_ENC_ARM_MOVW_MOVT) && addr >> 32)
		return VORW_R_LIMIT;
	if (form_is_call(form)) {
		val = addr - base;
		if (word == 4)
			val = (u32)val;
		else if ((val + 0x80000000u) >> 32)
			return VORW_R_LIMIT;
	}
	field_put(form, p, val);
	return VORW_R_OK;
}

#ifndef __KERNEL__	/* the device only writes addresses */
enum vorw_reason vorw_reloc_read(u32 form, const u8 *p, u64 *addr, u64 base,
				 u32 word)
{
	u64 val;

	if (!form_matches(form, p))
		return VORW_R_RELOC;
	val = field_get(form, p);
	if (form_is_call(form)) {
		val = base + (u64)(s64)(s32)val;
		if (word == 4)
			val = (u32)val;
	}
	*addr = val;
	return VORW_R_OK;
}

enum vorw_reason vorw_reloc_clear(u32 form, u8 *p)
{
	if (!form_matches(form, p))
		return VORW_R_RELOC;
	field_put(form, p, 0);
	return VORW_R_OK;
}
#endif
