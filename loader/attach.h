/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach.h - attaching programs so that they stay attached.
 *
 * A link is pinned under links/ with a record "link_PIN" beside it; a tc
 * filter, which is no BPF object, has a record "tc_N".  Whatever was attached
 * when a step fails is undone by undo().
 */
#ifndef LOADER_ATTACH_H
#define LOADER_ATTACH_H

#include <linux/bpf.h>
#include "place.h"
#include "vorw_parse.h"

struct attachment {
	struct place *place;
	const char *root;		/* that place is in */
	int prog_fd;
	u32 prog_id;
	u8 prog_tag[BPF_TAG_SIZE];	/* as the kernel has it */
	const struct vorw_prog_h *prog;
	const char *pin;		/* the program's name under progs/ */
	const char *target;		/* from the section or the user */
};

/* Attach one program to one target.  VORW_R_ATTACH, VORW_R_USAGE. */
bool attach(const struct attachment *a, struct err *e);

/* Does the section of this program say all that is needed? */
bool attach_has_target(const struct vorw_prog_h *prog);
/* "kprobe", "xdp", … */
const char *attach_kind_name(const struct vorw_prog_h *prog);
/* What to write behind "--attach PROG=", NULL when nothing can be. */
const char *attach_syntax(const struct vorw_prog_h *prog);
/* Why it cannot stay attached, when attach_syntax() is NULL. */
const char *attach_why_not(const struct vorw_prog_h *prog);

/* Detach, unpin and remove all of a loaded object. */
bool undo(struct place *pl, struct err *e);

/* For the parts of attach(): pin link_fd (closed in any case; negative is an
 * error of what was tried) and record it. */
bool attach_keep(const struct attachment *a, int link_fd, const char *suffix,
		 const char *target, struct err *e);
bool attach_failed(const struct attachment *a, int err, const char *what,
		   struct err *e);

bool attach_kprobe(const struct attachment *a, struct err *e);
bool attach_tracepoint(const struct attachment *a, struct err *e);
bool attach_raw_tp(const struct attachment *a, struct err *e);
bool attach_perf_event(const struct attachment *a, struct err *e);
bool attach_xdp(const struct attachment *a, struct err *e);
bool attach_cgroup(const struct attachment *a, struct err *e);
bool attach_tc(const struct attachment *a, struct err *e);

/* Link a perf event to the program; closes perf_fd.  Returns a link or
 * -errno.  A BPF program behind it is enough: the event itself is enabled. */
int perf_link(int prog_fd, int perf_fd);

/* How the names of the filters' records begin, in the directory of records. */
#define TC_RECORDS	"tc_"

/* tc filters: undo all of a load, and is the recorded one still there? */
bool tc_undo(struct place *pl, struct err *e);
bool tc_present(const struct record *r);

/* Split "TARGET:word" when word is one of the list (NULL-terminated); returns
 * its index or -1, target gets the rest. */
int attach_option(const char *spec, const char *const *words, char *target,
		  size_t size);
/* The same for "IFACE[:word]", and no other word: the kernel's lookup drops
 * what follows a ':', so that a typo would go unseen.  VORW_R_USAGE. */
bool attach_iface(const struct attachment *a, const char *const *words,
		  char *iface, size_t size, int *word, struct err *e);

#endif
