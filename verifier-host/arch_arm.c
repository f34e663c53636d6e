// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arch_arm.c - 32-bit Arm: how the JIT of arch/arm/net/bpf_jit_32.c holds
 * addresses.  emit_mov_i() there loads a constant by one MOV if it is a
 * rotated byte, by MOVW alone below 64 KiB, by MOVW and MOVT otherwise: the
 * pair is the canonical form.
 */
#include <elf.h>
#include "arm.h"
#include "vorw_reloc.h"

/*
 * Both halves of a sentinel have a nonzero upper nibble, so the set bits span
 * more than a byte however the word is rotated (never one MOV) and the upper
 * half is never zero (never MOVW alone).  That nibble differs between sets.
 */
#define SENTINEL_BITS 12
static u64 arm_sentinel(const struct vaddr_space *a, u32 set, u32 n,
			bool call)
{
	static const u32 nibble[VORW_SENTINEL_SETS] = { 0x5, 0x9, 0xe };
	u32 mask = (1u << SENTINEL_BITS) - 1;
	u32 hi = nibble[set] << 12 | (n >> SENTINEL_BITS & mask);
	u32 lo = nibble[set] << 12 | (n & mask);

	return hi << 16 | lo;
}

/* Calls are indirect: a pair, then BLX. */
static bool arm_next_addr(const u8 *p, u32 len, u32 *pos, u32 *off, u16 *form)
{
	u32 i, n = len / 4;

	*form = VORW_ENC_ARM_MOVW_MOVT;
	for (i = *pos / 4; i < n; i++) {
		u32 w = word_at(p, i);

		if (!arm_is_blx(w))
			continue;
		*pos = (i + 1) * 4;
		*off = ~0u;
		if (i >= 2 && arm_is_pair(p, n, i - 2) &&
		    arm_rd(word_at(p, i - 2)) == (w & 15))
			*off = (i - 2) * 4;
		return true;
	}
	*pos = len;
	return false;
}

static u32 ror32(u32 v, u32 n)
{
	n &= 31;
	return n ? v >> n | v << (32 - n) : v;
}

/* How many words does real use at j to put addr into rd?  0: it does not. */
static u32 load_len(const u8 *real, u32 nreal, u32 j, u32 rd, u32 addr)
{
	u32 w;

	if (j >= nreal)
		return 0;
	w = word_at(real, j);
	if (arm_rd(w) != rd)
		return 0;
	/* MOV rd, #rotated byte */
	if ((w & 0xffff0000) == 0xe3a00000)
		return ror32(w & 0xff, (w >> 8 & 15) * 2) == addr ? 1 : 0;
	if (!arm_is_movw(w) || (arm_rn(w) << 12 | (w & 0xfff)) != (addr & 0xffff))
		return 0;
	if (addr <= 0xffff)
		return 1;
	if (!arm_is_pair(real, nreal, j))
		return 0;
	w = word_at(real, j + 1);
	return (arm_rn(w) << 12 | (w & 0xfff)) == addr >> 16 ? 2 : 0;
}

static bool same_address(struct same_walk *w, const struct vreloc *r)
{
	u32 words = load_len(w->real, w->nreal, w->j,
			     arm_rd(word_at(w->c->p, w->i)), (u32)r->addr);

	w->i += 2;
	w->j += words;
	return words;
}

static bool same_word(u32 a, u32 b)
{
	return arm_is_b(a) ? a >> 24 == b >> 24 : a == b;
}

static bool branch(u32 word, u32 i, s32 *target)
{
	*target = arm_b_target(word, i);
	return arm_is_b(word);
}

static bool arm_same_code(const struct vcode *c, const u8 *real, u32 len,
			  u64 address, struct vorw_err *e)
{
	static const struct same_ops ops = {
		.same_address	= same_address,
		.same_word	= same_word,
		.branch		= branch,
	};

	return words_same_code(&ops, c, real, len, address, e);
}

static const char *arm_jit_gap(const struct bpf_insn *insn, u32 series)
{
	u8 cls = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	/* JMP | CALL_ARGS: kernel-internal, include/linux/filter.h */
	if (insn->code == (BPF_JMP | 0xe0))
		return "BPF-to-BPF call";
	if (insn->code == (BPF_JMP | BPF_CALL) &&
	    insn->src_reg == BPF_PSEUDO_CALL)
		return "BPF-to-BPF call";
	/* LDX | PROBE_MEM: kernel-internal, include/linux/filter.h */
	if (cls == BPF_LDX && BPF_MODE(insn->code) == 0x20)
		return "read through a pointer to a kernel struct";
	if (cls == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC)
		return "atomic operation";
	if (series >= VORW_LINUX(6, 7))
		return NULL;
	if (cls == BPF_ALU64 && op == BPF_DIV)
		return "64-bit division";
	if (cls == BPF_ALU64 && op == BPF_MOD)
		return "64-bit modulo";
	return NULL;
}

static const u16 arm_forms[] = { VORW_ENC_ARM_MOVW_MOVT, 0 };

const struct vorw_arch vorw_arch_arm = {
	.machine	= EM_ARM,
	.name		= "arm",
	.word		= 4,
	.forms		= arm_forms,
	.max_sentinels	= 1u << (2 * SENTINEL_BITS),
	.sentinel	= arm_sentinel,
	.next_addr	= arm_next_addr,
	.same_code	= arm_same_code,
	.validate	= arm_validate,
	.jit_gap	= arm_jit_gap,
};
