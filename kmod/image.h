/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.h - executable memory as the kernel's own JIT gets it.
 *
 * It has to be that memory and no other, because bpf_jit_free() of the
 * architecture gives it back once a program owns it, and finds its header by
 * the address of the code.
 */
#ifndef VORW_IMAGE_H
#define VORW_IMAGE_H

#include <linux/filter.h>

struct vorw_image {
	struct bpf_binary_header *hdr;	/* NULL: none, or a program's now */
	struct bpf_binary_header *rw;	/* not yet copied; NULL: none */
	u8 *code;			/* where it will run */
	u8 *write;			/* where to put it */
};

/* Room for size bytes, or -ENOMEM. */
int __must_check vorw_image_alloc(struct vorw_image *im, u32 size);
/* What was written becomes executable and read-only. */
int __must_check vorw_image_seal(struct vorw_image *im, u32 size);
void vorw_image_free(struct vorw_image *im);

#endif /* VORW_IMAGE_H */
