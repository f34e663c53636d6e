// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* vorw_ksyms.c - the allow-list of kernel routines, one table. */
#include "vorw_machine.h"
#include "vorw_ksyms.h"

#define ANY_MACHINE	VORW_EM_NONE

struct row {
	u16 machine;
	const char *name;
};

static const struct row routines[] = {
	/* BPF_LD_ABS, BPF_LD_IND: net/core/filter.c bpf_gen_ld_abs() */
	{ ANY_MACHINE, "bpf_skb_load_helper_8" },
	{ ANY_MACHINE, "bpf_skb_load_helper_16" },
	{ ANY_MACHINE, "bpf_skb_load_helper_32" },
	{ ANY_MACHINE, "bpf_skb_load_helper_8_no_cache" },
	{ ANY_MACHINE, "bpf_skb_load_helper_16_no_cache" },
	{ ANY_MACHINE, "bpf_skb_load_helper_32_no_cache" },
	/* cores without UDIV: arch/arm/net/bpf_jit_32.c emit_udivmod() */
#ifdef VORW_HAVE_ARM
	{ VORW_EM_ARM, "jit_udiv32" },
	{ VORW_EM_ARM, "jit_mod32" },
	/* since 6.7, and 64 bits on all cores */
	{ VORW_EM_ARM, "jit_sdiv32" },
	{ VORW_EM_ARM, "jit_smod32" },
	{ VORW_EM_ARM, "jit_udiv64" },
	{ VORW_EM_ARM, "jit_mod64" },
	{ VORW_EM_ARM, "jit_sdiv64" },
	{ VORW_EM_ARM, "jit_smod64" },
#endif
	/* inlined look-ups: kernel/bpf/hashtab.c htab_map_gen_lookup() */
	{ ANY_MACHINE, "__htab_map_lookup_elem" },
	/* where a poked entry goes: arch/arm64/net/bpf_jit_comp.c build_plt() */
#ifdef VORW_HAVE_ARM64
	{ VORW_EM_AARCH64, "dummy_tramp" },
#endif
	/* tail calls: arch/x86/net/bpf_jit_comp.c emit_indirect_jump() */
#ifdef VORW_HAVE_X86
	{ VORW_EM_X86_64, "__x86_indirect_thunk_rcx" },
	{ VORW_EM_X86_64, "__x86_indirect_its_thunk_rcx" },
#endif
};

static const struct row variables[] = {
	/* BPF_FUNC_jiffies64: kernel/bpf/verifier.c do_misc_fixups() */
	{ ANY_MACHINE, "jiffies" },
	/* BPF_MOV64_PERCPU_REG: arch/x86/net/bpf_jit_comp.c do_jit(); and what
	 * it is applied to in helpers that kernel/bpf/fixups.c inlines */
#ifdef VORW_HAVE_X86
	{ VORW_EM_X86_64, "this_cpu_off" },
	{ VORW_EM_X86_64, "cpu_number" },
	{ VORW_EM_X86_64, "current_task" },
#endif
	/* … and arch/riscv/net/bpf_jit_comp64.c bpf_jit_emit_insn() */
#ifdef VORW_HAVE_RISCV
	{ VORW_EM_RISCV, "__per_cpu_offset" },
#endif
};

static const struct row pointers[] = {
	/* arch/x86/net/bpf_jit_comp.c emit_return() */
	{ VORW_EM_X86_64, "x86_return_thunk" },
};

static bool is_listed(const struct row *rows, size_t n, u16 machine,
		      const char *name)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (rows[i].machine != ANY_MACHINE &&
		    rows[i].machine != machine)
			continue;
		if (!strcmp(rows[i].name, name))
			return true;
	}
	return false;
}

#define LISTED(rows) \
	is_listed(rows, sizeof(rows) / sizeof((rows)[0]), machine, name)

bool vorw_ksym_allowed(u16 machine, const char *name)
{
	return LISTED(routines);
}

bool vorw_kvar_allowed(u16 machine, const char *name)
{
	return LISTED(variables);
}

bool vorw_kptr_allowed(u16 machine, const char *name)
{
	return LISTED(pointers);
}
