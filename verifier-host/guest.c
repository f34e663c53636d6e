// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * guest.c - one verification guest: its life, hello, open, load.
 *
 * The first failure of VM or protocol is final: it is kept and answers every
 * later call.  What a guest says about an object is no such failure.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest_int.h"
#include "transcript.h"

#define BOOT_SECONDS	120
#define TOTAL_SECONDS	900

static bool guest_new(struct guest **out, struct vorw_err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out || vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
}

static unsigned or_default(unsigned n, unsigned fallback)
{
	return n ? n : fallback;
}

bool guest_start(struct guest **g, const struct vorw_target *t,
		 const struct guest_opts *o, struct vorw_err *e)
{
	const struct snapshot *s = o->keep ? o->keep : o->from;
	const struct qemu_opts q = {
		.t = t,
		.start = o->keep ? QEMU_KEEP : !o->from ? QEMU_BOOT :
			 o->preload ? QEMU_TEMPLATE : QEMU_COPY,
		.mem_mib = s ? s->mem_mib : or_default(o->mem_mib, t->mem_mib),
		.seconds = or_default(o->total_seconds,
				      TOTAL_SECONDS * t->slow),
		.ram = s ? s->ram : -1,
		.preload = o->preload,
	};

	*g = NULL;
	if (!t->ready)
		return vorw_fail(e, VORW_R_TARGET, "target '%s': %s", t->name,
				 t->why_not);
	if (!guest_new(g, e))
		return false;
	(*g)->boot_seconds = or_default(o->boot_seconds,
					BOOT_SECONDS * t->slow);
	strcpy((*g)->release, t->release);
	if (o->template ?
	    vm_copy(&(*g)->wire.vm, o->template->wire.vm, q.seconds, e) :
	    vm_start(&(*g)->wire.vm, &q, s ? s->state : -1, e))
		return true;
	guest_end(*g);
	*g = NULL;
	return false;
}

bool guest_save(struct guest *g, const struct snapshot *to, unsigned seconds,
		struct vorw_err *e)
{
	return vm_save(g->wire.vm, to->state, seconds, e);
}

bool guest_settle(struct guest *g, unsigned seconds, struct vorw_err *e)
{
	return vm_settle(g->wire.vm, seconds, e);
}

bool guest_halt(struct guest *g, unsigned seconds, struct vorw_err *e)
{
	return vm_halt(g->wire.vm, seconds, e);
}

bool guest_forget(struct guest *g, struct vorw_err *e)
{
	struct wire_reply reply;
	bool ok = guest_ask(g, PG_FORGET, NULL, 0, NULL, 0, &reply, e);

	if (ok && reply.status)
		ok = guest_refused(&reply, VORW_R_VM, "FORGET", e);
	wire_reply_free(&reply);
	return ok;
}

bool guest_from_fd(struct guest **g, int fd, const struct guest_opts *o,
		   struct vorw_err *e)
{
	if (!guest_new(g, e)) {
		close(fd);
		return false;
	}
	(*g)->boot_seconds = or_default(o->boot_seconds, BOOT_SECONDS);
	if (vm_from_fd(&(*g)->wire.vm, fd,
		       or_default(o->total_seconds, TOTAL_SECONDS), e))
		return true;
	guest_end(*g);
	*g = NULL;
	return false;
}

bool guest_replay(struct guest **g, const struct vorw_target *t,
		  const u8 *transcript, size_t n, struct vorw_err *e)
{
	if (!guest_new(g, e))
		return false;
	strcpy((*g)->release, t->release);
	(*g)->wire.replays = true;
	if (transcript_begin(&(*g)->wire.replay, transcript, n, e))
		return true;
	guest_end(*g);
	*g = NULL;
	return false;
}

bool guest_replayed(const struct guest *g, struct vorw_err *e)
{
	return wire_done(&g->wire.replay) ||
	       vorw_fail(e, VORW_R_GUEST,
			 "the transcript has %zu bytes that nothing asked for",
			 g->wire.replay.left);
}

void guest_record(struct guest *g, struct transcript *t)
{
	g->wire.record = t;
}

void guest_end(struct guest *g)
{
	if (!g)
		return;
	vm_end(g->wire.vm);
	free(g);
}

bool guest_ask(struct guest *g, enum pg_type type, const void *a, size_t na,
	       const void *b, size_t nb, struct wire_reply *reply,
	       struct vorw_err *e)
{
	memset(reply, 0, sizeof(*reply));
	if (g->dead.reason == VORW_R_OK &&
	    wire_ask(&g->wire, type, a, na, b, nb, reply, &g->dead))
		return true;
	return vorw_fail(e, g->dead.reason, "%s", g->dead.msg);
}

