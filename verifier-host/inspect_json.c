// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* inspect_json.c - a blob for programs.  Members are only ever added. */
#include "inspect.h"
#include "json.h"
#include "names.h"

static void signature(struct json *j, const struct inspect *in)
{
	if (!in->b->parts.sig) {
		json_str(j, "signature", NULL);
		return;
	}
	json_object(j, "signature");
	json_u64(j, "size", in->b->parts.sig_size);
	json_str(j, "verdict", vorw_reason_name(in->sig));
	if (in->claimed) {
		json_u64(j, "rsa_bits", in->claim.sig_octets * 8);
		json_str(j, "issuer", in->claim.issuer);
		json_str(j, "serial", in->claim.serial);
	}
	if (in->sig == VORW_R_OK)
		json_str(j, "subject", in->signer);
	json_end(j);
}

static void binding(struct json *j, const struct inspect *in)
{
	struct vorw_binding_h n;
	char buf[128];

	vorw_get_binding(in->v, &n);
	json_object(j, "binding");
	json_str(j, "target", n.target);
	json_str(j, "release", n.release);
	json_hex(j, "build_id", n.build_id, n.build_id_len);
	json_str(j, "cpu", n.cpu);
	json_words(j, "cpu_features", cpu_feature_names(buf, sizeof(buf),
						   in->v->machine,
						   n.cpu_features));
	json_u64(j, "page_size", n.page_size);
	json_u64(j, "hz", n.hz);
	json_words(j, "privileges", cap_names(buf, sizeof(buf), n.caps));
	json_end(j);
}

static void object(struct json *j, const struct inspect *in)
{
	struct vorw_object_h o;

	vorw_get_object(in->v, &o);
	json_object(j, "object");
	json_str(j, "name", o.name);
	json_str(j, "license", o.license);
	json_str(j, "tool", o.tool);
	json_hex(j, "sha256", o.object_sha256, 32);
	json_str(j, "core_btf", *o.core_btf ? o.core_btf : NULL);
	json_end(j);
}

static void sections(struct json *j, const struct inspect *in)
{
	u32 i;

	json_array(j, "sections");
	for (i = 1; i < VORW_SEC_MAX; i++) {
		const struct vorw_range *s = &in->v->sec[i];

		if (!s->p)
			continue;
		json_object(j, NULL);
		json_u64(j, "type", i);
		json_str(j, "name", section_name(i));
		json_u64(j, "offset", s->p - in->v->content);
		json_u64(j, "size", (u64)s->cnt * s->entsize);
		json_u64(j, "records", s->cnt);
		json_end(j);
	}
	json_end(j);
}

static void map(struct json *j, const struct inspect *in, u32 i)
{
	struct vorw_map_h m;
	char buf[160];

	vorw_get_map(in->v, i, &m);
	json_object(j, NULL);
	json_str(j, "name", m.name);
	json_u64(j, "type", m.type);
	json_str(j, "type_name", map_type_name(m.type));
	json_u64(j, "key_size", m.key_size);
	json_u64(j, "value_size", m.value_size);
	json_u64(j, "max_entries", m.max_entries);
	json_bool(j, "max_entries_is_cpus", m.flags & VORW_MAP_PER_CPU_MAX);
	json_words(j, "flags", map_flag_names(buf, sizeof(buf), m.map_flags));
	json_u64(j, "map_extra", m.map_extra);
	json_bool(j, "frozen", m.flags & VORW_MAP_FROZEN);
	json_bool(j, "template", m.flags & VORW_MAP_TEMPLATE);
	json_bool(j, "internal", m.flags & VORW_MAP_INTERNAL);
	if (m.inner)
		json_u64(j, "inner_map", m.inner - 1);
	json_u64(j, "initial_values", m.init_cnt);
	json_u64(j, "btf_key_type_id", m.btf_key_type_id);
	json_u64(j, "btf_value_type_id", m.btf_value_type_id);
	json_end(j);
}

static void relocs(struct json *j, const char *key, const struct inspect *in,
		   u32 first, u32 n)
{
	struct vorw_reloc_h r;
	char buf[1200];
	u32 i;

	json_array(j, key);
	for (i = first; i < first + n; i++) {
		vorw_get_reloc(in->v, i, &r);
		json_object(j, NULL);
		json_u64(j, "offset", r.off);
		json_str(j, "kind", reloc_kind_name(r.kind));
		json_str(j, "form", reloc_form_name(r.form));
		json_u64(j, "symbol", r.sym);
		json_u64(j, "addend", r.addend);
		json_str(j, "stands_for", reloc_text(in->v, &r, buf,
						     sizeof(buf)));
		json_end(j);
	}
	json_end(j);
}

