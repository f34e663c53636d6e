/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * resigned.h - one record of `badblob resigned`, written on the host, read on
 * the device (both little-endian); size bytes follow: what stands behind the
 * content.
 */
#ifndef RESIGNED_H
#define RESIGNED_H

#include <stdint.h>

struct resigned {
	uint32_t bit;		/* of the content, flipped */
	uint32_t reason;	/* enum vorw_reason of the host's checker */
	uint32_t size;		/* signature header and signature */
};

#endif
