// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * blob_build.c - what a session found, written down as a blob.
 *
 * Nothing here decides anything: facts come from the capture, relocations
 * from classify.c and relink.c.  No time, path or host name goes in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <mbedtls/sha256.h>
#include "blob_build.h"
#include "cmd.h"
#include "vorw_reloc.h"
#include "vorw_writer.h"

static void add_binding(struct vorw_writer *w, const struct session *s)
{
	const struct vorw_target *t = s->target;
	char cpu[sizeof(t->cpu) + sizeof(t->append)];
	struct vorw_binding_h b = {
		.build_id_len = s->hello.build_id_len,
		.release = s->hello.release,
		.target = t->name,
		.cpu = cpu,
		.page_size = s->hello.page_size,
		.hz = s->hello.hz,
		/* the agent is root; network types are checked by the
		 * kernel itself on every load, outside the verifier */
		.caps = VORW_CAP_BPF | VORW_CAP_PERFMON,
	};

	snprintf(cpu, sizeof(cpu), "%s%s%s", t->cpu, *t->append ? " " : "",
		 t->append);
	memcpy(b.build_id, s->build_id, sizeof(b.build_id));
	vorw_writer_binding(w, &b);
}

static bool add_object(struct vorw_writer *w, const struct session *s,
		       const struct blob_opts *o, const u8 *obj, size_t size,
		       struct vorw_err *e)
{
	char btf[2 * 32 + sizeof(" 4294967295")] = "";
	u8 digest[32];
	struct vorw_object_h h = {
		.name = o->name,
		.tool = "vorw " VORW_TOOL_VERSION,
		.license = s->open.license,
		.core_btf = btf,
		.object_sha256 = digest,
	};
	u32 i;

	if (o->btf) {
		if (mbedtls_sha256_ret(o->btf, o->btf_size, digest, 0))
			return vorw_fail(e, VORW_R_INTERNAL, "SHA-256 failed");
		for (i = 0; i < sizeof(digest); i++)
			sprintf(btf + 2 * i, "%02x", digest[i]);
		sprintf(btf + 64, " %u", (u32)o->btf_size);
	}
	if (mbedtls_sha256_ret(obj, size, digest, 0))
		return vorw_fail(e, VORW_R_INTERNAL, "SHA-256 failed");
	vorw_writer_object(w, &h);
	return true;
}

static void add_maps(struct vorw_writer *w, const struct session *s)
{
	bool btf = s->maps.btf_len != 0;
	u32 i;

	for (i = 0; i < s->maps.nmaps; i++) {
		const struct guest_map *m = &s->maps.maps[i];
		struct vorw_map_h h = {
			.name = m->name,
			.type = m->type,
			.key_size = m->key_size,
			.value_size = m->value_size,
			.max_entries = m->max_entries,
			.map_flags = m->map_flags,
			.map_extra = m->map_extra,
			.inner = m->inner,
			.btf_key_type_id = btf ? m->btf_key_type_id : 0,
			.btf_value_type_id = btf ? m->btf_value_type_id : 0,
		};

		if (m->frozen)
			h.flags |= VORW_MAP_FROZEN;
		if (m->template_only)
			h.flags |= VORW_MAP_TEMPLATE;
		if (i < s->open.nmaps && s->open.maps[i].internal)
			h.flags |= VORW_MAP_INTERNAL;
		/* libbpf sizes an unsized one by the CPUs it runs on */
		if (i < s->open.nmaps && m->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY &&
		    !s->open.maps[i].max_entries)
			h.flags |= VORW_MAP_PER_CPU_MAX;
		vorw_writer_map(w, &h);
	}
	if (btf)
		vorw_writer_btf(w, s->maps.btf, s->maps.btf_len);
}

static void add_inits(struct vorw_writer *w, const struct session *s,
		      const u32 *prog_index)
{
	u32 i;

	for (i = 0; i < s->maps.ninits; i++) {
		const struct guest_init *in = &s->maps.inits[i];
		const u8 *key = s->maps.data + in->key_off;

		if (in->kind == VORW_INIT_BYTES)
			vorw_writer_init_bytes(w, in->map, key,
					       s->maps.data + in->value);
		else
			vorw_writer_init_index(w, in->map, in->kind, key,
					       in->kind == VORW_INIT_PROG ?
					       prog_index[in->value] :
					       in->value);
	}
}

static void add_relocs(struct vorw_writer *w, u32 prog, u32 part,
		       const struct vreloc *rel, u32 n)
{
	u32 k;

	for (k = 0; k < n; k++) {
		struct vorw_reloc_h h = {
			.off = rel[k].off, .kind = rel[k].kind,
			.form = rel[k].form, .sym = rel[k].sym,
			.addend = rel[k].addend,
		};

		vorw_writer_reloc(w, prog, part, &h,
				  vreloc_by_name(&rel[k]) ? rel[k].ksym : NULL);
	}
}

