// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* signing.c - from a request to a signature that stands in the log. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <mbedtls/sha256.h>
#include "serve_int.h"

/* n bytes of the request from at on; reading, not mapping it: a hole in some
 * kinds of memory could end us. */
static int read_at(int fd, u64 at, u8 *to, size_t n)
{
	ssize_t got;

	while (n) {
		got = pread(fd, to, n, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? errno : EIO;
		to += got;
		at += got;
		n -= got;
	}
	return 0;
}

/* malloc'd, or NULL */
static u8 *read_part(struct client *c, u64 at, size_t n, struct vorw_err *e)
{
	u8 *p = malloc(n + 1);
	int err = p ? read_at(c->request, at, p, n) : ENOMEM;

	if (!err)
		return p;
	vorw_fail(e, VORW_R_SIGNER, "reading a request: %s", strerror(err));
	free(p);
	return NULL;
}

/* In pieces: a part that nobody has looked at yet may be a large hole, which
 * costs its client nothing. */
static bool hash_part(struct client *c, u64 at, size_t n, char to[65],
		      struct vorw_err *e)
{
	u8 piece[65536], sum[32] = { 0 };
	mbedtls_sha256_context ctx;
	size_t part;
	int err = 0;

	mbedtls_sha256_init(&ctx);
	mbedtls_sha256_starts_ret(&ctx, 0);
	for (; !err && n; at += part, n -= part) {
		part = n < sizeof(piece) ? n : sizeof(piece);
		err = read_at(c->request, at, piece, part);
		if (!err)
			mbedtls_sha256_update_ret(&ctx, piece, part);
	}
	mbedtls_sha256_finish_ret(&ctx, sum);
	mbedtls_sha256_free(&ctx);
	log_hex(sum, to);
	return !err || vorw_fail(e, VORW_R_SIGNER, "reading a request: %s",
				 strerror(err));
}

/* Reading a build-id out of a kernel takes as long as reading the kernel: the
 * last one is kept as long as that file stays what it is. */
static void build_id_of(const struct vorw_target *t, char to[41])
{
	static struct {
		char kernel[sizeof(t->kernel)], id[41];
		struct stat st;
	} last;
	struct stat st;

	if (stat(t->kernel, &st)) {
		target_build_id(t, to);
		return;
	}
	if (strcmp(last.kernel, t->kernel) || last.st.st_ino != st.st_ino ||
	    last.st.st_dev != st.st_dev || last.st.st_size != st.st_size ||
	    last.st.st_mtim.tv_sec != st.st_mtim.tv_sec ||
	    last.st.st_mtim.tv_nsec != st.st_mtim.tv_nsec) {
		target_build_id(t, last.id);
		strcpy(last.kernel, t->kernel);
		last.st = st;
		/* or it is looked for again: not only the kernel's file says */
		if (!last.id[0])
			last.kernel[0] = 0;
	}
	strcpy(to, last.id);
}

bool sign_prepare(struct client *c, struct vorw_err *e)
{
	struct sign_request_h head;
	int err;

	c->size = sign_request_size(c->request);
	if (c->size < sizeof(head))
		return vorw_fail(e, VORW_R_MALFORMED,
				 "request: not in sealed memory, or too short");
	err = read_at(c->request, 0, (u8 *)&head, sizeof(head));
	if (err)
		return vorw_fail(e, VORW_R_SIGNER, "reading a request: %s",
				 strerror(err));
	if (!sign_request_parse(&c->r,
				(struct bytes){ (u8 *)&head, sizeof(head) },
				c->size, e) ||
	    !vorw_target_get(c->r.target, &c->target, e))
		return false;
	build_id_of(&c->target, c->build_id);
	if (!c->build_id[0])
		return vorw_fail(e, VORW_R_TARGET,
				 "target '%s': no build-id is found in its kernel, %s: for which kernel this would be signed is not known",
				 c->target.name, c->target.kernel);
	return hash_part(c, c->r.content_at, c->r.job.content_size,
			 c->content, e);
}

bool sign_is_known(const struct serve *s, const struct client *c)
{
	const struct sign_entry *entry = sign_log_find(&s->log, c->content);

	return entry && !strcmp(entry->build_id, c->build_id);
}

/* The whole blob's digest is what one finds again on a device. */
static bool hash_blob(const u8 *content, size_t n,
		      const struct signed_content *out, char to[65],
		      struct vorw_err *e)
{
	u32 size;
	u8 *blob;

	if (!sign_attach(content, n, out->der, out->der_size, &blob, &size, e))
		return false;
	log_hash(blob, size, to);
	free(blob);
	return true;
}

/* What was checked is what we read ourselves.  Each has its NUL: a checker that
 * was taken over says anything. */
static bool check_was_of(const struct check_result *r, struct client *c,
			 struct log_line *line, struct vorw_err *e)
{
	strcpy(line->content, c->content);
	if (!hash_part(c, sizeof(struct sign_request_h), c->r.job.object_size,
		       line->object, e) ||
	    !hash_part(c, c->r.content_at - c->r.job.transcript_size,
		       c->r.job.transcript_size, line->transcript, e))
		return false;
	return (!memcmp(r->content, line->content, sizeof(r->content)) &&
		!memcmp(r->object, line->object, sizeof(r->object)) &&
		!memcmp(r->transcript, line->transcript,
			sizeof(r->transcript))) ||
	       vorw_fail(e, VORW_R_INTERNAL, "the check was of other bytes");
}

/* line: as check_was_of() began it */
static bool put_line(struct serve *s, struct client *c, struct log_line *line,
		     const char *blob, struct vorw_err *e)
{
	line->what = LOG_SIGN;
	line->uid = c->peer.uid;
	strcpy(line->blob, blob);
	strcpy(line->target, c->r.target);
	strcpy(line->build_id, c->build_id);
	strcpy(line->name, c->r.name);
	strcpy(line->job, c->r.job_id);
	strcpy(line->token, c->r.token);
	return sign_log_add(&s->log, line, e);
}

bool sign_request(struct serve *s, struct client *c,
		  const struct check_result *r, struct signed_content *out,
		  struct vorw_err *e)
{
	size_t n = c->r.job.content_size;
	const struct sign_entry *entry;
	struct log_line line = { 0 };
	u8 *content;
	char blob[65], digest[65];
	bool ok;

	memset(out, 0, sizeof(*out));
	content = read_part(c, c->r.content_at, n, e);
	if (!content)
		return false;
	log_hash(content, n, digest);
	ok = (!strcmp(digest, c->content) ||
	      vorw_fail(e, VORW_R_INTERNAL, "sealed memory has changed")) &&
	     (sign_is_known(s, c) || check_was_of(r, c, &line, e)) &&
	     sign_with(&s->key, content, n, &out->der, &out->der_size, e) &&
	     hash_blob(content, n, out, blob, e) &&
	     /* another client may have had it signed meanwhile */
	     (sign_log_find(&s->log, digest) ||
	      put_line(s, c, &line, blob, e));
	free(content);
	if (ok)
		sign_log_checked(&s->log, digest, c->build_id);
	entry = ok ? sign_log_find(&s->log, digest) : NULL;
	if (entry)
		out->entry = *entry;
	return ok;
}
