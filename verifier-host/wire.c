// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* wire.c - frames to and from the guest; reading replies. */
#include <stdlib.h>
#include <string.h>
#include "err.h"
#include "transcript.h"

#define MAX_PROGRESS	1000		/* unasked frames before one reply */
#define PROGRESS_LEN	200
#define MAX_ERRNO	4095

static u32 get32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static void put32(u8 *p, u32 v)
{
	p[0] = v;
	p[1] = v >> 8;
	p[2] = v >> 16;
	p[3] = v >> 24;
}

const u8 *wire_bytes(struct wire_reader *r, size_t n)
{
	const u8 *p = r->p;

	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

u32 wire_u32(struct wire_reader *r)
{
	const u8 *p = wire_bytes(r, 4);

	return p ? get32(p) : 0;
}

u64 wire_u64(struct wire_reader *r)
{
	u64 low = wire_u32(r);

	return low | (u64)wire_u32(r) << 32;
}

void wire_text(struct wire_reader *r, char *to, size_t n)
{
	const u8 *p = wire_bytes(r, n);

	if (p)
		memcpy(to, p, n);
	to[p ? n : 0] = 0;
	vm_printable(to, n);
}

bool wire_has(struct wire_reader *r, u32 cnt, size_t size)
{
	if (r->bad || cnt > r->left / size)
		r->bad = true;
	return !r->bad;
}

char *wire_string(struct wire_reader *r, size_t n)
{
	const u8 *p = wire_bytes(r, n);
	char *s = p ? malloc(n + 1) : NULL;

	if (!s) {
		r->bad = true;
		return NULL;
	}
	memcpy(s, p, n);
	s[n] = 0;
	vm_printable(s, n);
	return s;
}

bool wire_done(const struct wire_reader *r)
{
	return !r->bad && !r->left;
}

static bool broken(struct vorw_err *e, const char *what)
{
	return vorw_fail(e, VORW_R_GUEST, "verification VM sent %s", what);
}

struct frame {
	u32 type, seq, len, status;
};

static bool recv_frame(struct wire *w, struct frame *f, struct vorw_err *e)
{
	u8 b[sizeof(struct pg_frame)];

	if (!vm_recv(w->vm, b, sizeof(b), e))
		return false;
	f->type = b[4] | b[5] << 8;
	f->seq = get32(b + 8);
	f->len = get32(b + 12);
	f->status = get32(b + 16);
	if (get32(b) != PG_MAGIC || b[6] || b[7] || get32(b + 20))
		return broken(e, "something that is no frame");
	if (f->len > PG_MAX_FRAME)
		return broken(e, "a frame that is too long");
	return true;
}

static bool recv_progress(struct wire *w, const struct frame *f,
			  struct vorw_err *e)
{
	char text[PROGRESS_LEN + 1];

	if (f->len > PROGRESS_LEN || f->status)
		return broken(e, "a malformed progress message");
	if (!vm_recv(w->vm, text, f->len, e))
		return false;
	text[f->len] = 0;
	vm_printable(text, f->len);
	vorw_progress("VM: %s", text);
	return true;
}

static bool recv_reply(struct wire *w, u32 type, struct wire_reply *reply,
		       struct vorw_err *e)
{
	struct frame f;
	unsigned n;

	for (n = 0; ; n++) {
		if (!recv_frame(w, &f, e))
			return false;
		if (f.type != PG_EV_PROGRESS)
			break;
		if (n == MAX_PROGRESS)
			return broken(e, "progress messages without end");
		if (!recv_progress(w, &f, e))
			return false;
	}
	if (f.type != (type | PG_REPLY) || f.seq != w->seq)
		return broken(e, "a reply to another request");
	if (f.status > MAX_ERRNO)
		return broken(e, "an error number out of range");
	reply->status = f.status;
	reply->payload = malloc((size_t)f.len + 1);
	if (!reply->payload)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (!vm_recv(w->vm, reply->payload, f.len, e))
		return false;
	reply->r = (struct wire_reader){ .p = reply->payload, .left = f.len };
	return true;
}

bool wire_ask(struct wire *w, enum pg_type type, const void *a, size_t na,
	      const void *b, size_t nb, struct wire_reply *reply,
	      struct vorw_err *e)
{
	u8 h[sizeof(struct pg_frame)] = { 0 };

	memset(reply, 0, sizeof(*reply));
	if (na > PG_MAX_FRAME || nb > PG_MAX_FRAME - na)
		return vorw_fail(e, VORW_R_LIMIT,
				 "%zu bytes are too many for the verification VM",
				 na + nb);
	if (w->replays)
		return transcript_next(&w->replay, type, reply, e);
	w->seq++;
	put32(h, PG_MAGIC);
	h[4] = type & 0xff;
	h[5] = type >> 8;
	put32(h + 8, w->seq);
	put32(h + 12, na + nb);
	return vm_send(w->vm, h, sizeof(h), e) &&
	       vm_send(w->vm, a, na, e) && vm_send(w->vm, b, nb, e) &&
	       recv_reply(w, type, reply, e) &&
	       (!w->record || transcript_add(w->record, type, reply, e));
}

void wire_reply_free(struct wire_reply *reply)
{
	free(reply->payload);
	memset(reply, 0, sizeof(*reply));
}
