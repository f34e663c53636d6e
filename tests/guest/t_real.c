// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_real.c - the real verification guest, asked everything it can answer.
 *
 *	real TARGET DIR		DIR: where the compiled objects are
 */
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "guest.h"
#include "vorw_format.h"
#include "vorw_machine.h"
#include "../unit/tap.h"

enum { SLOT_INTERP, SLOT_JIT, SLOT_MORE };
#define STATS	4
#define FULL	2

static struct vorw_target target;
static const char *dir;

/* What differs between machines. */
static const struct machine {
	u32 machine;
	/* The JIT leaves atomic operations to the interpreter. */
	bool no_atomics;
	/* Code has distances to the kernel in it: no two places have the same. */
	bool distances;
	const char *sys_openat;	/* what SEC("ksyscall/openat") is attached to */
	u32 features;		/* that the target's CPU has, of those asked */
	u32 asked;
} machines[] = {
	/* a Cortex-A15 has all three; 6.1's JIT uses them */
	{ VORW_EM_ARM, true, false, "__se_sys_openat", VORW_CPU_ARM_ALL,
	  VORW_CPU_ARM_ALL },
	{ VORW_EM_AARCH64, false, false, "__arm64_sys_openat", 0, 0 },
	{ VORW_EM_X86_64, false, true, "__x64_sys_openat",
	  VORW_CPU_X86_BMI2 | VORW_CPU_X86_CALL_PLAIN,
	  VORW_CPU_X86_BMI2 | VORW_CPU_X86_CALL_PLAIN },
	{ VORW_EM_RISCV, false, true, "__riscv_sys_openat", 0, 0 },
};
static const struct machine *machine;

struct fixture {
	struct guest *g;
	struct guest_hello hello;
	struct guest_open open;
	u8 autoload[64];
	struct vorw_err e;
};

