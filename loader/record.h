/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * record.h - facts that no pinned object holds, kept beside the pins.
 *
 * A record is a symbolic link in bpffs whose text is "key=value;key=value":
 * the only thing besides objects that bpffs stores, so that what is known of a
 * load lives and dies with its directory.  In values '%', ';' and what is not
 * printable are %XX.
 */
#ifndef LOADER_RECORD_H
#define LOADER_RECORD_H

#include "err.h"

#define RECORD_SIZE	4096	/* what a symbolic link takes, with its NUL */
#define RECORD_VALUE	300	/* longer values are cut */

struct record {
	char text[RECORD_SIZE];
	size_t len;
	bool overflow;
};

void record_init(struct record *r);
void record_str(struct record *r, const char *key, const char *value);
void record_u32(struct record *r, const char *key, u32 value);
void record_hex(struct record *r, const char *key, const u8 *p, size_t n);

/* Create the record called name in the directory; EEXIST is an error. */
int record_write(int dirfd, const char *name, const struct record *r);
int record_read(int dirfd, const char *name, struct record *r);

/* The value of key in buf, "" when there is none; false then. */
bool record_get(const struct record *r, const char *key, char *buf,
		size_t size);
u32 record_get_u32(const struct record *r, const char *key);

#endif
