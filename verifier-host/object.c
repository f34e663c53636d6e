// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * object.c - first look at a BPF object: ELF headers, section names, and
 * extern symbols.
 *
 *   Elf64_Ehdr ── e_shoff ─▶ Elf64_Shdr[e_shnum]
 *                              ├─ e_shstrndx: names
 *                              ├─ SHT_PROGBITS + SHF_EXECINSTR: programs
 *                              ├─ SHT_SYMTAB ── sh_link ─▶ names of symbols
 *                              └─ ".BTF": object_btf.c
 *
 * The object is untrusted: every byte is read through struct bytes.
 */
#include <elf.h>
#include "object_int.h"

struct elf {
	struct bytes all, names;
	u64 shoff, shnum;
};
struct section {
	const char *name;
	u32 type, link;
	u64 flags, off, size;
};

#define SHDR(f) offsetof(Elf64_Shdr, f)
static bool section_at(const struct elf *f, u64 i, struct section *s)
{
	struct bytes h;
	bool ok = true;

	if (!bytes_sub(f->all, f->shoff + i * sizeof(Elf64_Shdr),
		 sizeof(Elf64_Shdr), &h))
		return false;
	s->name = bytes_text(f->names, bytes_num(h, SHDR(sh_name), 4, &ok));
	s->type = bytes_num(h, SHDR(sh_type), 4, &ok);
	s->link = bytes_num(h, SHDR(sh_link), 4, &ok);
	s->flags = bytes_num(h, SHDR(sh_flags), 8, &ok);
	s->off = bytes_num(h, SHDR(sh_offset), 8, &ok);
	s->size = bytes_num(h, SHDR(sh_size), 8, &ok);
	return ok && (s->name || !f->names.p);
}

#define EHDR(f) offsetof(Elf64_Ehdr, f)
static bool check_header(struct bytes b, const char *name, struct elf *f,
			 struct vorw_err *e)
{
	struct section s;
	bool ok = true;
	u64 strndx;

	if (b.n < EI_NIDENT || memcmp(b.p, ELFMAG, SELFMAG))
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: not an ELF file", name);
	if (b.p[EI_CLASS] != ELFCLASS64)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: not a 64-bit ELF file", name);
	if (b.p[EI_DATA] == ELFDATA2MSB)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: big-endian object; build it with -target bpfel",
				 name);
	if (b.n < sizeof(Elf64_Ehdr) || b.p[EI_DATA] != ELFDATA2LSB)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: ELF header is damaged", name);
	if (bytes_num(b, EHDR(e_machine), 2, &ok) != EM_BPF)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: ELF machine %u, a BPF object has %u",
				 name, (u32)bytes_num(b, EHDR(e_machine), 2, &ok),
				 EM_BPF);
	if (bytes_num(b, EHDR(e_type), 2, &ok) != ET_REL)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: ELF type %u, a BPF object is relocatable (%u)",
				 name, (u32)bytes_num(b, EHDR(e_type), 2, &ok),
				 ET_REL);
	*f = (struct elf){ .all = b };
	f->shoff = bytes_num(b, EHDR(e_shoff), 8, &ok);
	f->shnum = bytes_num(b, EHDR(e_shnum), 2, &ok);
	strndx = bytes_num(b, EHDR(e_shstrndx), 2, &ok);
	if (!ok || bytes_num(b, EHDR(e_shentsize), 2, &ok) != sizeof(Elf64_Shdr) ||
	    f->shoff > b.n || f->shnum > (b.n - f->shoff) / sizeof(Elf64_Shdr) ||
	    strndx >= f->shnum || !section_at(f, strndx, &s) ||
	    !bytes_sub(b, s.off, s.size, &f->names))
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: ELF section table is damaged", name);
	return true;
}

/* Sections that libbpf takes the last of when there are several. */
enum { SEC_LICENSE, SEC_BTF, SEC_BTF_EXT, SEC_MAPS, SEC_SYMTAB, SEC_SINGLE };

struct look {
	const char *name;	/* of the object */
	const struct elf *f;
	bool seen[SEC_SINGLE], programs;
	struct bytes btf, syms, sym_names;
	struct vorw_err *e;
};

