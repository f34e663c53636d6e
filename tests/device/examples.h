/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * examples.h - the programs that must work the same from a blob as natively.
 */
#ifndef EXAMPLES_H
#define EXAMPLES_H

#include "vt.h"

struct example {
	const char *name;
	/* Needs the pair of interfaces "va", "vb". */
	bool veth;
	/* Probes the entry of a function, which the kernel does not allow when
	 * ENTRY_PROBES is empty in the environment. */
	bool entry_probes;
	/* "--attach" words of vorw load; none: the run attaches by itself. */
	const char *attach[4];
	/* The same with libbpf. */
	int (*attach_native)(struct vt_obj *o);
	/* Before anything is attached: BPF_PROG_TEST_RUN, where there is one. */
	int (*test_run)(struct vt_obj *o, FILE *out);
	/* Make traffic or events, write down what the program saw. */
	int (*run)(struct vt_obj *o, FILE *out);
	/* What run must have written, so that nothing is not a result. */
	const char *must[6];
};

/* ex_net.c */
extern const struct example ex_sockcount, ex_xdp_deny, ex_tc_mark,
	ex_cgroup_count, ex_tailcall, ex_maps, ex_wide, ex_callback;
/* ex_trace.c */
extern const struct example ex_kprobe_open, ex_tp_exec, ex_rawtp_syscalls,
	ex_perf_stacks, ex_globals;

/* BPF_PROG_TEST_RUN of a packet program with packets of all kinds. */
void ex_packets(struct vt_obj *o, const char *prog, FILE *out);

#define VT_CGROUP	"/sys/fs/cgroup/vt"

#endif /* EXAMPLES_H */
