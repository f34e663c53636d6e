// SPDX-License-Identifier: GPL-2.0-only
/*
 * link.c - addresses for a blob's code.
 *
 * Code is linked in the job's copy of the blob.  For native code the memory in
 * which it will run comes first, because addresses of its own functions are
 * among those that it holds; then it is copied there and write-protected.
 * All programs are linked before the first is loaded.
 */

#include <linux/string.h>
#include <linux/license.h>
#include <linux/poison.h>
#include <linux/slab.h>
#include "arch.h"
#include "compat.h"
#include "load.h"
#include "vorw_ksyms.h"
#include "vorw_reloc.h"

/* What resolving needs to know of the program at hand. */
struct linker {
	struct vorw_job *job;
	struct vorw_new_prog *p;
	const struct vorw_new_part *part;	/* NULL: its instructions */
	vorw_proto_fn func_proto;
	/* Never run: what get_func_proto() and allowed() look at. */
	struct bpf_prog *scratch;
	/* The last answer: relocations to one thing come in runs. */
	struct vorw_reloc_h last;
	u64 last_addr;
};

/*
 * The verifier calls map operations and reads variables directly on 64-bit
 * machines only: do_misc_fixups() in kernel/bpf/verifier.c.  And only there do
 * JITs compile subprograms.
 */
#define HAVE_64BIT	IS_ENABLED(CONFIG_64BIT)

/*
 * The gates of check_helper_call() (kernel/bpf/verifier.c) that depend on the
 * device and not on the code: grants, licence, lockdown.
 */
static enum vorw_reason resolve_helper(const struct linker *l, u32 id,
				       u64 *addr)
{
	const struct bpf_func_proto *fn = NULL;
	const char *why = NULL;

	if (id < __BPF_FUNC_MAX_ID)
		fn = l->func_proto(id, l->scratch);
	/* A prototype without a function, or with poison for one: inlined */
	if (!fn || !fn->func || (void *)fn->func == BPF_PTR_POISON)
		why = "unknown to this program type";
	else if (fn->gpl_only && !l->scratch->gpl_compatible)
		why = "for GPL programs only";
	else if (fn->allowed && !fn->allowed(l->scratch))
		why = "not allowed to this caller";
	else if (vorw_proto_may_sleep(fn) && !vorw_gen_sleepable(l->scratch))
		why = "may sleep, the program may not";
	if (why)
		return vorw_deny(l->job, VORW_R_HELPER, 0,
				 "program %s: helper %u is %s", l->p->h.name,
				 id, why);

	/* bpf_get_prandom_u32() returns 0 for ever without (do_misc_fixups) */
	if (id == BPF_FUNC_get_prandom_u32)
		vorw_kernel(bpf_user_rnd_init_once)();
	*addr = (unsigned long)fn->func;
	return VORW_R_OK;
}

/* A map counts only if the program will hold a reference to it. */
static bool uses_map(const struct linker *l, u32 map)
{
	u32 i;

	for (i = 0; i < l->p->h.used_map_cnt; i++)
		if (vorw_get_used_map(&l->job->view,
				      l->p->h.used_map_first + i) == map)
			return true;
	return false;
}

static enum vorw_reason resolve_map(const struct linker *l,
				    const struct vorw_reloc_h *rel, u64 *addr)
{
	const struct vorw_new_map *m;
	struct bpf_map *map;

	if (rel->sym >= l->job->map_cnt || !uses_map(l, rel->sym))
		return vorw_deny(l->job, VORW_R_RELOC, 0,
				 "program %s: map %u is not among those it uses",
				 l->p->h.name, rel->sym);
	m = &l->job->maps[rel->sym];
	map = m->map;
	if (rel->kind == VORW_REL_MAP) {
		*addr = (unsigned long)map;
		return VORW_R_OK;
	}
	if (HAVE_64BIT && rel->kind == VORW_REL_MAP_OP) {
		*addr = vorw_map_op(map->ops, rel->addend);
		if (!*addr)
			return vorw_deny(l->job, VORW_R_RELOC, 0,
					 "program %s: map %s has no operation %u",
					 l->p->h.name, m->h.name, rel->addend);
		return VORW_R_OK;
	}

	/* As resolve_pseudo_ldimm64(): the op checks the offset. */
	if (!map->ops->map_direct_value_addr ||
	    map->ops->map_direct_value_addr(map, addr, rel->addend))
		return vorw_deny(l->job, VORW_R_RELOC, 0,
				 "program %s: map %s has no value at offset %u",
				 l->p->h.name, m->h.name, rel->addend);
	*addr += rel->addend;
	return VORW_R_OK;
}

