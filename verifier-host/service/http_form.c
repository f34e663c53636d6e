// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_form.c - the multipart body of a submission. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "http_int.h"

static bool bad(struct request *r, unsigned status, enum vorw_reason reason,
		const char *why, const char *what)
{
	char plain[80];

	snprintf(plain, sizeof(plain), "%s", what);
	r->status = r->err.reason == VORW_R_OK ? status : r->status;
	return vorw_fail(&r->err, reason, why, plain);
}

static bool too_large(struct request *r, enum vorw_reason reason,
		      const char *key, u64 most)
{
	r->status = 413;
	return vorw_fail(&r->err, reason,
			 "'%s' is too large: at most %llu bytes may be%s", key,
			 (unsigned long long)most,
			 reason == VORW_R_QUOTA ? " with this token" : "");
}

static size_t held(const struct request *r)
{
	return r->form.object.n + r->form.btf.n;
}

/* Is there memory for so many bytes more?  What is counted is what came, not
 * what a client says that will: it may never come. */
static bool has_room(const struct request *r, u64 n, struct vorw_err *e)
{
	const struct http *h = r->h;
	const struct request *u;
	u64 tokens = 0;

	if (n > h->o.max_uploads - h->upload_bytes)
		return vorw_fail(e, VORW_R_BUSY,
				 "other submissions are on their way, no room for this one");
	if (!r->token.id[0])
		return true;
	for (u = h->uploads; u; u = u->form.next)
		if (!strcmp(u->token.id, r->token.id))
			tokens += held(u);
	return n <= h->o.max_uploads / 2 - tokens ||
	       vorw_fail(e, VORW_R_QUOTA,
			 "other submissions of this token are on their way, no room for this one");
}

static void drop(struct request *r, struct upload *u)
{
	r->h->upload_bytes -= u->n;
	free(u->p);
	u->p = NULL;
	u->n = 0;
}

static bool make_room(struct request *r, size_t n)
{
	struct vorw_err why = { 0 };

	if (has_room(r, n, &why))
		return true;
	/* the rest is only read */
	drop(r, &r->form.object);
	drop(r, &r->form.btf);
	r->status = http_status(why.reason);
	r->err = why;
	return false;
}

static bool grow(struct request *r, struct upload *u, size_t max,
		 const char *key, const char *file, const char *p, u64 off,
		 size_t n)
{
	u64 most;
	u8 *bigger;

	if (!off && !u->there) {
		u->there = true;
		snprintf(u->file, sizeof(u->file), "%s", file ? file : "");
	} else if (off != u->n) {
		return bad(r, 400, VORW_R_REQUEST, "more than one '%s'", key);
	}
	if (n > max - u->n)
		return too_large(r, VORW_R_LIMIT, key, max);
	most = r->token.max_bytes ? (u64)r->token.max_bytes : max;
	if (n + u->n > most)
		return too_large(r, VORW_R_QUOTA, key, most);
	if (!n)
		return true;
	if (!make_room(r, n))
		return false;
	bigger = realloc(u->p, u->n + n);
	if (!bigger)
		return bad(r, 503, VORW_R_NO_MEMORY, "no memory for '%s'",
			   key);
	memcpy(bigger + u->n, p, n);
	u->p = bigger;
	u->n += n;
	r->h->upload_bytes += n;
	return true;
}

static bool text(struct request *r, char *to, size_t size, const char *key,
		 const char *p, u64 off, size_t n)
{
	if (off != strlen(to))
		return bad(r, 400, VORW_R_REQUEST, "more than one '%s'", key);
	if (n >= size - off)
		return bad(r, 400, VORW_R_REQUEST, "'%s' is too long", key);
	if (memchr(p, 0, n))
		return bad(r, 400, VORW_R_REQUEST, "'%s' has a zero byte", key);
	memcpy(to + off, p, n);
	to[off + n] = 0;
	return true;
}

static bool target(struct request *r, const char *p, u64 off, size_t n)
{
	struct form *f = &r->form;

	if (!off) {
		if (f->ntargets == HTTP_TARGETS_MAX)
			return bad(r, 400, VORW_R_REQUEST, "too many of '%s'",
				   "target");
		f->ntargets++;
	}
	return text(r, f->targets[f->ntargets - 1], sizeof(f->targets[0]),
		    "target", p, off, n);
}

