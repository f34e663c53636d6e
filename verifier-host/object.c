// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * object.c - first look at a BPF object: ELF headers, section names, and the
 * extern symbols its BTF declares.
 *
 *   Elf64_Ehdr ── e_shoff ─▶ Elf64_Shdr[e_shnum]
 *                              ├─ e_shstrndx: names
 *                              ├─ SHT_PROGBITS + SHF_EXECINSTR: programs
 *                              └─ ".BTF": header, types, strings
 *
 * The object is untrusted: every byte is read through struct bytes.
 */
#include <elf.h>
#include <linux/btf.h>
#include "object.h"

struct bytes { const u8 *p; size_t n; };

/* The one gate: a range inside b, overflow-safe. */
static bool sub(struct bytes b, u64 off, u64 len, struct bytes *out)
{
	if (off > b.n || len > b.n - off)
		return false;
	out->p = b.p + off;
	out->n = len;
	return true;
}

/* Little-endian number of size bytes at off; ok cleared when outside. */
static u64 num(struct bytes b, u64 off, u32 size, bool *ok)
{
	struct bytes f;
	u64 v = 0;

	if (!sub(b, off, size, &f)) {
		*ok = false;
		return 0;
	}
	while (size--)
		v = v << 8 | f.p[size];
	return v;
}

/* NUL-terminated text at off, or NULL. */
static const char *text(struct bytes b, u64 off)
{
	if (off >= b.n || !memchr(b.p + off, 0, b.n - off))
		return NULL;
	return (const char *)b.p + off;
}

struct elf {
	struct bytes all, names;
	u64 shoff, shnum;
};
struct section { const char *name; u32 type; u64 flags, off, size; };

#define SHDR(f) offsetof(Elf64_Shdr, f)
static bool section_at(const struct elf *f, u64 i, struct section *s)
{
	struct bytes h;
	bool ok = true;

	if (!sub(f->all, f->shoff + i * sizeof(Elf64_Shdr),
		 sizeof(Elf64_Shdr), &h))
		return false;
	s->name = text(f->names, num(h, SHDR(sh_name), 4, &ok));
	s->type = num(h, SHDR(sh_type), 4, &ok);
	s->flags = num(h, SHDR(sh_flags), 8, &ok);
	s->off = num(h, SHDR(sh_offset), 8, &ok);
	s->size = num(h, SHDR(sh_size), 8, &ok);
	return ok && (s->name || !f->names.p);
}

/* Bytes of a type record behind struct btf_type; ~0: unknown kind.
 * Documentation/bpf/btf.rst, "Type Encoding". */
static u32 btf_extra(u32 kind, u32 vlen)
{
	switch (kind) {
	case BTF_KIND_PTR: case BTF_KIND_FWD: case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE: case BTF_KIND_CONST: case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC: case BTF_KIND_FLOAT: case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT: case BTF_KIND_VAR: case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT: case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * 12;
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	default:
		return ~0u;
	}
}

/*
 * Does the BTF declare extern symbols of the kernel (DATASEC ".ksyms")?
 * Malformed BTF is left to libbpf and the kernel: they refuse it, and without
 * BTF libbpf resolves no ksym.
 */
static bool btf_has_ksyms(struct bytes btf)
{
	struct bytes types, strs;
	bool ok = true;
	u64 hdr = num(btf, offsetof(struct btf_header, hdr_len), 4, &ok);
	u64 off = num(btf, offsetof(struct btf_header, type_off), 4, &ok);
	u64 len = num(btf, offsetof(struct btf_header, type_len), 4, &ok);
	u64 soff = num(btf, offsetof(struct btf_header, str_off), 4, &ok);
	u64 slen = num(btf, offsetof(struct btf_header, str_len), 4, &ok);

	if (!ok || !sub(btf, hdr + off, len, &types) ||
	    !sub(btf, hdr + soff, slen, &strs))
		return false;
	for (off = 0; off < types.n; ) {
		u32 name = num(types, off, 4, &ok);
		u32 info = num(types, off + 4, 4, &ok);
		u32 extra = btf_extra(BTF_INFO_KIND(info), BTF_INFO_VLEN(info));
		const char *s = text(strs, name);

		if (!ok || extra == ~0u)
			return false;
		if (BTF_INFO_KIND(info) == BTF_KIND_DATASEC && s &&
		    !strcmp(s, ".ksyms"))
			return true;
		off += sizeof(struct btf_type) + extra;
	}
	return false;
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
	if (num(b, EHDR(e_machine), 2, &ok) != EM_BPF)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: ELF machine %u, a BPF object has %u",
				 name, (u32)num(b, EHDR(e_machine), 2, &ok),
				 EM_BPF);
	if (num(b, EHDR(e_type), 2, &ok) != ET_REL)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: ELF type %u, a BPF object is relocatable (%u)",
				 name, (u32)num(b, EHDR(e_type), 2, &ok),
				 ET_REL);
	*f = (struct elf){ .all = b };
	f->shoff = num(b, EHDR(e_shoff), 8, &ok);
	f->shnum = num(b, EHDR(e_shnum), 2, &ok);
	strndx = num(b, EHDR(e_shstrndx), 2, &ok);
	if (!ok || num(b, EHDR(e_shentsize), 2, &ok) != sizeof(Elf64_Shdr) ||
	    f->shoff > b.n || f->shnum > (b.n - f->shoff) / sizeof(Elf64_Shdr) ||
	    strndx >= f->shnum || !section_at(f, strndx, &s) ||
	    !sub(b, s.off, s.size, &f->names))
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: ELF section table is damaged", name);
	return true;
}

bool object_check(const u8 *obj, size_t size, const char *name,
		  struct vorw_err *e)
{
	struct bytes b = { obj, size }, btf;
	struct section s;
	struct elf f;
	bool programs = false;
	u64 i;

	if (!check_header(b, name, &f, e))
		return false;
	for (i = 1; i < f.shnum; i++) {
		if (!section_at(&f, i, &s))
			return vorw_fail(e, VORW_R_BAD_OBJECT,
					 "%s: ELF section %u is damaged",
					 name, (u32)i);
		if (s.type == SHT_NOBITS || s.type == SHT_NULL)
			continue;
		if (!sub(b, s.off, s.size, &btf))
			return vorw_fail(e, VORW_R_BAD_OBJECT,
					 "%s: section '%s' ends behind the file",
					 name, s.name);
		/* .text holds subprograms only */
		if (s.type == SHT_PROGBITS && (s.flags & SHF_EXECINSTR) &&
		    s.size && strcmp(s.name, ".text"))
			programs = true;
		if (!strcmp(s.name, ".BTF") && btf_has_ksyms(btf))
			return vorw_fail(e, VORW_R_BAD_OBJECT,
					 "%s: uses extern kernel symbols (.ksyms), which a blob cannot carry",
					 name);
	}
	if (!programs)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: object has no programs", name);
	return true;
}
