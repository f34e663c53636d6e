/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fake.h - a guest that answers what a test tells it to.
 *
 * A thread at the other end of a socket pair.  It answers every request as an
 * honest guest with a small object would, except the one under test.
 */
#ifndef FAKE_H
#define FAKE_H

#include "guest_fd.h"
#include "guest/proto.h"

/* What the fake object has; replies below agree with it. */
#define FAKE_PROGS	2
#define FAKE_MAPS	2
#define FAKE_INSNS	2
#define FAKE_IMAGE	8
#define FAKE_DATA	20
#define FAKE_SYMS	2
#define FAKE_LOG	"hello"

/* The honest reply's payload; at most FAKE_MAX bytes. */
#define FAKE_MAX	4096
size_t fake_payload(enum pg_type type, u8 *to);

enum fake_how {
	FAKE_HONEST,
	FAKE_CUT,	/* payload cut to at bytes */
	FAKE_GROW,	/* at more bytes of zero */
	FAKE_SET,	/* payload: 32 bits at offset at become value */
	FAKE_HEADER,	/* frame header: the same */
	FAKE_STATUS,	/* status value, text as payload */
	FAKE_SHORT,	/* header announces at bytes more than are sent */
	FAKE_CLOSE,	/* closes instead of answering */
	FAKE_HALF,	/* half a header, then closes */
	FAKE_SILENT,	/* never answers */
	FAKE_PROGRESS,	/* value progress frames of at bytes first */
	FAKE_NOISE,	/* 4096 bytes of what a generator seeded with value
			 * gives */
};
struct fake {
	enum pg_type type;	/* the request under test */
	enum fake_how how;
	u32 at, value;
};

/* What the host asks, in this order, until one fails. */
extern const enum pg_type fake_order[];
#define FAKE_STEPS	9

/*
 * Play f against the host's side.  Returns the reason of the first failed
 * call (*step: its place in fake_order, FAKE_STEPS: none failed), with the
 * message in e; checks that a failure of VM or protocol is final.
 */
enum vorw_reason fake_play(const struct fake *f, unsigned *step,
			   struct vorw_err *e, bool *final);

#endif
