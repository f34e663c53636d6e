// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_fault.c - x86-64 blobs with loads that may fault: what the parser takes,
 * and what it refuses.
 */
#include <stdlib.h>
#include <linux/elf-em.h>
#include "sample.h"
#include "tap.h"

#define RAX	80	/* in struct pt_regs */
#define R15	0
#define R12	24

static const u8 code[32];

static const struct {
	const char *name;
	struct vorw_fault_h f[2];
	u32 n;
	enum vorw_reason r;
} cases[] = {
	{ "none", { }, 0, VORW_R_OK },
	{ "one", { { 4, 7, RAX } }, 1, VORW_R_OK },
	{ "two, side by side", { { 0, 4, RAX }, { 4, 7, R15 } }, 2, VORW_R_OK },
	{ "up to the last byte", { { 24, 7, RAX } }, 1, VORW_R_OK },
	{ "with nothing behind it", { { 25, 7, RAX } }, 1, VORW_R_MALFORMED },
	{ "behind the code", { { 32, 1, RAX } }, 1, VORW_R_MALFORMED },
	{ "far behind the code", { { ~0u, 1, RAX } }, 1, VORW_R_MALFORMED },
	{ "of no bytes", { { 4, 0, RAX } }, 1, VORW_R_MALFORMED },
	{ "of very many", { { 4, 0xffff, RAX } }, 1, VORW_R_MALFORMED },
	{ "twice", { { 4, 7, RAX }, { 4, 7, RAX } }, 2, VORW_R_MALFORMED },
	{ "inside another", { { 4, 7, RAX }, { 10, 7, RAX } }, 2,
	  VORW_R_MALFORMED },
	{ "against the order", { { 14, 4, RAX }, { 4, 7, RAX } }, 2,
	  VORW_R_MALFORMED },
	{ "into R12", { { 4, 7, R12 } }, 1, VORW_R_MALFORMED },
	{ "into half a register", { { 4, 7, RAX + 4 } }, 1, VORW_R_MALFORMED },
	{ "into the saved RIP", { { 4, 7, 128 } }, 1, VORW_R_MALFORMED },
	{ "beyond the registers", { { 4, 7, 0x1000 } }, 1, VORW_R_MALFORMED },
};

static enum vorw_reason build(u16 machine, const struct vorw_fault_h *f, u32 n,
			      u8 **buf, size_t *size)
{
	struct vorw_writer *w = vorw_writer_new(machine);
	struct vorw_diag d = { 0 };
	enum vorw_reason r;
	struct sample s;
	u32 i;

	sample_init(&s);
	vorw_writer_binding(w, &s.binding);
	s.object.object_sha256 = s.sha256;
	vorw_writer_object(w, &s.object);
	s.prog[P_CALLEE].cpu_features = 0;
	vorw_writer_prog(w, &s.prog[P_CALLEE]);
	vorw_writer_part(w, 0, &(struct vorw_part_h){ 0 }, code, sizeof(code));
	for (i = 0; i < n; i++)
		vorw_writer_fault(w, 0, 0, &f[i]);
	*buf = NULL;
	r = vorw_writer_finish(w, buf, size, &d);
	vorw_writer_free(w);
	return r;
}

static void one(u32 i)
{
	struct vorw_diag d = { 0 };
	struct vorw_parts parts;
	struct vorw_fault_h f;
	struct vorw_view v;
	const char *broken;
	size_t size;
	u8 *buf;
	u32 k;

	is(build(EM_X86_64, cases[i].f, cases[i].n, &buf, &size), cases[i].r,
	   "%s: %s", cases[i].name, cases[i].r ? "refused" : "taken");
	if (!cases[i].r) {
		ok(!sample_parse(buf, size, &parts, &v, &d), "is parsed");
		for (k = 0; k < cases[i].n; k++) {
			vorw_get_fault(&v, k, &f);
			ok(!memcmp(&f, &cases[i].f[k], sizeof(f)),
			   "%u is read as written", k);
		}
		broken = sample_broken(buf, size);
		ok(!broken, "%s", broken ? broken : "no byte is ignored");
	}
	free(buf);
}

int main(void)
{
	size_t size;
	u8 *buf;
	u32 i;

	for (i = 0; i < ARRAY_LEN(cases); i++)
		one(i);
	is(build(EM_AARCH64, cases[1].f, 1, &buf, &size), VORW_R_UNSUPPORTED,
	   "another machine's: refused");
	free(buf);
	return tap_done();
}
