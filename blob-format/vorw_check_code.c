/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_check_code.c - native code, instructions and relocations of a blob.
 */
#include <linux/bpf.h>
#include "vorw_bytes.h"
#include "vorw_check.h"
#include "vorw_machine.h"
#include "vorw_reloc.h"

#define REFUSE(r, what, where, have, want) \
	return vorw_refuse(w->d, VORW_R_##r, what, where, have, want)

/* Functions have stacks of their own on 64-bit machines only.  Asked of the
 * blob's machine, for a device must say what a host that knows all says. */
static bool has_stacks(const struct vorw_walk *w)
{
#ifdef VORW_HAVE_64BIT
	return vorw_machine(w->v->machine)->word == 8;
#else
	return false;
#endif
}

static bool uses_map(const struct vorw_view *v, const struct vorw_prog_h *p,
		     u32 map)
{
	u32 i;

	for (i = 0; i < p->used_map_cnt; i++)
		if (vorw_get_used_map(v, p->used_map_first + i) == map)
			return true;
	return false;
}

static enum vorw_reason check_symbol(struct vorw_walk *w, u32 i,
				     const struct vorw_prog_h *p,
				     const struct vorw_reloc_h *rel)
{
	struct vorw_map_h m;
	enum vorw_reason r;
	const char *s = "";

	if (rel->kind != VORW_REL_MAP_VALUE && rel->kind != VORW_REL_MAP_OP &&
	    rel->kind != VORW_REL_PRIV_STACK && rel->addend)
		REFUSE(MALFORMED, "relocation addend", i, rel->addend, 0);
	switch (rel->kind) {
	case VORW_REL_HELPER:
		if (rel->sym > VORW_MAX_HELPER)
			REFUSE(LIMIT, "helper id", i, rel->sym,
			       VORW_MAX_HELPER);
		if (!rel->sym)
			REFUSE(MALFORMED, "helper id", i, 0, 1);
		return VORW_R_OK;
	case VORW_REL_MAP:
	case VORW_REL_MAP_VALUE:
	case VORW_REL_MAP_OP:
		/* the kernel keeps used maps alive with the program, and only
		 * those */
		if (!uses_map(w->v, p, rel->sym))
			REFUSE(MALFORMED, "map of a relocation is not used", i,
			       rel->sym, p->used_map_cnt);
		if (rel->kind == VORW_REL_MAP)
			return VORW_R_OK;
		if (rel->kind == VORW_REL_MAP_OP) {
			if (rel->addend >= VORW_OP_MAX)
				REFUSE(UNSUPPORTED, "map operation", i,
				       rel->addend, VORW_OP_MAX - 1);
			return VORW_R_OK;
		}
		/* kernel/bpf/arraymap.c array_map_direct_value_addr() */
		vorw_get_map(w->v, rel->sym, &m);
		if (m.type != BPF_MAP_TYPE_ARRAY || m.max_entries != 1)
			REFUSE(MALFORMED, "map has no direct value", i, m.type,
			       BPF_MAP_TYPE_ARRAY);
		if (rel->addend >= m.value_size)
			REFUSE(MALFORMED, "offset into map value", i,
			       rel->addend, m.value_size);
		return VORW_R_OK;
	case VORW_REL_KSYM:
	case VORW_REL_KVAR:
	case VORW_REL_KPTR:
		r = vorw_check_string(w, rel->sym, &s);
		if (r)
			return r;
		return vorw_check_name(w, s, ".$", VORW_MAX_STRING,
				       "kernel symbol name", i);
	case VORW_REL_INTERP:
		if (rel->sym > VORW_MAX_STACK)
			REFUSE(LIMIT, "interpreter stack", i, rel->sym,
			       VORW_MAX_STACK);
		if (!rel->sym || rel->sym % 32)
			REFUSE(MALFORMED, "interpreter stack", i, rel->sym,
			       32);
		return VORW_R_OK;
	case VORW_REL_PRIV_STACK:
		if (!has_stacks(w))
			break;
		if (rel->sym)
			REFUSE(MALFORMED, "symbol of a stack", i, rel->sym, 0);
		if (rel->addend > 2 * VORW_MAX_STACK)
			REFUSE(LIMIT, "offset into a stack", i, rel->addend,
			       2 * VORW_MAX_STACK);
		return VORW_R_OK;
	case VORW_REL_PART:
		if (rel->sym >= p->part_cnt)
			REFUSE(MALFORMED, "part of a relocation", i, rel->sym,
			       p->part_cnt);
		return VORW_R_OK;
	}
	REFUSE(UNSUPPORTED, "relocation kind", i, rel->kind,
	       VORW_REL_MAX - 1);
}

/* Relocations first, cnt of the size bytes that start at off in section t. */
static enum vorw_reason check_relocs(struct vorw_walk *w, u32 first, u32 cnt,
				     enum vorw_sec_type t, u32 off, u32 size,
				     const struct vorw_prog_h *p)
{
	u32 i, end = 0;

	for (i = first; i < first + cnt; i++) {
		struct vorw_reloc_h rel;
		enum vorw_reason r;
		const u8 *insn;
		u32 n, machine;

		vorw_get_reloc(w->v, i, &rel);
		n = vorw_form_size(rel.form);
		machine = vorw_form_machine(rel.form);
		/* Another machine's: the module does not even know them. */
		if (!n || (machine != VORW_EM_NONE && machine != w->v->machine))
			REFUSE(UNSUPPORTED, "relocation form", i, rel.form,
			       VORW_ENC_MAX - 1);
		if (vorw_form_is_insn(rel.form) != (t == VORW_SEC_INSNS))
			REFUSE(MALFORMED, "relocation form for image", i,
			       rel.form, t);
		r = check_symbol(w, i, p, &rel);
		if (r)
			return r;
		if (!vorw_form_fits(rel.kind, rel.form))
			REFUSE(MALFORMED, "relocation form for kind", i,
			       rel.form, rel.kind);
		if (rel.off % vorw_form_align(rel.form))
			REFUSE(MALFORMED, "relocation alignment", i, rel.off,
			       vorw_form_align(rel.form));
		if (rel.off < end)
			REFUSE(MALFORMED, "relocation order", i, rel.off, end);
		if (rel.off > size || n > size - rel.off)
			REFUSE(MALFORMED, "relocation offset", i, rel.off,
			       size);
		insn = w->v->sec[t].p + off + rel.off;
		r = vorw_reloc_check(rel.form, insn);
		if (r)
			return vorw_refuse(w->d, r, "relocated instruction", i,
					   vorw_le32(insn), 0);
		end = rel.off + n;
	}
	return VORW_R_OK;
}

#ifdef VORW_HAVE_X86
/* struct pt_regs of arch/x86/include/asm/ptrace.h, up to di, without those that
 * are no BPF register's (reg2pt_regs[] of arch/x86/net/bpf_jit_comp.c). */
static bool fault_reg(u32 reg)
{
	return reg % 8 == 0 && reg <= 112 && reg != 24 && reg != 32 &&
	       reg != 48 && reg != 64;
}

static enum vorw_reason check_faults(struct vorw_walk *w, u32 part,
				     const struct vorw_part_h *h)
{
	struct vorw_fault_h f;
	enum vorw_reason r;
	u32 i, end = 0;

	/* as a reader that does not know that machine */
	if ((h->fault_first || h->fault_cnt) &&
	    w->v->machine != VORW_EM_X86_64)
		REFUSE(UNSUPPORTED, "faults", part, h->fault_cnt, 0);
	r = vorw_check_range(w, VORW_SEC_FAULTS, "fault range", part,
			     &w->next_fault, h->fault_first, h->fault_cnt);
	for (i = h->fault_first; !r && i < h->fault_first + h->fault_cnt; i++) {
		vorw_get_fault(w->v, i, &f);
		if (f.off < end)
			REFUSE(MALFORMED, "fault order", i, f.off, end);
		/* there is code behind it to go on with */
		if (!f.skip || f.off >= h->code_size ||
		    f.skip >= h->code_size - f.off)
			REFUSE(MALFORMED, "place of a fault", i, f.off,
			       h->code_size);
		if (!fault_reg(f.reg))
			REFUSE(MALFORMED, "register of a fault", i, f.reg, 0);
		end = f.off + f.skip;
	}
	return r;
}
#else
static enum vorw_reason check_faults(struct vorw_walk *w, u32 part,
				     const struct vorw_part_h *h)
{
	return h->fault_first || h->fault_cnt ? VORW_R_UNSUPPORTED : VORW_R_OK;
}
#endif

static enum vorw_reason check_part(struct vorw_walk *w, u32 i,
				   const struct vorw_prog_h *p)
{
	const struct vorw_range *s = &w->v->sec[VORW_SEC_CODE];
	const u8 *rec = w->v->sec[VORW_SEC_PARTS].p +
			i * sizeof(struct vorw_part);
	u32 start = vorw_align8(w->code_end);
	u32 unit = vorw_machine(w->v->machine)->insn;
	u32 facts = VORW_PF_TAIL_CALL_REACHABLE |
		    (has_stacks(w) ? VORW_PF_PRIV_STACK : 0);
	struct vorw_part_h h;
	enum vorw_reason r;

	vorw_get_part(w->v, i, &h);
	if (!vorw_zero(rec + offsetof(struct vorw_part, reserved), 8))
		REFUSE(RESERVED, "part", i, 1, 0);
	if (h.facts & ~facts)
		REFUSE(RESERVED, "part facts", i, h.facts, facts);
	if (h.stack_depth > VORW_MAX_STACK)
		REFUSE(LIMIT, "stack depth", i, h.stack_depth, VORW_MAX_STACK);
	if (i == p->part_first && h.stack_depth != p->stack_depth)
		REFUSE(MALFORMED, "stack depth of the main function", i,
		       h.stack_depth, p->stack_depth);
	if (h.code_off != start)
		REFUSE(MALFORMED, "code offset", i, h.code_off, start);
	if (h.code_size == 0 || h.code_size % unit)
		REFUSE(MALFORMED, "code size", i, h.code_size, unit);
	if (start > s->cnt || h.code_size > s->cnt - start)
		REFUSE(MALFORMED, "code size", i, h.code_size, s->cnt);
	if (!vorw_zero(s->p + w->code_end, start - w->code_end))
		REFUSE(RESERVED, "code padding", i, 1, 0);
	w->code_end = start + h.code_size;
	r = check_faults(w, i, &h);
	if (r)
		return r;
	r = vorw_check_range(w, VORW_SEC_RELOCS, "code relocation range", i,
			     &w->next_reloc, h.reloc_first, h.reloc_cnt);
	if (r)
		return r;
	return check_relocs(w, h.reloc_first, h.reloc_cnt, VORW_SEC_CODE,
			    start, h.code_size, p);
}

static enum vorw_reason check_parts(struct vorw_walk *w, u32 i,
				    const struct vorw_prog_h *p)
{
	enum vorw_reason r;
	u32 k;

	if (p->form == VORW_FORM_BYTECODE && (p->part_cnt || p->cpu_features))
		REFUSE(MALFORMED, "code of a bytecode program", i, p->part_cnt,
		       0);
	if (p->form == VORW_FORM_NATIVE && !p->part_cnt)
		REFUSE(MALFORMED, "code of a native program", i, 0, 1);
	if (p->part_cnt > VORW_MAX_PARTS)
		REFUSE(LIMIT, "parts", i, p->part_cnt, VORW_MAX_PARTS);
	r = vorw_check_range(w, VORW_SEC_PARTS, "part range", i,
			     &w->next_part, p->part_first, p->part_cnt);
	for (k = 0; !r && k < p->part_cnt; k++)
		r = check_part(w, p->part_first + k, p);
	return r;
}

#ifdef VORW_HAVE_X86
static bool is_nop5(const u8 *p)
{
	static const u8 nop5[VORW_POKE_SIZE] = { 0x0f, 0x1f, 0x44, 0, 0 };

	return !memcmp(p, nop5, sizeof(nop5));
}

/* Bytes off to off + VORW_POKE_SIZE of a part, free of relocations?  Those are
 * checked: they ascend and do not overlap. */
static bool pokable(const struct vorw_view *v, const struct vorw_part_h *part,
		    u32 off)
{
	u32 low = 0, high = part->reloc_cnt;
	struct vorw_reloc_h rel;

	if (part->code_size < VORW_POKE_SIZE ||
	    off > part->code_size - VORW_POKE_SIZE)
		return false;
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		vorw_get_reloc(v, part->reloc_first + mid, &rel);
		if (rel.off >= off + VORW_POKE_SIZE)
			high = mid;
		else if (rel.off + vorw_form_size(rel.form) > off)
			return false;
		else
			low = mid + 1;
	}
	return true;
}

