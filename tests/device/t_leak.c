// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_leak.c - many loads leave as much memory as few.
 *
 * Memory is counted where a load takes it: kmalloc slabs, vmalloc areas,
 * per-CPU memory, ids.  After a warm-up the same counts have to come back.  A
 * slab that a CPU is allocating from counts as full, so each cache may show a
 * slab more for each CPU; beyond that, less than one object in four loads.
 * LEAK_ROUNDS in the environment: how many rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "examples.h"
#include "resigned.h"
#include "vt_ioctl.h"
#include "kselftest_harness.h"

#define MAX_SLABS	512	/* RANDOM_KMALLOC_CACHES: 16 of each size */

struct memory {
	long slab, percpu;	/* bytes */
	struct {
		char name[24];
		long active, size;
	} slabs[MAX_SLABS];
	u32 nslabs;
	long areas;		/* of vmalloc */
	long symbols;		/* of BPF programs, in kallsyms */
	struct vt_census ids;
};

static struct vt_load load;

static long rounds(long fallback)
{
	const char *s = getenv("LEAK_ROUNDS");

	return s && atol(s) > 0 ? atol(s) : fallback;
}

/* Call f for each line of a file. */
static void lines(const char *path, void (*f)(const char *line,
					      struct memory *m),
		  struct memory *m)
{
	FILE *in = fopen(path, "r");
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		f(line, m);
	if (in)
		fclose(in);
	else
		vt_say("%s: %s", path, strerror(errno));
}

static void slab(const char *line, struct memory *m)
{
	long active, total, size;

	if (!strncmp(line, "kmalloc-", 8) &&
	    strncmp(line, "kmalloc-rcl", 11) &&
	    sscanf(line, "%*s %ld %ld %ld", &active, &total, &size) == 3 &&
	    m->nslabs < MAX_SLABS) {
		m->slab += active * size;
		sscanf(line, "%23s", m->slabs[m->nslabs].name);
		m->slabs[m->nslabs].active = active;
		m->slabs[m->nslabs++].size = size;
	}
}

/* What is free and waits to be unmapped with others is listed, too
 * (mm/vmalloc.c show_purge_info()). */
static void area(const char *line, struct memory *m)
{
	m->areas += strstr(line, "unpurged vm_area") == NULL;
}

static void symbol(const char *line, struct memory *m)
{
	m->symbols += strstr(line, "\t[bpf]") != NULL;
}

static void meminfo(const char *line, struct memory *m)
{
	long kb;

	if (sscanf(line, "Percpu: %ld kB", &kb) == 1)
		m->percpu = kb * 1024;
}

/* Objects of a page on each of 2 CPUs; no less than of 64 bytes. */
static long slab_noise(long size)
{
	return 2 * 4096 / (size > 0 && size < 64 ? size : 64);
}

static struct memory count(void)
{
	struct memory m = {};

	vt_shrink_slabs();
	vt_census(&m.ids);
	lines("/proc/slabinfo", slab, &m);
	lines("/proc/vmallocinfo", area, &m);
	lines("/proc/kallsyms", symbol, &m);
	lines("/proc/meminfo", meminfo, &m);
	return m;
}

/* call_rcu() and workqueues free when they come to it: wait as long as there is
 * less than ever.  Less than a moment ago is not enough: a kernel that is busy
 * with itself goes up and down for ever. */
static struct memory measure(const struct vt_census *ids)
{
	struct memory m, least;

	vt_census_back(ids);
	least = m = count();
	for (int still = 0; still < 3; still++) {
		usleep(500 * 1000);
		m = count();
		if (m.slab < least.slab || m.areas < least.areas)
			still = -1;
		if (m.slab < least.slab)
			least.slab = m.slab;
		if (m.areas < least.areas)
			least.areas = m.areas;
	}
	return m;
}

static bool same_memory(struct memory *a, struct memory *b, long n)
{
	bool same = true;

	vt_say("%ld loads: slabs %+ld bytes, vmalloc %+ld areas, per-CPU %+ld bytes",
	       n, b->slab - a->slab, b->areas - a->areas, b->percpu - a->percpu);
	for (u32 i = 0; i < a->nslabs && i < b->nslabs; i++) {
		long more = b->slabs[i].active - a->slabs[i].active;

		if (more)
			vt_say("  %s: %+ld", a->slabs[i].name, more);
		same &= more < slab_noise(a->slabs[i].size) + n / 4;
	}
	return same && a->nslabs == b->nslabs &&
	       b->areas - a->areas < n / 16 + 4 &&
	       b->percpu - a->percpu < n * 8 + 8192;
}

/*
 * Rounds of so many loads leave nothing.  What leaks does so every time; what a
 * kernel keeps for itself (its caches, KASAN's quarantine) it keeps once, and a
 * slow one not in the first rounds: so growth counts when it comes three times.
 * Programs, maps, links, BTFs and symbols have to be as many as before at once.
 */
static bool nothing_left(const struct vt_census *ids, bool (*round)(void),
			 long rounds, long loads)
{
	struct memory a = measure(ids), b;

	for (int tries = 0; tries < 3; tries++) {
		for (long i = 0; i < rounds; i++)
			if (!round())
				return false;
		b = measure(ids);
		if (a.symbols != b.symbols ||
		    memcmp(&a.ids, &b.ids, sizeof(a.ids)))
			return false;
		if (same_memory(&a, &b, loads))
			return true;
		a = b;
	}
	return false;
}

