// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_progs.c - edge cases of tests/progs: same answers to the same packets,
 * same map contents, same code, from a blob as natively.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "examples.h"
#include "jitcmp.h"
#include "vt_ioctl.h"
#include "kselftest_harness.h"

FIXTURE(prog) {
	struct vt_census before;
	struct vt_obj native, blob;
	char *text[2];
};

FIXTURE_VARIANT(prog) {
	const char *name;
	bool no_test_run;	/* this kernel has none for the type */
	const char *object;	/* where this file is not, none of it is */
	unsigned long robust_list;	/* what set_robust_list() is told */
};

#define PROG(id, obj, ...) \
	FIXTURE_VARIANT_ADD(prog, id) { .name = obj, __VA_ARGS__ }
PROG(alu, "alu");
PROG(divide32, "divide32");
PROG(ld_abs, "ld-abs");
PROG(kernel_constants, "kernel-constants");
PROG(many_programs, "many-programs");
PROG(spin_lock, "spin-lock");
PROG(kconfig, "kconfig");
PROG(two_in_section, "two-in-section", .no_test_run = true);
PROG(mixed_tailcall, "mixed-tailcall");
PROG(inner_timer, "inner-timer");
PROG(map_flags, "map-flags");
PROG(sk_storage, "sk-storage");
PROG(odd_sections, "odd-sections");
PROG(inlined_helpers, "inlined-helpers");
/* No user's address, and in the kernel nothing is there. */
PROG(task_btf, "task-btf", .object = "task-btf.o",
     .robust_list = ~0ul << (sizeof(long) * 8 - 17));

FIXTURE_SETUP(prog)
{
	ASSERT_EQ(0, vt_jit(0));
	ASSERT_EQ(0, vt_start(variant->name, &self->before));
}

FIXTURE_TEARDOWN(prog)
{
	free(self->text[0]);
	free(self->text[1]);
}

/* Map values of arrays and hashes, program by program. */
static char *observe(struct vt_obj *o, const struct vt_obj *order)
{
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	for (u32 i = 0; out && i < order->nprogs; i++)
		ex_packets(o, order->prog[i].name, out);
	for (u32 i = 0; out && i < order->nmaps; i++) {
		struct bpf_map_info info = {};
		u32 len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(order->map[i].fd, &info, &len) &&
		    (info.type == BPF_MAP_TYPE_ARRAY ||
		     info.type == BPF_MAP_TYPE_HASH) &&
		    order->map[i].name[0])
			vt_dump_map(out, o, order->map[i].name);
	}
	return out && !fclose(out) ? text : NULL;
}

/* What the kernel says of a map, but for ids. */
static char *map_text(const struct vt_obj *o, const char *name)
{
	struct bpf_map_info i = {};
	u32 len = sizeof(i);
	char *text = NULL;

	if (bpf_obj_get_info_by_fd(vt_map(o, name), &i, &len) ||
	    asprintf(&text, "type %u key %u value %u entries %u flags %#x extra %llu",
		     i.type, i.key_size, i.value_size, i.max_entries,
		     i.map_flags, (unsigned long long)i.map_extra) < 0)
		return NULL;
	return text;
}

static bool same_maps(const struct vt_obj *a, const struct vt_obj *b)
{
	bool same = true;

	for (u32 i = 0; i < a->nmaps; i++) {
		const char *name = a->map[i].name;
		char *t = map_text(a, name), *u = map_text(b, name);

		same = same && t && u && vt_same_text(name, t, u);
		free(t);
		free(u);
	}
	return same;
}