static enum vorw_reason resolve_routine(const struct linker *l,
					const char *name, u64 *addr)
{
	*addr = vorw_kernel_function(name);
	if (!*addr)
		return vorw_deny(l->job, VORW_R_SYMBOL, 0,
				 "program %s: this kernel has no %s",
				 l->p->h.name, name);
	return VORW_R_OK;
}

/* __bpf_prog_run_args<bytes>, see bpf_patch_call_args() in kernel/bpf/core.c */
static enum vorw_reason resolve_interp(const struct linker *l, u32 bytes,
				       u64 *addr)
{
	char name[sizeof("__bpf_prog_run_args512")];

#ifndef __bpf_call_base_args
	return vorw_deny(l->job, VORW_R_RELOC, 0,
			 "program %s: this kernel calls its interpreter by index",
			 l->p->h.name);
#endif
	if (!bytes || bytes > MAX_BPF_STACK || bytes % 32)
		return vorw_deny(l->job, VORW_R_RELOC, 0,
				 "program %s: no interpreter for %u stack bytes",
				 l->p->h.name, bytes);
	snprintf(name, sizeof(name), "__bpf_prog_run_args%u", bytes);
	return resolve_routine(l, name, addr);
}

static enum vorw_reason resolve_variable(const struct linker *l,
					 const char *name, u64 *addr)
{
	*addr = 0;
	if (vorw_kvar_allowed(vorw_arch_machine, name))
		*addr = vorw_kernel_variable(name);
	if (!*addr)
		return vorw_deny(l->job, VORW_R_SYMBOL, 0,
				 "program %s: variable %s is not known here",
				 l->p->h.name, name);
	return VORW_R_OK;
}

/* Where a variable of the kernel points now; those on the list are set at boot
 * and read-only since. */
static enum vorw_reason resolve_pointer(const struct linker *l,
					const char *name, u64 *addr)
{
	unsigned long var = 0;

	*addr = 0;
	if (vorw_kptr_allowed(vorw_arch_machine, name))
		var = vorw_kernel_variable(name);
	if (var)
		*addr = READ_ONCE(*(unsigned long *)var);
	if (!*addr)
		return vorw_deny(l->job, VORW_R_SYMBOL, 0,
				 "program %s: pointer %s is not known here",
				 l->p->h.name, name);
	return VORW_R_OK;
}

/* One place in the stack is right, and no other. */
static enum vorw_reason resolve_stack(const struct linker *l, u32 addend,
				      u64 *addr)
{
	const struct vorw_new_part *part = l->part;
	const u32 guard = VORW_ARCH_STACK_GUARD;

	if (!guard || !part || !part->priv_stack ||
	    addend != guard + VORW_ARCH_STACK_POINT(
			ALIGN(part->h.stack_depth, guard ?: 1)))
		return vorw_deny(l->job, VORW_R_RELOC, 0,
				 "program %s: %u bytes into a stack of its own",
				 l->p->h.name, addend);
	*addr = (unsigned long)part->priv_stack + addend;
	return VORW_R_OK;
}

