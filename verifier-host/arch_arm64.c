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
#include <stdlib.h>
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
		w = a64_word(p, i);
		if (!a64_is_blr(w) && !a64_is_bl(w))
			continue;
		*pos = (i + 1) * 4;
		*off = ~0u;
		*form = VORW_ENC_A64_MOVN;
		if (a64_is_bl(w) || i < 3)
			return true;
		for (k = 1; k <= 3; k++)
			if (a64_rd(a64_word(p, i - k)) != (w >> 5 & 31))
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
		w = a64_word(real, j + k);
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

/* One step of the walk below: an address.  False: real has another one. */
static bool same_address(const struct vcode *c, const struct vreloc *r,
			 const u8 *real, u32 nreal, u64 at, u32 *i, u32 *j)
{
	u32 words = vorw_form_size(r->form) / 4, k;
	u32 rd = a64_rd(a64_word(c->p, *i));
	struct vorw_place place = { 0 };
	u64 addr;

	if (r->form == VORW_ENC_A64_LITERAL) {
		if (*j + 2 > nreal ||
		    vorw_reloc_read(r->form, real + *j * 4, &addr, &place) ||
		    addr != r->addr)
			return false;
		*i += 2;
		*j += 2;
		return true;
	}
	/* a call: MOVN, MOVK, MOVK, BLR; or BL alone */
	if (*j < nreal && a64_is_bl(a64_word(real, *j)) &&
	    *i + words < c->len / 4 &&
	    a64_word(c->p, *i + words) == (0xd63f0000 | rd << 5) &&
	    at + 4 * (s64)a64_target(a64_word(real, *j), *j) == r->addr) {
		*i += words + 1;
		*j += 1;
		return true;
	}
	if (r->form == VORW_ENC_A64_MOVN)
		k = *j + 3 <= nreal && a64_rd(a64_word(real, *j)) == rd &&
		    !vorw_reloc_read(r->form, real + *j * 4, &addr, &place) &&
		    addr == r->addr ? 3 : 0;
	else
		k = load_len(real, nreal, *j, rd, r->addr);
	*i += words;
	*j += k;
	return k;
}

static bool has_target(u32 w)
{
	return a64_is_b(w) || a64_is_bcond(w) || a64_is_cb(w);
}

/* The branch without its displacement. */
static u32 branch_bits(u32 w)
{
	return w & (a64_is_b(w) ? 0xfc000000 : 0xff00001f);
}

/*
 * Walk both images; at[i] is the word of real where word i of the canonical
 * code went.  Branches are compared once all places are known.  A NOP that
 * aligns the literal may be there in one and not in the other.
 */
static bool a64_same_code(const struct vcode *c, const u8 *real, u32 len,
			  u64 address, struct vorw_err *e)
{
	u32 n = c->len / 4, nreal = len / 4, i = 0, j = 0, r = 0, first;
	u32 *at = calloc(n + 1, sizeof(*at));
	bool ok = false;

	if (!at)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (c->len % 4 || len % 4)
		goto differ;
	while (i < n) {
		u32 w = a64_word(c->p, i), v;

		at[i] = j;
		first = i;
		if (r < c->nrel && c->rel[r].off == i * 4) {
			if (!same_address(c, &c->rel[r], real, nreal, address,
					  &i, &j))
				goto differ;
			/* nothing jumps into it: a64_mark_code() */
			while (++first < i && first < n)
				at[first] = ~0u;
			r++;
			continue;
		}
		/* LDR x10, 8: the literal's own alignment */
		if (w == 0xd503201f && i + 5 == n && j + 4 == nreal) {
			i++;
			continue;
		}
		if (j >= nreal)
			goto differ;
		v = a64_word(real, j);
		if (v == 0xd503201f && w != v && i + 4 == n && j + 5 == nreal) {
			j++;
			continue;
		}
		if (has_target(w) ? !has_target(v) ||
				    branch_bits(w) != branch_bits(v) : w != v)
			goto differ;
		i++;
		j++;
	}
	at[n] = j;
	if (j != nreal || r != c->nrel)
		goto differ;
	for (i = 0, r = 0; i < n; i++) {
		u32 w = a64_word(c->p, i);
		s32 t = a64_target(w, i);

		if (r < c->nrel && c->rel[r].off == i * 4) {
			i += vorw_form_size(c->rel[r++].form) / 4 - 1;
			continue;
		}
		if (!has_target(w))
			continue;
		if (t < 0 || t > (s32)n ||
		    a64_target(a64_word(real, at[i]), at[i]) != (s32)at[t])
			goto differ;
	}
	ok = true;
	goto out;
differ:
	vorw_fail(e, VORW_R_RELINK,
		  "the kernel's own image differs from the canonical one at offset %u",
		  i * 4);
out:
	free(at);
	return ok;
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
	.jit_gap	= a64_jit_gap,
};
