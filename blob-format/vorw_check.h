/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_check.h - what the files of the parser share; not for its users.
 */
#ifndef VORW_CHECK_H
#define VORW_CHECK_H

#include "vorw_bytes.h"
#include "vorw_parse.h"

/*
 * State of one walk over the content, front to back.  Each cursor is the next
 * byte or record that nothing has referred to yet: what a record names must
 * either start there or, for strings, be known already.  At the end all
 * cursors stand at the ends of their sections, so that no byte is unexplained.
 */
struct vorw_walk {
	const struct vorw_view *v;
	struct vorw_diag *d;
	u32 next_str, next_init, next_data, next_used, next_reloc;
	u32 next_insn, next_part, next_poke, next_fault, code_end;
	u32 strings;
};

/* Fill *d, which may be NULL, and return r. */
enum vorw_reason vorw_refuse(struct vorw_diag *d, enum vorw_reason r,
			     const char *what, u32 where, u32 have, u32 want);

/* All n bytes at p zero? */
bool vorw_zero(const u8 *p, u32 n);

/* The walk over the records, section by section. */
enum vorw_reason vorw_check_head(struct vorw_walk *w);	/* binding, object */
enum vorw_reason vorw_check_maps(struct vorw_walk *w);
enum vorw_reason vorw_check_progs(struct vorw_walk *w);
enum vorw_reason vorw_check_images(struct vorw_walk *w);

/* Follow a reference into STRINGS.  *s is the string, "" for offset 0. */
enum vorw_reason vorw_check_string(struct vorw_walk *w, u32 off,
				   const char **s);

/* A name of 1 … max letters, digits, '_' and characters in extra? */
enum vorw_reason vorw_check_name(struct vorw_walk *w, const char *s,
				 const char *extra, u32 max, const char *what,
				 u32 where);

/* Are these names one when a '.' is a '_', as in names under bpffs? */
bool vorw_name_same(const char *a, const char *b);

/* Take the range first, cnt of a section with next as its cursor. */
enum vorw_reason vorw_check_range(struct vorw_walk *w, enum vorw_sec_type t,
				  const char *what, u32 where, u32 *next,
				  u32 first, u32 cnt);

/* BPF instructions of one program, which has some; its relocations are
 * checked. */
enum vorw_reason vorw_check_insns(struct vorw_walk *w, u32 prog,
				  const struct vorw_prog_h *p);

#endif /* VORW_CHECK_H */
