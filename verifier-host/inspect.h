/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * inspect.h - the parts of `vorw inspect`.
 *
 * Strings of a blob are hostile even when it parses: whoever prints one does
 * it through row(), text_fit() or json.h.
 */
#ifndef VORW_INSPECT_H
#define VORW_INSPECT_H

#include <stdio.h>
#include "blob_file.h"
#include "sign.h"

struct inspect {
	const struct blob_file *b;
	const struct vorw_view *v;
	u8 sha256[32];			/* of the content */
	struct sign_claim claim;	/* valid when claimed */
	bool claimed;
	enum vorw_reason sig;		/* judged by this build's certificates */
	const char *signer;		/* its subject, when sig is OK */
	bool disasm;
};

void inspect_text(const struct inspect *in);
void inspect_json(const struct inspect *in);

/* "label  text", the text made printable and broken into lines below 80
 * columns. */
void row(const char *label, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What a relocation stands for, in words; not made printable.  Returns buf. */
const char *reloc_text(const struct vorw_view *v, const struct vorw_reloc_h *r,
		       char *buf, size_t cap);
const char *reloc_kind_name(u32 kind);
const char *reloc_form_name(u32 form);

/* The relocation at byte `off` among n from `first`, sorted by offset; *next
 * remembers where to go on (start with first).  False: there is none. */
bool reloc_at(const struct vorw_view *v, u32 first, u32 n, u32 off, u32 *next,
	      struct vorw_reloc_h *r);

/* Instructions of a program as text. */
void inspect_bytecode(const struct inspect *in, const struct vorw_prog_h *p);
void inspect_native(const struct inspect *in, const struct vorw_part_h *p);

/* Disassemble instruction i of a program; returns how many it takes. */
u32 inspect_insn(const struct inspect *in, const struct vorw_prog_h *p, u32 i,
		 u32 *next_reloc, char *buf, size_t cap);

#endif
