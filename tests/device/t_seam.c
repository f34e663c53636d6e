// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_seam.c - the module in the verifier's chair: its own loads and no others,
 * and nothing at all when it cannot sit there.
 *
 * In the working directory: tiny.blob, also-tiny.blob, syscall-load.o.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "vt_ioctl.h"
#include "kselftest_harness.h"

#define KPROBES		"/sys/kernel/debug/kprobes/enabled"
#define FTRACE		"/proc/sys/kernel/ftrace_enabled"
#define MODULE		"vorw"

static struct vt_census before;
static struct vt_load load;

static void __attribute__((constructor)) take_census(void)
{
	vt_census(&before);
}

FIXTURE(seam) {
	struct vt_blob tiny, other;
};

FIXTURE_SETUP(seam)
{
	self->tiny = vt_read_file("tiny.blob");
	self->other = vt_read_file("also-tiny.blob");
}

FIXTURE_TEARDOWN(seam)
{
	EXPECT_TRUE(vt_census_back(&before));
	free(self->tiny.p);
	free(self->other.p);
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int load_tiny(const struct vt_blob *b)
{
	int r = vt_ioctl_load(&load, b->p, b->size, 0);

	if (r == VORW_R_OK)
		vt_ioctl_close(&load);
	return r;
}

/* What a loaded tiny has to be: it returns 7 and adds to its map. */
static bool is_tiny(int ret, int map_key)
{
	u8 data[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data,
		    .data_size_in = sizeof(data), .repeat = 3);
	u64 n = 0;
	u32 key = map_key;

	return !bpf_prog_test_run_opts(load.prog[0], &opts) &&
	       opts.retval == ret &&
	       !bpf_map_lookup_elem(load.map[0], &key, &n) &&
	       n == (ret == 7 ? 3 : 9);
}

/* A program of the real verifier: accepted or refused by it. */
static int native(const struct bpf_insn *insns, u32 n)
{
	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "native", "GPL",
			     insns, n, NULL);
}

static const struct bpf_insn sound[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 5 },
	{ .code = BPF_JMP | BPF_EXIT },
};
static const struct bpf_insn refused[] = {
	{ .code = 0xff }, { .code = 0xff },
};
static const struct bpf_insn wild[] = {
	{ .code = BPF_LDX | BPF_MEM | BPF_DW, .src_reg = 9 },
	{ .code = BPF_JMP | BPF_EXIT },
};

TEST_F(seam, works)
{
	EXPECT_EQ(VORW_R_OK, vt_ioctl_load(&load, self->tiny.p,
					   self->tiny.size, 0));
	EXPECT_TRUE(is_tiny(7, 1));
	vt_ioctl_close(&load);
	EXPECT_EQ(VORW_R_OK, vt_ioctl_load(&load, self->other.p,
					   self->other.size, 0));
	EXPECT_TRUE(is_tiny(9, 2));
	vt_ioctl_close(&load);
}

static u32 seam_kind(void)
{
	struct vorw_info info = {};

	ioctl(vt_device(), VORW_IOC_INFO, &info);
	return info.seam;
}

/* A probe can be switched off, and then nothing is loaded; ftrace cannot while
 * our function is registered. */
static bool is_ftrace(void)
{
	return seam_kind() == VORW_SEAM_FTRACE;
}

TEST_F(seam, fails_closed_when_switched_off)
{
	if (is_ftrace()) {
		EXPECT_EQ(-EBUSY, put(FTRACE, "0"));
		EXPECT_EQ(VORW_R_OK, load_tiny(&self->tiny));
		return;
	}
	ASSERT_EQ(0, put(KPROBES, "0"));
	EXPECT_EQ(VORW_SEAM_NONE, seam_kind());
	EXPECT_EQ(VORW_R_SEAM, load_tiny(&self->tiny));
	EXPECT_EQ(-ENXIO, load.err);
	EXPECT_EQ(VORW_R_SEAM, load_tiny(&self->tiny));
	EXPECT_EQ(0, put(KPROBES, "1"));
	EXPECT_EQ(VORW_SEAM_KPROBE, seam_kind());
	EXPECT_EQ(VORW_R_OK, load_tiny(&self->tiny));
}

