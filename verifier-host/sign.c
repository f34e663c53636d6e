// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sign.c - blob signatures: made, put behind the content, looked at, checked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <mbedtls/asn1.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include "cms_write.h"
#include "file_io.h"
#include "sign.h"
#include "vorw_writer.h"

#define SHA256_SIZE	32
#define MAX_KEY_FILE	65536u
#define CONSTRUCTED_SEQ	(MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED)
#define CONSTRUCTED_SET	(MBEDTLS_ASN1_SET | MBEDTLS_ASN1_CONSTRUCTED)

static bool key_error(struct vorw_err *e, const char *path, const char *what,
		      int err)
{
	char text[160];

	mbedtls_strerror(err, text, sizeof(text));
	return vorw_fail(e, VORW_R_KEY, "%s: %s: %s", path, what, text);
}

bool sign_load_cert(const char *path, struct cert *c, struct vorw_err *e)
{
	size_t size;
	bool ok;
	u8 *buf;

	memset(c, 0, sizeof(*c));
	if (!file_read(path, CERT_MAX_FILE, &buf, &size, e))
		return false;
	ok = cert_parse(c, buf, size);
	free(buf);
	if (ok)
		return true;
	vorw_fail(e, VORW_R_KEY, "%s: %s", path, c->why);
	cert_free(c);
	return false;
}

bool sign_key_is_uri(const char *key)
{
	return !strncasecmp(key, "pkcs11:", 7);
}

bool sign_key_is_file(const char *key, struct vorw_err *e)
{
	return !sign_key_is_uri(key) ||
	       vorw_fail(e, VORW_R_KEY,
			 "keys in PKCS#11 tokens are for `vorw signer`; `vorw verify --signer` asks it");
}

bool sign_key_uri_check(const char *uri, struct vorw_err *e)
{
	return !strstr(uri, "pin-value=") ||
	       vorw_fail(e, VORW_R_KEY,
			 "pin-value= in an argument is shown to every user; %s",
			 "put the PIN into a file, and pin-source=FILE");
}

static bool load_key(const char *path, mbedtls_pk_context *pk,
		     struct vorw_err *e)
{
	size_t size;
	u8 *buf;
	int err;

	if (!sign_key_is_file(path, e) ||
	    !file_read(path, MAX_KEY_FILE, &buf, &size, e))
		return false;
	/* mbedTLS knows PEM by its NUL, which file_read() has put there. */
	err = mbedtls_pk_parse_key(pk, buf, buf[0] == 0x30 ? size : size + 1,
				   NULL, 0);
	mbedtls_platform_zeroize(buf, size);
	free(buf);
	if (err == MBEDTLS_ERR_PK_PASSWORD_REQUIRED)
		return vorw_fail(e, VORW_R_KEY,
				 "%s: key is under a passphrase; sign with openssl and --attach",
				 path);
	if (err)
		return key_error(e, path, "not a private key", err);
	if (mbedtls_pk_get_type(pk) != MBEDTLS_PK_RSA)
		return vorw_fail(e, VORW_R_KEY, "%s: key is %s, not RSA", path,
				 mbedtls_pk_get_name(pk));
	return true;
}

/* The random numbers only blind the private operation; the signature does
 * not depend on them. */
static int rsa_sign(mbedtls_pk_context *pk, const u8 *digest, u8 *sig,
		    size_t *sig_size)
{
	mbedtls_ctr_drbg_context rng;
	mbedtls_entropy_context entropy;
	int err;

	mbedtls_ctr_drbg_init(&rng);
	mbedtls_entropy_init(&entropy);
	err = mbedtls_ctr_drbg_seed(&rng, mbedtls_entropy_func, &entropy,
				    NULL, 0);
	if (!err)
		err = mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, digest,
				      SHA256_SIZE, sig, sig_size,
				      mbedtls_ctr_drbg_random, &rng);
	mbedtls_ctr_drbg_free(&rng);
	mbedtls_entropy_free(&entropy);
	return err;
}

