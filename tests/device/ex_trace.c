// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ex_trace.c - the tracing examples: how each is attached, which events it
 * gets, and what it must have seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "examples.h"

#define TRY(call) do {							\
	int try_ret = (call);						\
	if (try_ret < 0) {						\
		vt_say("%s:%d: %s: %s", __FILE__, __LINE__, #call,	\
		       strerror(-try_ret));				\
		return try_ret;						\
	}								\
} while (0)

/* Attach every program of the object by its section. */
static int attach_all(struct vt_obj *o)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o->elf)
		TRY(vt_attach_link(o, bpf_program__attach(p)));
	return 0;
}

/* ---- 05 ---- */

struct open_event {
	u32 tgid;
	int dfd, ret;
	u32 reserved;
	char comm[16], name[64];
};

static int print_open(void *out, void *data, size_t size)
{
	const struct open_event *e = data;

	if (size < sizeof(*e) || e->tgid != getpid())
		return fprintf(out, "strange event of %zu bytes\n", size), 0;
	fprintf(out, "%.16s: openat2(%d, \"%.64s\") %s %d\n", e->comm, e->dfd,
		e->name, e->ret < 0 ? "failed" : "gave fd",
		e->ret < 0 ? -e->ret : e->ret > 2);
	return 0;
}

static int kprobe_open_run(struct vt_obj *o, FILE *out)
{
	static const char *const path[] = {
		"/etc/passwd", "/no/such/file", "/dev/null", "/root",
		"/a/name/that/is/longer/than/the/room/in/the/event/which/has"
		"/sixty-four/bytes",
	};
	struct ring_buffer *rb = ring_buffer__new(vt_map(o, "events"),
						  print_open, out, NULL);

	if (!rb)
		return -errno;
	TRY(vt_set_u32(o, "only_tgid", 0, getpid()));
	for (u32 i = 0; i < 5; i++)
		close(openat(AT_FDCWD, path[i], i == 3 ? O_WRONLY : O_RDONLY));
	TRY(vt_set_u32(o, "only_tgid", 0, 0));
	fprintf(out, "%d events\n", ring_buffer__consume(rb));
	ring_buffer__free(rb);
	return 0;
}

const struct example ex_kprobe_open = {
	.name = "05-kprobe-open",
	.entry_probes = true,
	.attach = { "" },
	.attach_native = attach_all,
	.run = kprobe_open_run,
	.must = { "\"/etc/passwd\") gave fd 1", "\"/no/such/file\") failed 2",
		  "\"/root\") failed 21", "5 events" },
};

/* ---- 06 ---- */

struct exec_event {
	int pid;
	u32 uid;
	char comm[16], filename[64];
};

struct exec_seen {
	FILE *out;
	pid_t pid;
	u32 events;
};

static void print_exec(void *arg, int cpu, void *data, u32 size)
{
	struct exec_seen *seen = arg;
	const struct exec_event *e = data;

	if (size < sizeof(*e) || e->pid != seen->pid)
		return;
	fprintf(seen->out, "%.16s: exec \"%.64s\" uid %u\n", e->comm,
		e->filename, e->uid);
	seen->events++;
}

static int tp_exec_run(struct vt_obj *o, FILE *out)
{
	static const char *const prog[] = { "/bin/true", "/bin/busybox" };
	struct exec_seen seen = { .out = out };
	struct perf_buffer *pb = perf_buffer__new(vt_map(o, "events"), 8,
						  print_exec, NULL, &seen,
						  NULL);
	int ret = 0;

	if (!pb)
		return -errno;
	for (u32 i = 0; i < 2; i++) {
		char *argv[] = { (char *)prog[i], "true", NULL };

		seen.pid = fork();
		if (!seen.pid) {
			if (i)
				TRY(setuid(12345));
			execv(prog[i], argv);
			_exit(127);
		}
		waitpid(seen.pid, NULL, 0);
		ret = perf_buffer__consume(pb);
		if (ret < 0)
			break;
	}
	fprintf(out, "%u events\n", seen.events);
	perf_buffer__free(pb);
	return ret;
}

const struct example ex_tp_exec = {
	.name = "06-tp-exec",
	.attach = { "" },
	.attach_native = attach_all,
	.run = tp_exec_run,
	.must = { "true: exec \"/bin/true\" uid 0",
		  "busybox: exec \"/bin/busybox\" uid 12345", "2 events" },
};

/* ---- 07 ---- */

static void print_calls(struct vt_obj *o, FILE *out, const char *name, u32 nr)
{
	u64 calls = 0;

	bpf_map_lookup_elem(vt_map(o, "calls"), &nr, &calls);
	fprintf(out, "%s: %llu\n", name, (unsigned long long)calls);
}

static int rawtp_test(struct vt_obj *o, FILE *out)
{
	static const u32 nr[] = { 1000, 1001 };

	TRY(vt_set_u32(o, "only_tgid", 0, getpid()));
	for (u32 i = 0; i < 5; i++) {
		u64 args[2] = { 0, nr[i == 3] };
		LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args,
			    .ctx_size_in = sizeof(args));

		TRY(bpf_prog_test_run_opts(vt_prog(o, "rawtp_syscalls"),
					   &opts));
		fprintf(out, "ret %u\n", opts.retval);
	}
	TRY(vt_set_u32(o, "only_tgid", 0, 0));
	print_calls(o, out, "1000", nr[0]);
	print_calls(o, out, "1001", nr[1]);
	return 0;
}

