/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * signer_client.h - having the signer (vorw-signer) sign a blob's content.
 *
 * Whoever verifies hands in the content and what it was made from: the object,
 * the options and a transcript of the guest's answers (session_opts.record).
 * The signer makes the content again from these, in a process without files
 * and without the key, and signs only if it comes to the same bytes.
 */
#ifndef VORW_SIGNER_CLIENT_H
#define VORW_SIGNER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include "err.h"
#include "vorw_types.h"

/* vorw-signer's exit status when it had started and cannot go on, as with a log
 * that cannot be trusted any more: a new process may. */
#define SIGNER_RAN	3

/* Length of a text below, without its NUL. */
#define SIGN_TEXT_MAX	127

struct sign_job {
	const char *target;	/* as vorw_target_get() takes it */
	const char *name;	/* blob_opts.name */
	/* for the log: [A-Za-z0-9._:-], NULL or "" for none */
	const char *job, *token;

	/* session_opts, blob_opts */
	bool require_native, full_log, xlated;
	const u8 *btf;		/* or NULL */
	size_t btf_size;

	const u8 *object;
	size_t object_size;
	const u8 *transcript;
	size_t transcript_size;
	const u8 *content;	/* what blob_build() made */
	size_t content_size;
};

struct sign_answer {
	u8 *der;		/* malloc'd, for sign_attach() */
	u32 der_size;
	u64 seq;		/* of the log's line about it */
	char line[65];		/* SHA-256 of that line, hex: with it one can
				 * show later that the log was not rewritten */
	char cert[65];		/* SHA-256 of the certificate (DER), hex */
};

struct signer_status {
	u64 seq;		/* of the log's last line */
	char line[65];
	u8 *cert;		/* DER, malloc'd */
	u32 cert_size;
};

/*
 * Connects, asks, waits for at most seconds; signer_answer_free() is due in
 * any case.  VORW_R_SIGNER: there is no signer, it is too busy, or its log
 * cannot be written: worth trying again, nothing was signed that a second try
 * would sign differently.  All else is a refusal and stays one.
 */
bool signer_sign(const char *socket, const struct sign_job *job,
		 unsigned seconds, struct sign_answer *a, struct vorw_err *e);
void signer_answer_free(struct sign_answer *a);

bool signer_status(const char *socket, unsigned seconds,
		   struct signer_status *s, struct vorw_err *e);
void signer_status_free(struct signer_status *s);

#endif /* VORW_SIGNER_CLIENT_H */