/*
 * The kernel takes bytes that are not what it left there for a bug
 * (bpf_arch_poke_desc_update()), so they have to be that now, and no other
 * poke may change them: a program's pokes ascend.
 */
static enum vorw_reason check_poke(struct vorw_walk *w, u32 i,
				   const struct vorw_prog_h *p)
{
	const u8 *rec = w->v->sec[VORW_SEC_POKES].p +
			i * sizeof(struct vorw_poke);
	struct vorw_poke_h h, before;
	struct vorw_part_h part;
	struct vorw_map_h m;
	const u8 *code;

	vorw_get_poke(w->v, i, &h);
	if (!vorw_zero(rec + offsetof(struct vorw_poke, reserved), 8))
		REFUSE(RESERVED, "poke", i, 1, 0);
	if (h.part >= p->part_cnt)
		REFUSE(MALFORMED, "part of a poke", i, h.part, p->part_cnt);
	if (i > p->poke_first) {
		vorw_get_poke(w->v, i - 1, &before);
		if (h.part < before.part || (h.part == before.part &&
		    h.bypass < before.target + VORW_POKE_SIZE))
			REFUSE(MALFORMED, "poke order", i, h.bypass,
			       before.target + VORW_POKE_SIZE);
	}
	if (!uses_map(w->v, p, h.map))
		REFUSE(MALFORMED, "map of a poke", i, h.map, p->used_map_cnt);
	vorw_get_map(w->v, h.map, &m);
	if (m.type != BPF_MAP_TYPE_PROG_ARRAY)
		REFUSE(MALFORMED, "map type of a poke", i, m.type,
		       BPF_MAP_TYPE_PROG_ARRAY);
	if (h.key >= m.max_entries)
		REFUSE(MALFORMED, "key of a poke", i, h.key, m.max_entries);
	vorw_get_part(w->v, p->part_first + h.part, &part);
	code = w->v->sec[VORW_SEC_CODE].p + part.code_off;
	if (!pokable(w->v, &part, h.bypass) || !pokable(w->v, &part, h.target))
		REFUSE(MALFORMED, "place of a poke", i, h.target,
		       part.code_size);
	if (h.bypass + VORW_POKE_SIZE > h.target ||
	    code[h.bypass] != 0xe9 || vorw_le32(code + h.bypass + 1) !=
	    h.target - h.bypass || !is_nop5(code + h.target))
		REFUSE(MALFORMED, "code of a poke", i, h.bypass, h.target);
	if (!h.adj_off || h.adj_off >= part.code_size || h.adj_off > 255)
		REFUSE(MALFORMED, "entry of a poke", i, h.adj_off,
		       part.code_size);
	return VORW_R_OK;
}

