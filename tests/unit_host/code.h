/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* code.h - for tests of code validators: BPF instructions in tables. */
#ifndef CODE_H
#define CODE_H

#include <linux/bpf.h>
#include "arch.h"
#include "tests/unit/tap.h"

#define R0	BPF_REG_0
#define R1	BPF_REG_1
#define R2	BPF_REG_2
#define R3	BPF_REG_3
#define R4	BPF_REG_4
#define R5	BPF_REG_5
#define R6	BPF_REG_6
#define R10	BPF_REG_10

#define I(c, d, s, o, i) { .code = (c), .dst_reg = (d), .src_reg = (s), \
			   .off = (o), .imm = (i) }
#define ALU64(op, d, s)	I(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU64K(op, d, i) I(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define ALU32(op, d, s)	I(BPF_ALU | (op) | BPF_X, d, s, 0, 0)
#define ALU32K(op, d, i) I(BPF_ALU | (op) | BPF_K, d, 0, 0, i)
#define LD64(d, lo, hi)	I(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, lo), \
			I(0, 0, 0, 0, hi)
#define EXIT		I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* Does a take this code, and what of the CPU does that need?  Refusing it for
 * another reason than the code is a failure of its own. */
static inline bool takes(const struct vorw_arch *a, const struct vcode *c,
			 u32 *features)
{
	struct vorw_err e = { 0 };

	*features = 0;
	if (a->validate(c, "test", features, &e))
		return true;
	if (e.reason != VORW_R_NATIVE_CODE)
		ok(false, "%s: %s", vorw_reason_name(e.reason), e.msg);
	return false;
}

#endif
