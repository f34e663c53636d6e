// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * badblob.c - bad inputs for the device, made from a good blob, each with the
 * reason that the host's checker gives for it.
 *
 *   badblob table BLOB OUT
 *	One byte per mutation, the reason (enum vorw_reason): every bit of the
 *	file flipped, in order, then the file cut to every length.
 *   badblob resigned BLOB KEY CERT STEP OUT
 *	Every STEPth bit of the content flipped and the result signed again
 *	by somebody trusted: what then refuses is the parser, not the
 *	signature.  Records of struct resigned, then the signature.
 *   badblob variants BLOB OTHER KEY CERT DIR
 *	Named bad blobs as DIR/NAME=REASON.blob.
 *   badblob attach CONTENT DER OUT
 *	Put a signature made elsewhere behind any bytes.
 *
 * The reasons come from the code that `vorw check` runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "file_io.h"
#include "sign.h"
#include "vorw_certs.h"
#include "vorw_parse.h"
#include "resigned.h"

struct blob { u8 *p; size_t size; };

static struct vorw_err err;

static int fail(void)
{
	fprintf(stderr, "badblob: %s\n", err.msg);
	return 1;
}

/* The device's order, without what only the device knows. */
static enum vorw_reason judge(const u8 *p, size_t size)
{
	struct vorw_diag d = { 0 };
	struct vorw_parts parts;
	struct vorw_view v;
	u32 idx;
	enum vorw_reason r = vorw_locate(p, size, &parts, &d);

	if (r == VORW_R_OK)
		r = sign_check(&parts, vorw_certs, vorw_ncerts, &idx);
	if (r == VORW_R_OK)
		r = vorw_parse(&parts, &v, &d);
	return r;
}

static bool load(const char *path, struct blob *b)
{
	return file_read(path, VORW_MAX_BLOB, &b->p, &b->size, &err);
}

static int table(const struct blob *b, const char *out)
{
	size_t n = b->size * 9, i;
	u8 *t = malloc(n);
	bool done;

	if (!t)
		return 1;
	for (i = 0; i < b->size * 8; i++) {
		b->p[i / 8] ^= 1 << (i % 8);
		t[i] = judge(b->p, b->size);
		b->p[i / 8] ^= 1 << (i % 8);
	}
	for (i = 0; i < b->size; i++) {
		/* at the end of a page of its own: sanitizers see a read past */
		u8 *cut = malloc(i ?: 1);

		if (!cut)
			return 1;
		memcpy(cut, b->p, i);
		t[b->size * 8 + i] = judge(cut, i);
		free(cut);
	}
	done = file_write(out, t, n, &err);
	free(t);
	return done ? 0 : fail();
}

static bool sign(const u8 *content, u32 n, const char *key, const char *cert,
		 struct blob *out)
{
	u32 der_size, size;
	u8 *der;

	if (!vorw_sign(content, n, key, cert, &der, &der_size, &err))
		return false;
	if (!sign_attach(content, n, der, der_size, &out->p, &size, &err)) {
		free(der);
		return false;
	}
	out->size = size;
	free(der);
	return true;
}

static u32 content_size(const struct blob *b)
{
	struct vorw_diag d;
	struct vorw_parts parts;

	return vorw_locate(b->p, b->size, &parts, &d) == VORW_R_OK ?
		parts.content_size : 0;
}

