// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_reloc_riscv.c - addresses into riscv64 instructions and out again.
 *
 * What comes out is run: a few lines do what the manual says of each
 * instruction, and the register has to hold the address.
 */
#include <linux/elf-em.h>
#include "vorw_bytes.h"
#include "vorw_reloc.h"
#include "tap.h"

#define AT	0xffffffff02345678ull
static const struct vorw_place place = { .at = AT, .word = 8 };

#define A0	10
#define S2	18
#define T1	6

static const u64 addrs[] = {
	0, 1, 0x7ff, 0x800, 0xfff, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff,
	0xff60000012345678, 0xffffffff80000000, 0xffffffff801b0422,
	0x7ff7ff7ff7ff7ff, 0x800800800800800, 0x7fffffffffffffff,
	0x8000000000000000, 0x7fff800800800800, 0x7fff7ff7ff7ff7ff,
	0xaaaaaaaaaaaaaaaa, 0x5555555555555555, ~0ull, ~0ull - 0x800,
};

/* Canonical: all fields zero.  Returns the size. */
static u32 li(u8 *p, u32 rd, bool compressed)
{
	u32 n, at = 8;

	vorw_put32(p, 0x37 | rd << 7);
	vorw_put32(p + 4, 0x1b | rd << 7 | rd << 15);
	for (n = 0; n < 3; n++) {
		if (compressed) {
			p[at++] = (u8)(0x32 | rd << 7);
			p[at++] = (u8)(rd >> 1);
		} else {
			vorw_put32(p + at, 0x00c01013 | rd << 7 | rd << 15);
			at += 4;
		}
		vorw_put32(p + at, 0x13 | rd << 7 | rd << 15);
		at += 4;
	}
	return at;
}

static void pair(u8 *p, u32 rd, u32 second)
{
	vorw_put32(p, 0x17 | rd << 7);
	vorw_put32(p + 4, second);
}

#define CALL(p)		pair(p, T1, 0x67 | 1 << 7 | T1 << 15)
#define ADDR(p, rd)	pair(p, rd, 0x13 | (rd) << 7 | (rd) << 15)

/* The register that the instructions leave an address in; JALR: its target. */
static u64 run(const u8 *p, u32 size)
{
	u64 r = 0;
	u32 at, w;

	for (at = 0; at < size; at += 4) {
		if ((p[at] & 3) != 3) {		/* C.SLLI 12 */
			r <<= 12;
			at -= 2;
			continue;
		}
		w = vorw_le32(p + at);
		switch (w & 0x7f) {
		case 0x37:
			r = (u64)(s64)(s32)(w & ~0xfffu);
			break;
		case 0x17:
			r = AT + at + (u64)(s64)(s32)(w & ~0xfffu);
			break;
		case 0x1b:
			r = (u64)(s64)(s32)(r + (u64)(s64)((s32)w >> 20));
			break;
		default:
			if ((w & 0x707f) == 0x1013)
				r <<= w >> 20;
			else
				r += (u64)(s64)((s32)w >> 20);
		}
	}
	return r;
}

static void check_li(u32 form, bool compressed)
{
	u32 i, rd, n, wrong = 0, lost = 0;
	u8 p[32], was[32];
	u64 back;

	for (rd = 5; rd < 32; rd++)
		for (i = 0; i < ARRAY_LEN(addrs); i++) {
			n = li(p, rd, compressed);
			memcpy(was, p, n);
			wrong += vorw_reloc_check(form, p) ||
				 vorw_reloc_apply(form, p, addrs[i], &place) ||
				 run(p, n) != addrs[i];
			lost += vorw_reloc_read(form, p, &back, &place) ||
				back != addrs[i] || vorw_reloc_clear(form, p) ||
				memcmp(p, was, n);
		}
	is(wrong, 0, "form %u: 27 registers hold each address", form);
	is(lost, 0, "form %u: out, cleared", form);
	for (rd = wrong = 0; rd < 5; rd++) {
		li(p, rd, compressed);
		wrong += vorw_reloc_check(form, p) == VORW_R_OK;
	}
	is(wrong, 0, "form %u: not x0 to x4", form);
}

/* Each bit outside the field belongs to the instructions, each inside to the
 * field.  LUI has four copies of a bit that change only with it. */
static void check_bits(u32 form, const u8 *good, u32 want)
{
	u32 size = vorw_form_size(form), bit, taken = 0, field = 0;
	u8 p[32];
	u64 back;

	for (bit = 0; bit < size * 8; bit++) {
		memcpy(p, good, size);
		p[bit / 8] ^= (u8)(1 << bit % 8);
		taken += vorw_reloc_check(form, p) == VORW_R_OK;
		field += !vorw_reloc_read(form, p, &back, &place);
	}
	is(taken, 0, "form %u: no bit may differ", form);
	is(field, want, "form %u: bits of the field", form);
}

static const struct {
	s64 off;
	enum vorw_reason r;
} reach[] = {
	{ 0, 0 }, { 0x7ff, 0 }, { 0x800, 0 }, { -0x800, 0 }, { -0x801, 0 },
	{ 0x7ffff7ff, 0 }, { 0x7ffff800, VORW_R_LIMIT },
	{ -0x80000800ll, 0 }, { -0x80000801ll, VORW_R_LIMIT },
	{ 0x100000000ll, VORW_R_LIMIT }, { -0x100000000ll, VORW_R_LIMIT },
	{ 0x7fffffffffffffffll, VORW_R_LIMIT },
};