static bool add_insns(struct vorw_writer *w, u32 prog,
		      const struct guest_prog *cap, const struct vreloc *rel,
		      u32 nrel, struct vorw_err *e)
{
	u32 k, n = cap->insn_cnt;
	struct bpf_insn *insns = malloc(n * sizeof(*insns));

	if (!insns)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	memcpy(insns, cap->insns, n * sizeof(*insns));
	for (k = 0; k < nrel; k++)
		vorw_reloc_clear(rel[k].form, (u8 *)insns + rel[k].off);
	vorw_writer_insns(w, prog, insns, n);
	add_relocs(w, prog, 0, rel, nrel);
	free(insns);
	return true;
}

static void add_part(struct vorw_writer *w, u32 prog,
		     const struct guest_part *cap, const struct vpart *p)
{
	struct vorw_part_h h = {
		.stack_depth = cap->stack_depth,
		.facts = cap->facts,
	};
	u32 part, k;

	memcpy(h.tag, cap->tag, sizeof(h.tag));
	part = vorw_writer_part(w, prog, &h, p->image, p->image_len);
	add_relocs(w, prog, part, p->crel, p->ncrel);
	for (k = 0; k < cap->nfaults; k++)
		vorw_writer_fault(w, prog, part, &cap->faults[k]);
}

static bool add_prog(struct vorw_writer *w, const struct session *s,
		     const struct vprog *p, bool xlated, struct vorw_err *e)
{
	const struct guest_prog *c = &p->cap;
	struct vorw_prog_h h = {
		.name = p->decl->name,
		.section = p->decl->section,
		.form_why = p->why,
		.attach = p->decl->attach,
		.type = c->type,
		.expected_attach_type = c->expected_attach_type,
		.prog_flags = p->decl->prog_flags | c->prog_flags,
		.orig_insn_cnt = c->orig_insn_cnt,
		.form = p->native ? VORW_FORM_NATIVE : VORW_FORM_BYTECODE,
		.facts = c->facts,
		.stack_depth = c->stack_depth,
		.max_ctx_offset = c->max_ctx_offset,
		.max_pkt_offset = c->max_pkt_offset,
		.max_tp_access = c->max_tp_access,
		.max_rdonly_access = c->max_rdonly_access,
		.max_rdwr_access = c->max_rdwr_access,
		.verified_insns = c->verified_insns,
		.total_states = p->stats.total_states,
		.peak_states = p->stats.peak_states,
		.cpu_features = p->cpu_features,
		.attach_kind = p->decl->attach_kind,
	};
	u32 k, prog;

	memcpy(h.tag, c->tag, sizeof(h.tag));
	prog = vorw_writer_prog(w, &h);
	for (k = 0; k < c->nused_maps; k++)
		vorw_writer_used_map(w, prog, c->used_maps[k]);
	if (!p->native)
		return add_insns(w, prog, c, p->rel, p->nrel, e);
	for (k = 0; k < c->nparts; k++)
		add_part(w, prog, &c->parts[k], &p->parts[k]);
	for (k = 0; p->pokes && k < c->size_poke_tab; k++)
		vorw_writer_poke(w, prog, &p->pokes[k]);
	/* of several functions, the kernel keeps no form that could be shown
	 * and that the format has: calls there are numbers */
	if (!xlated || c->nparts > 1)
		return true;
	return add_insns(w, prog, c, p->parts[0].rel, p->parts[0].nrel, e);
}

bool blob_build(const struct session *s, const struct blob_opts *o,
		const u8 *obj, size_t obj_size, u8 **blob, size_t *size,
		struct vorw_err *e)
{
	struct vorw_writer *w = vorw_writer_new(s->arch->machine);
	u32 *index = calloc(s->open.nprogs + 1, sizeof(*index));
	struct vorw_diag d = { 0 };
	enum vorw_reason r;
	bool ok = w && index;
	u32 i, n = 0;

	if (!ok) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		goto out;
	}
	for (i = 0; i < s->open.nprogs; i++)
		index[i] = s->progs[i].load ? n++ : 0;
	add_binding(w, s);
	ok = add_object(w, s, o, obj, obj_size, e);
	add_maps(w, s);
	add_inits(w, s, index);
	for (i = 0; ok && i < s->open.nprogs; i++)
		if (s->progs[i].load)
			ok = add_prog(w, s, &s->progs[i], o->xlated, e);
	if (!ok)
		goto out;
	r = vorw_writer_finish(w, blob, size, &d);
	if (r != VORW_R_OK)
		ok = vorw_fail(e, r,
			       "%s: the object does not fit into a blob: %s (at %u: %u, expected %u)",
			       o->object, d.what ? d.what : "?", d.where,
			       d.have, d.want);
out:
	vorw_writer_free(w);
	free(index);
	return ok;
}
