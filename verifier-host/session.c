// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * session.c - the order of one verification: what the guest is asked, and
 * what is refused before anything is built from it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "session.h"

/* kernel/bpf/verifier.c BPF_LOG_STATS, BPF_LOG_LEVEL1 */
#define LOG_STATS	4
#define LOG_FULL	1

static u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

const char *session_prog_name(const struct session *s, u32 prog)
{
	return s->open.progs[prog].name;
}

/* ---- the verdict ---- */

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

static void message_line(const struct guest_load *l, u32 prog, char *line,
			 size_t size)
{
	stats_last_line(prog < l->nlogs ? l->logs[prog] : NULL, line, size);
}

/*
 * The load failed: what is to blame, and why.  The verdict was made with the
 * statistics only; the full log comes from a second try.  That one may fail
 * otherwise, when its log does not fit (ENOSPC): then it says nothing about
 * the first.
 */
static bool refused(struct session *s, const struct guest_load *l,
		    const u8 *autoload, const char *obj_name, bool full_log,
		    struct vorw_err *e)
{
	struct guest_load again = { 0 };
	const struct guest_load *with_log = l;
	struct vorw_err second = { 0 };
	u32 p = l->failed_prog;
	char line[400];

	if (l->failed_map < s->open.nmaps)
		return refused_map(s, l, e);
	/* libbpf.c bpf_object__load_vmlinux_btf() */
	if (p >= s->open.nprogs && l->text && strstr(l->text, "vmlinux BTF"))
		return vorw_fail(e, VORW_R_UNSUPPORTED,
				 "%s: uses CO-RE relocations or kernel types; this target's kernel has no BTF",
				 obj_name);
	if (p >= s->open.nprogs)
		return vorw_fail(e, VORW_R_BAD_OBJECT, "%s: %s", obj_name,
				 l->text && l->text[0] ? l->text :
				 strerror(l->status));
	message_line(l, p, line, sizeof(line));
	if ((full_log || !line[0]) &&
	    guest_load(s->guest, SLOT_LOG, false, LOG_FULL, autoload,
		       s->open.nprogs, &again, &second) &&
	    again.failed_prog == p && again.status == l->status)
		with_log = &again;
	else if (full_log)
		vorw_progress("the full log does not fit: only its end is shown");
	if (!line[0])
		message_line(with_log, p, line, sizeof(line));
	if (!line[0])
		snprintf(line, sizeof(line), "%s", strerror(l->status));
	e->log = join_logs(s, with_log);
	vorw_fail(e, VORW_R_VERIFIER, "program '%s': %s",
		  session_prog_name(s, p), line);
	guest_load_free(&again);
	vorw_err_free(&second);
	return false;
}

/* ---- captures ---- */

/* Indices in initialisers are the guest's word: check them once, here. */
static bool check_inits(const struct session *s, const struct guest_maps *m,
			struct vorw_err *e)
{
	u32 i;

	for (i = 0; i < m->ninits; i++) {
		const struct guest_init *in = &m->inits[i];
		bool ok = in->map < m->nmaps;

		if (in->kind == VORW_INIT_PROG)
			ok = ok && in->value < s->open.nprogs &&
			     s->progs[in->value].load;
		else if (in->kind == VORW_INIT_MAP)
			ok = ok && in->value < m->nmaps;
		if (!ok)
			return vorw_fail(e, VORW_R_GUEST,
					 "verification VM sent a map initialiser out of range");
	}
	return true;
}

/* What bpf_check() left behind that a blob does not carry. */
static bool check_capture(const struct session *s, u32 i,
			  const struct guest_prog *p, struct vorw_err *e)
{
	const struct {
		bool has;
		const char *what;
	} not_carried[] = {
		{ p->attach_btf_id != 0, "attaches by kernel BTF" },
		{ p->used_btf_cnt != 0, "refers to kernel BTF" },
		{ p->func_cnt != 0, "has natively compiled subprograms" },
		{ p->num_exentries != 0, "has an exception table" },
		{ p->size_poke_tab != 0, "has patched tail calls" },
	};
	size_t k;

	for (k = 0; k < sizeof(not_carried) / sizeof(not_carried[0]); k++)
		if (not_carried[k].has)
			return vorw_fail(e, VORW_R_UNSUPPORTED,
					 "program '%s' %s, which a blob cannot carry",
					 session_prog_name(s, i),
					 not_carried[k].what);
	if (p->nused_maps > VORW_MAX_USED_MAPS)
		return vorw_fail(e, VORW_R_LIMIT,
				 "program '%s': %u maps, the limit is %u",
				 session_prog_name(s, i), p->nused_maps,
				 VORW_MAX_USED_MAPS);
	if (!p->insn_cnt || p->insn_cnt > VORW_MAX_INSNS)
		return vorw_fail(e, VORW_R_LIMIT,
				 "program '%s': %u instructions, the limit is %u",
				 session_prog_name(s, i), p->insn_cnt,
				 VORW_MAX_INSNS);
	return true;
}

