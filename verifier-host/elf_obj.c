// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * elf_obj.c - reading object files, and comparing what is loaded of them.
 *
 * System V ABI, chapter 4; both classes, little-endian.
 */
#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "elf_obj.h"

/* A number of one of two structs that differ in their layout only. */
#define FIELD(o, b, at, type, f, ok) \
	((o)->wide ? bytes_num(b, (at) + offsetof(Elf64_##type, f), \
			       sizeof(((Elf64_##type *)0)->f), ok) : \
		     bytes_num(b, (at) + offsetof(Elf32_##type, f), \
			       sizeof(((Elf32_##type *)0)->f), ok))
#define SIZE(o, type) \
	((o)->wide ? sizeof(Elf64_##type) : sizeof(Elf32_##type))

struct symbol {
	const char *name;
	u32 type, bind, section;
	u64 value, size;
};

static bool get_symbol(const struct elf_obj *o, u32 i, struct symbol *s)
{
	u64 at = i * SIZE(o, Sym);
	bool ok = true;
	u32 info;

	s->name = bytes_text(o->names,
			     FIELD(o, o->syms, at, Sym, st_name, &ok));
	info = FIELD(o, o->syms, at, Sym, st_info, &ok);
	s->type = ELF32_ST_TYPE(info);
	s->bind = ELF32_ST_BIND(info);
	s->section = FIELD(o, o->syms, at, Sym, st_shndx, &ok);
	s->value = FIELD(o, o->syms, at, Sym, st_value, &ok);
	s->size = FIELD(o, o->syms, at, Sym, st_size, &ok);
	return ok && s->name && s->section != SHN_XINDEX &&
	       (s->section >= SHN_LORESERVE || s->section < o->nsections);
}

static bool bad(const struct elf_obj *o, const char *what, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_TARGET, "%s is no object file: %s", o->path,
			 what);
}

static bool read_section(struct elf_obj *o, struct bytes all, u64 at,
			 struct elf_section *s, u64 *name)
{
	bool ok = true;
	u64 off;

	*name = FIELD(o, all, at, Shdr, sh_name, &ok);
	s->type = FIELD(o, all, at, Shdr, sh_type, &ok);
	s->flags = FIELD(o, all, at, Shdr, sh_flags, &ok);
	s->link = FIELD(o, all, at, Shdr, sh_link, &ok);
	s->info = FIELD(o, all, at, Shdr, sh_info, &ok);
	s->size = FIELD(o, all, at, Shdr, sh_size, &ok);
	s->entsize = FIELD(o, all, at, Shdr, sh_entsize, &ok);
	off = FIELD(o, all, at, Shdr, sh_offset, &ok);
	return ok && (s->type == SHT_NOBITS || s->type == SHT_NULL ||
		      bytes_sub(all, off, s->size, &s->data));
}

/* names[]: where each section's name is */
static bool name_sections(struct elf_obj *o, const u64 *names, u32 strings)
{
	u32 i;

	if (strings >= o->nsections)
		return false;
	for (i = 0; i < o->nsections; i++) {
		o->sections[i].name = bytes_text(o->sections[strings].data,
						 names[i]);
		if (!o->sections[i].name)
			return false;
	}
	return true;
}

static bool is_relocs(const struct elf_section *s)
{
	return s->type == SHT_REL || s->type == SHT_RELA;
}

/* Places, relocations and the symbol table. */
static bool index_sections(struct elf_obj *o)
{
	struct elf_section *s;
	u32 i;

	for (i = 1; i < o->nsections; i++) {
		s = &o->sections[i];
		if (s->flags & SHF_ALLOC) {
			o->loaded[++o->nloaded] = i;
			s->place = o->nloaded;
		} else if (is_relocs(s)) {
			u64 size = s->type == SHT_REL ? SIZE(o, Rel) :
							SIZE(o, Rela);

			if (!s->info || s->info >= o->nsections ||
			    o->sections[s->info].relocs || s->size % size ||
			    s->entsize != size)
				return false;
			o->sections[s->info].relocs = i;
		} else if (s->type == SHT_SYMTAB) {
			if (o->nsyms || s->size % SIZE(o, Sym) ||
			    s->link >= o->nsections)
				return false;
			o->syms = s->data;
			o->nsyms = s->size / SIZE(o, Sym);
			o->names = o->sections[s->link].data;
		}
	}
	return true;
}

bool elf_obj_open(struct elf_obj *o, const char *path, const u8 *data,
		  size_t size, struct vorw_err *e)
{
	const struct bytes all = { data, size };
	u64 table, *names = NULL;
	bool ok = true;
	u32 i, strings;

	memset(o, 0, sizeof(*o));
	o->path = path;
	if (size < EI_NIDENT || memcmp(data, ELFMAG, SELFMAG))
		return bad(o, "it does not begin as an ELF file (one of a kernel that is optimised when it is linked, CONFIG_LTO, does not)",
			   e);
	o->wide = data[EI_CLASS] == ELFCLASS64;
	if (data[EI_DATA] != ELFDATA2LSB ||
	    FIELD(o, all, 0, Ehdr, e_type, &ok) != ET_REL || !ok)
		return bad(o, "not little-endian and relocatable", e);
	o->machine = FIELD(o, all, 0, Ehdr, e_machine, &ok);
	o->flags = FIELD(o, all, 0, Ehdr, e_flags, &ok);
	table = FIELD(o, all, 0, Ehdr, e_shoff, &ok);
	o->nsections = FIELD(o, all, 0, Ehdr, e_shnum, &ok);
	strings = FIELD(o, all, 0, Ehdr, e_shstrndx, &ok);
	if (!ok || !o->nsections ||
	    FIELD(o, all, 0, Ehdr, e_shentsize, &ok) != SIZE(o, Shdr))
		return bad(o, "no table of sections", e);
	o->sections = calloc(o->nsections, sizeof(*o->sections));
	o->loaded = calloc(o->nsections + 1, sizeof(*o->loaded));
	names = calloc(o->nsections, sizeof(*names));
	if (!o->sections || !o->loaded || !names) {
		free(names);
		elf_obj_close(o);
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	for (i = 0; ok && i < o->nsections; i++)
		ok = table <= size &&
		     read_section(o, all, table + i * SIZE(o, Shdr),
				  &o->sections[i], &names[i]);
	ok = ok && name_sections(o, names, strings) && index_sections(o);
	free(names);
	if (ok)
		return true;
	elf_obj_close(o);
	return bad(o, "its sections are not those of an object file", e);
}

void elf_obj_close(struct elf_obj *o)
{
	free(o->sections);
	free(o->loaded);
	o->sections = NULL;
	o->loaded = NULL;
}

const char *elf_obj_find(const struct elf_obj *o, bool (*is)(const char *))
{
	struct symbol s;
	u32 i;

	for (i = 1; i < o->nsyms; i++)
		if (get_symbol(o, i, &s) && s.section != SHN_UNDEF &&
		    is(s.name))
			return s.name;
	return NULL;
}

/* Where two objects differ. */
struct place {
	const struct elf_obj *a, *b;
	char *where;
	size_t size;
};

static bool differs(const struct place *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->where, p->size, fmt, ap);
	va_end(ap);
	return false;
}

/* Names off in the section, by the function or variable that is there. */
static bool differs_at(const struct place *p, const struct elf_section *s,
		       u64 off)
{
	u32 i, at = p->a->loaded[s->place];
	struct symbol y;

	for (i = 1; i < p->a->nsyms; i++)
		if (get_symbol(p->a, i, &y) && y.section == at &&
		    (y.type == STT_FUNC || y.type == STT_OBJECT) &&
		    y.value <= off && off - y.value < y.size)
			return differs(p, "%s+0x%llx in %s", y.name,
				       (unsigned long long)(off - y.value),
				       s->name);
	return differs(p, "0x%llx in %s", (unsigned long long)off, s->name);
}

static bool same_home(const struct place *p, u32 x, u32 y)
{
	if (x >= SHN_LORESERVE || y >= SHN_LORESERVE || !x || !y)
		return x == y;
	return p->a->sections[x].place == p->b->sections[y].place &&
	       !strcmp(p->a->sections[x].name, p->b->sections[y].name);
}

/* Do they stand for the same?  Local names may carry numbers that the
 * compiler gave them. */
static bool same_symbol(const struct place *p, const struct symbol *x,
			const struct symbol *y)
{
	if (x->type != y->type || x->bind != y->bind ||
	    !same_home(p, x->section, y->section))
		return false;
	if (x->section != SHN_UNDEF &&
	    (x->value != y->value || x->size != y->size))
		return false;
	return x->bind == STB_LOCAL ? x->section != SHN_UNDEF ||
				      !strcmp(x->name, y->name) :
				      !strcmp(x->name, y->name);
}

static bool same_target(const struct place *p, u32 i, u32 k)
{
	struct symbol x, y;

	if (!i || !k)
		return i == k;
	return i < p->a->nsyms && k < p->b->nsyms &&
	       get_symbol(p->a, i, &x) && get_symbol(p->b, k, &y) &&
	       same_symbol(p, &x, &y);
}

static bool same_relocs(const struct place *p, const struct elf_section *sa,
			const struct elf_section *sb)
{
	const struct elf_section *ra = &p->a->sections[sa->relocs];
	const struct elf_section *rb = &p->b->sections[sb->relocs];
	bool ok = true;
	u64 at, off;

	if (!sa->relocs && !sb->relocs)
		return true;
	if (!sa->relocs || !sb->relocs || ra->type != rb->type ||
	    ra->size != rb->size)
		return differs(p, "what %s refers to", sa->name);
	for (at = 0; at < ra->size; at += ra->entsize) {
		u64 ia = FIELD(p->a, ra->data, at, Rel, r_info, &ok);
		u64 ib = FIELD(p->b, rb->data, at, Rel, r_info, &ok);
		u32 shift = p->a->wide ? 32 : 8;

		off = FIELD(p->a, ra->data, at, Rel, r_offset, &ok);
		if (off != FIELD(p->b, rb->data, at, Rel, r_offset, &ok) ||
		    (ia & ((1ull << shift) - 1)) !=
		    (ib & ((1ull << shift) - 1)) ||
		    !same_target(p, ia >> shift, ib >> shift) ||
		    (ra->type == SHT_RELA &&
		     FIELD(p->a, ra->data, at, Rela, r_addend, &ok) !=
		     FIELD(p->b, rb->data, at, Rela, r_addend, &ok)) || !ok)
			return differs_at(p, sa, off);
	}
	return true;
}

static bool same_section(const struct place *p, u32 place)
{
	const struct elf_section *sa = &p->a->sections[p->a->loaded[place]];
	const struct elf_section *sb = &p->b->sections[p->b->loaded[place]];
	size_t i;

	if (strcmp(sa->name, sb->name) || sa->type != sb->type ||
	    sa->flags != sb->flags)
		return differs(p, "section %s is %s", sa->name, sb->name);
	for (i = 0; i < sa->data.n && i < sb->data.n; i++)
		if (sa->data.p[i] != sb->data.p[i])
			return differs_at(p, sa, i);
	if (sa->size != sb->size || sa->data.n != sb->data.n)
		return differs(p, "%s has %llu and %llu bytes", sa->name,
			       (unsigned long long)sa->size,
			       (unsigned long long)sb->size);
	return same_relocs(p, sa, sb);
}

/* The next symbol from *i on that others see, without a name where it is
 * damaged; false: no more. */
static bool next_global(const struct elf_obj *o, u32 *i, struct symbol *s)
{
	while (*i < o->nsyms)
		if (!get_symbol(o, (*i)++, s)) {
			s->name = NULL;
			return true;
		} else if (s->bind != STB_LOCAL) {
			return true;
		}
	return false;
}

static bool same_globals(const struct place *p)
{
	struct symbol x = { .name = NULL }, y = { .name = NULL };
	u32 i = 1, k = 1;

	while (next_global(p->a, &i, &x)) {
		if (!x.name || !next_global(p->b, &k, &y) || !y.name ||
		    !same_symbol(p, &x, &y))
			return differs(p, "symbol %s",
				       x.name ? x.name : "without a name");
	}
	return !next_global(p->b, &k, &y) ||
	       differs(p, "symbol %s", y.name ? y.name : "without a name");
}

bool elf_obj_same(const struct elf_obj *a, const struct elf_obj *b,
		  char *where, size_t size)
{
	const struct place p = { a, b, where, size };
	u32 i;

	if (a->wide != b->wide || a->machine != b->machine ||
	    a->flags != b->flags)
		return differs(&p, "its machine");
	for (i = 1; i <= a->nloaded && i <= b->nloaded; i++)
		if (!same_section(&p, i))
			return false;
	if (a->nloaded != b->nloaded)
		return differs(&p, "%u and %u sections are loaded", a->nloaded,
			       b->nloaded);
	return same_globals(&p);
}
