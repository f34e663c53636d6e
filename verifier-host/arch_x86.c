// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arch_x86.c - x86-64: how arch/x86/net/bpf_jit_comp.c holds addresses.
 *
 * emit_mov_imm64() loads a constant by MOVABS unless 32 bits, extended by zeros
 * or (from 6.12 on) by the sign, give it: MOVABS is the canonical form.  Calls
 * and jumps out of the code are relative to it, 2 GiB to either side.
 */
#include <elf.h>
#include <stdlib.h>
#include "vorw_reloc.h"
#include "x86.h"

/*
 * For MOVABS: bytes 6 and 7 are neither all zeros nor all ones, and tell the
 * set; the rest is the number twice over.  For calls: within 256 MiB below the
 * code, so from any place near it; the number is 24 bits, and the step is odd,
 * so that even the lowest byte of a difference moves.
 */
#define SENTINEL_BITS	24
static u64 x86_sentinel(const struct vaddr_space *a, u32 set, u32 n, bool call)
{
	static const u64 top[VORW_SENTINEL_SETS] = { 0x5a3c, 0x96c3, 0x3fe1 };

	if (call)
		return (a->code & ~0xfffull) -
		       ((u64)(set + 1) << (SENTINEL_BITS + 1)) +
		       n * 2 + set * 3;
	return top[set] << 48 | (u64)n << SENTINEL_BITS | (n ^ (set * 0x55 + 1));
}

static struct x86_walk walk_of(const struct vcode *c, enum walk_mode mode,
			       const u8 *p, u32 len, u64 at)
{
	return (struct x86_walk){
		.c = c, .mode = mode, .p = p, .len = len, .at = at,
	};
}

static bool failed(struct x86_walk *w, enum vorw_reason reason,
		   const char *prog, const char *why, struct vorw_err *e)
{
	u32 n = w->len - w->pos;

	if (!w->bad)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	return vorw_fail(e, reason,
			 "program '%s': instruction %u, offset %u (%02x %02x %02x %02x): %s",
			 prog, w->insn, w->pos, n > 0 ? w->p[w->pos] : 0,
			 n > 1 ? w->p[w->pos + 1] : 0,
			 n > 2 ? w->p[w->pos + 2] : 0,
			 n > 3 ? w->p[w->pos + 3] : 0, why);
}

/* Walk through c, which runs at address at, if anywhere.  w is the caller's to
 * free. */
static bool walk(struct x86_walk *w, const struct vcode *c, enum walk_mode mode,
		 u64 at, const char *prog, struct vorw_err *e)
{
	*w = walk_of(c, mode, c->p, c->len, at);
	return x86_walk(w) ||
	       failed(w, VORW_R_NATIVE_CODE, prog,
		      "not what the JIT emits for it", e);
}

static bool x86_find_fields(const struct vcode *c, u64 at, const char *prog,
			    struct vfield **f, u32 *n, struct vorw_err *e)
{
	struct x86_walk w;
	bool ok = walk(&w, c, WALK_FIND, at, prog, e);

	if (ok) {
		*f = w.fields;
		*n = w.nfields;
		w.fields = NULL;
	}
	x86_walk_free(&w);
	return ok;
}

static bool x86_validate(const struct vcode *c, const char *prog,
			 u32 *features, struct vorw_err *e)
{
	struct x86_walk w;
	bool ok = walk(&w, c, WALK_CANONICAL, 0, prog, e);

	if (ok)
		*features |= w.features;
	x86_walk_free(&w);
	return ok;
}

static bool x86_find_pokes(const struct vcode *c, struct vpoke *pokes, u32 *n,
			   struct vorw_err *e)
{
	struct x86_walk w;
	bool ok = walk(&w, c, WALK_CANONICAL, 0, "", e);

	*n = 0;
	if (ok) {
		*n = w.npokes;
		memcpy(pokes, w.pokes, w.npokes * sizeof(*pokes));
	}
	x86_walk_free(&w);
	return ok;
}

static bool x86_find_faults(const struct vcode *c, struct vorw_fault_h *faults,
			    u32 *n, struct vorw_err *e)
{
	struct x86_walk w;
	bool ok = walk(&w, c, WALK_CANONICAL, 0, "", e);

	*n = 0;
	if (ok) {
		*n = w.nfaults;
		memcpy(faults, w.faults, w.nfaults * sizeof(*faults));
	}
	x86_walk_free(&w);
	return ok;
}

static bool x86_same_code(const struct vcode *c, const u8 *real, u32 len,
			  u64 at, struct vorw_err *e)
{
	struct x86_walk w = walk_of(c, WALK_REAL, real, len, at);
	struct x86_walk v = walk_of(c, WALK_CANONICAL, c->p, c->len, 0);
	bool ok = x86_walk(&w) && x86_walk(&v);

	/* one program's code can differ in these, too */
	if (ok && (w.features != v.features || w.traps != v.traps ||
		   w.endbr != v.endbr || w.entry != v.entry)) {
		w.bad = true;
		ok = false;
	}
	if (!ok)
		failed(v.bad ? &v : &w, VORW_R_RELINK, "",
		       "the kernel's own image is not the canonical one", e);
	x86_walk_free(&w);
	x86_walk_free(&v);
	return ok;
}

/* The JIT takes all that the verifier lets through; what vorw does not carry
 * is said elsewhere. */
static const char *x86_jit_gap(const struct bpf_insn *insn, u32 series)
{
	return NULL;
}

static const u16 x86_forms[] = {
	VORW_ENC_X86_MOVABS, VORW_ENC_X86_MOVS32, VORW_ENC_X86_CALL,
	VORW_ENC_X86_JMP, VORW_ENC_X86_PERCPU, 0
};

const struct vorw_arch vorw_arch_x86 = {
	.machine	= EM_X86_64,
	.name		= "x86_64",
	.word		= 8,
	.forms		= x86_forms,
	.compiles_all	= true,
	.pc_relative	= true,
	.max_sentinels	= 1u << 23,
	/* Its JIT reads the code before what is called: no sentinel is. */
	.needs		= VORW_CPU_X86_CALL_PLAIN,
	.needs_why	= "counts the depth of calls (retbleed=stuff)",
	.sentinel	= x86_sentinel,
	.find_fields	= x86_find_fields,
	.find_pokes	= x86_find_pokes,
	.find_faults	= x86_find_faults,
	.same_code	= x86_same_code,
	.validate	= x86_validate,
	.jit_gap	= x86_jit_gap,
};
