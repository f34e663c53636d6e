// SPDX-License-Identifier: GPL-2.0-only
/* binding.c - is this the device that the blob was verified for? */

#include <linux/capability.h>
#include <linux/elf.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include "arch.h"
#include "compat.h"
#include "load.h"
#include "seam.h"
#include "vorw_machine.h"

static u8 build_id[VORW_MAX_BUILD_ID] __ro_after_init;
static u32 build_id_len __ro_after_init;

/* Two digits a byte, up to the end of the line. */
static bool __init parse_build_id(const char *s, const char *end)
{
	u32 n;

	for (n = 0; end - s >= 2 && *s != '\n'; s += 2) {
		int high = hex_to_bin(s[0]), low = hex_to_bin(s[1]);

		if (high < 0 || low < 0 || n == VORW_MAX_BUILD_ID)
			return false;
		build_id[n++] = high << 4 | low;
	}
	build_id_len = n;
	return n >= 8;
}

/*
 * The kernel's own record of its build-id is the vmcoreinfo note.  Unlike
 * /sys/kernel/notes it cannot be covered by a mount.
 */
int __init vorw_binding_init(void)
{
	static const char key[] = "BUILD-ID=";
	const struct elf_note *note = phys_to_virt(paddr_vmcoreinfo_note());
	const char *desc, *found;
	u32 size;

	desc = (const char *)(note + 1) + ALIGN(note->n_namesz, 4);
	size = note->n_descsz;
	if (size > VMCOREINFO_BYTES)
		size = VMCOREINFO_BYTES;
	found = strnstr(desc, key, size);
	if (!found || !parse_build_id(found + strlen(key), desc + size)) {
		pr_err("this kernel has no build-id in its vmcoreinfo note\n");
		return -ENODATA;
	}
	return 0;
}

void vorw_binding_info(struct vorw_info *info)
{
	info->seam = vorw_seam_kind();
	info->cpu_features = vorw_arch_cpu_features();
	info->ncerts = vorw_sig_count();
	info->build_id_len = build_id_len;
	memcpy(info->build_id, build_id, build_id_len);
}

/*
 * As bpf_capable() and perfmon_capable(): capable() asks in the initial user
 * namespace, so a namespace that grants its root everything grants nothing.
 */
static bool may(int cap)
{
	return capable(cap) || capable(CAP_SYS_ADMIN);
}

bool vorw_caller_may_load(void)
{
	return may(CAP_BPF) && may(CAP_PERFMON);
}

static enum vorw_reason check_caps(struct vorw_job *job, u32 caps)
{
	static const struct {
		u32 bit;
		int cap;
		const char *name;
	} need[] = {
		{ VORW_CAP_BPF, CAP_BPF, "CAP_BPF" },
		{ VORW_CAP_PERFMON, CAP_PERFMON, "CAP_PERFMON" },
		{ VORW_CAP_NET_ADMIN, CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(need); i++)
		if (caps & need[i].bit && !may(need[i].cap))
			return vorw_deny(job, VORW_R_PRIVILEGE, 0,
					 "verified for a caller with %s",
					 need[i].name);
	return VORW_R_OK;
}

static enum vorw_reason wrong_cpu(struct vorw_job *job, u32 needs, u32 have)
{
	char want[VORW_FEATURE_NAMES], got[VORW_FEATURE_NAMES];

	return vorw_deny(job, VORW_R_WRONG_CPU, 0,
			 "code needs CPU features%s; this CPU has%s",
			 vorw_feature_names(vorw_arch_machine, needs, want),
			 vorw_feature_names(vorw_arch_machine, have, got));
}

enum vorw_reason vorw_binding_check(struct vorw_job *job)
{
	u32 have = vorw_arch_cpu_features();
	struct vorw_binding_h b;

	vorw_get_binding(&job->view, &b);

	if (job->view.machine != vorw_arch_machine)
		return vorw_deny(job, VORW_R_WRONG_ARCH, 0,
				 "blob is for ELF machine %u, this is %u",
				 job->view.machine, vorw_arch_machine);
	if (b.build_id_len != build_id_len ||
	    memcmp(b.build_id, build_id, build_id_len))
		return vorw_deny(job, VORW_R_WRONG_KERNEL, 0,
				 "blob is for %s, build-id %*phN; this is %s, %*phN",
				 b.release, (int)b.build_id_len, b.build_id,
				 init_utsname()->release, (int)build_id_len,
				 build_id);
	if (b.cpu_features & ~have)
		return wrong_cpu(job, b.cpu_features, have);
	if (b.page_size != PAGE_SIZE)
		return vorw_deny(job, VORW_R_WRONG_CONFIG, 0,
				 "blob is for pages of %u bytes, this has %lu",
				 b.page_size, PAGE_SIZE);
	if (b.hz != HZ)
		return vorw_deny(job, VORW_R_WRONG_CONFIG, 0,
				 "blob is for HZ %u, this has %u", b.hz, HZ);
	return check_caps(job, b.caps);
}