/* Switched on and off all the time: each load is ours or none.  300 loads, or
 * as many as give both answers often: riscv64 stops all CPUs for each switch
 * (patch_text()), and on a busy host it takes them long to meet. */
TEST_F_TIMEOUT(seam, switched_during_loads, 120)
{
	const char *path = is_ftrace() ? FTRACE : KPROBES;
	const u32 often = 40;
	u32 ok = 0, closed = 0;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (u32 i = 0;; i++) {
			put(path, i & 1 ? "1" : "0");
			usleep(300 + i * 37 % 2000);
		}
	}
	for (int i = 0; i < 300 && (ok < often || closed < often); i++) {
		int r = vt_ioctl_load(&load, self->tiny.p, self->tiny.size, 0);

		if (r == VORW_R_OK) {
			EXPECT_TRUE(is_tiny(7, 1));
			vt_ioctl_close(&load);
			ok++;
		} else {
			EXPECT_EQ(VORW_R_SEAM, r);
			closed++;
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(0, put(path, "1"));
	TH_LOG("%u loaded, %u refused", ok, closed);
	EXPECT_LT(0, ok);
	EXPECT_EQ(is_ftrace(), closed == 0);
	EXPECT_EQ(VORW_R_OK, load_tiny(&self->tiny));
}

/* Run f in another process until it is killed. */
static pid_t meanwhile(void (*f)(void *), void *arg)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			f(arg);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void load_again(void *blob)
{
	static int dev = -1;

	/* A descriptor of its own, not the one inherited. */
	if (dev < 0)
		dev = vt_device();
	load_tiny(blob);
}

/* The name of a task is nothing: called like the loader, while it is at work. */
TEST_F_TIMEOUT(seam, forged_task_name, 60)
{
	pid_t pid = meanwhile(load_again, &self->tiny);

	prctl(PR_SET_NAME, "vorw");
	for (int i = 0; i < 100; i++) {
		int fd = native(sound, 2);

		EXPECT_LE(0, fd);
		close(fd);
		EXPECT_EQ(-EINVAL, native(refused, 2));
		EXPECT_EQ(-EACCES, native(wild, 2));
	}
	end(pid);
}

/* The same from BPF, whose attributes lie in kernel memory as ours do. */
TEST_F_TIMEOUT(seam, bpf_syscall_program, 60)
{
	struct vt_obj o;
	pid_t pid;

	ASSERT_EQ(0, vt_load_native(&o, "syscall-load"));
	pid = meanwhile(load_again, &self->tiny);
	for (int i = 0; i < 300; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts);
		u32 which = i % 3;
		int ret;

		ASSERT_EQ(0, vt_set_global(&o, "which", &which,
					   sizeof(which)));
		ASSERT_EQ(0, bpf_prog_test_run_opts(
				vt_prog(&o, "syscall_load"), &opts));
		ret = opts.retval;
		switch (which) {
		case 0:
			EXPECT_EQ(-EINVAL, ret);
			break;
		case 1:
			EXPECT_EQ(-EACCES, ret);
			break;
		default:
			EXPECT_LE(0, ret);
			close(ret);
		}
	}
	end(pid);
	EXPECT_EQ(0, vt_unload(&o));
}

/* Many at a time, each gets its own. */
TEST_F_TIMEOUT(seam, racing_loads, 120)
{
	enum { PROCS = 6, LOADS = 40 };
	pid_t pid[PROCS];

	for (u32 p = 0; p < PROCS; p++) {
		pid[p] = fork();
		if (pid[p])
			continue;
		for (u32 i = 0; i < LOADS; i++) {
			bool odd = (p + i) & 1;
			struct vt_blob *b = odd ? &self->other : &self->tiny;

			if (vt_ioctl_load(&load, b->p, b->size, 0) ||
			    !is_tiny(odd ? 9 : 7, odd ? 2 : 1)) {
				vt_say("process %u, load %u: %s", p, i,
				       vt_reason(load.u.reason));
				_exit(1);
			}
			vt_ioctl_close(&load);
		}
		_exit(0);
	}
	for (u32 p = 0; p < PROCS; p++) {
		int status = -1;

		waitpid(pid[p], &status, 0);
		EXPECT_EQ(0, status);
	}
}

