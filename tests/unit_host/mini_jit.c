// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* mini_jit.c - compile a few BPF instructions as the kernel does on Arm. */
#include <string.h>
#include "mini_jit.h"

#define COND_EQ	0u
#define COND_NE	1u
#define COND_HI	8u
#define COND_AL	14u

struct ctx {
	u32 *out, idx;
	u32 offs[512];		/* words after instruction i, body only */
	u32 epilogue;
	bool final;
};

static void emit(struct ctx *c, u32 w)
{
	if (c->final && c->idx < MINI_MAX_WORDS)
		c->out[c->idx] = w;
	c->idx++;
}

static void mov_i(struct ctx *c, u32 rd, u32 v)
{
	u32 rot, r;

	for (rot = 0; rot < 16; rot++) {
		r = rot ? v << 2 * rot | v >> (32 - 2 * rot) : v;
		if (r <= 0xff) {
			emit(c, 0xe3a00000 | rd << 12 | rot << 8 | r);
			return;
		}
	}
	emit(c, 0xe3000000 | rd << 12 | (v >> 12 & 15) << 16 | (v & 0xfff));
	v >>= 16;
	if (v)
		emit(c, 0xe3400000 | rd << 12 | v >> 12 << 16 | (v & 0xfff));
}

static void branch(struct ctx *c, u32 cond, u32 to_word)
{
	emit(c, cond << 28 | 0x0a000000 | ((to_word - c->idx - 2) & 0xffffff));
}

static void prologue(struct ctx *c, u32 stack_depth)
{
	u32 size = (stack_depth + 80 + 7) & ~7u;

	emit(c, 0xe92d4bf0);
	emit(c, 0xe1a0b00d);
	emit(c, 0xe3a03000);
	emit(c, 0xe24d2050);
	emit(c, size <= 0xff ? 0xe24dd000 | size : 0xe24ddf00 | size >> 2);
	emit(c, 0xe14b24f0);		/* strd r2, [fp, #-64] */
	emit(c, 0xe3a02000);
	emit(c, 0xe14b24f8);		/* strd r2, [fp, #-72] */
	emit(c, 0xe1a02000);
}

static const u32 call_head[] = {
	0xe1a01003, 0xe1a00002, 0xe14b20d8, 0xe14b82d0, 0xe92d0300,
	0xe14b81d8, 0xe92d0300, 0xe14b81d0, 0xe92d0300,
};

static void tail_call(struct ctx *c)
{
	u32 out = c->idx + 19;

	emit(c, 0xe51b9008);
	emit(c, 0xe51b8010);
	emit(c, 0xe5996010);
	emit(c, 0xe1580006);
	branch(c, 2, out);
	emit(c, 0xe14b64d8);
	emit(c, 0xe3570000);
	emit(c, 0x03560021);
	branch(c, 2, out);
	emit(c, 0xe2966001);
	emit(c, 0xe2a77000);
	emit(c, 0xe14b64f8);
	emit(c, 0xe28960d8);
	emit(c, 0xe7966108);
	emit(c, 0xe3560000);
	branch(c, 0, out);
	emit(c, 0xe5966024);
	emit(c, 0xe2866024);
	emit(c, 0xe12fff16);
}

static const u32 lo_reg[] = { [0] = 0, [1] = 2, [6] = 4 };

/* Start of instruction i in words of the final image. */
static u32 start_of(const struct ctx *c, u32 i)
{
	return 9 + (i ? c->offs[i - 1] : 0);
}

static bool insn(struct ctx *c, const struct bpf_insn *in, u32 *i, u32 n)
{
	u32 d = in->dst_reg, k;

	if (d != 0 && d != 1 && d != 6)
		return false;
	switch (in->code) {
	case BPF_ALU64 | BPF_MOV | BPF_K:
		mov_i(c, lo_reg[d], in->imm);
		mov_i(c, lo_reg[d] + 1, in->imm < 0 ? ~0u : 0);
		return true;
	case BPF_ALU64 | BPF_MOV | BPF_X:
		emit(c, 0xe1a00000 | (lo_reg[d] + 1) << 12 |
		     (lo_reg[in->src_reg] + 1));
		emit(c, 0xe1a00000 | lo_reg[d] << 12 | lo_reg[in->src_reg]);
		return true;
	case BPF_LD | BPF_IMM | BPF_DW:
		mov_i(c, lo_reg[d], in[0].imm);
		mov_i(c, lo_reg[d] + 1, in[1].imm);
		(*i)++;
		return true;
	case BPF_LDX | BPF_MEM | BPF_W:
		emit(c, 0xe5900000 | lo_reg[in->src_reg] << 16 |
		     lo_reg[d] << 12 | (in->off & 0xfff));
		return true;
	case BPF_ALU | BPF_DIV | BPF_X:
		emit(c, 0xe1a07001);
		emit(c, 0xe1a01004);
		emit(c, 0xe92d000c);
		mov_i(c, 12, MINI_UDIV32);
		emit(c, 0xe12fff3c);
		emit(c, 0xe8bd000c);
		emit(c, 0xe1a01007);
		return true;
	case BPF_JMP | BPF_CALL:
		for (k = 0; k < sizeof(call_head) / 4; k++)
			emit(c, call_head[k]);
		mov_i(c, 6, MINI_CALL_BASE + in->imm);
		emit(c, 0xe12fff36);
		emit(c, 0xe28dd018);
		return true;
	case BPF_JMP | 0xf0:
		tail_call(c);
		return true;
	case BPF_JMP | BPF_EXIT:
		if (*i != n - 1)
			branch(c, COND_AL, c->epilogue);
		return true;
	case BPF_JMP | BPF_JA:
		if (in->off)
			branch(c, COND_AL, start_of(c, *i + 1 + in->off));
		return true;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JNE | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
		if (!in->off)
			return true;
		mov_i(c, 8, in->imm);
		mov_i(c, 9, in->imm < 0 ? ~0u : 0);
		emit(c, 0xe1500009 | (lo_reg[d] + 1) << 16);
		emit(c, 0x01500008 | lo_reg[d] << 16);
		branch(c, BPF_OP(in->code) == BPF_JEQ ? COND_EQ :
		       BPF_OP(in->code) == BPF_JNE ? COND_NE : COND_HI,
		       start_of(c, *i + 1 + in->off));
		return true;
	}
	return false;
}

static bool body(struct ctx *c, const struct bpf_insn *insns, u32 n, u32 base)
{
	u32 i, first;

	for (i = 0; i < n; i++) {
		first = i;
		if (!insn(c, &insns[i], &i, n))
			return false;
		if (!c->final) {
			c->offs[first] = c->idx - base;
			c->offs[i] = c->idx - base;
		}
	}
	return true;
}

u32 mini_jit(const struct bpf_insn *insns, u32 n, u32 stack_depth, u32 *out)
{
	struct ctx c = { .out = out };

	if (n > 512 || !body(&c, insns, n, 0))
		return 0;
	c.epilogue = c.idx + 9;
	c.idx = 0;
	c.final = true;
	prologue(&c, stack_depth);
	if (!body(&c, insns, n, 9))
		return 0;
	emit(&c, 0xe1a0d00b);
	emit(&c, 0xe8bd8bf0);
	return c.idx <= MINI_MAX_WORDS ? c.idx : 0;
}
