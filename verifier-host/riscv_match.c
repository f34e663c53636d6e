// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * riscv_match.c - single instructions of riscv64 code, constants and addresses:
 * are they what comes next?
 */
#include <stdio.h>
#include "riscv.h"
#include "vorw_bytes.h"
#include "vorw_reloc.h"

#define C_REG(h, shift)	(8 + ((h) >> (shift) & 7))

static s32 sign6(u32 h)
{
	return (s32)((h >> 2 & 31) | (h >> 7 & 32)) - (s32)(h >> 6 & 64);
}

/* CA and CB formats: two of eight registers, or one and six bits. */
static u32 expand_alu(u32 h)
{
	static const u32 ops[] = { RV_SUB, RV_XOR, RV_OR, RV_AND, RV_SUBW };
	u32 rd = C_REG(h, 7), rs2 = C_REG(h, 2), n;

	switch (h >> 10 & 3) {
	case 0:
		return RV_I(RV_SRLI, rd, rd, sign6(h) & 63);
	case 1:
		return RV_I(RV_SRAI, rd, rd, sign6(h) & 63);
	case 2:
		return RV_I(RV_ANDI, rd, rd, sign6(h));
	}
	n = (h >> 5 & 3) | (h >> 10 & 4);
	return n < 5 ? RV_R(ops[n], rd, rd, rs2) : 0;
}

static u32 expand_q0(u32 h)
{
	u32 rd = C_REG(h, 2), rs1 = C_REG(h, 7);
	u32 w = (h >> 7 & 0x38) | (h >> 4 & 4) | (h << 1 & 0x40);
	u32 d = (h >> 7 & 0x38) | (h << 1 & 0xc0);

	switch (h >> 13) {
	case 0:
		return RV_I(RV_ADDI, rd, RV_SP,
			    (h >> 7 & 0x30) | (h >> 1 & 0x3c0) |
			    (h >> 4 & 4) | (h >> 2 & 8));
	case 3:
		return RV_I(RV_LD, rd, rs1, d);
	case 6:
		return RV_S(RV_SW, rs1, rd, w);
	case 7:
		return RV_S(RV_SD, rs1, rd, d);
	}
	return 0;
}

static u32 expand_q1(u32 h)
{
	u32 rd = h >> 7 & 31;

	switch (h >> 13) {
	case 0:
		return RV_I(RV_ADDI, rd, rd, sign6(h));
	case 1:
		return RV_I(RV_ADDIW, rd, rd, sign6(h));
	case 2:
		return RV_I(RV_ADDI, rd, RV_ZERO, sign6(h));
	case 3:
		if (rd == RV_SP)
			return RV_I(RV_ADDI, rd, rd,
				    (h >> 2 & 0x10) | (h << 3 & 0x20) |
				    (h << 1 & 0x40) | (h << 4 & 0x180) |
				    (h & 0x1000 ? 0xe00 : 0));
		return RV_LUI | rd << 7 | (u32)sign6(h) << 12;
	case 4:
		return expand_alu(h);
	}
	return 0;
}

/* C.MV is ADDI here, as the JIT has it where nothing is compressed. */
static u32 expand_q2(u32 h)
{
	u32 rd = h >> 7 & 31, rs2 = h >> 2 & 31;

	switch (h >> 13) {
	case 0:
		return RV_I(RV_SLLI, rd, rd, sign6(h) & 63);
	case 3:
		return RV_I(RV_LD, rd, RV_SP,
			    (h >> 7 & 0x20) | (h >> 2 & 0x18) |
			    (h << 4 & 0x1c0));
	case 4:
		if (h >> 12 & 1)
			return rs2 ? RV_R(RV_ADD, rd, rd, rs2) : 0;
		return rs2 ? RV_I(RV_ADDI, rd, rs2, 0) :
			     RV_I(RV_JALR, RV_ZERO, rd, 0);
	case 6:
		return RV_S(RV_SW, RV_SP, rs2,
			    (h >> 7 & 0x3c) | (h >> 1 & 0xc0));
	case 7:
		return RV_S(RV_SD, RV_SP, rs2,
			    (h >> 7 & 0x38) | (h >> 1 & 0x1c0));
	}
	return 0;
}

