// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * token.c - a signing key that is in a PKCS#11 token: signing, and coming back
 * after the token was away.
 *
 * The mechanism is CKM_RSA_PKCS over a DigestInfo, which all tokens with RSA
 * have: PKCS #1 v1.5, so the signature is the one that the key would give as a
 * file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mbedtls/sha256.h>
#include "clock.h"
#include "token_int.h"

#define SHA256_SIZE	32
#define AGAIN_MS	1000

/* RFC 8017, 9.2, note 1: DigestInfo of SHA-256 up to the digest. */
static const u8 digest_info[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};

static size_t key_size(void *ctx)
{
	struct token *t = ctx;

	return mbedtls_pk_get_len(&t->key->cert.crt.pk);
}

/* With the session that there is. */
static bool sign_now(struct token *t, const u8 *digest, u8 *sig,
		     struct vorw_err *e)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	u8 info[sizeof(digest_info) + SHA256_SIZE];
	CK_ULONG size = key_size(t);
	CK_RV rv;

	memcpy(info, digest_info, sizeof(digest_info));
	memcpy(info + sizeof(digest_info), digest, SHA256_SIZE);
	rv = t->f->C_SignInit(t->session, &mechanism, t->object);
	if (rv == CKR_OK && t->always_authenticate &&
	    !token_login(t, CKU_CONTEXT_SPECIFIC, e))
		return false;
	if (rv == CKR_OK)
		rv = t->f->C_Sign(t->session, info, sizeof(info), sig, &size);
	if (rv != CKR_OK)
		return token_fail_rv(t, "signing with CKM_RSA_PKCS", rv, e);
	/* after a token was exchanged for another one, too */
	if (size != key_size(t) ||
	    mbedtls_pk_verify(&t->key->cert.crt.pk, MBEDTLS_MD_SHA256, digest,
			      SHA256_SIZE, sig, size))
		return vorw_fail(e, VORW_R_KEY,
				 "%s: not the key of certificate %s", t->name,
				 t->cert_path);
	return true;
}

/* What is signed is no blob.  (mbedtls_pk_check_pair() would have a token sign
 * bytes that are no DigestInfo.) */
static bool sign_test(struct token *t, struct vorw_err *e)
{
	static const char text[] = "vorw-signer: is this the key?";
	u8 digest[SHA256_SIZE], sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];

	return (!mbedtls_sha256_ret((const u8 *)text, strlen(text), digest,
				    0) ||
		vorw_fail(e, VORW_R_INTERNAL, "SHA-256")) &&
	       sign_now(t, digest, sig, e);
}

/* mbedtls_pk_rsa_alt_sign_func */
static int sign(void *ctx, int (*f_rng)(void *, unsigned char *, size_t),
		void *p_rng, int mode, mbedtls_md_type_t md, unsigned int n,
		const unsigned char *digest, unsigned char *sig)
{
	struct token *t = ctx;
	struct vorw_err e = { 0 };
	bool ok;

	if (md != MBEDTLS_MD_SHA256 || n != SHA256_SIZE)
		return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
	ok = t->session && sign_now(t, digest, sig, &e);
	if (!ok) {
		/* none, or one that went with its token */
		e = (struct vorw_err){ 0 };
		ok = token_session_again(t, &e) && sign_now(t, digest, sig, &e);
	}
	if (!ok)
		token_session_close(t);
	snprintf(t->key->why, sizeof(t->key->why), "%s", e.msg);
	return ok ? 0 : MBEDTLS_ERR_PK_HW_ACCEL_FAILED;
}

bool token_ready(struct token *t, struct vorw_err *e)
{
	CK_SESSION_INFO info;

	if (t->session &&
	    t->f->C_GetSessionInfo(t->session, &info) == CKR_OK)
		return true;
	/* a module takes its time to start, and who asks here may do so often */
	if (now_ms() >= t->again_ms) {
		t->away = (struct vorw_err){ 0 };
		if (token_session_again(t, &t->away))
			return true;
		t->again_ms = now_ms() + AGAIN_MS;
	}
	return vorw_fail(e, VORW_R_SIGNER, "%s", t->away.msg);
}

/* Not refused: who imports a key to keep a copy may want it so. */
static void note_extractable(const struct token *t)
{
	if (t->extractable)
		fprintf(stderr, "vorw-signer: note: %s: the key may be copied out of the token (CKA_EXTRACTABLE)\n",
			t->name);
}

bool token_open(struct token **to, struct sign_key *k, const char *uri,
		const char *cert_path, const char *log, struct vorw_err *e)
{
	struct token *t = calloc(1, sizeof(*t));

	*to = t;
	*k = (struct sign_key){ 0 };
	mbedtls_pk_init(&k->pk);
	if (!t)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	t->key = k;
	t->cert_path = cert_path;
	if (!sign_load_cert(cert_path, &k->cert, e) ||
	    !token_module_open(t, uri, log, e) ||
	    !token_session_open(t, e) || !sign_test(t, e))
		return false;
	note_extractable(t);
	return (!mbedtls_pk_setup_rsa_alt(&k->pk, t, NULL, sign, key_size) ||
		vorw_fail(e, VORW_R_INTERNAL, "mbedtls_pk_setup_rsa_alt"));
}

void token_close(struct token *t)
{
	if (!t)
		return;
	token_session_close(t);
	token_module_close(t);
	free(t);
}
