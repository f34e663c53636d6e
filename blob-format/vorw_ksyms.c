// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* vorw_ksyms.c - the allow-list of kernel routines, one table. */
#include "vorw_ksyms.h"

#define ANY_MACHINE	0
#define MACHINE_ARM	40	/* EM_ARM */

static const struct {
	u16 machine;
	const char *name;
} allowed[] = {
	/* BPF_LD_ABS, BPF_LD_IND: net/core/filter.c bpf_gen_ld_abs() */
	{ ANY_MACHINE, "bpf_skb_load_helper_8" },
	{ ANY_MACHINE, "bpf_skb_load_helper_16" },
	{ ANY_MACHINE, "bpf_skb_load_helper_32" },
	{ ANY_MACHINE, "bpf_skb_load_helper_8_no_cache" },
	{ ANY_MACHINE, "bpf_skb_load_helper_16_no_cache" },
	{ ANY_MACHINE, "bpf_skb_load_helper_32_no_cache" },
	/* cores without UDIV: arch/arm/net/bpf_jit_32.c emit_udivmod() */
	{ MACHINE_ARM, "jit_udiv32" },
	{ MACHINE_ARM, "jit_mod32" },
	/* since 6.7, and 64 bits on all cores */
	{ MACHINE_ARM, "jit_sdiv32" },
	{ MACHINE_ARM, "jit_smod32" },
	{ MACHINE_ARM, "jit_udiv64" },
	{ MACHINE_ARM, "jit_mod64" },
	{ MACHINE_ARM, "jit_sdiv64" },
	{ MACHINE_ARM, "jit_smod64" },
};

bool vorw_ksym_allowed(u16 machine, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (allowed[i].machine != ANY_MACHINE &&
		    allowed[i].machine != machine)
			continue;
		if (!strcmp(allowed[i].name, name))
			return true;
	}
	return false;
}