static void check_reach(u32 form)
{
	u8 p[8], was[8];
	u64 back;
	u32 i;

	for (i = 0; i < ARRAY_LEN(reach); i++) {
		u64 to = AT + (u64)reach[i].off;
		enum vorw_reason r;

		if (form == VORW_ENC_RISCV_CALL)
			CALL(p);
		else
			ADDR(p, S2);
		memcpy(was, p, sizeof(p));
		r = vorw_reloc_apply(form, p, to, &place);
		ok(r == reach[i].r &&
		   (r ? !memcmp(p, was, sizeof(p)) :
			run(p, sizeof(p)) == to &&
			!vorw_reloc_read(form, p, &back, &place) &&
			back == to && !vorw_reloc_clear(form, p) &&
			!memcmp(p, was, sizeof(p))),
		   "form %u: %lld bytes from here", form,
		   (long long)reach[i].off);
	}
}

/* Words of the assembler (riscv64-linux-gnu-as 2.40) */
static void check_words(void)
{
	u8 p[32];

	li(p, A0, true);
	vorw_reloc_apply(VORW_ENC_RISCV_LI_C, p, 0xff60000012345678, &place);
	ok(vorw_le32(p) == 0xfff60537 && vorw_le32(p + 4) == 0x0005051b &&
	   vorw_le16(p + 8) == 0x0532 && vorw_le32(p + 10) == 0x01250513 &&
	   vorw_le16(p + 14) == 0x0532 && vorw_le32(p + 16) == 0x34550513 &&
	   vorw_le16(p + 20) == 0x0532 && vorw_le32(p + 22) == 0x67850513,
	   "lui a0, 0xfff60; addiw; three times c.slli, addi");
	CALL(p);
	vorw_reloc_apply(VORW_ENC_RISCV_CALL, p, AT + 0x12345000 - 1, &place);
	ok(vorw_le32(p) == 0x12345317 && vorw_le32(p + 4) == 0xfff300e7,
	   "auipc t1, 0x12345; jalr -1(t1)");
	ADDR(p, S2);
	vorw_reloc_apply(VORW_ENC_RISCV_ADDR, p, AT - 0x1000 + 0x7ff, &place);
	ok(vorw_le32(p) == 0xfffff917 && vorw_le32(p + 4) == 0x7ff90913,
	   "auipc s2, 0xfffff; addi s2, s2, 0x7ff");
}

static void check_wrong(void)
{
	static const struct {
		const char *name;
		u32 form, w0, w1;
	} wrong[] = {
		{ "call that does not return", VORW_ENC_RISCV_CALL,
		  0x00000317, 0x00030067 },
		{ "call by way of t2", VORW_ENC_RISCV_CALL,
		  0x00000397, 0x000380e7 },
		{ "lui for auipc", VORW_ENC_RISCV_CALL, 0x00000337, 0x000300e7 },
		{ "address for call", VORW_ENC_RISCV_CALL,
		  0x00000317, 0x00030313 },
		{ "call for address", VORW_ENC_RISCV_ADDR,
		  0x00000317, 0x000300e7 },
		{ "two registers", VORW_ENC_RISCV_ADDR, 0x00000317, 0x00038393 },
		{ "into sp", VORW_ENC_RISCV_ADDR, 0x00000117, 0x00010113 },
		{ "into tp", VORW_ENC_RISCV_ADDR, 0x00000217, 0x00020213 },
		{ "addiw for addi", VORW_ENC_RISCV_ADDR, 0x00000317, 0x0003031b },
	};
	u8 p[32];
	u32 i;

	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		vorw_put32(p, wrong[i].w0);
		vorw_put32(p + 4, wrong[i].w1);
		is(vorw_reloc_check(wrong[i].form, p), VORW_R_RELOC,
		   "not that instruction: %s", wrong[i].name);
	}
	li(p, A0, true);
	is(vorw_reloc_check(VORW_ENC_RISCV_LI, p), VORW_R_RELOC,
	   "compressed shifts in the form without");
	li(p, A0, false);
	is(vorw_reloc_check(VORW_ENC_RISCV_LI_C, p), VORW_R_RELOC,
	   "shifts in the form with compressed ones");
	vorw_put32(p + 8, 0x00b01013 | A0 << 7 | A0 << 15);
	is(vorw_reloc_check(VORW_ENC_RISCV_LI, p), VORW_R_RELOC,
	   "a shift by eleven");
}

int main(void)
{
	u8 p[32];

	check_li(VORW_ENC_RISCV_LI, false);
	check_li(VORW_ENC_RISCV_LI_C, true);
	check_reach(VORW_ENC_RISCV_CALL);
	check_reach(VORW_ENC_RISCV_ADDR);
	check_words();
	check_wrong();
	li(p, A0, false);
	check_bits(VORW_ENC_RISCV_LI, p, 15 + 4 * 12);
	li(p, A0, true);
	check_bits(VORW_ENC_RISCV_LI_C, p, 15 + 4 * 12);
	CALL(p);
	check_bits(VORW_ENC_RISCV_CALL, p, 32);
	ADDR(p, S2);
	check_bits(VORW_ENC_RISCV_ADDR, p, 32);
	return tap_done();
}
