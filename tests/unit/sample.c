/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sample.c - a small blob with something of everything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <linux/elf-em.h>
#include "vorw_bytes.h"
#include "sample.h"

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), \
			    .off = (o), .imm = (i) })
#define LD64		0x18
#define MOV64_K		0xb7
#define ATOMIC_DW	0xdb
#define JEQ_K		0x15
#define CALL		0x85
#define CALL_ARGS	0xe5
#define EXIT		0x95

static const struct bpf_insn native_insns[] = {
	INSN(LD64, 1, 0, 0, 0), INSN(0, 0, 0, 0, 0),	/* counters */
	INSN(CALL, 0, 0, 0, 0),				/* map_lookup_elem */
	INSN(EXIT, 0, 0, 0, 0),
};

static const struct bpf_insn bytecode_insns[] = {
	INSN(LD64, 1, 0, 0, 0), INSN(0, 0, 0, 0, 0),	/* .data + 4 */
	INSN(MOV64_K, 2, 0, 0, 1),
	INSN(ATOMIC_DW, 1, 2, 0, BPF_ADD),
	INSN(JEQ_K, 2, 0, 1, 0),
	INSN(CALL, 0, 0, 0, 0),				/* ktime_get_ns */
	INSN(CALL, 0, 0, 0, 0),				/* a kernel routine */
	INSN(CALL_ARGS, 0, 1, 1, 0),			/* to instruction 9 */
	INSN(EXIT, 0, 0, 0, 0),
	INSN(MOV64_K, 0, 0, 0, 0),
	INSN(EXIT, 0, 0, 0, 0),
};

static const u32 native_code[] = {
	0xe3000000, 0xe3400000,	/* movw r0; movt r0: counters */
	0xe3001000, 0xe3401000,	/* movw r1; movt r1: .rodata + 4 */
	0xe300c000, 0xe340c000,	/* movw ip; movt ip: map_lookup_elem */
	0xe12fff3c,		/* blx ip */
	0xe3006000, 0xe3406000,	/* movw r6; movt r6: jit_udiv32 */
	0xe12fff36,		/* blx r6 */
	0xe12fff1e,		/* bx lr */
};

static const u32 callee_code[] = { 0xe12fff1e };

static const struct vorw_map_h maps[M_CNT] = {
	[M_COUNTERS] = { .name = "counters", .type = BPF_MAP_TYPE_HASH,
		.key_size = 4, .value_size = 8, .max_entries = 128,
		.btf_value_type_id = 1 },
	[M_RODATA] = { .name = ".rodata", .type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4, .value_size = 16, .max_entries = 1,
		.map_flags = BPF_F_RDONLY_PROG,
		.flags = VORW_MAP_FROZEN | VORW_MAP_INTERNAL },
	[M_OUTER] = { .name = "outer", .type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		.key_size = 4, .value_size = 4, .max_entries = 2,
		.inner = M_TEMPLATE + 1 },
	[M_INNER] = { .name = "inner0", .type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4, .value_size = 8, .max_entries = 1 },
	[M_JUMPS] = { .name = "jumps", .type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4, .value_size = 4, .max_entries = 4 },
	[M_TEMPLATE] = { .name = "outer.inner", .type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4, .value_size = 8, .max_entries = 1,
		.flags = VORW_MAP_TEMPLATE },
	[M_EVENTS] = { .name = "events",
		.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
		.key_size = 4, .value_size = 4,
		.flags = VORW_MAP_PER_CPU_MAX },
	[M_DATA] = { .name = ".data", .type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4, .value_size = 12, .max_entries = 1,
		.map_extra = 0x1122334455667788, .flags = VORW_MAP_INTERNAL },
};

static const struct vorw_prog_h progs[P_CNT] = {
	[P_NATIVE] = { .name = "count_packets", .section = "socket",
		.type = BPF_PROG_TYPE_SOCKET_FILTER, .orig_insn_cnt = 17,
		.form = VORW_FORM_NATIVE, .tag = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.facts = VORW_F_CB_ACCESS | VORW_F_VERIFIER_ZEXT,
		.stack_depth = 16, .max_ctx_offset = 52, .max_pkt_offset = 1,
		.max_tp_access = 2, .max_rdonly_access = 3,
		.max_rdwr_access = 4, .verified_insns = 40,
		.total_states = 5, .peak_states = 6,
		.cpu_features = VORW_CPU_ARM_V7 | VORW_CPU_ARM_THUMB,
		.attach_kind = VORW_ATTACH_SOCKET },
	[P_BYTECODE] = { .name = "trace.open", .section =
		"tracepoint/syscalls/sys_enter_openat",
		.type = BPF_PROG_TYPE_TRACEPOINT, .expected_attach_type = 0,
		.orig_insn_cnt = 9, .form = VORW_FORM_BYTECODE,
		.form_why = "the JIT does not compile atomic operations",
		.tag = { 0xff }, .facts = VORW_F_HAS_CALLCHAIN_BUF,
		.stack_depth = 512, .verified_insns = 11,
		.attach_kind = VORW_ATTACH_TRACEPOINT,
		.attach = "syscalls/sys_enter_openat" },
	[P_CALLEE] = { .name = "callee", .section = "socket",
		.type = BPF_PROG_TYPE_SOCKET_FILTER, .prog_flags = 0,
		.orig_insn_cnt = 2, .form = VORW_FORM_NATIVE,
		.cpu_features = VORW_CPU_ARM_THUMB },
};

