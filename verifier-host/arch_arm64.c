// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arch_arm64.c - 64-bit Arm: how the JIT of arch/arm64/net/bpf_jit_comp.c
 * holds addresses.
 *
 * Map addresses and values: emit_a64_mov_i64(), MOVZ or MOVN and as many MOVK
 * as there are halfwords that need one; all four are the canonical form.
 * Calls and callbacks: emit_addr_mov_i64(), always MOVN and two MOVK.  Since
 * 6.9 a call within 128 MiB of the image is a BL instead.  The literal behind
 * the epilogue is where a patched entry goes.
 */
#include <elf.h>
#include "a64.h"
#include "vorw_reloc.h"

#define MIB	(1ull << 20)

/*
 * Map addresses: no halfword is 0 or 0xffff, which would not be loaded, and
 * each differs between sets.  Call targets have to lie within 2 GiB of
 * __bpf_call_base, and farther than 128 MiB from the code: one of the regions
 * of 256 MiB that are not next to the code, another one for each set.
 */
static u64 a64_sentinel(const struct vaddr_space *a, u32 set, u32 n, bool call)
{
	static const u64 nibble[VORW_SENTINEL_SETS] = { 0x5, 0x9, 0xe };
	u64 base, k = nibble[set];
	s64 region, far;
	u32 left = set;

	if (!call)
		return k << 60 | (k << 12 | 0x123) << 32 |
		       (k << 12 | (n >> 12 & 0xfff)) << 16 |
		       (k << 12 | (n & 0xfff));
	/* the numbers differ in the low bits; four bytes are an instruction */
	for (region = -7; region < 7; region++) {
		base = a->call_base + region * 256 * MIB;
		far = (s64)(a->code - base);
		if (far > -(s64)(256 * MIB) && far < (s64)(512 * MIB))
			continue;
		if (!left--)
			break;
	}
	return (base & ~0xfffull) + (u64)(n + 1) * 4 + k * MIB;
}

/* Calls are indirect: MOVN, two MOVK, BLR; and the literal behind the code. */
static bool a64_next_addr(const u8 *p, u32 len, u32 *pos, u32 *off, u16 *form)
{
	u32 i, n = len / 4, w, k;

	if (len < 16 || *pos >= len)
		return false;
	for (i = *pos / 4; i < n - 2; i++) {
		w = word_at(p, i);
		if (!a64_is_blr(w) && !a64_is_bl(w))
			continue;
		*pos = (i + 1) * 4;
		*off = ~0u;
		*form = VORW_ENC_A64_MOVN;
		if (a64_is_bl(w) || i < 3)
			return true;
		for (k = 1; k <= 3; k++)
			if (a64_rd(word_at(p, i - k)) != (w >> 5 & 31))
				return true;
		*off = (i - 3) * 4;
		return true;
	}
	*pos = len;
	*off = len - 8;
	*form = VORW_ENC_A64_LITERAL;
	return true;
}

/* How many words does real use at j for this constant in rd?  0: it does not.
 * Any sequence of a MOVZ or MOVN and MOVKs, of which none can be left out. */
static u32 load_len(const u8 *real, u32 nreal, u32 j, u32 rd, u64 addr)
{
	u64 val = 0, half;
	u32 k, w, seen = 0;
	bool sf;

	for (k = 0; k < 4 && j + k < nreal; k++) {
		w = word_at(real, j + k);
		sf = w >> 31;
		half = (u64)a64_imm16(w) << 16 * a64_hw(w);
		if (a64_rd(w) != rd || (!sf && a64_hw(w) > 1))
			return 0;
		if (!k && a64_is_movz(w))
			val = half;
		else if (!k && a64_is_movn(w))
			val = sf ? ~half : (u32)~half;
		else if (k && a64_is_movk(w) && !(seen >> a64_hw(w) & 1))
			val = (val & ~(0xffffull << 16 * a64_hw(w))) | half;
		else
			return 0;
		seen |= 1u << a64_hw(w);
		if (val == addr)
			return k + 1;
	}
	return 0;
}

