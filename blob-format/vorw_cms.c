/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_cms.c - whose signature is this, judged by shape.
 *
 * Trust comes from comparing with a template; the DER walk below only tells
 * "our form, another signer" from "not our form" for the message.
 */
#include "vorw_cms.h"

#define SEQUENCE	0x30
#define SET		0x31
#define CONTEXT_0	0xa0
#define INTEGER		0x02
#define OCTET_STRING	0x04

/* Whole elements which the form fixes (RFC 5652, RFC 5754, RFC 3370). */
static const u8 version_1[] = { INTEGER, 1, 1 };
static const u8 id_signed_data[] = {
	0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 };
static const u8 id_data[] = {
	SEQUENCE, 11, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1 };
static const u8 alg_sha256[] = {
	SEQUENCE, 11, 0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1 };
static const u8 alg_rsa[] = {
	SEQUENCE, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1,
	0x05, 0 };

struct der { const u8 *p; u32 left; };

/* Take one element with this tag and a shortest-form length of up to 64 KiB;
 * its contents go to *in. */
static bool take(struct der *d, u8 tag, struct der *in)
{
	u32 head = 2, len;

	if (d->left < 2 || d->p[0] != tag)
		return false;
	len = d->p[1];
	if (len == 0x81) {
		head = 3;
		if (d->left < head)
			return false;
		len = d->p[2];
		if (len < 0x80)
			return false;
	} else if (len == 0x82) {
		head = 4;
		if (d->left < head)
			return false;
		len = (u32)d->p[2] << 8 | d->p[3];
		if (len < 0x100)
			return false;
	} else if (len >= 0x80) {
		return false;
	}
	if (d->left - head < len)
		return false;
	in->p = d->p + head;
	in->left = len;
	d->p += head + len;
	d->left -= head + len;
	return true;
}

static bool take_fixed(struct der *d, const u8 *want, u32 size)
{
	if (d->left < size || memcmp(d->p, want, size))
		return false;
	d->p += size;
	d->left -= size;
	return true;
}

#define TAKE_FIXED(d, want)	take_fixed(d, want, sizeof(want))

static bool in_our_form(const u8 *sig, u32 size)
{
	struct der msg = { sig, size }, info, wrap, data, algs, signers;
	struct der si, sid, name, serial, octets;

	return take(&msg, SEQUENCE, &info) && !msg.left &&
	       TAKE_FIXED(&info, id_signed_data) &&
	       take(&info, CONTEXT_0, &wrap) && !info.left &&
	       take(&wrap, SEQUENCE, &data) && !wrap.left &&
	       TAKE_FIXED(&data, version_1) &&
	       take(&data, SET, &algs) &&
	       TAKE_FIXED(&algs, alg_sha256) && !algs.left &&
	       TAKE_FIXED(&data, id_data) &&
	       take(&data, SET, &signers) && !data.left &&
	       take(&signers, SEQUENCE, &si) && !signers.left &&
	       TAKE_FIXED(&si, version_1) &&
	       take(&si, SEQUENCE, &sid) &&
	       take(&sid, SEQUENCE, &name) &&
	       take(&sid, INTEGER, &serial) && serial.left && !sid.left &&
	       TAKE_FIXED(&si, alg_sha256) &&
	       TAKE_FIXED(&si, alg_rsa) &&
	       take(&si, OCTET_STRING, &octets) && octets.left && !si.left;
}

enum vorw_reason vorw_cms_match(const u8 *sig, u32 sig_size,
				const struct vorw_cert *certs, u32 ncerts,
				u32 *idx)
{
	u32 i;

	for (i = 0; i < ncerts; i++) {
		const struct vorw_cert *c = &certs[i];

		if (sig_size < c->prefix_size ||
		    sig_size - c->prefix_size != c->sig_octets ||
		    memcmp(sig, c->prefix, c->prefix_size))
			continue;
		*idx = i;
		return VORW_R_OK;
	}
	return in_our_form(sig, sig_size) ? VORW_R_SIG_UNKNOWN_KEY :
					    VORW_R_SIG_FORMAT;
}
