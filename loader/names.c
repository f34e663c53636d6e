// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* names.c - the kernel's names of program and map types. */
#include <linux/bpf.h>
#include "names.h"
#include "out.h"

/* One string for all of them: a table of pointers would double the size. */
static const char prog_types[] =
	"unspec\0socket_filter\0kprobe\0sched_cls\0sched_act\0tracepoint\0"
	"xdp\0perf_event\0cgroup_skb\0cgroup_sock\0lwt_in\0lwt_out\0lwt_xmit\0"
	"sock_ops\0sk_skb\0cgroup_device\0sk_msg\0raw_tracepoint\0"
	"cgroup_sock_addr\0lwt_seg6local\0lirc_mode2\0sk_reuseport\0"
	"flow_dissector\0cgroup_sysctl\0raw_tracepoint_writable\0"
	"cgroup_sockopt\0tracing\0struct_ops\0ext\0lsm\0sk_lookup\0syscall\0";

static const char map_types[] =
	"unspec\0hash\0array\0prog_array\0perf_event_array\0percpu_hash\0"
	"percpu_array\0stack_trace\0cgroup_array\0lru_hash\0lru_percpu_hash\0"
	"lpm_trie\0array_of_maps\0hash_of_maps\0devmap\0sockmap\0cpumap\0"
	"xskmap\0sockhash\0cgroup_storage\0reuseport_sockarray\0"
	"percpu_cgroup_storage\0queue\0stack\0sk_storage\0devmap_hash\0"
	"struct_ops\0ringbuf\0inode_storage\0task_storage\0bloom_filter\0"
	"user_ringbuf\0cgrp_storage\0";

static const char *nth(const char *list, u32 n)
{
	static char unknown[20];
	u32 i;

	for (i = 0; i < n && *list; i++)
		list += strlen(list) + 1;
	if (*list)
		return list;
	fmt_str(unknown, sizeof(unknown), "type %u", n);
	return unknown;
}

const char *prog_type_name(u32 type)
{
	return nth(prog_types, type);
}

const char *map_type_name(u32 type)
{
	return nth(map_types, type);
}
