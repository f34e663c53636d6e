/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * qmp.h - as much of the QEMU Machine Protocol as saving and continuing a
 * guest needs (QEMU docs/interop/qmp-spec.txt).
 *
 * Every failure is VORW_R_VM, also what QEMU itself says no to; a connection
 * on which a call failed is of no use any more.  Only where QEMU ended is *e
 * left as it was, and closed set: why it did, its process says.
 */
#ifndef VORW_QMP_H
#define VORW_QMP_H

#include <stdint.h>
#include "err.h"

#define QMP_LINE_MAX	65536

struct qmp {
	int fd;			/* a connected socket; the caller's to close */
	uint64_t end_ms;	/* CLOCK_MONOTONIC: calls fail from then on */
	bool closed;		/* by QEMU */
	size_t have;
	char buf[QMP_LINE_MAX];	/* have bytes received and not yet read */
};

/* Take QEMU's greeting and leave negotiation mode. */
bool qmp_open(struct qmp *q, int fd, uint64_t end_ms, struct vorw_err *e);

/* The same monitor, by another struct or in a copy of the process that it is
 * of: it has greeted before. */
void qmp_again(struct qmp *q, int fd, uint64_t end_ms);

/* A command and its answer, and the event that is named, if one is, in whatever
 * order they come; arguments is JSON or NULL. */
bool qmp_command(struct qmp *q, const char *name, const char *arguments,
		 const char *event, struct vorw_err *e);

/* Give QEMU a descriptor of its own of what fd is; its commands then know it as
 * name. */
bool qmp_give(struct qmp *q, int fd, const char *name, struct vorw_err *e);

#endif /* VORW_QMP_H */
