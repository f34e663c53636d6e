/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_object.h - from an object to the content that is to be signed: what
 * `vorw verify` and a worker of the service do alike.
 */
#ifndef VORW_VERIFY_OBJECT_H
#define VORW_VERIFY_OBJECT_H

#include "session.h"
#include "signer/signer_client.h"
#include "transcript.h"

struct verify_opts {
	const struct vorw_target *target;	/* outlives the result */
	const char *object;	/* its file's name, for messages */
	const char *name;	/* blob_opts.name */
	const u8 *bytes;	/* it passed object_check() */
	size_t size;
	const u8 *btf;		/* NULL: the target's own, if it has one */
	size_t btf_size;
	bool require_native, full_log, xlated;
	bool record;		/* a transcript is wanted, for the signer */
	unsigned seconds;	/* session_opts.seconds */
	bool cold;		/* not from the target's snapshot */
	const struct template *template;	/* session_opts.template, or NULL */
};

struct verified {
	struct session s;
	u8 *content;
	size_t size;

	struct transcript replies;
	struct snapshot *snapshot;
	u8 *own_btf;
	const u8 *btf;		/* that was used, or NULL */
	size_t btf_size;
};

/* Reasons are the session's and blob_build()'s.  verified_free() is due in any
 * case. */
bool verify_object(struct verified *v, const struct verify_opts *o,
		   struct vorw_err *e);
void verified_free(struct verified *v);

/* The signer's part, but job and token; points into both.  o->record. */
void verified_sign_job(struct sign_job *job, const struct verified *v,
		       const struct verify_opts *o);

#endif /* VORW_VERIFY_OBJECT_H */
