/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_reloc.c - addresses into instructions and out again.
 */
#include <stdlib.h>
#include <linux/elf-em.h>
#include "vorw_bytes.h"
#include "vorw_reloc.h"
#include "tap.h"

/* Nothing here depends on where the field is: it is somewhere. */
#define AT(b, w) (&(struct vorw_place){ .at = 0x12345678, .base = (b), \
					.word = (w) })

static const u64 addrs[] = {
	0, 1, 0xfff, 0x1000, 0xffff, 0x10000, 0xc0de1234, 0x7fffffff,
	0x80000000, 0xfffff000, 0xffffffff,
};

/* Bit patterns from the assembler (arm-linux-gnueabihf-as 2.40). */
static const struct { u32 rd; u64 addr; u32 movw, movt; } arm[] = {
	{ 0, 0x00001234, 0xe3010234, 0xe3400000 },
	{ 3, 0xc0debeef, 0xe30b3eef, 0xe34c30de },
	{ 12, 0xc0de0000, 0xe300c000, 0xe34cc0de },
	{ 14, 0xffffffff, 0xe30fefff, 0xe34fefff },
	{ 13, 0x80000800, 0xe300d800, 0xe348d000 },
};

static void movw_movt(u8 *p, u32 rd)
{
	vorw_put32(p, 0xe3000000 | rd << 12);
	vorw_put32(p + 4, 0xe3400000 | rd << 12);
}

static void check_arm(void)
{
	u32 i, rd, wrong = 0, n = 0;
	u8 p[8], was[8];
	u64 back;

	for (i = 0; i < ARRAY_LEN(arm); i++) {
		enum vorw_reason r;

		movw_movt(p, arm[i].rd);
		r = vorw_reloc_apply(VORW_ENC_ARM_MOVW_MOVT, p, arm[i].addr,
				     AT(0, 4));
		if (!ok(!r && vorw_le32(p) == arm[i].movw &&
			vorw_le32(p + 4) == arm[i].movt,
			"movw, movt r%u, %#llx", arm[i].rd,
			(unsigned long long)arm[i].addr))
			diag("%08x %08x", vorw_le32(p), vorw_le32(p + 4));
	}
	for (rd = 0; rd < 15; rd++)
		for (i = 0; i < ARRAY_LEN(addrs); i++, n++) {
			movw_movt(p, rd);
			memcpy(was, p, 8);
			wrong += vorw_reloc_check(VORW_ENC_ARM_MOVW_MOVT, p) ||
				 vorw_reloc_apply(VORW_ENC_ARM_MOVW_MOVT, p,
						  addrs[i], AT(0, 4)) ||
				 vorw_reloc_read(VORW_ENC_ARM_MOVW_MOVT, p,
						 &back, AT(0, 4)) ||
				 back != addrs[i] ||
				 vorw_reloc_clear(VORW_ENC_ARM_MOVW_MOVT, p) ||
				 memcmp(p, was, 8);
		}
	is(n, 15 * 11, "registers times addresses");
	is(wrong, 0, "movw, movt: in, out, cleared");
}

/* Each bit outside the field belongs to the instruction, each inside to the
 * field: neither may be anything else when an address is put in. */
static void check_bits(u32 form, const u8 *good, u32 free_bits,
		       u32 field_bits)
{
	u32 size = vorw_form_size(form), bit, ok_bits = 0, field = 0;
	u8 p[16];
	u64 back;

	for (bit = 0; bit < size * 8; bit++) {
		enum vorw_reason r;

		memcpy(p, good, size);
		p[bit / 8] ^= (u8)(1 << bit % 8);
		r = vorw_reloc_check(form, p);
		ok_bits += r == VORW_R_OK;
		if (r && !vorw_reloc_read(form, p, &back, AT(0, 8)))
			field++;
		if (r && vorw_reloc_apply(form, p, 1, AT(0, 4)) != r)
			field = ~0u / 2;
	}
	is(ok_bits, free_bits, "form %u: bits that may differ", form);
	is(field, field_bits, "form %u: bits of the field", form);
}