#else
static enum vorw_reason check_poke(struct vorw_walk *w, u32 i,
				   const struct vorw_prog_h *p)
{
	return VORW_R_UNSUPPORTED;	/* not reached: other machine */
}
#endif

static enum vorw_reason check_pokes(struct vorw_walk *w, u32 i,
				    const struct vorw_prog_h *p)
{
	enum vorw_reason r;
	u32 k;

	if (p->poke_cnt > VORW_MAX_POKES)
		REFUSE(LIMIT, "pokes", i, p->poke_cnt, VORW_MAX_POKES);
	if (p->poke_cnt && w->v->machine != VORW_EM_X86_64)
		REFUSE(MALFORMED, "pokes", i, p->poke_cnt, 0);
	r = vorw_check_range(w, VORW_SEC_POKES, "poke range", i, &w->next_poke,
			     p->poke_first, p->poke_cnt);
	for (k = 0; !r && k < p->poke_cnt; k++)
		r = check_poke(w, p->poke_first + k, p);
	return r;
}

static enum vorw_reason check_image(struct vorw_walk *w, u32 i)
{
	struct vorw_prog_h p;
	enum vorw_reason r;
	bool bytecode;

	vorw_get_prog(w->v, i, &p);
	bytecode = p.form == VORW_FORM_BYTECODE;
	if (!bytecode && p.form != VORW_FORM_NATIVE)
		REFUSE(UNSUPPORTED, "program form", i, p.form,
		       VORW_FORM_BYTECODE);
	if (bytecode != (*p.form_why != 0))
		REFUSE(MALFORMED, "reason for the form", i, *p.form_why != 0,
		       bytecode);
	r = check_parts(w, i, &p);
	if (r)
		return r;
	r = check_pokes(w, i, &p);
	if (r)
		return r;

