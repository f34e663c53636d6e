// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_nomem.c - memory runs out at each allocation of a load, one after the
 * other: each is refused, nothing stays, and the next load works.
 *
 * In the working directory: the blobs named below, vorw_nomem.ko.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "vt_ioctl.h"
#include "kselftest_harness.h"

#define NTH		"/sys/module/vorw_nomem/parameters/nth"
#define MAX_STEPS	2000

static struct vt_census before;
static struct vt_load load;

static void __attribute__((constructor)) set_up(void)
{
	if (access(NTH, F_OK) && system("insmod vorw_nomem.ko"))
		exit(2);
	vt_census(&before);
}

FIXTURE(nomem) {
	struct vt_blob blob;
	int nth;
};

FIXTURE_VARIANT(nomem) {
	const char *file;
	u32 at_least;		/* allocations that this load surely makes */
};

/* native; bytecode; a frozen map; map in map and others; program array */
FIXTURE_VARIANT_ADD(nomem, native) { "02-xdp-deny.blob", 20 };
FIXTURE_VARIANT_ADD(nomem, bytecode) { "01-sockcount.blob", 20 };
FIXTURE_VARIANT_ADD(nomem, globals) { "10-globals.blob", 20 };
FIXTURE_VARIANT_ADD(nomem, maps) { "11-maps.blob", 40 };
FIXTURE_VARIANT_ADD(nomem, tail_calls) { "09-tailcall.blob", 40 };

FIXTURE_SETUP(nomem)
{
	self->blob = vt_read_file(variant->file);
	/* now, so that the test counts it from the beginning */
	ASSERT_LE(0, vt_device());
	self->nth = open(NTH, O_RDWR);
	ASSERT_LE(0, self->nth);
}

FIXTURE_TEARDOWN(nomem)
{
	EXPECT_TRUE(vt_census_back(&before));
	free(self->blob.p);
	close(self->nth);
}

static int arm(int nth, u32 n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(nth, text, len, 0) == len ? 0 : -errno;
}

/* Writing allocates too: what was still armed then fails this.  True: it did
 * not, so what failed before it was the load's. */
static bool disarm(int nth)
{
	return !arm(nth, 0) || arm(nth, 0);
}

/* Name of the allocator that was made to fail, "" for none. */
static const char *what_failed(int nth)
{
	static char text[64];
	ssize_t n = pread(nth, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}

/*
 * What the kernel says is not always ENOMEM.  6.12 says EINVAL in two places,
 * where that has another meaning, too: bpf_prog_load() without memory for its
 * struct bpf_prog, before the hook; and _rsa_enc() for all that
 * rsa_check_payload() returns (crypto/rsa.c).
 */
static bool is_refusal(int r)
{
	switch (r) {
	case -ENOMEM:
	case VORW_R_NO_MEMORY:
	case VORW_R_MAP_CREATE:
	case VORW_R_PROG_LOAD:
		return true;
	case VORW_R_SEAM:
	case VORW_R_SIG_BAD:
		return vt_kernel_from(6, 12);
	default:
		return false;
	}
}

TEST_F_TIMEOUT(nomem, every_allocation, 300)
{
	u32 n, fds = vt_count_fds(), refused = 0;
	const char *what;
	int r;

	for (n = 1; n < MAX_STEPS; n++) {
		ASSERT_EQ(0, arm(self->nth, n));
		r = vt_ioctl_load(&load, self->blob.p, self->blob.size, 0);
		what = disarm(self->nth) ? what_failed(self->nth) : "";
		vt_ioctl_close(&load);
		EXPECT_EQ(fds, vt_count_fds())
			TH_LOG("step %u, %s", n, what);
		if (!*what)
			break;
		if (!r)
			continue;	/* the kernel found another way */
		refused++;
		EXPECT_TRUE(is_refusal(r))
			TH_LOG("step %u, %s: %s: %s", n, what, vt_reason(r),
			       load.u.detail);
	}
	EXPECT_EQ(VORW_R_OK, r);
	EXPECT_GT(MAX_STEPS, n);
	EXPECT_LE(variant->at_least, refused);
	TH_LOG("%u allocations, %u loads refused", n - 1, refused);
}

TEST_HARNESS_MAIN
