// SPDX-License-Identifier: GPL-2.0-only
/*
 * standin_parts.c - what jit_subprogs() of kernel/bpf/verifier.c leaves behind
 * in a program of several natively compiled functions, without what only the
 * JIT or BTF needs.
 *
 * Each function is a program of its own in aux->func[], without an id.  The
 * main program's code is that of func[0], which alone owns it.  Once the array
 * is in aux, the kernel frees all of it with the program.
 */

#include <linux/slab.h>
#include "arch.h"
#include "compat.h"
#include "seam.h"

#ifdef CONFIG_64BIT

static void free_parts(struct bpf_prog **func, u32 cnt)
{
	u32 i;

	for (i = 0; i < cnt && func[i]; i++)
		bpf_prog_free(func[i]);
	kfree(func);
}

/* Who looks at its instructions finds "exit": the blob has none. */
static struct bpf_prog *make_part(const struct bpf_prog *prog, u32 index,
				  const struct vorw_part_h *h)
{
	struct bpf_prog *part;

	part = vorw_kernel(bpf_prog_alloc_no_stats)(bpf_prog_size(1),
						    GFP_USER);
	if (!part)
		return NULL;
	part->insnsi[0] = BPF_EXIT_INSN();
	part->len = 1;
	part->type = prog->type;
	memcpy(part->tag, h->tag, sizeof(part->tag));
	part->is_func = 1;
	part->jit_requested = 1;
	part->aux->func_idx = index;
	part->aux->name[0] = 'F';
	part->aux->stack_depth = h->stack_depth;
	part->aux->tail_call_reachable =
		!!(h->facts & VORW_PF_TAIL_CALL_REACHABLE);
	vorw_gen_part(part, prog);
	return part;
}

int vorw_put_parts(struct bpf_prog *prog, struct vorw_new_prog *p)
{
	u32 i, cnt = p->h.part_cnt;
	struct bpf_prog **func;

	func = kcalloc(cnt, sizeof(*func), GFP_KERNEL);
	if (!func)
		return -ENOMEM;
	for (i = 0; i < cnt; i++) {
		func[i] = make_part(prog, i, &p->parts[i].h);
		if (!func[i]) {
			free_parts(func, cnt);
			return -ENOMEM;
		}
	}
	for (i = 0; i < cnt; i++) {
		vorw_own_code(func[i], &p->parts[i]);
		func[i]->aux->func = func;
		func[i]->aux->func_cnt = cnt;
	}
	/* the main program gets its symbol from bpf_prog_load() */
	for (i = 1; i < cnt; i++)
		vorw_kernel(bpf_prog_kallsyms_add)(func[i]);

	prog->bpf_func = func[0]->bpf_func;
	prog->jited_len = func[0]->jited_len;
	prog->jited = 1;
	if (VORW_ARCH_EXTABLE) {
		prog->aux->extable = func[0]->aux->extable;
		prog->aux->num_exentries = func[0]->aux->num_exentries;
	}
	prog->aux->func = func;
	vorw_gen_func_cnt(prog, cnt);
	return 0;
}

#else
int vorw_put_parts(struct bpf_prog *prog, struct vorw_new_prog *p)
{
	return -EOPNOTSUPP;
}
#endif
