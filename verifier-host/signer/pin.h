/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pin.h - the file with a token's PIN.
 *
 * It is read each time it is needed and not kept.  Tokens lock after a few
 * wrong PINs, and a signer that ends is started again: so a file whose PIN was
 * wrong is remembered on the disk, and not read again before it has changed.
 */
#ifndef VORW_PIN_H
#define VORW_PIN_H

#include "err.h"
#include "vorw_types.h"

#define PIN_MAX		256
#define PIN_ID		64	/* what tells one state of a file from another */

struct pin {
	char *path;		/* NULL: there is none */
	char *refused_path;
	char read[PIN_ID], refused[PIN_ID];	/* empty: none */
};

/* source: "pin-source" of RFC 7512, a path or file:PATH, or NULL.  What was
 * refused is remembered in a file beside log.  pin_close() is due either way.
 * VORW_R_KEY, VORW_R_IO, VORW_R_NO_MEMORY. */
bool pin_open(struct pin *p, const char *source, const char *log,
	      struct vorw_err *e);
void pin_close(struct pin *p);

/* Without the line's end.  The caller wipes it.  VORW_R_KEY, VORW_R_IO,
 * VORW_R_LIMIT. */
bool pin_read(struct pin *p, u8 pin[PIN_MAX], size_t *n, struct vorw_err *e);

/* The token did not take the PIN that was read last: fills e with VORW_R_KEY. */
void pin_was_wrong(struct pin *p, struct vorw_err *e);

#endif /* VORW_PIN_H */
