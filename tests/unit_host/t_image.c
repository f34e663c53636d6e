// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_image.c - the build-id that a kernel image tells, or does not. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include "kernel_image.h"
#include "tests/unit/tap.h"

struct note {
	Elf32_Nhdr h;
	char name[4];
	u8 id[20];
} __attribute__((packed));

/* A vDSO: an ELF file with a note inside and its section headers last. */
struct vdso {
	Elf32_Ehdr eh;
	struct note n;
	Elf32_Shdr sh[2];
} __attribute__((packed));

struct vdso64 {
	Elf64_Ehdr eh;
	struct note n;
	Elf64_Shdr sh[2];
} __attribute__((packed));

struct image {
	char head[65];		/* notes need not lie at a round offset */
	struct note first;
	struct vdso v;
	struct vdso64 w;
	struct note last;
} __attribute__((packed));

static const char ones[] = "0101010101010101010101010101010101010101";
static const char twos[] = "0202020202020202020202020202020202020202";

static struct note make_note(u8 fill)
{
	struct note n = { { 4, 20, NT_GNU_BUILD_ID }, "GNU", "" };

	memset(n.id, fill, sizeof(n.id));
	return n;
}

/* The kernel's own note is the last one; nothing else is filled in. */
static void make(struct image *m)
{
	memset(m, 0, sizeof(*m));
	m->last = make_note(1);
}

static void add_vdso(struct image *m)
{
	memcpy(m->v.eh.e_ident, ELFMAG, SELFMAG);
	m->v.eh.e_ident[EI_CLASS] = ELFCLASS32;
	m->v.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	m->v.eh.e_shoff = offsetof(struct vdso, sh);
	m->v.eh.e_shnum = 2;
	m->v.n = make_note(2);
	memcpy(m->w.eh.e_ident, ELFMAG, SELFMAG);
	m->w.eh.e_ident[EI_CLASS] = ELFCLASS64;
	m->w.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	m->w.eh.e_shoff = offsetof(struct vdso64, sh);
	m->w.eh.e_shnum = 2;
	m->w.n = make_note(3);
}

/* want "": nothing.  From the heap, so that reading past it is seen. */
static void tells(const struct image *m, size_t size, const char *want,
	       const char *name)
{
	u8 *copy = malloc(size);
	char got[41] = "?";
	bool found;

	memcpy(copy, m, size);
	found = kernel_build_id_of(copy, size, got);
	ok(found == !!*want && !strcmp(got, want), "%s", name);
	if (strcmp(got, want))
		printf("# got '%s'\n", got);
	free(copy);
}

int main(void)
{
	const size_t all = sizeof(struct image);
	struct image m;
	size_t n;

	make(&m);
	tells(&m, all, ones, "one note");
	add_vdso(&m);
	tells(&m, all, ones, "those of a 32-bit and a 64-bit vDSO do not count");
	memcpy(&m, &m.w, sizeof(m.w.eh));	/* whole image is ELF */
	m.head[EI_CLASS] = ELFCLASS64;
	((Elf64_Ehdr *)&m)->e_shoff = all - 128;
	tells(&m, all, ones, "nor do they in an image that is an ELF file");
	m.first = make_note(1);
	tells(&m, all, ones, "the same build-id twice");
	m.first = make_note(2);
	tells(&m, all, "", "two build-ids: not known");

	make(&m);
	m.first = make_note(2);
	tells(&m, all - 1, twos, "the last note is cut");
	make(&m);
	m.last.h.n_type = NT_GNU_ABI_TAG;
	tells(&m, all, "", "a note of another type");
	make(&m);
	m.last.h.n_descsz = 16;
	tells(&m, all, "", "an id of another size");

	/* headers that lie about where the ELF file ends */
	make(&m);
	add_vdso(&m);
	m.w.eh.e_shoff = ~0ull - 64;
	tells(&m, all, "", "section headers outside: that note counts");
	m.w.eh.e_shoff = 0;
	m.w.eh.e_shnum = 0;
	tells(&m, all, "", "no section headers: that note counts");
	for (n = 1; n < all; n++) {
		u8 *copy = malloc(n);
		char got[41];

		make(&m);
		add_vdso(&m);
		memcpy(copy, &m, n);
		kernel_build_id_of(copy, n, got);
		free(copy);
	}
	ok(true, "cut at every length");
	return tap_done();
}
