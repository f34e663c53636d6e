// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * bpf_disasm.c - a disassembler for BPF as the verifier leaves it, that is
 * with the opcodes only the kernel makes.  Reference: the kernel's
 * Documentation/bpf/instruction-set.rst and include/linux/filter.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <linux/bpf.h>
#include "bpf_disasm.h"

/* Opcodes that exist only inside the kernel (include/linux/filter.h) */
#define OP_CALL_ARGS	(BPF_JMP | 0xe0)
#define OP_TAIL_CALL	(BPF_JMP | 0xf0)
#define OP_NOSPEC	(BPF_ST | 0xc0)
#define MODE_PROBE_MEM	0x20
/* include/uapi/linux/bpf.h of newer kernels */
#define MODE_MEMSX	0x80
#define IMM_LOAD_ACQ	0x100
#define IMM_STORE_REL	0x110

struct insn {
	u8 code, dst, src;
	int16_t off;
	s32 imm;
};

struct out {
	char *buf;
	size_t cap;
	const char *sym;
};

static struct insn decode(const u8 *p)
{
	return (struct insn){
		.code = p[0],
		.dst = p[1] & 0xf,
		.src = p[1] >> 4,
		.off = (int16_t)(p[2] | p[3] << 8),
		.imm = (s32)(p[4] | p[5] << 8 | p[6] << 16 | (u32)p[7] << 24),
	};
}

#define EMIT(o, ...)	snprintf((o)->buf, (o)->cap, __VA_ARGS__)

static void unknown(struct out *o, const struct insn *i)
{
	EMIT(o, ".insn code=0x%02x dst=%u src=%u off=%d imm=%" PRId32,
	     i->code, i->dst, i->src, i->off, i->imm);
}

static const char *width(u8 code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:	return "u8";
	case BPF_H:	return "u16";
	case BPF_W:	return "u32";
	default:	return "u64";
	}
}

static void alu(struct out *o, const struct insn *i)
{
	static const char *const ops[16] = {
		"+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", NULL, "%=",
		"^=", "=", "s>>=",
	};
	bool is64 = BPF_CLASS(i->code) == BPF_ALU64;
	const char *op = ops[BPF_OP(i->code) >> 4];
	char r = is64 ? 'r' : 'w';

	if (i->off && BPF_OP(i->code) == BPF_DIV)
		op = "s/=";
	else if (i->off && BPF_OP(i->code) == BPF_MOD)
		op = "s%=";
	if (BPF_OP(i->code) == BPF_NEG)
		EMIT(o, "%c%u = -%c%u", r, i->dst, r, i->dst);
	else if (BPF_OP(i->code) == BPF_END && !is64)
		EMIT(o, "r%u = %s%" PRId32 " r%u", i->dst,
		     BPF_SRC(i->code) == BPF_TO_BE ? "be" : "le", i->imm,
		     i->dst);
	else if (BPF_OP(i->code) == BPF_END)
		EMIT(o, "r%u = bswap%" PRId32 " r%u", i->dst, i->imm, i->dst);
	else if (!op)
		unknown(o, i);
	else if (i->off && BPF_OP(i->code) == BPF_MOV &&
		 BPF_SRC(i->code) == BPF_X)
		EMIT(o, "%c%u = (s%d)%c%u", r, i->dst, i->off, r, i->src);
	else if (BPF_SRC(i->code) == BPF_X)
		EMIT(o, "%c%u %s %c%u", r, i->dst, op, r, i->src);
	else
		EMIT(o, "%c%u %s %" PRId32, r, i->dst, op, i->imm);
}

static void call(struct out *o, const struct insn *i)
{
	if (o->sym)
		EMIT(o, "call %s", o->sym);
	else if (i->src == BPF_PSEUDO_CALL)
		EMIT(o, "call pc%+" PRId32, i->imm);
	else
		EMIT(o, "call #%" PRId32, i->imm);
}

static void jump(struct out *o, const struct insn *i)
{
	static const char *const ops[16] = {
		NULL, "==", ">", ">=", "&", "!=", "s>", "s>=", NULL, NULL,
		"<", "<=", "s<", "s<=",
	};
	const char *op = ops[BPF_OP(i->code) >> 4];
	bool is64 = BPF_CLASS(i->code) == BPF_JMP;
	char r = is64 ? 'r' : 'w';

	if (i->code == (BPF_JMP | BPF_CALL))
		call(o, i);
	else if (i->code == OP_CALL_ARGS && !o->sym)
		EMIT(o, "call interpreter %d, subprogram pc%+" PRId32, i->off,
		     i->imm);
	else if (i->code == OP_CALL_ARGS)
		EMIT(o, "call %s, subprogram pc%+d", o->sym ? o->sym : "?",
		     i->off);
	else if (i->code == OP_TAIL_CALL)
		EMIT(o, "tail_call r2[r3]");
	else if (i->code == (BPF_JMP | BPF_EXIT))
		EMIT(o, "exit");
	else if (i->code == (BPF_JMP | BPF_JA))
		EMIT(o, "goto pc%+d", i->off);
	else if (i->code == (BPF_JMP32 | BPF_JA))
		EMIT(o, "gotol pc%+" PRId32, i->imm);
	else if (!op)
		unknown(o, i);
	else if (BPF_SRC(i->code) == BPF_X)
		EMIT(o, "if %c%u %s %c%u goto pc%+d", r, i->dst, op, r, i->src,
		     i->off);
	else
		EMIT(o, "if %c%u %s 0x%" PRIx32 " goto pc%+d", r, i->dst, op,
		     (u32)i->imm, i->off);
}

