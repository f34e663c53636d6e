/* SPDX-License-Identifier: GPL-2.0-only */
/* capture_int.h - between the files of vorw_capture.ko. */
#ifndef CAPTURE_INT_H
#define CAPTURE_INT_H

#include <linux/compiler_types.h>

struct bpf_prog;

/* CAP_COMPILE (compile.c) */
int cap_compile(void __user *arg);

/* CAP_POKES, and a table of its own for a clone of a program (poke.c) */
int cap_pokes(void __user *arg);
int clone_pokes(struct bpf_prog *clone, const struct bpf_prog *from);

#endif /* CAPTURE_INT_H */
