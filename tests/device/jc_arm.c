// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* jc_arm.c - 32-bit Arm code as arch/arm/net/bpf_jit_32.c emits it. */
#include <string.h>
#include "jc.h"

#if defined(__arm__)
#define AL		0xe0000000u
#define RD(w)		((w) & 0xf000u)
#define IMM16(w)	((((w) >> 4) & 0xf000u) | ((w) & 0xfffu))

/* Helpers are called through a register. */
const bool jc_branches_outside;

/* emit_mov_i(): MOVW with or without MOVT, or a rotated immediate */
u32 jc_decode(const u8 *code, u32 size, u64 base, struct jc_step *s)
{
	u32 cnt = 0, w, next;

	for (u32 i = 0; i + 4 <= size; i += 4) {
		struct jc_step *t = &s[cnt++];

		memcpy(&w, code + i, 4);
		next = 0;
		if (i + 8 <= size)
			memcpy(&next, code + i + 4, 4);
		*t = (struct jc_step){ .insn = w, .at = i };
		if ((w & 0xfff00000) == (AL | 0x03000000)) {	/* MOVW */
			t->kind = JC_CONST;
			t->insn = RD(w);
			t->value = IMM16(w);
			if (RD(next) == RD(w) &&
			    (next & 0xfff00000) == (AL | 0x03400000)) {
				i += 4;					/* MOVT */
				t->value |= (u64)IMM16(next) << 16;
			}
		} else if ((w & 0xffff0000) == (AL | 0x03a00000)) { /* MOV */
			u32 rot = (w >> 8 & 15) * 2, imm = w & 0xff;

			t->kind = JC_CONST;
			t->insn = RD(w);
			t->value = rot ? imm >> rot | imm << (32 - rot) : imm;
		} else if ((w & 0x0e000000) == 0x0a000000) {	/* B, BL */
			t->kind = JC_BRANCH;
			t->insn = w & 0xff000000;
			/* distance in words, from two words ahead */
			t->value = (u32)(base + i + 8 + ((int)(w << 8) >> 6));
		}
	}
	return cnt;
}
#endif
