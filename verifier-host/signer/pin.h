/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pin.h - the file with a token's PIN.
 *
 * It is read each time it is needed and not kept.  Tokens lock after a few
 * wrong PINs, and a signer that ends is started again: so that a PIN is tried
 * is on the disk before it is, in a file beside the log, the mark, and goes
 * when the PIN was right.  While it is there, a PIN file that has not changed
 * since is not read.
 */
#ifndef VORW_PIN_H
#define VORW_PIN_H

#include "err.h"
#include "vorw_types.h"

#define PIN_MAX		256
#define PIN_ID		64	/* what tells one state of a file from another */

struct pin {
	char *path;		/* NULL: there is none */
	char *mark;
	char read[PIN_ID];	/* the state that was read last */
};

/* source: "pin-source" of RFC 7512, a path or file:PATH, or NULL.  pin_close()
 * is due either way.  VORW_R_KEY, VORW_R_NO_MEMORY. */
bool pin_open(struct pin *p, const char *source, const char *log,
	      struct vorw_err *e);
void pin_close(struct pin *p);

/* Without the line's end.  The caller wipes it.  VORW_R_KEY, also if this state
 * of the file is marked; VORW_R_IO, VORW_R_LIMIT, VORW_R_NO_MEMORY. */
bool pin_read(struct pin *p, u8 pin[PIN_MAX], size_t *n, struct vorw_err *e);

/* Mark what was read last.  why: what is known against it; "": nothing yet.
 * On false it must not be tried.  VORW_R_IO, VORW_R_NO_MEMORY. */
bool pin_mark(struct pin *p, const char *why, struct vorw_err *e);
/* VORW_R_IO: the next start finds the mark. */
bool pin_unmark(struct pin *p, struct vorw_err *e);

#endif /* VORW_PIN_H */
