// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* report.c - what `vorw verify` tells people (80 columns) and programs. */
#include <stdio.h>
#include "cmd.h"
#include "json.h"
#include "messages.h"
#include "guest/proto.h"
#include "report.h"

struct rel_count { const char *word; u32 n; };

/* Relocations of what the blob carries of p, by kind. */
static void count_relocs(const struct vprog *p,
			 struct rel_count c[VORW_REL_MAX])
{
	static const char *const words[VORW_REL_MAX] = {
		[VORW_REL_HELPER] = "helper",
		[VORW_REL_MAP] = "map",
		[VORW_REL_MAP_VALUE] = "map-value",
		[VORW_REL_KSYM] = "kernel-routine",
		[VORW_REL_INTERP] = "interpreter",
		[VORW_REL_PART] = "function",
		[VORW_REL_MAP_OP] = "map-operation",
		[VORW_REL_KVAR] = "kernel-variable",
		[VORW_REL_KPTR] = "kernel-pointer",
		[VORW_REL_PRIV_STACK] = "stack",
	};
	u32 i, k;

	for (i = 0; i < VORW_REL_MAX; i++)
		c[i] = (struct rel_count){ words[i], 0 };
	for (i = 0; !p->native && i < p->nrel; i++)
		c[p->rel[i].kind].n++;
	for (k = 0; p->native && k < p->cap.nparts; k++)
		for (i = 0; i < p->parts[k].ncrel; i++)
			c[p->parts[k].crel[i].kind].n++;
}

static u32 image_size(const struct vprog *p)
{
	u32 k, size = 0;

	if (!p->native)
		return p->cap.insn_cnt * 8;
	for (k = 0; k < p->cap.nparts; k++)
		size += p->parts[k].image_len;
	return size;
}

static u32 kernel_size(const struct vprog *p)
{
	u32 k, size = 0;

	for (k = 0; k < p->cap.nparts; k++)
		size += p->cap.parts[k].image_len;
	return size;
}

static void text_prog(FILE *out, const struct vprog *p)
{
	struct rel_count c[VORW_REL_MAX];
	char name[25], why[69];
	const char *sep = "  relocations: ";
	u32 i;

	fprintf(out, "  %-24s %-8s %7u %7u %7u %6u %6u %5u\n",
		text_fit(name, sizeof(name), p->decl->name),
		p->native ? "native" : "bytecode", image_size(p),
		p->cap.insn_cnt, p->stats.insns_processed,
		p->stats.total_states, p->cap.stack_depth,
		(p->stats.time_usec + 500) / 1000);
	if (!p->native)
		fprintf(out, "    why: %s\n", text_fit(why, sizeof(why), p->why));
	count_relocs(p, c);
	for (i = 0; i < VORW_REL_MAX; i++) {
		if (!c[i].n)
			continue;
		fprintf(out, "%s%u %s", sep, c[i].n, c[i].word);
		sep = ", ";
	}
	if (*sep == ',')
		fputc('\n', out);
}

/* What kind of program, by its section, `vorw load --attach` has no way to
 * attach; NULL: it has. */
static const char *has_no_attach(const char *section)
{
	static const struct { const char *start, *kind; } kinds[] = {
		{ "uprobe", "uprobes" }, { "uretprobe", "uprobes" },
		{ "kprobe.multi", "multi-kprobes" },
		{ "kretprobe.multi", "multi-kprobes" },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(section, kinds[i].start, strlen(kinds[i].start)))
			return kinds[i].kind;
	return NULL;
}

/* What --attach will not find: kprobes and tracepoints that SEC() names. */
static void note_missing(FILE *out, const struct guest_oprog *p)
{
	char name[25], attach[60];

	if (p->attach_found != PG_ATTACH_MISSING)
		return;
	fprintf(out, "  note: '%s': no such %s in the target's kernel:\n"
		"        %s (a module may bring it)\n",
		text_fit(name, sizeof(name), p->name),
		p->attach_kind == VORW_ATTACH_KPROBE ||
		p->attach_kind == VORW_ATTACH_KRETPROBE ? "function" :
							 "tracepoint",
		text_fit(attach, sizeof(attach), p->attach));
}