static void check_wrong(void)
{
	static const struct {
		const char *name;
		u32 w0, w1;
	} wrong[] = {
		{ "movt first", 0xe3400000, 0xe3000000 },
		{ "movw twice", 0xe3000000, 0xe3000000 },
		{ "two registers", 0xe3000000, 0xe3401000 },
		{ "into pc", 0xe300f000, 0xe340f000 },
		{ "movwne", 0x13000000, 0xe3400000 },
		{ "movtne", 0xe3000000, 0x13400000 },
		{ "mov (rotated immediate)", 0xe3a00000, 0xe3400000 },
		{ "movs", 0xe3b00000, 0xe3400000 },
		{ "unconditional space", 0xf3000000, 0xe3400000 },
	};
	u8 p[16] = { 0 };
	u64 back;
	u32 i;

	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		vorw_put32(p, wrong[i].w0);
		vorw_put32(p + 4, wrong[i].w1);
		ok(vorw_reloc_apply(VORW_ENC_ARM_MOVW_MOVT, p, 1, AT(0, 4)) ==
		   VORW_R_RELOC &&
		   vorw_reloc_read(VORW_ENC_ARM_MOVW_MOVT, p, &back, AT(0, 4)) ==
		   VORW_R_RELOC &&
		   vorw_reloc_clear(VORW_ENC_ARM_MOVW_MOVT, p) ==
		   VORW_R_RELOC && vorw_le32(p) == wrong[i].w0 &&
		   vorw_le32(p + 4) == wrong[i].w1,
		   "not a movw, movt pair: %s", wrong[i].name);
	}
	memset(p, 0, sizeof(p));
	for (i = VORW_ENC_MAX; i < VORW_ENC_MAX + 3; i++)
		is(vorw_reloc_apply(i, p, 0, AT(0, 4)), VORW_R_RELOC,
		   "form %u is unknown", i);
	is(vorw_reloc_apply(0, p, 0, AT(0, 4)), VORW_R_RELOC, "form 0 is none");
}

static const u8 ld64[16] = { 0x18, 0x03 };
static const u8 call[8] = { 0x85 };
static const u8 call_args[8] = { 0xe5, 0x10, 0xfe, 0xff };

static void check_bpf(void)
{
	const u64 call_base = 0xc0300000, wide = 0xffffffc008123456;
	u8 p[16];
	u64 back;
	u32 i, wrong = 0;

	memcpy(p, ld64, 16);
	ok(!vorw_reloc_apply(VORW_ENC_BPF_LD64, p, wide, AT(0, 8)) &&
	   vorw_le32(p + 4) == 0x08123456 && vorw_le32(p + 12) == 0xffffffc0,
	   "64-bit load: low half first");
	ok(!vorw_reloc_read(VORW_ENC_BPF_LD64, p, &back, AT(0, 8)) &&
	   back == wide, "64-bit load: read back");
	ok(!vorw_reloc_clear(VORW_ENC_BPF_LD64, p) && !memcmp(p, ld64, 16),
	   "64-bit load: cleared");
	is(vorw_reloc_apply(VORW_ENC_BPF_LD64, p, wide, AT(0, 4)), VORW_R_LIMIT,
	   "64-bit address on a 32-bit machine");
	ok(!memcmp(p, ld64, 16), "nothing written then");

	memcpy(p, call, 8);
	ok(!vorw_reloc_apply(VORW_ENC_BPF_CALL, p, call_base + 0x1234,
			     AT(call_base, 4)) && vorw_le32(p + 4) == 0x1234,
	   "call: distance from __bpf_call_base");
	memcpy(p, call, 8);
	ok(!vorw_reloc_apply(VORW_ENC_BPF_CALL, p, call_base - 4,
			     AT(call_base, 4)) && vorw_le32(p + 4) == 0xfffffffc,
	   "call: backwards");
	ok(!vorw_reloc_read(VORW_ENC_BPF_CALL, p, &back, AT(call_base, 4)) &&
	   back == call_base - 4, "call: backwards, read back");
	memcpy(p, call, 8);
	ok(!vorw_reloc_apply(VORW_ENC_BPF_CALL, p, 0x10, AT(0xfffffff0, 4)) &&
	   vorw_le32(p + 4) == 0x20 &&
	   !vorw_reloc_read(VORW_ENC_BPF_CALL, p, &back, AT(0xfffffff0, 4)) &&
	   back == 0x10, "call: modulo 2^32 on a 32-bit machine");
	for (i = 0; i < ARRAY_LEN(addrs); i++) {
		memcpy(p, call_args, 8);
		wrong += vorw_reloc_apply(VORW_ENC_BPF_CALL_ARGS, p, addrs[i],
					  AT(call_base, 4)) ||
			 vorw_reloc_read(VORW_ENC_BPF_CALL_ARGS, p, &back,
					 AT(call_base, 4)) || back != addrs[i] ||
			 vorw_reloc_clear(VORW_ENC_BPF_CALL_ARGS, p) ||
			 memcmp(p, call_args, 8);
	}
	is(wrong, 0, "call of a subprogram: in, out, cleared");
	is(vorw_reloc_apply(VORW_ENC_BPF_CALL, p, 0, AT(0, 4)), VORW_R_RELOC,
	   "call of a subprogram is no call of a helper");
}