static enum vorw_reason resolve(const struct linker *l,
				const struct vorw_reloc_h *rel, u64 *addr)
{
	const char *name;

	switch (rel->kind) {
	case VORW_REL_HELPER:
		return resolve_helper(l, rel->sym, addr);
	case VORW_REL_MAP:
	case VORW_REL_MAP_VALUE:
		return resolve_map(l, rel, addr);
	case VORW_REL_MAP_OP:
		if (!HAVE_64BIT)
			break;
		return resolve_map(l, rel, addr);
	case VORW_REL_KSYM:
		name = vorw_get_string(&l->job->view, rel->sym);
		if (!vorw_ksym_allowed(vorw_arch_machine, name))
			return vorw_deny(l->job, VORW_R_SYMBOL, 0,
					 "program %s: %s is not on the allow-list",
					 l->p->h.name, name);
		return resolve_routine(l, name, addr);
	case VORW_REL_KVAR:
		if (!HAVE_64BIT)
			break;
		name = vorw_get_string(&l->job->view, rel->sym);
		return resolve_variable(l, name, addr);
	case VORW_REL_KPTR:
		if (!HAVE_64BIT)
			break;
		name = vorw_get_string(&l->job->view, rel->sym);
		return resolve_pointer(l, name, addr);
	case VORW_REL_INTERP:
		return resolve_interp(l, rel->sym, addr);
	case VORW_REL_PRIV_STACK:
		if (!VORW_ARCH_STACK_GUARD)
			break;
		return resolve_stack(l, rel->addend, addr);
	case VORW_REL_PART:
		if (!HAVE_64BIT || rel->sym >= l->p->h.part_cnt ||
		    !l->p->parts)
			break;
		*addr = (unsigned long)l->p->parts[rel->sym].image.code;
		return VORW_R_OK;
	}
	return vorw_deny(l->job, VORW_R_RELOC, 0,
			 "program %s: relocation kind %u", l->p->h.name,
			 rel->kind);
}

static enum vorw_reason resolve_again(struct linker *l,
				      const struct vorw_reloc_h *rel, u64 *addr)
{
	enum vorw_reason r;

	if (rel->kind != l->last.kind || rel->sym != l->last.sym ||
	    rel->addend != l->last.addend) {
		r = resolve(l, rel, &l->last_addr);
		if (r)
			return r;
		l->last = *rel;
	}
	*addr = l->last_addr;
	return VORW_R_OK;
}

/* Apply relocations first to first + cnt - 1 to size bytes at image, which
 * will be at the address runs_at. */
static enum vorw_reason relocate(struct linker *l, u8 *image, u32 size,
				 const void *runs_at, u32 first, u32 cnt)
{
	/* __bpf_call_base_args is the same address. */
	struct vorw_place place = {
		.base = (unsigned long)__bpf_call_base,
		.word = sizeof(void *),
	};
	struct vorw_reloc_h rel;
	enum vorw_reason r;
	u32 i, width;
	u64 addr;

	for (i = first; i < first + cnt; i++) {
		vorw_get_reloc(&l->job->view, i, &rel);
		width = vorw_form_size(rel.form);
		if (!width || width > size || rel.off > size - width ||
		    rel.off % vorw_form_align(rel.form) ||
		    !vorw_form_fits(rel.kind, rel.form))
			return vorw_deny(l->job, VORW_R_RELOC, 0,
					 "program %s: relocation %u at %u of %u bytes",
					 l->p->h.name, i, rel.off, size);
		r = resolve_again(l, &rel, &addr);
		if (r)
			return r;
		place.at = (unsigned long)runs_at + rel.off;
		r = vorw_reloc_apply(rel.form, image + rel.off, addr, &place);
		if (r)
			return vorw_deny(l->job, r, 0,
					 "program %s: relocation %u at %u does not fit the instruction",
					 l->p->h.name, i, rel.off);
		r = vorw_breathe(l->job);
		if (r)
			return r;
	}
	return VORW_R_OK;
}

/* A section of the job's own copy, to be written to. */
static u8 *section(const struct vorw_job *job, enum vorw_sec_type type)
{
	return job->blob + (job->view.sec[type].p - job->blob);
}

struct bpf_insn *vorw_prog_insns(const struct vorw_job *job,
				 const struct vorw_new_prog *p)
{
	if (!p->h.insn_cnt)
		return NULL;
	return (struct bpf_insn *)section(job, VORW_SEC_INSNS) +
	       p->h.insn_first;
}

/* With the exception table behind the code. */
static u32 image_size(const struct vorw_new_part *part)
{
	if (!VORW_ARCH_EXTABLE || !part->h.fault_cnt)
		return part->h.code_size;
	return vorw_extable_at(part) + part->h.fault_cnt * VORW_ARCH_EXTABLE;
}

