/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sample_check.c - what has to hold for every blob that was accepted.
 */
#include <stdlib.h>
#include "vorw_reloc.h"
#include "sample.h"

enum vorw_reason sample_parse(const u8 *buf, size_t size,
			      struct vorw_parts *parts, struct vorw_view *v,
			      struct vorw_diag *d)
{
	enum vorw_reason r = vorw_locate(buf, size, parts, d);

	return r ? r : vorw_parse(parts, v, d);
}

static void rewrite_relocs(struct vorw_writer *w, const struct vorw_view *v,
			   u32 prog, u32 part, u32 first, u32 cnt)
{
	struct vorw_reloc_h h;
	u32 i;

	for (i = first; i < first + cnt; i++) {
		vorw_get_reloc(v, i, &h);
		vorw_writer_reloc(w, prog, part, &h,
				  h.kind == VORW_REL_KSYM ||
				  h.kind == VORW_REL_KVAR ||
				  h.kind == VORW_REL_KPTR ?
				  vorw_get_string(v, h.sym) : NULL);
	}
}

static void rewrite_prog(struct vorw_writer *w, const struct vorw_view *v,
			 u32 i)
{
	struct vorw_part_h h;
	struct vorw_poke_h poke;
	struct vorw_prog_h p;
	struct vorw_fault_h f;
	u32 j, k;

	vorw_get_prog(v, i, &p);
	for (j = 0; j < p.part_cnt; j++) {
		vorw_get_part(v, p.part_first + j, &h);
		vorw_writer_part(w, i, &h, v->sec[VORW_SEC_CODE].p + h.code_off,
				 h.code_size);
		rewrite_relocs(w, v, i, j, h.reloc_first, h.reloc_cnt);
		for (k = 0; k < h.fault_cnt; k++) {
			vorw_get_fault(v, h.fault_first + k, &f);
			vorw_writer_fault(w, i, j, &f);
		}
	}
	if (p.insn_cnt)
		vorw_writer_insns(w, i, v->sec[VORW_SEC_INSNS].p +
				  (size_t)p.insn_first * 8, p.insn_cnt);
	for (j = 0; j < p.used_map_cnt; j++)
		vorw_writer_used_map(w, i,
				     vorw_get_used_map(v, p.used_map_first + j));
	rewrite_relocs(w, v, i, 0, p.insn_reloc_first, p.insn_reloc_cnt);
	for (j = 0; j < p.poke_cnt; j++) {
		vorw_get_poke(v, p.poke_first + j, &poke);
		vorw_writer_poke(w, i, &poke);
	}
}

struct vorw_writer *sample_rewrite(const struct vorw_view *v)
{
	struct vorw_writer *w = vorw_writer_new(v->machine);
	const u8 *data = v->sec[VORW_SEC_DATA].p;
	struct vorw_binding_h b;
	struct vorw_object_h o;
	struct vorw_prog_h p;
	struct vorw_init_h n;
	struct vorw_map_h m;
	u32 i, j;

	if (!w)
		return NULL;
	vorw_get_binding(v, &b);
	vorw_writer_binding(w, &b);
	vorw_get_object(v, &o);
	vorw_writer_object(w, &o);
	for (i = 0; i < vorw_count(v, VORW_SEC_MAPS); i++) {
		vorw_get_map(v, i, &m);
		vorw_writer_map(w, &m);
		for (j = 0; j < m.init_cnt; j++) {
			vorw_get_init(v, m.init_first + j, &n);
			if (n.kind == VORW_INIT_BYTES)
				vorw_writer_init_bytes(w, i, data + n.key_off,
						       data + n.value);
			else
				vorw_writer_init_index(w, i, n.kind,
						       data + n.key_off,
						       n.value);
		}
	}
	for (i = 0; i < vorw_count(v, VORW_SEC_PROGS); i++) {
		vorw_get_prog(v, i, &p);
		vorw_writer_prog(w, &p);
		rewrite_prog(w, v, i);
	}
	if (v->sec[VORW_SEC_BTF].p)
		vorw_writer_btf(w, v->sec[VORW_SEC_BTF].p,
				v->sec[VORW_SEC_BTF].cnt);
	return w;
}

/* Each relocation can be applied, read back and cleared again. */
static const char *links(const struct vorw_view *v, enum vorw_sec_type t,
			 u32 off, u32 first, u32 cnt)
{
	const bool wide = v->machine == 62;	/* EM_X86_64 */
	const u64 top = wide ? 0xffffffff00000000 : 0, addr = top + 0xc0de1234;
	const struct vorw_place at = { .at = top + 0xc0000000,
				       .base = top + 0xc0100000,
				       .word = wide ? 8 : 4 };
	struct vorw_reloc_h h;
	u8 field[16];
	u64 back;
	u32 i;

	for (i = first; i < first + cnt; i++) {
		u32 n;

		vorw_get_reloc(v, i, &h);
		n = vorw_form_size(h.form);
		memcpy(field, v->sec[t].p + off + h.off, n);
		if (vorw_reloc_apply(h.form, field, addr, &at) ||
		    vorw_reloc_read(h.form, field, &back, &at) ||
		    back != addr || vorw_reloc_clear(h.form, field) ||
		    memcmp(field, v->sec[t].p + off + h.off, n))
			return "relocation cannot be applied";
	}
	return NULL;
}

static const char *bad_prog(const struct vorw_view *v, u32 i)
{
	const char *why = NULL;
	struct vorw_part_h h;
	struct vorw_prog_h p;
	u32 k;

	vorw_get_prog(v, i, &p);
	if (!*p.name || strchr(p.name, '/') || strlen(p.name) > VORW_MAX_NAME)
		return "program name";
	if ((p.form == VORW_FORM_NATIVE) != (p.part_cnt != 0))
		return "code of a program";
	for (k = 0; k < p.part_cnt && !why; k++) {
		vorw_get_part(v, p.part_first + k, &h);
		if (!h.code_size)
			return "code of a part";
		why = links(v, VORW_SEC_CODE, h.code_off, h.reloc_first,
			    h.reloc_cnt);
	}
	return why ? why : links(v, VORW_SEC_INSNS, p.insn_first * 8,
				 p.insn_reloc_first, p.insn_reloc_cnt);
}

const char *sample_broken(const u8 *buf, size_t size)
{
	struct vorw_parts parts;
	struct vorw_object_h o;
	struct vorw_writer *w;
	struct vorw_view v;
	const char *why;
	enum vorw_reason r;
	size_t n;
	u8 *again;
	u32 i;

	if (sample_parse(buf, size, &parts, &v, NULL))
		return "not accepted";
	vorw_get_object(&v, &o);
	if (!*o.name || strchr(o.name, '/') || strchr(o.name, '.'))
		return "object name";
	for (i = 0; i < vorw_count(&v, VORW_SEC_PROGS); i++) {
		why = bad_prog(&v, i);
		if (why)
			return why;
	}
	w = sample_rewrite(&v);
	r = w ? vorw_writer_finish(w, &again, &n, NULL) : VORW_R_NO_MEMORY;
	vorw_writer_free(w);
	if (r)
		return "what was read cannot be written";
	why = n != parts.content_size || memcmp(again, parts.content, n) ?
	      "what was read is not all there was" : NULL;
	free(again);
	return why;
}
