/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * blob.h - a blob in memory and what the module makes of it.
 *
 * Whether it is good is the module's to say.  The loader reads names and attach
 * targets, from the very bytes that the module has accepted.
 */
#ifndef LOADER_BLOB_H
#define LOADER_BLOB_H

#include "err.h"
#include "vorw_parse.h"

struct blob {
	const char *path;
	u8 *bytes;
	size_t size;
	/* once module_load() succeeded */
	struct vorw_view view;
	struct vorw_object_h object;
};

/* Read a file of at most VORW_MAX_BLOB bytes, whatever is in it.  VORW_R_IO,
 * VORW_R_LIMIT, VORW_R_NO_MEMORY. */
bool blob_read(struct blob *b, const char *path, struct err *e);

/* Descriptors that the module gave out, in the blob's order; -1: none. */
struct loaded_fds {
	u32 progs, maps;
	s32 prog[VORW_MAX_PROGS];
	s32 map[VORW_MAX_MAPS];
};

/* A descriptor of /dev/vorw, or -1: VORW_R_NO_MODULE, VORW_R_PRIVILEGE. */
int module_open(struct err *e);
/* Any reason; on success all descriptors are the caller's. */
bool module_load(int dev, struct blob *b, struct loaded_fds *fds,
		 struct err *e);

#endif
