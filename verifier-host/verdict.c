// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verdict.c - the load that decides: what the target's kernel says of the
 * object, and whose fault it is when it says no.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "messages.h"
#include "session_int.h"

/* All programs' logs behind each other, each with its name in front. */
static char *join_logs(const struct session *s, const struct guest_load *l)
{
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);
	u32 i;

	if (!f)
		return NULL;
	for (i = 0; i < l->nlogs && i < s->open.nprogs; i++)
		if (l->logs[i] && l->logs[i][0])
			fprintf(f, "-- program '%s'\n%s%s",
				session_prog_name(s, i), l->logs[i],
				l->logs[i][strlen(l->logs[i]) - 1] == '\n' ?
				"" : "\n");
	if (l->text && l->text[0])
		fprintf(f, "-- libbpf\n%s%s", l->text,
			l->text[strlen(l->text) - 1] == '\n' ? "" : "\n");
	fclose(f);
	return out;
}

static bool refused_map(struct session *s, const struct guest_load *l,
			struct vorw_err *e)
{
	const struct guest_omap *m = &s->open.maps[l->failed_map];

	return vorw_fail(e, VORW_R_MAP_UNSUPPORTED,
			 "map '%s' (type %u): the target's kernel does not create it: %s",
			 m->name, m->type, strerror(l->status));
}

/* No program and no map is to blame: what libbpf says is all there is. */
static bool refused_object(struct session *s, const struct guest_load *l,
			   const char *obj_name, struct vorw_err *e)
{
	char line[400];

	/* libbpf.c bpf_object__load_vmlinux_btf() */
	if (l->text && strstr(l->text, "vmlinux BTF"))
		return vorw_fail(e, VORW_R_UNSUPPORTED,
				 "%s: uses CO-RE relocations or kernel types; this target's kernel has no BTF (--btf FILE brings it for CO-RE)",
				 obj_name);
	e->log = join_logs(s, l);
	message_line(l->text, NULL, line, sizeof(line));
	return vorw_fail(e, VORW_R_BAD_OBJECT, "%s: %s", obj_name,
			 line[0] ? line : strerror(l->status));
}

static void verifier_line(const struct guest_load *l, u32 prog, char *line,
			  size_t size)
{
	stats_last_line(prog < l->nlogs ? l->logs[prog] : NULL, line, size);
}

/*
 * The load failed: what is to blame, and why.  The verdict was made with the
 * statistics only; the full log comes from a second try.  That one may fail
 * otherwise, when its log does not fit (ENOSPC): then it says nothing about
 * the first.
 *
 * A program without a line in the verifier's log never came to the verifier:
 * libbpf did not submit it, and says why.
 */
static bool refused(struct session *s, const struct guest_load *l,
		    const u8 *autoload, const char *obj_name, bool full_log,
		    struct vorw_err *e)
{
	enum vorw_reason reason = VORW_R_VERIFIER;
	struct guest_load again = { 0 };
	const struct guest_load *with_log = l;
	struct vorw_err second = { 0 };
	u32 p = l->failed_prog;
	char line[400];

	if (l->failed_map < s->open.nmaps)
		return refused_map(s, l, e);
	if (p >= s->open.nprogs)
		return refused_object(s, l, obj_name, e);
	verifier_line(l, p, line, sizeof(line));
	if ((full_log || !line[0]) &&
	    guest_load(s->guest, SLOT_LOG, s->arch->compiles_all, LOG_FULL, autoload,
		       s->open.nprogs, &again, &second) &&
	    again.failed_prog == p && again.status == l->status)
		with_log = &again;
	else if (full_log)
		vorw_progress("the full log does not fit: only its end is shown");
	if (!line[0])
		verifier_line(with_log, p, line, sizeof(line));
	if (!line[0] && message_line(l->text, session_prog_name(s, p), line,
				     sizeof(line))[0])
		reason = VORW_R_BAD_OBJECT;
	if (!line[0])
		snprintf(line, sizeof(line), "%s", strerror(l->status));
	e->log = join_logs(s, with_log);
	vorw_fail(e, reason, "%s: program '%s': %s", obj_name,
		  session_prog_name(s, p), line);
	guest_load_free(&again);
	vorw_err_free(&second);
	return false;
}

/*
 * Once more, only for its log: a verdict must not depend on whether the log
 * fits its buffer (ENOSPC).
 */
static bool load_for_log(struct session *s, const u8 *autoload,
			 struct vorw_err *e)
{
	struct guest_load l = { 0 };
	bool ok = guest_load(s->guest, SLOT_LOG, s->arch->compiles_all, LOG_STATS | LOG_FULL,
			     autoload, s->open.nprogs, &l, e);

	if (ok && !l.status)
		ok = guest_unload(s->guest, SLOT_LOG, e);
	if (ok) {
		free(s->log);
		s->log = join_logs(s, &l);
	}
	if (ok && l.status)
		vorw_progress("the full log does not fit: it is cut");
	guest_load_free(&l);
	return ok;
}

bool load_ref(struct session *s, const char *obj_name, bool full_log,
	      struct vorw_err *e)
{
	struct guest_load l = { 0 };
	u8 *autoload = programs_to_load(s, false, e);
	u32 i, n = s->open.nprogs;
	bool ok;

	if (!autoload)
		return false;
	ok = guest_load(s->guest, SLOT_REF, s->arch->compiles_all, LOG_STATS,
			autoload, n, &l, e);
	if (ok && l.status)
		ok = refused(s, &l, autoload, obj_name, full_log, e);
	if (ok) {
		s->log = join_logs(s, &l);
		for (i = 0; i < n && i < l.nlogs; i++)
			stats_parse(l.logs[i], &s->progs[i].stats);
	}
	if (ok && full_log)
		ok = load_for_log(s, autoload, e);
	guest_load_free(&l);
	free(autoload);
	ok = ok && guest_maps(s->guest, SLOT_REF, &s->maps, e) &&
	     check_inits(s, &s->maps, e);
	for (i = 0; ok && i < n; i++)
		if (s->progs[i].load)
			ok = guest_prog(s->guest, SLOT_REF, i, s->maps.nmaps,
					&s->ref[i], e) &&
			     check_capture(s, i, &s->ref[i], e);
	return ok;
}
