/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* copy_filter.h - the system calls that are left to a copy of a template. */
#ifndef VORW_COPY_FILTER_H
#define VORW_COPY_FILTER_H

/* For good, for this thread and those that it makes; 0 or -errno.  Makes only
 * system calls.  Later filters and those before it hold, too. */
int copy_filter(void);

#endif /* VORW_COPY_FILTER_H */