static void code(struct json *j, const struct inspect *in,
		 const struct vorw_prog_h *p)
{
	u32 i, next = p->insn_reloc_first;
	char line[128];

	json_array(j, "bytecode");
	for (i = 0; i < p->insn_cnt;) {
		u32 n = inspect_insn(in, p, i, &next, line, sizeof(line));

		json_object(j, NULL);
		json_u64(j, "insn", i);
		json_str(j, "text", line);
		json_end(j);
		i += n;
	}
	json_end(j);
}

static void part(struct json *j, const struct inspect *in, u32 i)
{
	struct vorw_part_h h;

	vorw_get_part(in->v, i, &h);
	json_object(j, NULL);
	json_hex(j, "tag", h.tag, sizeof(h.tag));
	json_u64(j, "code_size", h.code_size);
	json_u64(j, "stack_depth", h.stack_depth);
	json_bool(j, "tail_call_reachable",
		  h.facts & VORW_PF_TAIL_CALL_REACHABLE);
	relocs(j, "relocations", in, h.reloc_first, h.reloc_cnt);
	if (in->disasm)
		json_hex(j, "code", in->v->sec[VORW_SEC_CODE].p + h.code_off,
			 h.code_size);
	json_end(j);
}

static void prog(struct json *j, const struct inspect *in, u32 i)
{
	struct vorw_prog_h p;
	char buf[256];
	u32 k;

	vorw_get_prog(in->v, i, &p);
	json_object(j, NULL);
	json_str(j, "name", p.name);
	json_str(j, "section", p.section);
	json_u64(j, "type", p.type);
	json_str(j, "type_name", prog_type_name(p.type));
	json_u64(j, "expected_attach_type", p.expected_attach_type);
	json_str(j, "expected_attach_type_name",
		 attach_type_name(p.expected_attach_type));
	json_u64(j, "prog_flags", p.prog_flags);
	json_str(j, "form", p.form == VORW_FORM_NATIVE ? "native" : "bytecode");
	json_str(j, "form_why", p.form_why);
	json_hex(j, "tag", p.tag, sizeof(p.tag));
	json_str(j, "attach_kind", attach_kind_name(p.attach_kind));
	json_str(j, "attach", p.attach);
	json_u64(j, "object_insns", p.orig_insn_cnt);
	json_u64(j, "insns", p.insn_cnt);
	json_u64(j, "stack_depth", p.stack_depth);
	json_words(j, "facts", fact_names(buf, sizeof(buf), p.facts));
	json_words(j, "cpu_features", cpu_feature_names(buf, sizeof(buf),
						   in->v->machine,
						   p.cpu_features));
	json_object(j, "verifier");
	json_u64(j, "processed_insns", p.verified_insns);
	json_u64(j, "total_states", p.total_states);
	json_u64(j, "peak_states", p.peak_states);
	json_end(j);
	json_object(j, "access_limits");
	json_u64(j, "max_ctx_offset", p.max_ctx_offset);
	json_u64(j, "max_pkt_offset", p.max_pkt_offset);
	json_u64(j, "max_tp_access", p.max_tp_access);
	json_u64(j, "max_rdonly_access", p.max_rdonly_access);
	json_u64(j, "max_rdwr_access", p.max_rdwr_access);
	json_end(j);
	json_array(j, "maps");
	for (k = 0; k < p.used_map_cnt; k++)
		json_u64(j, NULL, vorw_get_used_map(in->v,
						    p.used_map_first + k));
	json_end(j);
	json_array(j, "parts");
	for (k = 0; k < p.part_cnt; k++)
		part(j, in, p.part_first + k);
	json_end(j);
	relocs(j, "insn_relocations", in, p.insn_reloc_first, p.insn_reloc_cnt);
	if (in->disasm)
		code(j, in, &p);
	json_end(j);
}

void inspect_json(const struct inspect *in)
{
	struct json j;
	u32 i;

	json_start(&j, stdout);
	json_str(&j, "blob", in->b->path);
	json_u64(&j, "size", in->b->size);
	json_u64(&j, "version", VORW_VERSION);
	json_u64(&j, "machine", in->v->machine);
	json_str(&j, "machine_name", machine_name(in->v->machine));
	json_u64(&j, "content_size", in->b->parts.content_size);
	json_hex(&j, "content_sha256", in->sha256, sizeof(in->sha256));
	signature(&j, in);
	object(&j, in);
	binding(&j, in);
	sections(&j, in);
	json_array(&j, "maps");
	for (i = 0; i < vorw_count(in->v, VORW_SEC_MAPS); i++)
		map(&j, in, i);
	json_end(&j);
	json_array(&j, "programs");
	for (i = 0; i < vorw_count(in->v, VORW_SEC_PROGS); i++)
		prog(&j, in, i);
	json_finish(&j);
}
