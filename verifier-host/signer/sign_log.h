/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sign_log.h - the signing log, as its one writer has it.
 *
 * The file is locked while it is open.  A line is on the disk when
 * sign_log_add() returns true; what it could not write whole it takes back.
 */
#ifndef VORW_SIGN_LOG_H
#define VORW_SIGN_LOG_H

#include "log_chain.h"

/* What the log says of a content that was signed with our certificate. */
struct sign_entry {
	char content[65], line[65];
	u64 seq;
	/* for which kernel its evidence was checked by this process, or "":
	 * that a line says so is the word of whoever can write to the file */
	char build_id[41];
};

struct sign_log {
	const char *path;
	int fd;			/* -1: closed */
	struct log_state s;
	bool dead;		/* what is on the disk is not known any more */
	char cert[65];
	struct sign_entry *entries;	/* hash table, open addressing */
	size_t nentries, room;		/* room: 0 or a power of two */
};

/*
 * Open, or make, the log of the certificate with this SHA-256; check all of it.
 * A piece of a line that a crash left is cut off, and a line says so.
 * VORW_R_LOG: it is not whole; VORW_R_SIGNER: another signer has it; VORW_R_IO.
 * sign_log_close() is due in any case.
 */
bool sign_log_open(struct sign_log *l, const char *path, const char *cert,
		   struct vorw_err *e);
void sign_log_close(struct sign_log *l);

/* Was this content signed with our certificate?  NULL: no.  Valid until the
 * next sign_log_add(). */
const struct sign_entry *sign_log_find(const struct sign_log *l,
				       const char *content);

/* Its evidence was checked, for this kernel; does nothing when the log does not
 * have it. */
void sign_log_checked(struct sign_log *l, const char *content,
		      const char *build_id);

/* seq, time, prev and cert are filled in.  VORW_R_SIGNER: could not be written;
 * when the log is dead after that, it can only be opened anew. */
bool sign_log_add(struct sign_log *l, struct log_line *line,
		  struct vorw_err *e);

#endif /* VORW_SIGN_LOG_H */