FIXTURE(leak) {
	struct vt_census ids;
};

FIXTURE_SETUP(leak)
{
	vt_census(&self->ids);
	ASSERT_LE(0, vt_device());
	mkdir(VT_CGROUP, 0755);
}

FIXTURE_TEARDOWN(leak)
{
}

/* Attach what was loaded to something; the descriptor, or -errno. */
static int attach(const char *name)
{
	int fd = load.prog[0], s;

	if (!strcmp(name, "07-rawtp-syscalls"))
		return bpf_raw_tracepoint_open("sys_enter", fd);
	if (!strcmp(name, "02-xdp-deny"))
		return bpf_link_create(fd, if_nametoindex("lo"), BPF_XDP,
				       NULL);
	if (!strcmp(name, "09-tailcall") || !strcmp(name, "01-sockcount")) {
		s = vt_packet_socket("lo");
		return setsockopt(s, SOL_SOCKET, SO_ATTACH_BPF, &fd,
				  sizeof(fd)) ? -errno : s;
	}
	return open("/dev/null", O_RDONLY);
}

static bool load_all(void)
{
	static const char *const name[] = {
		"01-sockcount", "02-xdp-deny", "07-rawtp-syscalls",
		"08-perf-stacks", "09-tailcall", "10-globals", "11-maps",
		"12-wide",
	};
	static struct vt_blob blob[8];

	for (u32 i = 0; i < 8; i++) {
		char path[64];
		int r, fd;

		if (!blob[i].p) {
			snprintf(path, sizeof(path), "%s.blob", name[i]);
			blob[i] = vt_read_file(path);
		}
		r = vt_ioctl_load(&load, blob[i].p, blob[i].size, 0);
		if (r) {
			vt_say("%s: %s: %s", name[i], vt_reason(r),
			       load.u.detail);
			return false;
		}
		fd = attach(name[i]);
		vt_ioctl_close(&load);
		if (fd < 0) {
			vt_say("%s: attach: %s", name[i], strerror(-fd));
			return false;
		}
		close(fd);
	}
	return true;
}

TEST_F_TIMEOUT(leak, load_attach_detach_close, 3600)
{
	long n = rounds(60);

	for (int i = 0; i < 10; i++)
		ASSERT_TRUE(load_all());
	EXPECT_TRUE(nothing_left(&self->ids, load_all, n, n * 8));
}

/* The whole way, with the loader and its pins. */
static bool loader_round(void)
{
	const char *probes = getenv("ENTRY_PROBES");
	const char *const load_argv[][6] = {
		{ "vorw", "load", "05-kprobe-open.blob", "--attach",
		  /* the kretprobe too, where there are any */
		  !probes || *probes ? NULL : "open_enter=do_sys_openat2+8" },
		{ "vorw", "load", "02-xdp-deny.blob", "--attach",
		  "xdp_deny=lo" },
		{ "vorw", "load", "03-tc-mark.blob", "--attach",
		  "tc_mark=lo:ingress" },
		{ "vorw", "load", "04-cgroup-count.blob", "--attach",
		  "count_egress=" VT_CGROUP },
	};
	static const char *const unload_argv[][4] = {
		{ "vorw", "unload", "05-kprobe-open" },
		{ "vorw", "unload", "02-xdp-deny" },
		{ "vorw", "unload", "03-tc-mark" },
		{ "vorw", "unload", "04-cgroup-count" },
	};

	for (u32 i = 0; i < 4; i++)
		if (vt_run(load_argv[i]) || vt_run(unload_argv[i]))
			return false;
	return true;
}

TEST_F_TIMEOUT(leak, loader, 3600)
{
	long n = rounds(60) / 5 + 1;

	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(loader_round());
	EXPECT_TRUE(nothing_left(&self->ids, loader_round, n, n * 4));
}

static struct vt_blob good, resigned;

/* Refused at every step: signature, parser, binding, maps, linking, seam. */
static bool refused_round(void)
{
	size_t at = 0;

	while (at + sizeof(struct resigned) <= resigned.size) {
		u8 blob[4096];
		struct resigned rec;
		u32 content;

		memcpy(&rec, resigned.p + at, sizeof(rec));
		at += sizeof(rec);
		content = good.size - rec.size;
		if (good.size > sizeof(blob) || rec.size > resigned.size - at)
			return false;
		memcpy(blob, good.p, content);
		memcpy(blob + content, resigned.p + at, rec.size);
		blob[rec.bit / 8] ^= 1 << (rec.bit % 8);
		at += rec.size;
		/* Only checked: some are acceptable and would do harm. */
		vt_ioctl_load(&load, blob, good.size, VORW_LOAD_CHECK_ONLY);
		/* The same without its signature's last byte. */
		if (vt_ioctl_load(&load, blob, good.size - 1, 0) ==
		    VORW_R_OK)
			return false;
	}
	return true;
}

TEST_F_TIMEOUT(leak, refused, 3600)
{
	long n = rounds(60) / 20 + 1;

	good = vt_read_file("tiny.blob");
	resigned = vt_read_file("tiny.resigned");
	ASSERT_TRUE(refused_round());
	/* more than a hundred records, two refusals each */
	EXPECT_TRUE(nothing_left(&self->ids, refused_round, n, n * 200));
}

TEST_HARNESS_MAIN