static void check_range(void)
{
	static const struct { u64 distance; enum vorw_reason r; } far[] = {
		{ 0x7fffffff, VORW_R_OK }, { 0x80000000, VORW_R_LIMIT },
		{ -0x80000000ull, VORW_R_OK }, { -0x80000001ull, VORW_R_LIMIT },
		{ 1ull << 32, VORW_R_LIMIT }, { 1ull << 63, VORW_R_LIMIT },
	};
	const u64 base = 0xffffffc008000000;
	u8 p[8];
	u64 back;
	u32 i;

	for (i = 0; i < ARRAY_LEN(far); i++) {
		enum vorw_reason r;

		memcpy(p, call, 8);
		r = vorw_reloc_apply(VORW_ENC_BPF_CALL, p,
				     base + far[i].distance, AT(base, 8));
		ok(r == far[i].r &&
		   (r || (!vorw_reloc_read(VORW_ENC_BPF_CALL, p, &back,
					   AT(base, 8)) &&
			  back == base + far[i].distance)),
		   "64-bit machine: call over %lld",
		   (long long)far[i].distance);
	}
	movw_movt(p, 1);
	is(vorw_reloc_apply(VORW_ENC_ARM_MOVW_MOVT, p, 1ull << 32, AT(0, 8)),
	   VORW_R_LIMIT, "movw, movt hold 32 bits");
}

/* Columns: kinds 0 … 10; a form that is not here does not exist. */
static const struct {
	u32 form, size, align, machine;
	const char *fits;
} table[] = {
	{ VORW_ENC_ARM_MOVW_MOVT, 8, 4, EM_ARM, ".++++......" },
	{ VORW_ENC_BPF_LD64, 16, 8, EM_NONE, "..+++...+.." },
	{ VORW_ENC_BPF_CALL, 8, 8, EM_NONE, ".+..+..+..." },
	{ VORW_ENC_BPF_CALL_ARGS, 8, 8, EM_NONE, ".....+....." },
	{ VORW_ENC_BPF_MOVS32, 8, 8, EM_X86_64, "........+.." },
	{ VORW_ENC_A64_MOVZ, 16, 4, EM_AARCH64, "..++....+.+" },
	{ VORW_ENC_A64_MOVN, 12, 4, EM_AARCH64, ".+..+.++..." },
	{ VORW_ENC_A64_LITERAL, 8, 8, EM_AARCH64, "....+......" },
	{ VORW_ENC_X86_MOVABS, 10, 1, EM_X86_64, "..++..+.+.+" },
	{ VORW_ENC_X86_MOVS32, 7, 1, EM_X86_64, "......+.+.." },
	{ VORW_ENC_X86_CALL, 5, 1, EM_X86_64, ".+..+.++..." },
	{ VORW_ENC_X86_JMP, 5, 1, EM_X86_64, "....+....+." },
	{ VORW_ENC_X86_PERCPU, 9, 1, EM_X86_64, "........+.." },
	{ VORW_ENC_RISCV_LI, 32, 2, EM_RISCV, "..++....+.." },
	{ VORW_ENC_RISCV_LI_C, 26, 2, EM_RISCV, "..++....+.." },
	{ VORW_ENC_RISCV_CALL, 8, 2, EM_RISCV, ".+..+.++..." },
	{ VORW_ENC_RISCV_ADDR, 8, 2, EM_RISCV, "......+.+.." },
};

static void check_table(void)
{
	u32 form, kind, i, exist = 0;

	for (i = 0; i < ARRAY_LEN(table); i++) {
		bool same = true;

		form = table[i].form;
		for (kind = 0; table[i].fits[kind]; kind++)
			same &= vorw_form_fits(kind, form) ==
				(table[i].fits[kind] == '+');
		ok(same, "form %u: kinds that fit", form);
		ok(vorw_form_size(form) == table[i].size &&
		   vorw_form_align(form) == table[i].align &&
		   vorw_form_machine(form) == table[i].machine,
		   "form %u: size, alignment, machine", form);
	}
	for (form = 0; form < VORW_ENC_MAX + 2; form++)
		exist += vorw_form_size(form) != 0;
	is(exist, ARRAY_LEN(table), "no other form");
	ok(!vorw_form_fits(~0u, ~0u) && !vorw_form_fits(1, ~0u) &&
	   !vorw_form_fits(~0u, 1), "huge numbers fit nothing");
}

