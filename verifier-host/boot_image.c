// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * boot_image.c - what a kernel image says of itself: form, architecture,
 * release, build-id.
 *
 * The headers are those of Documentation/arm64/booting.rst, riscv/boot-image-
 * header.rst, x86/boot.rst, and arch/arm/boot/compressed/head.S.  Where the
 * kernel is packed inside, its place is found by trying each magic number, as
 * scripts/extract-vmlinux does: what comes out must hold the kernel's banner.
 */
#include <ctype.h>
#include <elf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "boot_image.h"
#include "bytes.h"
#include "file_io.h"
#include "kernel_image.h"
#include "unpack.h"

#define IMAGE_MAX	(1u << 30)	/* a vmlinux with debug information */
#define RAW_MAX		(512u << 20)
#define TRIES_MAX	64	/* places where something packed could begin */

static const char banner[] = "Linux version ";

/* A number of a header; big: most significant byte first. */
struct mark {
	u32 off, value;
	bool big;
	const char *kind, *arch;
};

static const struct mark marks[] = {
	{ 0x24,  0x016f2818, false, "zImage", "arm" },
	{ 0x38,  0x644d5241, false, "Image", "arm64" },
	{ 0x38,  0x05435352, false, "Image", "riscv" },
	{ 0x202, 0x53726448, false, "bzImage", "x86" },
};

/* Forms that are known and not taken, and what to do about it. */
static const struct mark others[] = {
	{ 0, 0x27051956, true, "a U-Boot image: give the zImage or Image that it was made of", NULL },
	{ 0, 0xd00dfeed, true, "a device tree or FIT image: give the zImage or Image that is in it", NULL },
	{ 0, 0x414e4452, true, "an Android boot image: give the kernel that is in it", NULL },
};

static bool has_mark(struct bytes b, const struct mark *m)
{
	bool ok = true;
	u32 v = bytes_num(b, m->off, 4, &ok);

	return ok && (m->big ? __builtin_bswap32(v) : v) == m->value;
}

static const char *elf_arch(struct bytes b)
{
	bool ok = true;

	switch (bytes_num(b, offsetof(Elf64_Ehdr, e_machine), 2, &ok)) {
	case EM_ARM:	return "arm";
	case EM_AARCH64: return "arm64";
	case EM_X86_64:	return "x86";
	case EM_RISCV:	return "riscv";
	}
	return NULL;
}

static bool is_elf(struct bytes b)
{
	return b.n > EI_NIDENT && !memcmp(b.p, ELFMAG, SELFMAG) &&
	       b.p[EI_DATA] == ELFDATA2LSB;
}

bool boot_image_release(const u8 *raw, size_t size, char to[64])
{
	const u8 *p = raw, *end = raw + size;
	size_t n;

	while ((p = memmem(p, end - p, banner, sizeof(banner) - 1))) {
		p += sizeof(banner) - 1;
		/* a version, not the printf format of one */
		for (n = 0; n < 63 && p + n < end && p[n] > ' ' &&
		     p[n] < 0x7f && p[n] != '%'; n++)
			to[n] = p[n];
		to[n] = 0;
		if (n && isdigit((unsigned char)to[0]) && p + n < end && p[n] == ' ')
			return true;
	}
	to[0] = 0;
	return false;
}

/* The kernel packed at some place behind the start; sets raw. */
static bool unpack_inside(const u8 *p, size_t n, struct boot_image *k)
{
	unsigned tries = 0;
	const char *program;
	size_t i;

	for (i = 0; i < n && tries < TRIES_MAX; i++) {
		program = unpack_program(p + i, n - i);
		if (!program)
			continue;
		/* LZMA's magic is three common bytes: its dictionary size is
		 * a power of two, its length not known or likely */
		if (!strcmp(program, "lzma") &&
		    (n - i < 13 || memcmp(p + i + 9, "\0\0\0", 3)) &&
		    (n - i < 13 || memcmp(p + i + 5, "\377\377\377\377", 4)))
			continue;
		tries++;
		if (unpack_with(program, p + i, n - i, RAW_MAX, &k->raw,
				&k->size)) {
			if (boot_image_release(k->raw, k->size, k->release))
				return true;
			free(k->raw);
			k->raw = NULL;
		}
	}
	return false;
}

