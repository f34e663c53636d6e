/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_flip.c - a small blob cut at every length, and with every bit flipped.
 *
 * A cut is always refused.  A flip is refused, or it has only changed a value
 * and the blob is still consistent: then what is read from it, written again,
 * gives those very bytes.  Nothing in a blob goes unread.
 *
 * A device that knows only its own machine gives the same reasons.
 */
#include <stdio.h>
#include <stdlib.h>
#include "vorw_bytes.h"
#include "sample.h"
#include "tap.h"

#define SIG	64

/* rules.mk: compiled for a 32-bit Arm device */
enum vorw_reason arm_vorw_parse(const struct vorw_parts *parts,
				struct vorw_view *v, struct vorw_diag *d);

/* Exactly n bytes of heap, so that one byte further is an error. */
static u8 *copy(const u8 *buf, size_t n)
{
	u8 *p = malloc(n ? n : 1);

	memcpy(p, buf, n);
	return p;
}

static void check_cuts(void)
{
	u32 truncated = 0, accepted = 0, other = 0;
	struct vorw_parts parts;
	struct vorw_view v;
	size_t size, n;
	u8 *buf = sample_signed(&size, SIG), *p;

	for (n = 0; n < size; n++) {
		p = copy(buf, n);
		switch (sample_parse(p, n, &parts, &v, NULL)) {
		case VORW_R_TRUNCATED:
			truncated++;
			break;
		case VORW_R_OK:
			accepted++;
			ok(!parts.sig && n == size - SIG - 16,
			   "a blob whose signature is cut off is unsigned");
			break;
		default:
			other++;
		}
		free(p);
	}
	is(accepted, 1, "no other cut is accepted");
	is(truncated, (long long)size - 1, "all others are truncated");
	is(other, 0, "no cut is something else");
	free(buf);
}

/* Cut with the sizes put right: the sections then do not fit. */
static void check_short_content(void)
{
	u32 malformed = 0, tried = 0;
	struct vorw_parts parts;
	struct vorw_view v;
	size_t size, n;
	u8 *buf = sample_blob(&size), *p;

	for (n = sizeof(struct vorw_hdr); n < size; n += 8) {
		p = copy(buf, n);
		vorw_put32(p + offsetof(struct vorw_hdr, content_size),
			   (u32)n);
		malformed += sample_parse(p, n, &parts, &v, NULL) ==
			     VORW_R_MALFORMED;
		tried++;
		free(p);
	}
	is(malformed, tried, "content of every smaller size is malformed");
	free(buf);
}

/* What becomes of a flip in the content of the sample. */
static const struct { enum vorw_reason reason; u32 bits; } expected[] = {
	{ VORW_R_OK, 6097 },
	{ VORW_R_TRUNCATED, 15 },	/* content_size */
	{ VORW_R_BAD_MAGIC, 64 },	/* all bits of the magic */
	{ VORW_R_VERSION, 16 },		/* all bits of the version */
	{ VORW_R_MALFORMED, 6914 },
	{ VORW_R_LIMIT, 717 },
	{ VORW_R_RESERVED, 2576 },
	{ VORW_R_UNSUPPORTED, 993 },
	{ VORW_R_SIG_FORMAT, 6 },	/* content_size: ends too early */
	{ VORW_R_WRONG_ARCH, 16 },	/* all bits of the machine */
	{ VORW_R_RELOC, 762 },		/* relocated instructions */
};

static void check_flips(void)
{
	u32 count[256] = { 0 }, in_sig = 0, broken = 0, sig_refused = 0;
	u32 i, sum = 0, other = 0, compared = 0;
	struct vorw_parts parts;
	struct vorw_view v, arm;
	struct vorw_diag d;
	size_t size, bit;
	u8 *buf = sample_signed(&size, SIG);

	for (bit = 0; bit < size * 8; bit++) {
		u8 *p = copy(buf, size);
		size_t behind = size * 8 - bit;
		enum vorw_reason r;
		const char *why;

		p[bit / 8] ^= (u8)(1 << bit % 8);
		r = vorw_locate(p, size, &parts, NULL);
		if (!r) {
			enum vorw_reason on_arm;

			r = vorw_parse(&parts, &v, NULL);
			on_arm = arm_vorw_parse(&parts, &arm, &d);
			compared++;
			if (on_arm != r && !other++)
				diag("bit %zu: %s, on Arm %s (%s)", bit,
				     vorw_reason_name(r),
				     vorw_reason_name(on_arm), d.what);
		}
		if (behind <= SIG * 8)
			in_sig += r == VORW_R_OK;
		else if (behind <= (SIG + 16) * 8)
			sig_refused += r != VORW_R_OK;
		else
			count[r]++;
		why = r ? NULL : sample_broken(p, size);
		if (why && !broken++)
			diag("bit %zu: %s", bit, why);
		free(p);
	}
	is(other, 0, "the parser of a device says the same %u times", compared);
	is(broken, 0, "what is accepted is consistent and read whole");
	is(in_sig, SIG * 8, "the signature itself is not the parser's");
	is(sig_refused, 16 * 8, "every bit of the signature's header counts");

	for (i = 0; i < ARRAY_LEN(expected); i++) {
		is(count[expected[i].reason], expected[i].bits, "flips: %s",
		   vorw_reason_name(expected[i].reason));
		sum += count[expected[i].reason];
	}
	is(sum, (long long)(size - SIG - 16) * 8, "no other reason");
	free(buf);
}

/* Bytes of a blob which the parser leaves to others: no flip is refused. */
static void check_free_fields(void)
{
	static const struct { u32 sec, off, size; const char *name; } free_of[] = {
		{ VORW_SEC_BINDING, 0, 8, "build-id" },
		{ VORW_SEC_OBJECT, offsetof(struct vorw_object, object_sha256),
		  32, "digest of the object" },
		{ VORW_SEC_PROGS, offsetof(struct vorw_prog, tag), 8, "tag" },
		{ VORW_SEC_MAPS, offsetof(struct vorw_map, map_extra), 8,
		  "map_extra" },
		{ VORW_SEC_DATA, 4, 16, "contents of a map" },
		{ VORW_SEC_CODE, 24, 4, "code that is not relocated" },
	};
	struct vorw_parts parts;
	struct vorw_view v;
	size_t size, i;
	u8 *buf = sample_blob(&size);

	sample_parse(buf, size, &parts, &v, NULL);
	for (i = 0; i < ARRAY_LEN(free_of); i++) {
		u8 *p = buf + (v.sec[free_of[i].sec].p - buf) + free_of[i].off;
		u32 bit, taken = 0;

		for (bit = 0; bit < free_of[i].size * 8; bit++) {
			p[bit / 8] ^= (u8)(1 << bit % 8);
			taken += !sample_broken(buf, size);
			p[bit / 8] ^= (u8)(1 << bit % 8);
		}
		is(taken, free_of[i].size * 8, "any %s", free_of[i].name);
	}
	free(buf);
}

int main(void)
{
	check_cuts();
	check_short_content();
	check_flips();
	check_free_fields();
	return tap_done();
}
