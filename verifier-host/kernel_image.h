/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kernel_image.h - facts that a kernel image tells without being booted. */
#ifndef VORW_KERNEL_IMAGE_H
#define VORW_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include "vorw_types.h"

/* GNU build-id, 20 bytes in hex.  False, and to is "", when the image is
 * compressed or does not tell unambiguously. */
bool kernel_build_id(const char *path, char to[41]);
bool kernel_build_id_of(const u8 *image, size_t size, char to[41]);

#endif /* VORW_KERNEL_IMAGE_H */
