/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seam.h - sitting in the verifier's chair.
 *
 * bpf_prog_load() calls bpf_check() once.  For loads that this module starts
 * itself, and for no other, the seam makes that call vorw_standin() instead.
 *
 * It fails closed.  What is submitted is an instruction that the verifier does
 * not know, so without the seam the load is refused; and a load counts only
 * when its ticket was used.
 */
#ifndef VORW_SEAM_H
#define VORW_SEAM_H

#include <linux/list.h>
#include <linux/sched.h>
#include "load.h"

/* One BPF_PROG_LOAD under way.  Lives on the stack of vorw_seam_load(). */
struct vorw_ticket {
	struct list_head node;
	struct task_struct *task;
	union bpf_attr attr;	/* its address is what identifies the load */
	struct vorw_job *job;
	struct vorw_new_prog *prog;	/* to install */
	bool used;		/* vorw_standin() was reached, once */
};

/* seam_*.c: bpf_check() is at this address, 0: nowhere.  Until the hook's exit
 * it is asked for each call of bpf_check() whether the load is ours. */
int vorw_hook_init(unsigned long bpf_check_addr);
void vorw_hook_exit(void);
bool vorw_seam_ours(const void *attr);

int vorw_seam_init(void);
void vorw_seam_exit(void);
u32 vorw_seam_kind(void);	/* VORW_SEAM_* */

/*
 * Load one linked program through bpf(BPF_PROG_LOAD).  On VORW_R_OK p->fd and
 * p->prog are set and the program has its id; else nothing of it remains.
 */
enum vorw_reason vorw_seam_load(struct vorw_job *job, struct vorw_new_prog *p);

/* The caller's live, unused ticket for this attr address; marks it used. */
struct vorw_ticket *vorw_seam_use_ticket(const void *attr);

/* standin.c; the type is the verifier's own */
typeof(bpf_check) vorw_standin;

/* standin.c: the part's code, with all that goes with it, is prog's. */
void vorw_own_code(struct bpf_prog *prog, struct vorw_new_part *part);

/* standin_parts.c: install natively compiled functions, more than one.  After
 * an error nothing is installed. */
int __must_check vorw_put_parts(struct bpf_prog *prog,
				struct vorw_new_prog *p);

#endif /* VORW_SEAM_H */
