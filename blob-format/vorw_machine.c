/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* vorw_machine.c - the table of architectures. */
#include "vorw_format.h"
#include "vorw_machine.h"

static const struct vorw_machine machines[] = {
#ifdef VORW_HAVE_ARM
	{ VORW_EM_ARM, 4, 4, VORW_CPU_ARM_ALL },
#endif
#ifdef VORW_HAVE_ARM64
	{ VORW_EM_AARCH64, 8, 4, VORW_CPU_ARM64_ALL },
#endif
#ifdef VORW_HAVE_X86
	{ VORW_EM_X86_64, 8, 1, VORW_CPU_X86_ALL },
#endif
#ifdef VORW_HAVE_RISCV
	{ VORW_EM_RISCV, 8, 2, VORW_CPU_RISCV_ALL },
#endif
	{ VORW_EM_NONE, 0, 0, 0 },
};

const struct vorw_machine *vorw_machine(u32 machine)
{
	const struct vorw_machine *m;

	for (m = machines; m->machine != VORW_EM_NONE; m++)
		if (m->machine == machine)
			return m;
	return NULL;
}
