/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_get.c - records of a parsed blob in CPU byte order.
 */
#include "vorw_bytes.h"
#include "vorw_machine.h"
#include "vorw_parse.h"

static const u8 *record(const struct vorw_view *v, enum vorw_sec_type t, u32 i)
{
	return v->sec[t].p + (size_t)i * v->sec[t].entsize;
}

/* F: a field of the record p points at.  S: the string such a field names. */
#define F(type, field)	vorw_le32(p + offsetof(struct type, field))
#define S(type, field)	vorw_get_string(v, F(type, field))

const char *vorw_get_string(const struct vorw_view *v, u32 off)
{
	return (const char *)v->sec[VORW_SEC_STRINGS].p + off;
}

u32 vorw_get_used_map(const struct vorw_view *v, u32 i)
{
	return vorw_le32(record(v, VORW_SEC_USED_MAPS, i));
}

void vorw_get_binding(const struct vorw_view *v, struct vorw_binding_h *o)
{
	const u8 *p = record(v, VORW_SEC_BINDING, 0);

	memcpy(o->build_id, p + offsetof(struct vorw_binding, build_id),
	       sizeof(o->build_id));
	o->build_id_len = F(vorw_binding, build_id_len);
	o->release = S(vorw_binding, release_str);
	o->target = S(vorw_binding, target_str);
	o->cpu = S(vorw_binding, cpu_str);
	o->page_size = F(vorw_binding, page_size);
	o->hz = F(vorw_binding, hz);
	o->caps = F(vorw_binding, caps);
	o->cpu_features = F(vorw_binding, cpu_features);
}

void vorw_get_object(const struct vorw_view *v, struct vorw_object_h *o)
{
	const u8 *p = record(v, VORW_SEC_OBJECT, 0);

	o->name = S(vorw_object, name_str);
	o->tool = S(vorw_object, tool_str);
	o->object_sha256 = p + offsetof(struct vorw_object, object_sha256);
	o->license = S(vorw_object, license_str);
	o->core_btf = S(vorw_object, core_btf_str);
}

void vorw_get_map(const struct vorw_view *v, u32 i, struct vorw_map_h *o)
{
	const u8 *p = record(v, VORW_SEC_MAPS, i);

	o->name = S(vorw_map, name_str);
	o->type = F(vorw_map, type);
	o->key_size = F(vorw_map, key_size);
	o->value_size = F(vorw_map, value_size);
	o->max_entries = F(vorw_map, max_entries);
	o->map_flags = F(vorw_map, map_flags);
	o->map_extra = vorw_le64(p + offsetof(struct vorw_map, map_extra));
	o->inner = F(vorw_map, inner);
	o->flags = F(vorw_map, flags);
	o->btf_key_type_id = F(vorw_map, btf_key_type_id);
	o->btf_value_type_id = F(vorw_map, btf_value_type_id);
	o->init_first = F(vorw_map, init_first);
	o->init_cnt = F(vorw_map, init_cnt);
}

void vorw_get_init(const struct vorw_view *v, u32 i, struct vorw_init_h *o)
{
	const u8 *p = record(v, VORW_SEC_INITS, i);

	o->kind = F(vorw_init, kind);
	o->key_off = F(vorw_init, key_off);
	o->value = F(vorw_init, value);
}

void vorw_get_prog(const struct vorw_view *v, u32 i, struct vorw_prog_h *o)
{
	const u8 *p = record(v, VORW_SEC_PROGS, i);

	o->name = S(vorw_prog, name_str);
	o->section = S(vorw_prog, section_str);
	o->form_why = S(vorw_prog, form_why_str);
	o->attach = S(vorw_prog, attach_str);
	o->type = F(vorw_prog, type);
	o->expected_attach_type = F(vorw_prog, expected_attach_type);
	o->prog_flags = F(vorw_prog, prog_flags);
	o->orig_insn_cnt = F(vorw_prog, orig_insn_cnt);
	o->form = F(vorw_prog, form);
	memcpy(o->tag, p + offsetof(struct vorw_prog, tag), sizeof(o->tag));
	o->facts = F(vorw_prog, facts);
	o->stack_depth = F(vorw_prog, stack_depth);
	o->max_ctx_offset = F(vorw_prog, max_ctx_offset);
	o->max_pkt_offset = F(vorw_prog, max_pkt_offset);
	o->max_tp_access = F(vorw_prog, max_tp_access);
	o->max_rdonly_access = F(vorw_prog, max_rdonly_access);
	o->max_rdwr_access = F(vorw_prog, max_rdwr_access);
	o->verified_insns = F(vorw_prog, verified_insns);
	o->total_states = F(vorw_prog, total_states);
	o->peak_states = F(vorw_prog, peak_states);
	o->cpu_features = F(vorw_prog, cpu_features);
	o->attach_kind = F(vorw_prog, attach_kind);
	o->used_map_first = F(vorw_prog, used_map_first);
	o->used_map_cnt = F(vorw_prog, used_map_cnt);
	o->part_first = F(vorw_prog, part_first);
	o->part_cnt = F(vorw_prog, part_cnt);
	o->insn_first = F(vorw_prog, insn_first);
	o->insn_cnt = F(vorw_prog, insn_cnt);
	o->insn_reloc_first = F(vorw_prog, insn_reloc_first);
	o->insn_reloc_cnt = F(vorw_prog, insn_reloc_cnt);
	o->poke_first = F(vorw_prog, poke_first);
	o->poke_cnt = F(vorw_prog, poke_cnt);
}

void vorw_get_part(const struct vorw_view *v, u32 i, struct vorw_part_h *o)
{
	const u8 *p = record(v, VORW_SEC_PARTS, i);

	memcpy(o->tag, p + offsetof(struct vorw_part, tag), sizeof(o->tag));
	o->code_off = F(vorw_part, code_off);
	o->code_size = F(vorw_part, code_size);
	o->reloc_first = F(vorw_part, reloc_first);
	o->reloc_cnt = F(vorw_part, reloc_cnt);
	o->stack_depth = F(vorw_part, stack_depth);
	o->facts = F(vorw_part, facts);
	o->fault_first = F(vorw_part, fault_first);
	o->fault_cnt = F(vorw_part, fault_cnt);
}

#ifdef VORW_HAVE_X86
void vorw_get_fault(const struct vorw_view *v, u32 i, struct vorw_fault_h *o)
{
	const u8 *p = record(v, VORW_SEC_FAULTS, i);

	o->off = F(vorw_fault, off);
	o->skip = vorw_le16(p + offsetof(struct vorw_fault, skip));
	o->reg = vorw_le16(p + offsetof(struct vorw_fault, reg));
}
#endif

void vorw_get_poke(const struct vorw_view *v, u32 i, struct vorw_poke_h *o)
{
	const u8 *p = v->sec[VORW_SEC_POKES].p + i * sizeof(struct vorw_poke);

	o->part = F(vorw_poke, part);
	o->map = F(vorw_poke, map);
	o->key = F(vorw_poke, key);
	o->bypass = F(vorw_poke, bypass);
	o->target = F(vorw_poke, target);
	o->adj_off = F(vorw_poke, adj_off);
}

void vorw_get_reloc(const struct vorw_view *v, u32 i, struct vorw_reloc_h *o)
{
	const u8 *p = record(v, VORW_SEC_RELOCS, i);

	o->off = F(vorw_reloc, off);
	o->kind = vorw_le16(p + offsetof(struct vorw_reloc, kind));
	o->form = vorw_le16(p + offsetof(struct vorw_reloc, form));
	o->sym = F(vorw_reloc, sym);
	o->addend = F(vorw_reloc, addend);
}
