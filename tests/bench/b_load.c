// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * b_load.c - how long does a load take on this device, natively and from a
 * blob, and how much memory while it lasts?
 *
 *   b_load time NAME...      NAME.o and NAME.blob in the working directory
 *   b_load memory NAME...    with pages.o, which counts them
 *
 * Prints one line per sample: NAME WHAT VALUE, times in nanoseconds, memory in
 * bytes.  Under QEMU's "-icount shift=0" a nanosecond is an instruction.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "vt_ioctl.h"

static struct vt_load load;

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void sample(const char *name, const char *what, u64 value)
{
	printf("%s %s %llu\n", name, what, (unsigned long long)value);
	fflush(stdout);
}

static void die(const char *what, int err)
{
	vt_say("%s: %s", what, strerror(err < 0 ? -err : err));
	exit(1);
}

/* One BPF_PROG_LOAD of what libbpf has made ready: verifier and JIT. */
static int prog_load(struct bpf_program *p)
{
	int fd = bpf_prog_load(bpf_program__type(p), "paths", "GPL",
			       bpf_program__insns(p), bpf_program__insn_cnt(p),
			       NULL);

	if (fd < 0)
		die("BPF_PROG_LOAD", errno);
	return fd;
}

static u64 libbpf_load(const char *name, struct bpf_object **keep)
{
	char path[128];
	struct bpf_object *o;
	u64 t;
	int err;

	snprintf(path, sizeof(path), "%s.o", name);
	o = bpf_object__open(path);
	if (!o)
		die(path, errno);
	t = now();
	err = bpf_object__load(o);
	t = now() - t;
	if (err)
		die(path, err);
	if (keep)
		*keep = o;
	else
		bpf_object__close(o);
	return t;
}

static int ioctl_load(const struct vt_blob *b, u32 flags)
{
	int r = vt_ioctl_load(&load, b->p, b->size, flags);

	if (r) {
		vt_say("%s: %s", vt_reason(r), load.u.detail);
		exit(1);
	}
	if (!flags)
		vt_ioctl_close(&load);
	return r;
}

static u64 command_load(const char *name)
{
	char blob[128];
	const char *const argv[] = { "vorw", "load", blob, NULL };
	const char *const undo[] = { "vorw", "unload", name, NULL };
	u64 t;
	int err;

	snprintf(blob, sizeof(blob), "%s.blob", name);
	t = now();
	err = vt_run(argv);
	t = now() - t;
	if (err || (err = vt_run(undo)))
		die("vorw", err);
	return t;
}

/* Enough samples for a median; fewer where one takes seconds. */
static bool more(u32 have, u64 since)
{
	return have < 3 || (have < 15 && now() - since < 8000000000ull);
}

static u64 time_prog_load(struct bpf_program *p)
{
	u64 t = now();
	int fd = prog_load(p);

	t = now() - t;
	close(fd);
	return t;
}

static u64 time_ioctl(const struct vt_blob *b)
{
	u64 t = now();

	if (vt_ioctl_load(&load, b->p, b->size, 0))
		die("ioctl", EIO);
	t = now() - t;
	vt_ioctl_close(&load);
	return t;
}

/* In turn, so that whatever else the host does meets all of them alike. */
static void measure_time(const char *name)
{
	struct bpf_program *p;
	struct bpf_object *o;
	struct vt_blob b;
	char path[128];
	u64 since;

	snprintf(path, sizeof(path), "%s.blob", name);
	b = vt_read_file(path);
	libbpf_load(name, &o);
	p = bpf_object__next_program(o, NULL);
	ioctl_load(&b, 0);
	command_load(name);
	since = now();
	for (u32 n = 0; more(n, since); n++) {
		sample(name, "native-syscall", time_prog_load(p));
		sample(name, "vorw-ioctl", time_ioctl(&b));
		sample(name, "native-libbpf", libbpf_load(name, NULL));
		sample(name, "vorw-command", command_load(name));
	}
	bpf_object__close(o);
	free(b.p);
}

/* ---- memory ---- */

static struct vt_obj meter;

static void meter_start(void)
{
	struct bpf_program *p;
	u32 tgid = getpid();

	if (vt_load_native(&meter, "pages"))
		exit(1);
	bpf_object__for_each_program(p, meter.elf)
		if (vt_attach_link(&meter, bpf_program__attach(p)))
			exit(1);
	if (vt_set_global(&meter, "only_tgid", &tgid, sizeof(tgid)))
		exit(1);
}

/* Most bytes that this process had from the page allocator while f ran, over
 * what it had before.  Caches are emptied first: a page that comes out of one
 * would not be seen. */
static u64 peak(void (*f)(void *), void *arg)
{
	struct { int64_t now, most; } c = {};
	u32 zero = 0;
	int fd = vt_map(&meter, "pages");

	vt_shrink_slabs();
	if (bpf_map_update_elem(fd, &zero, &c, 0))
		die("pages", errno);
	f(arg);
	if (bpf_map_lookup_elem(fd, &zero, &c))
		die("pages", errno);
	return c.most * sysconf(_SC_PAGESIZE);
}

static void do_prog_load(void *p)
{
	close(prog_load(p));
}

static void do_ioctl(void *b)
{
	ioctl_load(b, 0);
}

static void do_nothing(void *arg)
{
	usleep(1000);
}

/* The meter itself, against something known: a buffer of one MiB. */
static void do_one_mib(void *arg)
{
	const size_t size = 1 << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap", errno);
	munmap(p, size);
}

static void measure_memory(const char *name)
{
	struct bpf_object *o;
	struct vt_blob b;
	char path[128];

	snprintf(path, sizeof(path), "%s.blob", name);
	b = vt_read_file(path);
	libbpf_load(name, &o);
	ioctl_load(&b, 0);
	for (u32 n = 0; n < 5; n++) {
		struct bpf_program *p = bpf_object__next_program(o, NULL);

		sample(name, "idle-memory", peak(do_nothing, NULL));
		sample(name, "mib-memory", peak(do_one_mib, NULL));
		sample(name, "native-memory", peak(do_prog_load, p));
		sample(name, "vorw-memory", peak(do_ioctl, &b));
	}
	bpf_object__close(o);
	free(b.p);
}

int main(int argc, char **argv)
{
	if (argc < 3 || vt_device() < 0 || vt_jit(1)) {
		vt_say("usage: b_load time|memory NAME...  (with the module)");
		return 2;
	}
	if (!strcmp(argv[1], "time")) {
		for (int i = 2; i < argc; i++)
			measure_time(argv[i]);
		return 0;
	}
	meter_start();
	for (int i = 2; i < argc; i++)
		measure_memory(argv[i]);
	vt_unload(&meter);
	return 0;
}
