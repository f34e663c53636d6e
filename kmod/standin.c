// SPDX-License-Identifier: GPL-2.0-only
/*
 * standin.c - what bpf_check() leaves behind in a program.
 *
 * Ownership: whatever is stored in prog->aux belongs to the program at once,
 * and __bpf_prog_put_noref() frees it when we return an error.  Whatever is
 * not stored yet is still ours.  Nothing is ever in both states, and no
 * reference is taken on the program itself: that path ignores the count.
 *
 * Not here, because the blob holds none of it: BTF, line and function info,
 * trampolines, kfuncs.  Functions as separate programs are in
 * standin_parts.c; the interpreter takes subprograms within one instruction
 * array.  Poke descriptors are in poke.c, for the one JIT that has
 * bpf_arch_text_poke(): only it ever marks one stable, so for the others
 * prog_array_map_poke_run() skips them all.
 */

#include <linux/bpf-cgroup.h>
#include <linux/slab.h>
#include "arch.h"
#include "compat.h"
#include "seam.h"

static int refuse(struct vorw_ticket *t, enum vorw_reason reason, int err,
		  const char *what)
{
	vorw_deny(t->job, reason, err, "program %s: %s", t->prog->h.name,
		  what);
	return err;
}

static enum vorw_reason failed(int err)
{
	return err == -ENOMEM ? VORW_R_NO_MEMORY : VORW_R_PROG_LOAD;
}

/* *pp was allocated for the original count, the rewritten ones can be more. */
static int grow(struct bpf_prog **pp, u32 insn_cnt)
{
	struct bpf_prog *prog;

	prog = vorw_kernel(bpf_prog_realloc)(*pp, bpf_prog_size(insn_cnt),
					     GFP_USER);
	if (!prog)
		return -ENOMEM;
	*pp = prog;
	return 0;
}

/*
 * Replace the refused instructions.  A native program whose blob carries no
 * instructions shows "r0 = 0; exit" to those who look.
 */