static int resigned(const struct blob *b, char **arg)
{
	u32 content = content_size(b), step = atoi(arg[2]), i;
	FILE *out = fopen(arg[3], "w");
	int status = 1;

	if (!out || !content || !step) {
		fprintf(stderr, "badblob: %s\n", out ? "bad blob or step" :
			"cannot write");
		return 1;
	}
	for (i = 0; i < content * 8; i += step) {
		struct blob s;
		struct resigned rec = { .bit = i };
		struct vorw_diag d;
		struct vorw_parts parts;

		b->p[i / 8] ^= 1 << (i % 8);
		/* A flip that moves the end of the content is no new content:
		 * the table above has it. */
		if (vorw_locate(b->p, b->size, &parts, &d) == VORW_R_OK &&
		    parts.content_size == content) {
			if (!sign(b->p, content, arg[0], arg[1], &s))
				goto out;
			rec.reason = judge(s.p, s.size);
			rec.size = s.size - content;
			if (fwrite(&rec, sizeof(rec), 1, out) != 1 ||
			    fwrite(s.p + content, rec.size, 1, out) != 1)
				goto out;
			free(s.p);
		}
		b->p[i / 8] ^= 1 << (i % 8);
	}
	status = 0;
out:
	if (fclose(out))
		status = 1;
	return status ? fail() : 0;
}

/* ---- named variants ---- */

struct variants {
	const struct blob *b, *other;
	const char *key, *cert, *dir;
};

static bool emit(const struct variants *v, const char *name,
		 enum vorw_reason want, const u8 *p, size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s=%s.blob", v->dir, name,
		 vorw_reason_name(want));
	return file_write(path, p, size, &err);
}

static u8 *section(u8 *content, u32 type, u32 *size)
{
	const struct vorw_hdr *h = (const void *)content;
	const struct vorw_sec *s = (const void *)(h + 1);

	for (u32 i = 0; i < h->sec_cnt; i++)
		if (s[i].type == type) {
			*size = s[i].cnt * s[i].entsize;
			return content + s[i].off;
		}
	return NULL;
}

/* One field changed and signed by somebody trusted. */
static const struct patch {
	const char *name;
	enum vorw_reason want;
	u32 section, off;
	u8 xor;
} patches[] = {
	{ "other-build-id", VORW_R_WRONG_KERNEL, VORW_SEC_BINDING,
	  offsetof(struct vorw_binding, build_id), 1 },
	{ "other-page-size", VORW_R_WRONG_CONFIG, VORW_SEC_BINDING,
	  offsetof(struct vorw_binding, page_size) + 1, 0x30 },
	{ "other-hz", VORW_R_WRONG_CONFIG, VORW_SEC_BINDING,
	  offsetof(struct vorw_binding, hz), 0x9e },
	{ "reserved-in-binding", VORW_R_RESERVED, VORW_SEC_BINDING,
	  offsetof(struct vorw_binding, reserved), 1 },
	{ "reserved-in-program", VORW_R_RESERVED, VORW_SEC_PROGS,
	  offsetof(struct vorw_prog, reserved), 0x80 },
	{ "more-privileges-than-exist", VORW_R_RESERVED, VORW_SEC_BINDING,
	  offsetof(struct vorw_binding, caps), 0x80 },
	{ "used-map-of-nobody", VORW_R_MALFORMED, VORW_SEC_USED_MAPS, 0,
	  0x40 },
	{ "relocation-elsewhere", VORW_R_MALFORMED, VORW_SEC_RELOCS,
	  offsetof(struct vorw_reloc, off) + 2, 1 },
};

static bool patched(const struct variants *v)
{
	u32 content = content_size(v->b), size;

	for (u32 i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
		const struct patch *p = &patches[i];
		u8 *sec = section(v->b->p, p->section, &size);
		struct blob s;
		bool done;

		if (!sec || p->off >= size) {
			snprintf(err.msg, sizeof(err.msg),
				 "%s: the blob has no such section", p->name);
			return false;
		}
		sec[p->off] ^= p->xor;
		done = sign(v->b->p, content, v->key, v->cert, &s);
		sec[p->off] ^= p->xor;
		if (!done)
			return false;
		done = emit(v, p->name, p->want, s.p, s.size);
		free(s.p);
		if (!done)
			return false;
	}
	return true;
}

