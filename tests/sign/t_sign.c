// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_sign.c - signatures in process: what openssl writes, every bit flipped,
 * every length cut; files and strings.
 *
 *   t_sign DIR FIRST    DIR has BLOB (unsigned) and for NAME in a b:
 *                       NAME.key, NAME.cert, NAME.sig (openssl's signature)
 *
 * Prints TAP results numbered from FIRST on, without a plan; tests/suites/
 * 20-sign prints that.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cms_write.h"
#include "file_io.h"
#include "json.h"
#include "sign.h"

static unsigned number;
static bool failed;
static const char *dir;

static void result(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %u - ", ok ? "" : "not ", number++);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	failed |= !ok;
}

static const char *in_dir(const char *name, const char *ext)
{
	static char path[4][4096];
	static unsigned i;
	char *p = path[i++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s%s", dir, name, ext);
	return p;
}

struct subject {
	struct cert cert;
	u8 *content, *der, *blob;
	u32 content_size, der_size, blob_size;
};

/* What a device would say about these bytes: device order. */
static enum vorw_reason judge(const struct subject *s, const u8 *buf,
			      size_t size)
{
	struct vorw_diag d = { 0 };
	struct vorw_parts parts;
	struct vorw_view view;
	enum vorw_reason r;
	u32 idx;

	r = vorw_locate(buf, size, &parts, &d);
	if (r == VORW_R_OK)
		r = sign_check(&parts, &s->cert.v, 1, &idx);
	if (r == VORW_R_OK)
		r = vorw_parse(&parts, &view, &d);
	return r;
}

static bool is_sig_reason(enum vorw_reason r)
{
	return r == VORW_R_SIG_FORMAT || r == VORW_R_SIG_UNKNOWN_KEY ||
	       r == VORW_R_SIG_BAD;
}

/* Same bytes as openssl; accepted; same bytes when done again. */
static bool set_up(struct subject *s, const char *name)
{
	struct vorw_err e = { 0 };
	u8 *theirs = NULL, *again = NULL;
	size_t n = 0, content_size = 0;
	u32 again_size = 0;
	bool ok;

	memset(s, 0, sizeof(*s));
	ok = file_read(in_dir("BLOB", ""), VORW_MAX_BLOB, &s->content,
		       &content_size, &e) &&
	     sign_load_cert(in_dir(name, ".cert"), &s->cert, &e);
	s->content_size = content_size;
	ok = ok && vorw_sign(s->content, s->content_size,
			     in_dir(name, ".key"), in_dir(name, ".cert"),
			     &s->der, &s->der_size, &e) &&
	     vorw_sign(s->content, s->content_size, in_dir(name, ".key"),
		       in_dir(name, ".cert"), &again, &again_size, &e) &&
	     file_read(in_dir(name, ".sig"), 65536, &theirs, &n, &e) &&
	     sign_attach(s->content, s->content_size, s->der, s->der_size,
			 &s->blob, &s->blob_size, &e);
	if (!ok)
		printf("# %s [%s]\n", e.msg, vorw_reason_name(e.reason));
	result(ok && n == s->der_size && !memcmp(theirs, s->der, n),
	       "RSA-%u: our signature has the bytes of openssl's",
	       s->cert.v.sig_octets * 8);
	result(ok && again_size == s->der_size &&
	       !memcmp(again, s->der, again_size),
	       "RSA-%u: signing again gives the same bytes",
	       s->cert.v.sig_octets * 8);
	result(ok && judge(s, s->blob, s->blob_size) == VORW_R_OK,
	       "RSA-%u: signed blob is accepted", s->cert.v.sig_octets * 8);
	free(theirs);
	free(again);
	return ok;
}

static void flips(struct subject *s)
{
	u32 count[128] = { 0 }, bad = 0, i, in_sig = 0;
	u32 der_at = s->blob_size - s->der_size;
	enum vorw_reason r;

	for (i = 0; i < 8 * s->blob_size; i++) {
		s->blob[i / 8] ^= 1 << i % 8;
		r = judge(s, s->blob, s->blob_size);
		s->blob[i / 8] ^= 1 << i % 8;
		if (i / 8 >= der_at) {
			in_sig++;
			bad += !is_sig_reason(r);
		} else {
			bad += r == VORW_R_OK;
		}
		count[r < 128 ? r : 127]++;
	}
	printf("# %u flips, %u of them in the signature:", i, in_sig);
	for (i = 0; i < 128; i++)
		if (count[i])
			printf(" %s %u", vorw_reason_name(i), count[i]);
	putchar('\n');
	result(!bad && in_sig,
	       "RSA-%u: every bit flipped is refused, in the signature for the signature",
	       s->cert.v.sig_octets * 8);
}

static void cuts(struct subject *s)
{
	u32 bad = 0, n;
	u8 *copy;

	/* An exact allocation each time, so that reading on is seen. */
	for (n = 0; n < s->blob_size; n++) {
		copy = malloc(n ? n : 1);
		memcpy(copy, s->blob, n);
		bad += judge(s, copy, n) == VORW_R_OK;
		if (n == s->content_size)
			bad += judge(s, copy, n) != VORW_R_UNSIGNED;
		free(copy);
	}
	result(!bad, "RSA-%u: cut at every length is refused",
	       s->cert.v.sig_octets * 8);

	for (bad = 0, n = 0; n <= s->der_size + 8; n++) {
		struct vorw_parts parts = { s->content, s->content_size, NULL,
					    n };
		u32 idx;

		if (n == s->der_size)
			continue;
		copy = calloc(1, n ? n : 1);
		memcpy(copy, s->der, n < s->der_size ? n : s->der_size);
		parts.sig = copy;
		bad += sign_check(&parts, &s->cert.v, 1, &idx) !=
		       VORW_R_SIG_FORMAT;
		free(copy);
	}
	result(!bad, "RSA-%u: signature of every other length is malformed",
	       s->cert.v.sig_octets * 8);
}

/* RSA values that are none: zero, one, the modulus' size and above */
static void odd_values(struct subject *s)
{
	u8 *sig = s->blob + s->blob_size - s->cert.v.sig_octets;
	u32 n = s->cert.v.sig_octets, bad = 0, i;
	u8 *keep = malloc(n);

	memcpy(keep, sig, n);
	for (i = 0; i < 3; i++) {
		memset(sig, i == 2 ? 0xff : 0, n);
		if (i == 1)
			sig[n - 1] = 1;
		bad += judge(s, s->blob, s->blob_size) != VORW_R_SIG_BAD;
	}
	memcpy(sig, keep, n);
	free(keep);
	result(!bad, "RSA-%u: signature values 0, 1 and 2^n-1 are bad",
	       s->cert.v.sig_octets * 8);
}

static void subject_free(struct subject *s)
{
	cert_free(&s->cert);
	free(s->content);
	free(s->der);
	free(s->blob);
}

static void two_signers(struct subject *a, struct subject *b)
{
	const struct vorw_cert both[] = { b->cert.v, a->cert.v };
	struct vorw_parts parts = { a->content, a->content_size, a->der,
				    a->der_size };
	struct sign_claim claim;
	u32 idx = 9;

	result(sign_check(&parts, both, 2, &idx) == VORW_R_OK && idx == 1,
	       "second of two trusted certificates is found");
	result(sign_check(&parts, both, 1, &idx) == VORW_R_SIG_UNKNOWN_KEY,
	       "signer not among the trusted certificates is unknown");
	result(sign_check(&parts, NULL, 0, &idx) == VORW_R_SIG_UNKNOWN_KEY,
	       "with no trusted certificate every signer is unknown");
	result(sign_claim(a->der, a->der_size, &claim) &&
	       claim.sig_octets == a->cert.v.sig_octets &&
	       !strcmp(claim.issuer, a->cert.subject),
	       "a signature says who it claims to be by");
	a->der[2] ^= 1;
	result(!sign_claim(a->der, a->der_size, &claim),
	       "a signature in another encoding has no claim");
	a->der[2] ^= 1;
}

/* xorshift: the same numbers every time */
static u32 next_random(void)
{
	static u32 x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

/*
 * Two readers of one form, ours by writing it again and the device's by
 * walking it: they have to agree about every damaged signature.
 */
static void readers_agree(struct subject *a)
{
	u32 i, k, bad = 0, claims = 0, n, idx;

	for (i = 0; i < 100000; i++) {
		u8 *sig = malloc(a->der_size + 1);
		struct sign_claim claim;
		bool ours, theirs;

		n = a->der_size;
		memcpy(sig, a->der, n);
		/* the head, mostly: behind it are only numbers */
		for (k = next_random() % 4; k; k--)
			sig[next_random() % (next_random() % 4 ? n / 3 : n)] ^=
				1 << next_random() % 8;
		if (next_random() % 4 == 0) {
			k = next_random() % n;
			memmove(sig + k, sig + k + 1, --n - k);
		} else if (next_random() % 4 == 0) {
			k = next_random() % n;
			memmove(sig + k + 1, sig + k, n++ - k);
		}
		/* an exact allocation, so that reading on is seen */
		sig = realloc(sig, n);
		ours = sign_claim(sig, n, &claim);
		theirs = vorw_cms_match(sig, n, NULL, 0, &idx) ==
			 VORW_R_SIG_UNKNOWN_KEY;
		bad += ours != theirs;
		claims += ours;
		free(sig);
	}
	printf("# %u of %u damaged signatures are in the form\n", claims, i);
	result(!bad && claims && claims < i,
	       "both readers of the form agree about damaged signatures");
}

static void refusals(struct subject *a)
{
	struct vorw_err e = { 0 };
	u8 other[64] = "VORWBPF\x02", *der = NULL;
	u32 n;

	result(!vorw_sign(other, sizeof(other), in_dir("a", ".key"),
			  in_dir("a", ".cert"), &der, &n, &e) &&
	       e.reason == VORW_R_BAD_MAGIC && !der,
	       "content without our magic is not signed");
	memset(&e, 0, sizeof(e));
	result(!vorw_sign(a->content, a->content_size, in_dir("b", ".key"),
			  in_dir("a", ".cert"), &der, &n, &e) &&
	       e.reason == VORW_R_KEY && !der,
	       "key of another certificate is not used");
	memset(&e, 0, sizeof(e));
	result(!vorw_sign(a->content, a->content_size, in_dir("a", ".cert"),
			  in_dir("a", ".cert"), &der, &n, &e) &&
	       e.reason == VORW_R_KEY,
	       "a certificate is no key");
	memset(&e, 0, sizeof(e));
	result(!vorw_sign(a->content, a->content_size, in_dir("none", ".key"),
			  in_dir("a", ".cert"), &der, &n, &e) &&
	       e.reason == VORW_R_IO && strstr(e.msg, "none.key"),
	       "a key file that is not there is named");
}

static void prefixes(void)
{
	static u8 issuer[CMS_MAX_PREFIX], buf[CMS_MAX_PREFIX];
	u8 serial = 1;
	struct cms_signer s = { issuer, 0, &serial, 1, 256 };
	u32 n, last = 0, bad = 0;

	/* Sizes around each change in the length of a length. */
	for (n = 0; n <= sizeof(issuer); n++) {
		u32 got;

		s.issuer_size = n;
		got = cms_write_prefix(buf, &s);
		bad += !got && n + 200 < CMS_MAX_PREFIX;
		bad += got && got <= last;
		last = got ? got : last;
	}
	s.issuer_size = sizeof(issuer);
	result(!bad && !cms_write_prefix(buf, &s),
	       "a prefix that does not fit is none");
}

static void strings(void)
{
	static const struct {
		const char *in, *json, *text;
		size_t cap;
	} cases[] = {
		{ "plain", "\"plain\"", "plain", 80 },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"", "a\"b\\c/d", 80 },
		{ "\x1b[2J\a\n\t", "\"\\u001b[2J\\u0007\\n\\t\"",
		  "\\x1b[2J\\x07\\x0a\\x09", 80 },
		{ "\x7f\xc2\x9b" "1m", "\"\\u007f\\u009b1m\"",
		  "\\x7f\\xc2\\x9b1m", 80 },
		{ "\xe2\x80\xae" "abc", "\"\\u202eabc\"",
		  "\\xe2\\x80\\xaeabc", 80 },
		{ "\xc3\xa4\xf0\x9f\x98\x80", "\"\xc3\xa4\xf0\x9f\x98\x80\"",
		  "\\xc3\\xa4\\xf0\\x9f\\x98\\x80", 80 },
		/* stray, overlong, cut, surrogate, too large */
		{ "\x80|\xc0\xaf|\xe2\x82|\xed\xa0\x80|\xf4\x90\x80\x80",
		  "\"\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|"
		  "\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
		  NULL, 80 },
		{ "0123456789", NULL, "0123456789", 11 },
		{ "0123456789", NULL, "0123456..", 10 },
		{ "01234\x1b\x1b", NULL, "01234..", 10 },
		{ "", "\"\"", "", 1 },
	};
	u32 i, bad = 0;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128], *out = NULL, want[256];
		size_t n;
		struct json j;
		FILE *f = open_memstream(&out, &n);

		json_start(&j, f);
		json_str(&j, "k", cases[i].in);
		json_finish(&j);
		fclose(f);
		snprintf(want, sizeof(want), "{\n  \"k\": %s\n}\n",
			 cases[i].json ? cases[i].json : "");
		if (cases[i].json && strcmp(out, want)) {
			printf("# case %u: %s", i, out);
			bad++;
		}
		if (cases[i].text &&
		    strcmp(text_fit(text, cases[i].cap, cases[i].in),
			   cases[i].text)) {
			printf("# case %u: %s\n", i, text);
			bad++;
		}
		free(out);
	}
	result(!bad, "hostile strings are made harmless");
}

