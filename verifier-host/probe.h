/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * probe.h - what loader/vorw-probe said on a device.
 *
 * The file comes from elsewhere: sizes are capped, lines are of known keys and
 * printable, and it has to be whole.
 */
#ifndef VORW_PROBE_H
#define VORW_PROBE_H

#include "kconfig.h"

enum probe_key {
	PROBE_RELEASE, PROBE_VERSION, PROBE_MACHINE, PROBE_BUILD_ID,
	PROBE_PAGE_SIZE, PROBE_MEMORY, PROBE_CPU, PROBE_CPU_PART,
	PROBE_CPU_FEATURES, PROBE_JIT_ENABLE, PROBE_JIT_HARDEN,
	PROBE_JIT_KALLSYMS, PROBE_UNPRIVILEGED, PROBE_KPTR, PROBE_MODULES_OFF,
	PROBE_BTF, PROBE_MODULES, PROBE_SIG, PROBE_LOCKDOWN, PROBE_TAINTED,
	PROBE_KALLSYMS, PROBE_KALLSYMS_ADDR, PROBE_KALLSYMS_DATA,
	PROBE_S_CHECK, PROBE_S_JIT, PROBE_S_KPROBE, PROBE_S_FTRACE,
	PROBE_S_PKCS7, PROBE_S_SYS_BPF, PROBE_BPFFS, PROBE_TRACEFS,
	PROBE_MODDIR, PROBE_CONFIG, PROBE_KEYS
};

struct probe {
	char *text;			/* the file, cut into values */
	const char *value[PROBE_KEYS];	/* "?": the device does not say */
	const char *arch;		/* as in targets/arch/ */
	struct kconfig c;		/* text NULL: the kernel has none */
};

/* VORW_R_TARGET names the line that is wrong. */
bool probe_read(const char *path, struct probe *p, struct vorw_err *e);
void probe_free(struct probe *p);

/* The next thing, from *i on, that the device is set to and that costs
 * something; into buf.  NULL: no more. */
const char *probe_next(const struct probe *p, size_t *i, char *buf,
		       size_t size);

/* Is this word in the CPU's list of features? */
bool probe_has_feature(const struct probe *p, const char *word);

#endif
