// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* elf.c - the two things the agent needs from an object beside libbpf. */
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include "agent.h"

#define LICENSE_ROOM	64

static Elf *elf_of(uint8_t *obj, size_t size)
{
	elf_version(EV_CURRENT);
	return elf_memory((char *)obj, size);
}

static Elf_Scn *find_section(Elf *elf, const char *name, GElf_Shdr *sh)
{
	Elf_Scn *scn = NULL;
	const char *n;
	size_t strndx;

	if (elf_getshdrstrndx(elf, &strndx))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, sh))
			return NULL;
		n = elf_strptr(elf, strndx, sh->sh_name);
		if (n && !strcmp(n, name))
			return scn;
	}
	return NULL;
}

void elf_license(const uint8_t *obj, size_t size, char *to, size_t room)
{
	GElf_Shdr sh;
	Elf_Data *d;
	Elf_Scn *scn;
	Elf *elf;

	memset(to, 0, room);
	/* libbpf.c: char license[64] of struct bpf_object; the host took only
	 * objects with one such section */
	if (room > LICENSE_ROOM)
		room = LICENSE_ROOM;
	/* read only; libelf's interface has no const */
	elf = elf_of((uint8_t *)obj, size);
	if (!elf)
		return;
	scn = find_section(elf, "license", &sh);
	d = scn ? elf_getdata(scn, NULL) : NULL;
	if (d && d->d_buf && d->d_size) {
		if (room - 1 > d->d_size)
			room = d->d_size + 1;
		memcpy(to, d->d_buf, strnlen(d->d_buf, room - 1));
	}
	elf_end(elf);
}

static bool is_named(Elf *elf, Elf_Data *symtab, size_t strndx, size_t sym,
		     const char *const *names, size_t nnames)
{
	GElf_Sym s;
	const char *n;
	size_t i;

	if (!gelf_getsym(symtab, sym, &s) ||
	    GELF_ST_TYPE(s.st_info) != STT_FUNC)
		return false;
	n = elf_strptr(elf, strndx, s.st_name);
	for (i = 0; n && i < nnames; i++)
		if (!strcmp(n, names[i]))
			return true;
	return false;
}

/*
 * Static initialisers of maps are relocations of section .maps.  The ones to
 * drop are overwritten by the last ones and the section header shortened:
 * nothing else in the file moves.
 */
bool elf_drop_slots(uint8_t *obj, size_t size, const char *const *names,
		    size_t nnames)
{
	GElf_Shdr rel_sh, sym_sh;
	Elf_Scn *rel, *sym;
	Elf_Data *symtab;
	Elf64_Shdr *sh;
	Elf64_Ehdr *eh;
	Elf64_Rel *r;
	size_t i, n, idx;
	bool ok = true;
	Elf *elf;

	elf = elf_of(obj, size);
	if (!elf)
		return false;
	rel = find_section(elf, ".rel.maps", &rel_sh);
	if (!rel)
		goto out;
	ok = false;
	sym = elf_getscn(elf, rel_sh.sh_link);
	symtab = sym ? elf_getdata(sym, NULL) : NULL;
	eh = (Elf64_Ehdr *)obj;
	idx = elf_ndxscn(rel);
	if (!symtab || !gelf_getshdr(sym, &sym_sh) ||
	    rel_sh.sh_type != SHT_REL || rel_sh.sh_entsize != sizeof(*r) ||
	    rel_sh.sh_offset > size ||
	    rel_sh.sh_size > size - rel_sh.sh_offset ||
	    size < sizeof(*eh) || eh->e_shentsize != sizeof(*sh) ||
	    eh->e_shoff > size || idx >= (size - eh->e_shoff) / sizeof(*sh) ||
	    (eh->e_shoff | rel_sh.sh_offset) % 8)
		goto out;
	sh = (Elf64_Shdr *)(obj + eh->e_shoff) + idx;
	r = (Elf64_Rel *)(obj + rel_sh.sh_offset);
	n = rel_sh.sh_size / sizeof(*r);
	for (i = 0; i < n; )
		if (is_named(elf, symtab, sym_sh.sh_link,
			     ELF64_R_SYM(r[i].r_info), names, nnames))
			r[i] = r[--n];
		else
			i++;
	sh->sh_size = n * sizeof(*r);
	ok = true;
out:
	elf_end(elf);
	return ok;
}
