/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cosign.h - several signatures of one content, beside the blob.
 *
 * A blob has one signature.  Those of others who have verified the same object
 * and came to the same bytes are kept in a text:
 *
 *	vorw-cosign 1
 *	content SHA-256-IN-HEX
 *	-----BEGIN CMS-----		each, as `openssl cms -inform PEM` reads it
 *	…
 *	-----END CMS-----
 */
#ifndef VORW_COSIGN_H
#define VORW_COSIGN_H

#include <stdio.h>
#include "blob_file.h"
#include "vorw_cms.h"

#define COSIGN_MAX	64	/* signatures */
#define COSIGN_MAX_FILE	(COSIGN_MAX * 2 * VORW_MAX_SIG)

struct cosign {
	char content[65];	/* SHA-256 */
	u8 *der[COSIGN_MAX];	/* malloc'd */
	u32 size[COSIGN_MAX];
	u32 n;
};

/* Add a signature, if it is not there.  VORW_R_LIMIT, VORW_R_NO_MEMORY. */
bool cosign_add(struct cosign *c, const u8 *der, u32 size, struct vorw_err *e);

/* malloc'd text; NULL: out of memory. */
char *cosign_write(const struct cosign *c, size_t *n);
/* name is for messages.  VORW_R_MALFORMED.  cosign_free() is due either way. */
bool cosign_read(struct cosign *c, const char *text, size_t n,
		 const char *name, struct vorw_err *e);
void cosign_free(struct cosign *c);

/* How many different keys among certs have signed this content?  Signatures of
 * others, and wrong ones, do not count. */
u32 cosign_count(const struct cosign *c, const u8 *content, u32 content_size,
		 const struct vorw_cert *certs, u32 ncerts);

/* Where do two parsed contents differ first?  One line into to. */
void cosign_difference(const struct blob_file *a, const struct blob_file *b,
		       char *to, size_t size);

#endif /* VORW_COSIGN_H */
