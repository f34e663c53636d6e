/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mini_jit.h - a few instructions, compiled the way arch/arm/net/bpf_jit_32.c
 * compiles them, so that tests have images to break without a VM.
 *
 * Knows: MOV64 K and X of R0/R1/R6, LD_IMM64 to R1, helper call, tail call,
 * DIV32 of R0 by R6 (by call), JEQ/JNE/JGT K on R0, JA, EXIT, LDX W of R0
 * from R1.
 */
#ifndef MINI_JIT_H
#define MINI_JIT_H

#include <linux/bpf.h>
#include "vorw_types.h"

#define MINI_CALL_BASE	0xc0123450u
#define MINI_UDIV32	0xc0777770u	/* "jit_udiv32" */
#define MINI_MAX_WORDS	4096

/* Words into out; 0: an instruction it does not know. */
u32 mini_jit(const struct bpf_insn *insns, u32 n, u32 stack_depth, u32 *out);

#endif
