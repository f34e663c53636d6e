/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* btf_file.h - a kernel's BTF in a file. */
#ifndef VORW_BTF_FILE_H
#define VORW_BTF_FILE_H

#include "err.h"
#include "vorw_types.h"

#define BTF_MAX_SIZE	(48u << 20)	/* fits into a frame to the guest */

/*
 * Read a file of raw BTF into *btf (malloc'd).  VORW_R_TARGET: it is none, is
 * cut off, or not of a kernel.  No more is looked at: libbpf, which reads all
 * of it, does so in the verification guest.
 */
bool btf_read(const char *path, u8 **btf, size_t *size, struct vorw_err *e);

#endif
