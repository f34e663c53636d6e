/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * snapshot.h - a verification guest that has booted, kept to start copies of.
 *
 * Kept is the guest as it is before it has been given anything: memory, and
 * the state of its devices.  A copy maps the memory privately, so that it
 * costs only what it changes, and is used for one object, like a guest that
 * was booted.  Copies of one snapshot have the kernel at the same addresses;
 * nothing in vorw compares two boots (docs/architecture.md).
 *
 * On disk a snapshot is one file beside the guest's kernel and as much to be
 * trusted as that.  In memory it is two sealed memfds: no copy, not even a QEMU
 * that a guest broke out of, can change what the next one starts from.
 */
#ifndef VORW_SNAPSHOT_H
#define VORW_SNAPSHOT_H

#include "err.h"
#include "target.h"
#include "vorw_types.h"

struct snapshot {
	unsigned mem_mib;	/* the guest's memory */
	int ram, state;		/* memfds */
	char *identity;		/* qemu_identity() of what booted */
};

/*
 * Load the target's snapshot.  *s is NULL and the answer true if there is none
 * for the QEMU, kernel and initramfs that are here now.  False: there is one
 * that cannot be used (VORW_R_IO, VORW_R_NO_MEMORY).
 */
bool snapshot_open(struct snapshot **s, const struct vorw_target *t,
		   struct vorw_err *e);
/* For what only one process at a time should do with it: close(*fd) gives the
 * lock up, -1 is none.  False: another one has it. */
bool snapshot_lock(const struct vorw_target *t, int *fd);
/* The same once more, to be closed by itself; NULL with *e. */
struct snapshot *snapshot_again(const struct snapshot *s, struct vorw_err *e);
/* Also on NULL. */
void snapshot_close(struct snapshot *s);

/* Boot the target and keep it in memory. */
bool snapshot_boot(struct snapshot **s, const struct vorw_target *t,
		   struct vorw_err *e);
/* Boot the target and keep it as its snapshot, in the place of an older one,
 * which stays until the new one is complete.  *size is the file's, on disk. */
bool snapshot_make(const struct vorw_target *t, u64 *size,
		   struct vorw_err *e);
/* VORW_R_TARGET if there is none. */
bool snapshot_remove(const struct vorw_target *t, struct vorw_err *e);

#endif /* VORW_SNAPSHOT_H */