static bool same_address(struct same_walk *w, const struct vreloc *r)
{
	const u8 *at = w->real + 4 * (size_t)w->j;
	u32 words = vorw_form_size(r->form) / 4, len;
	u32 rd = a64_rd(word_at(w->c->p, w->i));
	struct vorw_place place = { 0 };
	u64 addr;

	if (r->form == VORW_ENC_A64_LITERAL) {
		len = w->j + 2 <= w->nreal &&
		      !vorw_reloc_read(r->form, at, &addr, &place) &&
		      addr == r->addr ? 2 : 0;
	} else if (w->j < w->nreal && a64_is_bl(word_at(w->real, w->j)) &&
		   w->i + words < w->n &&
		   word_at(w->c->p, w->i + words) == (0xd63f0000 | rd << 5) &&
		   w->address + 4 * (s64)a64_target(word_at(w->real, w->j),
						    w->j) == r->addr) {
		/* a call: MOVN, MOVK, MOVK, BLR; or BL alone */
		words++;
		len = 1;
	} else if (r->form == VORW_ENC_A64_MOVN) {
		len = w->j + 3 <= w->nreal &&
		      a64_rd(word_at(w->real, w->j)) == rd &&
		      !vorw_reloc_read(r->form, at, &addr, &place) &&
		      addr == r->addr ? 3 : 0;
	} else {
		len = load_len(w->real, w->nreal, w->j, rd, r->addr);
	}
	w->i += words;
	w->j += len;
	return len;
}

/* The branch without its displacement. */
static u32 branch_bits(u32 w)
{
	return w & (a64_is_b(w) ? 0xfc000000 : 0xff00001f);
}

static bool branch(u32 word, u32 i, s32 *target)
{
	*target = a64_target(word, i);
	return a64_is_b(word) || a64_is_bcond(word) || a64_is_cb(word);
}

static bool same_word(u32 a, u32 b)
{
	s32 t;

	return branch(a, 0, &t) ? branch(b, 0, &t) &&
				  branch_bits(a) == branch_bits(b) : a == b;
}

/* A NOP that aligns the literal, in front of LDR x10, 8. */
static bool skip(struct same_walk *w)
{
	const u32 nop = 0xd503201f;
	u32 left = w->n - w->i, real_left = w->nreal - w->j;

	if (left == 5 && real_left == 4 && word_at(w->c->p, w->i) == nop)
		w->i++;
	else if (left == 4 && real_left == 5 &&
		 word_at(w->real, w->j) == nop &&
		 word_at(w->c->p, w->i) != nop)
		w->j++;
	else
		return false;
	return true;
}

static bool a64_same_code(const struct vcode *c, const u8 *real, u32 len,
			  u64 address, struct vorw_err *e)
{
	static const struct same_ops ops = {
		.same_address	= same_address,
		.same_word	= same_word,
		.branch		= branch,
		.skip		= skip,
	};

	return words_same_code(&ops, c, real, len, address, e);
}

static const char *a64_jit_gap(const struct bpf_insn *insn, u32 series)
{
	return NULL;
}

static const u16 a64_forms[] = { VORW_ENC_A64_MOVZ, VORW_ENC_A64_MOVN, 0 };

const struct vorw_arch vorw_arch_arm64 = {
	.machine	= EM_AARCH64,
	.name		= "arm64",
	.word		= 8,
	.max_sentinels	= 1u << 18,
	.forms		= a64_forms,
	.compiles_all	= true,
	.pc_relative	= true,
	.sentinel	= a64_sentinel,
	.next_addr	= a64_next_addr,
	.same_code	= a64_same_code,
	.validate	= a64_validate,
	.inlines	= a64_inlines,
	.jit_gap	= a64_jit_gap,
};
