/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox.h - what the signer's processes may ask of the kernel
 * (seccomp(2)); a call that is not allowed ends the process.  False with errno;
 * EBUSY: a thread has a filter of its own.
 */
#ifndef VORW_SANDBOX_H
#define VORW_SANDBOX_H

#include <stdbool.h>

/* Memory, reading and writing of what is open, the end. */
bool sandbox_checker(void);
/* Everything but becoming another program, making processes and looking into
 * others. */
bool sandbox_signer(void);

#endif /* VORW_SANDBOX_H */
