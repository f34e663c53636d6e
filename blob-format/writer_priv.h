/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * writer_priv.h - what the two files of the writer share.
 */
#ifndef WRITER_PRIV_H
#define WRITER_PRIV_H

#include "vorw_writer.h"

struct bytes { u8 *p; size_t len, cap; };

struct init { u32 kind, value; u8 *key, *bytes; };
struct reloc { struct vorw_reloc_h h; char *name; };
struct relocs { struct reloc *r; u32 cnt; };

struct map {
	struct vorw_map_h h;
	char *name;
	struct init *inits;
	u32 cnt;
};

struct part {
	struct vorw_part_h h;
	struct bytes code;
	struct relocs relocs;
	struct vorw_fault_h *faults;
	u32 nfaults;
};

struct prog {
	struct vorw_prog_h h;
	char *name, *section, *form_why, *attach;
	u32 *used;
	u32 used_cnt;
	struct part *parts;
	u32 nparts;
	struct vorw_poke_h *pokes;
	u32 npokes;
	struct bytes insns;
	struct relocs insn_relocs;
};

struct vorw_writer {
	u16 machine;
	enum vorw_reason err;
	const char *what;	/* for the diag of err */
	u32 where;
	struct vorw_binding_h binding;
	struct vorw_object_h object;
	u8 object_sha256[32];
	char *release, *target, *cpu, *name, *tool, *license, *core_btf;
	struct map *maps;
	struct prog *progs;
	u32 nmaps, nprogs;
	struct bytes btf;
};

/* Room for n more bytes, zeroed; NULL after an error. */
u8 *writer_grow(struct vorw_writer *w, struct bytes *b, size_t n);
void writer_append(struct vorw_writer *w, struct bytes *b, const void *p,
		   size_t n);

#endif /* WRITER_PRIV_H */