void report_programs(FILE *out, const struct session *s)
{
	char name[48];
	u32 i;

	fprintf(out, "  %-24s %-8s %7s %7s %7s %6s %6s %5s\n", "program", "form",
		"bytes", "insns", "checked", "states", "stack", "ms");
	for (i = 0; i < s->open.nprogs; i++) {
		if (s->progs[i].load)
			text_prog(out, &s->progs[i]);
		else
			fprintf(out, "  %-24s left out: SEC(\"?\")\n",
				text_fit(name, 25, s->progs[i].decl->name));
	}
	for (i = 0; i < s->open.nprogs; i++)
		if (s->progs[i].load &&
		    has_no_attach(s->progs[i].decl->section))
			fprintf(out, "  note: '%s': `vorw load --attach` attaches no %s\n",
				text_fit(name, 23, s->progs[i].decl->name),
				has_no_attach(s->progs[i].decl->section));
	for (i = 0; i < s->open.nprogs; i++)
		if (s->progs[i].load)
			note_missing(out, s->progs[i].decl);
	for (i = 0; i < s->open.nmaps; i++)
		if (s->open.maps[i].pinning)
			fprintf(out, "  note: map '%s': its pinning is ignored\n",
				text_fit(name, 40, s->open.maps[i].name));
}

void report_blob(FILE *out, const struct report *r, const char *target,
		 const char *release, const char *cpu)
{
	char name[1024];

	fprintf(out, "%s: %zu bytes, %s\n  for %s (Linux %s, %s)\n",
		text_fit(name, sizeof(name), r->blob), r->size,
		r->is_signed ? "signed" : "NOT signed", target, release, cpu);
}

void report_text(FILE *out, const struct session *s, const struct report *r)
{
	report_programs(out, s);
	report_blob(out, r, s->target->name, s->hello.release, s->target->cpu);
}

static void json_prog(struct json *j, const struct vprog *p)
{
	struct rel_count c[VORW_REL_MAX];
	u32 i;

	json_object(j, NULL);
	json_str(j, "name", p->decl->name);
	json_str(j, "section", p->decl->section);
	json_bool(j, "loaded", p->load);
	json_str(j, "attach_target",
		 p->decl->attach[0] ? p->decl->attach : NULL);
	if (p->decl->attach_found == PG_ATTACH_UNKNOWN)
		json_str(j, "attach_target_found", NULL);
	else
		json_bool(j, "attach_target_found",
			  p->decl->attach_found == PG_ATTACH_THERE);
	json_bool(j, "attached_by_load", !has_no_attach(p->decl->section));
	if (p->load) {
		json_u64(j, "type", p->cap.type);
		json_str(j, "form", p->native ? "native" : "bytecode");
		if (!p->native)
			json_str(j, "form_why", p->why);
		json_u64(j, "bytes", image_size(p));
		if (p->native)
			json_u64(j, "kernel_bytes", kernel_size(p));
		json_u64(j, "insns", p->cap.orig_insn_cnt);
		json_u64(j, "xlated_insns", p->cap.insn_cnt);
		json_u64(j, "verified_insns", p->cap.verified_insns);
		json_u64(j, "total_states", p->stats.total_states);
		json_u64(j, "peak_states", p->stats.peak_states);
		json_u64(j, "stack_depth", p->cap.stack_depth);
		json_str(j, "stack", p->stats.stack);
		json_u64(j, "verification_usec", p->stats.time_usec);
		json_hex(j, "tag", p->cap.tag, sizeof(p->cap.tag));
		json_object(j, "relocations");
		count_relocs(p, c);
		for (i = 0; i < VORW_REL_MAX; i++)
			if (c[i].word)
				json_u64(j, c[i].word, c[i].n);
		json_end(j);
	}
	json_end(j);
}

