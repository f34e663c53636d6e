/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wire.h - frames to and from the guest, and the one gate through which the
 * bytes of a reply are read.
 *
 * A reply that breaks a rule of proto.h is VORW_R_GUEST.
 */
#ifndef VORW_WIRE_H
#define VORW_WIRE_H

#include "guest/proto.h"
#include "vm.h"

/* Bytes of a reply.  Reading past the end sets bad and gives zeros: check it
 * once, at the end, with wire_done(). */
struct wire_reader {
	const u8 *p;
	size_t left;
	bool bad;
};
u32 wire_u32(struct wire_reader *r);
u64 wire_u64(struct wire_reader *r);
/* n bytes where they lie, or NULL */
const u8 *wire_bytes(struct wire_reader *r, size_t n);
/* A NUL-padded field of n bytes into to[n + 1], made printable. */
void wire_text(struct wire_reader *r, char *to, size_t n);
/* Are there cnt records of size bytes?  Sets bad if not. */
bool wire_has(struct wire_reader *r, u32 cnt, size_t size);
/* n bytes as a new, terminated, printable string; NULL: bad or no memory */
char *wire_string(struct wire_reader *r, size_t n);
/* All read, nothing missing. */
bool wire_done(const struct wire_reader *r);

struct wire_reply {
	u32 status;
	u8 *payload;		/* malloc'd */
	struct wire_reader r;	/* over all of payload */
};

struct transcript;

struct wire {
	struct vm *vm;
	u32 seq;
	struct transcript *record;	/* where replies are kept, or NULL */
	/* instead of a VM: a transcript, behind what has been answered */
	bool replays;
	struct wire_reader replay;
};

/* Send a request of one or two pieces and wait for its reply.  *reply is
 * always safe to free afterwards. */
bool wire_ask(struct wire *w, enum pg_type type, const void *a, size_t na,
	      const void *b, size_t nb, struct wire_reply *reply,
	      struct vorw_err *e);
void wire_reply_free(struct wire_reply *reply);

#endif /* VORW_WIRE_H */
