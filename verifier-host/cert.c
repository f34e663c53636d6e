// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cert.c - which X.509 certificates can be a signer's.
 *
 * mbedTLS parses; what is checked here is where the kernel is stricter, or
 * where only one way is wanted: RSA 2048, 3072 or 4096, PKCS#1 v1.5 with a
 * SHA-2 digest, DER proper.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <mbedtls/asn1.h>
#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include "cert.h"
#include "cms_write.h"

#define DER_MAX_DEPTH	10	/* kernel: NR_CONS_STACK */

static bool refuse(struct cert *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(struct cert *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool refuse_mbedtls(struct cert *c, const char *what, int err)
{
	char text[160];

	mbedtls_strerror(err, text, sizeof(text));
	return refuse(c, "%s: %s", what, text);
}

/*
 * Two times mbedTLS takes and the kernel does not (x509_decode_time()): ones
 * without seconds or 'Z', and GeneralizedTime for years UTCTime is for.
 */
static bool time_ok(struct cert *c, u8 tag, const u8 *p, size_t len)
{
	size_t want = tag == MBEDTLS_ASN1_UTC_TIME ? 13 : 15;

	if (len != want || p[len - 1] != 'Z')
		return refuse(c, "a validity date is not in DER form");
	if (tag == MBEDTLS_ASN1_GENERALIZED_TIME &&
	    memcmp(p, "1950", 4) >= 0 && memcmp(p, "2049", 4) <= 0)
		return refuse(c, "a validity date before 2050 is not UTCTime");
	return true;
}

/* Walk all elements: definite, shortest lengths and one-byte tags only. */
static bool der_ok(struct cert *c, u8 *p, u8 *end, int depth)
{
	u8 *q;
	size_t len;
	u8 tag;

	if (depth > DER_MAX_DEPTH)
		return refuse(c, "nested deeper than the kernel can parse");
	while (p < end) {
		tag = *p++;
		q = p;
		if ((tag & 0x1f) == 0x1f ||
		    mbedtls_asn1_get_len(&p, end, &len))
			return refuse(c, "not DER");
		if (p - q > 3 || (p - q == 2 && len < 0x80) ||
		    (p - q == 3 && len < 0x100))
			return refuse(c, "not DER: a length is not in its shortest form");
		if ((tag == MBEDTLS_ASN1_UTC_TIME ||
		     tag == MBEDTLS_ASN1_GENERALIZED_TIME) &&
		    !time_ok(c, tag, p, len))
			return false;
		if (tag & MBEDTLS_ASN1_CONSTRUCTED &&
		    !der_ok(c, p, p + len, depth + 1))
			return false;
		p += len;
	}
	return true;
}

static bool is_oid(const mbedtls_asn1_buf *o, const char *oid, size_t len)
{
	return o->len == len && !memcmp(o->p, oid, len);
}

struct key_ids {
	mbedtls_asn1_buf skid, akid;	/* key identifiers; p NULL: none */
	bool akid_issuer;		/* akid also names issuer and serial */
};

#define CONSTRUCTED(tag)	((tag) | MBEDTLS_ASN1_CONSTRUCTED)
#define CONTEXT(n)		(MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n))

/* Step into the element at *p, which must be all there is up to end. */
static bool enter_last(u8 **p, const u8 *end, int tag)
{
	size_t len;

	return !mbedtls_asn1_get_tag(p, end, &len, tag) && *p + len == end;
}

/* Name: SEQUENCE OF SET OF SEQUENCE { OID, any } (x509_akid.asn1) */
static bool name_ok(u8 *p, const u8 *end)
{
	const u8 *set_end, *pair_end;
	size_t len;

	if (!enter_last(&p, end, CONSTRUCTED(MBEDTLS_ASN1_SEQUENCE)))
		return false;
	while (p < end) {
		if (mbedtls_asn1_get_tag(&p, end, &len,
					 CONSTRUCTED(MBEDTLS_ASN1_SET)))
			return false;
		set_end = p + len;
		while (p < set_end) {
			if (mbedtls_asn1_get_tag(&p, set_end, &len,
					CONSTRUCTED(MBEDTLS_ASN1_SEQUENCE)))
				return false;
			pair_end = p + len;
			if (mbedtls_asn1_get_tag(&p, pair_end, &len,
						 MBEDTLS_ASN1_OID))
				return false;
			p += len;
			if (p++ == pair_end ||
			    mbedtls_asn1_get_len(&p, pair_end, &len) ||
			    p + len != pair_end)
				return false;
			p += len;
		}
	}
	return true;
}

/* AuthorityKeyIdentifier: a key identifier, an issuer's directory name with
 * its serial number, or both, in that order. */
static bool akid_ok(u8 *p, const u8 *end, struct key_ids *ids)
{
	const u8 *name_end;
	size_t len;

	if (!enter_last(&p, end, CONSTRUCTED(MBEDTLS_ASN1_SEQUENCE)))
		return false;
	if (!mbedtls_asn1_get_tag(&p, end, &len, CONTEXT(0))) {
		ids->akid.p = p;
		ids->akid.len = len;
		p += len;
	}
	if (p == end)
		return true;
	ids->akid_issuer = true;
	if (mbedtls_asn1_get_tag(&p, end, &len, CONSTRUCTED(CONTEXT(1))))
		return false;
	name_end = p + len;
	if (!enter_last(&p, name_end, CONSTRUCTED(CONTEXT(4))) ||
	    !name_ok(p, name_end))
		return false;
	p = (u8 *)name_end;
	return !mbedtls_asn1_get_tag(&p, end, &len, CONTEXT(2)) && len &&
	       p + len == end;
}

/* x509_process_extension() */
static bool one_extension(struct cert *c, const mbedtls_asn1_buf *oid,
			  u8 *v, size_t len, struct key_ids *ids)
{
	if (is_oid(oid, MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER,
		   MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER))) {
		if (ids->skid.p || len < 3 || len > 129 ||
		    v[0] != MBEDTLS_ASN1_OCTET_STRING || v[1] != len - 2)
			return refuse(c, "subject key identifier is malformed");
		ids->skid.p = v + 2;
		ids->skid.len = len - 2;
	} else if (is_oid(oid, MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER,
			  MBEDTLS_OID_SIZE(MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER))) {
		if (ids->akid.p || ids->akid_issuer ||
		    !der_ok(c, v, v + len, 1) || !akid_ok(v, v + len, ids))
			return refuse(c, "authority key identifier is malformed");
	}
	return true;
}

static bool extensions_ok(struct cert *c, struct key_ids *ids)
{
	u8 *p = c->crt.v3_ext.p, *end, *e;
	mbedtls_asn1_buf oid;
	size_t len;
	int critical;

	if (!p)
		return true;
	end = p + c->crt.v3_ext.len;
	if (mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_SEQUENCE |
				 MBEDTLS_ASN1_CONSTRUCTED))
		return refuse(c, "extensions are malformed");
	while (p < end) {
		if (mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_SEQUENCE |
					 MBEDTLS_ASN1_CONSTRUCTED))
			return refuse(c, "extensions are malformed");
		e = p + len;
		if (mbedtls_asn1_get_tag(&p, e, &oid.len, MBEDTLS_ASN1_OID))
			return refuse(c, "extensions are malformed");
		oid.p = p;
		p += oid.len;
		if (p < e && *p == MBEDTLS_ASN1_BOOLEAN &&
		    mbedtls_asn1_get_bool(&p, e, &critical))
			return refuse(c, "extensions are malformed");
		if (mbedtls_asn1_get_tag(&p, e, &len,
					 MBEDTLS_ASN1_OCTET_STRING) ||
		    p + len != e)
			return refuse(c, "extensions are malformed");
		if (!one_extension(c, &oid, p, len, ids))
			return false;
		p = e;
	}
	return true;
}

