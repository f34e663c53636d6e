/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * qemu_clone.h - orders to a template QEMU (qemu_clone.c), by a SOCK_SEQPACKET
 * socket whose number is in its environment.
 *
 * It begins with a word of its own, 0 or -ENOSYS: no order will be answered.
 * One order, with CLONE_FDS descriptors, gets one answer: an int32_t, the
 * copy's process id or -errno.  The copy is the child of who started the
 * template.  It waits for the first byte on its monitor, so that a copy nobody
 * has heard of ends by itself.
 */
#ifndef VORW_QEMU_CLONE_H
#define VORW_QEMU_CLONE_H

#include <stdint.h>

#define QEMU_CLONE_ENV	"VORW_QEMU_CLONE"

enum { CLONE_CHANNEL, CLONE_CONSOLE, CLONE_MONITOR, CLONE_FDS };

struct qemu_clone_order {
	int32_t parent;		/* who has to be alive */
	int32_t to[CLONE_FDS];	/* the numbers that QEMU knows them by */
};

#endif /* VORW_QEMU_CLONE_H */