/* A stack of its own, as priv_stack_init_guard() of the JIT leaves it. */
static int alloc_stack(struct vorw_new_part *part)
{
	const u32 guard = VORW_ARCH_STACK_GUARD;
	u64 *area;
	u32 size, i;
	int cpu;

	if (!guard || !(part->h.facts & VORW_PF_PRIV_STACK))
		return 0;
	size = ALIGN(part->h.stack_depth, guard) + 2 * guard;
	part->priv_stack = __alloc_percpu_gfp(size, guard, GFP_KERNEL);
	if (!part->priv_stack)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		area = per_cpu_ptr(part->priv_stack, cpu);
		for (i = 0; i < guard / 8; i++) {
			area[i] = VORW_ARCH_STACK_GUARD_VAL;
			area[size / 8 - 1 - i] = VORW_ARCH_STACK_GUARD_VAL;
		}
	}
	return 0;
}

static enum vorw_reason alloc_parts(struct linker *l)
{
	struct vorw_new_prog *p = l->p;
	u32 i;

	/* no 32-bit JIT compiles calls between functions */
	if (p->h.part_cnt > 1 && !IS_ENABLED(CONFIG_64BIT))
		return vorw_deny(l->job, VORW_R_UNSUPPORTED, 0,
				 "program %s: %u functions", p->h.name,
				 p->h.part_cnt);
	p->parts = kcalloc(p->h.part_cnt, sizeof(*p->parts), GFP_KERNEL);
	if (!p->parts)
		goto no_memory;
	for (i = 0; i < p->h.part_cnt; i++) {
		struct vorw_new_part *part = &p->parts[i];

		vorw_get_part(&l->job->view, p->h.part_first + i, &part->h);
		if (part->h.code_size <= vorw_arch_code_tail)
			return vorw_deny(l->job, VORW_R_RELOC, 0,
					 "program %s: %u bytes of code",
					 p->h.name, part->h.code_size);
		if (HAVE_64BIT &&
		    ((part->h.facts & VORW_PF_PRIV_STACK && !VORW_GEN_PRIV_STACK) ||
		     (part->h.fault_cnt && !VORW_ARCH_EXTABLE)))
			return vorw_deny(l->job, VORW_R_UNSUPPORTED, 0,
					 "program %s: function %u has facts %#x and %u loads that may fault",
					 p->h.name, i, part->h.facts,
					 part->h.fault_cnt);
		if (vorw_image_alloc(&part->image, image_size(part)) ||
		    alloc_stack(part))
			goto no_memory;
	}
	return VORW_R_OK;
no_memory:
	return vorw_deny(l->job, VORW_R_NO_MEMORY, 0, "program %s: its code",
			 p->h.name);
}

static enum vorw_reason link_part(struct linker *l, struct vorw_new_part *part)
{
	u8 *code = section(l->job, VORW_SEC_CODE) + part->h.code_off;
	u32 i, at = vorw_extable_at(part);
	struct vorw_fault_h f;
	enum vorw_reason r;

	l->part = part;
	l->last.kind = 0;	/* its own stack is another */
	r = relocate(l, code, part->h.code_size, part->image.code,
		     part->h.reloc_first, part->h.reloc_cnt);
	if (r)
		return r;
	memcpy(part->image.write, code, part->h.code_size);
	for (i = 0; VORW_ARCH_EXTABLE && i < part->h.fault_cnt; i++) {
		vorw_get_fault(&l->job->view, part->h.fault_first + i, &f);
		vorw_arch_put_fault(part->image.write + at,
				    part->image.code + at, part->image.code,
				    &f);
		at += VORW_ARCH_EXTABLE;
	}
	if (vorw_image_seal(&part->image, image_size(part)))
		return vorw_deny(l->job, VORW_R_NO_MEMORY, 0,
				 "program %s: cannot protect its code",
				 l->p->h.name);
	return VORW_R_OK;
}

static enum vorw_reason link_code(struct linker *l)
{
	enum vorw_reason r = alloc_parts(l);
	u32 i;