/* Parts of two valid blobs under either signature. */
static bool mixed(const struct variants *v)
{
	static const u32 types[] = {
		VORW_SEC_BINDING, VORW_SEC_MAPS, VORW_SEC_PROGS,
		VORW_SEC_CODE, VORW_SEC_RELOCS,
	};
	u32 content = content_size(v->b), other = content_size(v->other);
	u8 *mix = malloc(v->b->size + v->other->size);
	bool done = mix != NULL;

	/* content of one, signature of the other */
	if (done) {
		memcpy(mix, v->b->p, content);
		memcpy(mix + content, v->other->p + other,
		       v->other->size - other);
		done = emit(v, "signature-of-another-blob", VORW_R_SIG_BAD,
			    mix, content + v->other->size - other);
	}
	for (u32 i = 0; done && i < sizeof(types) / sizeof(types[0]); i++) {
		u32 a, b;
		char name[64];
		u8 *to, *from = section(v->other->p, types[i], &b);

		memcpy(mix, v->b->p, v->b->size);
		to = section(mix, types[i], &a);
		if (!to || !from)
			continue;
		memcpy(to, from, a < b ? a : b);
		if (!memcmp(mix, v->b->p, content))
			continue;
		snprintf(name, sizeof(name), "section-%u-of-another-blob",
			 types[i]);
		done = emit(v, name, VORW_R_SIG_BAD, mix, v->b->size);
	}
	free(mix);
	return done;
}

/* What the signature itself can be. */
static bool signatures(const struct variants *v)
{
	const struct blob *b = v->b;
	u32 content = content_size(b);
	u8 *big = calloc(2, b->size);
	bool done;

	if (!big)
		return false;
	done = emit(v, "unsigned", VORW_R_UNSIGNED, b->p, content);
	memcpy(big, b->p, b->size);
	done = done && emit(v, "byte-behind", judge(big, b->size + 1), big,
			    b->size + 1);
	memcpy(big, b->p, b->size);
	memcpy(big + b->size, b->p + content, b->size - content);
	done = done && emit(v, "two-signatures",
			    judge(big, 2 * b->size - content), big,
			    2 * b->size - content);
	done = done && emit(v, "empty", judge(big, 0), big, 0);
	memset(big, 0xff, b->size);
	done = done && emit(v, "all-ones", judge(big, b->size), big, b->size);
	memset(big, 0, b->size);
	done = done && emit(v, "all-zero", judge(big, b->size), big, b->size);
	free(big);
	return done;
}

/* Any bytes and any signature, put together as a blob is. */
static int attach(const struct blob *content, const struct blob *der,
		  const char *out)
{
	struct vorw_sig_hdr h = { .sig_size = der->size };
	size_t size = content->size + sizeof(h) + der->size;
	u8 *p = malloc(size);
	bool done;

	if (!p)
		return 1;
	memcpy(h.magic, VORW_SIG_MAGIC, VORW_MAGIC_LEN);
	memcpy(p, content->p, content->size);
	memcpy(p + content->size, &h, sizeof(h));
	memcpy(p + content->size + sizeof(h), der->p, der->size);
	done = file_write(out, p, size, &err);
	free(p);
	return done ? 0 : fail();
}

int main(int argc, char **argv)
{
	struct blob b, other;

	if (argc == 4 && !strcmp(argv[1], "table"))
		return load(argv[2], &b) ? table(&b, argv[3]) : fail();
	if (argc == 7 && !strcmp(argv[1], "resigned"))
		return load(argv[2], &b) ? resigned(&b, argv + 3) : fail();
	if (argc == 7 && !strcmp(argv[1], "variants")) {
		struct variants v = { &b, &other, argv[4], argv[5], argv[6] };

		if (!load(argv[2], &b) || !load(argv[3], &other) ||
		    !patched(&v) || !mixed(&v) || !signatures(&v))
			return fail();
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "attach"))
		return load(argv[2], &b) && load(argv[3], &other) ?
			attach(&b, &other, argv[4]) : fail();
	fprintf(stderr, "usage: badblob table BLOB OUT\n"
		"       badblob resigned BLOB KEY CERT STEP OUT\n"
		"       badblob variants BLOB OTHER KEY CERT DIR\n"
		"       badblob attach CONTENT DER OUT\n");
	return 2;
}
