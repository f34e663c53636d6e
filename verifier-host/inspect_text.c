// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* inspect_text.c - a blob for people: below 80 columns, as readelf would. */
#include <stdarg.h>
#include <linux/bpf.h>
#include "inspect.h"
#include "json.h"
#include "names.h"

#define LABEL	18	/* columns of a label, with the gap behind it */
#define WIDTH	(79 - 2 - LABEL)

void row(const char *label, const char *fmt, ...)
{
	char raw[4096], text[4 * sizeof(raw)];
	const char *p = text;
	size_t left, n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_fit(text, sizeof(text), raw);
	do {
		left = n = strlen(p);
		if (left > WIDTH) {
			for (n = WIDTH; n && p[n] != ' '; n--)
				;
			if (!n)
				n = WIDTH;
		}
		printf("  %-*s%.*s\n", LABEL, label, (int)n, p);
		label = "";
		p += n;
		while (*p == ' ')
			p++;
	} while (*p);
}

/* "name" or "type 77" */
static const char *or_number(const char *name, u32 n, char *buf, size_t cap)
{
	if (name)
		return name;
	snprintf(buf, cap, "type %u", n);
	return buf;
}

static void hex(char *out, const u8 *p, u32 n)
{
	*out = 0;
	for (; n; n--, out += 2)
		sprintf(out, "%02x", *p++);
}

static void signature(const struct inspect *in)
{
	const struct vorw_parts *p = &in->b->parts;

	printf("Signature\n");
	if (!p->sig) {
		row("none", "the blob is unsigned");
		return;
	}
	if (!in->claimed) {
		row("form", "%u bytes, not in the one accepted encoding",
		    p->sig_size);
		return;
	}
	row("form", "CMS, %u bytes, RSA-%u with SHA-256", p->sig_size,
	    in->claim.sig_octets * 8);
	row("by", "%s", in->claim.issuer);
	row("serial number", "%s", in->claim.serial);
	if (in->sig == VORW_R_OK)
		row("checked", "right, and by a certificate of this build");
	else
		row("checked", "%s: %s", vorw_reason_name(in->sig),
		    in->sig == VORW_R_SIG_UNKNOWN_KEY ?
		    "no certificate of this build made it" :
		    vorw_reason_text(in->sig));
}

static void header(const struct inspect *in)
{
	const struct blob_file *b = in->b;
	char sum[65];

	hex(sum, in->sha256, sizeof(in->sha256));
	printf("Blob\n");
	row("file", "%s", b->path);
	row("size", "%zu bytes, %u of them content", b->size,
	    b->parts.content_size);
	row("format", "version %u, code for %s (e_machine %u)", VORW_VERSION,
	    machine_name(in->v->machine), in->v->machine);
	printf("  content SHA-256\n    %s\n", sum);
	signature(in);
}

static void object(const struct inspect *in)
{
	struct vorw_object_h o;
	char sum[65];

	vorw_get_object(in->v, &o);
	hex(sum, o.object_sha256, 32);
	printf("Object\n");
	row("name", "%s", o.name);
	row("license", "%s", o.license);
	row("made by", "%s", o.tool);
	printf("  object SHA-256\n    %s\n", sum);
	if (*o.core_btf)
		printf("  SHA-256 and bytes of the BTF given for CO-RE\n    %s\n",
		       o.core_btf);
}

static void binding(const struct inspect *in)
{
	struct vorw_binding_h n;
	char id[2 * VORW_MAX_BUILD_ID + 1], buf[128];

	vorw_get_binding(in->v, &n);
	hex(id, n.build_id, n.build_id_len);
	printf("Binding\n");
	row("target", "%s", n.target);
	row("kernel", "%s", n.release);
	row("build-id", "%s", id);
	row("CPU", "verified on %s; code needs%s", n.cpu,
	    cpu_feature_names(buf, sizeof(buf), in->v->machine,
			      n.cpu_features));
	row("page size, HZ", "%u, %u", n.page_size, n.hz);
	row("privileges", "%s", cap_names(buf, sizeof(buf), n.caps) + 1);
}

