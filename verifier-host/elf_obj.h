/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * elf_obj.h - object files as a compiler wrote them: what of one ends up in a
 * program, and is it the same as in another?
 *
 * Looked at: the sections that are loaded, their relocations by what these
 * refer to, and the symbols that other objects can see.  Not: debug
 * information, names of local symbols, the order in which they are stored.
 */
#ifndef VORW_ELF_OBJ_H
#define VORW_ELF_OBJ_H

#include "bytes.h"
#include "err.h"

struct elf_section {
	const char *name;
	u32 type, link, info;
	u64 flags, size, entsize;
	struct bytes data;	/* n is 0 for one without any */
	u32 place;		/* of the loaded ones, from 1 on; 0: none */
	u32 relocs;		/* section with its relocations, 0: none */
};

struct elf_obj {
	const char *path;	/* for messages */
	bool wide;		/* ELFCLASS64 */
	u32 machine, flags, nsections, nloaded, nsyms;
	struct elf_section *sections;
	u32 *loaded;		/* by place */
	struct bytes syms, names;
};

/* Reads size bytes at data, which have to stay; path for messages.
 * VORW_R_TARGET: no little-endian relocatable object. */
bool elf_obj_open(struct elf_obj *o, const char *path, const u8 *data,
		  size_t size, struct vorw_err *e);
void elf_obj_close(struct elf_obj *o);

/* False: they differ, and where ("bpf_check+0x1c in .text") is in where. */
bool elf_obj_same(const struct elf_obj *a, const struct elf_obj *b,
		  char *where, size_t size);

/* The first symbol defined in it, local or not, whose name is such a one. */
const char *elf_obj_find(const struct elf_obj *o, bool (*is)(const char *));

#endif
