/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * request.h - what client and signer say to each other.
 *
 * A SOCK_SEQPACKET Unix socket: one message asks, one answers, in that order,
 * and the connection is closed.
 *
 *	SIGN_ASK	and one descriptor: a memfd sealed against any change
 *			(memfd_create(2)), that holds a struct sign_request_h
 *			and, each behind the other, object, btf, transcript,
 *			content
 *	SIGN_ASK_STATUS	without a descriptor
 *
 *	struct sign_answer_h, then the signature (SIGN_ASK), the certificate
 *	(SIGN_ASK_STATUS), or a text that says why not
 *
 * The request's memory is the client's to pay for, and cannot change between
 * being checked and being signed.  Little-endian; texts end in NULs.
 */
#ifndef VORW_SIGN_REQUEST_H
#define VORW_SIGN_REQUEST_H

#include <linux/types.h>
#include "bytes.h"
#include "signer_client.h"

#define SIGN_ASK		"vorwsign"
#define SIGN_ASK_STATUS		"vorwstat"
#define SIGN_ASK_LEN		8
#define SIGN_REQUEST_MAGIC	"vorwsr1\n"

/* All of an answer behind its head. */
#define SIGN_ANSWER_MAX		65536

enum {	/* flags */
	SIGN_REQUIRE_NATIVE	= 1,
	SIGN_FULL_LOG		= 2,
	SIGN_XLATED		= 4,
	SIGN_BTF		= 8,	/* there is one */
	SIGN_FLAGS		= 15,
};

struct sign_request_h {
	char   magic[8];
	__le32 flags;
	__le32 object_size, btf_size, transcript_size, content_size;
	__le32 reserved;
	char   target[SIGN_TEXT_MAX + 1];
	char   name[SIGN_TEXT_MAX + 1];
	char   job[SIGN_TEXT_MAX + 1];
	char   token[SIGN_TEXT_MAX + 1];
};

struct sign_answer_h {
	__le32 reason;		/* enum vorw_reason */
	__le32 size;		/* of what follows */
	__le64 seq;
	__u8   line[32];
	__u8   cert[32];
};

/* A request as it lies in memory. */
struct sign_request {
	struct sign_job job;	/* points into the request and into texts */
	u64 content_at;		/* where in the request */
	char target[SIGN_TEXT_MAX + 1], name[SIGN_TEXT_MAX + 1];
	char job_id[SIGN_TEXT_MAX + 1], token[SIGN_TEXT_MAX + 1];
};

/*
 * Read a request of size bytes, of which the head lies at all.p; the rest does
 * when all.n is size, else the job's pointers are NULL.  VORW_R_MALFORMED,
 * VORW_R_LIMIT.
 */
bool sign_request_parse(struct sign_request *r, struct bytes all, u64 size,
			struct vorw_err *e);

/* A sealed memfd with the request, or -1. */
int sign_request_make(const struct sign_job *job, struct vorw_err *e);
/* Is fd sealed so that nobody can change it?  Then its size, else 0. */
u64 sign_request_size(int fd);

/* Characters that need no care in the log. */
bool sign_text_ok(const char *s);

#endif /* VORW_SIGN_REQUEST_H */