bool sign_key_load(struct sign_key *k, const char *key_path,
		   const char *cert_path, struct vorw_err *e)
{
	memset(k, 0, sizeof(*k));
	mbedtls_pk_init(&k->pk);
	if (!sign_load_cert(cert_path, &k->cert, e) ||
	    !load_key(key_path, &k->pk, e))
		return false;
	if (mbedtls_pk_check_pair(&k->cert.crt.pk, &k->pk))
		return vorw_fail(e, VORW_R_KEY,
				 "%s: not the key of certificate %s", key_path,
				 cert_path);
	return true;
}

void sign_key_free(struct sign_key *k)
{
	cert_free(&k->cert);
	mbedtls_pk_free(&k->pk);
}

/* A key that signs blobs signs nothing else: the purpose is in the first
 * bytes. */
static bool check_purpose(const u8 *content, u32 n, struct vorw_err *e)
{
	return (n >= VORW_MAGIC_LEN &&
		!memcmp(content, VORW_MAGIC, VORW_MAGIC_LEN)) ||
	       vorw_fail(e, VORW_R_BAD_MAGIC,
			 "what is to be signed is not a vorw blob");
}

bool sign_with(struct sign_key *k, const u8 *content, u32 n, u8 **der,
	       u32 *der_size, struct vorw_err *e)
{
	u8 digest[SHA256_SIZE], sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE], *out;
	u32 prefix = k->cert.v.prefix_size;
	size_t sig_size;
	int err;

	*der = NULL;
	*der_size = 0;
	if (!check_purpose(content, n, e))
		return false;
	err = mbedtls_sha256_ret(content, n, digest, 0);
	if (!err)
		err = rsa_sign(&k->pk, digest, sig, &sig_size);
	if (err && *k->why)
		return vorw_fail(e, VORW_R_SIGNER, "cannot sign: %s", k->why);
	if (err)
		return key_error(e, k->cert.subject, "cannot sign", err);
	out = malloc(prefix + sig_size);
	if (!out)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	memcpy(out, k->cert.v.prefix, prefix);
	memcpy(out + prefix, sig, sig_size);
	*der = out;
	*der_size = prefix + sig_size;
	return true;
}

bool vorw_sign(const u8 *content, u32 n, const char *key_path,
	       const char *cert_path, u8 **der, u32 *der_size,
	       struct vorw_err *e)
{
	struct sign_key k;
	bool ok;

	*der = NULL;
	*der_size = 0;
	/* before a key is asked for */
	if (!check_purpose(content, n, e))
		return false;
	ok = sign_key_load(&k, key_path, cert_path, e) &&
	     sign_with(&k, content, n, der, der_size, e);
	sign_key_free(&k);
	return ok;
}

bool sign_attach(const u8 *content, u32 n, const u8 *der, u32 der_size,
		 u8 **blob, u32 *blob_size, struct vorw_err *e)
{
	struct vorw_diag d = { 0 };
	enum vorw_reason r;
	size_t size;

	r = vorw_append_sig(content, n, der, der_size, blob, &size, &d);
	if (r == VORW_R_NO_MEMORY)
		return vorw_fail(e, r, "out of memory");
	if (r != VORW_R_OK)
		return vorw_fail(e, r, "cannot sign: %s: %s: %u, expected %u",
				 vorw_reason_text(r), d.what ? d.what : "size",
				 d.have, d.want);
	*blob_size = size;
	return true;
}

enum vorw_reason sign_check(const struct vorw_parts *parts,
			    const struct vorw_cert *certs, u32 ncerts,
			    u32 *idx)
{
	const struct vorw_cert *by;
	enum vorw_reason r;
	u8 digest[SHA256_SIZE];
	mbedtls_x509_crt crt;

	if (!parts->sig)
		return VORW_R_UNSIGNED;
	r = vorw_cms_match(parts->sig, parts->sig_size, certs, ncerts, idx);
	if (r != VORW_R_OK)
		return r;
	by = &certs[*idx];
	mbedtls_x509_crt_init(&crt);
	if (mbedtls_x509_crt_parse_der(&crt, by->der, by->der_size) ||
	    mbedtls_sha256_ret(parts->content, parts->content_size, digest, 0))
		r = VORW_R_INTERNAL;
	else if (mbedtls_pk_verify(&crt.pk, MBEDTLS_MD_SHA256, digest,
				   sizeof(digest), parts->sig + by->prefix_size,
				   by->sig_octets))
		r = VORW_R_SIG_BAD;
	mbedtls_x509_crt_free(&crt);
	return r;
}

