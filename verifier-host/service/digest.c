// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* digest.c - SHA-256 in hex. */
#include <stdio.h>
#include <string.h>
#include "digest.h"

static void to_hex(const u8 sum[32], char to[DIGEST_HEX])
{
	unsigned i;

	for (i = 0; i < 32; i++)
		snprintf(to + 2 * i, 3, "%02x", sum[i]);
}

void digest_hex(const void *p, size_t n, char to[DIGEST_HEX])
{
	u8 sum[32] = { 0 };

	mbedtls_sha256_ret(p, n, sum, 0);
	to_hex(sum, to);
}

bool digest_ok(const char *s)
{
	return strspn(s, "0123456789abcdef") == 64 && !s[64];
}

void digest_text(struct digest *d, const char *s)
{
	mbedtls_sha256_update_ret(&d->ctx, (const u8 *)s, strlen(s) + 1);
}

void digest_start(struct digest *d, const char *domain)
{
	mbedtls_sha256_init(&d->ctx);
	mbedtls_sha256_starts_ret(&d->ctx, 0);
	digest_text(d, domain);
}

void digest_end(struct digest *d, char to[DIGEST_HEX])
{
	u8 sum[32] = { 0 };

	mbedtls_sha256_finish_ret(&d->ctx, sum);
	mbedtls_sha256_free(&d->ctx);
	to_hex(sum, to);
}
