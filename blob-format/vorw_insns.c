/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_insns.c - BPF instructions, judged by structure.
 *
 * The verifier judged what they do.  Here it is only made sure that the
 * interpreter (kernel/bpf/core.c ___bpf_prog_run()) stays inside them: that
 * it knows every opcode, finds a register for every number and an instruction
 * at every jump target, and that each call is a relocation.
 */
#include <linux/bpf.h>
#include "vorw_check.h"
#include "vorw_reloc.h"

#define REFUSE(r, what, where, have, want) \
	return vorw_refuse(w->d, VORW_R_##r, what, where, have, want)

#define MAX_REG		11	/* BPF_REG_AX */

/* Kernel-internal opcodes, include/linux/filter.h */
#define OP_TAIL_CALL	0xf5
#define OP_CALL_ARGS	0xe5
#define OP_NOSPEC	0xc2
#define MODE_PROBE_MEM	0x20
#define MODE_PROBE_MEMSX 0x40
/* include/uapi/linux/bpf.h of newer kernels */
#define MODE_MEMSX	0x80
#define LOAD_ACQ	0x100
#define STORE_REL	0x110

/* Instruction set 4, and its acquire and release. */
#define HAS_V4		(VORW_INTERPRETER >= VORW_LINUX(6, 6))
#define HAS_ACQ_REL	(VORW_INTERPRETER >= VORW_LINUX(6, 15))
/* Entries of the interpreter by index, not by address: bpf_patch_call_args() */
#define HAS_INDEXED	(VORW_INTERPRETER >= VORW_LINUX(7, 2))
#define INTERPRETERS	16

#define OP_LD64		(BPF_LD | BPF_IMM | BPF_DW)
#define OP_JA		(BPF_JMP | BPF_JA)
#define OP_JA32		(BPF_JMP32 | BPF_JA)
#define OP_CALL		(BPF_JMP | BPF_CALL)
#define OP_EXIT		(BPF_JMP | BPF_EXIT)

static bool alu_known(u8 code)
{
	switch (BPF_OP(code)) {
	case BPF_NEG:
		return BPF_SRC(code) == BPF_K;
	case BPF_END:
		return BPF_CLASS(code) == BPF_ALU ||
		       (HAS_V4 && BPF_SRC(code) == BPF_K);
	}
	return BPF_OP(code) < BPF_END;
}

static bool jmp_known(u8 code)
{
	switch (BPF_OP(code)) {
	case BPF_JA:
		return BPF_SRC(code) == BPF_K &&
		       (BPF_CLASS(code) == BPF_JMP || HAS_V4);
	case BPF_CALL:
	case BPF_EXIT:
	case OP_TAIL_CALL & 0xf0:
	case OP_CALL_ARGS & 0xf0:
		return BPF_CLASS(code) == BPF_JMP && BPF_SRC(code) == BPF_K;
	}
	return true;
}

static bool atomic_known(u32 imm)
{
	switch (imm & ~(u32)BPF_FETCH) {
	case BPF_ADD:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return true;
	}
	return imm == BPF_XCHG || imm == BPF_CMPXCHG;
}

static bool atomic_sized(u8 code, u32 imm)
{
	/* 64 bits at once only where a word has them */
	if (HAS_ACQ_REL && (imm == LOAD_ACQ || imm == STORE_REL))
		return BPF_SIZE(code) != BPF_DW || sizeof(long) == 8;
	return (BPF_SIZE(code) == BPF_W || BPF_SIZE(code) == BPF_DW) &&
	       atomic_known(imm);
}

static bool load_known(u8 code)
{
	switch (BPF_MODE(code)) {
	case BPF_MEM:
	case MODE_PROBE_MEM:
		return true;
	case MODE_MEMSX:
	case MODE_PROBE_MEMSX:
		return HAS_V4 && BPF_SIZE(code) != BPF_DW;
	}
	return false;
}

static bool op_known(u8 code, u32 imm)
{
	switch (BPF_CLASS(code)) {
	case BPF_LD:
		return code == OP_LD64;
	case BPF_LDX:
		return load_known(code);
	case BPF_ST:
		return BPF_MODE(code) == BPF_MEM || code == OP_NOSPEC;
	case BPF_STX:
		if (BPF_MODE(code) == BPF_ATOMIC)
			return atomic_sized(code, imm);
		return BPF_MODE(code) == BPF_MEM;
	case BPF_ALU:
	case BPF_ALU64:
		return alu_known(code);
	default:
		return jmp_known(code);
	}
}

static bool jumps(u8 code)
{
	if (BPF_CLASS(code) != BPF_JMP && BPF_CLASS(code) != BPF_JMP32)
		return false;
	return code != OP_CALL && code != OP_EXIT && code != OP_TAIL_CALL;
}

/* Where it goes, counted from the instruction behind it. */
static s32 jump_by(const u8 *insn, bool indexed)
{
	return insn[0] == OP_JA32 || indexed ? (s32)vorw_le32(insn + 4) :
					       (s16)vorw_le16(insn + 2);
}

enum vorw_reason vorw_check_insns(struct vorw_walk *w, u32 prog,
				  const struct vorw_prog_h *p)
{
	const u8 *base = w->v->sec[VORW_SEC_INSNS].p + p->insn_first * 8;
	u32 rel = p->insn_reloc_first, rel_end = rel + p->insn_reloc_cnt;
	u8 last = OP_EXIT;
	u32 i;

	for (i = 0; i < p->insn_cnt; i++) {
		const u8 *insn = base + i * 8;
		u8 code = last = insn[0];
		bool relocated = false, indexed;
		struct vorw_reloc_h h;

		if (rel < rel_end) {
			vorw_get_reloc(w->v, rel, &h);
			relocated = h.off == i * 8;
			rel += relocated;
		}
		if (!op_known(code, vorw_le32(insn + 4)))
			REFUSE(UNSUPPORTED, "instruction opcode", i, code,
			       prog);
		if ((insn[1] & 15) > MAX_REG || insn[1] >> 4 > MAX_REG)
			REFUSE(MALFORMED, "instruction register", i, insn[1],
			       MAX_REG);
		indexed = code == OP_CALL_ARGS && !relocated;
		if ((code == OP_CALL && !relocated) ||
		    (indexed && !HAS_INDEXED))
			REFUSE(MALFORMED, "call without relocation", i, code,
			       prog);
		if (indexed && vorw_le16(insn + 2) >= INTERPRETERS)
			REFUSE(MALFORMED, "interpreter", i,
			       vorw_le16(insn + 2), INTERPRETERS);
		if (jumps(code)) {
			u32 to = i + 1 + jump_by(insn, indexed);

			/* opcode 0: second half of a 64-bit load */
			if (to >= p->insn_cnt || base[to * 8] == 0)
				REFUSE(MALFORMED, "jump target", i, to,
				       p->insn_cnt);
		}
		if (code == OP_LD64) {
			if (++i == p->insn_cnt)
				REFUSE(MALFORMED, "half a 64-bit load", i, i,
				       p->insn_cnt);
			if (insn[1] > MAX_REG || vorw_le16(insn + 2) ||
			    vorw_le32(insn + 8))
				REFUSE(MALFORMED, "64-bit load", i,
				       vorw_le32(insn + 8), 0);
		}
	}
	if (last != OP_EXIT && last != OP_JA)
		REFUSE(MALFORMED, "last instruction", p->insn_cnt, last,
		       OP_EXIT);
	return VORW_R_OK;
}