	if (p.insn_cnt > VORW_MAX_INSNS)
		REFUSE(LIMIT, "instructions", i, p.insn_cnt, VORW_MAX_INSNS);
	if (bytecode && p.insn_cnt == 0)
		REFUSE(MALFORMED, "instructions", i, 0, 1);
	r = vorw_check_range(w, VORW_SEC_INSNS, "instruction range", i,
			     &w->next_insn, p.insn_first, p.insn_cnt);
	if (r)
		return r;
	r = vorw_check_range(w, VORW_SEC_RELOCS, "instruction relocations", i,
			     &w->next_reloc, p.insn_reloc_first,
			     p.insn_reloc_cnt);
	if (r)
		return r;
	r = check_relocs(w, p.insn_reloc_first, p.insn_reloc_cnt,
			 VORW_SEC_INSNS, p.insn_first * 8, p.insn_cnt * 8, &p);
	if (r)
		return r;
	return p.insn_cnt ? vorw_check_insns(w, i, &p) : VORW_R_OK;
}

enum vorw_reason vorw_check_images(struct vorw_walk *w)
{
	enum vorw_reason r = VORW_R_OK;
	u32 i;

	for (i = 0; !r && i < vorw_count(w->v, VORW_SEC_PROGS); i++)
		r = check_image(w, i);
	return r;
}
