/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * place.h - the directory in bpffs that one loaded object is kept in.
 *
 *	ROOT/NAME/info/		records (record.h); made first, removed last
 *	ROOT/NAME/progs/	programs
 *	ROOT/NAME/maps/		maps
 *	ROOT/NAME/links/	links that keep programs attached
 *
 * mkdir(ROOT/NAME) is the lock between loaders: who makes it owns the name.  A
 * flock on it keeps an unload out of a load that is still under way, on kernels
 * that have file locks; on others such a load fails at its next step.  The
 * record "load" is written last; without it a load was cut off.
 */
#ifndef LOADER_PLACE_H
#define LOADER_PLACE_H

#include <linux/limits.h>
#include "err.h"
#include "record.h"

#define PLACE_ROOT	"/sys/fs/bpf/vorw"
#define PLACE_NAME	64	/* [A-Za-z0-9_-]{1,63} and NUL */
#define PIN_NAME	128	/* longer names are cut */

struct place {
	char name[PLACE_NAME];
	char dir[PATH_MAX];	/* ROOT/NAME */
	int fd;			/* of dir */
	int info_fd;		/* of dir/info; -1 when it is gone */
};

bool place_name_valid(const char *name);

/* Make ROOT/NAME, locked.  Makes ROOT too when only its last part is missing.
 * VORW_R_NO_BPFFS, VORW_R_NAME_TAKEN. */
bool place_create(struct place *pl, const char *root, const char *name,
		  struct err *e);

/* Open ROOT/NAME; lock: exclusively, to change it.  VORW_R_NO_BPFFS,
 * VORW_R_NOT_LOADED, VORW_R_NAME_TAKEN when somebody else has it locked. */
bool place_open(struct place *pl, const char *root, const char *name,
		bool lock, struct err *e);
void place_close(struct place *pl);

/* Pin fd in sub under a name made from want; the name used goes to pin. */
bool place_pin(struct place *pl, const char *sub, const char *want, int fd,
	       char pin[PIN_NAME], struct err *e);
/* The object pinned as sub/pin: a descriptor, or -errno. */
int place_get(const struct place *pl, const char *sub, const char *pin);

/* Records of this load: "KIND_PIN", or "KIND" with pin NULL. */
bool place_record(struct place *pl, const char *kind, const char *pin,
		  const struct record *r, struct err *e);
bool place_recall(const struct place *pl, const char *kind, const char *pin,
		  struct record *r);
int place_forget(struct place *pl, const char *kind, const char *pin);

/* Names in a directory that start with prefix, in order: the smallest that is
 * greater than last ("" at first), which may be the same buffer.  False at the
 * end, with errno 0, or with errno when it cannot be read.  One call reads the
 * whole directory: skipping names in a loop of calls costs their square. */
bool place_next(int dirfd, const char *prefix, const char *last,
		char next[NAME_MAX + 1]);
/* One of the directories, -1 when it is gone. */
int place_sub(const struct place *pl, const char *sub);

/* ROOT itself, to list it: a descriptor, or -1 and *e; -ENOENT without *e
 * when bpffs is there but nothing was ever loaded. */
int place_root(const char *root, struct err *e);

/* Remove every pin and record and the directory.  Whatever was removed before
 * by somebody else is no error. */
bool place_remove(struct place *pl, struct err *e);

#endif