static void sections(const struct inspect *in)
{
	u32 i;

	printf("Sections\n  Nr Name           Offset     Size  Records\n");
	for (i = 1; i < VORW_SEC_MAX; i++) {
		const struct vorw_range *s = &in->v->sec[i];

		if (s->p)
			printf("  %2u %-10s %#10x %8u %8u\n", i,
			       section_name(i), (u32)(s->p - in->v->content),
			       s->cnt * s->entsize, s->cnt);
	}
}

static void map_notes(const struct vorw_map_h *m)
{
	char buf[256], flags[160];
	int n = 0;

	if (m->map_flags)
		n += snprintf(buf + n, sizeof(buf) - n, ", flags%s",
			      map_flag_names(flags, sizeof(flags),
					     m->map_flags));
	if (m->map_extra)
		n += snprintf(buf + n, sizeof(buf) - n, ", extra 0x%llx",
			      (unsigned long long)m->map_extra);
	if (m->flags & VORW_MAP_FROZEN)
		n += snprintf(buf + n, sizeof(buf) - n, ", frozen");
	if (m->flags & VORW_MAP_TEMPLATE)
		n += snprintf(buf + n, sizeof(buf) - n, ", inner template");
	if (m->flags & VORW_MAP_PER_CPU_MAX)
		n += snprintf(buf + n, sizeof(buf) - n,
			      ", an entry for each possible CPU");
	if (m->flags & VORW_MAP_INTERNAL)
		n += snprintf(buf + n, sizeof(buf) - n, ", global variables");
	if (m->inner)
		n += snprintf(buf + n, sizeof(buf) - n, ", inner map %u",
			      m->inner - 1);
	if (m->init_cnt)
		n += snprintf(buf + n, sizeof(buf) - n, ", %u initial value%s",
			      m->init_cnt, m->init_cnt > 1 ? "s" : "");
	if (m->btf_key_type_id || m->btf_value_type_id)
		n += snprintf(buf + n, sizeof(buf) - n, ", BTF types %u and %u",
			      m->btf_key_type_id, m->btf_value_type_id);
	if (n)
		row("", "%s", buf + 2);
}

static void maps(const struct inspect *in)
{
	char name[29], type[24], num[24];
	struct vorw_map_h m;
	u32 i, n = vorw_count(in->v, VORW_SEC_MAPS);

	if (!n)
		return;
	printf("Maps\n   Nr Type                 Key   Value   Entries Name\n");
	for (i = 0; i < n; i++) {
		vorw_get_map(in->v, i, &m);
		printf("  %3u %-18s %5u %7u %9u %s\n", i,
		       text_fit(type, 19, or_number(map_type_name(m.type),
						    m.type, num, sizeof(num))),
		       m.key_size, m.value_size, m.max_entries,
		       text_fit(name, sizeof(name), m.name));
		map_notes(&m);
	}
}

/* Bytes and relocations of all parts. */
static void sum_parts(const struct inspect *in, const struct vorw_prog_h *p,
		      u32 *code, u32 *relocs)
{
	struct vorw_part_h h;
	u32 k;

	*code = 0;
	*relocs = 0;
	for (k = 0; k < p->part_cnt; k++) {
		vorw_get_part(in->v, p->part_first + k, &h);
		*code += h.code_size;
		*relocs += h.reloc_cnt;
	}
}

static void disassemble(const struct inspect *in, const struct vorw_prog_h *p)
{
	struct vorw_part_h h;
	u32 k;

	for (k = 0; k < p->part_cnt; k++) {
		vorw_get_part(in->v, p->part_first + k, &h);
		if (p->part_cnt > 1)
			printf("    part %u\n", k);
		inspect_native(in, &h);
	}
	if (p->insn_cnt)
		inspect_bytecode(in, p);
}

