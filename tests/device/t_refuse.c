// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_refuse.c - what the module must refuse, with which reason, and that it
 * leaves nothing behind.
 *
 * In the working directory: tiny.blob (good), tiny.table and tiny.resigned
 * (badblob), bad/NAME=REASON.blob.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "resigned.h"
#include "vt_ioctl.h"
#include "kselftest_harness.h"

static struct vt_census before;
static struct vt_load load;

static void __attribute__((constructor)) take_census(void)
{
	vt_census(&before);
}

FIXTURE(refuse) {
	struct vt_blob good;
	u32 fds;
};

FIXTURE_SETUP(refuse)
{
	self->good = vt_read_file("tiny.blob");
	ASSERT_LE(0, vt_device());
	self->fds = vt_count_fds();
}

FIXTURE_TEARDOWN(refuse)
{
	EXPECT_EQ(self->fds, vt_count_fds());
	EXPECT_TRUE(vt_census_back(&before));
	free(self->good.p);
}

/* Everything below means nothing if the good blob does not load. */
TEST_F(refuse, not_the_good_one)
{
	EXPECT_EQ(VORW_R_OK, vt_ioctl_load(&load, self->good.p,
					   self->good.size, 0)) {
		TH_LOG("%s: %s", vt_reason(load.u.reason), load.u.detail);
	}
	EXPECT_EQ(1, load.u.prog_cnt);
	EXPECT_EQ(1, load.u.map_cnt);
	vt_ioctl_close(&load);
	EXPECT_EQ(VORW_R_OK, vt_ioctl_load(&load, self->good.p,
					   self->good.size,
					   VORW_LOAD_CHECK_ONLY));
}

/* The device's reason is the host's, and there is one; returns 0 or 1. */
static u32 differs(const char *what, u32 n, int device, int host)
{
	if (device == host && device != VORW_R_OK)
		return 0;
	vt_say("%s %u: device %s (%s), host %s", what, n, vt_reason(device),
	       load.u.detail, vt_reason(host));
	return 1;
}

TEST_F_TIMEOUT(refuse, every_bit_flipped, 300)
{
	struct vt_blob table = vt_read_file("tiny.table");
	u32 bits = self->good.size * 8, bad = 0;

	ASSERT_EQ(self->good.size * 9, table.size);
	for (u32 i = 0; i < bits && bad < 10; i++) {
		self->good.p[i / 8] ^= 1 << (i % 8);
		bad += differs("bit", i, vt_ioctl_load(&load, self->good.p,
						       self->good.size, 0),
			       table.p[i]);
		self->good.p[i / 8] ^= 1 << (i % 8);
	}
	EXPECT_EQ(0, bad);
}

TEST_F_TIMEOUT(refuse, cut_at_every_length, 120)
{
	struct vt_blob table = vt_read_file("tiny.table");
	u32 bad = 0;

	ASSERT_EQ(self->good.size * 9, table.size);
	for (u32 i = 0; i < self->good.size && bad < 10; i++)
		bad += differs("length", i, vt_ioctl_load(&load, self->good.p,
							  i, 0),
			       table.p[self->good.size * 8 + i]);
	EXPECT_EQ(0, bad);
}

/* Bits flipped before signing: the parser, the binding and the linker are all
 * that is left.  What the host's parser takes may be refused for a reason that
 * only the device has, but not by the parser. */
TEST_F_TIMEOUT(refuse, trusted_but_wrong, 300)
{
	struct vt_blob r = vt_read_file("tiny.resigned");
	u32 bad = 0, taken = 0, n = 0;
	size_t at = 0;

	while (at + sizeof(struct resigned) <= r.size && bad < 10) {
		struct resigned rec;
		u32 content;
		u8 *blob;
		int got;

		memcpy(&rec, r.p + at, sizeof(rec));
		at += sizeof(rec);
		ASSERT_LE(rec.size, r.size - at);
		content = self->good.size - rec.size;
		blob = malloc(self->good.size);
		ASSERT_NE(NULL, blob);
		memcpy(blob, self->good.p, content);
		memcpy(blob + content, r.p + at, rec.size);
		blob[rec.bit / 8] ^= 1 << (rec.bit % 8);
		got = vt_ioctl_load(&load, blob, self->good.size,
				    VORW_LOAD_CHECK_ONLY);
		if (rec.reason != VORW_R_OK)
			bad += differs("signed bit", rec.bit, got, rec.reason);
		else if (got != VORW_R_OK && got < VORW_R_WRONG_ARCH &&
			 got != VORW_R_UNSUPPORTED)
			bad += differs("signed bit", rec.bit, got, 0);
		taken += got == VORW_R_OK;
		free(blob);
		at += rec.size;
		n++;
	}
	EXPECT_EQ(0, bad);
	/* A changed constant or name is another blob, not a bad one. */
	TH_LOG("%u signed variants, %u of them acceptable", n, taken);
	EXPECT_LT(100, n);
	EXPECT_LT(taken, n);
}

