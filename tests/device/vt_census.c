// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vt_census.c - is everything that a test made gone again?
 *
 * Programs lose their ids with their last reference, but their maps later
 * (Linux 6.1, kernel/bpf/): __bpf_prog_put_noref() waits for an RCU grace
 * period, for a sleepable program for an RCU tasks trace grace period, then
 * bpf_prog_free_deferred() on a work queue drops the maps; the inner maps of a
 * map of maps wait for bpf_map_free_deferred() on another.  A tc filter comes
 * before that with a grace period and a work queue of its own.  Nothing bounds
 * these in seconds: grace periods end when each CPU has been through its
 * scheduler, and a CPU of a starved virtual machine gets there when the host
 * lets it.
 *
 * So what is waited for is not time.  An object is made that goes by the
 * longest of these ways, and dropped: when it has gone, what was dropped before
 * it had the same chance.
 */
#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "vt.h"

/* A kernel that does not free even this in so long frees nothing. */
#define STUCK_SECONDS	(240 * VT_SLOW)
/* A work item that sleeps lets later ones pass it, and on a slow kernel sleeps
 * longer than others take: what is left behind stays as it is for so many. */
#define ROUNDS		(4 * VT_SLOW)

static u32 count_ids(int (*next)(u32, u32 *))
{
	u32 id = 0, n = 0;

	while (!next(id, &id))
		n++;
	return n;
}

/* The kernel's own, and its modules': a test may be the first to need one. */
static bool is_kernel_btf(u32 id)
{
	struct bpf_btf_info info = {};
	u32 len = sizeof(info);
	int fd = bpf_btf_get_fd_by_id(id);
	bool kernel = fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
		      info.kernel_btf;

	close(fd);
	return kernel;
}

static u32 count_btfs(void)
{
	u32 id = 0, n = 0;

	while (!bpf_btf_get_next_id(id, &id))
		n += !is_kernel_btf(id);
	return n;
}

void vt_census(struct vt_census *c)
{
	c->progs = count_ids(bpf_prog_get_next_id);
	c->maps = count_ids(bpf_map_get_next_id);
	c->links = count_ids(bpf_link_get_next_id);
	c->btfs = count_btfs();
}

static struct vt_census at_start;

static void __attribute__((constructor)) count_at_start(void)
{
	vt_census(&at_start);
}

static u32 map_id(int fd)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

/* A sleepable program with a map of maps; the id of the inner map, which goes
 * last, or 0.  No descriptor stays. */
static u32 make_marker(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, outer_opts);
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_SLEEPABLE);
	int inner, outer = -1, prog = -1;
	u32 zero = 0, id = 0;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vt_inner", 4, 4, 1, NULL);
	outer_opts.inner_map_fd = inner;
	if (inner >= 0)
		outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "vt_outer",
				       4, 4, 1, &outer_opts);
	if (outer >= 0 && !bpf_map_update_elem(outer, &zero, &inner, 0)) {
		struct bpf_insn insns[] = {
			/* r0 = outer; r0 = 0; exit */
			{ .code = BPF_LD | BPF_DW | BPF_IMM,
			  .src_reg = BPF_PSEUDO_MAP_FD, .imm = outer },
			{ },
			{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
			{ .code = BPF_JMP | BPF_EXIT },
		};

		prog = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "vt_marker", "GPL",
				     insns, 4, &opts);
	}
	if (prog >= 0)
		id = map_id(inner);
	else
		vt_say("no marker: %s", strerror(errno));
	close(prog);
	close(outer);
	close(inner);
	return id;
}

/* Make a marker, drop it, wait until it is gone. */
static bool pass(void)
{
	time_t start = time(NULL);
	u32 id = make_marker();
	int fd;

	if (!id)
		return false;
	while ((fd = bpf_map_get_fd_by_id(id)) >= 0) {
		close(fd);
		if (time(NULL) - start > STUCK_SECONDS) {
			vt_say("this kernel has freed nothing for %d s",
			       STUCK_SECONDS);
			return false;
		}
		usleep(20 * 1000);
	}
	if (time(NULL) - start > 5)
		vt_say("the kernel took %d s to free what nobody held",
		       (int)(time(NULL) - start));
	return true;
}

/* RCU callbacks and work items wait in a queue of each CPU. */
static bool pass_on_each_cpu(void)
{
	cpu_set_t all, one;
	bool passed = true;

	if (sched_getaffinity(0, sizeof(all), &all))
		return pass();
	for (int cpu = 0; cpu < CPU_SETSIZE && passed; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		passed = pass();
	}
	sched_setaffinity(0, sizeof(all), &all);
	return passed;
}

static bool same(const struct vt_census *want, struct vt_census *now)
{
	vt_census(now);
	return !memcmp(now, want, sizeof(*now));
}

bool vt_census_back(const struct vt_census *want)
{
	struct vt_census now, last;

	if (same(want, &now))
		return true;
	for (int unchanged = 0; unchanged < ROUNDS; unchanged++) {
		last = now;
		if (!pass_on_each_cpu())
			break;
		if (same(want, &now))
			return true;
		if (memcmp(&last, &now, sizeof(now)))
			unchanged = -1;
	}
	vt_say("left behind: %d programs, %d maps, %d links, %d BTFs",
	       (int)(now.progs - want->progs), (int)(now.maps - want->maps),
	       (int)(now.links - want->links), (int)(now.btfs - want->btfs));
	return false;
}

int vt_start(const char *name, struct vt_census *c)
{
	if (vt_pinned(name)) {
		const char *argv[] = { "vorw", "unload", name, NULL };

		vt_run(argv);
	}
	/* Not so only behind a test that failed and left something. */
	if (vt_census_back(&at_start))
		*c = at_start;
	else
		vt_census(c);
	return 0;
}