static void prog(const struct inspect *in, u32 i, bool disasm)
{
	struct vorw_prog_h p;
	char buf[256], num[24], tag[17], maps[VORW_MAX_USED_MAPS * 5 + 1] = "";
	u32 k, n = 0, code_size, code_relocs;
	const char *kind;

	vorw_get_prog(in->v, i, &p);
	sum_parts(in, &p, &code_size, &code_relocs);
	row("program", "[%u] %s", i, p.name);
	row("  section", "%s", p.section);
	row("  type", "%s%s", or_number(prog_type_name(p.type), p.type, num,
					sizeof(num)),
	    p.prog_flags & BPF_F_SLEEPABLE ? ", sleepable" : "");
	/* 0 is the first one's number, and "none" for most program types */
	if (p.expected_attach_type || p.type == BPF_PROG_TYPE_CGROUP_SKB)
		row("  attach type", "%s",
		    or_number(attach_type_name(p.expected_attach_type),
			      p.expected_attach_type, num, sizeof(num)));
	if (p.form == VORW_FORM_NATIVE && p.part_cnt > 1)
		row("  form", "native, %u bytes of code in %u functions",
		    code_size, p.part_cnt);
	else if (p.form == VORW_FORM_NATIVE)
		row("  form", "native, %u bytes of code", code_size);
	else
		row("  form", "bytecode: %s", p.form_why);
	kind = attach_kind_name(p.attach_kind);
	if (p.attach_kind != VORW_ATTACH_NONE)
		row("  attach", "%s%s%s", kind ? kind : "?",
		    *p.attach ? " " : "", p.attach);
	if (p.insn_cnt)
		row("  instructions", "%u in the object, %u after rewriting",
		    p.orig_insn_cnt, p.insn_cnt);
	else
		row("  instructions", "%u in the object", p.orig_insn_cnt);
	row("  verifier", "processed %u instructions, %u states, %u at a time",
	    p.verified_insns, p.total_states, p.peak_states);
	row("  stack", "%u bytes", p.stack_depth);
	hex(tag, p.tag, 8);
	row("  tag", "%s", tag);
	if (p.facts)
		row("  facts", "%s", fact_names(buf, sizeof(buf), p.facts) + 1);
	if (p.cpu_features)
		row("  CPU", "%s", cpu_feature_names(buf, sizeof(buf),
						     in->v->machine,
						     p.cpu_features) + 1);
	for (k = 0; k < p.used_map_cnt && n < sizeof(maps); k++)
		n += snprintf(maps + n, sizeof(maps) - n, " %u",
			      vorw_get_used_map(in->v, p.used_map_first + k));
	if (n)
		row("  maps", "%s", maps + 1);
	row("  relocations", "%u in native code, %u in bytecode",
	    code_relocs, p.insn_reloc_cnt);
	if (disasm)
		disassemble(in, &p);
}

static void relocs(const struct inspect *in, u32 prog, const char *image,
		   u32 first, u32 n)
{
	struct vorw_reloc_h r;
	char raw[1200], sym[32];
	u32 i;

	for (i = first; i < first + n; i++) {
		vorw_get_reloc(in->v, i, &r);
		printf("  %4u %-5s 0x%06x %-9s %-13s %s\n", prog, image, r.off,
		       reloc_kind_name(r.kind), reloc_form_name(r.form),
		       text_fit(sym, sizeof(sym),
				reloc_text(in->v, &r, raw, sizeof(raw))));
	}
}

void inspect_text(const struct inspect *in)
{
	u32 i, k, n = vorw_count(in->v, VORW_SEC_PROGS);
	struct vorw_part_h h;
	struct vorw_prog_h p;

	header(in);
	object(in);
	binding(in);
	sections(in);
	maps(in);
	printf("Programs\n");
	for (i = 0; i < n; i++)
		prog(in, i, in->disasm);
	if (!vorw_count(in->v, VORW_SEC_RELOCS))
		return;
	printf("Relocations\n  Prog Image   Offset Kind      Form          Stands for\n");
	for (i = 0; i < n; i++) {
		vorw_get_prog(in->v, i, &p);
		for (k = 0; k < p.part_cnt; k++) {
			vorw_get_part(in->v, p.part_first + k, &h);
			relocs(in, i, "code", h.reloc_first, h.reloc_cnt);
		}
		relocs(in, i, "insns", p.insn_reloc_first, p.insn_reloc_cnt);
	}
}