/* Two captures of one program must agree on what the verifier found. */
static bool same_facts(const struct session *s, u32 i,
		       const struct guest_prog *a, const struct guest_prog *b,
		       struct vorw_err *e)
{
	if (a->facts == b->facts && !memcmp(a->tag, b->tag, sizeof(a->tag)) &&
	    a->type == b->type &&
	    a->expected_attach_type == b->expected_attach_type &&
	    a->stack_depth == b->stack_depth &&
	    a->max_ctx_offset == b->max_ctx_offset &&
	    a->max_pkt_offset == b->max_pkt_offset &&
	    a->max_tp_access == b->max_tp_access &&
	    a->max_rdonly_access == b->max_rdonly_access &&
	    a->max_rdwr_access == b->max_rdwr_access &&
	    a->nused_maps == b->nused_maps &&
	    !memcmp(a->used_maps, b->used_maps,
		    a->nused_maps * sizeof(*a->used_maps)))
		return true;
	return vorw_fail(e, VORW_R_RELINK,
			 "program '%s': two loads gave different facts",
			 session_prog_name(s, i));
}

/* ---- loads ---- */

/*
 * Once more, only for its log: a verdict must not depend on whether the log
 * fits its buffer (ENOSPC).
 */
static bool load_for_log(struct session *s, const u8 *autoload,
			 struct vorw_err *e)
{
	struct guest_load l = { 0 };
	bool ok = guest_load(s->guest, SLOT_LOG, false, LOG_STATS | LOG_FULL,
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

static bool load_ref(struct session *s, const char *obj_name, bool full_log,
		     struct vorw_err *e)
{
	struct guest_load l = { 0 };
	u32 i, n = s->open.nprogs;
	u8 *autoload = calloc(n + 1, 1);
	bool ok = autoload != NULL;

	if (!ok)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	for (i = 0; i < n; i++)
		autoload[i] = s->progs[i].load;
	ok = guest_load(s->guest, SLOT_REF, false, LOG_STATS, autoload, n, &l,
			e);
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

/* Load again what has this form; *m and maps are the caller's to free. */
static bool load_form(struct session *s, u32 slot, bool native,
		      struct guest_maps *m, struct vorw_err *e)
{
	struct guest_load l = { 0 };
	u32 i, n = s->open.nprogs;
	u8 *autoload = calloc(n + 1, 1);
	bool ok = autoload != NULL;

	if (!ok)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	/* the JIT takes only the native ones; bytecode programs may sit in
	 * program arrays with others, so all of them go again */
	for (i = 0; i < n; i++)
		autoload[i] = s->progs[i].load &&
			      (!native || s->progs[i].native);
	ok = guest_load(s->guest, slot, native, LOG_STATS, autoload, n, &l, e);
	if (ok && l.status)
		ok = vorw_fail(e, VORW_R_RELINK,
			       "the object loaded once, but not again: %s",
			       l.text && l.text[0] ? l.text :
			       strerror(l.status));
	guest_load_free(&l);
	free(autoload);
	ok = ok && guest_maps(s->guest, slot, m, e) && check_inits(s, m, e);
	if (ok && m->nmaps != s->maps.nmaps)
		ok = vorw_fail(e, VORW_R_GUEST,
			       "two loads gave %u and %u maps", s->maps.nmaps,
			       m->nmaps);
	return ok && maps_apart(&s->maps, m, e);
}

/* The JIT rewrote otherwise than without it: compare two loads with it. */
static bool classify_twice(struct session *s, u32 i,
			   const struct guest_maps *m, struct vorw_err *e)
{
	struct vprog *p = &s->progs[i];
	struct guest_maps again = { 0 };
	struct guest_prog cap = { 0 };
	bool structural, ok;

	ok = load_form(s, SLOT_AGAIN, true, &again, e) &&
	     maps_apart(m, &again, e) &&
	     guest_prog(s->guest, SLOT_AGAIN, i, again.nmaps, &cap, e) &&
	     classify(s, i, &p->cap, m, &cap, &again, &p->rel, &p->nrel,
		      &structural, e);
	guest_prog_free(&cap);
	guest_maps_free(&again);
	return ok && guest_unload(s->guest, SLOT_AGAIN, e);
}

static bool take_native(struct session *s, u32 i, const struct guest_maps *m,
			struct vorw_err *e)
{
	struct vprog *p = &s->progs[i];
	struct vorw_err first = { 0 };
	bool structural;

	if (!guest_prog(s->guest, SLOT_JIT, i, m->nmaps, &p->cap, e) ||
	    !check_capture(s, i, &p->cap, e) ||
	    !same_facts(s, i, &p->cap, &s->ref[i], e))
		return false;
	if (!p->cap.jited || !p->cap.image_len)
		return vorw_fail(e, VORW_R_RELINK,
				 "program '%s': the JIT fell back to the interpreter",
				 session_prog_name(s, i));
	if (!classify(s, i, &p->cap, m, &s->ref[i], &s->maps, &p->rel,
		      &p->nrel, &structural, &first)) {
		if (!structural) {
			*e = first;
			return false;
		}
		if (!classify_twice(s, i, m, e))
			return false;
	}
	return relink_native(s, i, SLOT_JIT, e);
}

static bool take_bytecode(struct session *s, u32 i, const struct guest_maps *m,
			  struct vorw_err *e)
{
	struct vprog *p = &s->progs[i];
	struct guest_prog again = { 0 };
	bool structural, ok;

	ok = guest_prog(s->guest, SLOT_AGAIN, i, m->nmaps, &again, e) &&
	     same_facts(s, i, &s->ref[i], &again, e);
	if (ok && s->ref[i].jited)
		ok = vorw_fail(e, VORW_R_GUEST,
			       "program '%s' was compiled with the JIT off",
			       session_prog_name(s, i));
	ok = ok && classify(s, i, &s->ref[i], &s->maps, &again, m, &p->rel,
			    &p->nrel, &structural, e);
	guest_prog_free(&again);
	if (!ok)
		return false;
	p->cap = s->ref[i];
	memset(&s->ref[i], 0, sizeof(s->ref[i]));
	return true;
}

static bool take_programs(struct session *s, bool native, struct vorw_err *e)
{
	u32 slot = native ? SLOT_JIT : SLOT_AGAIN, i;
	struct guest_maps m = { 0 };
	bool ok = load_form(s, slot, native, &m, e);

	for (i = 0; ok && i < s->open.nprogs; i++)
		if (s->progs[i].load && s->progs[i].native == native)
			ok = native ? take_native(s, i, &m, e) :
				      take_bytecode(s, i, &m, e);
	guest_maps_free(&m);
	return ok && guest_unload(s->guest, slot, e);
}

/* The device finds maps by name; long names arrive here cut. */
static bool check_map_names(const struct session *s, struct vorw_err *e)
{
	u32 i, k;

	for (i = 0; i < s->open.nmaps; i++)
		for (k = 0; k < i; k++)
			if (!strcmp(s->open.maps[i].name,
				    s->open.maps[k].name))
				return vorw_fail(e, VORW_R_BAD_OBJECT,
						 "maps %u and %u have one name, '%s': shorten it to %zu characters",
						 k, i, s->open.maps[i].name,
						 sizeof(s->open.maps[i].name) - 1);
	return true;
}

static bool open_object(struct session *s, const char *obj_name, const u8 *obj,
			size_t size, u32 *nload, struct vorw_err *e)
{
	struct vorw_err why = { 0 };
	u32 i;

	if (!guest_open(s->guest, obj, size, &s->open, &why)) {
		/* libbpf.c bpf_object__init_btf() */
		if (why.reason == VORW_R_BAD_OBJECT &&
		    strstr(why.msg, "BTF is required"))
			return vorw_fail(e, why.reason,
					 "%s: has no BTF, or a damaged one; compile with -g",
					 obj_name);
		*e = why;
		return false;
	}
	if (!s->open.nprogs || s->open.nprogs > VORW_MAX_PROGS ||
	    s->open.nmaps > VORW_MAX_MAPS)
		return vorw_fail(e, s->open.nprogs ? VORW_R_LIMIT :
				 VORW_R_BAD_OBJECT,
				 "%s: %u programs (1 to %u) and %u maps (at most %u)",
				 obj_name, s->open.nprogs, VORW_MAX_PROGS,
				 s->open.nmaps, VORW_MAX_MAPS);
	if (!check_map_names(s, e))
		return false;
	s->progs = calloc(s->open.nprogs, sizeof(*s->progs));
	s->ref = calloc(s->open.nprogs, sizeof(*s->ref));
	if (!s->progs || !s->ref)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	*nload = 0;
	for (i = 0; i < s->open.nprogs; i++) {
		const struct guest_oprog *p = &s->open.progs[i];

		s->progs[i].decl = p;
		s->progs[i].load = p->autoload;
		*nload += p->autoload;
		if (p->autoload && p->attach_btf_id)
			return vorw_fail(e, VORW_R_UNSUPPORTED,
					 "program '%s' attaches by kernel BTF, which a blob cannot carry",
					 p->name);
	}
	if (!*nload)
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: every program is marked not to be loaded (SEC(\"?...\"))",
				 obj_name);
	return true;
}

static bool run_in_guest(struct session *s, const char *obj_name,
			 const u8 *obj, size_t size, bool require_native,
			 bool full_log, struct vorw_err *e)
{
	u32 nload = 0;

	/* Before the object: what the blob is bound to (build-id, HZ, release)
	 * is read by a guest that has not run anything hostile yet. */
	if (!guest_hello(s->guest, &s->hello, e))
		return false;
	if (s->hello.machine != s->arch->machine ||
	    s->hello.word != s->arch->word)
		return vorw_fail(e, VORW_R_GUEST,
				 "verification VM is machine %u with %u-byte words, target '%s' is %u with %u",
				 s->hello.machine, s->hello.word,
				 s->target->name, s->arch->machine,
				 s->arch->word);
	if (!open_object(s, obj_name, obj, size, &nload, e))
		return false;
	vorw_progress("verifying %u program%s and %u map%s", nload,
		      nload == 1 ? "" : "s", s->open.nmaps,
		      s->open.nmaps == 1 ? "" : "s");
	if (!load_ref(s, obj_name, full_log, e) ||
	    !forms_choose(s, require_native, e))
		return false;
	vorw_progress("linking: %u native, %u bytecode", s->nnative,
		      nload - s->nnative);
	return (!s->nnative || take_programs(s, true, e)) &&
	       (s->nnative == nload || take_programs(s, false, e));
}

bool session_run(struct session *s, const struct vorw_target *t,
		 const char *obj_name, const u8 *obj, size_t size,
		 bool require_native, bool full_log, struct vorw_err *e)
{
	struct guest_limits limits = { 0 };
	u64 start = now_ms();
	bool ok;

	memset(s, 0, sizeof(*s));
	s->target = t;
	s->arch = vorw_arch_get(t->machine);
	if (!s->arch)
		return vorw_fail(e, VORW_R_TARGET,
				 "target '%s': no table for machine %u",
				 t->name, t->machine);
	if (!t->ready)
		return vorw_fail(e, VORW_R_TARGET, "target '%s': %s", t->name,
				 t->why_not);
	vorw_progress("starting %s (Linux %s, %s)", t->name, t->release,
		      t->cpu);
	if (!guest_start(&s->guest, t, &limits, e))
		return false;
	s->t_boot = now_ms() - start;
	start = now_ms();
	ok = run_in_guest(s, obj_name, obj, size, require_native, full_log,
			  e);
	s->t_guest = now_ms() - start;
	/* one object per guest: nothing is asked of it any more */
	guest_end(s->guest);
	s->guest = NULL;
	return ok;
}

void session_end(struct session *s)
{
	u32 i;

	guest_end(s->guest);
	for (i = 0; s->progs && i < s->open.nprogs; i++) {
		guest_prog_free(&s->progs[i].cap);
		free(s->progs[i].rel);
		free(s->progs[i].image);
		free(s->progs[i].crel);
	}
	for (i = 0; s->ref && i < s->open.nprogs; i++)
		guest_prog_free(&s->ref[i]);
	free(s->progs);
	free(s->ref);
	free(s->log);
	guest_maps_free(&s->maps);
	guest_open_free(&s->open);
	memset(s, 0, sizeof(*s));
}
