/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * qemu.h - the QEMU process of a verification guest: its command line, the
 * descriptors it gets and the limits it runs under.
 *
 * QEMU inherits sockets and nothing else; it cannot write to files, start
 * processes or gain privileges, and it dies with us.
 */
#ifndef VORW_QEMU_H
#define VORW_QEMU_H

#include <sys/types.h>
#include "err.h"
#include "target.h"

/* How it gets its memory and what is in it. */
enum qemu_start {
	QEMU_BOOT,	/* QEMU's own memory; boots the target's kernel */
	QEMU_KEEP,	/* boots in the memory of ram, to be saved */
	QEMU_COPY,	/* waits for a state, to go on with a private copy of
			 * ram */
	QEMU_TEMPLATE,	/* the same; copies of its process can be made */
};

struct qemu_opts {
	const struct vorw_target *t;
	enum qemu_start start;
	unsigned mem_mib;
	unsigned seconds;	/* it will be ended after so many: CPU limit */
	int ram;		/* memfd; not for QEMU_BOOT */
	const char *preload;	/* QEMU_TEMPLATE: clone/qemu_clone.c, built */
};

struct qemu {
	pid_t pid;
	/* sockets, the caller's to close; -1: it has none */
	int channel, console;
	int monitor;		/* QMP; not with QEMU_BOOT */
	int control;		/* of a QEMU_TEMPLATE: to order copies by */
};

/* On failure (VORW_R_VM) there is nothing to end and nothing to close. */
bool qemu_run(struct qemu *q, const struct qemu_opts *o, struct vorw_err *e);

/* A QEMU_TEMPLATE that is stopped: has what is preloaded said that it is there
 * and works?  False, at once: no order would ever be answered. */
bool qemu_takes_orders(int control, struct vorw_err *e);
/*
 * A copy of the template that control belongs to, as it is now: stopped, with
 * descriptors of its own.  It is a child of this process like the template, and
 * of its process group; its CPU limit is of so many seconds.  It waits for
 * the first command on its monitor, and ends when there is none.
 * After a failure the template is of no use: it may still act on the order.
 */
bool qemu_copy(struct qemu *q, int control, unsigned seconds,
	       struct vorw_err *e);

/*
 * What decides how the guest looks once it has booted: QEMU, machine, kernel,
 * initramfs.  Files are told apart as make does it, by their status.  malloc'd;
 * VORW_R_VM if there is no such QEMU, or no memory.
 */
char *qemu_identity(const struct vorw_target *t, unsigned mem_mib,
		    struct vorw_err *e);

#endif /* VORW_QEMU_H */
