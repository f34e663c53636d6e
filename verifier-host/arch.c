// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arch.c - the list of architecture tables. */
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