bool riscv_peek(const struct riscv_walk *w, u32 *insn, u32 *size)
{
	u32 left = w->len - w->pos, h;

	if (w->bad || left < 2)
		return false;
	h = vorw_le16(w->p + w->pos);
	*size = (h & 3) == 3 ? 4 : 2;
	if (*size > left)
		return false;
	switch (h & 3) {
	case 0:
		*insn = expand_q0(h);
		break;
	case 1:
		*insn = expand_q1(h);
		break;
	case 2:
		*insn = expand_q2(h);
		break;
	default:
		*insn = vorw_le32(w->p + w->pos);
	}
	return true;
}

bool riscv_skip(struct riscv_walk *w, u32 insn)
{
	u32 next, size;

	if (!riscv_peek(w, &next, &size) || next != insn)
		return false;
	w->pos += size;
	if (size == 2) {
		w->compressed++;
		w->features |= VORW_CPU_RISCV_C;
	}
	return true;
}

void riscv_insn(struct riscv_walk *w, u32 insn)
{
	if (!riscv_skip(w, insn))
		w->bad = true;
}

void riscv_wide(struct riscv_walk *w, u32 insn)
{
	u32 pos = w->pos;

	riscv_insn(w, insn);
	if (w->pos - pos != 4)
		w->bad = true;
}

static bool fits32(s64 v)
{
	return v == (s32)v;
}

/* Lowest bits last: each takes twelve, signed, and zeros above are shifted. */
void riscv_const(struct riscv_walk *w, u32 rd, s64 v)
{
	s64 lower = (s64)((u64)v << 52) >> 52;
	s64 upper = (s64)((u64)v + 0x800) >> 12;
	u32 shift = 12;

	if (fits32(v)) {
		if (!upper) {
			riscv_insn(w, RV_I(RV_ADDI, rd, RV_ZERO, lower));
			return;
		}
		riscv_insn(w, RV_LUI | rd << 7 | (u32)upper << 12);
		riscv_insn(w, RV_I(RV_ADDIW, rd, rd, lower));
		return;
	}
	for (; !(upper & 1); upper >>= 1)
		shift++;
	riscv_const(w, rd, upper);
	riscv_insn(w, RV_I(RV_SLLI, rd, rd, shift));
	if (lower)
		riscv_insn(w, RV_I(RV_ADDI, rd, rd, lower));
}

static bool with(struct riscv_walk *w, u32 insn, u32 feature)
{
	if (!riscv_skip(w, insn))
		return false;
	w->features |= feature;
	return true;
}

void riscv_ext(struct riscv_walk *w, u32 rd, u32 rs, bool sign, u32 bits)
{
	u32 zbb = sign ? (bits == 8 ? RV_SEXT_B : RV_SEXT_H) : RV_ZEXT_H;

	if (with(w, RV_R(zbb, rd, rs, 0), VORW_CPU_RISCV_ZBB))
		return;
	riscv_insn(w, RV_I(RV_SLLI, rd, rs, 64 - bits));
	riscv_insn(w, RV_I(sign ? RV_SRAI : RV_SRLI, rd, rd, 64 - bits));
}

void riscv_zextw(struct riscv_walk *w, u32 rd, u32 rs)
{
	if (with(w, RV_R(RV_ADD_UW, rd, rs, 0), VORW_CPU_RISCV_ZBA))
		return;
	riscv_insn(w, RV_I(RV_SLLI, rd, rs, 32));
	riscv_insn(w, RV_I(RV_SRLI, rd, rd, 32));
}

void riscv_sh3add(struct riscv_walk *w, u32 rd, u32 rs1, u32 rs2)
{
	if (with(w, RV_R(RV_SH3ADD, rd, rs1, rs2), VORW_CPU_RISCV_ZBA))
		return;
	riscv_insn(w, RV_I(RV_SLLI, rd, rs1, 3));
	riscv_insn(w, RV_R(RV_ADD, rd, rd, rs2));
}

void riscv_field(struct riscv_walk *w, u32 insn, u32 n)
{
	u32 *known = w->c->tail_words ? &w->c->tail_words[n] : NULL;
	u32 next, size, off;

	if (!riscv_peek(w, &next, &size)) {
		w->bad = true;
		return;
	}
	off = next >> 20;
	/* up to 2047, never 0: the first fields are others */
	if (!off || off > 0x7ff || (known && *known && *known != off))
		w->bad = true;
	else if (known)
		*known = off;
	riscv_insn(w, insn | off << 20);
}