/* Threads of one process share their descriptors: all refused, none hurt. */
static void *thread_loads(void *blob)
{
	static __thread struct vt_load l;
	const struct vt_blob *b = blob;
	long policy = 0;

	for (int i = 0; i < 50; i++)
		policy += vt_ioctl_load(&l, b->p, b->size, 0) == VORW_R_POLICY;
	return (void *)policy;
}

TEST_F_TIMEOUT(seam, racing_threads, 60)
{
	pthread_t t[4];
	void *policy;

	ASSERT_LE(0, vt_device());
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&t[i], NULL, thread_loads,
					    &self->tiny));
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &policy);
		/* the last of them may have been alone in the end */
		EXPECT_LT(0, (long)policy);
	}
}

/* Another thread of a *loading* process cannot appear, but another process
 * can be killed at any moment. */
TEST_F_TIMEOUT(seam, killed_in_the_middle, 120)
{
	for (u32 i = 0; i < 150; i++) {
		pid_t pid = meanwhile(load_again, &self->tiny);

		usleep(500 + i * 131 % 12000);
		end(pid);
	}
	EXPECT_EQ(VORW_R_OK, load_tiny(&self->tiny));
}

/* ---- the module going away ---- */

static int rmmod(void)
{
	return syscall(__NR_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

static int insmod(void)
{
	static const char *const argv[] = { "modprobe", MODULE, NULL };
	int ret = vt_run(argv);

	/* The node appears with devtmpfs, at once. */
	return ret ?: access(VORW_DEVICE, F_OK) ? -errno : 0;
}

TEST_F_TIMEOUT(seam, programs_outlive_the_module, 60)
{
	int dev;

	/* The open file pins it. */
	ASSERT_EQ(VORW_R_OK, vt_ioctl_load(&load, self->tiny.p,
					   self->tiny.size, 0));
	EXPECT_EQ(-EWOULDBLOCK, rmmod());
	dev = vt_device();
	close(dev);
	EXPECT_EQ(0, rmmod());
	EXPECT_NE(0, access(VORW_DEVICE, F_OK));

	EXPECT_TRUE(is_tiny(7, 1));
	vt_ioctl_close(&load);
	/* And the verifier is the real one again. */
	EXPECT_EQ(-EINVAL, native(refused, 2));
	EXPECT_EQ(-EACCES, native(wild, 2));
	EXPECT_EQ(0, insmod());
}

TEST_F_TIMEOUT(seam, removed_while_others_load, 120)
{
	u32 removed = 0, busy = 0;
	pid_t pid = fork();

	if (!pid) {
		/* Opens the device for each load. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t one = fork();

			if (!one) {
				load_tiny(&self->tiny);
				_exit(0);
			}
			waitpid(one, NULL, 0);
		}
	}
	for (int i = 0; i < 60; i++) {
		int err = rmmod();

		if (!err) {
			removed++;
			EXPECT_EQ(-EACCES, native(wild, 2));
			EXPECT_EQ(0, insmod());
		} else {
			EXPECT_EQ(-EWOULDBLOCK, err);
			busy++;
		}
		usleep(1000 + i * 577 % 9000);
	}
	end(pid);
	TH_LOG("removed %u times, busy %u times", removed, busy);
	EXPECT_LT(0, removed);
	while (rmmod() == -EWOULDBLOCK)
		usleep(10 * 1000);	/* the killed process' last load */
	EXPECT_EQ(0, insmod());
	EXPECT_EQ(VORW_R_OK, load_tiny(&self->tiny));
}

/* ---- the loader's part ---- */

TEST_F_TIMEOUT(seam, loader_without_the_module, 60)
{
	static const char *const argv[] = {
		"sh", "-c", "vorw load tiny.blob 2>&1 | grep -q '\\[module-not-loaded\\]'",
		NULL
	};

	EXPECT_EQ(0, rmmod());
	EXPECT_EQ(0, vt_run(argv));
	EXPECT_FALSE(vt_pinned("tiny"));
	EXPECT_EQ(0, insmod());
}

TEST_HARNESS_MAIN