static int rawtp_run(struct vt_obj *o, FILE *out)
{
	TRY(vt_set_u32(o, "only_tgid", 0, getpid()));
	for (int i = 0; i < 7; i++) {
		syscall(__NR_getppid);
		if (i < 3)
			syscall(__NR_getpgid, 1);
	}
	TRY(vt_set_u32(o, "only_tgid", 0, 0));
	print_calls(o, out, "getppid", __NR_getppid);
	print_calls(o, out, "getpgid", __NR_getpgid);
	print_calls(o, out, "getsid", __NR_getsid);
	return 0;
}

const struct example ex_rawtp_syscalls = {
	.name = "07-rawtp-syscalls",
	.attach = { "" },
	.attach_native = attach_all,
	.test_run = rawtp_test,
	.run = rawtp_run,
	.must = { "getppid: 7", "getpgid: 3", "getsid: 0" },
};

/* ---- 08 ---- */

/*
 * A software event for every page fault of this process, and faults that the
 * kernel takes while it fills fresh user pages: always as many, always from
 * the same place.
 */
static int perf_stacks_run(struct vt_obj *o, FILE *out)
{
	enum { PAGES = 16 };
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = 1,
		.exclude_user = 1,
		.disabled = 1,
	};
	struct { u32 tgid; int kernel; } key, *prev = NULL;
	int ev = syscall(__NR_perf_event_open, &attr, 0, -1, -1, 0);
	int zero_fd = open("/dev/zero", O_RDONLY);
	char *pages = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	u64 n, frames[32];
	u32 samples = 0;

	if (ev < 0 || zero_fd < 0 || pages == MAP_FAILED)
		return -errno;
	madvise(pages, PAGES * 4096, MADV_NOHUGEPAGE);
	TRY(ioctl(ev, PERF_EVENT_IOC_SET_BPF, vt_prog(o, "perf_stacks")) ?
	    -errno : 0);
	ioctl(ev, PERF_EVENT_IOC_ENABLE, 0);
	for (int i = 0; i < PAGES; i++)
		if (read(zero_fd, pages + i * 4096, 100) != 100)
			return -errno;
	ioctl(ev, PERF_EVENT_IOC_DISABLE, 0);
	close(ev);
	close(zero_fd);
	munmap(pages, PAGES * 4096);

	while (!bpf_map_get_next_key(vt_map(o, "samples"), prev, &key)) {
		prev = &key;
		TRY(bpf_map_lookup_elem(vt_map(o, "samples"), &key, &n));
		if (key.tgid != getpid())
			continue;
		samples += n;
		memset(frames, 0, sizeof(frames));
		if (key.kernel < 0) {
			fprintf(out, "no stack: %d\n", key.kernel);
			continue;
		}
		TRY(bpf_map_lookup_elem(vt_map(o, "stacks"), &key.kernel,
					frames));
		for (u32 i = 0; i < 32 && frames[i]; i++)
			fprintf(out, "%s%s", i ? " " : "", vt_ksym(frames[i]));
		fprintf(out, ": %llu samples\n", (unsigned long long)n);
	}
	fprintf(out, "%u samples\n", samples);
	return vt_dump_map(out, o, "period");
}

const struct example ex_perf_stacks = {
	.name = "08-perf-stacks",
	.run = perf_stacks_run,
	.must = { "ksys_read", ": 16 samples", "period[00000000]=16" },
};

/* ---- 10 ---- */

static int globals_run(struct vt_obj *o, FILE *out)
{
	static const u32 pgid[] = { 0, 1, 4, 4, 9, 31, 100000, 77 };
	u32 hits[8], tgid = getpid(), nobody = ~0u;
	char last[64], want[64];
	u64 total;

	TRY(vt_set_global(o, "only_tgid", &tgid, sizeof(tgid)));
	for (u32 i = 0; i < 8; i++)
		syscall(__NR_getpgid, pgid[i]);
	TRY(vt_set_global(o, "only_tgid", &nobody, sizeof(nobody)));

	TRY(vt_get_global(o, "total", &total, sizeof(total)));
	TRY(vt_get_global(o, "hits", hits, sizeof(hits)));
	TRY(vt_get_global(o, "last", last, sizeof(last)));
	fprintf(out, "total %llu\nhits", (unsigned long long)total);
	for (u32 i = 0; i < 8; i++)
		fprintf(out, " %u", hits[i]);
	snprintf(want, sizeof(want), "pgid 77 of %u: bucket 3", tgid);
	last[63] = 0;
	fprintf(out, "\nlast %s\n", strcmp(last, want) ? last : "as expected");
	return 0;
}

const struct example ex_globals = {
	.name = "10-globals",
	.attach = { "" },
	.attach_native = attach_all,
	.run = globals_run,
	/* buckets 0 0 1 1 2 7 0 3 */
	.must = { "total 147", "hits 3 2 1 1 0 0 0 1", "last as expected" },
};