/* ---- addresses ---- */

const struct vreloc *riscv_insn_rel(struct riscv_walk *w)
{
	return walk_insn_rel(w->c, w->insn, &w->insn_rel);
}

/* The code's next relocation, if it means what is wanted. */
static const struct vreloc *next_rel(struct riscv_walk *w,
				     const struct vreloc *want)
{
	const struct vreloc *r = NULL;

	if (!w->bad && w->rel < w->c->nrel)
		r = &w->c->rel[w->rel++];
	if (r && want && vreloc_same(r, want))
		return r;
	w->bad = true;
	return NULL;
}

static bool read_at(const struct riscv_walk *w, u16 form, u64 *addr)
{
	struct vorw_place at = { .at = w->at + w->pos, .word = 8 };

	return vorw_form_size(form) <= w->len - w->pos &&
	       !vorw_reloc_read(form, w->p + w->pos, addr, &at);
}

void riscv_address(struct riscv_walk *w, u16 form, const struct vreloc *want)
{
	const struct vreloc *r;
	u64 addr = 0;

	if (w->bad || !read_at(w, form, &addr)) {
		w->bad = true;
		return;
	}
	if (w->mode == WALK_FIND) {
		w->fields[w->nfields++] =
			(struct vfield){ .off = w->pos, .form = form };
	} else {
		r = next_rel(w, want);
		if (!r || (w->mode == WALK_REAL ? addr != r->addr :
			   r->off != w->pos || r->form != form ||
			   vorw_reloc_check(form, w->p + w->pos)))
			w->bad = true;
	}
	if (form == VORW_ENC_RISCV_LI_C)
		w->features |= VORW_CPU_RISCV_C;
	if (!w->bad)
		w->pos += vorw_form_size(form);
}

void riscv_internal(struct riscv_walk *w, u16 form, const char *name)
{
	struct vreloc want = { .kind = VORW_REL_KVAR };

	snprintf(want.ksym, sizeof(want.ksym), "%s", name);
	riscv_address(w, form, &want);
}

static u32 rd_at(const struct riscv_walk *w)
{
	return w->len - w->pos < 4 ? 0 : vorw_le32(w->p + w->pos) >> 7 & 31;
}

void riscv_load(struct riscv_walk *w, u32 rd, const struct vreloc *want)
{
	u32 compressed = w->compressed;
	const struct vreloc *r;
	u64 addr;

	if (want->kind == VORW_REL_PART) {
		if (rd_at(w) != rd)
			w->bad = true;
		riscv_address(w, VORW_ENC_RISCV_ADDR, want);
	} else if (w->mode == WALK_REAL) {
		r = next_rel(w, want);
		if (r)
			riscv_const(w, rd, (s64)r->addr);
		w->compressed = compressed;
	} else if (rd_at(w) != rd) {
		w->bad = true;
	} else {
		riscv_address(w, read_at(w, VORW_ENC_RISCV_LI_C, &addr) ?
				 VORW_ENC_RISCV_LI_C : VORW_ENC_RISCV_LI, want);
	}
}

/* JAL reaches 1 MiB, for functions that do not move any more. */
void riscv_call(struct riscv_walk *w, const struct vreloc *want)
{
	const struct vreloc *r;
	u32 insn, size;
	s64 off;

	if (w->mode == WALK_REAL && riscv_peek(w, &insn, &size) &&
	    (insn & 0xfff) == (RV_JAL | RV_RA << 7)) {
		r = next_rel(w, want);
		off = r ? (s64)(r->addr - w->at - w->pos) : 0;
		riscv_wide(w, RV_JAL | RV_RA << 7 | ((u32)off & 0xff000) |
			   ((u32)off & 0x800) << 9 | ((u32)off & 0x7fe) << 20 |
			   ((u32)off & 0x100000) << 11);
		if (off < -(1 << 20) || off >= 1 << 20)
			w->bad = true;
		return;
	}
	riscv_address(w, VORW_ENC_RISCV_CALL, want);
}
