/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reloc.h - putting an address into an instruction, and taking it out.
 *
 * The one applier: the host's relink check and the device's linker call the
 * same code.  An encoder knows how an address sits in the bytes, never what
 * it means.  Encoders are in one file per architecture.
 */
#ifndef VORW_RELOC_H
#define VORW_RELOC_H

#include "vorw_format.h"
#include "vorw_reason.h"

/* What an address may depend on besides itself. */
struct vorw_place {
	u64 at;		/* where the first byte of the field will run */
	u64 base;	/* __bpf_call_base (ENC_BPF_CALL),
			 * __bpf_call_base_args (ENC_BPF_CALL_ARGS) */
	u32 word;	/* bytes of a pointer, 4 or 8 */
};

/* Bytes a form occupies at its offset; 0 for an unknown form. */
u32 vorw_form_size(u32 form);

/* Alignment of the offset a form asks for; 0 for an unknown form. */
u32 vorw_form_align(u32 form);

/* ELF machine that the form is for; 0: all of them, or unknown. */
u32 vorw_form_machine(u32 form);

/* Is it one of BPF instructions, and none of machine code? */
static inline bool vorw_form_is_insn(u32 form)
{
	return form >= VORW_ENC_BPF_LD64 && form <= VORW_ENC_BPF_MOVS32;
}

/* May kind be encoded in form?  (One table, see docs/blob-format.md.) */
bool vorw_form_fits(u32 kind, u32 form);

/*
 * Write addr into the field at p (which holds vorw_form_size(form) bytes and
 * may be unaligned for the CPU).  On machines of 4-byte words differences are
 * taken modulo 2^32.  The instructions around the field must be the ones the
 * form describes (for MOVW/MOVT: same register, condition AL).
 * Returns VORW_R_OK, VORW_R_RELOC (not that instruction, or the field is not
 * zero: canonical blobs have zero fields) or VORW_R_LIMIT (out of range;
 * nothing is written).
 */
enum vorw_reason vorw_reloc_apply(u32 form, u8 *p, u64 addr,
				  const struct vorw_place *place);

/* The inverse: read the address that the field at p holds. */
enum vorw_reason vorw_reloc_read(u32 form, const u8 *p, u64 *addr,
				 const struct vorw_place *place);

/* VORW_R_OK when p holds the instructions of the form and a zero field, that
 * is, when vorw_reloc_apply() can work on it; VORW_R_RELOC otherwise. */
enum vorw_reason vorw_reloc_check(u32 form, const u8 *p);

/* Zero the field at p, giving the canonical bytes. */
enum vorw_reason vorw_reloc_clear(u32 form, u8 *p);

#endif /* VORW_RELOC_H */