/* An image packed as a whole (Image.gz) is looked into. */
static bool unpack_outside(u8 **p, size_t *n)
{
	const char *program = unpack_program(*p, *n);
	u8 *out;
	size_t size;

	if (!program || !unpack_with(program, *p, *n, RAW_MAX, &out, &size))
		return false;
	free(*p);
	*p = out;
	*n = size;
	return true;
}

static bool name_kind(const char *path, struct bytes b, struct boot_image *k,
		      struct vorw_err *e)
{
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (has_mark(b, &others[i]))
			return vorw_fail(e, VORW_R_TARGET, "%s is %s", path,
					 others[i].kind);
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (has_mark(b, &marks[i])) {
			k->kind = marks[i].kind;
			k->arch = marks[i].arch;
			return true;
		}
	k->kind = is_elf(b) ? "vmlinux" : "Image";
	k->arch = is_elf(b) ? elf_arch(b) : NULL;
	if (is_elf(b) && !k->arch)
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is an ELF file for a machine that vorw does not know",
				 path);
	return true;
}

bool boot_image_read(const char *path, struct boot_image *k,
		     struct vorw_err *e)
{
	size_t n;
	u8 *p;

	memset(k, 0, sizeof(*k));
	if (!file_read(path, IMAGE_MAX, &p, &n, e))
		return false;
	unpack_outside(&p, &n);
	if (!name_kind(path, (struct bytes){ p, n }, k, e)) {
		free(p);
		return false;
	}
	if (boot_image_release(p, n, k->release)) {
		k->raw = p;
		k->size = n;
		p = NULL;
	} else if (!unpack_inside(p, n, k)) {
		free(p);
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is no kernel image, or packed in a way that this machine has no program for (gzip, xz, zstd, lz4, lzma, lzop, bzip2): no \"Linux version\" in it",
				 path);
	}
	free(p);
	kernel_build_id_of(k->raw, k->size, k->build_id);
	return true;
}

void boot_image_free(struct boot_image *k)
{
	free(k->raw);
	memset(k, 0, sizeof(*k));
}

/* Of a vmlinux: the segment that addr is in. */
static u64 elf_offset(struct bytes b, u64 addr)
{
	bool wide = b.p[EI_CLASS] == ELFCLASS64, ok = true;
	u64 off = bytes_num(b, wide ? offsetof(Elf64_Ehdr, e_phoff) :
			    offsetof(Elf32_Ehdr, e_phoff), wide ? 8 : 4, &ok);
	u32 n = bytes_num(b, wide ? offsetof(Elf64_Ehdr, e_phnum) :
			  offsetof(Elf32_Ehdr, e_phnum), 2, &ok);
	u64 at, len, from;
	u32 size = wide ? 8 : 4;

	for (; ok && n--; off += wide ? sizeof(Elf64_Phdr) :
					sizeof(Elf32_Phdr)) {
		if (bytes_num(b, off, 4, &ok) != PT_LOAD || !ok)
			continue;
		from = bytes_num(b, off + (wide ? 8 : 4), size, &ok);
		at = bytes_num(b, off + (wide ? 16 : 8), size, &ok);
		len = bytes_num(b, off + (wide ? 32 : 16), size, &ok);
		if (ok && addr >= at && addr - at < len)
			return from + (addr - at);
	}
	return ~0ull;
}

u64 boot_image_offset(const struct boot_image *k, u64 start, u64 addr)
{
	const struct bytes b = { k->raw, k->size };
	u64 off = is_elf(b) ? elf_offset(b, addr) :
		  addr < start ? ~0ull : addr - start;

	return off < k->size ? off : ~0ull;
}
