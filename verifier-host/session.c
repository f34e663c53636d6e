// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * session.c - the order of one verification: what the guest is asked, and
 * what is refused before anything is built from it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "messages.h"
#include "session_int.h"
#include "template.h"
#include "transcript.h"

const char *session_prog_name(const struct session *s, u32 prog)
{
	return s->open.progs[prog].name;
}

u8 *programs_to_load(const struct session *s, bool native_only,
		     struct vorw_err *e)
{
	u8 *autoload = calloc(s->open.nprogs + 1, 1);
	u32 i;

	if (!autoload) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		return NULL;
	}
	for (i = 0; i < s->open.nprogs; i++)
		autoload[i] = s->progs[i].load &&
			      (!native_only || s->progs[i].native);
	return autoload;
}

/* Load again what has this form; *m and maps are the caller's to free. */
static bool load_form(struct session *s, u32 slot, bool native,
		      struct guest_maps *m, struct vorw_err *e)
{
	/* the JIT takes only the native ones; bytecode programs may sit in
	 * program arrays with others, so all of them go again */
	u8 *autoload = programs_to_load(s, native, e);
	struct guest_load l = { 0 };
	bool ok;

	if (!autoload)
		return false;
	ok = guest_load(s->guest, slot, native, LOG_STATS, autoload,
			s->open.nprogs, &l, e);
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

/* The relocations of each function's instructions, against this other load. */
static bool classify_parts(struct session *s, u32 i, const struct guest_maps *m,
			   const struct guest_prog *other,
			   const struct guest_maps *om, bool *structural,
			   struct vorw_err *e)
{
	struct vprog *p = &s->progs[i];
	u32 k;