void sample_init(struct sample *s)
{
	static const u8 build_id[] = {
		0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17 };
	u32 i;

	memset(s, 0, sizeof(*s));
	s->machine = EM_ARM;
	memcpy(s->binding.build_id, build_id, sizeof(build_id));
	s->binding.build_id_len = sizeof(build_id);
	s->binding.release = "6.1.0-test-armmp";
	s->binding.target = "armv7";
	s->binding.cpu = "cortex-a15";
	s->binding.page_size = 4096;
	s->binding.hz = 250;
	s->binding.caps = VORW_CAP_BPF | VORW_CAP_PERFMON;
	for (i = 0; i < sizeof(s->sha256); i++)
		s->sha256[i] = (u8)(0xa0 + i);
	s->object.name = "sample";
	s->object.tool = "vorw test";
	s->object.license = "GPL";
	s->object.core_btf = "00ff 24";
	memcpy(s->map, maps, sizeof(maps));
	memcpy(s->prog, progs, sizeof(progs));

#define INIT(m, k, key_, val, ...) \
	s->init[s->ninits].map = m; s->init[s->ninits].kind = k; \
	s->init[s->ninits].key = key_; s->init[s->ninits].value = val; \
	memcpy(s->init[s->ninits++].bytes, (u8[16]){ __VA_ARGS__ }, 16)
	INIT(M_RODATA, VORW_INIT_BYTES, 0, 0, 0xca, 0xfe, 3, 4, 5);
	INIT(M_OUTER, VORW_INIT_MAP, 1, M_INNER, 0);
	INIT(M_JUMPS, VORW_INIT_PROG, 0, P_NATIVE, 0);
	INIT(M_JUMPS, VORW_INIT_PROG, 2, P_CALLEE, 0);
	INIT(M_DATA, VORW_INIT_BYTES, 0, 0, 1, 2, 3);

#define USED(p, m) \
	s->used[s->nused].prog = p; s->used[s->nused++].map = m
	USED(P_NATIVE, M_RODATA);
	USED(P_NATIVE, M_COUNTERS);
	USED(P_BYTECODE, M_DATA);
	USED(P_BYTECODE, M_EVENTS);
	USED(P_CALLEE, M_JUMPS);

#define RELOC(p, o, k, f, y, a, name) \
	s->reloc[s->nrelocs].prog = p; s->reloc[s->nrelocs].ksym = name; \
	s->reloc[s->nrelocs++].h = (struct vorw_reloc_h){ \
		.off = o, .kind = VORW_REL_##k, .form = VORW_ENC_##f, \
		.sym = y, .addend = a }
	RELOC(P_NATIVE, 0, MAP, ARM_MOVW_MOVT, M_COUNTERS, 0, NULL);
	RELOC(P_NATIVE, 8, MAP_VALUE, ARM_MOVW_MOVT, M_RODATA, 4, NULL);
	RELOC(P_NATIVE, 16, HELPER, ARM_MOVW_MOVT, 1, 0, NULL);
	RELOC(P_NATIVE, 28, KSYM, ARM_MOVW_MOVT, 0, 0, "jit_udiv32");
	RELOC(P_NATIVE, 0, MAP, BPF_LD64, M_COUNTERS, 0, NULL);
	RELOC(P_NATIVE, 16, HELPER, BPF_CALL, 1, 0, NULL);
	RELOC(P_BYTECODE, 0, MAP_VALUE, BPF_LD64, M_DATA, 4, NULL);
	RELOC(P_BYTECODE, 40, HELPER, BPF_CALL, 5, 0, NULL);
	RELOC(P_BYTECODE, 48, KSYM, BPF_CALL, 0, 0, "bpf_skb_load_helper_8");
	RELOC(P_BYTECODE, 56, INTERP, BPF_CALL_ARGS, 64, 0, NULL);

	memcpy(s->code[P_NATIVE], native_code, sizeof(native_code));
	s->code_size[P_NATIVE] = sizeof(native_code);
	memcpy(s->code[P_CALLEE], callee_code, sizeof(callee_code));
	s->code_size[P_CALLEE] = sizeof(callee_code);
	s->second_size[P_CALLEE] = sizeof(callee_code);
	memcpy(s->insns[P_NATIVE], native_insns, sizeof(native_insns));
	s->insn_cnt[P_NATIVE] = sizeof(native_insns) / 8;
	memcpy(s->insns[P_BYTECODE], bytecode_insns, sizeof(bytecode_insns));
	s->insn_cnt[P_BYTECODE] = sizeof(bytecode_insns) / 8;

	/* a header, no types, the empty string; padded to 8 in the blob */
	memcpy(s->btf, (u8[]){ 0x9f, 0xeb, 1, 0, 24 }, 5);
	s->btf[20] = 1;
	s->btf_size = 25;
}