static void json_maps(struct json *j, const struct session *s)
{
	u32 i;

	json_array(j, "maps");
	for (i = 0; i < s->maps.nmaps; i++) {
		const struct guest_map *m = &s->maps.maps[i];

		json_object(j, NULL);
		json_str(j, "name", m->name);
		json_u64(j, "type", m->type);
		json_u64(j, "key_size", m->key_size);
		json_u64(j, "value_size", m->value_size);
		json_u64(j, "max_entries", m->max_entries);
		json_u64(j, "map_flags", m->map_flags);
		json_bool(j, "frozen", m->frozen);
		json_bool(j, "pinning_ignored", i < s->open.nmaps &&
			  s->open.maps[i].pinning);
		json_end(j);
	}
	json_end(j);
}

static void json_signer(struct json *j, const struct report *r)
{
	if (!r->is_signed) {
		json_str(j, "signer", NULL);
		return;
	}
	json_object(j, "signer");
	json_str(j, "certificate", r->by->cert);
	if (r->by->line[0]) {
		json_u64(j, "log_seq", r->by->seq);
		json_str(j, "log_line", r->by->line);
	}
	json_end(j);
}

void report_json(FILE *out, const struct session *s, const struct report *r)
{
	struct json j;
	u32 i, native = 0;

	json_start(&j, out);
	json_bool(&j, "ok", true);
	json_str(&j, "blob", r->blob);
	json_u64(&j, "size", r->size);
	json_u64(&j, "content_size", r->content_size);
	json_bool(&j, "signed", r->is_signed);
	json_signer(&j, r);
	json_str(&j, "tool", "vorw " VORW_TOOL_VERSION);
	json_object(&j, "target");
	json_str(&j, "name", s->target->name);
	json_str(&j, "release", s->hello.release);
	json_str(&j, "cpu", s->target->cpu);
	json_hex(&j, "build_id", s->build_id, s->hello.build_id_len);
	json_str(&j, "libbpf", s->hello.libbpf);
	json_end(&j);
	json_u64(&j, "boot_ms", s->t_boot);
	json_bool(&j, "from_snapshot", s->copied);
	json_u64(&j, "session_ms", s->t_guest);
	json_array(&j, "programs");
	for (i = 0; i < s->open.nprogs; i++) {
		json_prog(&j, &s->progs[i]);
		if (s->progs[i].load && s->progs[i].native)
			native += image_size(&s->progs[i]);
	}
	json_end(&j);
	json_u64(&j, "native_bytes", native);
	json_maps(&j, s);
	if (s->log)
		json_str(&j, "log", s->log);
	json_finish(&j);
}

void report_refusal_json(const struct vorw_err *e)
{
	struct json j;

	json_start(&j, stdout);
	json_bool(&j, "ok", false);
	json_str(&j, "reason", vorw_reason_name(e->reason));
	json_str(&j, "message", e->msg);
	json_str(&j, "log", e->log);
	json_finish(&j);
}

/* Not worth a line of its own. */
static bool left_out(const struct vorw_err *e, const char *line, size_t len)
{
	return message_is_noise(line, len) ||
	       (e->reason != VORW_R_VERIFIER &&
		message_repeats(line, len, e->msg));
}

#define TAIL_LINES 12
void report_log(const struct vorw_err *e)
{
	const char *tail[TAIL_LINES], *p = e->log ? e->log : "";
	char line[79];
	u32 n = 0, i;

	for (; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!left_out(e, p, strcspn(p, "\n")))
			tail[n++ % TAIL_LINES] = p;
	for (i = n > TAIL_LINES ? n - TAIL_LINES : 0; i < n; i++) {
		size_t len = strcspn(tail[i % TAIL_LINES], "\n");
		char raw[512];

		snprintf(raw, sizeof(raw), "%.*s",
			 (int)(len < sizeof(raw) ? len : sizeof(raw) - 1),
			 tail[i % TAIL_LINES]);
		fprintf(stderr, "  %s\n", text_fit(line, sizeof(line), raw));
	}
}
