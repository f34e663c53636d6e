// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_load.c - vorw load: hand a blob to the module, pin, attach.
 *
 * All or nothing: whatever fails, and SIGINT or SIGTERM until the last step,
 * leaves no program, map, pin, link or filter behind.
 */
#include <signal.h>
#include <unistd.h>
#include "attach.h"
#include "blob.h"
#include "bpf.h"
#include "cmd.h"
#include "json.h"
#include "loaded.h"
#include "out.h"

static const char usage[] =
"usage: vorw load BLOB [--attach] [--attach PROG=TARGET]... [--name NAME]\n"
"                 [--pin DIR] [--json]\n"
"\n"
"  Loads the programs and maps of BLOB and pins them in DIR/NAME.\n"
"\n"
"  --attach              attach every program whose section names a target\n"
"  --attach PROG=TARGET  attach PROG to TARGET, as often as you like:\n"
"      kprobe            FUNCTION[+OFFSET]\n"
"      kretprobe         FUNCTION\n"
"      tracepoint        CATEGORY/NAME\n"
"      raw tracepoint    NAME\n"
"      perf event        EVENT[:HERTZ|:period=N], such as cpu-clock:99\n"
"      XDP               IFACE[:native|:generic]\n"
"      tc                IFACE[:ingress|:egress]\n"
"      cgroup            CGROUP-DIRECTORY\n"
"  --name NAME           default: the object's name, in the blob\n"
"  --pin DIR             default: " PLACE_ROOT "\n"
"  --json                answer as JSON\n";

#define MAX_SPECS	256

/* PROG=TARGET from the command line. */
struct spec {
	const char *prog, *target;
	size_t prog_len;
};

struct load {
	const char *path, *name, *root;
	bool json, attach;		/* --attach without a target */
	struct spec specs[MAX_SPECS];
	u32 nspecs;

	struct blob blob;
	struct place place;
	struct loaded_fds fds;
	char pins[VORW_MAX_PROGS][PIN_NAME];
	bool attached[VORW_MAX_PROGS];
};

static bool add_spec(struct load *l, const char *s)
{
	const char *eq = strchr(s, '=');
	struct spec *spec = &l->specs[l->nspecs];

	if (!eq || eq == s || !eq[1] || l->nspecs == MAX_SPECS)
		return false;
	spec->prog = s;
	spec->prog_len = eq - s;
	spec->target = eq + 1;
	l->nspecs++;
	return true;
}

/* --attach takes the next word when there is a '=' in it. */
static bool read_args(struct load *l, int argc, char **argv, int *status)
{
	bool options = true;
	int i;

	l->root = PLACE_ROOT;
	for (i = 1; i < argc; i++) {
		const char *s = argv[i], *next = argv[i + 1];

		if (!options || *s != '-') {
			if (l->path) {
				*status = misuse(usage,
						 "one argument too many: '%s'",
						 clean(s, 80));
				return false;
			}
			l->path = s;
		} else if (!strcmp(s, "--")) {
			options = false;
		} else if (!strcmp(s, "--help") || !strcmp(s, "-h")) {
			out_text(usage);
			*status = CMD_OK;
			return false;
		} else if (!strcmp(s, "--json")) {
			l->json = true;
		} else if (!strcmp(s, "--attach") && next && *next != '-' &&
			   strchr(next, '=')) {
			if (!add_spec(l, next)) {
				*status = misuse(usage, "not PROG=TARGET: '%s'",
						 clean(next, 80));
				return false;
			}
			i++;
		} else if (!strcmp(s, "--attach")) {
			l->attach = true;
		} else if (!strcmp(s, "--name") && next) {
			l->name = next;
			i++;
		} else if (!strcmp(s, "--pin") && next) {
			l->root = next;
			i++;
		} else {
			*status = misuse(usage,
					 "unknown or incomplete option '%s'",
					 clean(s, 80));
			return false;
		}
	}
	if (!l->path)
		*status = misuse(usage, "load needs a BLOB");
	else if (l->name && !place_name_valid(l->name))
		*status = misuse(usage,
			"'%s' is not a name: letters, digits, _, inner -; at most 63",
			clean(l->name, 80));
	else
		return true;
	return false;
}

static const sigset_t *stop_signals(void)
{
	static sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	return &set;
}

/* The signals wait until the load is whole or gone; each step asks. */
static bool go_on(struct err *e)
{
	sigset_t pending;

	sigpending(&pending);
	if (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
	    sigismember(&pending, SIGHUP) || sigismember(&pending, SIGQUIT))
		return fail(e, VORW_R_IO, "interrupted, nothing is loaded");
	return true;
}

