// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * b_load.c - how long does a load take on this device, natively and from a
 * blob, and how much memory while it lasts?
 *
 *   b_load time NAME...      NAME.o and NAME.blob in the working directory
 *   b_load memory NAME...    needs a second CPU for the sampler
 *
 * Prints one line per sample: NAME WHAT VALUE, times in nanoseconds, memory in
 * bytes.  Under QEMU's "-icount shift=0" a nanosecond is an instruction.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
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
	return have < 3 || (have < 15 && now() - since < 3000000000ull);
}

static void measure_time(const char *name)
{
	struct bpf_object *o;
	struct vt_blob b;
	char path[128];
	u64 since, t;

	snprintf(path, sizeof(path), "%s.blob", name);
	b = vt_read_file(path);
	libbpf_load(name, &o);
	since = now();
	for (u32 n = 0; more(n, since); n++) {
		struct bpf_program *p = bpf_object__next_program(o, NULL);
		int fd;

		t = now();
		fd = prog_load(p);
		sample(name, "native-syscall", now() - t);
		close(fd);
	}
	bpf_object__close(o);
	since = now();
	for (u32 n = 0; more(n, since); n++)
		sample(name, "native-libbpf", libbpf_load(name, NULL));
	ioctl_load(&b, 0);
	since = now();
	for (u32 n = 0; more(n, since); n++) {
		t = now();
		if (vt_ioctl_load(&load, b.p, b.size, 0))
			die("ioctl", EIO);
		sample(name, "vorw-ioctl", now() - t);
		vt_ioctl_close(&load);
	}
	since = now();
	for (u32 n = 0; more(n, since); n++)
		sample(name, "vorw-command", command_load(name));
	free(b.p);
}

/* ---- memory ---- */

struct shared {
	volatile int run;	/* sampler: 1 while it looks */
	volatile unsigned long least;
};

static unsigned long free_now(void)
{
	struct sysinfo s;

	sysinfo(&s);
	return s.freeram * s.mem_unit;
}

static void sampler(struct shared *s)
{
	for (;;) {
		unsigned long f;

		if (!s->run) {
			usleep(100);
			continue;
		}
		f = free_now();
		if (f < s->least)
			s->least = f;
	}
}

/* How far did free memory go down while f ran? */
static u64 dip(struct shared *s, void (*f)(void *), void *arg)
{
	unsigned long before;

	usleep(50 * 1000);
	before = free_now();
	s->least = before;
	s->run = 1;
	usleep(2000);
	f(arg);
	s->run = 0;
	return before - s->least;
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
	usleep(5000);
}

static void measure_memory(const char *name, struct shared *s)
{
	struct bpf_object *o;
	struct vt_blob b;
	char path[128];

	snprintf(path, sizeof(path), "%s.blob", name);
	b = vt_read_file(path);
	libbpf_load(name, &o);
	ioctl_load(&b, 0);
	for (u32 n = 0; n < 9; n++) {
		struct bpf_program *p = bpf_object__next_program(o, NULL);

		sample(name, "idle-memory", dip(s, do_nothing, NULL));
		sample(name, "native-memory", dip(s, do_prog_load, p));
		sample(name, "vorw-memory", dip(s, do_ioctl, &b));
	}
	bpf_object__close(o);
	free(b.p);
}

int main(int argc, char **argv)
{
	struct shared *s;
	pid_t pid;

	if (argc < 3 || vt_device() < 0 || vt_jit(1)) {
		vt_say("usage: b_load time|memory NAME...  (with the module)");
		return 2;
	}
	if (!strcmp(argv[1], "time")) {
		for (int i = 2; i < argc; i++)
			measure_time(argv[i]);
		return 0;
	}
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		die("mmap", errno);
	pid = fork();
	if (!pid)
		sampler(s);
	for (int i = 2; i < argc; i++)
		measure_memory(argv[i], s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
