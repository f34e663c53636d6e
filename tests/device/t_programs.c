// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_programs.c - each example does from a blob what it does natively.
 *
 * The native load is libbpf's on this device, with the JIT on where it takes
 * the programs and off where it does not; the blob has to have the same form.
 * It comes through the device's own vorw command, with the JIT off.
 * With VT_ONLY=NAME in the environment all but that one are skipped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "examples.h"
#include "jitcmp.h"
#include "kselftest_harness.h"

FIXTURE(example) {
	struct vt_census before;
	struct vt_obj native, blob;
	char *text[2];
};

FIXTURE_VARIANT(example) {
	const struct example *ex;
};

#define EXAMPLE(n) \
	FIXTURE_VARIANT_ADD(example, n) { .ex = &ex_##n }
EXAMPLE(sockcount);
EXAMPLE(xdp_deny);
EXAMPLE(tc_mark);
EXAMPLE(cgroup_count);
EXAMPLE(kprobe_open);
EXAMPLE(tp_exec);
EXAMPLE(rawtp_syscalls);
EXAMPLE(perf_stacks);
EXAMPLE(tailcall);
EXAMPLE(globals);
EXAMPLE(maps);
EXAMPLE(wide);
#if VT_CALLBACKS
EXAMPLE(callback);
#endif

static bool wanted(const struct example *ex)
{
	const char *only = getenv("VT_ONLY");

	return !only || !strcmp(only, ex->name);
}

#define SKIP_UNWANTED()							\
	if (!wanted(variant->ex))					\
		SKIP(return, "not asked for")

FIXTURE_SETUP(example)
{
	if (!wanted(variant->ex))
		return;
	mkdir(VT_CGROUP, 0755);
	ASSERT_EQ(0, vt_jit(0));
	ASSERT_EQ(0, vt_netns(variant->ex->veth));
	ASSERT_EQ(0, vt_start(variant->ex->name, &self->before));
}

FIXTURE_TEARDOWN(example)
{
	free(self->text[0]);
	free(self->text[1]);
}

/* What a loaded object shows of itself: test runs first, then the events. */
static int observe(struct vt_obj *o, const struct example *ex, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);
	int err = 0;

	if (!out)
		return -ENOMEM;
	if (!o->from_blob && ex->attach_native)
		err = ex->attach_native(o);
	if (!err)
		err = ex->run(o, out);
	if (!err && ex->test_run)
		err = ex->test_run(o, out);
	fclose(out);
	return err;
}

static bool has_all(const char *text, const char *const *must)
{
	bool all = true;

	for (; *must; must++)
		if (!strstr(text, *must)) {
			vt_say("missing in the results: %s", *must);
			all = false;
		}
	if (!all)
		vt_say("results:\n%s", text);
	return all;
}

/* Does this kernel let the example be attached? */
static bool attaches(const struct example *ex)
{
	const char *probes = getenv("ENTRY_PROBES");

	return !ex->entry_probes || !probes || *probes;
}

/* Without a right native answer there is nothing to compare with. */
TEST_F_TIMEOUT(example, native, 120)
{
	const struct example *ex = variant->ex;

	SKIP_UNWANTED();
	ASSERT_EQ(0, vt_load_own_form(&self->native, ex->name));
	if (attaches(ex)) {
		EXPECT_EQ(0, observe(&self->native, ex, &self->text[0]));
		EXPECT_TRUE(has_all(self->text[0], ex->must));
	} else {
		/* none there, or none at a function's entry */
		EXPECT_EQ(access("/sys/bus/event_source/devices/kprobe", F_OK) ?
			  -ENOENT : -EINVAL, observe(&self->native, ex, &self->text[0]));
	}
	EXPECT_EQ(0, vt_unload(&self->native));
	EXPECT_TRUE(vt_census_back(&self->before));
}

TEST_F_TIMEOUT(example, same_behaviour, 120)
{
	const struct example *ex = variant->ex;

	SKIP_UNWANTED();
	if (!attaches(ex)) {
		EXPECT_EQ(-EIO, vt_load_blob(&self->blob, ex->name, ex->attach));
		EXPECT_TRUE(vt_census_back(&self->before));
		EXPECT_FALSE(vt_pinned(ex->name));
		return;
	}
	ASSERT_EQ(0, vt_load_own_form(&self->native, ex->name));
	EXPECT_EQ(0, observe(&self->native, ex, &self->text[0]));
	EXPECT_EQ(0, vt_unload(&self->native));

	ASSERT_EQ(0, vt_load_blob(&self->blob, ex->name, ex->attach));
	EXPECT_EQ(0, observe(&self->blob, ex, &self->text[1]));
	EXPECT_TRUE(has_all(self->text[1], ex->must));
	EXPECT_TRUE(vt_same_text(ex->name, self->text[0], self->text[1]));
	EXPECT_EQ(0, vt_unload(&self->blob));
	EXPECT_TRUE(vt_census_back(&self->before));
	EXPECT_FALSE(vt_pinned(ex->name));
}

