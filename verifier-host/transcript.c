// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* transcript.c - a guest's replies: written down, read again. */
#include <stdlib.h>
#include <string.h>
#include "transcript.h"

#define MAGIC_LEN	(sizeof(TRANSCRIPT_MAGIC) - 1)
#define HEAD_LEN	12
#define MAX_ERRNO	4095

static bool grow(struct transcript *t, size_t add, struct vorw_err *e)
{
	size_t want = t->n + add, cap = t->cap ? t->cap : 65536;
	u8 *p;

	if (add > TRANSCRIPT_MAX - t->n)
		return vorw_fail(e, VORW_R_LIMIT,
				 "the verification VM's answers are longer than %u bytes",
				 TRANSCRIPT_MAX);
	while (cap < want)
		cap *= 2;
	if (cap == t->cap)
		return true;
	p = realloc(t->p, cap);
	if (!p)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	t->p = p;
	t->cap = cap;
	return true;
}

static void put(struct transcript *t, const void *p, size_t n)
{
	if (n)
		memcpy(t->p + t->n, p, n);
	t->n += n;
}

bool transcript_add(struct transcript *t, enum pg_type type,
		    const struct wire_reply *reply, struct vorw_err *e)
{
	/* nothing has been read of it yet */
	size_t len = reply->r.left;
	const u8 head[HEAD_LEN] = {
		type & 0xff, type >> 8, 0, 0,
		reply->status, reply->status >> 8, reply->status >> 16,
		reply->status >> 24,
		len, len >> 8, len >> 16, len >> 24,
	};

	if (!grow(t, MAGIC_LEN + HEAD_LEN + len, e))
		return false;
	if (!t->n)
		put(t, TRANSCRIPT_MAGIC, MAGIC_LEN);
	put(t, head, HEAD_LEN);
	put(t, reply->payload, len);
	return true;
}

void transcript_free(struct transcript *t)
{
	free(t->p);
	memset(t, 0, sizeof(*t));
}

bool transcript_begin(struct wire_reader *r, const u8 *p, size_t n,
		      struct vorw_err *e)
{
	const u8 *magic;

	*r = (struct wire_reader){ .p = p, .left = n };
	magic = wire_bytes(r, MAGIC_LEN);
	return (magic && !memcmp(magic, TRANSCRIPT_MAGIC, MAGIC_LEN)) ||
	       vorw_fail(e, VORW_R_GUEST, "not a transcript");
}

bool transcript_next(struct wire_reader *r, enum pg_type type,
		     struct wire_reply *reply, struct vorw_err *e)
{
	u32 want, status, len;
	const u8 *p;

	memset(reply, 0, sizeof(*reply));
	want = wire_u32(r);
	status = wire_u32(r);
	len = wire_u32(r);
	p = wire_bytes(r, len);
	if (!p || len > PG_MAX_FRAME || status > MAX_ERRNO)
		return vorw_fail(e, VORW_R_GUEST,
				 "the transcript is cut or malformed");
	if (want != type)
		return vorw_fail(e, VORW_R_GUEST,
				 "the transcript answers request %u where %u is made",
				 want, type);
	reply->status = status;
	reply->payload = malloc((size_t)len + 1);
	if (!reply->payload)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	memcpy(reply->payload, p, len);
	reply->r = (struct wire_reader){ .p = reply->payload, .left = len };
	return true;
}
