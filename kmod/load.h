/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load.h - one load of one blob: its state and the steps that it takes.
 *
 * The steps run in this order, each only after the one before succeeded:
 * copy, locate, signature, parse, binding, maps, link, seam, descriptors.
 * A step refuses by returning vorw_deny(); what it had built so far stays in
 * the job and goes with vorw_*_release(), which take any half-built state.
 *
 * bpf() works on descriptor numbers, and hands some of our memory to whatever
 * a number names.  So a load is only done for a task whose descriptor table
 * nobody shares: then no number changes under us, because only the task itself
 * could share the table, and it is here.
 */
#ifndef VORW_LOAD_H
#define VORW_LOAD_H

#include <linux/bpf.h>
#include <linux/filter.h>
#include "image.h"
#include "vorw_parse.h"
#include "uapi/vorw.h"

struct vorw_new_map {
	struct vorw_map_h h;
	int fd;			/* -1: none */
	struct bpf_map *map;	/* holds a reference */
};

struct vorw_new_part {
	struct vorw_part_h h;
	/* Linked and write-protected native code.  Empty once the program
	 * owns it. */
	struct vorw_image image;
	/* Its own stack; NULL: none, or the program's now. */
	void __percpu *priv_stack;
};

/* Where its exception table is, if it has one: bytes from the code's start. */
static inline u32 vorw_extable_at(const struct vorw_new_part *part)
{
	return ALIGN(part->h.code_size, sizeof(int));
}

struct vorw_new_prog {
	struct vorw_prog_h h;
	int fd;			/* -1: none */
	struct bpf_prog *prog;	/* kept alive by fd */
	/* h.part_cnt of them, the main function first; NULL: bytecode */
	struct vorw_new_part *parts;
};

struct vorw_job {
	u8 *blob;		/* the one copy; linked in place */
	u32 size;
	struct vorw_parts parts;
	struct vorw_view view;
	struct vorw_object_h object;
	struct vorw_new_map *maps;
	struct vorw_new_prog *progs;
	u32 map_cnt, prog_cnt;
	int btf_fd;		/* -1: none */

	enum vorw_reason reason;
	int err;		/* negative errno that goes with reason */
	char detail[VORW_DETAIL_LEN];
};

/*
 * Record why the load is refused; the first call wins.  err is what the kernel
 * said, or 0 for the errno that usually goes with the reason.  Returns reason.
 */
enum vorw_reason __printf(4, 5) __cold
vorw_deny(struct vorw_job *job, enum vorw_reason reason, int err,
	  const char *fmt, ...);

/* In loops that a blob makes long: let others run, refuse when killed. */
enum vorw_reason vorw_breathe(struct vorw_job *job);

/* ioctl.c */
long vorw_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* sig.c */
int vorw_sig_init(void);
void vorw_sig_exit(void);
u32 vorw_sig_count(void);
enum vorw_reason vorw_sig_check(struct vorw_job *job);

/* binding.c */
int vorw_binding_init(void);
void vorw_binding_info(struct vorw_info *info);
enum vorw_reason vorw_binding_check(struct vorw_job *job);
bool vorw_caller_may_load(void);

/* policy.c */
int vorw_policy_init(void);
void vorw_policy_exit(void);
/* May native code be installed now?  fresh: a program that bpf_prog_alloc()
 * made for this caller, with the settings of the JIT in it. */
enum vorw_reason vorw_policy_native(struct vorw_job *job, const char *name,
				    const struct bpf_prog *fresh);

/* maps.c */
enum vorw_reason vorw_maps_create(struct vorw_job *job);
enum vorw_reason vorw_maps_fill_progs(struct vorw_job *job);
/* Is a map of one value frozen for everybody, with the blob's contents? */
enum vorw_reason vorw_map_check_frozen(struct vorw_job *job,
				       const struct vorw_new_map *m);
void vorw_maps_release(struct vorw_job *job, bool keep);

/* link.c */
enum vorw_reason vorw_link(struct vorw_job *job);
struct bpf_insn *vorw_prog_insns(const struct vorw_job *job,
				 const struct vorw_new_prog *p);
void vorw_link_release(struct vorw_job *job);

/* poke.c: last, on a program that owns its code and holds its maps. */
#ifdef CONFIG_X86_64
int __must_check vorw_put_pokes(struct bpf_prog *prog,
				const struct vorw_job *job,
				const struct vorw_new_prog *p);
#else
static inline int __must_check
vorw_put_pokes(struct bpf_prog *prog, const struct vorw_job *job,
	       const struct vorw_new_prog *p)
{
	return 0;	/* the parser knows none for other machines */
}
#endif

#endif /* VORW_LOAD_H */