static u32 nprogs(const struct load *l)
{
	return vorw_count(&l->blob.view, VORW_SEC_PROGS);
}

static bool spec_names(const struct spec *s, const struct vorw_prog_h *p)
{
	return strlen(p->name) == s->prog_len &&
	       !memcmp(p->name, s->prog, s->prog_len);
}

/* Does each PROG=TARGET name a program that can be attached? */
static bool check_specs(const struct load *l, struct err *e)
{
	struct vorw_prog_h p;
	u32 i, n;

	for (i = 0; i < l->nspecs; i++) {
		for (n = 0; n < nprogs(l); n++) {
			vorw_get_prog(&l->blob.view, n, &p);
			if (spec_names(&l->specs[i], &p))
				break;
		}
		if (n == nprogs(l))
			return fail(e, VORW_R_USAGE,
				    "--attach %s: the blob has no such program",
				    l->specs[i].prog);
		if (!attach_syntax(&p))
			return fail(e, VORW_R_USAGE, "--attach %s: %s",
				    l->specs[i].prog, attach_why_not(&p));
	}
	return true;
}

static bool pin_prog(struct load *l, u32 i, struct err *e)
{
	struct vorw_prog_h p;
	struct record r;

	vorw_get_prog(&l->blob.view, i, &p);
	if (!place_pin(&l->place, "progs", p.name, l->fds.prog[i], l->pins[i],
		       e))
		return false;
	record_init(&r);
	record_str(&r, "name", p.name);
	record_str(&r, "section", p.section);
	record_str(&r, "form",
		   p.form == VORW_FORM_NATIVE ? "native" : "bytecode");
	record_str(&r, "why", p.form_why);
	return place_record(&l->place, "prog", l->pins[i], &r, e);
}

static bool pin_map(struct load *l, u32 i, struct err *e)
{
	char pin[PIN_NAME];
	struct vorw_map_h m;
	struct record r;

	if (l->fds.map[i] < 0)	/* only the form of an inner map */
		return true;
	vorw_get_map(&l->blob.view, i, &m);
	if (!place_pin(&l->place, "maps", m.name, l->fds.map[i], pin, e))
		return false;
	record_init(&r);
	record_str(&r, "name", m.name);
	return place_record(&l->place, "map", pin, &r, e);
}

static bool pin_all(struct load *l, struct err *e)
{
	u32 i;

	if (l->fds.progs != nprogs(l) ||
	    l->fds.maps != vorw_count(&l->blob.view, VORW_SEC_MAPS))
		return fail(e, VORW_R_INTERNAL,
			    "the module counts %u programs, %u maps",
			    l->fds.progs, l->fds.maps);
	for (i = 0; i < l->fds.maps; i++)
		if (!go_on(e) || !pin_map(l, i, e))
			return false;
	for (i = 0; i < l->fds.progs; i++)
		if (!go_on(e) || !pin_prog(l, i, e))
			return false;
	return true;
}

static bool attach_one(struct load *l, u32 i, const struct vorw_prog_h *p,
		       const char *target, struct err *e)
{
	struct bpf_prog_info info = { };
	struct attachment a = {
		.place = &l->place,
		.root = l->root,
		.prog_fd = l->fds.prog[i],
		.prog = p,
		.pin = l->pins[i],
		.target = target,
	};
	int ret = bpf_obj_info(a.prog_fd, &info, sizeof(info));

	if (ret)
		return fail(e, VORW_R_ATTACH, "%s: %s", p->name, err_text(ret));
	a.prog_id = info.id;
	memcpy(a.prog_tag, info.tag, sizeof(a.prog_tag));
	l->attached[i] = true;
	return go_on(e) && attach(&a, e);
}

static bool attach_all(struct load *l, struct err *e)
{
	struct vorw_prog_h p;
	u32 i, n;

	for (i = 0; i < nprogs(l); i++) {
		vorw_get_prog(&l->blob.view, i, &p);
		for (n = 0; n < l->nspecs; n++)
			if (spec_names(&l->specs[n], &p) &&
			    !attach_one(l, i, &p, l->specs[n].target, e))
				return false;
		if (l->attach && !l->attached[i] && attach_has_target(&p) &&
		    !attach_one(l, i, &p, p.attach, e))
			return false;
	}
	return true;
}

