/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * transcript.h - a guest's replies, kept so that the session can be run again
 * without the guest.
 *
 * session_run() and blob_build() are a function of object, options, target and
 * these replies: no clock, random number or file has a say.  So whoever has
 * the transcript can do the whole host side again, relink check and validator
 * included, and has to come to the same bytes.
 *
 * TRANSCRIPT_MAGIC, then each reply in the order of the requests:
 *	le16 request type, le16 0, le32 status, le32 length, payload
 */
#ifndef VORW_TRANSCRIPT_H
#define VORW_TRANSCRIPT_H

#include "wire.h"

#define TRANSCRIPT_MAGIC	"vorwtr1\n"
#define TRANSCRIPT_MAX		(256u << 20)

struct transcript {
	u8 *p;			/* malloc'd */
	size_t n, cap;
};

/* Add a reply.  VORW_R_LIMIT: longer than TRANSCRIPT_MAX. */
bool transcript_add(struct transcript *t, enum pg_type type,
		    const struct wire_reply *reply, struct vorw_err *e);
void transcript_free(struct transcript *t);

/* Step behind the magic, and to each reply; p stays the caller's, the reply is
 * freed like one of a guest.  VORW_R_GUEST for what is not well-formed, or the
 * answer to another request than type. */
bool transcript_begin(struct wire_reader *r, const u8 *p, size_t n,
		      struct vorw_err *e);
bool transcript_next(struct wire_reader *r, enum pg_type type,
		     struct wire_reply *reply, struct vorw_err *e);

#endif /* VORW_TRANSCRIPT_H */