static int single_section(const struct section *s)
{
	if (s->type == SHT_SYMTAB)
		return SEC_SYMTAB;
	if (!strcmp(s->name, "license"))
		return SEC_LICENSE;
	if (!strcmp(s->name, ".BTF"))
		return SEC_BTF;
	if (!strcmp(s->name, ".BTF.ext"))
		return SEC_BTF_EXT;
	if (!strcmp(s->name, ".maps"))
		return SEC_MAPS;
	return SEC_SINGLE;
}

static bool look_single(struct look *l, int which, const struct section *s,
			struct bytes data)
{
	struct section names;

	if (l->seen[which])
		return vorw_fail(l->e, VORW_R_BAD_OBJECT,
				 "%s: more than one section '%s'", l->name,
				 s->name);
	l->seen[which] = true;
	if (which != SEC_SYMTAB && s->type != SHT_PROGBITS)
		return vorw_fail(l->e, VORW_R_BAD_OBJECT,
				 "%s: section '%s' has type %u", l->name,
				 s->name, s->type);
	if (which == SEC_BTF)
		l->btf = data;
	if (which != SEC_SYMTAB)
		return true;
	l->syms = data;
	if (s->link >= l->f->shnum || !section_at(l->f, s->link, &names) ||
	    names.type != SHT_STRTAB ||
	    !bytes_sub(l->f->all, names.off, names.size, &l->sym_names))
		return vorw_fail(l->e, VORW_R_BAD_OBJECT,
				 "%s: symbol table without names", l->name);
	return true;
}

static bool look_at_section(struct look *l, u32 i)
{
	struct section s;
	struct bytes data = { 0 };
	int which;

	if (!section_at(l->f, i, &s))
		return vorw_fail(l->e, VORW_R_BAD_OBJECT,
				 "%s: ELF section %u is damaged", l->name, i);
	if (s.type != SHT_NOBITS && s.type != SHT_NULL &&
	    !bytes_sub(l->f->all, s.off, s.size, &data))
		return vorw_fail(l->e, VORW_R_BAD_OBJECT,
				 "%s: section '%s' ends behind the file",
				 l->name, s.name);
	/* .text holds subprograms only */
	if (s.type == SHT_PROGBITS && (s.flags & SHF_EXECINSTR) && s.size &&
	    strcmp(s.name, ".text"))
		l->programs = true;
	which = single_section(&s);
	return which == SEC_SINGLE || look_single(l, which, &s, data);
}

#define SYM(f) offsetof(Elf64_Sym, f)
/*
 * Symbols that are defined elsewhere: libbpf would put a kernel address or a
 * kernel type in their place.  Only the kernel's configuration, which the
 * guest's kernel shares with the device's, is a value.
 */
static bool check_externs(const struct look *l)
{
	struct btf_externs x;
	const char *why = btf_externs(l->btf, &x), *name;
	bool ok = true;
	u64 off;

	if (why)
		return vorw_fail(l->e, VORW_R_BAD_OBJECT, "%s: %s", l->name,
				 why);
	for (off = sizeof(Elf64_Sym); off < l->syms.n;
	     off += sizeof(Elf64_Sym)) {
		u32 n = bytes_num(l->syms, off + SYM(st_name), 4, &ok);
		u32 shndx = bytes_num(l->syms, off + SYM(st_shndx), 2, &ok);

		if (!ok)
			return vorw_fail(l->e, VORW_R_BAD_OBJECT,
					 "%s: symbol table is damaged",
					 l->name);
		if (shndx != SHN_UNDEF)
			continue;
		name = bytes_text(l->sym_names, n);
		if (!name || !btf_is_kconfig(&x, name))
			return vorw_fail(l->e, VORW_R_BAD_OBJECT,
					 "%s: symbol '%s' is defined nowhere",
					 l->name, name ? name : "?");
	}
	return true;
}

bool object_check(const u8 *obj, size_t size, const char *name,
		  struct vorw_err *e)
{
	struct bytes b = { obj, size };
	struct elf f;
	struct look l = { .name = name, .f = &f, .e = e };
	u64 i;

	if (!check_header(b, name, &f, e))
		return false;
	for (i = 1; i < f.shnum; i++)
		if (!look_at_section(&l, i))
			return false;
	if (!check_externs(&l))
		return false;
	if (!l.programs)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: object has no programs", name);
	return true;
}