/* Written last: without it the load is incomplete. */
static bool record_load(struct load *l, struct err *e)
{
	const struct vorw_object_h *o = &l->blob.object;
	struct record r;

	record_init(&r);
	record_str(&r, "object", o->name);
	record_hex(&r, "sha256", o->object_sha256, 32);
	record_str(&r, "tool", o->tool);
	return go_on(e) && place_record(&l->place, "load", NULL, &r, e);
}

/* Until something is pinned or attached, all of it goes with the process. */
static bool from_module(struct load *l, struct err *e)
{
	int dev = module_open(e);
	bool good;

	if (dev < 0)
		return false;
	good = module_load(dev, &l->blob, &l->fds, e);
	close(dev);
	return good;
}

static bool install(struct load *l, struct err *e)
{
	return go_on(e) && pin_all(l, e) && attach_all(l, e) &&
	       record_load(l, e);
}

/* Is it in a program array of the blob?  Then it need not be attached. */
static bool tail_called(const struct load *l, u32 prog)
{
	struct vorw_init_h init;
	u32 i;

	for (i = vorw_count(&l->blob.view, VORW_SEC_INITS); i-- > 0;) {
		vorw_get_init(&l->blob.view, i, &init);
		if (init.kind == VORW_INIT_PROG && init.value == prog)
			return true;
	}
	return false;
}

/* why: what there is to say instead of a syntax */
static bool next_unattached(const struct load *l, u32 *i, struct vorw_prog_h *p,
			    const char **syntax, const char **why)
{
	while (*i < nprogs(l) && l->attached[*i])
		++*i;
	if (*i == nprogs(l))
		return false;
	vorw_get_prog(&l->blob.view, *i, p);
	*syntax = attach_syntax(p);
	*why = attach_why_not(p);
	if (tail_called(l, (*i)++)) {
		*syntax = NULL;
		*why = "reached by tail call";
	}
	return true;
}

static void text_unattached(const struct load *l)
{
	struct vorw_prog_h p;
	const char *syntax, *why;
	bool any = false;
	u32 i = 0;

	while (next_unattached(l, &i, &p, &syntax, &why)) {
		out("not attached: %s\n", clean(p.name, 64));
		if (!syntax)
			out("    %s\n    pinned in %s/progs/%s\n",
			    why, clean(l->place.dir, 300), l->pins[i - 1]);
		else if (attach_has_target(&p))
			out("    --attach (%s %s)\n", attach_kind_name(&p),
			    clean(p.attach, 55));
		else
			out("    --attach %s=%s\n", clean(p.name, 64), syntax);
		any |= !!syntax;
	}
	if (any)
		out("to attach: unload %s, then load as said above\n",
		    l->place.name);
}

static void json_unattached(const struct load *l)
{
	struct vorw_prog_h p;
	const char *syntax, *why;
	u32 i = 0;

	json_open("not_attached", '[');
	while (next_unattached(l, &i, &p, &syntax, &why)) {
		json_open(NULL, '{');
		json_str("name", p.name);
		json_str("kind", attach_kind_name(&p));
		json_str("target", p.attach);
		if (syntax)
			json_str("syntax", syntax);
		else
			json_str("why", why);
		json_close('}');
	}
	json_close(']');
}

/* What is really there, not what was meant to be. */
static void report(const struct load *l)
{
	if (l->json) {
		json_open(NULL, '{');
		json_str("reason", "ok");
		loaded_json(&l->place);
		json_unattached(l);
		json_close('}');
		json_end();
	} else {
		loaded_brief(&l->place);
		out("pinned in %s\n", clean(l->place.dir, 300));
		text_unattached(l);
	}
}

static bool load(struct load *l, struct err *e)
{
	struct err undo_err = { };
	bool good;

	if (!blob_read(&l->blob, l->path, e) || !from_module(l, e) ||
	    !check_specs(l, e) ||
	    !place_create(&l->place, l->root,
			  l->name ? l->name : l->blob.object.name, e))
		return false;
	good = install(l, e);
	if (good)
		report(l);
	else if (!undo(&l->place, &undo_err))
		note("rolling back: %s", undo_err.msg);
	place_close(&l->place);
	return good;
}

int cmd_load(int argc, char **argv)
{
	static struct load l;
	struct err e = { };
	int status;

	if (!read_args(&l, argc, argv, &status))
		return status;
	sigprocmask(SIG_BLOCK, stop_signals(), NULL);
	if (load(&l, &e))
		return CMD_OK;
	status = cmd_refused(&e, l.json);
	out_flush();
	/* one that came in the meantime ends us now */
	sigprocmask(SIG_UNBLOCK, stop_signals(), NULL);
	return status;
}