	*structural = p->cap.nparts != other->nparts;
	if (*structural && (p->cap.nparts > 1 || other->nparts))
		return vorw_fail(e, VORW_R_RELINK,
				 "program '%s': two loads gave %u and %u functions",
				 session_prog_name(s, i), p->cap.nparts,
				 other->nparts);
	/* with the JIT off: the same instructions, if it changes nothing */
	if (*structural)
		return classify(s, i, WHOLE_PROGRAM, &p->cap, m, other, om,
				&p->parts[0].rel, &p->parts[0].nrel,
				structural, e);
	for (k = 0; k < p->cap.nparts; k++)
		if (!classify(s, i, k, &p->cap, m, other, om, &p->parts[k].rel,
			      &p->parts[k].nrel, structural, e))
			return false;
	return true;
}

/* The JIT rewrote otherwise than without it: compare two loads with it. */
static bool classify_twice(struct session *s, u32 i,
			   const struct guest_maps *m, struct vorw_err *e)
{
	struct guest_maps again = { 0 };
	struct guest_prog cap = { 0 };
	bool structural, ok;

	ok = load_form(s, SLOT_AGAIN, true, &again, e) &&
	     maps_apart(m, &again, e) &&
	     guest_prog(s->guest, SLOT_AGAIN, i, again.nmaps, &cap, e) &&
	     classify_parts(s, i, m, &cap, &again, &structural, e);
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
	if (!p->cap.jited)
		return vorw_fail(e, VORW_R_RELINK,
				 "program '%s': the JIT fell back to the interpreter",
				 session_prog_name(s, i));
	p->parts = calloc(p->cap.nparts, sizeof(*p->parts));
	if (!p->parts)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (!classify_parts(s, i, m, &s->ref[i], &s->maps, &structural,
			    &first)) {
		if (!structural) {
			*e = first;
			return false;
		}
		vorw_err_free(&first);
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
	ok = ok && classify(s, i, WHOLE_PROGRAM, &s->ref[i], &s->maps, &again,
			    m, &p->rel, &p->nrel, &structural, e);
	guest_prog_free(&again);
	if (!ok)
		return false;
	p->cap = s->ref[i];
	memset(&s->ref[i], 0, sizeof(s->ref[i]));
	return true;
}

/* Before the next program is looked at: a relocation takes some 20 times the
 * bytes that the guest sent for it. */
static bool check_relocs(const struct session *s, struct vorw_err *e)
{
	u64 n = 0;
	u32 i, k;

	for (i = 0; i < s->open.nprogs; i++) {
		const struct vprog *p = &s->progs[i];

		n += p->nrel;
		for (k = 0; p->parts && k < p->cap.nparts; k++)
			n += (u64)p->parts[k].nrel + p->parts[k].ncrel;
	}
	return n <= 2 * VORW_MAX_RELOCS ||
	       vorw_fail(e, VORW_R_LIMIT,
			 "%llu relocations, a blob has at most %u",
			 (unsigned long long)n, VORW_MAX_RELOCS);
}

static bool take_programs(struct session *s, bool native, struct vorw_err *e)
{
	u32 slot = native ? SLOT_JIT : SLOT_AGAIN, i;
	struct guest_maps m = { 0 };
	bool ok = load_form(s, slot, native, &m, e);

	for (i = 0; ok && i < s->open.nprogs; i++)
		if (s->progs[i].load && s->progs[i].native == native)
			ok = (native ? take_native(s, i, &m, e) :
				       take_bytecode(s, i, &m, e)) &&
			     check_relocs(s, e);
	guest_maps_free(&m);
	return ok;
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

/* *e is guest_open()'s: say it in the words that explain most. */
static bool not_opened(const char *obj_name, struct vorw_err *e)
{
	struct vorw_err why = *e;
	char line[400];

	if (why.reason != VORW_R_BAD_OBJECT)
		return false;
	*e = (struct vorw_err){ .log = why.log };
	/* libbpf.c bpf_object__init_btf() */
	if (why.log && strstr(why.log, "BTF is required"))
		return vorw_fail(e, why.reason,
				 "%s: has no BTF, or a damaged one; compile with -g",
				 obj_name);
	message_line(why.log, NULL, line, sizeof(line));
	return vorw_fail(e, why.reason, "%s: %s", obj_name,
			 line[0] ? line : why.msg);
}

/* A blob's strings are printable (vorw_check_string()). */
static bool check_license(const struct session *s, const char *obj_name,
			  struct vorw_err *e)
{
	const char *p = s->open.license;

	for (; *p; p++)
		if (*p < ' ' || *p > '~')
			return vorw_fail(e, VORW_R_BAD_OBJECT,
					 "%s: its licence has a character that is not printable ASCII (0x%02x at %zu)",
					 obj_name, (u8)*p,
					 (size_t)(p - s->open.license));
	return true;
}

static bool open_object(struct session *s, const char *obj_name, const u8 *obj,
			size_t size, u32 *nload, struct vorw_err *e)
{
	u32 i;

	if (!guest_open(s->guest, obj_name, obj, size, &s->open, e))
		return not_opened(obj_name, e);
	if (!s->open.nprogs || s->open.nprogs > VORW_MAX_PROGS ||
	    s->open.nmaps > VORW_MAX_MAPS)
		return vorw_fail(e, s->open.nprogs ? VORW_R_LIMIT :
				 VORW_R_BAD_OBJECT,
				 "%s: %u programs (1 to %u) and %u maps (at most %u)",
				 obj_name, s->open.nprogs, VORW_MAX_PROGS,
				 s->open.nmaps, VORW_MAX_MAPS);
	if (!check_map_names(s, e) || !check_license(s, obj_name, e))
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

/* A twin verifies for the device's kernel, which `vorw target add` compared
 * with exactly this one. */
static bool bind_to_device(struct session *s, struct vorw_err *e)
{
	const struct vorw_target *t = s->target;
	char have[2 * sizeof(s->hello.build_id) + 1] = "";
	u32 i;

	memcpy(s->build_id, s->hello.build_id, sizeof(s->build_id));
	if (!t->device_build_id[0])
		return true;
	for (i = 0; i < s->hello.build_id_len; i++)
		sprintf(have + 2 * i, "%02x", s->hello.build_id[i]);
	if (strcmp(have, t->build_id))
		return vorw_fail(e, VORW_R_TARGET,
				 "the verification VM runs the kernel with the build-id %s, target '%s' was added with the twin %s",
				 have, t->name, t->build_id);
	for (i = 0; i < s->hello.build_id_len; i++)
		if (sscanf(t->device_build_id + 2 * i, "%2hhx",
			   &s->build_id[i]) != 1)
			return vorw_fail(e, VORW_R_TARGET,
					 "target '%s': its device's build-id '%s' is none",
					 t->name, t->device_build_id);
	return true;
}

static bool run_in_guest(struct session *s, const char *obj_name,
			 const u8 *obj, size_t size,
			 const struct session_opts *opts, struct vorw_err *e)
{
	u32 nload = 0;

	if (s->hello.machine != s->arch->machine ||
	    s->hello.word != s->arch->word)
		return vorw_fail(e, VORW_R_GUEST,
				 "verification VM is machine %u with %u-byte words, target '%s' is %u with %u",
				 s->hello.machine, s->hello.word,
				 s->target->name, s->arch->machine,
				 s->arch->word);
	if (s->arch->needs & ~s->hello.cpu_features)
		return vorw_fail(e, VORW_R_UNSUPPORTED,
				 "target '%s': its kernel %s, which a blob cannot carry",
				 s->target->name, s->arch->needs_why);
	if (!bind_to_device(s, e))
		return false;
	if (opts->btf && !guest_btf(s->guest, opts->btf, opts->btf_size, e))
		return false;
	if (!open_object(s, obj_name, obj, size, &nload, e))
		return false;
	vorw_progress("verifying %u program%s and %u map%s", nload,
		      nload == 1 ? "" : "s", s->open.nmaps,
		      s->open.nmaps == 1 ? "" : "s");
	if (!load_ref(s, obj_name, opts->full_log, e) ||
	    !forms_choose(s, opts->require_native, e))
		return false;
	vorw_progress("linking: %u native, %u bytecode", s->nnative,
		      nload - s->nnative);
	if (s->nnative && !take_programs(s, true, e))
		return false;
	if (s->nnative == nload)
		return true;
	/* what is loaded last goes with the guest: kernels take longer to
	 * unmap code than to verify a small program */
	return (!s->nnative || guest_unload(s->guest, SLOT_JIT, e)) &&
	       take_programs(s, false, e);
}

/* What looks at one program names that; here the object comes before it. */
static void name_object(const char *obj_name, struct vorw_err *e)
{
	static const char *const starts[] = { "program '", "map '", "maps " };
	char msg[sizeof(e->msg)];
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (strncmp(e->msg, starts[i], strlen(starts[i])))
			continue;
		memcpy(msg, e->msg, sizeof(msg));
		snprintf(e->msg, sizeof(e->msg), "%.200s: %.800s", obj_name,
			 msg);
		vorw_plain(e->msg);
		return;
	}
}

/* Before the object: what the blob is bound to (build-id, HZ, release) is read
 * by a guest that has not run anything hostile yet. */
static bool start_guest(struct session *s, const struct guest_opts *o,
			struct transcript *record, struct vorw_err *e)
{
	s->copied = o->from || o->template;
	if (guest_start(&s->guest, s->target, o, e)) {
		/* of this guest, not of one before that did not start */
		if (record)
			record->n = 0;
		guest_record(s->guest, record);
		if (guest_hello(s->guest, &s->hello, e))
			return true;
	}
	guest_end(s->guest);
	s->guest = NULL;
	return false;
}

/* A snapshot that does not work costs time, and nothing else. */
static bool start_copied_or_booted(struct session *s,
				   const struct session_opts *opts,
				   struct vorw_err *e)
{
	const struct guest_opts boot = { .total_seconds = opts->seconds };
	const struct guest_opts copy = {
		.from = opts->snapshot ? opts->snapshot : opts->template ?
			template_snapshot(opts->template) : NULL,
		.total_seconds = opts->seconds,
	};
	const struct guest_opts fork = {
		.total_seconds = opts->seconds,
		.template = opts->template ? template_guest(opts->template) :
			    NULL,
	};
	struct vorw_err why = { 0 };

	if (fork.template) {
		if (start_guest(s, &fork, opts->record, &why))
			return true;
		s->template_failed = true;
		vorw_progress("not a copy of the running VM: %s", why.msg);
		vorw_err_free(&why);
		memset(&why, 0, sizeof(why));
	}
	if (copy.from) {
		if (start_guest(s, &copy, opts->record, &why))
			return true;
		vorw_progress("booting, its snapshot does not start: %s",
			      why.msg);
		vorw_err_free(&why);
	}
	return start_guest(s, &boot, opts->record, e);
}

static bool session_init(struct session *s, const struct vorw_target *t,
			 struct vorw_err *e)
{
	memset(s, 0, sizeof(*s));
	s->target = t;
	s->arch = vorw_arch_get(t->machine);
	if (!s->arch)
		return vorw_fail(e, VORW_R_TARGET,
				 "target '%s': no table for machine %u",
				 t->name, t->machine);
	return true;
}

bool session_run(struct session *s, const struct vorw_target *t,
		 const char *obj_name, const u8 *obj, size_t size,
		 const struct session_opts *opts, struct vorw_err *e)
{
	u64 start = now_ms();
	bool ok;

	if (!session_init(s, t, e))
		return false;
	if (!t->ready)
		return vorw_fail(e, VORW_R_TARGET, "target '%s': %s", t->name,
				 t->why_not);
	vorw_progress("starting %s (Linux %s, %s)%s", t->name, t->release,
		      t->cpu, opts->template ? " from a running VM" :
		      opts->snapshot ? " from its snapshot" : "");
	if (!start_copied_or_booted(s, opts, e))
		return false;
	s->t_boot = now_ms() - start;
	start = now_ms();
	ok = run_in_guest(s, obj_name, obj, size, opts, e);
	if (!ok)
		name_object(obj_name, e);
	s->copy_broke = !ok && opts->template && !s->template_failed &&
			(e->reason == VORW_R_VM || e->reason == VORW_R_GUEST);
	s->t_guest = now_ms() - start;
	/* one object per guest: nothing is asked of it any more */
	guest_end(s->guest);
	s->guest = NULL;
	return ok;
}

bool session_warm(struct guest *g, const struct vorw_target *t,
		  const char *obj_name, const u8 *obj, size_t size,
		  struct vorw_err *e)
{
	const struct session_opts opts = { 0 };
	struct vorw_err own = { 0 };
	struct session s;
	bool ok;

	if (!session_init(&s, t, e))
		return false;
	s.guest = g;
	ok = guest_hello(g, &s.hello, e);
	if (ok)
		run_in_guest(&s, obj_name, obj, size, &opts, &own);
	ok = ok && guest_forget(g, e);
	vorw_err_free(&own);
	/* it goes on */
	s.guest = NULL;
	session_end(&s);
	return ok;
}

bool session_replay(struct session *s, const struct vorw_target *t,
		    const char *obj_name, const u8 *obj, size_t size,
		    const struct session_opts *opts, const u8 *transcript,
		    size_t transcript_size, struct vorw_err *e)
{
	bool ok;

	if (!session_init(s, t, e) ||
	    !guest_replay(&s->guest, t, transcript, transcript_size, e))
		return false;
	ok = guest_hello(s->guest, &s->hello, e) &&
	     run_in_guest(s, obj_name, obj, size, opts, e) &&
	     guest_replayed(s->guest, e);
	guest_end(s->guest);
	s->guest = NULL;
	return ok;
}

static void free_prog(struct vprog *p)
{
	u32 k;

	for (k = 0; p->parts && k < p->cap.nparts; k++) {
		free(p->parts[k].rel);
		free(p->parts[k].image);
		free(p->parts[k].crel);
	}
	free(p->parts);
	free(p->pokes);
	free(p->rel);
	guest_prog_free(&p->cap);
}

void session_end(struct session *s)
{
	u32 i;

	guest_end(s->guest);
	for (i = 0; s->progs && i < s->open.nprogs; i++)
		free_prog(&s->progs[i]);
	for (i = 0; s->ref && i < s->open.nprogs; i++)
		guest_prog_free(&s->ref[i]);
	free(s->progs);
	free(s->ref);
	free(s->log);
	guest_maps_free(&s->maps);
	guest_open_free(&s->open);
	memset(s, 0, sizeof(*s));
}
