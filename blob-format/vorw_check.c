/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_check.c - strings, binding, object and programs of a blob.
 */
#include <linux/bpf.h>
#include "vorw_check.h"
#include "vorw_machine.h"

#define REFUSE(r, what, where, have, want) \
	return vorw_refuse(w->d, VORW_R_##r, what, where, have, want)

enum vorw_reason vorw_check_name(struct vorw_walk *w, const char *s,
				 const char *extra, u32 max, const char *what,
				 u32 where)
{
	u32 n;

	for (n = 0; s[n]; n++) {
		char c = s[n];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '_')
			continue;
		if (!strchr(extra, c))
			REFUSE(MALFORMED, what, where, (u8)c, '_');
	}
	if (n == 0)
		REFUSE(MALFORMED, what, where, 0, 1);
	if (n > max)
		REFUSE(LIMIT, what, where, n, max);
	return VORW_R_OK;
}

/* Strings stand in the order of their first references, so the cursor alone
 * shows that each is used and none hides between two others. */
enum vorw_reason vorw_check_string(struct vorw_walk *w, u32 off,
				   const char **s)
{
	const struct vorw_range *sec = &w->v->sec[VORW_SEC_STRINGS];
	u32 len, at;

	if (off > w->next_str || off >= sec->cnt)
		REFUSE(MALFORMED, "string offset", off, off, w->next_str);
	*s = (const char *)sec->p + off;
	if (off == 0)
		return VORW_R_OK;
	if (sec->p[off - 1] || !sec->p[off])
		REFUSE(MALFORMED, "string start", off, sec->p[off - 1], 0);
	if (off < w->next_str)
		return VORW_R_OK;
	/* the section ends with NUL (vorw_check_head): this loop stops */
	for (len = 0; sec->p[off + len]; len++)
		if (sec->p[off + len] < ' ' || sec->p[off + len] > '~')
			REFUSE(MALFORMED, "string character", off + len,
			       sec->p[off + len], ' ');
	if (len >= VORW_MAX_STRING)
		REFUSE(LIMIT, "string length", off, len + 1, VORW_MAX_STRING);
	if (w->strings++ == VORW_MAX_STRING_CNT)
		REFUSE(LIMIT, "strings", off, w->strings, VORW_MAX_STRING_CNT);
	/* one spelling only: a string that is there already is not repeated */
	vorw_pause();
	for (at = 1; at < off; at += strlen((const char *)sec->p + at) + 1)
		if (!strcmp((const char *)sec->p + at, *s))
			REFUSE(MALFORMED, "string twice", off, off, at);
	w->next_str = off + len + 1;
	return VORW_R_OK;
}

enum vorw_reason vorw_check_range(struct vorw_walk *w, enum vorw_sec_type t,
				  const char *what, u32 where, u32 *next,
				  u32 first, u32 cnt)
{
	u32 want = cnt ? *next : 0;

	/* an empty range has one spelling: 0, 0 */
	if (first != want)
		REFUSE(MALFORMED, what, where, first, want);
	if (cnt > w->v->sec[t].cnt - *next)
		REFUSE(MALFORMED, what, where, cnt, w->v->sec[t].cnt - *next);
	*next += cnt;
	return VORW_R_OK;
}

enum vorw_reason vorw_check_head(struct vorw_walk *w)
{
	const struct vorw_view *v = w->v;
	const struct vorw_range *str = &v->sec[VORW_SEC_STRINGS];
	const u8 *b = v->sec[VORW_SEC_BINDING].p;
	const u8 *o = v->sec[VORW_SEC_OBJECT].p;
	struct vorw_binding_h h;
	const char *s = "";
	enum vorw_reason r;

	if (str->p[0] || str->p[str->cnt - 1])
		REFUSE(MALFORMED, "strings start and end with NUL", 0,
		       str->p[0], str->p[str->cnt - 1]);

#define STR(p, type, field) \
	vorw_check_string(w, vorw_le32((p) + offsetof(struct type, field)), &s)

	if ((r = STR(b, vorw_binding, release_str)) ||
	    (r = STR(b, vorw_binding, target_str)) ||
	    (r = STR(b, vorw_binding, cpu_str)))
		return r;
	vorw_get_binding(v, &h);
	if (h.build_id_len < 8 || h.build_id_len > VORW_MAX_BUILD_ID)
		REFUSE(MALFORMED, "build-id length", 0, h.build_id_len,
		       VORW_MAX_BUILD_ID);
	if (!vorw_zero(h.build_id + h.build_id_len,
		       VORW_MAX_BUILD_ID - h.build_id_len))
		REFUSE(RESERVED, "build-id", h.build_id_len, 1, 0);
	if (!h.page_size || (h.page_size & (h.page_size - 1)))
		REFUSE(MALFORMED, "page size", 0, h.page_size, 4096);
	if (!h.hz)
		REFUSE(MALFORMED, "HZ", 0, 0, 1);
	if (h.caps & ~VORW_CAPS_ALL)
		REFUSE(RESERVED, "privilege bits", 0, h.caps, VORW_CAPS_ALL);
	if (h.cpu_features & ~vorw_machine(v->machine)->cpu_features)
		REFUSE(RESERVED, "CPU feature bits", 0, h.cpu_features,
		       vorw_machine(v->machine)->cpu_features);
	if (!vorw_zero(b + offsetof(struct vorw_binding, reserved), 12))
		REFUSE(RESERVED, "binding", 0, 1, 0);

