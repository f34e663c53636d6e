// SPDX-License-Identifier: GPL-2.0-only
/*
 * seam.c - loads of our own, recognised where bpf_check() is called.
 *
 * What looks there, and sends them to the stand-in, is one of seam_*.c.  A task
 * can be preempted between that and the stand-in's first instruction; the module
 * cannot go away meanwhile, because only loads made inside our own ioctl are
 * redirected and the open file pins the module.
 */

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include "compat.h"
#include "seam.h"

/* Taken where bpf_check() is entered, which is never called under it. */
static DEFINE_RAW_SPINLOCK(ticket_lock);
static LIST_HEAD(tickets);

/* A page of instructions that no verifier knows. */
static struct page *refused_page;

/*
 * attr comes from a register and may be anything: it is compared, never
 * dereferenced.  A BPF_PROG_TYPE_SYSCALL program reaches bpf_check() with a
 * kernel pointer too, but not with this one.
 */
static nokprobe_inline struct vorw_ticket *find_ticket(const void *attr)
{
	struct vorw_ticket *t;

	lockdep_assert_held(&ticket_lock);
	list_for_each_entry(t, &tickets, node)
		if (t->task == current && (const void *)&t->attr == attr)
			return t->used ? NULL : t;
	return NULL;
}

struct vorw_ticket *vorw_seam_use_ticket(const void *attr)
{
	struct vorw_ticket *t;
	unsigned long flags;

	raw_spin_lock_irqsave(&ticket_lock, flags);
	t = find_ticket(attr);
	if (t)
		t->used = true;
	raw_spin_unlock_irqrestore(&ticket_lock, flags);
	return t;
}

bool vorw_seam_ours(const void *attr)
{
	unsigned long flags;
	bool ours;

	raw_spin_lock_irqsave(&ticket_lock, flags);
	ours = find_ticket(attr) != NULL;
	raw_spin_unlock_irqrestore(&ticket_lock, flags);
	return ours;
}
NOKPROBE_SYMBOL(vorw_seam_ours);

/*
 * insn_cnt refused instructions, so that the kernel's own limits see the
 * original count.  One page mapped as often as it takes: a million of them
 * would be 8 MB.
 */
static void *map_refused(u32 insn_cnt)
{
	u32 i, n = DIV_ROUND_UP(insn_cnt * sizeof(struct bpf_insn), PAGE_SIZE);
	struct page **pages;
	void *p;

	pages = kvmalloc_array(n, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < n; i++)
		pages[i] = refused_page;
	p = vmap(pages, n, VM_MAP, PAGE_KERNEL_RO);
	kvfree(pages);
	return p;
}

static int load_with_ticket(struct vorw_ticket *t)
{
	unsigned long flags;
	int fd;

	t->task = current;
	raw_spin_lock_irqsave(&ticket_lock, flags);
	list_add(&t->node, &tickets);
	raw_spin_unlock_irqrestore(&ticket_lock, flags);

	fd = kern_sys_bpf(BPF_PROG_LOAD, &t->attr, sizeof(t->attr));

	raw_spin_lock_irqsave(&ticket_lock, flags);
	list_del(&t->node);
	raw_spin_unlock_irqrestore(&ticket_lock, flags);
	return fd;
}

/* Judge what came back. */
static enum vorw_reason judge(struct vorw_ticket *t, int fd)
{
	struct vorw_job *job = t->job;
	struct vorw_new_prog *p = t->prog;
	struct bpf_prog *prog;

	p->fd = fd < 0 ? -1 : fd;
	/* EINVAL is what the verifier says to the instructions submitted, and
	 * what bpf_prog_load() says to types and flags that it dislikes, in
	 * 6.12 also without memory; the other errors are its alone. */
	if (!t->used && (fd >= 0 || fd == -EINVAL))
		return vorw_deny(job, VORW_R_SEAM, 0,
				 "program %s: BPF_PROG_LOAD says %d before the hook: off (vorw info), no memory, or type or flags refused",
				 p->h.name, fd < 0 ? fd : 0);
	if (fd < 0) {
		p->prog = NULL;		/* if it ever was, it is gone */
		return vorw_deny(job, VORW_R_PROG_LOAD, fd,
				 "program %s: BPF_PROG_LOAD says %d",
				 p->h.name, fd);
	}
	prog = bpf_prog_get_type_dev(fd, p->h.type, false);
	if (!IS_ERR(prog))
		bpf_prog_put(prog);
	if (prog != p->prog)
		return vorw_deny(job, VORW_R_INTERNAL, 0,
				 "program %s: descriptor %d is another's",
				 p->h.name, fd);
	return VORW_R_OK;
}

enum vorw_reason vorw_seam_load(struct vorw_job *job, struct vorw_new_prog *p)
{
	struct vorw_ticket t = { .job = job, .prog = p };
	void *insns = map_refused(p->h.orig_insn_cnt);
	int fd;

	if (!insns)
		return vorw_deny(job, VORW_R_NO_MEMORY, 0,
				 "program %s: %u instructions to submit",
				 p->h.name, p->h.orig_insn_cnt);

	t.attr.prog_type = p->h.type;
	t.attr.expected_attach_type = p->h.expected_attach_type;
	t.attr.prog_flags = p->h.prog_flags;
	t.attr.insn_cnt = p->h.orig_insn_cnt;
	t.attr.insns = (unsigned long)insns;
	t.attr.license = (unsigned long)job->object.license;
	strscpy(t.attr.prog_name, p->h.name, sizeof(t.attr.prog_name));

	fd = load_with_ticket(&t);
	vunmap(insns);
	return judge(&t, fd);
}

int __init vorw_seam_init(void)
{
	struct bpf_insn *insn;
	unsigned int i;
	int err;

	refused_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!refused_page)
		return -ENOMEM;
	/* Not highmem: GFP_KERNEL. */
	insn = page_address(refused_page);
	for (i = 0; i < PAGE_SIZE / sizeof(*insn); i++)
		insn[i].code = 0xff;

	err = vorw_hook_init(vorw_kernel_function("bpf_check"));
	if (err) {
		pr_err("no hook on bpf_check (%d)\n", err);
		__free_page(refused_page);
	}
	return err;
}

void vorw_seam_exit(void)
{
	vorw_hook_exit();
	__free_page(refused_page);
}