static void json_shapes(void)
{
	static const char want[] =
		"{\n  \"n\": null,\n  \"e\": [],\n  \"o\": {\n    \"u\": 18446744073709551615,\n"
		"    \"i\": -5\n  },\n  \"a\": [\n    true,\n    \"0aff\"\n  ],\n"
		"  \"w\": [\n    \"x\",\n    \"yz\"\n  ],\n  \"d\": []\n}\n";
	char *out = NULL;
	struct json j;
	size_t n;
	FILE *f = open_memstream(&out, &n);

	json_start(&j, f);
	json_str(&j, "n", NULL);
	json_array(&j, "e");
	json_end(&j);
	json_object(&j, "o");
	json_u64(&j, "u", ~0ull);
	json_i64(&j, "i", -5);
	json_end(&j);
	json_array(&j, "a");
	json_bool(&j, NULL, true);
	json_hex(&j, NULL, (const u8 *)"\x0a\xff", 2);
	json_end(&j);
	json_words(&j, "w", " x yz");
	json_words(&j, "d", " -");
	json_finish(&j);
	fclose(f);
	result(!strcmp(out, want), "JSON of every shape");
	if (strcmp(out, want))
		printf("# %s\n", out);
	free(out);
}

static bool holds(const char *path, const char *text)
{
	struct vorw_err e = { 0 };
	size_t n;
	u8 *b;
	bool ok = file_read(path, 100, &b, &n, &e) && n == strlen(text) &&
		  !memcmp(b, text, n);

	free(b);
	return ok;
}

