/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - what the host has to know about a target's machine code.
 *
 * One small table per architecture; everything else in verifier-host/ reads
 * as if there were one.  An entry knows the shape of what that JIT emits,
 * never what a program means.
 */
#ifndef VORW_ARCH_H
#define VORW_ARCH_H

#include <linux/bpf.h>
#include "vorw_format.h"
#include "err.h"
#include "vorw_parse.h"

#define VREL_KSYM_LEN 129

/* Kernel-internal, include/linux/filter.h and include/linux/bpf.h */
#define BPF_TAIL_CALL		0xf0
#define MAX_TAIL_CALL_CNT	33

/* A relocation on its way into the blob: struct vorw_reloc plus what the
 * verification guest had at that place. */
struct vreloc {
	u32 off;		/* bytes into the code, or into the insns */
	u16 kind, form;		/* VORW_REL_*, VORW_ENC_* */
	u32 sym, addend;
	char ksym[VREL_KSYM_LEN];	/* vreloc_by_name(): in place of sym */
	u64 addr;		/* the address in the guest's kernel */
};

/* Is it ksym that says what is meant, not sym? */
bool vreloc_by_name(const struct vreloc *r);

/* Do both mean the same thing, wherever and in whatever form? */
bool vreloc_same(const struct vreloc *a, const struct vreloc *b);

/* Code to look at: canonical, that is with all address fields zero. */
struct vcode {
	const u8 *p;
	u32 len;
	const struct vreloc *rel;	/* sorted by off */
	u32 nrel;
	const struct bpf_insn *insns;	/* what it was compiled from */
	u32 ninsns;
	const struct vreloc *insn_rel;	/* of insns, sorted by off */
	u32 ninsn_rel;
	u32 part;			/* 0: the main function */
	u32 facts;			/* VORW_PF_* */
	u32 stack_depth;
	/* Words of sequences that hold offsets into the kernel's structs; zero
	 * until the first, then alike in all of an object. */
	u32 *tail_words;
};

/* What limits the choice of addresses to compile with. */
struct vaddr_space {
	u64 call_base;		/* calls reach 2 GiB around it */
	u64 code;		/* somewhere in the kernel's own images */
};

/* A place in code that holds an address. */
struct vfield { u32 off; u16 form; };

/* A patched tail call: struct vorw_poke, but for what the guest says. */
struct vpoke { u32 insn, bypass, target, adj_off; };

struct vorw_arch {
	u16 machine;		/* ELF e_machine */
	const char *name;
	u32 word;		/* bytes of a pointer */
	u32 max_sentinels;	/* per set */

	/* VORW_CPU_* that no blob does without, and what the kernel does where
	 * there is none.  NULL: it is all the same. */
	u32 needs;
	const char *needs_why;

	/* The forms in which this JIT's code holds the addresses of a
	 * program, full length; ends with 0. */
	const u16 *forms;

	/* Every verified program is compiled, and whether the JIT is on
	 * changes the instructions.  Then the verdict is made with it on. */
	bool compiles_all;

	/* The JIT reads prog->aux->poke_tab: tail calls with a constant index
	 * are jumps that the kernel patches. */
	bool patches_tail_calls;

	/* What an address looks like depends on where the code is. */
	bool pc_relative;

	/* The n-th address of a set, 0..VORW_SENTINEL_SETS-1: held in full
	 * length, never the same twice, sets differ in every part.  call: one
	 * that a call, a callback's address or VORW_ENC_BPF_MOVS32 can be. */
	u64 (*sentinel)(const struct vaddr_space *a, u32 set, u32 n,
			bool call);

	/* The next place at or behind *pos that holds an address which may be
	 * none of the program's: a call's target, a literal.  *pos moves
	 * behind it, *form says how it sits there.  False at the end of the
	 * code.  *off is ~0 when there is an address in no known form. */
	bool (*next_addr)(const u8 *p, u32 len, u32 *pos, u32 *off,
			  u16 *form);

	/* Instead of next_addr, where only the program tells where an
	 * instruction begins: all places of c->p, which holds any addresses,
	 * and runs at address at.  *f is the caller's. */
	bool (*find_fields)(const struct vcode *c, u64 at, const char *prog,
			    struct vfield **f, u32 *n, struct vorw_err *e);

	/* NULL: tail calls are not patched.  Those of c, canonical code that
	 * was validated: insn's imm - 1 is the number of each.  pokes has
	 * room for one of each instruction; returns how many. */
	bool (*find_pokes)(const struct vcode *c, struct vpoke *pokes, u32 *n,
			   struct vorw_err *e);

	/* NULL: no load may fault.  Those of c, as of find_pokes(). */
	bool (*find_faults)(const struct vcode *c, struct vorw_fault_h *faults,
			    u32 *n, struct vorw_err *e);

	/* Is code c, with its relocations' guest addresses, the image at
	 * real, which runs at address at, apart from how addresses are loaded?
	 * real may use shorter loads; branches over them then have other
	 * displacements. */
	bool (*same_code)(const struct vcode *c, const u8 *real, u32 len,
			  u64 at, struct vorw_err *e);

	/* Only instructions that this JIT emits, in the sequences in which
	 * it emits them, jumping where the program jumps, calling and using
	 * what the program's instructions do?  Adds to *features
	 * what the code needs (VORW_CPU_*). */
	bool (*validate)(const struct vcode *c, const char *prog,
			 u32 *features, struct vorw_err *e);

	/* Is this call code of the JIT's own?  Then its imm is the helper's id.
	 * NULL: none is. */
	bool (*inlines)(const struct bpf_insn *insn);

	/* Why the JIT of this kernel series (VORW_LINUX) does not take this
	 * instruction; NULL if it is not known for that. */
	const char *(*jit_gap)(const struct bpf_insn *insn, u32 series);
};

#define VORW_SENTINEL_SETS 3
#define VORW_TAIL_WORDS 12

/* NULL for an architecture this program has no table for. */
const struct vorw_arch *vorw_arch_get(unsigned machine);

extern const struct vorw_arch vorw_arch_arm, vorw_arch_arm64;
extern const struct vorw_arch vorw_arch_x86, vorw_arch_riscv;

#endif /* VORW_ARCH_H */