/* Unaligned for the CPU: the sanitizers look on. */
static void check_unaligned(void)
{
	u8 *p = malloc(9);
	u64 back;

	movw_movt(p + 1, 5);
	ok(!vorw_reloc_apply(VORW_ENC_ARM_MOVW_MOVT, p + 1, 0xdeadbeef, AT(0, 4)) &&
	   !vorw_reloc_read(VORW_ENC_ARM_MOVW_MOVT, p + 1, &back, AT(0, 4)) &&
	   back == 0xdeadbeef, "field at an odd address");
	free(p);
}

/* Bit patterns from the assembler (aarch64-linux-gnu-as 2.40). */
static const struct {
	const char *name;
	u32 form, insn[4];
	u64 addr;
	u32 want[4];
} a64[] = {
	{ "movz x0", VORW_ENC_A64_MOVZ,
	  { 0xd2e00000, 0xf2c00000, 0xf2a00000, 0xf2800000 },
	  0xffff8000c1234567,
	  { 0xd2ffffe0, 0xf2d00000, 0xf2b82460, 0xf288ace0 } },
	{ "movz x30", VORW_ENC_A64_MOVZ,
	  { 0xd2e0001e, 0xf2c0001e, 0xf2a0001e, 0xf280001e },
	  0x0123456789abcdef,
	  { 0xd2e0247e, 0xf2c8acfe, 0xf2b1357e, 0xf299bdfe } },
	{ "movn x10", VORW_ENC_A64_MOVN,
	  { 0x9280000a, 0xf2a0000a, 0xf2c0000a, 0 },
	  0xffff800008123456,
	  { 0x9299752a, 0xf2a1024a, 0xf2d0000a, 0 } },
	{ "movn x0, all ones", VORW_ENC_A64_MOVN,
	  { 0x92800000, 0xf2a00000, 0xf2c00000, 0 }, ~0ull,
	  { 0x92800000, 0xf2bfffe0, 0xf2dfffe0, 0 } },
	{ "literal", VORW_ENC_A64_LITERAL, { 0, 0, 0, 0 },
	  0xffff800008123456, { 0x08123456, 0xffff8000, 0, 0 } },
};

static void put_words(u8 *p, const u32 *w, u32 size)
{
	u32 i;

	for (i = 0; i < size / 4; i++)
		vorw_put32(p + 4 * i, w[i]);
}

static void check_a64(void)
{
	static const u64 wide[] = {
		0, 1, 0xffff, 0x10000, 0xffffffff, 0x100000000,
		0xffff000000000000, 0xffff800010000000, 0xffffffffffffffff,
		0x0000ffffffffffff, 0x8000000000000000,
	};
	u8 p[16], was[16], want[16];
	u32 i, k, size, wrong = 0, limit = 0;
	u64 back;

	for (i = 0; i < ARRAY_LEN(a64); i++) {
		size = vorw_form_size(a64[i].form);
		put_words(was, a64[i].insn, size);
		put_words(want, a64[i].want, size);
		memcpy(p, was, size);
		ok(!vorw_reloc_apply(a64[i].form, p, a64[i].addr, AT(0, 8)) &&
		   !memcmp(p, want, size) &&
		   !vorw_reloc_read(a64[i].form, p, &back, AT(0, 8)) &&
		   back == a64[i].addr && !vorw_reloc_clear(a64[i].form, p) &&
		   !memcmp(p, was, size), "%s: in, out, cleared",
		   a64[i].name);
		for (k = 0; k < ARRAY_LEN(wide); k++) {
			enum vorw_reason r;

			memcpy(p, was, size);
			r = vorw_reloc_apply(a64[i].form, p, wide[k],
					     AT(0, 8));
			limit += r == VORW_R_LIMIT;
			wrong += r && (r != VORW_R_LIMIT ||
				       memcmp(p, was, size));
			wrong += !r && (vorw_reloc_read(a64[i].form, p, &back,
							AT(0, 8)) ||
					back != wide[k]);
		}
	}
	is(wrong, 0, "64-bit addresses: in and out");
	/* all but the three that start with sixteen ones, in two forms */
	is(limit, 2 * (ARRAY_LEN(wide) - 3), "movn: the upper 16 bits are ones");
	put_words(p, (const u32[]){ 0xd2e0001f, 0xf2c0001f, 0xf2a0001f,
				    0xf280001f }, 16);
	is(vorw_reloc_check(VORW_ENC_A64_MOVZ, p), VORW_R_RELOC,
	   "movz xzr loads nothing");
	put_words(p, a64[0].insn, 16);
	check_bits(VORW_ENC_A64_MOVZ, p, 0, 64);
	put_words(p, a64[2].insn, 12);
	check_bits(VORW_ENC_A64_MOVN, p, 0, 48);
	put_words(p, a64[4].insn, 8);
	check_bits(VORW_ENC_A64_LITERAL, p, 0, 64);
}

