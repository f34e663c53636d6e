/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_cms.c - the one accepted encoding of a signature, and all others.
 */
#include <stdio.h>
#include <stdlib.h>
#include "vorw_certs.h"
#include "tap.h"

static const u8 signed_data[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1,
				  7, 2 };
static const u8 plain_data[] = { 0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				 0x0d, 1, 7, 1 };
static const u8 sha256[] = { 0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4,
			     2, 1 };
static const u8 sha256_null[] = { 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65,
				  3, 4, 2, 1, 5, 0 };
static const u8 sha1[] = { 0x30, 7, 6, 5, 0x2b, 14, 3, 2, 26 };
static const u8 rsa[] = { 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
			  1, 1, 1, 5, 0 };
static const u8 sha256_rsa[] = { 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				 0x0d, 1, 1, 11, 5, 0 };
static const u8 one[] = { 2, 1, 1 };
static const u8 three[] = { 2, 1, 3 };
static const u8 attrs[] = { 0xa0, 2, 0x30, 0 };
static const u8 unsigned_attrs[] = { 0xa1, 2, 0x30, 0 };
static const u8 null[] = { 5, 0 };

struct buf { u8 p[2048]; u32 n; };

static void put(struct buf *b, const void *p, u32 n)
{
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

/* One element around what in holds; length in the shortest form. */
static void wrap(struct buf *b, u8 tag, const struct buf *in)
{
	u8 head[4] = { tag };
	u32 n = 2;

	if (in->n < 0x80) {
		head[1] = (u8)in->n;
	} else if (in->n < 0x100) {
		head[1] = 0x81;
		head[n++] = (u8)in->n;
	} else {
		head[1] = 0x82;
		head[n++] = (u8)(in->n >> 8);
		head[n++] = (u8)in->n;
	}
	put(b, head, n);
	put(b, in->p, in->n);
}

/* The parts of a signature which a test may set otherwise. */
struct form {
	const void *version, *digest, *content, *si_version, *si_digest, *alg;
	u32 digest_size, si_digest_size, alg_size, octets, serial;
	const void *certs, *attrs, *behind;
	u32 certs_size, attrs_size, behind_size;
	bool two_signers, two_digests, octet_bits;
};

static void encode(struct buf *out, const struct form *f)
{
	struct buf a = { .n = 0 }, b = { .n = 0 }, si = { .n = 0 };
	struct buf data = { .n = 0 }, octets = { .n = f->octets };
	u8 serial[] = { 2, 1, (u8)f->serial };

	memset(octets.p, 0x5a, f->octets);
	put(&a, "\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03" "abc", 14);
	wrap(&b, 0x30, &a);
	put(&b, serial, sizeof(serial));
	put(&si, f->si_version, 3);
	wrap(&si, 0x30, &b);
	put(&si, f->si_digest, f->si_digest_size);
	if (f->attrs)
		put(&si, f->attrs, f->attrs_size);
	put(&si, f->alg, f->alg_size);
	wrap(&si, f->octet_bits ? 3 : 4, &octets);
	if (f->behind)
		put(&si, f->behind, f->behind_size);

	put(&data, f->version, 3);
	a.n = 0;
	put(&a, f->digest, f->digest_size);
	if (f->two_digests)
		put(&a, f->digest, f->digest_size);
	wrap(&data, 0x31, &a);
	put(&data, f->content, 13);
	if (f->certs)
		put(&data, f->certs, f->certs_size);
	a.n = 0;
	wrap(&a, 0x30, &si);
	if (f->two_signers)
		wrap(&a, 0x30, &si);
	wrap(&data, 0x31, &a);
	a.n = b.n = 0;
	wrap(&a, 0x30, &data);
	put(&b, signed_data, sizeof(signed_data));
	wrap(&b, 0xa0, &a);
	out->n = 0;
	wrap(out, 0x30, &b);
}

static const struct form usual = {
	.version = one, .digest = sha256, .content = plain_data,
	.si_version = one, .si_digest = sha256, .alg = rsa,
	.digest_size = sizeof(sha256), .si_digest_size = sizeof(sha256),
	.alg_size = sizeof(rsa), .octets = 256, .serial = 7,
};

static void check_forms(void)
{
	struct form f;
	struct buf b;
	u32 idx;

#define FORM(name, ...) do { \
	f = usual; \
	__VA_ARGS__; \
	encode(&b, &f); \
	is(vorw_cms_match(b.p, b.n, NULL, 0, &idx), VORW_R_SIG_FORMAT, name); \
} while (0)
#define SET(field, val)		(f.field = val, f.field##_size = sizeof(val))

	encode(&b, &usual);
	is(vorw_cms_match(b.p, b.n, NULL, 0, &idx), VORW_R_SIG_UNKNOWN_KEY,
	   "our form, nobody's");
	FORM("version 3", f.version = three);
	FORM("SHA-1", SET(digest, sha1));
	FORM("SHA-256 with parameters", SET(digest, sha256_null));
	FORM("two digest algorithms", f.two_digests = true);
	FORM("another content type", f.content = sha256);
	FORM("certificates", SET(certs, attrs));
	FORM("certificate revocation lists", SET(certs, unsigned_attrs));
	FORM("two signers", f.two_signers = true);
	FORM("signer version 3", f.si_version = three);
	FORM("signer with SHA-1", SET(si_digest, sha1));
	FORM("signer's SHA-256 with parameters", SET(si_digest, sha256_null));
	FORM("signed attributes", SET(attrs, attrs));
	FORM("unsigned attributes", SET(behind, unsigned_attrs));
	FORM("something behind the signature", SET(behind, null));
	FORM("signature algorithm with its digest", SET(alg, sha256_rsa));
	FORM("signature as a bit string", f.octet_bits = true);
	FORM("no signature", f.octets = 0);
}

