// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach-targets - places that the kernel has, and places it has not. */
#include "vorw_example.h"

#define PROGRAM(section, name)			\
	SEC(section) int name(void *ctx) { return 0; }

PROGRAM("kprobe/do_sys_openat2", has_kprobe)
PROGRAM("kprobe/do_sys_openat2+4", has_offset)
PROGRAM("kretprobe/do_sys_openat2", has_kretprobe)
PROGRAM("ksyscall/openat", has_ksyscall)
PROGRAM("tp/sched/sched_switch", has_tp)
PROGRAM("raw_tp/sched_switch", has_raw_tp)
PROGRAM("kprobe", names_none)
PROGRAM("kprobe/do_frobnicate", no_kprobe)
PROGRAM("kprobe/do_sys_openat", no_longer_name)
PROGRAM("kretprobe/do_frobnicate+8", no_kretprobe)
PROGRAM("ksyscall/frobnicate", no_ksyscall)
PROGRAM("tp/sched/frobnicate", no_tp)
PROGRAM("tp/sched", no_category)
PROGRAM("raw_tp/frobnicate", no_raw_tp)
PROGRAM("uprobe", in_user_space)
SEC("xdp") int no_name(struct xdp_md *ctx) { return XDP_PASS; }

char _license[] SEC("license") = "GPL";
