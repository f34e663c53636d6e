// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * jc_riscv.c - riscv64 code as arch/riscv/net/bpf_jit_comp64.c emits it.
 *
 * emit_imm() makes constants of LUI or LI and any number of ADDIW, SLLI and ADDI
 * of the same register.  A program's own shift or sum behind one counts as part
 * of it, in both programs alike, but not where something jumps to it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "jc.h"

#if defined(__riscv)
#define T1	6u
#define RD(w)	((w) >> 7 & 31u)
#define RS1(w)	((w) >> 15 & 31u)
#define I_IMM(w) ((u64)(int64_t)((int32_t)(w) >> 20))
#define U_IMM(w) ((u64)(int64_t)(int32_t)((w) & ~0xfffu))

const bool jc_branches_outside = true;

static u32 insn_at(const u8 *code, u32 size, u32 at, u32 *len)
{
	u32 w = 0;

	*len = at < size && (code[at] & 3) != 3 ? 2 : 4;
	if (at + *len <= size)
		memcpy(&w, code + at, *len);
	return w;
}

static int32_t b_dist(u32 w)
{
	return (int32_t)((w >> 7 & 0x1e) | (w >> 20 & 0x7e0) | (w << 4 & 0x800)) -
	       (int32_t)(w >> 19 & 0x1000);
}

static int32_t j_dist(u32 w)
{
	return (int32_t)((w >> 20 & 0x7fe) | (w >> 9 & 0x800) | (w & 0xff000)) -
	       (int32_t)(w >> 11 & 0x100000);
}

/* Those that constants are made of, without compression: others as they are. */
static u32 expand(u32 w, u32 len)
{
	u32 rd = RD(w), imm = (w >> 2 & 31) | (w >> 7 & 32);
	u32 sext = imm & 32 ? imm | ~63u : imm;

	if (len == 4 || !rd)
		return w;
	switch (w & 0xe003) {
	case 0x0001:				/* C.ADDI */
		return 0x13 | rd << 7 | rd << 15 | sext << 20;
	case 0x2001:				/* C.ADDIW */
		return 0x1b | rd << 7 | rd << 15 | sext << 20;
	case 0x4001:				/* C.LI */
		return 0x13 | rd << 7 | sext << 20;
	case 0x6001:				/* C.LUI, C.ADDI16SP */
		return rd == 2 ? w : 0x37 | rd << 7 | sext << 12;
	case 0x0002:				/* C.SLLI */
		return 0x1013 | rd << 7 | rd << 15 | imm << 20;
	}
	return w;
}

/* A branch or call that begins at at; the length of all of it, or 0. */
static u32 branch(const u8 *code, u32 size, u64 base, u32 at, u64 *kind, u64 *to)
{
	u32 len, n, w = insn_at(code, size, at, &len), next;

	if ((w & 0x7f) == 0x63) {
		*kind = w & 0x01fff07f;
		*to = base + at + (u64)(int64_t)b_dist(w);
		return 4;
	}
	if ((w & 0x7f) == 0x6f) {
		*kind = w & 0xfff;
		*to = base + at + (u64)(int64_t)j_dist(w);
		return 4;
	}
	if ((w & 0xfff) != (0x17 | T1 << 7))
		return 0;
	next = insn_at(code, size, at + 4, &n);
	if ((next & 0x7f) != 0x67 || RS1(next) != T1)
		return 0;
	*kind = 0x6f | (next & 0xf80);
	*to = base + at + U_IMM(w) + I_IMM(next);
	return 8;
}

/* A constant, up to the next place that is jumped to; its length, or 0. */
static u32 constant(const u8 *code, u32 size, u64 base, u32 at,
		    const bool *target, u64 *reg, u64 *value)
{
	u32 i, len, w = expand(insn_at(code, size, at, &len), len), rd = RD(w);
	u64 v;

	if ((w & 0x7f) == 0x37)
		v = U_IMM(w);
	else if ((w & 0x7f) == 0x17)
		v = base + at + U_IMM(w);
	else if ((w & 0xff07f) == 0x13 && rd)
		v = I_IMM(w);
	else
		return 0;
	*reg = rd;
	for (i = at + len; i < size && !target[i]; i += len) {
		w = expand(insn_at(code, size, i, &len), len);
		if (RD(w) != rd || RS1(w) != rd)
			break;
		if ((w & 0x707f) == 0x13)
			v += I_IMM(w);
		else if ((w & 0x707f) == 0x1b)
			v = (u64)(int64_t)(int32_t)(v + I_IMM(w));
		else if ((w & 0xfc00707f) == 0x1013)
			v <<= w >> 20 & 63;
		else
			break;
	}
	*value = v;
	return i - at;
}

u32 jc_decode(const u8 *code, u32 size, u64 base, struct jc_step *s)
{
	bool *target = calloc(size + 1, sizeof(*target));
	u32 cnt = 0, i, len;
	u64 kind, to;

	if (!target)
		return 0;
	for (i = 0; i < size; i += len)
		if ((len = branch(code, size, base, i, &kind, &to))) {
			if (to - base < size)
				target[to - base] = true;
		} else {
			insn_at(code, size, i, &len);
		}
	for (i = 0; i < size; i += len) {
		struct jc_step *t = &s[cnt++];

		*t = (struct jc_step){ .at = i };
		len = branch(code, size, base, i, &t->insn, &t->value);
		if (len) {
			t->kind = JC_BRANCH;
			continue;
		}
		len = constant(code, size, base, i, target, &t->insn, &t->value);
		if (len)
			t->kind = JC_CONST;
		else
			t->insn = insn_at(code, size, i, &len);
	}
	free(target);
	return cnt;
}
#endif
