// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* request.c - a request for a signature: made, sealed, read. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "btf_file.h"
#include "file_io.h"
#include "object.h"
#include "request.h"
#include "transcript.h"
#include "vorw_parse.h"

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

bool sign_text_ok(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789._:-");

	return n <= SIGN_TEXT_MAX && !s[n];
}

/* Terminated, nothing behind the end. */
static bool take_text(char to[SIGN_TEXT_MAX + 1], const char *from)
{
	size_t n = strnlen(from, SIGN_TEXT_MAX + 1), i;

	for (i = n; i <= SIGN_TEXT_MAX; i++)
		if (from[i])
			return false;
	if (n > SIGN_TEXT_MAX)
		return false;
	memcpy(to, from, SIGN_TEXT_MAX + 1);
	return sign_text_ok(to);
}

bool sign_request_parse(struct sign_request *r, struct bytes all, u64 size,
			struct vorw_err *e)
{
	struct sign_request_h h;
	struct sign_job *j = &r->job;
	u32 flags;
	size_t i;

	memset(r, 0, sizeof(*r));
	if (all.n < sizeof(h))
		return vorw_fail(e, VORW_R_MALFORMED,
				 "request: %zu bytes, its head has %zu", all.n,
				 sizeof(h));
	memcpy(&h, all.p, sizeof(h));
	flags = le32toh(h.flags);
	if (memcmp(h.magic, SIGN_REQUEST_MAGIC, sizeof(h.magic)) ||
	    flags & ~SIGN_FLAGS || h.reserved)
		return vorw_fail(e, VORW_R_MALFORMED,
				 "request: not one of this version");
	if (!take_text(r->target, h.target) || !take_text(r->name, h.name) ||
	    !take_text(r->job_id, h.job) || !take_text(r->token, h.token) ||
	    !r->target[0] || !r->name[0])
		return vorw_fail(e, VORW_R_MALFORMED,
				 "request: a name or id is missing or has other characters than letters, digits and ._:-");

	const struct {
		const char *what;
		__le32 size;
		u32 max;
		const u8 **p;
		size_t *n;
	} parts[] = {
		{ "object", h.object_size, OBJECT_MAX_SIZE, &j->object,
		  &j->object_size },
		{ "btf", h.btf_size, BTF_MAX_SIZE, &j->btf, &j->btf_size },
		{ "transcript", h.transcript_size, TRANSCRIPT_MAX,
		  &j->transcript, &j->transcript_size },
		{ "content", h.content_size, VORW_MAX_BLOB, &j->content,
		  &j->content_size },
	};
	u64 at = sizeof(h);

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		u32 n = le32toh(parts[i].size);

		if (n > parts[i].max ||
		    (!n && (parts[i].p != &j->btf || flags & SIGN_BTF)))
			return vorw_fail(e, n ? VORW_R_LIMIT : VORW_R_MALFORMED,
					 "request: its %s has %u bytes",
					 parts[i].what, n);
		if (n && all.n == size) {
			struct bytes b;

			if (!bytes_sub(all, at, n, &b))
				break;
			*parts[i].p = b.p;
		}
		*parts[i].n = n;
		r->content_at = at;
		at += n;
	}
	if (at != size || (j->btf_size && !(flags & SIGN_BTF)))
		return vorw_fail(e, VORW_R_MALFORMED,
				 "request: %llu bytes, its parts are others",
				 (unsigned long long)size);
	j->target = r->target;
	j->name = r->name;
	j->job = r->job_id;
	j->token = r->token;
	j->require_native = flags & SIGN_REQUIRE_NATIVE;
	j->full_log = flags & SIGN_FULL_LOG;
	j->xlated = flags & SIGN_XLATED;
	return true;
}

static bool put_text(char to[SIGN_TEXT_MAX + 1], const char *from,
		     const char *what, struct vorw_err *e)
{
	if (from && !sign_text_ok(from))
		return vorw_fail(e, VORW_R_USAGE,
				 "the signer takes no %s like '%s'", what,
				 from);
	if (from)
		strcpy(to, from);
	return true;
}

static bool make_head(struct sign_request_h *h, const struct sign_job *j,
		      struct vorw_err *e)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, SIGN_REQUEST_MAGIC, sizeof(h->magic));
	h->flags = htole32((j->require_native ? SIGN_REQUIRE_NATIVE : 0) |
			   (j->full_log ? SIGN_FULL_LOG : 0) |
			   (j->xlated ? SIGN_XLATED : 0) |
			   (j->btf ? SIGN_BTF : 0));
	h->object_size = htole32(j->object_size);
	h->btf_size = htole32(j->btf ? j->btf_size : 0);
	h->transcript_size = htole32(j->transcript_size);
	h->content_size = htole32(j->content_size);
	return put_text(h->target, j->target, "target", e) &&
	       put_text(h->name, j->name, "name", e) &&
	       put_text(h->job, j->job, "job", e) &&
	       put_text(h->token, j->token, "token", e);
}

int sign_request_make(const struct sign_job *j, struct vorw_err *e)
{
	struct sign_request_h h;
	int fd, err;

	if (!make_head(&h, j, e))
		return -1;
	fd = memfd_create("vorw-sign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	err = fd < 0 ? errno : fd_write(fd, (u8 *)&h, sizeof(h));
	if (!err)
		err = fd_write(fd, j->object, j->object_size);
	if (!err && j->btf)
		err = fd_write(fd, j->btf, j->btf_size);
	if (!err)
		err = fd_write(fd, j->transcript, j->transcript_size);
	if (!err)
		err = fd_write(fd, j->content, j->content_size);
	if (!err && fcntl(fd, F_ADD_SEALS, SEALS))
		err = errno;
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	vorw_fail(e, VORW_R_SIGNER, "request to the signer: %s",
		  strerror(err));
	return -1;
}

u64 sign_request_size(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	/* a file that has no seals answers EINVAL */
	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) ||
	    st.st_size < 0)
		return 0;
	return st.st_size;
}
