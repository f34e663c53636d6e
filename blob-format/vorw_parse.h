/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_parse.h - reading an untrusted blob.
 *
 * Two steps, because the signature is checked between them:
 * vorw_locate() reads only what is needed to find the signature;
 * vorw_parse() then checks every bound and every reference in the content.
 * Neither allocates, neither keeps state, neither casts the buffer: values
 * are fetched by width and byte order through one checked-range gate.
 * The buffer must stay unchanged and alive as long as the view is used.
 */
#ifndef VORW_PARSE_H
#define VORW_PARSE_H

#include "vorw_format.h"
#include "vorw_reason.h"

/* Where a refusal came from, for the message: what was compared. */
struct vorw_diag {
	const char *what;	/* static text, e.g. "section offset" */
	u32 where;		/* byte offset, index or count it is about */
	u32 have, want;		/* both sides of the failed comparison */
};

struct vorw_parts {
	const u8 *content;
	u32 content_size;
	const u8 *sig;		/* NULL when unsigned */
	u32 sig_size;
};

/* Find content and signature.  size is the whole file.  An unsigned blob is
 * VORW_R_OK with sig == NULL: whether that is acceptable is the caller's. */
enum vorw_reason vorw_locate(const u8 *buf, size_t size,
			     struct vorw_parts *parts, struct vorw_diag *d);

struct vorw_range { const u8 *p; u32 cnt; u32 entsize; };

/* A parsed blob: pointers into the content, all references checked. */
struct vorw_view {
	const u8 *content;
	u32 content_size;
	u16 machine;
	struct vorw_range sec[VORW_SEC_MAX];	/* p NULL when absent */
};

/* The first part of vorw_parse(): header and section table.  Enough for the
 * getters below when somebody trusted has parsed these very bytes, as the module
 * has for the loader. */
enum vorw_reason vorw_find_sections(const struct vorw_parts *parts,
				    struct vorw_view *v, struct vorw_diag *d);

/* Check the whole content.  After VORW_R_OK every string offset, index and
 * range in it may be used without a further check; semantic premises
 * (binding, privileges, kernel state) are still the caller's. */
enum vorw_reason vorw_parse(const struct vorw_parts *parts,
			    struct vorw_view *v, struct vorw_diag *d);

/* Records in CPU byte order: the same names as the on-disk structs. i must
 * be below the count of that section. */
struct vorw_binding_h {
	u8 build_id[VORW_MAX_BUILD_ID];
	u32 build_id_len;
	const char *release, *target, *cpu;
	u32 page_size, hz, caps, cpu_features;
};
struct vorw_object_h {
	const char *name, *tool, *license, *core_btf;
	const u8 *object_sha256;
};
struct vorw_map_h {
	const char *name;
	u32 type, key_size, value_size, max_entries, map_flags;
	u64 map_extra;
	u32 inner, flags, btf_key_type_id, btf_value_type_id;
	u32 init_first, init_cnt;
};
struct vorw_init_h { u32 kind, key_off, value; };
struct vorw_prog_h {
	const char *name, *section, *form_why, *attach;
	u32 type, expected_attach_type, prog_flags, orig_insn_cnt, form;
	u8 tag[8];
	u32 facts, stack_depth, max_ctx_offset, max_pkt_offset, max_tp_access;
	u32 max_rdonly_access, max_rdwr_access, verified_insns;
	u32 total_states, peak_states, cpu_features, attach_kind;
	u32 used_map_first, used_map_cnt;
	u32 part_first, part_cnt;
	u32 insn_first, insn_cnt, insn_reloc_first, insn_reloc_cnt;
	u32 poke_first, poke_cnt;
};
struct vorw_part_h {
	u8 tag[8];
	u32 code_off, code_size, reloc_first, reloc_cnt, stack_depth, facts;
	u32 fault_first, fault_cnt;
};
struct vorw_fault_h { u32 off; u16 skip, reg; };
struct vorw_poke_h { u32 part, map, key, bypass, target, adj_off; };
struct vorw_reloc_h { u32 off; u16 kind, form; u32 sym, addend; };

void vorw_get_binding(const struct vorw_view *v, struct vorw_binding_h *o);
void vorw_get_object(const struct vorw_view *v, struct vorw_object_h *o);
void vorw_get_map(const struct vorw_view *v, u32 i, struct vorw_map_h *o);
void vorw_get_init(const struct vorw_view *v, u32 i, struct vorw_init_h *o);
void vorw_get_prog(const struct vorw_view *v, u32 i, struct vorw_prog_h *o);
void vorw_get_part(const struct vorw_view *v, u32 i, struct vorw_part_h *o);
void vorw_get_poke(const struct vorw_view *v, u32 i, struct vorw_poke_h *o);
void vorw_get_fault(const struct vorw_view *v, u32 i, struct vorw_fault_h *o);
void vorw_get_reloc(const struct vorw_view *v, u32 i, struct vorw_reloc_h *o);
u32 vorw_get_used_map(const struct vorw_view *v, u32 i);
const char *vorw_get_string(const struct vorw_view *v, u32 off);
static inline u32 vorw_count(const struct vorw_view *v, enum vorw_sec_type t)
{
	return v->sec[t].cnt;
}

#endif /* VORW_PARSE_H */
