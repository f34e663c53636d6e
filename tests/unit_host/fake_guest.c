// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* fake_guest.c - a guest that can be made to lie. */
#include <stdio.h>
#include <stdlib.h>
#include "fake_guest.h"
#include "mini_jit.h"

struct fake_guest fake;

u32 fake_compile(const struct bpf_insn *insns, u32 n, u32 *out)
{
	return mini_jit(insns, n, 16, out);
}

bool guest_compile(struct guest *g, u32 slot, u32 prog,
		   const struct guest_code *code, u32 n,
		   struct guest_clone *to, struct vorw_err *e)
{
	static u32 out[MINI_MAX_WORDS];
	const struct bpf_insn *insns = code->insns;
	struct bpf_insn swapped[16];
	u32 words;

	if (fake.swap && code->n <= 16 && code->n >= 4) {
		memcpy(swapped, insns, code->n * sizeof(*insns));
		swapped[0].imm = insns[2].imm;
		swapped[2].imm = insns[0].imm;
		insns = swapped;
	}
	words = fake.not_compiled ? 0 : fake_compile(insns, code->n, out);
	if (fake.compiles++ == fake.lie_at) {
		words -= fake.lie_len;
		if (fake.lie_word < words)
			out[fake.lie_word] ^= fake.lie_xor;
	}
	to->image = words ? malloc(words * 4) : NULL;
	to->len = words * 4;
	to->addr = 0xbf000000 + 0x1000 * fake.compiles;
	if (to->image)
		memcpy(to->image, out, words * 4);
	return true;
}

void guest_clones_free(struct guest_clone *c, u32 n)
{
	while (n--) {
		free(c[n].image);
		c[n].image = NULL;
	}
}

bool guest_helpers(struct guest *g, u32 slot, u32 prog,
		   struct guest_helpers *h, struct vorw_err *e)
{
	u32 i;

	h->n = fake.nhelpers;
	h->h = calloc(h->n + 1, sizeof(*h->h));
	for (i = 0; i < h->n; i++) {
		h->h[i].id = fake.helpers[i].id;
		h->h[i].addr = fake.helpers[i].addr;
	}
	return true;
}

bool guest_pokes(struct guest *g, u32 slot, u32 prog, u32 nmaps,
		 struct guest_poke **p, u32 *n, struct vorw_err *e)
{
	*p = NULL;
	*n = 0;
	return true;
}

void guest_helpers_free(struct guest_helpers *h)
{
	free(h->h);
	h->h = NULL;
}

bool guest_syms(struct guest *g, const u64 *addrs, u32 n,
		struct guest_sym *syms, struct vorw_err *e)
{
	u32 i, k;

	for (i = 0; i < n; i++) {
		syms[i] = (struct guest_sym){ 0 };
		for (k = 0; k < fake.nsyms; k++)
			if (addrs[i] >= fake.syms[k].addr &&
			    addrs[i] - fake.syms[k].addr < 64)
				syms[i] = fake.syms[k];
	}
	return true;
}

const char *session_prog_name(const struct session *s, u32 prog)
{
	return "test";
}