static int put_insns(struct bpf_prog **pp, const struct vorw_ticket *t)
{
	static const struct bpf_insn nothing[] = {
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	const struct bpf_insn *insns = vorw_prog_insns(t->job, t->prog);
	u32 cnt = t->prog->h.insn_cnt;

	if (!insns) {
		insns = nothing;
		cnt = ARRAY_SIZE(nothing);
	}
	if (grow(pp, cnt))
		return -ENOMEM;
	memcpy((*pp)->insnsi, insns, cnt * sizeof(*insns));
	if ((*pp)->len > cnt)
		memset((*pp)->insnsi + cnt, 0,
		       ((*pp)->len - cnt) * sizeof(*insns));
	(*pp)->len = cnt;
	return 0;
}

/* bpf_cgroup_storage_assign() of kernel/bpf/local_storage.c; used_maps holds
 * the reference. */
static int assign_cgroup_storage(struct bpf_prog_aux *aux, struct bpf_map *map)
{
#ifdef CONFIG_CGROUP_BPF
	enum bpf_cgroup_storage_type type;

	if (map->map_type != BPF_MAP_TYPE_CGROUP_STORAGE &&
	    map->map_type != BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE)
		return 0;
	type = cgroup_storage_type(map);
	if (aux->cgroup_storage[type] && aux->cgroup_storage[type] != map)
		return -EBUSY;
	aux->cgroup_storage[type] = map;
#endif
	return 0;
}

/*
 * The maps of the program.  Contents that the verifier folded into the code
 * have to be settled, so look here again.
 */
static int put_used_maps(struct bpf_prog_aux *aux, struct vorw_ticket *t)
{
	const struct vorw_prog_h *h = &t->prog->h;
	u32 i, idx;

	if (!h->used_map_cnt)
		return 0;
	aux->used_maps = kmalloc_array(h->used_map_cnt,
				       sizeof(*aux->used_maps), GFP_KERNEL);
	if (!aux->used_maps)
		return refuse(t, VORW_R_NO_MEMORY, -ENOMEM, "used_maps");

	for (i = 0; i < h->used_map_cnt; i++) {
		const struct vorw_new_map *m;

		idx = vorw_get_used_map(&t->job->view, h->used_map_first + i);
		m = &t->job->maps[idx];
		vorw_gen_use_map(aux->prog, m->map);
		aux->used_maps[i] = m->map;
		aux->used_map_cnt = i + 1;
		if (m->h.flags & VORW_MAP_FROZEN &&
		    vorw_map_check_frozen(t->job, m))
			return -EINVAL;
		if (assign_cgroup_storage(aux, m->map))
			return refuse(t, VORW_R_MAP_MISMATCH, -EBUSY,
				      "two cgroup storages of one type");
	}
	return 0;
}

/* The flag and the reference go together: free drops one per flag. */
static int put_callchain(struct bpf_prog *prog, struct vorw_ticket *t)
{
	int err;

	if (!(t->prog->h.facts & VORW_F_HAS_CALLCHAIN_BUF))
		return 0;
	err = vorw_get_callchain_buffers();
	if (err)
		return refuse(t, VORW_R_NO_MEMORY, err, "callchain buffers");
	prog->has_callchain_buf = 1;
	return 0;
}

/* Cannot fail. */
static void put_facts(struct bpf_prog *prog, const struct vorw_prog_h *h)
{
	struct bpf_prog_aux *aux = prog->aux;

	memcpy(prog->tag, h->tag, sizeof(prog->tag));
	vorw_gen_put_facts(prog, h->facts);
	aux->stack_depth = h->stack_depth;
	aux->max_ctx_offset = h->max_ctx_offset;
	aux->max_pkt_offset = h->max_pkt_offset;
	aux->max_tp_access = h->max_tp_access;
	aux->max_rdonly_access = h->max_rdonly_access;
	aux->max_rdwr_access = h->max_rdwr_access;
	aux->verified_insns = h->verified_insns;
}

void vorw_own_code(struct bpf_prog *prog, struct vorw_new_part *part)
{
	prog->bpf_func = (void *)part->image.code;
	prog->jited_len = part->h.code_size - vorw_arch_code_tail;
	prog->jited = 1;
	/* bpf_jit_free() finds it by bpf_func */
	part->image.hdr = NULL;
	if (VORW_ARCH_EXTABLE) {
		prog->aux->extable = (void *)(part->image.code +
					      vorw_extable_at(part));
		prog->aux->num_exentries = part->h.fault_cnt;
	}
	if (VORW_GEN_PRIV_STACK) {
		vorw_gen_set_priv_stack(prog->aux, (__force unsigned long)
						   part->priv_stack);
		part->priv_stack = NULL;
	}
}

/* Hand over the code, or leave bpf_func to bpf_prog_select_runtime(). */
static int put_code(struct bpf_prog *prog, struct vorw_new_prog *p)
{
	if (p->h.form != VORW_FORM_NATIVE) {
		/* As fixup_call_args() when the JIT cannot: interpret. */
		prog->jit_requested = 0;
		prog->blinding_requested = 0;
		return 0;
	}
	prog->jit_requested = 1;
	if (p->h.part_cnt > 1)
		return vorw_put_parts(prog, p);
	vorw_own_code(prog, &p->parts[0]);
	return 0;
}

static int install(struct bpf_prog **pp, struct vorw_ticket *t)
{
	struct vorw_new_prog *p = t->prog;
	struct bpf_prog *prog;
	int err;

	/* vorw_link() asked too; the settings can change under us. */
	if (p->h.form == VORW_FORM_NATIVE &&
	    vorw_policy_native(t->job, p->h.name, *pp))
		return -EPERM;
	if (put_insns(pp, t))
		return refuse(t, VORW_R_NO_MEMORY, -ENOMEM, "instructions");

	prog = *pp;
	err = put_used_maps(prog->aux, t);
	if (err)
		return err;
	err = put_callchain(prog, t);
	if (err)
		return err;
	put_facts(prog, &p->h);
	err = put_code(prog, p);
	if (err)
		return refuse(t, failed(err), err, "functions");
	err = vorw_put_pokes(prog, t->job, p);
	if (err)
		return refuse(t, failed(err), err, "tail calls");
	err = vorw_gen_finish(pp);
	if (err)
		return refuse(t, VORW_R_PROG_LOAD, err, "selecting its runtime");
	p->prog = *pp;
	return 0;
}

VORW_GEN_BPF_CHECK(vorw_standin)
{
	struct vorw_ticket *t = vorw_seam_use_ticket(uattr.kernel);

	/* The probe handler found it a moment ago, in this task. */
	if (WARN_ON_ONCE(!t))
		return -EINVAL;
	return install(pp, t);
}