/*
 * The kernel checks a self-signature when it adds the key, and refuses a
 * certificate whose two authority identifiers disagree about whether it is
 * self-signed (x509_check_for_self_signed()).  Asked here: one that names
 * itself as issuer is signed by itself and says nothing else.
 */
static bool self_signature_ok(struct cert *c, const struct key_ids *ids)
{
	mbedtls_x509_crt *x = &c->crt;
	u8 digest[MBEDTLS_MD_MAX_SIZE];
	const mbedtls_md_info_t *md = mbedtls_md_info_from_type(x->sig_md);

	if (x->issuer_raw.len != x->subject_raw.len ||
	    memcmp(x->issuer_raw.p, x->subject_raw.p, x->issuer_raw.len))
		return true;
	if (ids->akid_issuer)
		return refuse(c, "self-issued certificate whose authority key identifier names an issuer");
	if (ids->akid.p && (!ids->skid.p || ids->akid.len != ids->skid.len ||
			    memcmp(ids->akid.p, ids->skid.p, ids->skid.len)))
		return refuse(c, "self-issued certificate by another key");
	if (!md || mbedtls_md(md, x->tbs.p, x->tbs.len, digest) ||
	    mbedtls_pk_verify(&x->pk, x->sig_md, digest, 0,
			      x->sig.p, x->sig.len))
		return refuse(c, "self-issued certificate is not signed by its own key");
	return true;
}

