/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* memory.h - how much memory this process may still take. */
#ifndef VORW_MEMORY_H
#define VORW_MEMORY_H

#include "vorw_types.h"

/*
 * The machine's, or what is left of the limits of the control groups (version
 * 2) that this process is in, whichever is least.  What is not said is no limit.
 * root: "", or a directory with other /proc and /sys/fs/cgroup in it.
 */
u64 memory_free_mib(const char *root);

#endif /* VORW_MEMORY_H */