/* Step into, and step over, an element of this tag. */
static bool enter(u8 **p, const u8 *end, int tag)
{
	size_t len;

	return !mbedtls_asn1_get_tag(p, end, &len, tag);
}

static bool skip(u8 **p, const u8 *end, int tag, u8 **at, size_t *len)
{
	if (mbedtls_asn1_get_tag(p, end, len, tag))
		return false;
	*at = *p;
	*p += *len;
	return true;
}

static void name_text(char *out, size_t cap, u8 *der, size_t size)
{
	mbedtls_asn1_named_data name = { 0 }, *n;
	u8 *p = der;
	char *c;

	snprintf(out, cap, "?");
	if (enter(&p, der + size, CONSTRUCTED_SEQ) && p < der + size &&
	    !mbedtls_x509_get_name(&p, der + size, &name) &&
	    mbedtls_x509_dn_gets(out, cap, &name) < 0)
		snprintf(out, cap, "(name longer than %zu characters)", cap);
	while ((n = name.next)) {
		name.next = n->next;
		mbedtls_free(n);
	}
	for (c = out; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
}

bool sign_claim(const u8 *der, u32 der_size, struct sign_claim *claim)
{
	/* mbedTLS takes no const; nothing is written. */
	u8 *p = (u8 *)der, *at, *issuer, *serial, prefix[CMS_MAX_PREFIX];
	const u8 *end = der + der_size;
	size_t len, issuer_size, serial_size, sig_octets, i;
	struct cms_signer s;
	u32 n;

	/* ContentInfo, SignedData; SignerInfo down to the signature octets */
	if (!enter(&p, end, CONSTRUCTED_SEQ) ||
	    !skip(&p, end, MBEDTLS_ASN1_OID, &at, &len) ||
	    !enter(&p, end, MBEDTLS_ASN1_CONTEXT_SPECIFIC |
			    MBEDTLS_ASN1_CONSTRUCTED) ||
	    !enter(&p, end, CONSTRUCTED_SEQ) ||
	    !skip(&p, end, MBEDTLS_ASN1_INTEGER, &at, &len) ||
	    !skip(&p, end, CONSTRUCTED_SET, &at, &len) ||
	    !skip(&p, end, CONSTRUCTED_SEQ, &at, &len) ||
	    !enter(&p, end, CONSTRUCTED_SET) ||
	    !enter(&p, end, CONSTRUCTED_SEQ) ||
	    !skip(&p, end, MBEDTLS_ASN1_INTEGER, &at, &len) ||
	    !enter(&p, end, CONSTRUCTED_SEQ))
		return false;
	issuer = p;
	if (!skip(&p, end, CONSTRUCTED_SEQ, &at, &len))
		return false;
	issuer_size = p - issuer;
	if (!skip(&p, end, MBEDTLS_ASN1_INTEGER, &serial, &serial_size) ||
	    !skip(&p, end, CONSTRUCTED_SEQ, &at, &len) ||
	    !skip(&p, end, CONSTRUCTED_SEQ, &at, &len) ||
	    !skip(&p, end, MBEDTLS_ASN1_OCTET_STRING, &at, &sig_octets) ||
	    p != end || !serial_size || !sig_octets)
		return false;

	s = (struct cms_signer){ issuer, issuer_size, serial, serial_size,
				 sig_octets };
	n = cms_write_prefix(prefix, &s);
	if (!n || n + sig_octets != der_size || memcmp(prefix, der, n))
		return false;

	claim->sig_octets = sig_octets;
	name_text(claim->issuer, sizeof(claim->issuer), issuer, issuer_size);
	for (i = 0; i < serial_size && 2 * i + 2 < sizeof(claim->serial); i++)
		sprintf(claim->serial + 2 * i, "%02x", serial[i]);
	claim->serial[2 * i] = 0;
	return true;
}
