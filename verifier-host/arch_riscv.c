// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arch_riscv.c - riscv64: how arch/riscv/net/bpf_jit_comp64.c holds addresses.
 *
 * emit_imm() loads a constant in as few instructions as its value allows; eight
 * are the canonical form.  Calls are relative, AUIPC and JALR, or JAL where the
 * function is near and does not move; callbacks and the JIT's own variables are
 * AUIPC and ADDI.
 */
#include <elf.h>
#include <stdlib.h>
#include "riscv.h"
#include "vorw_reloc.h"

/*
 * Maps: each twelve bits from the lowest on are odd, so no shift takes more
 * than twelve, and from 0x400 to 0x7ff, so none is left out, is compressed or
 * changes the next.  Bits 8 and 9 of each tell the set, seven others the
 * number.  Calls: 256 MiB and more below the code, out of reach of a JAL
 * wherever among its 128 MiB the code is, and 2 GiB from the kernel at most.
 */
#define SENTINEL_BITS	7
#define DIGIT(n, k) \
	((u64)((n) >> (k) * SENTINEL_BITS & 0x7f) << 1 << 12 * (k))
static u64 riscv_sentinel(const struct vaddr_space *a, u32 set, u32 n,
			  bool call)
{
	static const u64 top[VORW_SENTINEL_SETS] = { 0x5a3c, 0x26c3, 0x3fe1 };
	const u64 digits = 0x401 | set << 8;

	if (call)
		return (a->code & ~0xfffull) -
		       ((u64)(set + 1) << 28) + n * 4 + set * 2;
	return top[set] << 48 | digits << 36 | digits << 24 | digits << 12 |
	       digits | DIGIT(n, 0) | DIGIT(n, 1) | DIGIT(n, 2);
}

static struct riscv_walk walk_of(const struct vcode *c, enum walk_mode mode,
				 const u8 *p, u32 len, u64 at)
{
	return (struct riscv_walk){
		.c = c, .mode = mode, .p = p, .len = len, .at = at,
	};
}

static bool failed(const struct riscv_walk *w, enum vorw_reason reason,
		   const char *prog, const char *why, struct vorw_err *e)
{
	u32 n = w->len - w->pos, k, v = 0;

	if (!w->bad)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	for (k = 0; k < 4 && k < n; k++)
		v |= (u32)w->p[w->pos + k] << 8 * k;
	return vorw_fail(e, reason,
			 "program '%s': instruction %u, offset %u (%08x): %s",
			 prog, w->insn, w->pos, v, why);
}

/* Walk through c, which runs at address at, if anywhere.  w is the caller's to
 * free. */
static bool walk(struct riscv_walk *w, const struct vcode *c,
		 enum walk_mode mode, u64 at, const char *prog,
		 struct vorw_err *e)
{
	*w = walk_of(c, mode, c->p, c->len, at);
	return riscv_walk(w) ||
	       failed(w, VORW_R_NATIVE_CODE, prog,
		      "not what the JIT emits for it", e);
}

static bool riscv_find_fields(const struct vcode *c, u64 at, const char *prog,
			      struct vfield **f, u32 *n, struct vorw_err *e)
{
	struct riscv_walk w;
	bool ok = walk(&w, c, WALK_FIND, at, prog, e);

	if (ok) {
		*f = w.fields;
		*n = w.nfields;
		w.fields = NULL;
	}
	riscv_walk_free(&w);
	return ok;
}

static bool riscv_validate(const struct vcode *c, const char *prog,
			   u32 *features, struct vorw_err *e)
{
	struct riscv_walk w;
	bool ok = walk(&w, c, WALK_CANONICAL, 0, prog, e);

	if (ok)
		*features |= w.features;
	riscv_walk_free(&w);
	return ok;
}

static bool riscv_same_code(const struct vcode *c, const u8 *real, u32 len,
			    u64 at, struct vorw_err *e)
{
	struct riscv_walk w = walk_of(c, WALK_REAL, real, len, at);
	struct riscv_walk v = walk_of(c, WALK_CANONICAL, c->p, c->len, 0);
	bool ok = riscv_walk(&w) && riscv_walk(&v);

	/* one program's code can differ in these, too */
	if (ok && (w.features != v.features || w.zext != v.zext ||
		   w.compressed != v.compressed)) {
		w.bad = true;
		ok = false;
	}
	if (!ok)
		failed(v.bad ? &v : &w, VORW_R_RELINK, "",
		       "the kernel's own image is not the canonical one", e);
	riscv_walk_free(&w);
	riscv_walk_free(&v);
	return ok;
}

/* The JIT takes all that the verifier lets through; what vorw does not carry
 * is said elsewhere. */
static const char *riscv_jit_gap(const struct bpf_insn *insn, u32 series)
{
	return NULL;
}

static const u16 riscv_forms[] = {
	VORW_ENC_RISCV_LI_C, VORW_ENC_RISCV_LI, VORW_ENC_RISCV_CALL,
	VORW_ENC_RISCV_ADDR, 0
};

const struct vorw_arch vorw_arch_riscv = {
	.machine	= EM_RISCV,
	.name		= "riscv",
	.word		= 8,
	.forms		= riscv_forms,
	.compiles_all	= true,
	.pc_relative	= true,
	.max_sentinels	= 1u << (3 * SENTINEL_BITS),
	.inlines	= riscv_inlines,
	.sentinel	= riscv_sentinel,
	.find_fields	= riscv_find_fields,
	.same_code	= riscv_same_code,
	.validate	= riscv_validate,
	.jit_gap	= riscv_jit_gap,
};
