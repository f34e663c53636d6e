/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* blob_build.h - the content of a blob out of a finished session. */
#ifndef VORW_BLOB_BUILD_H
#define VORW_BLOB_BUILD_H

#include "session.h"

struct blob_opts {
	const char *object;	/* its file's name, for messages */
	const char *name;	/* on the device: [A-Za-z0-9_-]{1,63} */
	bool xlated;		/* instructions of native programs, too */
	const u8 *btf;		/* that was given for CO-RE, or NULL */
	size_t btf_size;
};

/* Unsigned blob, malloc'd, accepted by vorw_parse().  The same object, target
 * and tool give the same bytes. */
bool blob_build(const struct session *s, const struct blob_opts *o,
		const u8 *obj, size_t obj_size, u8 **blob, size_t *size,
		struct vorw_err *e);

#endif /* VORW_BLOB_BUILD_H */
