// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* jc_arm64.c - 64-bit Arm code as arch/arm64/net/bpf_jit_comp.c emits it. */
#include <string.h>
#include "jc.h"

#if defined(__aarch64__)
#define RD(w)		((w) & 31u)
#define HALF(w)		((w) >> 21 & 3u)
#define IMM16(w)	((u64)((w) >> 5 & 0xffffu) << 16 * HALF(w))

#define NOP		0xd503201f
#define LDR_TARGET	0x5800004a	/* ldr x10, 8: build_plt() */
#define BL		0x94000000
/* Of 7.2: where a function's own stack is, and only that; each has its own. */
#define OWN_STACK	27

/* Since 6.9 functions within 128 MiB of the code are called by BL; a call
 * through a register is shown as that, too. */
const bool jc_branches_outside = true;

static u32 word(const u8 *code, u32 size, u32 at)
{
	u32 w = 0;

	if (at + 4 <= size)
		memcpy(&w, code + at, 4);
	return w;
}

/* emit_a64_mov_i64() and emit_addr_mov_i64() */
u32 jc_decode(const u8 *code, u32 size, u64 base, struct jc_step *s)
{
	u32 cnt = 0;

	for (u32 i = 0; i + 4 <= size; i += 4) {
		struct jc_step *t = &s[cnt++];
		u32 w = word(code, size, i), kind = w & 0x7f800000;

		*t = (struct jc_step){ .insn = w, .at = i };
		/* it aligns the literal at the end */
		if (w == NOP && i + 12 == size &&
		    word(code, size, i + 4) == LDR_TARGET) {
			cnt--;
			continue;
		}
		if (kind == 0x12800000 || kind == 0x52800000) {
			u64 v = IMM16(w);		/* MOVN, MOVZ */
			u32 k;

			if (kind == 0x12800000)
				v = w >> 31 ? ~v : (u32)~v;
			while (k = word(code, size, i + 4), RD(k) == RD(w) &&
			       (k & 0x7f800000) == 0x72800000) {	/* MOVK */
				v &= ~(0xffffull << 16 * HALF(k));
				v |= IMM16(k);
				i += 4;
			}
			t->kind = JC_CONST;
			t->insn = RD(w);
			t->value = v;
			if (RD(w) == OWN_STACK) {
				t->kind = JC_OTHER;
				t->value = 0;
			}
			if (k == (0xd63f0000 | RD(w) << 5)) {	/* BLR */
				t->kind = JC_BRANCH;
				t->insn = BL;
				i += 4;
			}
		} else if ((w & 0x7c000000) == 0x14000000) {	/* B, BL */
			t->kind = JC_BRANCH;
			t->insn = w & 0xfc000000;
			t->value = base + i + ((int)(w << 6) >> 4);
		} else if ((w & 0xff000010) == 0x54000000 ||	/* B.cond */
			   (w & 0x7e000000) == 0x34000000) {	/* CBZ, CBNZ */
			t->kind = JC_BRANCH;
			t->insn = w & 0xff00001f;
			t->value = base + i + ((int)(w << 8) >> 13) * 4;
		}
	}
	return cnt;
}
#endif