	for (i = 0; i < l->p->h.part_cnt && !r; i++)
		r = link_part(l, &l->p->parts[i]);
	return r;
}

static enum vorw_reason link_insns(struct linker *l, struct vorw_new_prog *p)
{
	l->part = NULL;
	return relocate(l, (u8 *)vorw_prog_insns(l->job, p),
			p->h.insn_cnt * sizeof(struct bpf_insn), NULL,
			p->h.insn_reloc_first, p->h.insn_reloc_cnt);
}

/* Flags whose meaning the stand-in knows; the others are for tests. */
#define PROG_FLAGS	(BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | \
			 BPF_F_SLEEPABLE | BPF_F_XDP_HAS_FRAGS)

static enum vorw_reason link_prog(struct linker *l, struct vorw_new_prog *p)
{
	struct bpf_prog *s = l->scratch;
	enum vorw_reason r;

	l->p = p;
	l->last.kind = 0;	/* another type, other helpers and maps */
	l->func_proto = vorw_func_proto_of(p->h.type);
	if (!l->func_proto)
		return vorw_deny(l->job, VORW_R_PROG_TYPE, 0,
				 "program %s: type %u", p->h.name, p->h.type);
	if (p->h.facts & ~vorw_gen_facts_known)
		return vorw_deny(l->job, VORW_R_UNSUPPORTED, 0,
				 "program %s: facts %#x, which %s does not know",
				 p->h.name, p->h.facts & ~vorw_gen_facts_known,
				 VORW_GEN);
	if (p->h.prog_flags & ~PROG_FLAGS)
		return vorw_deny(l->job, VORW_R_UNSUPPORTED, 0,
				 "program %s: flags %#x", p->h.name,
				 p->h.prog_flags & ~PROG_FLAGS);
	s->type = p->h.type;
	s->expected_attach_type = p->h.expected_attach_type;
	s->gpl_compatible = license_is_gpl_compatible(l->job->object.license);
	vorw_gen_sleepable(s) = !!(p->h.prog_flags & BPF_F_SLEEPABLE);
	s->aux->xdp_has_frags = p->h.prog_flags & BPF_F_XDP_HAS_FRAGS;

	if (p->h.form == VORW_FORM_NATIVE) {
		r = vorw_policy_native(l->job, p->h.name, s) ?:
		    link_code(l);
		if (r)
			return r;
	} else if (IS_ENABLED(CONFIG_BPF_JIT_ALWAYS_ON)) {
		return vorw_deny(l->job, VORW_R_POLICY, 0,
				 "program %s: this kernel has no interpreter",
				 p->h.name);
	} else if (!p->h.insn_cnt || p->h.stack_depth > MAX_BPF_STACK) {
		/* bpf_prog_select_func() indexes a table with the depth. */
		return vorw_deny(l->job, VORW_R_LIMIT, 0,
				 "program %s: %u instructions, %u stack bytes",
				 p->h.name, p->h.insn_cnt, p->h.stack_depth);
	}
	return link_insns(l, p);
}

enum vorw_reason vorw_link(struct vorw_job *job)
{
	struct linker l = { .job = job };
	enum vorw_reason r = VORW_R_OK;
	u32 i;

	l.scratch = bpf_prog_alloc(bpf_prog_size(1), GFP_KERNEL);
	if (!l.scratch)
		return vorw_deny(job, VORW_R_NO_MEMORY, 0,
				 "a program to ask about helpers");
	for (i = 0; i < job->prog_cnt && !r; i++) {
		vorw_get_prog(&job->view, i, &job->progs[i].h);
		r = link_prog(&l, &job->progs[i]);
	}
	bpf_prog_free(l.scratch);
	return r;
}

void vorw_link_release(struct vorw_job *job)
{
	struct vorw_new_prog *p;
	u32 i, k;

	for (i = 0; i < job->prog_cnt; i++) {
		p = &job->progs[i];
		for (k = 0; p->parts && k < p->h.part_cnt; k++) {
			vorw_image_free(&p->parts[k].image);
			if (VORW_ARCH_STACK_GUARD)
				free_percpu(p->parts[k].priv_stack);
		}
		kfree(p->parts);
		p->parts = NULL;
	}
}
