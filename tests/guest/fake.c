// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* fake.c - a guest that answers what a test tells it to. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fake.h"

/* For a handful of messages in one process, however busy the machine is. */
#define ENOUGH_SECONDS	300

const enum pg_type fake_order[FAKE_STEPS] = {
	PG_HELLO, PG_OPEN, PG_LOAD, PG_MAPS, PG_PROG, PG_COMPILE, PG_HELPERS,
	PG_SYMS, PG_UNLOAD,
};

static u8 *put(u8 *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

static u8 *put_open(u8 *p)
{
	struct pg_open_r r = { .nprogs = FAKE_PROGS, .nmaps = FAKE_MAPS,
			       .license = "GPL" };
	struct pg_oprog o = { .name = "prog", .section = "xdp", .type = 6,
			      .attach_kind = VORW_ATTACH_XDP, .autoload = 1 };
	struct pg_omap m = { .name = "map", .type = 2, .key_size = 4,
			     .value_size = 8, .max_entries = 1 };
	int i;

	p = put(p, &r, sizeof(r));
	for (i = 0; i < FAKE_PROGS; i++)
		p = put(p, &o, sizeof(o));
	for (i = 0; i < FAKE_MAPS; i++)
		p = put(p, &m, sizeof(m));
	return p;
}

static u8 *put_load(u8 *p)
{
	struct pg_load_r r = { .failed_prog = ~0u, .failed_map = ~0u,
			       .nlogs = FAKE_PROGS };
	u32 len = strlen(FAKE_LOG);
	int i;

	p = put(p, &r, sizeof(r));
	for (i = 0; i < FAKE_PROGS; i++) {
		p = put(p, &len, 4);
		p = put(p, FAKE_LOG, len);
	}
	return p;
}

static u8 *put_maps(u8 *p)
{
	struct pg_maps_r r = { .nmaps = FAKE_MAPS, .ninits = 2,
			       .data_len = FAKE_DATA, .btf_len = 4 };
	struct pg_map m = { .name = "map", .type = 2, .key_size = 4,
			    .value_size = 8, .max_entries = 1,
			    .kaddr = 0xc1000000, .value_addr = 0xc1000100,
			    .value_len = 8 };
	struct pg_init in[2] = {
		{ .map = 0, .kind = VORW_INIT_BYTES, .key_off = 0,
		  .value = 4 },
		{ .map = 1, .kind = VORW_INIT_PROG, .key_off = 16,
		  .value = 1 },
	};
	int i;

	p = put(p, &r, sizeof(r));
	for (i = 0; i < FAKE_MAPS; i++)
		p = put(p, &m, sizeof(m));
	p = put(p, in, sizeof(in));
	memset(p, 0, FAKE_DATA + 4);
	return p + FAKE_DATA + 4;
}

static u8 *put_prog(u8 *p)
{
	struct pg_prog_r r = { .type = 6, .jited = 1, .jit_requested = 1,
			       .nused_maps = 1, .insn_cnt = FAKE_INSNS,
			       .nparts = 1, .orig_insn_cnt = FAKE_INSNS };
	struct pg_part_r part = { .insn_cnt = FAKE_INSNS,
				  .image_len = FAKE_IMAGE,
				  .addr = 0xbf000000 };

	p = put(p, &r, sizeof(r));
	memset(p, 0, 4 + FAKE_INSNS * 8);
	p = put(p + 4 + FAKE_INSNS * 8, &part, sizeof(part));
	memset(p, 0, FAKE_INSNS * 8 + FAKE_IMAGE);
	return p + FAKE_INSNS * 8 + FAKE_IMAGE;
}

static u8 *put_clone(u8 *p)
{
	struct pg_clone c = { .addr = 0xbf001000, .image_len = FAKE_IMAGE };

	p = put(p, &c, sizeof(c));
	memset(p, 0, FAKE_IMAGE);
	return p + FAKE_IMAGE;
}

size_t fake_payload(enum pg_type type, u8 *to)
{
	static const struct pg_hello_r hello = {
		.version = PG_VERSION, .machine = 40, .word = 4,
		.page_size = 4096, .hz = 250, .build_id_len = 20,
		.image_start = 0xc0008000, .image_end = 0xc1000000,
		.call_base = 0xc0400000, .release = "6.1.0", .libbpf = "v1.1",
	};
	static const struct pg_helper helpers[2] = {
		{ .id = 1, .addr = 0xc0400100 },
		{ .id = 2, .addr = 0xc0400200 },
	};
	static const struct pg_sym syms[FAKE_SYMS] = {
		{ .name = "one", .addr = 0xc0400100, .same_name = 1 },
		{ .name = "two", .addr = 0xc0400200, .same_name = 1 },
	};

	switch (type) {
	case PG_HELLO:	 return put(to, &hello, sizeof(hello)) - to;
	case PG_OPEN:	 return put_open(to) - to;
	case PG_LOAD:	 return put_load(to) - to;
	case PG_MAPS:	 return put_maps(to) - to;
	case PG_PROG:	 return put_prog(to) - to;
	case PG_COMPILE: return put_clone(to) - to;
	case PG_HELPERS: return put(to, helpers, sizeof(helpers)) - to;
	case PG_SYMS:	 return put(to, syms, sizeof(syms)) - to;
	default:	 return 0;
	}
}

struct player {
	int fd;
	struct fake f;
};

static bool all(int fd, void *p, size_t n, bool out)
{
	ssize_t did;

	for (; n; n -= did, p = (u8 *)p + did) {
		did = out ? send(fd, p, n, MSG_NOSIGNAL) : recv(fd, p, n, 0);
		if (did <= 0)
			return false;
	}
	return true;
}

static bool progress(int fd, u32 n, u32 len)
{
	struct pg_frame h = { .magic = PG_MAGIC, .type = PG_EV_PROGRESS,
			      .len = len };
	u8 text[FAKE_MAX];

	memset(text, 0x1b, sizeof(text));
	while (n--)
		if (!all(fd, &h, sizeof(h), true) || !all(fd, text, len, true))
			return false;
	return true;
}

/* Answer one request the way the test wants it; false: stop. */
static bool answer(int fd, const struct fake *f, struct pg_frame *h)
{
	static const char text[] = "no \x1b[31mway";
	u8 buf[FAKE_MAX] = { 0 };
	size_t n = fake_payload(h->type, buf), i;
	bool ours = h->type == f->type;
	enum fake_how how = ours ? f->how : FAKE_HONEST;

	h->type |= PG_REPLY;
	switch (how) {
	case FAKE_CUT:	   n = f->at; break;
	case FAKE_GROW:	   n += f->at; break;
	case FAKE_SET:	   memcpy(buf + f->at, &f->value, 4); break;
	case FAKE_STATUS:
		h->status = f->value;
		n = sizeof(text) - 1;
		memcpy(buf, text, n);
		break;
	case FAKE_PROGRESS:
		if (!progress(fd, f->value, f->at))
			return false;
		break;
	case FAKE_NOISE:
		srandom(f->value);
		for (i = 0; i < sizeof(buf); i++)
			buf[i] = random() >> 8;
		/* half of the time as the payload of a good frame */
		if (f->value & 1)
			return all(fd, buf, sizeof(buf), true);
		n = f->value / 2 % sizeof(buf);
		break;
	case FAKE_CLOSE:   return false;
	case FAKE_SILENT:  return true;
	default:	   break;
	}
	h->len = n + (how == FAKE_SHORT ? f->at : 0);
	if (how == FAKE_HEADER)
		memcpy((u8 *)h + f->at, &f->value, 4);
	if (how == FAKE_HALF) {
		all(fd, h, sizeof(*h) / 2, true);
		return false;
	}
	return all(fd, h, sizeof(*h), true) && all(fd, buf, n, true) &&
	       how != FAKE_SHORT;
}

static void *play(void *arg)
{
	struct player *p = arg;
	u8 sink[FAKE_MAX];
	struct pg_frame h;

	while (all(p->fd, &h, sizeof(h), false) && h.len <= sizeof(sink) &&
	       all(p->fd, sink, h.len, false)) {
		h.status = 0;
		if (!answer(p->fd, &p->f, &h))
			break;
	}
	close(p->fd);
	return NULL;
}

static bool ask(struct guest *g, enum pg_type type, struct vorw_err *e)
{
	static const u8 autoload[FAKE_PROGS] = { 1, 1 };
	static const struct bpf_insn insns[FAKE_INSNS];
	static const u64 addrs[FAKE_SYMS] = { 1, 2 };
	struct guest_sym syms[FAKE_SYMS];
	struct guest_helpers helpers;
	struct guest_hello hello;
	struct guest_open open;
	struct guest_load load;
	struct guest_maps maps;
	struct guest_prog prog;
	struct guest_code code = { .insns = insns, .n = FAKE_INSNS };
	struct guest_clone clone;
	bool ok;

	switch (type) {
	case PG_HELLO:
		return guest_hello(g, &hello, e);
	case PG_OPEN:
		ok = guest_open(g, "x.o", (const u8 *)"obj", 3, &open, e);
		guest_open_free(&open);
		return ok;
	case PG_LOAD:
		ok = guest_load(g, 0, true, 4, autoload, FAKE_PROGS, &load, e);
		guest_load_free(&load);
		return ok;
	case PG_MAPS:
		ok = guest_maps(g, 0, &maps, e);
		guest_maps_free(&maps);
		return ok;
	case PG_PROG:
		ok = guest_prog(g, 0, 0, FAKE_MAPS, &prog, e);
		guest_prog_free(&prog);
		return ok;
	case PG_COMPILE:
		ok = guest_compile(g, 0, 0, &code, 1, &clone, e);
		guest_clones_free(&clone, 1);
		return ok;
	case PG_HELPERS:
		ok = guest_helpers(g, 0, 0, &helpers, e);
		guest_helpers_free(&helpers);
		return ok;
	case PG_SYMS:
		return guest_syms(g, addrs, FAKE_SYMS, syms, e);
	default:
		return guest_unload(g, 0, e);
	}
}

static enum vorw_reason play_within(unsigned seconds, const struct fake *f,
				    unsigned *step, struct vorw_err *e,
				    bool *final)
{
	struct guest_opts lim = { .boot_seconds = seconds,
				    .total_seconds = 2 * seconds };
	struct vorw_err again = { 0 };
	struct player p = { .f = *f };
	struct guest *g;
	pthread_t t;
	int fd[2];

	memset(e, 0, sizeof(*e));
	*final = true;
	*step = FAKE_STEPS;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		abort();
	p.fd = fd[1];
	if (pthread_create(&t, NULL, play, &p) ||
	    !guest_from_fd(&g, fd[0], &lim, e))
		abort();
	for (*step = 0; *step < FAKE_STEPS; ++*step)
		if (!ask(g, fake_order[*step], e))
			break;
	/* an answer that says no does not end the guest */
	if (f->how != FAKE_STATUS &&
	    (e->reason == VORW_R_GUEST || e->reason == VORW_R_VM))
		*final = !ask(g, PG_UNLOAD, &again) &&
			 again.reason == e->reason &&
			 !strcmp(again.msg, e->msg);
	guest_end(g);
	pthread_join(t, NULL);
	return e->reason;
}

/* Silence is what a limit is for.  Where a busy machine does not even come to
 * it in time, there is nothing to see yet: once more, with more time.  All
 * else ends by itself, and no limit may get in its way. */
enum vorw_reason fake_play(const struct fake *f, unsigned *step,
			   struct vorw_err *e, bool *final)
{
	enum vorw_reason reason;
	unsigned seconds = 1;

	if (f->how != FAKE_SILENT)
		return play_within(ENOUGH_SECONDS, f, step, e, final);
	for (;;) {
		reason = play_within(seconds, f, step, e, final);
		seconds *= 2;
		if (reason != VORW_R_VM || fake_order[*step] == f->type ||
		    seconds > ENOUGH_SECONDS)
			return reason;
		vorw_err_free(e);
	}
}
