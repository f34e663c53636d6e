// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_policy.c - settings with which an administrator says "no native code, or
 * not this".
 *
 * In the working directory: tiny.blob (native), 12-wide.blob (bytecode, where
 * the target's JIT cannot compile it).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "vt_ioctl.h"
#include "kselftest_harness.h"

#define SYSCTLS		"/proc/sys/net/core"
#define HARDEN		SYSCTLS "/bpf_jit_harden"

static struct vt_load load;
static bool jited;		/* what was loaded last */

static int set_harden(int mode)
{
	static int fd = -1;
	char c = '0' + mode;

	/* As vt_jit(): tests go where there is no such file. */
	if (fd < 0)
		fd = open(HARDEN, O_WRONLY | O_CLOEXEC);
	return pwrite(fd, &c, 1, 0) == 1 ? 0 : -errno;
}

/* Load and close; the device is opened anew, so that modules can change. */
static int load_file(const char *name)
{
	struct vt_blob b = vt_read_file(name);
	int dev = open(VORW_DEVICE, O_RDWR | O_CLOEXEC), r;

	if (dev < 0)
		return -errno;
	r = vt_ioctl_load_at(dev, &load, b.p, b.size, 0);
	if (r == VORW_R_OK) {
		struct bpf_prog_info info = {};
		u32 len = sizeof(info);

		jited = !bpf_obj_get_info_by_fd(load.prog[0], &info, &len) &&
			info.jited_prog_len;
		vt_ioctl_close(&load);
	}
	close(dev);
	free(b.p);
	return r;
}

static int reload(const char *param)
{
	const char *argv[] = { "modprobe", "vorw", param, NULL };

	if (syscall(__NR_delete_module, "vorw", O_NONBLOCK))
		return -errno;
	return vt_run(argv);
}

FIXTURE(policy) {
	struct vt_census before;
	bool wide_native;
};

FIXTURE_SETUP(policy)
{
	vt_census(&self->before);
	ASSERT_EQ(0, set_harden(0));
	ASSERT_EQ(0, vt_jit(0));
	ASSERT_EQ(VORW_R_OK, load_file("12-wide.blob"));
	self->wide_native = jited;
	ASSERT_EQ(VORW_R_OK, load_file("tiny.blob"));
	ASSERT_TRUE(jited);
}

FIXTURE_TEARDOWN(policy)
{
	EXPECT_EQ(0, set_harden(0));
	EXPECT_EQ(0, vt_jit(0));
	EXPECT_TRUE(vt_census_back(&self->before));
}

/* 1 blinds the programs of those without CAP_BPF: not ours. */
static const struct {
	int jit, harden;
	int native, bytecode;		/* with native_without_jit=Y */
	int native_n;			/* native, with =N */
} combinations[] = {
	{ 0, 0, VORW_R_OK,     VORW_R_OK, VORW_R_POLICY },
	{ 0, 1, VORW_R_OK,     VORW_R_OK, VORW_R_POLICY },
	{ 0, 2, VORW_R_POLICY, VORW_R_OK, VORW_R_POLICY },
	{ 1, 0, VORW_R_OK,     VORW_R_OK, VORW_R_OK },
	{ 1, 1, VORW_R_OK,     VORW_R_OK, VORW_R_OK },
	{ 1, 2, VORW_R_POLICY, VORW_R_OK, VORW_R_POLICY },
};
#define EACH(i) (u32 i = 0; i < sizeof(combinations) / sizeof(*combinations); i++)

TEST_F_TIMEOUT(policy, every_setting, 60)
{
	for EACH(i) {
		ASSERT_EQ(0, vt_jit(combinations[i].jit));
		ASSERT_EQ(0, set_harden(combinations[i].harden));
		EXPECT_EQ(combinations[i].native, load_file("tiny.blob")) {
			TH_LOG("jit %d harden %d: %s", combinations[i].jit,
			       combinations[i].harden, load.u.detail);
		}
		if (combinations[i].native) {
			EXPECT_EQ(-EPERM, load.err);
			EXPECT_NE(NULL, strstr(load.u.detail,
					       "bpf_jit_harden"));
		}
		EXPECT_EQ(self->wide_native ? combinations[i].native :
					      combinations[i].bytecode,
			  load_file("12-wide.blob")) {
			TH_LOG("jit %d harden %d: %s", combinations[i].jit,
			       combinations[i].harden, load.u.detail);
		}
	}
}

TEST_F_TIMEOUT(policy, no_native_code_without_jit, 60)
{
	ASSERT_EQ(0, reload("native_without_jit=N"));
	for EACH(i) {
		ASSERT_EQ(0, vt_jit(combinations[i].jit));
		ASSERT_EQ(0, set_harden(combinations[i].harden));
		EXPECT_EQ(combinations[i].native_n, load_file("tiny.blob")) {
			TH_LOG("jit %d harden %d: %s", combinations[i].jit,
			       combinations[i].harden, load.u.detail);
		}
		EXPECT_EQ(self->wide_native ? combinations[i].native_n :
					      VORW_R_OK,
			  load_file("12-wide.blob"));
	}
	EXPECT_EQ(0, reload(NULL));
}

/* Callers in a network namespace have no such file, and need not be root. */
TEST_F_TIMEOUT(policy, other_network_namespace, 60)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	EXPECT_NE(0, access(HARDEN, F_OK));
	EXPECT_EQ(VORW_R_OK, load_file("tiny.blob"));
	EXPECT_EQ(0, set_harden(2));
	EXPECT_EQ(VORW_R_POLICY, load_file("tiny.blob"));
}

/* Another file in its place says nothing, whenever it came. */
TEST_F_TIMEOUT(policy, covered_by_a_mount, 60)
{
	ASSERT_EQ(0, set_harden(2));
	ASSERT_EQ(0, vt_jit(1));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("t", "/proc/sys", "tmpfs", 0, NULL));
	EXPECT_NE(0, access(HARDEN, F_OK));
	EXPECT_EQ(VORW_R_POLICY, load_file("tiny.blob"));
	EXPECT_EQ(0, vt_jit(0));
	EXPECT_EQ(VORW_R_POLICY, load_file("tiny.blob"));
	EXPECT_EQ(0, reload(NULL));
	EXPECT_EQ(VORW_R_POLICY, load_file("tiny.blob"));
	EXPECT_EQ(0, set_harden(0));
	EXPECT_EQ(VORW_R_OK, load_file("tiny.blob"));
}

/* Where the setting cannot be read, there is no module. */
TEST_F_TIMEOUT(policy, module_from_another_network_namespace, 60)
{
	static const char *const argv[] = { "modprobe", "vorw", NULL };
	pid_t pid;
	int status;

	ASSERT_EQ(0, syscall(__NR_delete_module, "vorw", O_NONBLOCK));
	pid = fork();
	if (!pid)
		_exit(unshare(CLONE_NEWNET) ? 2 : vt_run(argv) != 0);
	waitpid(pid, &status, 0);
	EXPECT_EQ(1, WEXITSTATUS(status));
	EXPECT_NE(0, access(VORW_DEVICE, F_OK));
	EXPECT_EQ(0, vt_run(argv));
	EXPECT_EQ(VORW_R_OK, load_file("tiny.blob"));
}

TEST_HARNESS_MAIN