static bool same_prog_info(const struct vt_obj *a, const struct vt_obj *b,
			   const char *prog)
{
	struct bpf_prog_info ia = {}, ib = {};
	u32 la = sizeof(ia), lb = sizeof(ib);
	bool same = true;

	if (bpf_obj_get_info_by_fd(vt_prog(a, prog), &ia, &la) ||
	    bpf_obj_get_info_by_fd(vt_prog(b, prog), &ib, &lb)) {
		vt_say("%s: no info", prog);
		return false;
	}
#define SAME(field)							\
	if (ia.field != ib.field) {					\
		vt_say("%s: " #field " %u against %u", prog, ia.field,	\
		       ib.field);					\
		same = false;						\
	}
	SAME(type);
	SAME(created_by_uid);
	SAME(nr_map_ids);
	SAME(ifindex);
	SAME(gpl_compatible);
	SAME(nr_jited_ksyms);
	SAME(nr_jited_func_lens);
	SAME(verified_insns);
#undef SAME
	/* No JIT of the device is needed for code that comes compiled. */
	if (!!ia.jited_prog_len != !!ib.jited_prog_len) {
		vt_say("%s: jited %u against %u", prog, ia.jited_prog_len,
		       ib.jited_prog_len);
		same = false;
	}
	if (memcmp(ia.tag, ib.tag, sizeof(ia.tag))) {
		vt_say("%s: tags differ", prog);
		same = false;
	}
	if (strcmp(ia.name, ib.name)) {
		vt_say("%s: name %s against %s", prog, ia.name, ib.name);
		same = false;
	}
	return same;
}

/* Nobody can write what the verifier took for constant. */
static bool frozen(const struct vt_obj *o, const char *map)
{
	u32 key = 0;
	u8 value[256];
	int fd = vt_map(o, map), again;

	if (bpf_map_lookup_elem(fd, &key, value) ||
	    bpf_map_update_elem(fd, &key, value, 0) != -EPERM)
		return false;
	/* Frozen already, or (newer kernels) not writable any more. */
	again = bpf_map_freeze(fd);
	return again == -EBUSY || again == -EPERM;
}

/* Maps are found by their kernel names, so those are equal already. */
static bool same_map_info(const struct vt_obj *a, const struct vt_obj *b,
			  const char *map)
{
	struct bpf_map_info ia = {}, ib = {};
	u32 la = sizeof(ia), lb = sizeof(ib);
	bool same = true;

	if (bpf_obj_get_info_by_fd(vt_map(a, map), &ia, &la) ||
	    bpf_obj_get_info_by_fd(vt_map(b, map), &ib, &lb)) {
		vt_say("%s: no info", map);
		return false;
	}
#define SAME(field)							\
	if (ia.field != ib.field) {					\
		vt_say("%s: " #field " %u against %u", map, ia.field,	\
		       ib.field);					\
		same = false;						\
	}
	SAME(type);
	SAME(key_size);
	SAME(value_size);
	SAME(max_entries);
	SAME(map_flags);
	SAME(ifindex);
#undef SAME
	if (strstr(map, ".rodata") && !(frozen(a, map) && frozen(b, map))) {
		vt_say("%s is not frozen", map);
		same = false;
	}
	return same;
}

TEST_F_TIMEOUT(example, same_info, 120)
{
	const struct example *ex = variant->ex;
	struct vt_obj *a = &self->native, *b = &self->blob;

	SKIP_UNWANTED();
	ASSERT_EQ(0, vt_requests_start());
	ASSERT_EQ(0, vt_load_own_form(a, ex->name));
	ASSERT_EQ(0, vt_load_blob(b, ex->name, NULL));
	EXPECT_TRUE(vt_requests_same(a));
	EXPECT_EQ(a->nprogs, b->nprogs);
	EXPECT_EQ(a->nmaps, b->nmaps);
	for (u32 i = 0; i < a->nprogs; i++)
		EXPECT_TRUE(same_prog_info(a, b, a->prog[i].name));
	for (u32 i = 0; i < a->nmaps; i++)
		EXPECT_TRUE(same_map_info(a, b, a->map[i].name));
	EXPECT_EQ(0, vt_unload(b));
	EXPECT_EQ(0, vt_unload(a));
	EXPECT_TRUE(vt_census_back(&self->before));
}

TEST_F_TIMEOUT(example, same_code, 120)
{
	const struct example *ex = variant->ex;
	struct vt_obj *a = &self->native, *b = &self->blob;

	SKIP_UNWANTED();
	ASSERT_EQ(0, vt_load_own_form(a, ex->name));
	ASSERT_EQ(0, vt_load_blob(b, ex->name, NULL));
	for (u32 i = 0; i < a->nprogs; i++) {
		const char *prog = a->prog[i].name;

		EXPECT_EQ(vt_jited(a, prog), vt_jited(b, prog));
		EXPECT_TRUE(vt_jited(a, prog) ? jc_same_code(a, b, prog) :
						jc_same_bytecode(a, b, prog));
	}
	EXPECT_EQ(0, vt_unload(b));
	EXPECT_EQ(0, vt_unload(a));
}

FIXTURE(sampler) {
};

FIXTURE_SETUP(sampler)
{
}

FIXTURE_TEARDOWN(sampler)
{
}

/* A profiler that outlives the command which started it. */
TEST_F_TIMEOUT(sampler, attached_by_the_loader, 60)
{
	static const char *const attach[] = {
		"perf_stacks=cpu-clock:99", NULL
	};
	struct vt_census c;
	struct vt_obj o;
	u64 sum = 0, n;
	u8 key[8], *prev = NULL;
	time_t until;

	if (getenv("VT_ONLY"))
		SKIP(return, "not asked for");
	ASSERT_EQ(0, vt_start("08-perf-stacks", &c));
	ASSERT_EQ(0, vt_load_blob(&o, "08-perf-stacks", attach));
	until = time(NULL) + 3;
	while (time(NULL) < until)
		getppid();
	while (!bpf_map_get_next_key(vt_map(&o, "samples"), prev, key)) {
		prev = key;
		if (!bpf_map_lookup_elem(vt_map(&o, "samples"), key, &n))
			sum += n;
	}
	/* 99 a second and CPU, of which a busy host may lose many */
	EXPECT_LT(30, sum);
	EXPECT_EQ(0, vt_unload(&o));
	EXPECT_TRUE(vt_census_back(&c));
}

TEST_HARNESS_MAIN
