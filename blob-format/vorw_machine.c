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

#define X86_NAMES " bmi2 plain-return return-thunk plain-jump lfence-jump" \
	" retpoline plain-call 4-level 5-level its-jump"
VORW_STATIC_ASSERT(sizeof(X86_NAMES) <= VORW_FEATURE_NAMES,
		   "the longest of them");

/* In the order of the bits, a space before each */
static const char *all_features(u32 machine)
{
	switch (machine) {
#ifdef VORW_HAVE_ARM
	case VORW_EM_ARM:	return " armv7 idiva thumb";
#endif
#ifdef VORW_HAVE_ARM64
	case VORW_EM_AARCH64:	return " lse el1 el2";
#endif
#ifdef VORW_HAVE_X86
	case VORW_EM_X86_64:	return X86_NAMES;
#endif
#ifdef VORW_HAVE_RISCV
	case VORW_EM_RISCV:	return " c zba zbb zacas";
#endif
	}
	return "";
}

const char *vorw_feature_names(u32 machine, u32 bits,
			       char buf[VORW_FEATURE_NAMES])
{
	const char *s = all_features(machine);
	char *to = buf;
	bool named = false;

	for (; *s; s++) {
		if (*s == ' ') {
			named = bits & 1;
			bits >>= 1;
		}
		if (named)
			*to++ = *s;
	}
	*to = 0;
	return buf;
}