/* Bit patterns from the assembler (as 2.40); what runs at 0xffffffffc0000010 */
#define X86_AT 0xffffffffc0000010ull
static const struct {
	const char *name;
	u32 form;
	u8 insn[10];
	u64 addr;
	u8 want[10];
	enum vorw_reason r;
} x86[] = {
	{ "movabs rdi", VORW_ENC_X86_MOVABS, { 0x48, 0xbf },
	  0xffff888001234567,
	  { 0x48, 0xbf, 0x67, 0x45, 0x23, 1, 0x80, 0x88, 0xff, 0xff }, 0 },
	{ "movabs r15", VORW_ENC_X86_MOVABS, { 0x49, 0xbf }, 1,
	  { 0x49, 0xbf, 1 }, 0 },
	{ "mov rsi", VORW_ENC_X86_MOVS32, { 0x48, 0xc7, 0xc6 },
	  0xffffffffc0001234, { 0x48, 0xc7, 0xc6, 0x34, 0x12, 0, 0xc0 }, 0 },
	{ "mov r8, 2 GiB - 1", VORW_ENC_X86_MOVS32, { 0x49, 0xc7, 0xc0 },
	  0x7fffffff, { 0x49, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0x7f }, 0 },
	{ "mov r8, 2 GiB", VORW_ENC_X86_MOVS32, { 0x49, 0xc7, 0xc0 },
	  0x80000000, { 0x49, 0xc7, 0xc0 }, VORW_R_LIMIT },
	{ "mov r8, below -2 GiB", VORW_ENC_X86_MOVS32, { 0x49, 0xc7, 0xc0 },
	  0xffffffff7fffffff, { 0x49, 0xc7, 0xc0 }, VORW_R_LIMIT },
	{ "call back", VORW_ENC_X86_CALL, { 0xe8 }, 0xffffffff81000000,
	  { 0xe8, 0xeb, 0xff, 0xff, 0xc0 }, 0 },
	{ "call the next", VORW_ENC_X86_CALL, { 0xe8 }, X86_AT + 5,
	  { 0xe8, 0, 0, 0, 0 }, 0 },
	{ "call, farthest", VORW_ENC_X86_CALL, { 0xe8 },
	  X86_AT + 5 - 0x80000000, { 0xe8, 0, 0, 0, 0x80 }, 0 },
	{ "call, a byte too far", VORW_ENC_X86_CALL, { 0xe8 },
	  X86_AT + 4 - 0x80000000, { 0xe8 }, VORW_R_LIMIT },
	{ "call, farthest on", VORW_ENC_X86_CALL, { 0xe8 },
	  X86_AT + 5 + 0x7fffffff, { 0xe8, 0xff, 0xff, 0xff, 0x7f }, 0 },
	{ "call, a byte too far on", VORW_ENC_X86_CALL, { 0xe8 },
	  X86_AT + 5 + 0x80000000, { 0xe8 }, VORW_R_LIMIT },
	{ "jmp", VORW_ENC_X86_JMP, { 0xe9 }, X86_AT + 0x105,
	  { 0xe9, 0, 1, 0, 0 }, 0 },
	{ "add rax, gs:", VORW_ENC_X86_PERCPU, { 0x65, 0x48, 3, 4, 0x25 },
	  0x1f0d8, { 0x65, 0x48, 3, 4, 0x25, 0xd8, 0xf0, 1, 0 }, 0 },
	{ "add r9, gs:", VORW_ENC_X86_PERCPU, { 0x65, 0x4c, 3, 0x0c, 0x25 },
	  0xffffffff83001000,
	  { 0x65, 0x4c, 3, 0x0c, 0x25, 0, 0x10, 0, 0x83 }, 0 },
	{ "r3 = &cpu_number", VORW_ENC_BPF_MOVS32, { 0xb7, 3 },
	  0xffffffff83001000, { 0xb7, 3, 0, 0, 0, 0x10, 0, 0x83 }, 0 },
	{ "r3 = an address out of reach", VORW_ENC_BPF_MOVS32, { 0xb7, 3 },
	  0xffff888001234567, { 0xb7, 3 }, VORW_R_LIMIT },
	{ "gs: out of reach", VORW_ENC_X86_PERCPU, { 0x65, 0x48, 3, 4, 0x25 },
	  0xffff888001234567, { 0x65, 0x48, 3, 4, 0x25 }, VORW_R_LIMIT },
};

