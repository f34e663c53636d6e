/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * templates.h - the template VMs (template.h) that a worker keeps, one per
 * target that is asked for.
 */
#ifndef VORW_TEMPLATES_H
#define VORW_TEMPLATES_H

#include "target.h"
#include "template.h"

/* All copies have their QEMU's code, heap and stack canary where the template
 * has them: what one learned of that serves the next no longer than this. */
#define TEMPLATE_JOBS	500

/* The target's, or NULL: the job is to be done without.  Where that would take
 * a boot, as the target has no snapshot, one is started here.  jobs: with so
 * many copies, or after some time, it is of age, and not used any more. */
const struct template *templates_get(const struct vorw_target *t,
				     unsigned jobs);
/* After that job, or while there is none: start what it had to do without, or
 * what is of age now.  One worker of the machine at a time does so: the others
 * do jobs meanwhile, in copies of the snapshot. */
void templates_prepare(unsigned jobs);
/* This one did not make a copy: end it.  It is some time until the next is
 * started, the longer the more often this happened in a row. */
void templates_drop(const struct vorw_target *t);
/* A copy of this one died, or said what a guest does not: end it.  The next
 * has other addresses. */
void templates_renew(const struct vorw_target *t);
/* What has not been used for a while ends. */
void templates_shrink(void);

#endif /* VORW_TEMPLATES_H */
