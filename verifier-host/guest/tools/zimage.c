// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * zimage.c - take the kernel out of a 32-bit Arm zImage, for a faster boot.
 *
 *	zimage VMLINUZ RAM-BASE OUT
 *
 * More than half of the boot time under emulation is spent in the zImage's own
 * decompressor.  This does its work on the host: OUT is what it would have
 * produced, as an uncompressed U-Boot image that QEMU puts where it would have
 * put it.  The kernel itself is not changed by a bit.
 *
 * The zImage says where its compressed kernel ends, how long it is unpacked
 * and at which offset it wants to lie: the "ZSLK" record of the table behind
 * its header (arch/arm/boot/compressed/head.S, vmlinux.lds.S).  Anything
 * unexpected is a refusal; the caller then boots the zImage as it is.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZIMAGE_MAGIC	0x016f2818u
#define TABLE_MAGIC	0x45454545u
#define TAG_KRNL_SIZE	0x5a534c4bu	/* "ZSLK" */
#define MAX_KERNEL	(256u << 20)

static const struct {
	const char *magic;
	size_t len;
	const char *unpack;
} formats[] = {
	{ "\xfd" "7zXZ\0", 6, "xz -dc --single-stream 2>/dev/null" },
	{ "\x1f\x8b\x08", 3, "gzip -dc 2>/dev/null" },
};

struct kernel {
	uint8_t *z;
	size_t size;
	size_t end;		/* of the compressed kernel */
	uint32_t unpacked, text_offset;
};

static uint32_t word(const struct kernel *k, size_t off)
{
	const uint8_t *p = k->z + off;

	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static int fail(const char *why)
{
	fprintf(stderr, "zimage: %s\n", why);
	return 1;
}

static int read_file(struct kernel *k, const char *path)
{
	FILE *f = fopen(path, "rb");
	long n;

	if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) < 0x40 ||
	    n > (long)MAX_KERNEL || fseek(f, 0, SEEK_SET))
		return fail("cannot read the kernel image");
	k->size = n;
	k->z = malloc(n);
	if (!k->z || fread(k->z, 1, n, f) != (size_t)n)
		return fail("cannot read the kernel image");
	fclose(f);
	return 0;
}

static int read_table(struct kernel *k)
{
	size_t off, len;

	if (word(k, 0x24) != ZIMAGE_MAGIC || word(k, 0x34) != TABLE_MAGIC)
		return fail("not a zImage with a table");
	for (off = word(k, 0x38); off % 4 == 0 && off <= k->size - 24;
	     off += len) {
		/* size in words, tag, then the tag's own words */
		len = word(k, off) * 4ull;
		if (len < 8 || len > k->size - off)
			break;
		if (word(k, off + 4) != TAG_KRNL_SIZE || len < 24)
			continue;
		/* the unpacked size lies behind the compressed kernel */
		k->end = word(k, off + 8);
		k->text_offset = word(k, off + 16);
		if (k->end > k->size - 4)
			break;
		k->unpacked = word(k, k->end);
		return k->unpacked && k->unpacked <= MAX_KERNEL ? 0 :
		       fail("unlikely size of the unpacked kernel");
	}
	return fail("no record of the kernel's size");
}

/* Unpack from off on; true only for exactly the size that was promised. */
static int unpack_at(const struct kernel *k, size_t off, const char *cmd,
		     const char *tmp)
{
	char line[4200];
	FILE *p, *f;
	long n = -1;

	snprintf(line, sizeof(line), "%s > '%s'", cmd, tmp);
	p = popen(line, "w");
	if (!p)
		return 0;
	fwrite(k->z + off, 1, k->end - off, p);
	pclose(p);
	f = fopen(tmp, "rb");
	if (f) {
		if (!fseek(f, 0, SEEK_END))
			n = ftell(f);
		fclose(f);
	}
	return n == (long)k->unpacked;
}

static int unpack(const struct kernel *k, const char *tmp)
{
	size_t i, off;

	/* the magic can also occur in the decompressor's code: try each */
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		for (off = 0; off + formats[i].len < k->end; off++)
			if (!memcmp(k->z + off, formats[i].magic,
				    formats[i].len) &&
			    unpack_at(k, off, formats[i].unpack, tmp))
				return 0;
	return fail("cannot unpack the kernel");
}

/* include/image.h of U-Boot, as far as QEMU's load_uimage() looks */
static void put_header(FILE *out, uint32_t size, uint32_t load)
{
	struct {
		uint32_t magic, hcrc, time, size, load, entry, dcrc;
		uint8_t os, arch, type, comp;
		char name[32];
	} h = {
		.magic = htonl(0x27051956), .size = htonl(size),
		.load = htonl(load), .entry = htonl(load),
		.os = 5 /* Linux */, .arch = 2 /* arm */,
		.type = 2 /* kernel */, .comp = 0 /* none */,
		.name = "Linux, unpacked",
	};

	fwrite(&h, sizeof(h), 1, out);
}

int main(int argc, char **argv)
{
	static char buf[1 << 16];
	struct kernel k = { 0 };
	char tmp[4096];
	FILE *in, *out;
	size_t n;
	int bad;

	if (argc != 4) {
		fprintf(stderr, "usage: zimage VMLINUZ RAM-BASE OUT\n");
		return 2;
	}
	/* an unpacker that sees no archive stops reading */
	signal(SIGPIPE, SIG_IGN);
	snprintf(tmp, sizeof(tmp), "%s.unpacked", argv[3]);
	if (read_file(&k, argv[1]) || read_table(&k) || unpack(&k, tmp)) {
		remove(tmp);
		return 1;
	}
	in = fopen(tmp, "rb");
	out = fopen(argv[3], "wb");
	if (!in || !out)
		return fail("cannot write the kernel");
	put_header(out, k.unpacked, strtoul(argv[2], NULL, 0) + k.text_offset);
	while ((n = fread(buf, 1, sizeof(buf), in)))
		fwrite(buf, 1, n, out);
	bad = ferror(in) | ferror(out) | fclose(out);
	fclose(in);
	remove(tmp);
	if (bad) {
		remove(argv[3]);
		return fail("cannot write the kernel");
	}
	free(k.z);
	return 0;
}
