// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* blob_file.c - read and parse a blob, turning a refusal into a message. */
#include <stdlib.h>
#include <string.h>
#include "blob_file.h"
#include "file_io.h"

static bool refused(const struct blob_file *b, enum vorw_reason r,
		    const struct vorw_diag *d, struct vorw_err *e)
{
	if (!d->what)
		return vorw_fail(e, r, "%s: %s", b->path, vorw_reason_text(r));
	/* of a magic, the parser tells the first byte, not the wrong one */
	if (!strcmp(d->what, "magic") || !strcmp(d->what, "signature magic"))
		return vorw_fail(e, r, "%s: %s: %s", b->path,
				 vorw_reason_text(r), d->what);
	return vorw_fail(e, r, "%s: %s: %s at %u: %u, expected %u",
			 b->path, vorw_reason_text(r), d->what, d->where,
			 d->have, d->want);
}

bool blob_read(struct blob_file *b, const char *path, struct vorw_err *e)
{
	struct vorw_diag d = { 0 };
	enum vorw_reason r;

	memset(b, 0, sizeof(*b));
	b->path = path;
	/* One byte more than a blob may have: the parser says "too large". */
	if (!file_read(path, VORW_MAX_BLOB + 1, &b->buf, &b->size, e))
		return false;
	r = vorw_locate(b->buf, b->size, &b->parts, &d);
	return r == VORW_R_OK || refused(b, r, &d, e);
}

bool blob_parse(struct blob_file *b, struct vorw_err *e)
{
	struct vorw_diag d = { 0 };
	enum vorw_reason r = vorw_parse(&b->parts, &b->view, &d);

	return r == VORW_R_OK || refused(b, r, &d, e);
}

void blob_free(struct blob_file *b)
{
	free(b->buf);
	b->buf = NULL;
}