static void check_lengths(void)
{
	static const u8 indefinite[] = { 0x30, 0x80, 0, 0 };
	static const u8 huge[] = { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff };
	static const u8 long_short[] = { 0x30, 0x81, 0x05, 0, 0, 0, 0, 0 };
	static const u8 long_zero[] = { 0x30, 0x82, 0x00, 0x80 };
	static const u8 one_byte[] = { 0x30, 0x81 };
	static const u8 two_bytes[] = { 0x30, 0x82, 0x01 };
	static const struct { const u8 *p; u32 n; const char *name; } bad[] = {
		{ one_byte, sizeof(one_byte), "length byte missing" },
		{ two_bytes, sizeof(two_bytes), "second one missing" },
		{ indefinite, sizeof(indefinite), "indefinite length" },
		{ huge, sizeof(huge), "length of four bytes" },
		{ long_short, sizeof(long_short), "short length, long form" },
		{ long_zero, sizeof(long_zero), "length with a leading zero" },
		{ huge, 2, "length cut off" },
		{ huge, 1, "tag alone" },
		{ huge, 0, "nothing" },
	};
	u32 i, idx;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		is(vorw_cms_match(bad[i].p, bad[i].n, NULL, 0, &idx),
		   VORW_R_SIG_FORMAT, "%s", bad[i].name);
}

static u8 *copy(const u8 *p, u32 n)
{
	u8 *c = malloc(n ? n : 1);

	memcpy(c, p, n);
	return c;
}

/* Cut everywhere, grown, and every bit before the octets flipped. */
static void check_match(const struct vorw_cert *certs, u32 n, u32 want,
			const u8 *sig, u32 size, const char *name)
{
	u32 prefix = certs[want].prefix_size, idx = ~0u, taken = 0, other = 0;
	u32 bit, i, far = 0;
	u8 *p;

	is(vorw_cms_match(sig, size, certs, n, &idx), VORW_R_OK, "%s", name);
	is(idx, want, "%s: which one", name);
	for (i = 0; i < size; i++) {
		p = copy(sig, i);
		other += vorw_cms_match(p, i, certs, n, &idx) !=
			 VORW_R_SIG_FORMAT;
		free(p);
	}
	is(other, 0, "%s: cut at every length", name);
	p = malloc(size + 1);
	memcpy(p, sig, size);
	p[size] = 0;
	is(vorw_cms_match(p, size + 1, certs, n, &idx), VORW_R_SIG_FORMAT,
	   "%s: a byte more", name);
	for (bit = 0; bit < prefix * 8; bit++) {
		p[bit / 8] ^= (u8)(1 << bit % 8);
		switch (vorw_cms_match(p, size, certs, n, &idx)) {
		case VORW_R_OK:
			taken++;
			break;
		case VORW_R_SIG_UNKNOWN_KEY:
			far++;
			break;
		default:
			break;
		}
		p[bit / 8] ^= (u8)(1 << bit % 8);
	}
	is(taken, 0, "%s: no flip before the octets is accepted", name);
	ok(far > 0 && far < prefix * 8, "%s: some flips name another signer",
	   name);
	for (taken = 0; bit < size * 8; bit++) {
		p[bit / 8] ^= (u8)(1 << bit % 8);
		taken += !vorw_cms_match(p, size, certs, n, &idx);
		p[bit / 8] ^= (u8)(1 << bit % 8);
	}
	is(taken, (size - prefix) * 8,
	   "%s: the octets themselves are the RSA check's", name);
	free(p);
}

int main(void)
{
	struct form second = usual;
	struct buf a, b;
	u32 idx, i;

	check_forms();
	check_lengths();

	second.serial = 8;
	second.octets = 384;
	encode(&a, &usual);
	encode(&b, &second);
	const struct vorw_cert certs[] = {
		{ "a", NULL, 0, a.p, a.n - 256, 256 },
		{ "b", NULL, 0, b.p, b.n - 384, 384 },
	};

	check_match(certs, 2, 0, a.p, a.n, "2048 bits");
	check_match(certs, 2, 1, b.p, b.n, "3072 bits");
	is(vorw_cms_match(a.p, a.n, certs + 1, 1, &idx),
	   VORW_R_SIG_UNKNOWN_KEY, "a signer who is no longer trusted");

	/* The certificates of this build: their templates are of our form. */
	ok(vorw_ncerts > 0, "this build trusts a certificate");
	for (i = 0; i < vorw_ncerts; i++) {
		const struct vorw_cert *c = &vorw_certs[i];
		u32 size = c->prefix_size + c->sig_octets;
		u8 *sig = calloc(1, size);

		memcpy(sig, c->prefix, c->prefix_size);
		is(vorw_cms_match(sig, size, vorw_certs, vorw_ncerts, &idx),
		   VORW_R_OK, "certificate %u of this build", i);
		is(vorw_cms_match(sig, size, certs, 2, &idx),
		   VORW_R_SIG_UNKNOWN_KEY, "certificate %u elsewhere", i);
		free(sig);
	}
	return tap_done();
}
