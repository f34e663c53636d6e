// SPDX-License-Identifier: GPL-2.0-only
/*
 * poke.c - tail calls that the kernel keeps patched (x86-64).
 *
 * A map of programs knows who calls its slots directly, and changes their code
 * when a slot changes: prog_array_map_poke_run() in kernel/bpf/arraymap.c.  As
 * do_misc_fixups() and bpf_tail_call_direct_fixup(): the map first, then what
 * is in the slot already.
 *
 * The code, the table and the maps belong to the program by now: when the load
 * fails, __bpf_free_used_maps() takes it from the maps' lists before anything
 * is freed.
 */

#include <linux/bpf.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "compat.h"
#include "load.h"

static void fill_poke(struct bpf_jit_poke_descriptor *poke,
		      const struct bpf_prog *prog,
		      const struct vorw_poke_h *h, struct bpf_map *map)
{
	struct bpf_prog_aux *aux = prog->aux;
	u8 *code;

	if (aux->func_cnt) {
		poke->aux = aux->func[h->part]->aux;
		code = (u8 *)aux->func[h->part]->bpf_func;
	} else {
		code = (u8 *)prog->bpf_func;
	}
	poke->tailcall_bypass = code + h->bypass;
	poke->tailcall_target = code + h->target;
	poke->bypass_addr = code + h->target + VORW_POKE_SIZE;
	poke->adj_off = h->adj_off;
	poke->reason = BPF_POKE_REASON_TAIL_CALL;
	poke->tail_call.map = map;
	poke->tail_call.key = h->key;
}

/* As bpf_tail_call_direct_fixup() of arch/x86/net/bpf_jit_comp.c */
static void settle(struct bpf_jit_poke_descriptor *poke)
{
	struct bpf_array *array = container_of(poke->tail_call.map,
					       struct bpf_array, map);
	struct bpf_prog *target;

	mutex_lock(&array->aux->poke_mutex);
	target = array->ptrs[poke->tail_call.key];
	if (target)
		vorw_kernel(bpf_arch_poke_desc_update)(poke, target, NULL);
	WRITE_ONCE(poke->tailcall_target_stable, true);
	mutex_unlock(&array->aux->poke_mutex);
}

int vorw_put_pokes(struct bpf_prog *prog, const struct vorw_job *job,
		   const struct vorw_new_prog *p)
{
	struct bpf_jit_poke_descriptor *tab;
	struct bpf_prog_aux *aux = prog->aux;
	u32 i, n = p->h.poke_cnt;
	struct vorw_poke_h h;
	struct bpf_map *map;
	int err;

	if (!n)
		return 0;
	tab = kcalloc(n, sizeof(*tab), GFP_KERNEL);
	if (!tab)
		return -ENOMEM;
	aux->poke_tab = tab;
	aux->size_poke_tab = n;
	for (i = 0; i < aux->func_cnt; i++) {
		aux->func[i]->aux->poke_tab = tab;
		aux->func[i]->aux->size_poke_tab = n;
	}
	for (i = 0; i < n; i++) {
		vorw_get_poke(&job->view, p->h.poke_first + i, &h);
		map = job->maps[h.map].map;
		fill_poke(&tab[i], prog, &h, map);
		if (!map->ops->map_poke_track || !map->ops->map_poke_untrack ||
		    !map->ops->map_poke_run)
			return -EINVAL;
		err = map->ops->map_poke_track(map, aux);
		if (err)
			return err;
	}
	for (i = 0; i < n; i++)
		settle(&tab[i]);
	return 0;
}
