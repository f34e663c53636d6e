// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * object_btf.c - the BTF of an object, walked for the symbols that are
 * defined elsewhere.  Documentation/bpf/btf.rst, "Type Encoding".
 *
 * A variable is an element of a DATASEC: ".ksyms" are addresses and types of
 * the kernel, ".kconfig" its configuration.
 */
#include <linux/btf.h>
#include <stdlib.h>
#include "object_int.h"

struct btf_view {
	struct bytes types, strs;
	u32 *at;		/* offset of type id in types; [0]: void */
	u32 n;			/* ids in at[] */
};

/* Bytes of a type record behind struct btf_type; ~0: unknown kind. */
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

#define HDR(f) offsetof(struct btf_header, f)
static const char *find_parts(struct bytes btf, struct btf_view *v)
{
	bool ok = true;
	u64 hdr = bytes_num(btf, HDR(hdr_len), 4, &ok);
	u64 off = bytes_num(btf, HDR(type_off), 4, &ok);
	u64 len = bytes_num(btf, HDR(type_len), 4, &ok);
	u64 soff = bytes_num(btf, HDR(str_off), 4, &ok);
	u64 slen = bytes_num(btf, HDR(str_len), 4, &ok);

	if (!ok || bytes_num(btf, HDR(magic), 2, &ok) != BTF_MAGIC ||
	    bytes_num(btf, HDR(version), 1, &ok) != BTF_VERSION ||
	    hdr < sizeof(struct btf_header))
		return "its .BTF is not little-endian BTF of version 1";
	if (off % 4 || !bytes_sub(btf, hdr + off, len, &v->types) ||
	    !bytes_sub(btf, hdr + soff, slen, &v->strs))
		return "its .BTF is damaged";
	return NULL;
}

/* Offsets of all types, up to the very end. */
static const char *find_types(struct btf_view *v)
{
	bool ok = true;
	u64 off;

	v->at = calloc(v->types.n / sizeof(struct btf_type) + 1,
		       sizeof(*v->at));
	if (!v->at)
		return "out of memory";
	v->n = 1;
	for (off = 0; off < v->types.n; ) {
		u32 info = bytes_num(v->types, off + 4, 4, &ok);
		u32 extra = btf_extra(BTF_INFO_KIND(info),
				      BTF_INFO_VLEN(info));
		struct bytes all;

		if (!ok || extra == ~0u ||
		    !bytes_sub(v->types, off, sizeof(struct btf_type) + extra,
			       &all))
			return "its .BTF has types that are not known";
		v->at[v->n++] = off;
		off += all.n;
	}
	return NULL;
}

static u32 field(const struct btf_view *v, u64 off)
{
	bool ok = true;

	return bytes_num(v->types, off, 4, &ok);
}

static const char *add_kconfig(const struct btf_view *v, u32 datasec,
			       struct btf_externs *x)
{
	u32 k, id, vlen = BTF_INFO_VLEN(field(v, datasec + 4));

	for (k = 0; k < vlen; k++) {
		const char *name = NULL;

		id = field(v, datasec + sizeof(struct btf_type) +
			   k * sizeof(struct btf_var_secinfo));
		if (id && id < v->n &&
		    BTF_INFO_KIND(field(v, v->at[id] + 4)) == BTF_KIND_VAR)
			name = bytes_text(v->strs, field(v, v->at[id]));
		if (!name)
			return "its .BTF is damaged";
		if (x->nkconfig == OBJECT_EXTERNS_MAX)
			return "it uses too many .kconfig symbols";
		x->kconfig[x->nkconfig++] = name;
	}
	return NULL;
}

static const char *find_externs(const struct btf_view *v,
				struct btf_externs *x)
{
	const char *why = NULL, *s;
	u32 id;

	for (id = 1; !why && id < v->n; id++) {
		if (BTF_INFO_KIND(field(v, v->at[id] + 4)) != BTF_KIND_DATASEC)
			continue;
		s = bytes_text(v->strs, field(v, v->at[id]));
		if (!s)
			why = "its .BTF is damaged";
		else if (!strcmp(s, ".ksyms"))
			why = "uses extern kernel symbols (.ksyms), which a blob cannot carry";
		else if (!strcmp(s, ".kconfig"))
			why = add_kconfig(v, v->at[id], x);
	}
	return why;
}

const char *btf_externs(struct bytes btf, struct btf_externs *x)
{
	struct btf_view v = { 0 };
	const char *why;

	x->nkconfig = 0;
	if (!btf.p)
		return NULL;
	why = find_parts(btf, &v);
	if (!why)
		why = find_types(&v);
	if (!why)
		why = find_externs(&v, x);
	free(v.at);
	return why;
}

bool btf_is_kconfig(const struct btf_externs *x, const char *name)
{
	u32 i;

	for (i = 0; i < x->nkconfig; i++)
		if (!strcmp(x->kconfig[i], name))
			return true;
	return false;
}
