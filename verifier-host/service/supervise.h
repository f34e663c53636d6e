/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * supervise.h - the processes of `vorw serve`: the signer and the workers,
 * each started again when it dies, with growing pauses.  Only one that must
 * start and cannot ends the whole: trying again would hide it.
 */
#ifndef VORW_SUPERVISE_H
#define VORW_SUPERVISE_H

#include <sys/types.h>
#include "err.h"
#include "vorw_types.h"

#define CHILDREN_MAX	257

struct child {
	const char *part;	/* for the log */
	char **argv;		/* argv[0]: the program's path */
	char **envp;		/* NULL: as ours is */
	/* before it is started: may change argv, name it */
	void (*prepare)(struct child *c);
	/* it has ended */
	void (*ended)(struct child *c);
	void *arg;
	int keep_fd;		/* stays open in it, or -1 */
	/* Not to start, at first, ends all, for this reason (VORW_R_...); 0: it
	 * is started again.  An exit status but 0 and ran is not to start. */
	unsigned fatal;
	int ran;

	pid_t pid;		/* 0: not running */
	bool settled;		/* has started */
	u64 again_ms, pause_ms, started_ms;
};

/*
 * Keep them running until SIGTERM or SIGINT, then end them, the first when the
 * others have ended: SIGTERM, and SIGKILL after grace seconds.  The signals are
 * blocked when this is called.  stopping is called as soon as it is to end.
 * False, and all ended, when a child that must start does not.
 */
bool supervise(struct child *children, unsigned n, unsigned grace,
	       void (*stopping)(void *arg), void *arg, struct vorw_err *e);

#endif /* VORW_SUPERVISE_H */
