/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * blob_file.h - a blob read from a file, in the steps the device takes.
 */
#ifndef VORW_BLOB_FILE_H
#define VORW_BLOB_FILE_H

#include "err.h"
#include "vorw_parse.h"

struct blob_file {
	const char *path;
	u8 *buf;
	size_t size;
	struct vorw_parts parts;	/* after blob_read() */
	struct vorw_view view;		/* after blob_parse() */
};

/* Read path and find content and signature.  blob_free() is due either way. */
bool blob_read(struct blob_file *b, const char *path, struct vorw_err *e);

/* Check the whole content, signed or not. */
bool blob_parse(struct blob_file *b, struct vorw_err *e);

void blob_free(struct blob_file *b);

#endif