bool guest_broken(struct guest *g, const char *what, struct vorw_err *e)
{
	vorw_fail(&g->dead, VORW_R_GUEST,
		  "verification VM sent a malformed answer to %s", what);
	return vorw_fail(e, g->dead.reason, "%s", g->dead.msg);
}

bool guest_refused(struct wire_reply *reply, enum vorw_reason reason,
		   const char *what, struct vorw_err *e)
{
	char *text = wire_string(&reply->r, reply->r.left);
	bool ok = vorw_fail(e, reason, "%s: %s", what, text && *text ? text :
			    strerror(reply->status));

	free(text);
	return ok;
}

static bool is_expected(const struct guest *g, const char *release)
{
	return !g->release[0] || !strcmp(g->release, release);
}

bool guest_hello(struct guest *g, struct guest_hello *h, struct vorw_err *e)
{
	struct wire_reply reply;
	struct wire_reader *r = &reply.r;
	const u8 *id;
	u32 version;
	bool ok;

	memset(h, 0, sizeof(*h));
	if (g->wire.vm)
		vm_deadline(g->wire.vm, g->boot_seconds);
	ok = guest_ask(g, PG_HELLO, NULL, 0, NULL, 0, &reply, e);
	if (g->wire.vm)
		vm_deadline(g->wire.vm, 0);
	if (!ok)
		goto out;
	if (reply.status) {
		ok = guest_refused(&reply, VORW_R_VM, "verification VM", e);
		goto out;
	}
	version = wire_u32(r);
	h->machine = wire_u32(r);
	h->word = wire_u32(r);
	h->page_size = wire_u32(r);
	h->hz = wire_u32(r);
	h->cpu_features = wire_u32(r);
	h->build_id_len = wire_u32(r);
	id = wire_bytes(r, sizeof(h->build_id));
	h->call_base = wire_u64(r);
	h->call_base_args = wire_u64(r);
	wire_text(r, h->release, sizeof(h->release) - 1);
	wire_text(r, h->libbpf, sizeof(h->libbpf) - 1);
	h->image_start = wire_u64(r);
	h->image_end = wire_u64(r);
	h->return_thunk = wire_u64(r);
	ok = wire_done(r) && h->image_start < h->image_end && version == PG_VERSION && h->machine <= 0xffff &&
	     (h->word == 4 || h->word == 8) && h->page_size >= 4096 &&
	     h->page_size <= 65536 && !(h->page_size & (h->page_size - 1)) &&
	     h->hz && h->hz <= 10000 && h->build_id_len >= 8 &&
	     h->build_id_len <= sizeof(h->build_id);
	if (!ok) {
		guest_broken(g, "HELLO", e);
		goto out;
	}
	memcpy(h->build_id, id, h->build_id_len);
	if (!is_expected(g, h->release))
		ok = vorw_fail(e, VORW_R_TARGET,
			       "the verification VM runs Linux %s, the target says %s: fetch it again",
			       h->release, g->release);
out:
	wire_reply_free(&reply);
	return ok;
}

bool guest_btf(struct guest *g, const u8 *btf, size_t size,
	       struct vorw_err *e)
{
	struct wire_reply reply;
	bool ok;

	ok = guest_ask(g, PG_BTF, btf, size, NULL, 0, &reply, e);
	if (ok && reply.status)
		ok = guest_refused(&reply, VORW_R_TARGET, "--btf", e);
	else if (ok)
		ok = wire_done(&reply.r) || guest_broken(g, "BTF", e);
	wire_reply_free(&reply);
	return ok;
}

static void read_oprog(struct wire_reader *r, struct guest_oprog *p)
{
	wire_text(r, p->name, sizeof(p->name) - 1);
	wire_text(r, p->section, sizeof(p->section) - 1);
	wire_text(r, p->attach, sizeof(p->attach) - 1);
	p->type = wire_u32(r);
	p->expected_attach_type = wire_u32(r);
	p->prog_flags = wire_u32(r);
	p->insn_cnt = wire_u32(r);
	p->attach_kind = wire_u32(r);
	p->attach_btf_id = wire_u32(r);
	p->autoload = wire_u32(r);
	p->attach_found = wire_u32(r);
	if (p->attach_kind >= VORW_ATTACH_MAX || !p->name[0] ||
	    p->attach_found > PG_ATTACH_MISSING)
		r->bad = true;
}

void read_map_name(struct wire_reader *r, char name[65])
{
	char *p;

	wire_text(r, name, 64);
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '.')
			*p = '_';
}

static void read_omap(struct wire_reader *r, struct guest_omap *m)
{
	read_map_name(r, m->name);
	m->type = wire_u32(r);
	m->key_size = wire_u32(r);
	m->value_size = wire_u32(r);
	m->max_entries = wire_u32(r);
	m->map_flags = wire_u32(r);
	m->inner = wire_u32(r);
	m->map_extra = wire_u64(r);
	m->internal = wire_u32(r);
	m->pinning = wire_u32(r);
}

