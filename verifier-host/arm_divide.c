// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arm_divide.c - calls of the Arm JIT's own division routines.
 *
 * Since 6.7 the JIT divides 64-bit numbers too, by a call that moves operands
 * into r0-r3 and the result out of r0 and r1 in as few words as the registers
 * at hand allow: emit_udivmod64() of arch/arm/net/bpf_jit_32.c.  There are few
 * registers, so every sequence that it can emit is made and compared.
 */
#include "arm_code.h"

#define MOV(d, s)	(0xe1a00000u | (u32)(d) << 12 | (s))
#define PUSH_R0_R1	0xe92d0003u
#define PUSH_R0_R3	0xe92d000fu
#define POP_R0_R1	0xe8bd0003u
#define POP_R2_R3	0xe8bd000cu
#define POP_R0_R3	0xe8bd000fu
#define ADD_SP_8	0xe28dd008u
#define BLX_IP		0xe12fff3cu
#define MOVW_IP		0xe300c000u
#define MOVT_IP		0xe340c000u
#define IMM16		0x000f0fffu	/* of MOVW and MOVT */

static const struct {
	const char *name;
	enum arm_divide bits;
} routines[] = {
	{ "jit_udiv32", ARM_DIVIDE_32 }, { "jit_mod32", ARM_DIVIDE_32 },
	{ "jit_sdiv32", ARM_DIVIDE_32 }, { "jit_smod32", ARM_DIVIDE_32 },
	{ "jit_udiv64", ARM_DIVIDE_64 }, { "jit_mod64", ARM_DIVIDE_64 },
	{ "jit_sdiv64", ARM_DIVIDE_64 }, { "jit_smod64", ARM_DIVIDE_64 },
};

enum arm_divide arm_divide_target(const struct vreloc *r)
{
	size_t i;

	if (!r || r->kind != VORW_REL_KSYM)
		return ARM_DIVIDE_NO;
	for (i = 0; i < sizeof(routines) / sizeof(routines[0]); i++)
		if (!strcmp(r->ksym, routines[i].name))
			return routines[i].bits;
	return ARM_DIVIDE_NO;
}

/* What is emitted to divide the pair rd, rd + 1 by the pair rn, rn + 1. */
static u32 sequence(u32 *w, u32 rd, u32 rn)
{
	u32 n = 0;

	w[n++] = PUSH_R0_R3;
	if (rd != 0 && rn == 0) {
		w[n++] = PUSH_R0_R1;
		w[n++] = MOV(1, rd + 1);
		w[n++] = MOV(0, rd);
		w[n++] = POP_R2_R3;
	} else {
		if (rd != 0) {
			w[n++] = MOV(1, rd + 1);
			w[n++] = MOV(0, rd);
		}
		if (rn != 2) {
			w[n++] = MOV(3, rn + 1);
			w[n++] = MOV(2, rn);
		}
	}
	w[n++] = MOVW_IP;
	w[n++] = MOVT_IP;
	w[n++] = BLX_IP;
	if (rd != 0) {
		w[n++] = MOV(rd + 1, 1);
		w[n++] = MOV(rd, 0);
	}
	if (rd == 0) {
		w[n++] = ADD_SP_8;
		w[n++] = POP_R2_R3;
	} else if (rd == 2) {
		w[n++] = POP_R0_R1;
		w[n++] = ADD_SP_8;
	} else {
		w[n++] = POP_R0_R3;
	}
	return n;
}

static bool matches(const struct vcode *c, u32 i, const u32 *w, u32 n)
{
	u32 k, left = c->len / 4 - i;

	if (n > left)
		return false;
	for (k = 0; k < n; k++) {
		u32 have = word_at(c->p, i + k);

		if (w[k] == MOVW_IP) {
			if (arm_divide_target(word_rel(c, i + k)) !=
			    ARM_DIVIDE_64)
				return false;
			have &= ~IMM16;
		} else if (w[k] == MOVT_IP) {
			have &= ~IMM16;
		}
		if (have != w[k])
			return false;
	}
	return true;
}

u32 arm_divide64_at(const struct vcode *c, u32 i)
{
	/* even halves of bpf2a32[]: R0, R1, R6 and the temporary pairs */
	static const u32 rds[] = { 0, 2, 4, 8 }, rns[] = { 0, 2, 4, 6 };
	u32 w[16], d, n, len;

	if (i >= c->len / 4 || word_at(c->p, i) != PUSH_R0_R3)
		return 0;
	for (d = 0; d < 4; d++)
		for (n = 0; n < 4; n++) {
			len = sequence(w, rds[d], rns[n]);
			if (matches(c, i, w, len))
				return len;
		}
	return 0;
}
