/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* boot_image.h - what a kernel image says of itself, without being booted. */
#ifndef VORW_BOOT_IMAGE_H
#define VORW_BOOT_IMAGE_H

#include "err.h"
#include "vorw_types.h"

struct boot_image {
	const char *kind;	/* "zImage", "bzImage", … for people */
	const char *arch;	/* as targets/arch/ has it; NULL: not said */
	u8 *raw;		/* the kernel itself, unpacked */
	size_t size;
	char release[64];	/* of its banner, "6.1.192-own" */
	char build_id[41];	/* "" if it has none */
};

/* Reads path and unpacks it.  VORW_R_TARGET names what is not understood. */
bool boot_image_read(const char *path, struct boot_image *k,
		     struct vorw_err *e);
void boot_image_free(struct boot_image *k);

/* Where in raw is the kernel's address addr?  start: its lowest address
 * (System.map's _text), for images that do not say so.  ~0: outside. */
u64 boot_image_offset(const struct boot_image *k, u64 start, u64 addr);

/* "6.1.192-own" out of "Linux version 6.1.192-own (…"; false if there is no
 * banner. */
bool boot_image_release(const u8 *raw, size_t size, char to[64]);

#endif