static void atomic(struct out *o, const struct insn *i)
{
	const char *name = NULL, *w = width(i->code);

	switch (i->imm & ~BPF_FETCH) {
	case BPF_ADD:	name = "add"; break;
	case BPF_AND:	name = "and"; break;
	case BPF_OR:	name = "or"; break;
	case BPF_XOR:	name = "xor"; break;
	}
	if (i->imm == BPF_XCHG)
		EMIT(o, "r%u = xchg((%s *)(r%u %+d), r%u)", i->src, w, i->dst,
		     i->off, i->src);
	else if (i->imm == BPF_CMPXCHG)
		EMIT(o, "r0 = cmpxchg((%s *)(r%u %+d), r0, r%u)", w, i->dst,
		     i->off, i->src);
	else if (i->imm == IMM_LOAD_ACQ)
		EMIT(o, "r%u = load_acquire((%s *)(r%u %+d))", i->dst, w,
		     i->src, i->off);
	else if (i->imm == IMM_STORE_REL)
		EMIT(o, "store_release((%s *)(r%u %+d), r%u)", w, i->dst,
		     i->off, i->src);
	else if (!name)
		unknown(o, i);
	else if (i->imm & BPF_FETCH)
		EMIT(o, "r%u = atomic_fetch_%s((%s *)(r%u %+d), r%u)", i->src,
		     name, w, i->dst, i->off, i->src);
	else
		EMIT(o, "atomic_%s((%s *)(r%u %+d), r%u)", name, w, i->dst,
		     i->off, i->src);
}

static void memory(struct out *o, const struct insn *i)
{
	u8 class = BPF_CLASS(i->code), mode = BPF_MODE(i->code);
	const char *w = width(i->code);

	if (i->code == OP_NOSPEC)
		EMIT(o, "nospec");
	else if (class == BPF_STX && mode == BPF_ATOMIC)
		atomic(o, i);
	else if (class == BPF_LDX && mode == MODE_PROBE_MEM)
		EMIT(o, "r%u = *(%s *)(r%u %+d), 0 on fault", i->dst, w,
		     i->src, i->off);
	else if (class == BPF_LDX && mode == MODE_MEMSX)
		EMIT(o, "r%u = *(s%s *)(r%u %+d)", i->dst, w + 1, i->src,
		     i->off);
	else if (class == BPF_LD && mode == BPF_ABS)
		EMIT(o, "r0 = *(%s *)skb[%" PRId32 "]", w, i->imm);
	else if (class == BPF_LD && mode == BPF_IND)
		EMIT(o, "r0 = *(%s *)skb[r%u %+" PRId32 "]", w, i->src, i->imm);
	else if (mode != BPF_MEM || class == BPF_LD)
		unknown(o, i);
	else if (class == BPF_LDX)
		EMIT(o, "r%u = *(%s *)(r%u %+d)", i->dst, w, i->src, i->off);
	else if (class == BPF_STX)
		EMIT(o, "*(%s *)(r%u %+d) = r%u", w, i->dst, i->off, i->src);
	else
		EMIT(o, "*(%s *)(r%u %+d) = %" PRId32, w, i->dst, i->off,
		     i->imm);
}

u32 bpf_disasm(char *buf, size_t cap, const u8 *insn, u32 left,
	       const char *sym)
{
	struct out o = { buf, cap, sym };
	struct insn i = decode(insn), hi;

	if (i.code == (BPF_LD | BPF_IMM | BPF_DW) && left > 1) {
		hi = decode(insn + 8);
		if (sym)
			EMIT(&o, "r%u = %s", i.dst, sym);
		else
			EMIT(&o, "r%u = 0x%" PRIx64 " ll", i.dst,
			     (u64)(u32)hi.imm << 32 | (u32)i.imm);
		return 2;
	}
	switch (BPF_CLASS(i.code)) {
	case BPF_ALU:
	case BPF_ALU64:
		alu(&o, &i);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		jump(&o, &i);
		break;
	default:
		memory(&o, &i);
	}
	return 1;
}