TEST_F_TIMEOUT(prog, same, 120)
{
	struct vt_obj *a = &self->native, *b = &self->blob;

	if (variant->object && access(variant->object, F_OK))
		SKIP(return, "a blob cannot carry it to this kernel");
	if (variant->robust_list)
		ASSERT_EQ(0, syscall(SYS_set_robust_list, variant->robust_list,
				     3 * sizeof(long)));
	ASSERT_EQ(0, vt_requests_start());
	ASSERT_EQ(0, vt_load_own_form(a, variant->name));
	ASSERT_EQ(0, vt_load_blob(b, variant->name, NULL));
	EXPECT_TRUE(vt_requests_same(a));
	EXPECT_EQ(a->nprogs, b->nprogs);
	EXPECT_EQ(a->nmaps, b->nmaps);
	EXPECT_TRUE(same_maps(a, b));
	if (!variant->no_test_run) {
		self->text[0] = observe(a, a);
		self->text[1] = observe(b, a);
		ASSERT_NE(NULL, self->text[0]);
		ASSERT_NE(NULL, self->text[1]);
		EXPECT_NE(NULL, strstr(self->text[0], "ret"));
		EXPECT_TRUE(vt_same_text(variant->name, self->text[0],
					 self->text[1]));
	}
	for (u32 i = 0; i < a->nprogs; i++) {
		const char *prog = a->prog[i].name;

		EXPECT_EQ(vt_jited(a, prog), vt_jited(b, prog));
		EXPECT_TRUE(vt_jited(a, prog) ? jc_same_code(a, b, prog) :
						jc_same_bytecode(a, b, prog));
	}
	EXPECT_EQ(0, vt_unload(b));
	EXPECT_EQ(0, vt_unload(a));
	EXPECT_TRUE(vt_census_back(&self->before));
}

/* Maps that user space may put into a map of maps later: the template's own
 * kind, and no other. */
FIXTURE(inner) {
	struct vt_census before;
	/* The second one for its BTF, which libbpf completes at loading. */
	struct vt_obj o, other;
	int typed, plain;
};

FIXTURE_VARIANT(inner) {
	bool blob;
};
FIXTURE_VARIANT_ADD(inner, native) { .blob = false };
FIXTURE_VARIANT_ADD(inner, blob) { .blob = true };

FIXTURE_SETUP(inner)
{
	ASSERT_EQ(0, vt_jit(0));
	ASSERT_EQ(0, vt_start("inner-timer", &self->before));
	self->typed = self->plain = -1;
}

FIXTURE_TEARDOWN(inner)
{
	close(self->typed);
	close(self->plain);
	EXPECT_TRUE(vt_census_back(&self->before));
}

/* What inner_timer answers with this map in its array, or -errno. */
static int timer_answer(struct vt_obj *o, int map)
{
	u8 data[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = data,
		    .data_size_in = sizeof(data));
	int outer = vt_map(o, "outer");
	u32 zero = 0;
	int err = bpf_map_update_elem(outer, &zero, &map, 0);

	err = err ?: bpf_prog_test_run_opts(vt_prog(o, "inner_timer"), &run);
	err = err ?: bpf_map_delete_elem(outer, &zero);
	return err ?: (int)run.retval;
}

TEST_F_TIMEOUT(inner, timer, 60)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct btf *btf;
	u8 junk[24];
	u32 zero = 0;
	int outer, answer, fresh;

	ASSERT_EQ(0, variant->blob ?
		     vt_load_blob(&self->o, "inner-timer", NULL) :
		     vt_load_native(&self->o, "inner-timer"));
	outer = vt_map(&self->o, "outer");
	ASSERT_LE(0, outer);

	/* Bytes that a program would take for a timer. */
	self->plain = bpf_map_create(BPF_MAP_TYPE_ARRAY, "plain", 4, 24, 1,
				     NULL);
	ASSERT_LE(0, self->plain);
	memset(junk, 0x41, sizeof(junk));
	ASSERT_EQ(0, bpf_map_update_elem(self->plain, &zero, junk, 0));
	EXPECT_EQ(-EINVAL, bpf_map_update_elem(outer, &zero, &self->plain, 0));

	ASSERT_EQ(0, vt_load_native(&self->other, "inner-timer"));
	btf = bpf_object__btf(self->other.elf);
	opts.btf_fd = bpf_object__btf_fd(self->other.elf);
	opts.btf_key_type_id = btf__find_by_name(btf, "unsigned int");
	opts.btf_value_type_id = btf__find_by_name(btf, "timed");
	self->typed = bpf_map_create(BPF_MAP_TYPE_ARRAY, "typed", 4, 24, 1,
				     &opts);
	ASSERT_LE(0, self->typed);
	/* 4: initialised, but no callback.  3, not initialised: 7.2 allocates
	 * with kmalloc_nolock(), which a CPU without a double-word
	 * compare-and-swap has not (mm/slub.c). */
	answer = timer_answer(&self->o, self->typed);
	EXPECT_TRUE(answer == 4 || (answer == 3 && vt_kernel_from(7, 2))) {
		TH_LOG("answer %d", answer);
	}
	fresh = bpf_map_create(BPF_MAP_TYPE_ARRAY, "fresh", 4, 24, 1, &opts);
	EXPECT_EQ(answer, timer_answer(&self->other, fresh));
	close(fresh);
	EXPECT_EQ(0, vt_unload(&self->other));
	EXPECT_EQ(0, vt_unload(&self->o));
}

