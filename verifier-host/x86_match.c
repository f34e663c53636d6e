// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* x86_match.c - single instructions of x86-64 code: are they what comes next? */
#include "vorw_reloc.h"
#include "x86.h"

void x86_bytes(struct x86_walk *w, const u8 *v, u32 n)
{
	if (!w->bad && !x86_skip(w, v, n))
		w->bad = true;
}

void x86_byte(struct x86_walk *w, u8 v)
{
	x86_bytes(w, &v, 1);
}

bool x86_skip(struct x86_walk *w, const u8 *v, u32 n)
{
	if (w->bad || n > w->len - w->pos || memcmp(w->p + w->pos, v, n))
		return false;
	w->pos += n;
	return true;
}

void x86_imm32(struct x86_walk *w, u32 v)
{
	X86_BYTES(w, v, v >> 8, v >> 16, v >> 24);
}

/* REX, where it is needed; B extends rm, R extends reg. */
static void rex(struct x86_walk *w, bool wide, u32 rm, u32 reg)
{
	if (wide || rm >= R8 || reg >= R8)
		x86_byte(w, 0x40 | wide << 3 | (reg >> 3) << 2 | rm >> 3);
}

void x86_rr(struct x86_walk *w, bool wide, u8 op, u32 rm, u32 reg)
{
	rex(w, wide, rm, reg);
	X86_BYTES(w, op, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

void x86_r(struct x86_walk *w, bool wide, u8 op, u32 ext, u32 rm)
{
	rex(w, wide, rm, 0);
	X86_BYTES(w, op, 0xc0 | ext << 3 | (rm & 7));
}

void x86_mem(struct x86_walk *w, u32 base, u32 reg, s32 off)
{
	u8 regs = (reg & 7) << 3 | (base & 7);

	if (off >= -128 && off <= 127) {
		X86_BYTES(w, 0x40 | regs, off);
	} else {
		x86_byte(w, 0x80 | regs);
		x86_imm32(w, off);
	}
}

void x86_mov(struct x86_walk *w, bool wide, u32 to, u32 from)
{
	if (!wide || to != from)
		x86_rr(w, wide, 0x89, to, from);
}

void x86_mov_imm(struct x86_walk *w, bool wide, u32 reg, s32 imm)
{
	if (wide && imm < 0) {
		x86_r(w, true, 0xc7, 0, reg);
		x86_imm32(w, imm);
	} else if (!imm) {
		x86_rr(w, false, 0x31, reg, reg);
	} else {
		rex(w, false, reg, 0);
		x86_byte(w, 0xb8 | (reg & 7));
		x86_imm32(w, imm);
	}
}

static void movabs(struct x86_walk *w, u32 reg, u64 v)
{
	rex(w, true, reg, 0);
	x86_byte(w, 0xb8 | (reg & 7));
	x86_imm32(w, (u32)v);
	x86_imm32(w, v >> 32);
}

/* Sign extension only from 6.12 on. */
void x86_const(struct x86_walk *w, u32 reg, u64 v)
{
	u32 pos = w->pos;

	if (!(v >> 32)) {
		x86_mov_imm(w, false, reg, (s32)v);
		return;
	}
	if (w->bad || (u64)(s64)(s32)v != v) {
		movabs(w, reg, v);
		return;
	}
	x86_mov_imm(w, true, reg, (s32)v);
	if (w->bad) {
		w->bad = false;
		w->pos = pos;
		movabs(w, reg, v);
	}
}

static struct vorw_place place(const struct x86_walk *w)
{
	return (struct vorw_place){ .at = w->at + w->pos, .word = 8 };
}

/* One field of size bytes at pos, as relocation r has it. */
static bool field_ok(struct x86_walk *w, u16 form, const struct vreloc *r)
{
	struct vorw_place at = place(w);
	u64 addr;

	if (w->mode == WALK_CANONICAL)
		return r->off == w->pos && r->form == form &&
		       vorw_reloc_check(form, w->p + w->pos) == VORW_R_OK;
	return vorw_reloc_read(form, w->p + w->pos, &addr, &at) ==
		       VORW_R_OK && addr == r->addr;
}

void x86_address(struct x86_walk *w, u16 form, const struct vreloc *want)
{
	u32 size = vorw_form_size(form);
	struct vorw_place at = place(w);
	const struct vreloc *r;
	u64 addr;

	if (w->bad || size > w->len - w->pos) {
		w->bad = true;
		return;
	}
	if (w->mode == WALK_FIND) {
		if (vorw_reloc_read(form, w->p + w->pos, &addr, &at) !=
		    VORW_R_OK) {
			w->bad = true;
			return;
		}
		w->fields[w->nfields++] =
			(struct vfield){ .off = w->pos, .form = form };
		w->pos += size;
		return;
	}
	if (w->rel == w->c->nrel) {
		w->bad = true;
		return;
	}
	r = &w->c->rel[w->rel++];
	if (!want || !vreloc_same(r, want) || !field_ok(w, form, r))
		w->bad = true;
	else
		w->pos += size;
}

void x86_internal(struct x86_walk *w, u16 form, u32 kind, const char *name)
{
	struct vreloc want = { .kind = kind };

	strcpy(want.ksym, name);
	x86_address(w, form, &want);
}

void x86_load_address(struct x86_walk *w, u32 reg, const struct vreloc *want)
{
	u32 size = vorw_form_size(VORW_ENC_X86_MOVABS);
	const struct vreloc *r;

	/* the kernel's own may take the short forms of a constant */
	if (w->mode == WALK_REAL && !w->bad && w->rel < w->c->nrel) {
		r = &w->c->rel[w->rel++];
		if (!vreloc_same(r, want))
			w->bad = true;
		else
			x86_const(w, reg, r->addr);
		return;
	}
	if (w->bad || size > w->len - w->pos ||
	    w->p[w->pos] != (0x48 | reg >> 3)) {
		w->bad = true;
		return;
	}
	if (w->p[w->pos + 1] == (0xb8 | (reg & 7)))
		x86_address(w, VORW_ENC_X86_MOVABS, want);
	/* functions of the program and variables of the kernel's are always
	 * where 32 bits reach */
	else if ((want->kind == VORW_REL_PART ||
		  want->form == VORW_ENC_BPF_MOVS32) &&
		 w->p[w->pos + 2] == (0xc0 | (reg & 7)))
		x86_address(w, VORW_ENC_X86_MOVS32, want);
	else
		w->bad = true;
}

void x86_add_percpu(struct x86_walk *w, u32 reg)
{
	if (w->bad || w->len - w->pos < vorw_form_size(VORW_ENC_X86_PERCPU) ||
	    w->p[w->pos + 1] != (0x48 | (reg >> 3) << 2) ||
	    w->p[w->pos + 3] != (4 | (reg & 7) << 3))
		w->bad = true;
	x86_internal(w, VORW_ENC_X86_PERCPU, VORW_REL_KVAR, "this_cpu_off");
}