bool guest_open(struct guest *g, const char *path, const u8 *obj, size_t size,
		struct guest_open *o, struct vorw_err *e)
{
	const char *slash = strrchr(path, '/');
	struct wire_reply reply;
	struct wire_reader *r = &reply.r;
	struct pg_open_q q = { 0 };
	bool ok;
	u32 i;

	memset(o, 0, sizeof(*o));
	snprintf(q.file, sizeof(q.file), "%s", slash ? slash + 1 : path);
	ok = guest_ask(g, PG_OPEN, &q, sizeof(q), obj, size, &reply, e);
	if (!ok)
		goto out;
	if (reply.status) {
		ok = vorw_fail(e, VORW_R_BAD_OBJECT, "%s",
			       strerror(reply.status));
		e->log = wire_string(r, r->left);
		goto out;
	}
	o->nprogs = wire_u32(r);
	o->nmaps = wire_u32(r);
	wire_text(r, o->license, sizeof(o->license) - 1);
	ok = wire_has(r, o->nprogs, sizeof(struct pg_oprog)) &&
	     wire_has(r, o->nmaps, sizeof(struct pg_omap));
	if (!ok) {
		guest_broken(g, "OPEN", e);
		goto out;
	}
	o->progs = calloc(o->nprogs + 1, sizeof(*o->progs));
	o->maps = calloc(o->nmaps + 1, sizeof(*o->maps));
	ok = o->progs && o->maps;
	if (!ok) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		goto out;
	}
	for (i = 0; i < o->nprogs; i++)
		read_oprog(r, &o->progs[i]);
	for (i = 0; i < o->nmaps; i++)
		read_omap(r, &o->maps[i]);
	ok = wire_done(r) || guest_broken(g, "OPEN", e);
	g->nprogs = o->nprogs;
	g->nmaps = o->nmaps;
out:
	wire_reply_free(&reply);
	if (!ok)
		guest_open_free(o);
	return ok;
}

/* pg_load_r, then a log per program, then libbpf's messages */
static bool read_load(const struct guest *g, struct wire_reader *r,
		      struct guest_load *l)
{
	u32 i, sent;

	l->failed_prog = wire_u32(r);
	l->failed_map = wire_u32(r);
	sent = wire_u32(r);
	wire_u32(r);
	/* no logs at all: it did not come as far as the verifier */
	if (r->bad || (sent && sent != g->nprogs) ||
	    (l->failed_prog != ~0u && l->failed_prog >= g->nprogs) ||
	    (l->failed_map != ~0u && l->failed_map >= g->nmaps))
		return false;
	l->logs = calloc(g->nprogs + 1, sizeof(*l->logs));
	if (!l->logs)
		return false;
	l->nlogs = g->nprogs;
	for (i = 0; i < l->nlogs; i++) {
		l->logs[i] = sent ? wire_string(r, wire_u32(r)) :
				    calloc(1, 1);
		if (!l->logs[i])
			return false;
	}
	l->text = wire_string(r, r->left);
	return l->text;
}

bool guest_load(struct guest *g, u32 slot, bool jit, u32 log_level,
		const u8 *autoload, u32 nprogs, struct guest_load *l,
		struct vorw_err *e)
{
	const __le32 q[4] = { htole32(slot), htole32(jit), htole32(log_level),
			      htole32(nprogs) };
	struct wire_reply reply;
	bool ok;

	memset(l, 0, sizeof(*l));
	l->failed_prog = ~0u;
	l->failed_map = ~0u;
	ok = guest_ask(g, PG_LOAD, q, sizeof(q), autoload, nprogs, &reply, e);
	if (ok) {
		l->status = reply.status;
		ok = read_load(g, &reply.r, l) ||
		     guest_broken(g, "LOAD", e);
	}
	wire_reply_free(&reply);
	if (!ok)
		guest_load_free(l);
	return ok;
}

bool guest_unload(struct guest *g, u32 slot, struct vorw_err *e)
{
	const __le32 q[2] = { htole32(slot) };
	struct wire_reply reply;
	bool ok;

	ok = guest_ask(g, PG_UNLOAD, q, sizeof(q), NULL, 0, &reply, e);
	if (ok && reply.status)
		ok = guest_refused(&reply, VORW_R_VM, "unload", e);
	else if (ok)
		ok = wire_done(&reply.r) || guest_broken(g, "UNLOAD", e);
	wire_reply_free(&reply);
	return ok;
}

void guest_open_free(struct guest_open *o)
{
	free(o->progs);
	free(o->maps);
	memset(o, 0, sizeof(*o));
}

void guest_load_free(struct guest_load *l)
{
	u32 i;

	for (i = 0; l->logs && i < l->nlogs; i++)
		free(l->logs[i]);
	free(l->logs);
	free(l->text);
	memset(l, 0, sizeof(*l));
}
