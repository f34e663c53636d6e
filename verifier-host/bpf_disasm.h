/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf_disasm.h - BPF instructions as text, in the notation of the verifier's
 * log and of `bpftool prog dump xlated`.
 */
#ifndef VORW_BPF_DISASM_H
#define VORW_BPF_DISASM_H

#include "vorw_types.h"

/*
 * Write the instruction at insn (8 bytes as on disk; 16 when `left`, the
 * number of instructions from here on, allows and it is a 64-bit load) to buf.
 * sym, if not NULL, is what the instruction's address field stands for.
 * Returns the number of instructions it takes, 1 or 2.  Any bytes will do.
 */
u32 bpf_disasm(char *buf, size_t cap, const u8 *insn, u32 left,
	       const char *sym);

#endif
