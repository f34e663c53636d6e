/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sign.h - making and checking a blob's signature on the host.
 */
#ifndef VORW_SIGN_H
#define VORW_SIGN_H

#include <mbedtls/pk.h>
#include "cert.h"
#include "err.h"
#include "vorw_parse.h"

/*
 * Sign content with an unencrypted RSA private key (PEM or DER) as the signer
 * that the certificate names; the key must be the certificate's.  *der is
 * malloc'd CMS in the form of vorw_cms.h, the same bytes that openssl writes
 * for these three inputs.  VORW_R_KEY when key or certificate are unusable.
 */
bool vorw_sign(const u8 *content, u32 n, const char *key_path,
	       const char *cert_path, u8 **der, u32 *der_size,
	       struct vorw_err *e);

/* Key and certificate, read once.  sign_key_free() is due whatever
 * sign_key_load() returns. */
struct sign_key {
	mbedtls_pk_context pk;	/* the key, or who asks a token to sign */
	struct cert cert;
	char why[1024];		/* why the token did not */
};
bool sign_key_load(struct sign_key *k, const char *key_path,
		   const char *cert_path, struct vorw_err *e);
void sign_key_free(struct sign_key *k);

/* Is key a PKCS#11 URI (RFC 7512), not a file?  Only vorw-signer signs with
 * those: VORW_R_KEY of sign_key_is_file(), and of sign_key_uri_check() when
 * there is a PIN in it. */
bool sign_key_is_uri(const char *key);
bool sign_key_is_file(const char *key, struct vorw_err *e);
bool sign_key_uri_check(const char *uri, struct vorw_err *e);

/* vorw_sign() with them.  VORW_R_SIGNER: the token cannot now. */
bool sign_with(struct sign_key *k, const u8 *content, u32 n, u8 **der,
	       u32 *der_size, struct vorw_err *e);

/* Content and signature as one malloc'd blob. */
bool sign_attach(const u8 *content, u32 n, const u8 *der, u32 der_size,
		 u8 **blob, u32 *blob_size, struct vorw_err *e);

/* cert_parse() on a file; VORW_R_KEY with the file's name when refused. */
bool sign_load_cert(const char *path, struct cert *c, struct vorw_err *e);

/*
 * Is the signature in parts by one of certs?  Shape first, then RSA: what the
 * device does with the kernel's means.  VORW_R_OK sets *idx; VORW_R_SIG_BAD
 * sets it to the certificate whose signature this claims to be.
 */
enum vorw_reason sign_check(const struct vorw_parts *parts,
			    const struct vorw_cert *certs, u32 ncerts,
			    u32 *idx);

/*
 * Whose signature does it claim to be?  Checks the form of the whole message
 * by writing it again from issuer, serial number and signature size: false
 * when that gives other bytes, so that only the one accepted encoding has a
 * claim.  Says nothing about whether it is true.
 */
struct sign_claim {
	u32 sig_octets;
	char issuer[512];	/* printable ASCII */
	char serial[2 * 64 + 1];	/* hex; cut when longer */
};
bool sign_claim(const u8 *der, u32 der_size, struct sign_claim *claim);

#endif