TEST_F_TIMEOUT(refuse, named_variants, 60)
{
	DIR *dir = opendir("bad");
	struct dirent *e;
	u32 n = 0;

	ASSERT_NE(NULL, dir);
	while ((e = readdir(dir))) {
		char path[300], *want = strchr(e->d_name, '=');
		struct vt_blob b;
		int got;

		if (!want)
			continue;
		snprintf(path, sizeof(path), "bad/%s", e->d_name);
		b = vt_read_file(path);
		got = vt_ioctl_load(&load, b.p, b.size, 0);
		*strrchr(want, '.') = 0;
		EXPECT_STREQ(want + 1, vt_reason(got)) {
			TH_LOG("%s: %s", e->d_name, load.u.detail);
		}
		free(b.p);
		n++;
	}
	closedir(dir);
	EXPECT_LE(15, n);
}

/* ---- callers ---- */

static void keep_caps(u64 keep)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = {
		{ .effective = keep, .permitted = keep },
		{ .effective = keep >> 32, .permitted = keep >> 32 },
	};

	if (syscall(SYS_capset, &h, d))
		vt_say("capset: %s", strerror(errno));
}

TEST_F(refuse, caller_without_capabilities)
{
	keep_caps(0);
	EXPECT_EQ(VORW_R_PRIVILEGE, vt_ioctl_load(&load, self->good.p,
						  self->good.size, 0));
	EXPECT_EQ(-EPERM, load.err);
	EXPECT_EQ(VORW_R_PRIVILEGE, vt_ioctl_load(&load, self->good.p,
						  self->good.size,
						  VORW_LOAD_CHECK_ONLY));
}

/* CAP_BPF alone was enough for the device file, not for what the verifier was
 * told the caller may do. */
TEST_F(refuse, caller_with_cap_bpf_only)
{
	keep_caps(1ull << CAP_BPF);
	EXPECT_EQ(VORW_R_PRIVILEGE, vt_ioctl_load(&load, self->good.p,
						  self->good.size, 0));
}

static void *share(void *arg)
{
	struct vt_blob *b = arg;

	return (void *)(long)vt_ioctl_load(&load, b->p, b->size, 0);
}

/* Descriptors that another thread could replace during the load. */
TEST_F(refuse, caller_with_shared_descriptors)
{
	pthread_t t;
	void *got;

	ASSERT_EQ(0, pthread_create(&t, NULL, share, &self->good));
	pthread_join(t, &got);
	EXPECT_EQ(VORW_R_POLICY, (long)got);
	EXPECT_EQ(-EBUSY, load.err);
}

/* ---- arguments ---- */

/* A load with one field of the ioctl's struct changed. */
static int load_with(const struct vt_blob *b, size_t field, size_t size,
		     u64 value)
{
	struct vorw_load u = {
		.size = sizeof(u),
		.blob = (unsigned long)b->p,
		.blob_size = b->size,
		.prog_fds = (unsigned long)load.prog,
		.map_fds = (unsigned long)load.map,
		.prog_cnt = 8,
		.map_cnt = 8,
	};

	memcpy((u8 *)&u + field, &value, size);	/* little endian */
	memset(&load.u, 0, sizeof(load.u));
	load.err = ioctl(vt_device(), VORW_IOC_LOAD, &u) ? -errno : 0;
	load.u = u;
	return load.err;
}
#define LOAD_WITH(field, value) \
	load_with(&self->good, offsetof(struct vorw_load, field), \
		  sizeof(((struct vorw_load *)0)->field), value)

