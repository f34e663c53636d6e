// SPDX-License-Identifier: GPL-2.0-only
/*
 * poke.c - tail calls that the kernel keeps patched.
 *
 * A JIT that makes them (x86-64) writes the places into the program's
 * descriptors, and patches code whose slot is filled.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "capture.h"
#include "capture_int.h"
#include "compat.h"

/*
 * The live program's descriptors must not be written to.  A reason that the
 * kernel does not know keeps the clone from being patched; nobody else looks
 * at it, because the maps do not know the clone.  It goes with the clone.
 */
int clone_pokes(struct bpf_prog *clone, const struct bpf_prog *from)
{
	u32 i, n = from->aux->size_poke_tab;
	struct bpf_jit_poke_descriptor *tab;

	if (!n)
		return 0;
	tab = kmemdup(from->aux->poke_tab, n * sizeof(*tab), GFP_KERNEL);
	if (!tab)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		tab[i].reason = U16_MAX;
		tab[i].aux = clone->aux;
		tab[i].tailcall_target_stable = false;
	}
	clone->aux->poke_tab = tab;
	clone->aux->size_poke_tab = n;
	return 0;
}

int cap_pokes(void __user *arg)
{
	const struct bpf_prog_aux *aux;
	struct cap_poke __user *to;
	struct cap_pokes q;
	struct bpf_prog *prog;
	u32 i, room;
	int err = 0;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	prog = ksym(bpf_prog_get)(q.fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	aux = prog->aux;
	to = (struct cap_poke __user *)(unsigned long)q.pokes;
	room = q.cnt;
	q.cnt = aux->size_poke_tab;
	for (i = 0; i < q.cnt && i < room && !err; i++) {
		struct cap_poke p = {
			.map = (unsigned long)aux->poke_tab[i].tail_call.map,
			.key = aux->poke_tab[i].tail_call.key,
		};

		if (copy_to_user(&to[i], &p, sizeof(p)))
			err = -EFAULT;
	}
	if (!err && q.cnt > room)
		err = -ENOSPC;
	if (copy_to_user(arg, &q, sizeof(q)))
		err = -EFAULT;
	bpf_prog_put(prog);
	return err;
}