static bool key_ok(struct cert *c)
{
	mbedtls_mpi e;
	size_t bits;
	bool ok;

	if (mbedtls_pk_get_type(&c->crt.pk) != MBEDTLS_PK_RSA)
		return refuse(c, "key is %s; only RSA keys can sign blobs",
			      mbedtls_pk_get_name(&c->crt.pk));
	bits = mbedtls_pk_get_bitlen(&c->crt.pk);
	if (bits != 2048 && bits != 3072 && bits != 4096)
		return refuse(c, "RSA key of %zu bits; 2048, 3072 or 4096 are accepted",
			      bits);
	mbedtls_mpi_init(&e);
	ok = !mbedtls_rsa_export(mbedtls_pk_rsa(c->crt.pk), NULL, NULL, NULL,
				 NULL, &e) &&
	     mbedtls_mpi_cmp_int(&e, 65537) >= 0 && mbedtls_mpi_bitlen(&e) <= 64;
	mbedtls_mpi_free(&e);
	if (!ok)
		return refuse(c, "RSA public exponent is below 65537 or above 64 bits");
	return true;
}

static bool kernel_takes(struct cert *c)
{
	mbedtls_x509_crt *x = &c->crt;
	struct key_ids ids = { 0 };

	if (!key_ok(c))
		return false;
	if (x->sig_pk != MBEDTLS_PK_RSA ||
	    (x->sig_md != MBEDTLS_MD_SHA256 && x->sig_md != MBEDTLS_MD_SHA384 &&
	     x->sig_md != MBEDTLS_MD_SHA512))
		return refuse(c, "certificate is not signed with RSA (PKCS#1 v1.5) and SHA-256, SHA-384 or SHA-512");
	/* mbedTLS takes another tag for the number, and takes identifiers
	 * which no certificate has had since the nineties. */
	if (x->serial.tag != MBEDTLS_ASN1_INTEGER || !x->serial.len)
		return refuse(c, "serial number is not an integer");
	if (x->issuer_id.p || x->subject_id.p)
		return refuse(c, "certificate has unique identifiers");
	if (x->valid_from.year < 1970 || x->valid_to.year < 1970)
		return refuse(c, "a validity date is before 1970");
	if (x->raw.len > CERT_MAX_FILE)
		return refuse(c, "certificate of %zu bytes; the kernel takes %u",
			      x->raw.len, CERT_MAX_FILE);
	return der_ok(c, x->raw.p, x->raw.p + x->raw.len, 0) &&
	       extensions_ok(c, &ids) &&
	       self_signature_ok(c, &ids);
}

static bool fill(struct cert *c)
{
	mbedtls_x509_crt *x = &c->crt;
	struct cms_signer s = {
		.issuer = x->issuer_raw.p,
		.issuer_size = x->issuer_raw.len,
		.serial = x->serial.p,
		.serial_size = x->serial.len,
		.sig_octets = mbedtls_pk_get_len(&x->pk),
	};
	char *p;
	int n;

	n = mbedtls_x509_dn_gets(c->subject, sizeof(c->subject), &x->subject);
	if (n < 0)
		return refuse(c, "subject is longer than %zu characters",
			      sizeof(c->subject) - 1);
	/* It goes to terminals and kernel logs. */
	for (p = c->subject; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';

	c->prefix = malloc(CMS_MAX_PREFIX);
	if (!c->prefix)
		return refuse(c, "out of memory");
	c->v.prefix_size = cms_write_prefix(c->prefix, &s);
	if (!c->v.prefix_size)
		return refuse(c, "issuer name and serial number are too long for a signature of %u bytes",
			      CMS_MAX_PREFIX);
	c->v.prefix = c->prefix;
	c->v.sig_octets = s.sig_octets;
	c->v.subject = c->subject;
	c->v.der = x->raw.p;
	c->v.der_size = x->raw.len;
	c->expired = mbedtls_x509_time_is_past(&x->valid_to);
	c->not_yet_valid = mbedtls_x509_time_is_future(&x->valid_from);
	return true;
}

bool cert_parse(struct cert *c, const u8 *buf, size_t size)
{
	u8 *text;
	int err;

	memset(c, 0, sizeof(*c));
	mbedtls_x509_crt_init(&c->crt);
	if (!size || size > CERT_MAX_FILE)
		return refuse(c, "%zu bytes is no size of a certificate",
			      size);

	/* mbedTLS knows PEM by its terminating NUL. */
	text = malloc(size + 1);
	if (!text)
		return refuse(c, "out of memory");
	memcpy(text, buf, size);
	text[size] = 0;
	if (buf[0] == 0x30)
		err = mbedtls_x509_crt_parse_der(&c->crt, text, size);
	else
		err = mbedtls_x509_crt_parse(&c->crt, text, size + 1);
	free(text);
	if (err > 0)
		return refuse(c, "%d certificates in it cannot be parsed", err);
	if (err < 0)
		return refuse_mbedtls(c, "not an X.509 certificate", err);
	/* A bundle would make its issuers signers as well. */
	if (c->crt.next)
		return refuse(c, "more than one certificate in a file");
	return kernel_takes(c) && fill(c);
}

void cert_free(struct cert *c)
{
	mbedtls_x509_crt_free(&c->crt);
	free(c->prefix);
	memset(c, 0, sizeof(*c));
}
