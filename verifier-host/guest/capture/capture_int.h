/* SPDX-License-Identifier: GPL-2.0-only */
/* capture_int.h - between the files of vorw_capture.ko. */
#ifndef CAPTURE_INT_H
#define CAPTURE_INT_H

#include <linux/compiler_types.h>

/* CAP_COMPILE (compile.c) */
int cap_compile(void __user *arg);

#endif /* CAPTURE_INT_H */
