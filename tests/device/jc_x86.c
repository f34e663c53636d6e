// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * jc_x86.c - x86-64: how long an instruction is, what is a constant and what a
 * branch; for the instructions of arch/x86/net/bpf_jit_comp.c.  Intel 64 and
 * IA-32 Architectures Software Developer's Manual, volume 2, chapter 2.
 */
#include <string.h>
#include "jc.h"

#if defined(__x86_64__)
/* Of 7.2, R9: where a function's own stack is, and only that; each has its
 * own.  No register of BPF's is R9. */
#define OWN_STACK	9

struct insn {
	u8 rex, op;
	bool two, vex, opsize;	/* 0f xx; VEX: of map 0f38 */
	u32 len, imm, imm_at;	/* bytes; where */
	u8 modrm;
};

static bool has_modrm(const struct insn *i)
{
	if (i->vex)
		return true;
	if (i->two)
		return i->op >> 4 != 8 && (i->op & 0xf8) != 0xc8;
	return i->op < 0x40 ? (i->op & 7) < 4 :
	       i->op == 0x63 || i->op == 0x69 || i->op == 0x6b ||
	       (i->op >= 0x80 && i->op < 0x90) ||
	       i->op == 0xc0 || i->op == 0xc1 || i->op == 0xc6 ||
	       i->op == 0xc7 || (i->op >= 0xd0 && i->op < 0xd4) ||
	       i->op == 0xf6 || i->op == 0xf7 || i->op == 0xfe ||
	       i->op == 0xff;
}

static u32 imm_size(const struct insn *i)
{
	u32 full = i->opsize ? 2 : 4;

	if (i->vex)
		return 0;
	if (i->two)
		return i->op >> 4 == 8 ? 4 : 0;		/* jcc rel32 */
	if ((i->op & 0xf8) == 0xb8)
		return i->rex & 8 ? 8 : full;
	if (i->op < 0x40)
		return (i->op & 7) == 4 ? 1 : (i->op & 7) == 5 ? full : 0;
	switch (i->op) {
	case 0x6b: case 0x80: case 0x83: case 0xc0: case 0xc1: case 0xc6:
	case 0xeb:
		return 1;
	case 0x69: case 0x81: case 0xc7:
		return full;
	case 0xe8: case 0xe9:
		return 4;
	case 0xf6:
		return i->modrm & 0x30 ? 0 : 1;
	case 0xf7:
		return i->modrm & 0x30 ? 0 : full;	/* test */
	}
	return i->op >> 4 == 7;
}

/* Displacement and SIB behind a ModRM. */
static u32 mem_size(u8 modrm, u8 sib)
{
	u32 mod = modrm >> 6, n = 0;

	if (mod == 3)
		return 0;
	if ((modrm & 7) == 4) {
		n = 1;
		if (!mod && (sib & 7) == 5)
			n += 4;
	} else if (!mod && (modrm & 7) == 5) {
		n = 4;
	}
	return n + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static bool parse(const u8 *p, u32 size, struct insn *i)
{
	u8 buf[16] = { 0 };
	u32 n = 0;

	memcpy(buf, p, size < 15 ? size : 15);
	*i = (struct insn){ 0 };
	/* operand size, gs, cs, lock, rep */
	for (; n < 4 && (buf[n] == 0x66 || buf[n] == 0x65 || buf[n] == 0x2e ||
			 buf[n] == 0xf0 || buf[n] == 0xf3); n++)
		i->opsize |= buf[n] == 0x66;
	if (buf[n] >> 4 == 4)
		i->rex = buf[n++];
	if (buf[n] == 0xc4) {
		i->vex = true;
		n += 3;
	} else if (buf[n] == 0x0f) {
		i->two = true;
		n++;
	}
	i->op = buf[n++];
	if (has_modrm(i)) {
		i->modrm = buf[n];
		n += 1 + mem_size(buf[n], buf[n + 1]);
	}
	i->imm_at = n;
	i->imm = imm_size(i);
	i->len = n + i->imm;
	return i->len <= size && i->len < sizeof(buf);
}

static u64 value_of(const u8 *p, u32 n)
{
	u64 v = 0;

	memcpy(&v, p, n);
	return n == 1 ? (u64)(s64)(signed char)v :
	       n == 4 ? (u64)(s64)(int)v : v;
}

/* Helpers and the program's own functions alike. */
const bool jc_branches_outside = true;

static bool branches(const struct insn *i)
{
	return i->two ? i->op >> 4 == 8 :
	       i->op == 0xe8 || i->op == 0xe9 || i->op == 0xeb ||
	       i->op >> 4 == 7;
}

/* Does it put a constant into a register: which? */
static bool loads(const struct insn *i, u32 *reg)
{
	u32 rm = (i->modrm & 7) | (i->rex & 1) << 3;

	if (i->two || i->opsize)
		return false;
	*reg = rm;
	if ((i->op & 0xf8) == 0xb8)
		*reg = (i->op & 7) | (i->rex & 1) << 3;
	else if (i->modrm >> 6 != 3)
		return false;
	else if (i->op == 0x31)		/* xor of itself */
		return ((i->modrm >> 3 & 7) | (i->rex & 4) << 1) == rm;
	else
		return i->op == 0xc7 && i->rex & 8;
	return true;
}

/* One instruction, size bytes at most; returns its bytes, 0: not known. */
static u32 step(const u8 *p, u32 size, u64 at, struct jc_step *s)
{
	struct insn i;
	u32 reg;
	u64 v;

	if (!parse(p, size, &i))
		return 0;
	memcpy(&s->insn, p, i.len < 8 ? i.len : 8);
	if (i.len > 8)
		memcpy(&s->value, p + 8, i.len - 8);
	if (i.vex)
		return i.len;
	v = value_of(p + i.imm_at, i.imm);
	if (branches(&i)) {
		s->kind = JC_BRANCH;
		s->value = at + i.len + v;
		/* short and near are one */
		s->insn = i.op == 0xe8 ? 0xe8 :
			  i.op == 0xe9 || i.op == 0xeb ? JC_JUMP :
			  0x70 | (i.op & 15);
	} else if (loads(&i, &reg)) {
		s->kind = JC_CONST;
		s->insn = reg;
		s->value = i.op == 0x31 || reg == OWN_STACK ? 0 :
			   i.op == 0xc7 || i.imm == 8 ? v : (u32)v;
	}
	return i.len;
}

u32 jc_decode(const u8 *code, u32 size, u64 base, struct jc_step *s)
{
	u32 at, len, cnt = 0;

	for (at = 0; at < size; at += len) {
		s[cnt] = (struct jc_step){ .at = at };
		len = step(code + at, size - at, base + at, &s[cnt++]);
		if (!len)
			return 0;
	}
	return cnt;
}
#endif