static void files(void)
{
	const struct rlimit small = { 4096, RLIM_INFINITY };
	const char *f = in_dir("file", ""), *l = in_dir("link", "");
	struct vorw_err e = { 0 };
	struct rlimit old;
	static char big[65536];
	struct stat st;
	size_t n;
	u8 *b;

	umask(022);
	result(file_write(f, "one", 3, &e) && holds(f, "one") &&
	       !stat(f, &st) && (st.st_mode & 0777) == 0644,
	       "file is written, with the usual mode");
	chmod(f, 0600);
	result(file_write(f, "two", 3, &e) && holds(f, "two") &&
	       !stat(f, &st) && (st.st_mode & 0777) == 0600,
	       "file is replaced and keeps its mode");
	result(!symlink("file", l) && file_write(l, "three", 5, &e) &&
	       holds(f, "three") && !lstat(l, &st) && S_ISLNK(st.st_mode),
	       "symbolic link is followed");

	/* EFBIG stands in for a full disk: both come from write(). */
	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	result(!file_write(f, big, sizeof(big), &e) &&
	       e.reason == VORW_R_IO && holds(f, "three"),
	       "a write that fails leaves the old file");
	setrlimit(RLIMIT_FSIZE, &old);
	memset(&e, 0, sizeof(e));
	result(!file_write("/dev/full", "x", 1, &e) && e.reason == VORW_R_IO &&
	       strstr(e.msg, "No space left"), "full device is said so");
	memset(&e, 0, sizeof(e));
	result(!file_write(in_dir("no/such", ""), "x", 1, &e) &&
	       e.reason == VORW_R_IO, "directory that is not there");
	memset(&e, 0, sizeof(e));
	result(!file_write(dir, "x", 1, &e) && e.reason == VORW_R_IO,
	       "a directory is not written to");
	memset(&e, 0, sizeof(e));
	result(!file_read(f, 4, &b, &n, &e) && e.reason == VORW_R_LIMIT && !b,
	       "file above the cap is refused");
	memset(&e, 0, sizeof(e));
	result(!file_read("/dev/zero", 100000, &b, &n, &e) &&
	       e.reason == VORW_R_LIMIT && !b,
	       "endless file is refused at the cap");
	memset(&e, 0, sizeof(e));
	result(!file_read(dir, 100, &b, &n, &e) && e.reason == VORW_R_IO,
	       "a directory is not read");
	unlink(f);
	unlink(l);
}

int main(int argc, char **argv)
{
	struct subject a, b;
	bool ok;

	if (argc != 3) {
		fprintf(stderr, "usage: t_sign DIR FIRST\n");
		return 2;
	}
	dir = argv[1];
	number = strtoul(argv[2], NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);

	ok = set_up(&a, "a");
	ok = set_up(&b, "b") && ok;
	if (ok) {
		flips(&a);
		flips(&b);
		cuts(&a);
		cuts(&b);
		odd_values(&a);
		odd_values(&b);
		two_signers(&a, &b);
		readers_agree(&a);
		refusals(&a);
	}
	subject_free(&a);
	subject_free(&b);
	prefixes();
	strings();
	json_shapes();
	files();
	return failed || !ok;
}
