/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * target.h - what a target is: architecture, kernel, machine, CPU, memory.
 *
 * A target is data: verifier-host/targets/NAME.conf says how to find it, and
 * `make` (or `vorw target fetch NAME`) leaves the kernel, its facts and the
 * guest's files under build/NAME/.  Those that the user has added are defined
 * in own_dir(), with their kernel beside the definition.
 */
#ifndef VORW_TARGET_H
#define VORW_TARGET_H

#include "err.h"

struct vorw_target {
	char name[64];
	char alias[64];		/* another name of it, "" if there is none */
	char arch[16];		/* "arm" */
	unsigned machine;	/* ELF e_machine */
	char title[64];		/* what it is, for people */
	char release[64];	/* uname -r, "" until fetched */
	char package[64];	/* version of its package, "" until fetched */
	char cpu[64];		/* QEMU -cpu */
	char qemu[64];		/* qemu-system-arm */
	char qemu_machine[128];	/* -M */
	char console[32];	/* ttyAMA0 */
	char virtio[8];		/* how its ports are connected: pci, mmio */
	unsigned mem_mib;	/* guest memory */
	unsigned slow;		/* time limits are multiplied by this; not 0 */
	char guest_append[256];	/* for the guest's kernel, words with commas */
	char append[128];	/* the user's for it, words with spaces */
	char kernel[512];	/* image path */
	char config[512];	/* its configuration, "" until fetched */
	char initrd[512];	/* verification guest's initramfs path */
	char series[16];	/* kernel series it means, "6.12" */
	char build_id[41];	/* of an own one, as it was added; or "" */
	char device_build_id[41];	/* what the device runs, where this
					 * kernel is its twin; or "" */
	char system_map[512];	/* of an own one, or "" */
	char btf[512];		/* of an own one, or "" */
	bool own;		/* added by the user */
	bool built;		/* by a script here, not by a distribution */
	bool fetched;		/* or, if built, built */
	bool ready;
	char why_not[256];	/* when not ready */
};

/* Directory with targets: $VORW_TARGETS, or the directory of the running
 * executable (build/). */
const char *vorw_target_root(void);
/* Names are parts of paths: letters, digits, '.', '-', '_', not '.' first. */
bool target_name_ok(const char *name);
/* Is there a definition of this name in the source tree? */
bool target_is_builtin(const char *name);
bool vorw_target_get(const char *name, struct vorw_target *t,
		     struct vorw_err *e);
/* Members of a JSON object that say the same of every target. */
struct json;
void target_json(struct json *j, const struct vorw_target *t);
/* "ready"; "fetchable" or "buildable": nothing of it is here; "not ready" */
const char *target_state(const struct vorw_target *t);
/* The kernel's build-id in hex, "" while it is not known. */
void target_build_id(const struct vorw_target *t, char to[41]);
/* Names of all known targets, NULL-terminated, malloc'd. */
char **vorw_target_names(struct vorw_err *e);

#endif
