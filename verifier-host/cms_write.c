// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cms_write.c - DER CMS SignedData (RFC 5652) in our one form.
 *
 * DER lengths come before what they count, so the message is written from its
 * end: each element knows its size when its header is due.  The signature
 * octets themselves are not written, only counted.
 */
#include "cms_write.h"

/* Identifier octets (X.690, 8.1.2) */
#define DER_INTEGER	0x02
#define DER_OCTETS	0x04
#define DER_SEQUENCE	0x30
#define DER_SET		0x31
#define DER_CONTEXT_0	0xa0	/* [0], constructed: EXPLICIT */

/* OBJECT IDENTIFIERs with their headers; parameters where the form has them */
static const u8 oid_signed_data[] = {	/* 1.2.840.113549.1.7.2 */
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
static const u8 oid_data[] = {		/* 1.2.840.113549.1.7.1 */
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
static const u8 alg_sha256[] = {	/* 2.16.840.1.101.3.4.2.1, no params:
					 * RFC 5754, section 2 */
	0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };
static const u8 alg_rsa[] = {		/* 1.2.840.113549.1.1.1, NULL params:
					 * RFC 3370, section 3.2 */
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
	0x05, 0x00 };

/* Writes towards the front of buf.  n counts all octets of the message from
 * here to its end, those of the signature included. */
struct der {
	u8 *p, *start;
	u32 n;
	bool full;
};

static void put(struct der *d, const void *bytes, u32 size)
{
	if (d->full || size > (size_t)(d->p - d->start)) {
		d->full = true;
		return;
	}
	d->p -= size;
	d->n += size;
	memcpy(d->p, bytes, size);
}

static void put_u8(struct der *d, u8 byte)
{
	put(d, &byte, 1);
}

/* Header of an element whose contents take size octets; shortest form. */
static void header(struct der *d, u8 tag, u32 size)
{
	u32 left = size, octets = 0;

	if (size < 0x80) {
		put_u8(d, size);
	} else {
		for (; left; left >>= 8, octets++)
			put_u8(d, left & 0xff);
		put_u8(d, 0x80 | octets);
	}
	put_u8(d, tag);
}

/* Wrap all that was written since n was `from`. */
static void wrap(struct der *d, u8 tag, u32 from)
{
	header(d, tag, d->n - from);
}

static void version_1(struct der *d)
{
	put_u8(d, 1);
	header(d, DER_INTEGER, 1);
}

static void sequence_of(struct der *d, const void *bytes, u32 size)
{
	put(d, bytes, size);
	header(d, DER_SEQUENCE, size);
}

/* Backwards from the signature octets to the front of SignerInfo. */
static void signer_info(struct der *d, const struct cms_signer *s)
{
	u32 sid;

	header(d, DER_OCTETS, s->sig_octets);
	sequence_of(d, alg_rsa, sizeof(alg_rsa));
	sequence_of(d, alg_sha256, sizeof(alg_sha256));
	sid = d->n;
	put(d, s->serial, s->serial_size);
	header(d, DER_INTEGER, s->serial_size);
	put(d, s->issuer, s->issuer_size);
	wrap(d, DER_SEQUENCE, sid);
	version_1(d);
	wrap(d, DER_SEQUENCE, 0);
}

u32 cms_write_prefix(u8 *buf, const struct cms_signer *s)
{
	struct der d = {
		.p = buf + CMS_MAX_PREFIX,
		.start = buf,
		.n = s->sig_octets,
	};
	u32 digests, size;

	signer_info(&d, s);
	wrap(&d, DER_SET, 0);				/* signerInfos */
	sequence_of(&d, oid_data, sizeof(oid_data));	/* encapContentInfo */
	digests = d.n;
	sequence_of(&d, alg_sha256, sizeof(alg_sha256));
	wrap(&d, DER_SET, digests);
	version_1(&d);
	wrap(&d, DER_SEQUENCE, 0);			/* SignedData */
	wrap(&d, DER_CONTEXT_0, 0);
	put(&d, oid_signed_data, sizeof(oid_signed_data));
	wrap(&d, DER_SEQUENCE, 0);			/* ContentInfo */
	if (d.full)
		return 0;
	size = buf + CMS_MAX_PREFIX - d.p;
	memmove(buf, d.p, size);
	return size;
}
