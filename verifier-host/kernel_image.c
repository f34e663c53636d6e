// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kernel_image.c - the build-id in an uncompressed kernel image.
 *
 * A kernel holds its ELF note (scripts/link-vmlinux.sh --build-id, section
 * .notes) and those of the programs inside it, the vDSO.  The latter lie
 * within an ELF file; the kernel's own is the one that does not, also where
 * the image as a whole is an ELF file.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bytes.h"
#include "file_io.h"
#include "kernel_image.h"

#define IMAGE_MAX	(1u << 30)	/* a vmlinux with debug information */
#define ID_SIZE		20

/* Elf32_Nhdr of a SHA-1 build-id, little-endian, and its name */
static const u8 note[] = {
	4, 0, 0, 0, ID_SIZE, 0, 0, 0, NT_GNU_BUILD_ID, 0, 0, 0,
	'G', 'N', 'U', 0,
};

/* End of the ELF file that begins at off: its section headers come last.
 * off: there is none. */
static u64 elf_end(struct bytes image, u64 off)
{
	u64 shoff, len;
	struct bytes h, table;
	bool ok = true;

	if (!bytes_sub(image, off, image.n - off, &h) || h.n < EI_NIDENT ||
	    h.p[EI_DATA] != ELFDATA2LSB)
		return off;
	if (h.p[EI_CLASS] == ELFCLASS64) {
		shoff = bytes_num(h, offsetof(Elf64_Ehdr, e_shoff), 8, &ok);
		len = bytes_num(h, offsetof(Elf64_Ehdr, e_shnum), 2, &ok) *
		      sizeof(Elf64_Shdr);
	} else {
		shoff = bytes_num(h, offsetof(Elf32_Ehdr, e_shoff), 4, &ok);
		len = bytes_num(h, offsetof(Elf32_Ehdr, e_shnum), 2, &ok) *
		      sizeof(Elf32_Shdr);
	}
	return ok && bytes_sub(h, shoff, len, &table) ?
	       off + shoff + len : off;
}

/* Is at inside an ELF file that begins behind the image's start? */
static bool is_embedded(struct bytes image, u64 at)
{
	const u8 *p = image.p;

	while ((p = memmem(p + 1, image.p + at - (p + 1), ELFMAG, SELFMAG)))
		if (elf_end(image, p - image.p) > at)
			return true;
	return false;
}

bool kernel_build_id_of(const u8 *image, size_t size, char to[41])
{
	const struct bytes all = { image, size };
	const u8 *p = image, *end = image + size, *id = NULL;
	size_t i;

	to[0] = 0;
	while ((p = memmem(p, end - p, note, sizeof(note)))) {
		p += sizeof(note);
		if (end - p < ID_SIZE)
			break;
		if (is_embedded(all, p - image))
			continue;
		if (id && memcmp(id, p, ID_SIZE))
			return false;
		id = p;
	}
	for (i = 0; id && i < ID_SIZE; i++)
		sprintf(to + 2 * i, "%02x", id[i]);
	return id;
}

bool kernel_build_id(const char *path, char to[41])
{
	struct vorw_err e = { 0 };
	size_t size;
	u8 *image;
	bool ok;

	to[0] = 0;
	ok = file_read(path, IMAGE_MAX, &image, &size, &e) &&
	     kernel_build_id_of(image, size, to);
	free(image);
	return ok;
}
