// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arch.c - the list of architecture tables, and what relocations mean. */
#include <string.h>
#include "arch.h"

static const struct vorw_arch *const archs[] = {
	&vorw_arch_arm,
	&vorw_arch_arm64,
	&vorw_arch_x86,
	&vorw_arch_riscv,
};

const struct vorw_arch *vorw_arch_get(unsigned machine)
{
	size_t i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (archs[i]->machine == machine)
			return archs[i];
	return NULL;
}

bool vreloc_by_name(const struct vreloc *r)
{
	return r->kind == VORW_REL_KSYM || r->kind == VORW_REL_KVAR ||
	       r->kind == VORW_REL_KPTR;
}

bool vreloc_same(const struct vreloc *a, const struct vreloc *b)
{
	if (a->kind != b->kind || a->addend != b->addend)
		return false;
	return vreloc_by_name(a) ? !strcmp(a->ksym, b->ksym) :
				   a->sym == b->sym;
}
