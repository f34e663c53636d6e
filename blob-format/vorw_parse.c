/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_parse.c - header, signature trailer and section table.
 */
#include "vorw_check.h"
#include "vorw_machine.h"

enum vorw_reason vorw_refuse(struct vorw_diag *d, enum vorw_reason r,
			     const char *what, u32 where, u32 have, u32 want)
{
	if (d) {
		d->what = what;
		d->where = where;
		d->have = have;
		d->want = want;
	}
	return r;
}

bool vorw_zero(const u8 *p, u32 n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

#define HDR(field)	offsetof(struct vorw_hdr, field)

/* The fields that say how large the content is.  size: bytes at buf. */
static enum vorw_reason check_size(const u8 *buf, size_t size, u32 *content,
				   struct vorw_diag *d)
{
	size_t n = size < VORW_MAGIC_LEN ? size : VORW_MAGIC_LEN, i;
	u32 val;

	if (size > VORW_MAX_BLOB)
		return vorw_refuse(d, VORW_R_LIMIT, "file size", 0,
				   size < ~0u ? (u32)size : ~0u,
				   VORW_MAX_BLOB);
	for (i = 0; i < n; i++)
		if (buf[i] != (u8)VORW_MAGIC[i])
			return vorw_refuse(d, VORW_R_BAD_MAGIC, "magic", i,
					   buf[i], (u8)VORW_MAGIC[i]);
	if (size < sizeof(struct vorw_hdr))
		return vorw_refuse(d, VORW_R_TRUNCATED, "header", 0, size,
				   sizeof(struct vorw_hdr));
	val = vorw_le16(buf + HDR(version));
	if (val != VORW_VERSION)
		return vorw_refuse(d, VORW_R_VERSION, "format version",
				   HDR(version), val, VORW_VERSION);
	val = vorw_le16(buf + HDR(hdr_size));
	if (val != sizeof(struct vorw_hdr))
		return vorw_refuse(d, VORW_R_MALFORMED, "header size",
				   HDR(hdr_size), val,
				   sizeof(struct vorw_hdr));
	val = vorw_le32(buf + HDR(content_size));
	if (val > VORW_MAX_BLOB)
		return vorw_refuse(d, VORW_R_LIMIT, "content size",
				   HDR(content_size), val, VORW_MAX_BLOB);
	if (val < sizeof(struct vorw_hdr) || val % 8)
		return vorw_refuse(d, VORW_R_MALFORMED, "content size",
				   HDR(content_size), val,
				   val < sizeof(struct vorw_hdr) ?
				   sizeof(struct vorw_hdr) : val & ~7u);
	if (val > size)
		return vorw_refuse(d, VORW_R_TRUNCATED, "content", 0, size,
				   val);
	*content = val;
	return VORW_R_OK;
}

enum vorw_reason vorw_locate(const u8 *buf, size_t size,
			     struct vorw_parts *parts, struct vorw_diag *d)
{
	u32 content = 0, rest, n, len;
	enum vorw_reason r;
	const u8 *p;

	if (size == 0)
		return vorw_refuse(d, VORW_R_TRUNCATED, "file size", 0, 0,
				   sizeof(struct vorw_hdr));
	r = check_size(buf, size, &content, d);
	if (r)
		return r;
	parts->content = buf;
	parts->content_size = content;
	parts->sig = NULL;
	parts->sig_size = 0;
	rest = (u32)size - content;
	if (rest == 0)
		return VORW_R_OK;

	p = buf + content;
	n = rest < VORW_MAGIC_LEN ? rest : VORW_MAGIC_LEN;
	if (memcmp(p, VORW_SIG_MAGIC, n))
		return vorw_refuse(d, VORW_R_SIG_FORMAT, "signature magic",
				   content, p[0], (u8)VORW_SIG_MAGIC[0]);
	if (rest < sizeof(struct vorw_sig_hdr))
		return vorw_refuse(d, VORW_R_TRUNCATED, "signature header",
				   content, rest, sizeof(struct vorw_sig_hdr));
	len = vorw_le32(p + offsetof(struct vorw_sig_hdr, sig_size));
	if (len > VORW_MAX_SIG)
		return vorw_refuse(d, VORW_R_LIMIT, "signature size", content,
				   len, VORW_MAX_SIG);
	if (len == 0)
		return vorw_refuse(d, VORW_R_SIG_FORMAT, "signature size",
				   content, 0, 1);
	if (!vorw_zero(p + offsetof(struct vorw_sig_hdr, reserved), 4))
		return vorw_refuse(d, VORW_R_RESERVED, "signature header",
				   content, 1, 0);
	rest -= sizeof(struct vorw_sig_hdr);
	if (rest < len)
		return vorw_refuse(d, VORW_R_TRUNCATED, "signature", content,
				   rest, len);
	if (rest > len)
		return vorw_refuse(d, VORW_R_MALFORMED,
				   "bytes behind the signature", content,
				   rest, len);
	parts->sig = p + sizeof(struct vorw_sig_hdr);
	parts->sig_size = len;
	return VORW_R_OK;
}

/* One row per section type; cnt is further limited by VORW_MAX_BLOB. */
static const struct {
	u16 entsize;
	u8 mandatory;
	u32 max_cnt;
} secs[VORW_SEC_MAX] = {
	[VORW_SEC_STRINGS]   = { 1, 1, VORW_MAX_STRINGS },
	[VORW_SEC_BINDING]   = { sizeof(struct vorw_binding), 1, 1 },
	[VORW_SEC_OBJECT]    = { sizeof(struct vorw_object), 1, 1 },
	[VORW_SEC_MAPS]      = { sizeof(struct vorw_map), 0, VORW_MAX_MAPS },
	[VORW_SEC_PROGS]     = { sizeof(struct vorw_prog), 1, VORW_MAX_PROGS },
	[VORW_SEC_USED_MAPS] = { 4, 0, VORW_MAX_PROGS * VORW_MAX_USED_MAPS },
	[VORW_SEC_INITS]     = { sizeof(struct vorw_init), 0, VORW_MAX_INITS },
	[VORW_SEC_RELOCS]    = { sizeof(struct vorw_reloc), 0,
				 VORW_MAX_RELOCS },
	[VORW_SEC_INSNS]     = { 8, 0, VORW_MAX_BLOB / 8 },
	[VORW_SEC_CODE]      = { 1, 0, VORW_MAX_BLOB },
	[VORW_SEC_DATA]      = { 1, 0, VORW_MAX_BLOB },
	[VORW_SEC_BTF]       = { 1, 0, VORW_MAX_BLOB },
	[VORW_SEC_PARTS]     = { sizeof(struct vorw_part), 0,
				 VORW_MAX_PROGS * VORW_MAX_PARTS },
	[VORW_SEC_POKES]     = { sizeof(struct vorw_poke), 0,
				 VORW_MAX_PROGS * VORW_MAX_POKES },
	[VORW_SEC_FAULTS]    = { sizeof(struct vorw_fault), 0,
				 VORW_MAX_FAULTS },
};

#define SEC(field)	offsetof(struct vorw_sec, field)

/* The sections must fill what is behind the table: in order, no byte left. */
static enum vorw_reason parse_table(struct vorw_view *v, u32 cnt,
				    struct vorw_diag *d)
{
	u32 next = sizeof(struct vorw_hdr) + cnt * sizeof(struct vorw_sec);
	u32 i, prev = 0;

	if (next > v->content_size)
		return vorw_refuse(d, VORW_R_MALFORMED, "section table",
				   HDR(sec_cnt), next, v->content_size);
	for (i = 0; i < cnt; i++) {
		u32 at = sizeof(struct vorw_hdr) + i * sizeof(struct vorw_sec);
		const u8 *p = v->content + at;
		u32 type = vorw_le16(p + SEC(type));
		u32 entsize = vorw_le16(p + SEC(entsize));
		u32 n = vorw_le32(p + SEC(cnt));
		u32 off = vorw_le32(p + SEC(off));
		u32 end;

		if (type <= prev)
			return vorw_refuse(d, VORW_R_MALFORMED,
					   "section order", at, type, prev);
		if (type >= VORW_SEC_MAX)
			return vorw_refuse(d, VORW_R_UNSUPPORTED,
					   "section type", at, type,
					   VORW_SEC_MAX - 1);
		if (!vorw_zero(p + SEC(reserved), 4))
			return vorw_refuse(d, VORW_R_RESERVED, "section entry",
					   at, 1, 0);
		if (entsize != secs[type].entsize)
			return vorw_refuse(d, VORW_R_MALFORMED,
					   "section entsize", at, entsize,
					   secs[type].entsize);
		if (n > secs[type].max_cnt)
			return vorw_refuse(d, VORW_R_LIMIT, "section count",
					   at, n, secs[type].max_cnt);
		if (n == 0)
			return vorw_refuse(d, VORW_R_MALFORMED,
					   "section count", at, 0, 1);
		if (off != next)
			return vorw_refuse(d, VORW_R_MALFORMED,
					   "section offset", at, off, next);
		/* both factors are limited: at most 2^28 */
		if (n * entsize > v->content_size - off)
			return vorw_refuse(d, VORW_R_MALFORMED, "section size",
					   at, n * entsize,
					   v->content_size - off);
		end = off + n * entsize;
		next = vorw_align8(end);
		/* content_size is a multiple of 8: next does not pass it */
		if (!vorw_zero(v->content + end, next - end))
			return vorw_refuse(d, VORW_R_RESERVED,
					   "section padding", end, 1, 0);
		v->sec[type].p = v->content + off;
		v->sec[type].cnt = n;
		v->sec[type].entsize = entsize;
		prev = type;
	}
	if (next != v->content_size)
		return vorw_refuse(d, VORW_R_MALFORMED, "end of sections",
				   next, next, v->content_size);
	for (i = 0; i < VORW_SEC_MAX; i++)
		if (secs[i].mandatory && !v->sec[i].p)
			return vorw_refuse(d, VORW_R_MALFORMED,
					   "missing section", i, 0, 1);
	return VORW_R_OK;
}

/* BTF is the kernel's to judge; here only that its header covers the bytes,
 * as btf_parse_hdr() in kernel/bpf/btf.c asks. */
static enum vorw_reason check_btf(const struct vorw_walk *w)
{
	const struct vorw_range *s = &w->v->sec[VORW_SEC_BTF];
	u32 types, strs, room;

	if (!s->p)
		return VORW_R_OK;
	if (s->cnt < 24)
		return vorw_refuse(w->d, VORW_R_MALFORMED, "BTF size", 0,
				   s->cnt, 24);
	/* magic, version 1, flags 0, hdr_len */
	if (vorw_le32(s->p) != 0x0001eb9f || vorw_le32(s->p + 4) != 24)
		return vorw_refuse(w->d, VORW_R_MALFORMED, "BTF header", 0,
				   vorw_le32(s->p), 0x0001eb9f);
	types = vorw_le32(s->p + 12);
	strs = vorw_le32(s->p + 20);
	room = s->cnt - 24;
	if (vorw_le32(s->p + 8) != 0 || vorw_le32(s->p + 16) != types ||
	    types > room || strs != room - types)
		return vorw_refuse(w->d, VORW_R_MALFORMED, "BTF extent", types,
				   types + strs, room);
	return VORW_R_OK;
}

/* Every byte of these sections must have been referred to. */
static enum vorw_reason check_ends(const struct vorw_walk *w)
{
	const struct {
		enum vorw_sec_type t;
		u32 next;
		const char *what;
	} ends[] = {
		{ VORW_SEC_STRINGS, w->next_str, "unused strings" },
		{ VORW_SEC_USED_MAPS, w->next_used, "unused used-maps" },
		{ VORW_SEC_INITS, w->next_init, "unused inits" },
		{ VORW_SEC_RELOCS, w->next_reloc, "unused relocations" },
		{ VORW_SEC_INSNS, w->next_insn, "unused instructions" },
		{ VORW_SEC_CODE, w->code_end, "unused code" },
		{ VORW_SEC_DATA, w->next_data, "unused data" },
		{ VORW_SEC_PARTS, w->next_part, "unused parts" },
		{ VORW_SEC_POKES, w->next_poke, "unused pokes" },
#ifdef VORW_HAVE_X86
		{ VORW_SEC_FAULTS, w->next_fault, "unused faults" },
#endif
	};
	u32 i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].next != w->v->sec[ends[i].t].cnt)
			return vorw_refuse(w->d, VORW_R_MALFORMED,
					   ends[i].what, ends[i].t,
					   ends[i].next,
					   w->v->sec[ends[i].t].cnt);
	return VORW_R_OK;
}