static u8 *read_object(const char *name, size_t *size)
{
	char path[4096];
	u8 *p = malloc(1 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", dir, name);
	f = fopen(path, "re");
	if (!f || !p) {
		perror(path);
		exit(2);
	}
	*size = fread(p, 1, 1 << 20, f);
	fclose(f);
	return p;
}

/* Boot and open; exits when the guest does not get so far. */
static void setup(struct fixture *f, const char *name)
{
	struct guest_opts lim = { 0 };
	char file[64];
	size_t size;
	u8 *obj = read_object(name, &size);
	u32 i;

	/* what libbpf makes of it is in the names of .data and the like */
	snprintf(file, sizeof(file), "a/b.c/%s-object.bpf.o", name);

	memset(f, 0, sizeof(*f));
	if (!guest_start(&f->g, &target, &lim, &f->e) ||
	    !guest_hello(f->g, &f->hello, &f->e) ||
	    !guest_open(f->g, file, obj, size, &f->open, &f->e)) {
		vorw_err_print(&f->e);
		exit(1);
	}
	for (i = 0; i < f->open.nprogs && i < sizeof(f->autoload); i++)
		f->autoload[i] = f->open.progs[i].autoload;
	free(obj);
}

static void teardown(struct fixture *f)
{
	guest_open_free(&f->open);
	guest_end(f->g);
	vorw_err_free(&f->e);
}

static u32 prog_index(const struct fixture *f, const char *name)
{
	u32 i;

	for (i = 0; i < f->open.nprogs; i++)
		if (!strcmp(f->open.progs[i].name, name))
			return i;
	fprintf(stderr, "no program %s\n", name);
	exit(1);
}

static u32 map_index(const struct fixture *f, const char *name)
{
	u32 i;

	for (i = 0; i < f->open.nmaps; i++)
		if (!strcmp(f->open.maps[i].name, name))
			return i;
	fprintf(stderr, "no map %s\n", name);
	exit(1);
}

static const struct {
	const char *prog;
	u32 kind;
	const char *attach;
	bool autoload;
} attach[] = {
	{ "caller", VORW_ATTACH_XDP, "", true },
	{ "probe", VORW_ATTACH_KPROBE, "do_nanosleep", true },
	{ "syscall_probe", VORW_ATTACH_KPROBE, NULL, true },
	{ "switched", VORW_ATTACH_TRACEPOINT, "sched/sched_switch", false },
	{ "raw", VORW_ATTACH_RAW_TP, "sched_switch", true },
	{ "cgroup", VORW_ATTACH_CGROUP, "", true },
	{ "sampler", VORW_ATTACH_PERF_EVENT, "", true },
	{ "filter", VORW_ATTACH_SOCKET, "", true },
	{ "classify", VORW_ATTACH_TC, "", true },
};

static void test_open(const struct fixture *f)
{
	size_t i;

	ok(!strcmp(f->hello.release, target.release) &&
	   f->hello.machine == target.machine &&
	   f->hello.word == vorw_machine(target.machine)->word &&
	   f->hello.page_size == 4096 && f->hello.build_id_len == 20,
	   "hello agrees with the target");
	is(f->hello.cpu_features & machine->asked, machine->features,
	   "CPU features");
	ok(!(f->hello.cpu_features & ~vorw_machine(target.machine)->cpu_features),
	   "and no others than there are");
	ok(!strcmp(f->open.license, "GPL"), "licence");
	for (i = 0; i < ARRAY_LEN(attach); i++) {
		const struct guest_oprog *p =
			&f->open.progs[prog_index(f, attach[i].prog)];
		const char *want = attach[i].attach ?: machine->sys_openat;

		ok(p->attach_kind == attach[i].kind &&
		   !strcmp(p->attach, want) &&
		   p->autoload == attach[i].autoload,
		   "%s: attach kind %u '%s'", p->section, p->attach_kind,
		   p->attach);
	}
}

/* The one initialiser of this map with this key, or NULL. */
static const struct guest_init *init_of(const struct guest_maps *m, u32 map,
					u32 key)
{
	u32 i;

	for (i = 0; i < m->ninits; i++)
		if (m->inits[i].map == map &&
		    !memcmp(m->data + m->inits[i].key_off, &key, 4))
			return &m->inits[i];
	return NULL;
}

static bool has_init(const struct guest_maps *m, u32 map, u32 key, u32 kind,
		     u32 value)
{
	const struct guest_init *in = init_of(m, map, key);

	return in && in->kind == kind && in->value == value;
}

static bool has_bytes(const struct guest_maps *m, u32 map, u32 want)
{
	const struct guest_init *in = init_of(m, map, 0);

	return in && in->kind == VORW_INIT_BYTES &&
	       !memcmp(m->data + in->value, &want, 4);
}

static void test_maps(struct fixture *f, u32 slot, bool with_jumps)
{
	const struct guest_map *outer, *inner, *ro;
	struct guest_maps m;

	if (!ok(guest_maps(f->g, slot, &m, &f->e), "maps: read"))
		return;
	outer = &m.maps[map_index(f, "outer")];
	ok(outer->inner && outer->inner <= m.nmaps, "maps: template");
	inner = &m.maps[outer->inner - 1];
	ok(inner->template_only && inner->type == BPF_MAP_TYPE_ARRAY &&
	   inner->key_size == 4 && inner->value_size == 8 &&
	   inner->max_entries == 8, "maps: template's attributes");
	is(m.maps[map_index(f, "events")].max_entries, 1,
	   "maps: perf event array has one entry per CPU");
	ro = &m.maps[map_index(f, "real_obj.rodata")];
	ok(ro->frozen && ro->value_addr && ro->value_len == ro->value_size,
	   "maps: .rodata is frozen and has a direct address");
	ok(has_bytes(&m, map_index(f, "real_obj.rodata"), 5) &&
	   has_bytes(&m, map_index(f, "real_obj.data"), 7), "maps: global data");
	ok(has_bytes(&m, map_index(f, "real_ob.kconfig"), f->hello.hz),
	   "maps: CONFIG_HZ is the target's");
	ok(!init_of(&m, map_index(f, "real_obj.bss"), 0), "maps: .bss needs nothing");
	ok(has_init(&m, map_index(f, "outer"), 0, VORW_INIT_MAP,
		    map_index(f, "inner_a")) &&
	   has_init(&m, map_index(f, "outer"), 2, VORW_INIT_MAP,
		    map_index(f, "inner_b")) &&
	   !init_of(&m, map_index(f, "outer"), 1),
	   "maps: slots of an array of maps");
	ok(has_init(&m, map_index(f, "outer_hash"), 7, VORW_INIT_MAP,
		    map_index(f, "inner_b")), "maps: slot of a hash of maps");
	if (with_jumps)
		ok(has_init(&m, map_index(f, "jumps"), 1, VORW_INIT_PROG,
			    prog_index(f, "callee")),
		   "maps: slot of a program array");
	else
		ok(!init_of(&m, map_index(f, "jumps"), 1),
		   "maps: no slot for a program that is left out");
	is(m.btf_len, 0, "maps: none needs BTF");
	guest_maps_free(&m);
}

static bool load(struct fixture *f, u32 slot, bool jit, u32 level,
		 struct guest_load *l)
{
	return guest_load(f->g, slot, jit, level, f->autoload, f->open.nprogs,
			  l, &f->e);
}

static void test_interpreted(struct fixture *f)
{
	struct guest_clone clone;
	struct guest_code code;
	struct guest_load l;
	struct guest_prog p;

	ok(load(f, SLOT_INTERP, false, STATS, &l) && !l.status,
	   "load with the interpreter");
	ok(l.nlogs == f->open.nprogs &&
	   strstr(l.logs[prog_index(f, "caller")], "processed "),
	   "statistics in the log");
	guest_load_free(&l);
	test_maps(f, SLOT_INTERP, true);
	ok(guest_prog(f->g, SLOT_INTERP, prog_index(f, "callee"),
		      f->open.nmaps, &p, &f->e) && !p.jited,
	   "interpreted program: read");
	code = (struct guest_code){ .insns = p.insns, .n = p.insn_cnt };
	ok(guest_compile(f->g, SLOT_INTERP, prog_index(f, "callee"), &code, 1,
			 &clone, &f->e) && !clone.image == machine->no_atomics,
	   machine->no_atomics ? "the JIT gives up on an atomic operation" :
	   "the JIT compiles an atomic operation");
	guest_clones_free(&clone, 1);
	guest_prog_free(&p);
}

static bool has_helper(const struct guest_helpers *h, u32 id, u64 *addr)
{
	u32 i;

	for (i = 0; i < h->n; i++)
		if (h->h[i].id == id) {
			*addr = h->h[i].addr;
			return true;
		}
	return false;
}

static void test_helpers(struct fixture *f, u32 prog, u64 image)
{
	u64 lookup = 0, output = 0, none, addrs[4];
	struct guest_helpers h;
	struct guest_sym s[4];

	ok(guest_helpers(f->g, SLOT_JIT, prog, &h, &f->e) &&
	   has_helper(&h, BPF_FUNC_map_lookup_elem, &lookup) &&
	   has_helper(&h, BPF_FUNC_perf_event_output, &output),
	   "a kprobe's helpers");
	ok(!has_helper(&h, BPF_FUNC_redirect_map, &none) &&
	   !has_helper(&h, BPF_FUNC_tail_call, &none),
	   "not a kprobe's helpers");
	guest_helpers_free(&h);
	addrs[0] = lookup;
	addrs[1] = lookup + 4;
	addrs[2] = image;
	addrs[3] = 16;
	ok(guest_syms(f->g, addrs, 4, s, &f->e) &&
	   !strcmp(s[0].name, "bpf_map_lookup_elem") && s[0].addr == lookup &&
	   s[0].same_name == 1 && !s[0].module && s[1].addr == lookup &&
	   !strcmp(s[0].name, s[1].name), "a helper's symbol");
	ok((!s[2].name[0] || s[2].module) && !s[3].name[0],
	   "no vmlinux symbol for a JIT image or a low address");
	diag("image: '%s', address 16: '%s'", s[2].name, s[3].name);
}

/* With the JIT on, a program that it does not compile is refused, or it alone is
 * interpreted and has no place in the array of one that is not: which depends
 * on the kernel (bpf_prog_select_runtime(), jit_needed). */
static void test_culprit(struct fixture *f)
{
	static const char *const left_out[] = { "callee", "caller" };
	struct guest_load l;
	u32 i;

	if (!ok(load(f, SLOT_JIT, true, STATS, &l), "load with the JIT"))
		return;
	diag("status %d, program %u: %s", l.status, l.failed_prog, l.text);
	if (l.status == 524)
		ok(l.failed_prog == prog_index(f, "callee"),
		   "it fails, and the culprit is named");
	else
		ok(l.status == 22 && l.failed_prog == ~0u &&
		   strstr(l.text, "'jumps'") && strstr(l.text, "'callee'"),
		   "it fails, and the array and the culprit are named");
	guest_load_free(&l);
	for (i = 0; i < ARRAY_LEN(left_out); i++)
		f->autoload[prog_index(f, left_out[i])] = 0;
}

static void test_native(struct fixture *f)
{
	u32 i, same = 0, n = 0, probe = prog_index(f, "probe");
	struct guest_clone clone;
	struct guest_code code;
	struct guest_load l;
	struct guest_prog p;

	if (machine->no_atomics)
		test_culprit(f);
	ok(load(f, SLOT_JIT, true, STATS, &l) && !l.status,
	   machine->no_atomics ? "without two programs it loads" :
	   "with the JIT it loads");
	if (l.status)
		diag("status %d: %s", l.status, l.text);
	guest_load_free(&l);
	test_maps(f, SLOT_JIT, !machine->no_atomics);
	for (i = 0; i < f->open.nprogs; i++) {
		if (!f->autoload[i])
			continue;
		n++;
		if (!guest_prog(f->g, SLOT_JIT, i, f->open.nmaps, &p, &f->e))
			break;
		code = (struct guest_code){ .insns = p.insns, .n = p.insn_cnt };
		if (!guest_compile(f->g, SLOT_JIT, i, &code, 1, &clone,
				   &f->e))
			break;
		same += p.jited && p.nparts == 1 && clone.image &&
			clone.len == p.parts[0].image_len &&
			clone.addr != p.parts[0].addr &&
			(machine->distances ||
			 !memcmp(clone.image, p.parts[0].image, clone.len));
		if (i == probe && p.nparts)
			test_helpers(f, i, p.parts[0].addr);
		guest_clones_free(&clone, 1);
		guest_prog_free(&p);
	}
	is(same, n, "clones of %u programs equal the kernel's own images", n);
}

static void test_subprogram(struct fixture *f)
{
	u32 i = prog_index(f, "switched");
	struct guest_load l;
	struct guest_prog p;

	memset(f->autoload, 0, sizeof(f->autoload));
	f->autoload[i] = 1;
	if (!ok(load(f, SLOT_MORE, false, STATS, &l) && !l.status,
		"SEC(\"?\") program loaded on request"))
		diag("%s", l.text ? l.text : f->e.msg);
	guest_load_free(&l);
	ok(guest_prog(f->g, SLOT_MORE, i, f->open.nmaps, &p, &f->e) &&
	   p.orig_insn_cnt > f->open.progs[i].insn_cnt,
	   "its instruction count has the subprogram's");
	guest_prog_free(&p);
	ok(guest_unload(f->g, SLOT_MORE, &f->e), "unload");
	ok(!guest_unload(f->g, SLOT_MORE, &f->e), "unload twice");
	ok(guest_hello(f->g, &f->hello, &(struct vorw_err){ 0 }),
	   "a refusal does not end the guest");
}

#define SETTLE_SECONDS	60
#define LARGE_MIB	8	/* large.bpf.c's map */

/* The guest keeps small programs that were unloaded (guest/keep.c).  All of
 * these loads together do not fit its memory. */
static void test_unloaded(void)
{
	struct guest_load l;
	struct fixture f;
	u32 i, n;

	setup(&f, "large");
	n = 2 * target.mem_mib / LARGE_MIB;
	for (i = 0; i < n; i++) {
		bool good = load(&f, 0, true, STATS, &l) && !l.status;

		if (!good)
			diag("%s", l.text ? l.text : f.e.msg);
		guest_load_free(&l);
		if (!good || !guest_unload(f.g, 0, &f.e))
			break;
		/* maps are freed later, by RCU and work queues */
		if (i % 8 == 7 && !guest_settle(f.g, SETTLE_SECONDS, &f.e))
			break;
	}
	is(i, n, "%u MiB of maps loaded, each unloaded before the next",
	   n * LARGE_MIB);
	teardown(&f);
}

static void test_refused(void)
{
	struct guest_load l;
	struct fixture f;
	u32 bad;

	setup(&f, "bad");
	bad = prog_index(&f, "unchecked");
	ok(load(&f, 0, false, STATS, &l) && l.status == 13 &&
	   l.failed_prog == bad && l.failed_map == ~0u &&
	   strstr(l.logs[bad], "invalid mem access"),
	   "a refused program is named, with the verifier's reason");
	guest_load_free(&l);
	f.autoload[bad] = 0;
	ok(load(&f, 0, false, FULL, &l) && !l.status &&
	   strlen(l.logs[prog_index(&f, "many")]) > 1 << 20,
	   "a log longer than the first buffer arrives");
	diag("%zu bytes", strlen(l.logs[prog_index(&f, "many")]));
	guest_load_free(&l);
	teardown(&f);

	setup(&f, "badmap");
	ok(load(&f, 0, false, STATS, &l) && l.status &&
	   l.failed_map == map_index(&f, "unknown") && l.failed_prog == ~0u,
	   "a map the kernel does not know is named");
	guest_load_free(&l);
	teardown(&f);
}

/* Bytes that a BTF type has behind its struct btf_type. */
static size_t btf_more(u32 info)
{
	static const u8 fixed[32] = { [BTF_KIND_INT] = 4, [BTF_KIND_ARRAY] = 12,
				      [BTF_KIND_VAR] = 4,
				      [BTF_KIND_DECL_TAG] = 4 };
	static const u8 each[32] = { [BTF_KIND_STRUCT] = 12,
				     [BTF_KIND_UNION] = 12,
				     [BTF_KIND_ENUM] = 8,
				     [BTF_KIND_FUNC_PROTO] = 8,
				     [BTF_KIND_DATASEC] = 12,
				     [BTF_KIND_ENUM64] = 12 };

	return fixed[BTF_INFO_KIND(info)] +
	       each[BTF_INFO_KIND(info)] * BTF_INFO_VLEN(info);
}

/* Give every array type in .BTF an element type that does not exist. */
static unsigned break_btf(u8 *obj, size_t size)
{
	u8 *p = memmem(obj, size, "\x9f\xeb\x01\x00\x18", 5), *end;
	const struct btf_header *h = (void *)p;
	unsigned n = 0;

	if (!p)
		return 0;
	p += h->hdr_len + h->type_off;
	for (end = p + h->type_len; p < end; ) {
		struct btf_type *t = (void *)p;

		p += sizeof(*t);
		if (BTF_INFO_KIND(t->info) == BTF_KIND_ARRAY) {
			((struct btf_array *)p)->type = 0xffffff;
			n++;
		}
		p += btf_more(t->info);
	}
	return n;
}

/* libbpf 1.1 believes BTF; what it makes of this one is to crash.  1.5
 * looks first (btf_sanity_check()), and nothing happens to the guest. */
static void test_broken_object(void)
{
	struct guest_opts lim = { 0 };
	struct vorw_err e = { 0 }, late = { 0 };
	struct guest_hello h;
	struct guest_open o;
	struct guest *g;
	size_t size;
	u8 *obj = read_object("real", &size);
	bool crashed;

	ok(break_btf(obj, size) > 5, "an object with broken BTF");
	ok(guest_start(&g, &target, &lim, &e) && guest_hello(g, &h, &e) &&
	   !guest_open(g, "x.o", obj, size, &o, &e) &&
	   e.reason == VORW_R_BAD_OBJECT, "it is the object's fault");
	diag("%s: %s", e.msg, e.log ? e.log : "");
	crashed = e.log && strstr(e.log, "crashed");
	ok(guest_hello(g, &h, &late) ? !crashed :
	   crashed && late.reason == VORW_R_VM,
	   "and, if libbpf crashed, the end of the guest");
	guest_end(g);
	vorw_err_free(&e);
	vorw_err_free(&late);
	free(obj);
}

static void test_no_object(void)
{
	static const u8 junk[100] = "\x7f" "ELF";
	struct guest_opts lim = { 0 };
	struct vorw_err e = { 0 };
	struct guest_hello h;
	struct guest_open o;
	struct guest *g;

	ok(guest_start(&g, &target, &lim, &e) && guest_hello(g, &h, &e) &&
	   !guest_open(g, "x.o", junk, sizeof(junk), &o, &e) &&
	   e.reason == VORW_R_BAD_OBJECT, "not an object");
	ok(e.log && strstr(e.log, "libbpf: "), "in libbpf's words");
	diag("%s", e.log);
	vorw_err_free(&e);
	e.reason = VORW_R_OK;
	ok(!guest_open(g, "x.o", junk, sizeof(junk), &o, &e) &&
	   e.reason == VORW_R_BAD_OBJECT, "one object per guest");
	diag("%s", e.msg);
	guest_end(g);
	vorw_err_free(&e);
}

int main(int argc, char **argv)
{
	struct vorw_err e = { 0 };
	struct fixture f;
	size_t i;

	if (argc != 3) {
		fprintf(stderr, "usage: real TARGET DIR\n");
		return 2;
	}
	vorw_quiet = true;
	dir = argv[2];
	if (!vorw_target_get(argv[1], &target, &e) || !target.ready) {
		fprintf(stderr, "target not ready: %s%s\n", e.msg,
			target.why_not);
		return 2;
	}
	for (i = 0; i < ARRAY_LEN(machines); i++)
		if (machines[i].machine == target.machine)
			machine = &machines[i];
	if (!machine) {
		fprintf(stderr, "ELF machine %u: what is expected of it?\n",
			target.machine);
		return 2;
	}
	setup(&f, "real");
	test_open(&f);
	test_interpreted(&f);
	test_native(&f);
	test_subprogram(&f);
	teardown(&f);
	test_unloaded();
	test_refused();
	test_no_object();
	test_broken_object();
	return tap_done();
}