/* The descriptors that a load gives have the modes that were asked for. */
TEST(descriptor_modes)
{
	struct vt_blob b = vt_read_file("map-flags.blob");
	static struct vt_load l;
	u32 zero = 0, found = 0;
	u64 value = 0;

	ASSERT_EQ(VORW_R_OK, vt_ioctl_load(&l, b.p, b.size, 0)) {
		TH_LOG("%s", l.u.detail);
	}
	for (u32 i = 0; i < l.u.map_cnt; i++) {
		struct bpf_map_info info = {};
		u32 len = sizeof(info);

		if (l.map[i] < 0)
			continue;	/* a template's */
		ASSERT_EQ(0, bpf_obj_get_info_by_fd(l.map[i], &info, &len));
		if (!strcmp(info.name, "user_reads")) {
			found++;
			EXPECT_EQ(-EPERM, bpf_map_update_elem(l.map[i], &zero,
							      &value, 0));
			EXPECT_EQ(0, bpf_map_lookup_elem(l.map[i], &zero,
							 &value));
		} else if (!strcmp(info.name, "user_writes")) {
			found++;
			EXPECT_EQ(0, bpf_map_update_elem(l.map[i], &zero,
							 &value, 0));
			EXPECT_EQ(-EPERM, bpf_map_lookup_elem(l.map[i], &zero,
							      &value));
		}
	}
	EXPECT_EQ(2, found);
	vt_ioctl_close(&l);
	free(b.p);
}

FIXTURE(two_loads) {
};

FIXTURE_SETUP(two_loads)
{
}

FIXTURE_TEARDOWN(two_loads)
{
}

/* The comparison itself: two loads of one program are equal, but for the
 * addresses of their maps; programs that differ in one constant are not. */
TEST_F_TIMEOUT(two_loads, compared, 60)
{
	struct vt_obj a, b;

	ASSERT_EQ(0, vt_jit(1));
	ASSERT_EQ(0, vt_load_native(&a, "many-programs"));
	ASSERT_EQ(0, vt_load_native(&b, "many-programs"));
	ASSERT_EQ(0, vt_jit(0));
	EXPECT_TRUE(jc_same_code(&a, &b, "prog_11"));
	EXPECT_FALSE(jc_same_code_as(&a, "prog_11", &b, "prog_12"));
	EXPECT_FALSE(jc_same_code_as(&a, "prog_11", &b, "prog_21"));
	/* Loaded once, no map is elsewhere: one address too few differs. */
	EXPECT_FALSE(jc_same_code(&a, &a, "prog_11"));
	EXPECT_EQ(0, vt_unload(&a));
	EXPECT_EQ(0, vt_unload(&b));
}

/* What `vorw verify` refuses with the verifier's verdict, this kernel refuses,
 * with the JIT on and off. */
FIXTURE(refused) {
};

FIXTURE_VARIANT(refused) {
	const char *name;
	const char *unless;	/* where this file is, it is taken */
};

#define REFUSED(id, obj, ...) \
	FIXTURE_VARIANT_ADD(refused, id) { .name = obj, __VA_ARGS__ }
REFUSED(out_of_bounds, "out-of-bounds");
REFUSED(unknown_helper, "unknown-helper");
REFUSED(unknown_map, "unknown-map");
REFUSED(no_licence, "no-licence");
REFUSED(fentry, "fentry", .unless = "/sys/kernel/btf/vmlinux");
#if !VT_CALLBACKS
REFUSED(callback, "13-callback");
#endif

FIXTURE_SETUP(refused)
{
	libbpf_set_print(NULL);
}

FIXTURE_TEARDOWN(refused)
{
}

TEST_F_TIMEOUT(refused, natively, 60)
{
	struct vt_obj o;

	if (variant->unless && !access(variant->unless, F_OK))
		SKIP(return, "this kernel takes it: it has %s",
		     variant->unless);
	for (int jit = 0; jit < 2; jit++) {
		ASSERT_EQ(0, vt_jit(jit));
		EXPECT_GT(0, vt_load_native(&o, variant->name));
	}
	vt_jit(0);
}

TEST_HARNESS_MAIN
