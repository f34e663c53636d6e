/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* copy_filter.h - the system calls that are left to a template, and to a copy. */
#ifndef VORW_COPY_FILTER_H
#define VORW_COPY_FILTER_H

/* For good, for this thread and those that it makes; 0 or -errno.  Make only
 * system calls.  Later filters and those before them hold, too. */
int template_filter(void);
int copy_filter(void);

#endif /* VORW_COPY_FILTER_H */