TEST_F(refuse, arguments)
{
	u32 page = sysconf(_SC_PAGESIZE);
	u8 *none = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	u8 *rdonly = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	ASSERT_NE(MAP_FAILED, none);
	ASSERT_NE(MAP_FAILED, rdonly);
	munmap(none + page, page);

	EXPECT_EQ(-EINVAL, LOAD_WITH(size, sizeof(struct vorw_load) - 4));
	EXPECT_EQ(-EINVAL, LOAD_WITH(size, 0));
	EXPECT_EQ(-EINVAL, LOAD_WITH(flags, 2));
	EXPECT_EQ(-EINVAL, LOAD_WITH(flags, 0x80000000));
	EXPECT_EQ(-EINVAL, LOAD_WITH(reserved, 1));
	EXPECT_EQ(-EFAULT, LOAD_WITH(blob, 0));
	EXPECT_EQ(VORW_R_FAULT, load.u.reason);
	EXPECT_EQ(-EFAULT, LOAD_WITH(blob, -65536ul));	/* the kernel's */
	/* a blob that ends behind mapped memory */
	memcpy(none + page - 64, self->good.p, 64);
	EXPECT_EQ(-EFAULT, LOAD_WITH(blob, (unsigned long)none + page - 64));
	EXPECT_EQ(VORW_R_FAULT, load.u.reason);
	EXPECT_EQ(-EINVAL, LOAD_WITH(blob_size, (16 << 20) + 1));
	EXPECT_EQ(VORW_R_LIMIT, load.u.reason);
	EXPECT_EQ(-EINVAL, LOAD_WITH(blob_size, 0xffffffff));
	EXPECT_EQ(VORW_R_LIMIT, load.u.reason);
	EXPECT_EQ(-EINVAL, LOAD_WITH(blob_size, 0));
	EXPECT_EQ(VORW_R_TRUNCATED, load.u.reason);
	EXPECT_EQ(-ENOSPC, LOAD_WITH(prog_cnt, 0));
	EXPECT_EQ(-ENOSPC, LOAD_WITH(map_cnt, 0));
	EXPECT_EQ(1, load.u.prog_cnt);	/* how much room it takes */
	EXPECT_EQ(-EFAULT, LOAD_WITH(prog_fds, 0));
	EXPECT_EQ(-EFAULT, LOAD_WITH(map_fds, (unsigned long)rdonly));
	EXPECT_EQ(VORW_R_FAULT, load.u.reason);
	EXPECT_EQ(-1, ioctl(vt_device(), VORW_IOC_LOAD, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(vt_device(), VORW_IOC_LOAD, rdonly));
	EXPECT_EQ(-1, ioctl(vt_device(), 0x1234, NULL));
	EXPECT_EQ(ENOTTY, errno);
	munmap(none, page);
	munmap(rdonly, page);
}

/* No room for another descriptor: at each step of a load. */
TEST_F(refuse, out_of_descriptors)
{
	int used[2];

	ASSERT_EQ(0, pipe(used));
	for (u32 room = 0; room < 2; room++) {
		int fill[1024], n = 0;

		while (n < 1024 && (fill[n] = dup(used[0])) >= 0)
			n++;
		ASSERT_LT(n, 1024 - 3);
		for (u32 i = 0; i < room; i++)
			close(fill[--n]);
		EXPECT_NE(VORW_R_OK, vt_ioctl_load(&load, self->good.p,
						   self->good.size, 0));
		EXPECT_EQ(-EMFILE, load.err);
		while (n)
			close(fill[--n]);
	}
	close(used[0]);
	close(used[1]);
}

/* The device says what it is, and it is this kernel. */
TEST_F(refuse, nothing_of_info)
{
	struct vorw_info info = {};

	ASSERT_EQ(0, ioctl(vt_device(), VORW_IOC_INFO, &info));
	EXPECT_EQ(VORW_API_VERSION, info.api_version);
	EXPECT_NE(VORW_SEAM_NONE, info.seam);
	EXPECT_LT(0, info.ncerts);
	EXPECT_EQ(20, info.build_id_len);
	EXPECT_EQ(-1, ioctl(vt_device(), VORW_IOC_INFO, NULL));
	EXPECT_EQ(EFAULT, errno);
}

TEST_HARNESS_MAIN