static void put_parts(struct vorw_writer *w, const struct sample *s, u32 i,
		      const u8 *code)
{
	struct vorw_part_h h = { .tag = { 9, (u8)i },
				 .stack_depth = s->prog[i].stack_depth };

	if (!s->code_size[i])
		return;
	vorw_writer_part(w, i, &h, code, s->code_size[i]);
	h.stack_depth = 24;
	h.facts = VORW_PF_TAIL_CALL_REACHABLE;
	if (s->second_size[i])
		vorw_writer_part(w, i, &h, code, s->second_size[i]);
}

struct vorw_writer *sample_writer(const struct sample *s)
{
	struct vorw_writer *w = vorw_writer_new(s->machine);
	struct vorw_object_h object = s->object;
	u8 bytes[sizeof(s->code[0])], key[4];
	u32 i, j;

	if (!w)
		return NULL;
	object.object_sha256 = s->sha256;
	vorw_writer_binding(w, &s->binding);
	vorw_writer_object(w, &object);
	for (i = 0; i < M_CNT; i++)
		vorw_writer_map(w, &s->map[i]);
	for (i = 0; i < P_CNT; i++)
		vorw_writer_prog(w, &s->prog[i]);
	for (i = 0; i < s->ninits; i++) {
		vorw_put32(key, s->init[i].key);
		if (s->init[i].kind == VORW_INIT_BYTES)
			vorw_writer_init_bytes(w, s->init[i].map, key,
					       s->init[i].bytes);
		else
			vorw_writer_init_index(w, s->init[i].map,
					       s->init[i].kind, key,
					       s->init[i].value);
	}
	for (i = 0; i < P_CNT; i++) {
		for (j = 0; j < sizeof(bytes) / 4; j++)
			vorw_put32(bytes + j * 4, s->code[i][j]);
		put_parts(w, s, i, bytes);
		vorw_writer_insns(w, i, s->insns[i], s->insn_cnt[i]);
	}
	for (i = 0; i < s->nused; i++)
		vorw_writer_used_map(w, s->used[i].prog, s->used[i].map);
	for (i = 0; i < s->nrelocs; i++)
		vorw_writer_reloc(w, s->reloc[i].prog, 0, &s->reloc[i].h,
				  s->reloc[i].ksym);
	vorw_writer_btf(w, s->btf, s->btf_size);
	return w;
}

enum vorw_reason sample_build(const struct sample *s, u8 **buf, size_t *size,
			      struct vorw_diag *d)
{
	struct vorw_writer *w = sample_writer(s);
	enum vorw_reason r;

	*buf = NULL;
	if (!w)
		return VORW_R_NO_MEMORY;
	r = vorw_writer_finish(w, buf, size, d);
	vorw_writer_free(w);
	return r;
}

u8 *sample_blob(size_t *size)
{
	struct vorw_diag d = { 0 };
	struct sample s;
	enum vorw_reason r;
	u8 *buf;

	sample_init(&s);
	r = sample_build(&s, &buf, size, &d);
	if (r) {
		printf("Bail out! sample refused: %s: %s at %u\n",
		       vorw_reason_name(r), d.what, d.where);
		exit(1);
	}
	return buf;
}

u8 *sample_signed(size_t *size, size_t n)
{
	size_t plain_size;
	u8 *plain = sample_blob(&plain_size), *der = malloc(n), *buf;
	enum vorw_reason r;

	memset(der, 0x30, n);
	r = vorw_append_sig(plain, plain_size, der, n, &buf, size, NULL);
	if (r) {
		printf("Bail out! signature refused: %s\n",
		       vorw_reason_name(r));
		exit(1);
	}
	free(plain);
	free(der);
	return buf;
}