enum vorw_reason vorw_find_sections(const struct vorw_parts *parts,
				    struct vorw_view *v, struct vorw_diag *d)
{
	const u8 *p = parts->content;
	u32 size = 0, n;
	enum vorw_reason r;

	memset(v, 0, sizeof(*v));
	r = check_size(p, parts->content_size, &size, d);
	if (r)
		return r;
	if (size != parts->content_size)
		return vorw_refuse(d, VORW_R_MALFORMED, "content size",
				   HDR(content_size), size,
				   parts->content_size);
	v->content = p;
	v->content_size = size;
	v->machine = vorw_le16(p + HDR(machine));
	if (!vorw_zero(p + HDR(flags), 4))
		return vorw_refuse(d, VORW_R_RESERVED, "header flags",
				   HDR(flags), vorw_le32(p + HDR(flags)), 0);
	if (!vorw_zero(p + HDR(reserved), 8))
		return vorw_refuse(d, VORW_R_RESERVED, "header",
				   HDR(reserved), 1, 0);
	/* what flags and code mean depends on it: nothing to check without */
	if (!vorw_machine(v->machine))
		return vorw_refuse(d, VORW_R_WRONG_ARCH, "machine",
				   HDR(machine), v->machine, VORW_EM_ONLY);
	n = vorw_le16(p + HDR(sec_cnt));
	if (n > VORW_MAX_SECTIONS)
		return vorw_refuse(d, VORW_R_LIMIT, "section table",
				   HDR(sec_cnt), n, VORW_MAX_SECTIONS);
	return parse_table(v, n, d);
}

enum vorw_reason vorw_parse(const struct vorw_parts *parts,
			    struct vorw_view *v, struct vorw_diag *d)
{
	struct vorw_walk w = { .v = v, .d = d, .next_str = 1 };
	enum vorw_reason r;

	if ((r = vorw_find_sections(parts, v, d)) ||
	    (r = vorw_check_head(&w)) ||
	    (r = vorw_check_maps(&w)) ||
	    (r = vorw_check_progs(&w)) ||
	    (r = vorw_check_images(&w)) ||
	    (r = check_btf(&w)))
		return r;
	return check_ends(&w);
}
