// SPDX-License-Identifier: GPL-2.0-only
/*
 * image.c - the two ways in which kernels get memory for native code.
 *
 * Packed: many programs share a huge page that is never writable; a JIT writes
 * to a copy and bpf_arch_text_copy() pokes it in.  Plain: pages of its own,
 * which change from writable to executable.
 */

#include <asm/cacheflush.h>
#include "arch.h"
#include "compat.h"
#include "image.h"

/* Bytes: the JIT's, or more.  Literals of eight bytes are aligned from the start
 * of the code. */
#define CODE_ALIGN	sizeof(u64)

#if VORW_GEN_PACK

int vorw_image_alloc(struct vorw_image *im, u32 size)
{
	im->hdr = vorw_kernel(bpf_jit_binary_pack_alloc)(size, &im->code,
							 CODE_ALIGN, &im->rw,
							 &im->write,
							 vorw_arch_fill_hole
#ifdef VORW_HAVE_WAS_CLASSIC
							 , false
#endif
							 );
	return im->hdr ? 0 : -ENOMEM;
}

int vorw_image_seal(struct vorw_image *im, u32 size)
{
	struct bpf_binary_header *hdr = im->hdr, *rw = im->rw;

	/* It frees both when it fails. */
	im->hdr = NULL;
	im->rw = NULL;
#if VORW_SERIES(6, 1)
	if (vorw_kernel(bpf_jit_binary_pack_finalize)(NULL, hdr, rw))
#else
	if (vorw_kernel(bpf_jit_binary_pack_finalize)(hdr, rw))
#endif
		return -ENOMEM;
	im->hdr = hdr;
	/* x86 has nothing to do here, the others have. */
	flush_icache_range((unsigned long)im->code,
			   (unsigned long)im->code + size);
	return 0;
}

void vorw_image_free(struct vorw_image *im)
{
	/* The header's size, which is needed to free, comes with the copy. */
	if (im->rw && vorw_image_seal(im, 0))
		return;
	if (im->hdr)
		vorw_kernel(bpf_jit_binary_pack_free)(im->hdr, NULL);
	im->hdr = NULL;
}

#else

int vorw_image_alloc(struct vorw_image *im, u32 size)
{
	/* Writable and executable from here until it is locked, on
	 * architectures whose module memory comes that way. */
	im->hdr = vorw_kernel(bpf_jit_binary_alloc)(size, &im->code,
						    CODE_ALIGN,
						    vorw_arch_fill_hole);
	im->write = im->code;
	return im->hdr ? 0 : -ENOMEM;
}

/* bpf_jit_binary_lock_ro() of include/linux/filter.h, whose find_vm_area() and
 * set_memory_*() are not exported. */
int vorw_image_seal(struct vorw_image *im, u32 size)
{
	struct vm_struct *vm = vorw_kernel(find_vm_area)(im->hdr);
	unsigned long start = (unsigned long)im->hdr;
	int pages = im->hdr->size >> PAGE_SHIFT;
	int err;

	flush_icache_range(start, (unsigned long)im->code + size);
	if (vm)
		vm->flags |= VM_FLUSH_RESET_PERMS;
	err = vorw_kernel(set_memory_ro)(start, pages);
	return err ?: vorw_kernel(set_memory_x)(start, pages);
}

void vorw_image_free(struct vorw_image *im)
{
	if (im->hdr)
		vorw_kernel(bpf_jit_binary_free)(im->hdr);
	im->hdr = NULL;
}

#endif /* VORW_GEN_PACK */
