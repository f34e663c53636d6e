/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* digest.h - SHA-256 in hex. */
#ifndef VORW_DIGEST_H
#define VORW_DIGEST_H

#include <mbedtls/sha256.h>
#include "vorw_types.h"

#define DIGEST_HEX	65	/* with its NUL */

void digest_hex(const void *p, size_t n, char to[DIGEST_HEX]);
/* 64 lower-case hex digits and nothing else? */
bool digest_ok(const char *s);

/* Several texts, each with its end, so that no two lists give one digest. */
struct digest { mbedtls_sha256_context ctx; };
void digest_start(struct digest *d, const char *domain);
void digest_text(struct digest *d, const char *s);
void digest_end(struct digest *d, char to[DIGEST_HEX]);

#endif