	if ((r = STR(o, vorw_object, name_str)))
		return r;
	if ((r = vorw_check_name(w, s, "-", VORW_MAX_OBJECT_NAME,
				 "object name", 0)) ||
	    (r = STR(o, vorw_object, tool_str)) ||
	    (r = STR(o, vorw_object, license_str)))
		return r;
	return STR(o, vorw_object, core_btf_str);
}

static enum vorw_reason check_prog(struct vorw_walk *w, u32 i)
{
	const struct vorw_view *v = w->v;
	const u8 *rec = v->sec[VORW_SEC_PROGS].p + i * sizeof(struct vorw_prog);
	struct vorw_prog_h p, q;
	const char *s = "";
	enum vorw_reason r;
	u32 j, k;

	if ((r = STR(rec, vorw_prog, name_str)) ||
	    (r = vorw_check_name(w, s, ".", VORW_MAX_NAME, "program name",
				 i)) ||
	    (r = STR(rec, vorw_prog, section_str)) ||
	    (r = STR(rec, vorw_prog, form_why_str)) ||
	    (r = STR(rec, vorw_prog, attach_str)))
		return r;
	if (!vorw_zero(rec + offsetof(struct vorw_prog, reserved), 12))
		REFUSE(RESERVED, "program", i, 1, 0);
	vorw_get_prog(v, i, &p);
	for (j = 0; j < i; j++) {
		vorw_get_prog(v, j, &q);
		if (vorw_name_same(p.name, q.name))
			REFUSE(MALFORMED, "program name taken", i, i, j);
	}
	if (p.type == BPF_PROG_TYPE_UNSPEC)
		REFUSE(MALFORMED, "program type", i, p.type, 1);
	if (p.orig_insn_cnt > VORW_MAX_INSNS)
		REFUSE(LIMIT, "original instructions", i, p.orig_insn_cnt,
		       VORW_MAX_INSNS);
	if (p.orig_insn_cnt == 0)
		REFUSE(MALFORMED, "original instructions", i, 0, 1);
	if (p.facts & ~VORW_F_ALL)
		REFUSE(RESERVED, "program facts", i, p.facts, VORW_F_ALL);
	if (p.stack_depth > VORW_MAX_STACK)
		REFUSE(LIMIT, "stack depth", i, p.stack_depth, VORW_MAX_STACK);
	if (p.attach_kind >= VORW_ATTACH_MAX)
		REFUSE(UNSUPPORTED, "attach kind", i, p.attach_kind,
		       VORW_ATTACH_MAX - 1);
	if (p.cpu_features & ~vorw_machine(v->machine)->cpu_features)
		REFUSE(RESERVED, "CPU feature bits", i, p.cpu_features,
		       vorw_machine(v->machine)->cpu_features);

	if (p.used_map_cnt > VORW_MAX_USED_MAPS)
		REFUSE(LIMIT, "used maps", i, p.used_map_cnt,
		       VORW_MAX_USED_MAPS);
	r = vorw_check_range(w, VORW_SEC_USED_MAPS, "used-map range", i,
			     &w->next_used, p.used_map_first, p.used_map_cnt);
	if (r)
		return r;
	for (j = 0; j < p.used_map_cnt; j++) {
		u32 map = vorw_get_used_map(v, p.used_map_first + j);
		struct vorw_map_h m;

		if (map >= vorw_count(v, VORW_SEC_MAPS))
			REFUSE(MALFORMED, "used map", i, map,
			       vorw_count(v, VORW_SEC_MAPS));
		vorw_get_map(v, map, &m);
		if (m.flags & VORW_MAP_TEMPLATE)
			REFUSE(MALFORMED, "used map is a template", i, map, 0);
		for (k = 0; k < j; k++)
			if (vorw_get_used_map(v, p.used_map_first + k) == map)
				REFUSE(MALFORMED, "used map twice", i, map,
				       k);
	}
	return VORW_R_OK;
}

enum vorw_reason vorw_check_progs(struct vorw_walk *w)
{
	struct vorw_binding_h b;
	struct vorw_prog_h p;
	enum vorw_reason r;
	u32 i, features = 0;

	for (i = 0; i < vorw_count(w->v, VORW_SEC_PROGS); i++) {
		r = check_prog(w, i);
		if (r)
			return r;
		vorw_get_prog(w->v, i, &p);
		features |= p.cpu_features;
	}
	vorw_get_binding(w->v, &b);
	if (b.cpu_features != features)
		REFUSE(MALFORMED, "CPU features of all programs", 0,
		       b.cpu_features, features);
	return VORW_R_OK;
}