/* Not the instruction: one byte of it another. */
static const struct {
	const char *name;
	u32 form;
	u8 insn[10];
} not_x86[] = {
	{ "movabs rsp", VORW_ENC_X86_MOVABS, { 0x48, 0xbc } },
	{ "movabs r12", VORW_ENC_X86_MOVABS, { 0x49, 0xbc } },
	{ "mov edi", VORW_ENC_X86_MOVABS, { 0x40, 0xbf } },
	{ "mov [rdi]", VORW_ENC_X86_MOVS32, { 0x48, 0xc7, 0x07 } },
	{ "mov rsp", VORW_ENC_X86_MOVS32, { 0x48, 0xc7, 0xc4 } },
	{ "jmp for call", VORW_ENC_X86_CALL, { 0xe9 } },
	{ "call for jmp", VORW_ENC_X86_JMP, { 0xe8 } },
	{ "fs:", VORW_ENC_X86_PERCPU, { 0x64, 0x48, 3, 4, 0x25 } },
	{ "an index", VORW_ENC_X86_PERCPU, { 0x65, 0x48, 3, 4, 0x05 } },
	{ "an extended base", VORW_ENC_X86_PERCPU, { 0x65, 0x49, 3, 4, 0x25 } },
	{ "w3 = a constant", VORW_ENC_BPF_MOVS32, { 0xb4, 3 } },
	{ "r3 = r1", VORW_ENC_BPF_MOVS32, { 0xbf, 0x13 } },
	{ "r12 = a constant", VORW_ENC_BPF_MOVS32, { 0xb7, 12 } },
	{ "a field that is not zero", VORW_ENC_X86_CALL, { 0xe8, 0, 0, 0, 1 } },
};

static void check_x86(void)
{
	static const struct vorw_place at = { .at = X86_AT, .word = 8 };
	u8 p[10];
	u64 back;
	u32 i;

	for (i = 0; i < ARRAY_LEN(x86); i++) {
		memcpy(p, x86[i].insn, sizeof(p));
		is(vorw_reloc_apply(x86[i].form, p, x86[i].addr, &at),
		   x86[i].r, "%s: %s", x86[i].name,
		   x86[i].r ? "out of range" : "in");
		ok(!memcmp(p, x86[i].want, sizeof(p)), "%s: bytes",
		   x86[i].name);
		if (x86[i].r)
			continue;
		ok(!vorw_reloc_read(x86[i].form, p, &back, &at) &&
		   back == x86[i].addr && !vorw_reloc_clear(x86[i].form, p) &&
		   !memcmp(p, x86[i].insn, sizeof(p)), "%s: out, cleared",
		   x86[i].name);
	}
	for (i = 0; i < ARRAY_LEN(not_x86); i++)
		is(vorw_reloc_check(not_x86[i].form, not_x86[i].insn),
		   VORW_R_RELOC, "not that instruction: %s", not_x86[i].name);
}

int main(void)
{
	u8 p[8];

	check_arm();
	check_wrong();
	check_bpf();
	check_range();
	/* One bit cannot change the register of a pair: both words name it.
	 * The load's register 3 can become 1, 2, 7 or 11; the callee of a
	 * subprogram call is 16 bits which are no address. */
	movw_movt(p, 8);
	check_bits(VORW_ENC_ARM_MOVW_MOVT, p, 0, 32);
	check_bits(VORW_ENC_BPF_LD64, ld64, 4, 64);
	check_bits(VORW_ENC_BPF_CALL, call, 0, 32);
	check_bits(VORW_ENC_BPF_CALL_ARGS, call_args, 16, 32);
	check_a64();
	check_x86();
	check_table();
	check_unaligned();
	return tap_done();
}
