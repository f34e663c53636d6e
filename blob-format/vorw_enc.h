/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_enc.h - one encoder: how an address sits in the bytes of one form.
 *
 * A new form is a struct vorw_enc in the architecture's vorw_reloc_*.c, a
 * line in the table of vorw_reloc.c and one in docs/blob-format.md.
 */
#ifndef VORW_ENC_H
#define VORW_ENC_H

#include "vorw_bytes.h"
#include "vorw_machine.h"
#include "vorw_reloc.h"

struct vorw_enc {
	u8 form;		/* VORW_ENC_* */
	u8 size, align;
	u16 machine;		/* VORW_EM_*; NONE: every machine */
	u32 kinds;		/* VORW_ENC_KIND() of what it may mean */

	/* Are the instructions at p those of the form, whatever the field? */
	bool (*match)(const u8 *p);
	/* The bits of the field; what is in a blob is 0. */
	u64 (*get)(const u8 *p);
	void (*put)(u8 *p, u64 field);
	/* Address to field and back; encode is false when out of range. NULL:
	 * the field is the address. */
	bool (*encode)(u64 addr, const struct vorw_place *c, u64 *field);
	u64 (*decode)(u64 field, const struct vorw_place *c);
};

#define VORW_ENC_KIND(kind)	(1u << VORW_REL_##kind)

extern const struct vorw_enc vorw_enc_arm_movw_movt;
extern const struct vorw_enc vorw_enc_a64_movz, vorw_enc_a64_movn;
extern const struct vorw_enc vorw_enc_a64_literal;
extern const struct vorw_enc vorw_enc_x86_movabs, vorw_enc_x86_movs32;
extern const struct vorw_enc vorw_enc_x86_call, vorw_enc_x86_jmp;
extern const struct vorw_enc vorw_enc_x86_percpu;
extern const struct vorw_enc vorw_enc_riscv_li, vorw_enc_riscv_li_c;
extern const struct vorw_enc vorw_enc_riscv_call, vorw_enc_riscv_addr;
extern const struct vorw_enc vorw_enc_bpf_movs32;	/* x86-64's */

#endif /* VORW_ENC_H */