static enum MHD_Result piece(void *arg, enum MHD_ValueKind kind,
			     const char *key, const char *file,
			     const char *type, const char *encoding,
			     const char *p, uint64_t off, size_t n)
{
	struct request *r = arg;
	struct form *f = &r->form;
	const struct { const char *key; char *to; size_t size; } texts[] = {
		{ "name", f->name, sizeof(f->name) },
		{ "require_native", f->native, sizeof(f->native) },
		{ "xlated", f->xlated, sizeof(f->xlated) },
		{ "full_log", f->full_log, sizeof(f->full_log) },
	};
	size_t i;

	if (r->err.reason != VORW_R_OK)
		return MHD_YES;		/* the rest is only read */
	if (!key)
		bad(r, 400, VORW_R_REQUEST, "a part without a name%s", "");
	else if (!strcmp(key, "object"))
		grow(r, &f->object, OBJECT_MAX_SIZE, key, file, p, off, n);
	else if (!strcmp(key, "btf"))
		grow(r, &f->btf, HTTP_BTF_MAX, key, file, p, off, n);
	else if (!strcmp(key, "target"))
		target(r, p, off, n);
	else {
		for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (!strcmp(key, texts[i].key)) {
				text(r, texts[i].to, texts[i].size, key, p,
				     off, n);
				return MHD_YES;
			}
		bad(r, 400, VORW_R_REQUEST, "no such field as '%s'", key);
	}
	return MHD_YES;
}

bool form_start(struct request *r, struct vorw_err *e)
{
	const char *type = MHD_lookup_connection_value(r->c, MHD_HEADER_KIND,
						       "Content-Type");
	const char *length = MHD_lookup_connection_value(r->c,
					MHD_HEADER_KIND, "Content-Length");

	if (!type || strncasecmp(type, "multipart/form-data", 19)) {
		r->status = 415;
		return vorw_fail(e, VORW_R_REQUEST,
				 "the body has to be multipart/form-data");
	}
	if (length && strtoull(length, NULL, 10) > HTTP_BODY_MAX) {
		r->status = 413;
		return vorw_fail(e, VORW_R_LIMIT,
				 "a body of %.20s bytes, at most %u may be",
				 length, HTTP_BODY_MAX);
	}
	if (!has_room(r, length ? strtoull(length, NULL, 10) : 0, e)) {
		r->status = http_status(e->reason);
		return false;
	}
	r->pp = MHD_create_post_processor(r->c, 65536, piece, r);
	if (r->pp) {
		r->form.next = r->h->uploads;
		r->h->uploads = r;
		return true;
	}
	r->status = 400;
	return vorw_fail(e, VORW_R_REQUEST, "the body's boundary is not said");
}

void form_data(struct request *r, const char *p, size_t n)
{
	r->body += n;
	r->h->bytes_in += n;
	if (r->err.reason == VORW_R_OK &&
	    MHD_post_process(r->pp, p, n) != MHD_YES)
		bad(r, 400, VORW_R_REQUEST,
		    "the body is not well-formed multipart%s", "");
}

static bool flag_ok(struct request *r, const char *key, const char *value)
{
	return !*value || !strcmp(value, "true") || !strcmp(value, "false") ||
	       bad(r, 400, VORW_R_REQUEST, "'%s' is true or false", key);
}

bool form_end(struct request *r, struct vorw_err *e)
{
	struct form *f = &r->form;
	bool whole = MHD_destroy_post_processor(r->pp) == MHD_YES;

	r->pp = NULL;
	if (r->err.reason == VORW_R_OK) {
		if (!whole)
			bad(r, 400, VORW_R_REQUEST,
			    "the body ends in the middle of a part%s", "");
		else if (!f->object.there)
			bad(r, 400, VORW_R_REQUEST, "the field '%s' is needed",
			    "object");
		else if (!f->object.n)
			bad(r, 400, VORW_R_REQUEST, "the field '%s' is empty",
			    "object");
		else if (!f->ntargets)
			bad(r, 400, VORW_R_REQUEST, "the field '%s' is needed",
			    "target");
		else
			(void)(flag_ok(r, "require_native", f->native) &&
			       flag_ok(r, "xlated", f->xlated) &&
			       flag_ok(r, "full_log", f->full_log));
	}
	*e = r->err;
	return e->reason == VORW_R_OK;
}

void form_free(struct request *r)
{
	struct request **at;

	if (r->pp)
		MHD_destroy_post_processor(r->pp);
	r->pp = NULL;
	for (at = &r->h->uploads; *at; at = &(*at)->form.next)
		if (*at == r) {
			*at = r->form.next;
			break;
		}
	drop(r, &r->form.object);
	drop(r, &r->form.btf);
	memset(&r->form, 0, sizeof(r->form));
}
