// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mkblob.c - small blobs for the tests of signing and inspecting.
 *
 *   mkblob OUT                    an unsigned blob with something of each kind
 *   mkblob OUT --append BLOB SIG  BLOB with SIG behind it, whatever SIG is
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/bpf.h>
#include "file_io.h"
#include "vorw_writer.h"

static const u8 build_id[20] = { 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6 };

static void put_maps(struct vorw_writer *w)
{
	const u32 zero = 0;
	const u8 rodata[16] = "constant";
	struct vorw_map_h counts = {
		.name = "counts", .type = BPF_MAP_TYPE_HASH, .key_size = 4,
		.value_size = 8, .max_entries = 1024,
		.map_flags = BPF_F_NO_PREALLOC,
	};
	struct vorw_map_h ro = {
		.name = "prog.rodata", .type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4, .value_size = sizeof(rodata), .max_entries = 1,
		.map_flags = BPF_F_RDONLY_PROG | BPF_F_MMAPABLE,
		.flags = VORW_MAP_FROZEN | VORW_MAP_INTERNAL,
	};

	vorw_writer_map(w, &counts);
	vorw_writer_init_bytes(w, vorw_writer_map(w, &ro), &zero, rodata);
}

/* MOVW r6, #0; MOVT r6, #0; BLX r6; BX lr: one helper call */
static void put_native(struct vorw_writer *w)
{
	static const u8 code[] = {
		0x00, 0x60, 0x00, 0xe3, 0x00, 0x60, 0x40, 0xe3,
		0x36, 0xff, 0x2f, 0xe1, 0x1e, 0xff, 0x2f, 0xe1,
	};
	struct vorw_prog_h p = {
		.name = "count_packets", .section = "kprobe/do_unlinkat",
		.form_why = "", .attach = "do_unlinkat",
		.type = BPF_PROG_TYPE_KPROBE, .orig_insn_cnt = 2,
		.form = VORW_FORM_NATIVE, .tag = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.stack_depth = 8, .verified_insns = 2, .total_states = 1,
		.peak_states = 1, .cpu_features = VORW_CPU_ARM_V7,
		.attach_kind = VORW_ATTACH_KPROBE,
	};
	struct vorw_reloc_h call = {
		.kind = VORW_REL_HELPER, .form = VORW_ENC_ARM_MOVW_MOVT,
		.sym = BPF_FUNC_ktime_get_ns,
	};
	u32 i = vorw_writer_prog(w, &p);

	vorw_writer_part(w, i, &(struct vorw_part_h){ .stack_depth = 8 }, code,
			 sizeof(code));
	vorw_writer_reloc(w, i, 0, &call, NULL);
}

static void put_bytecode(struct vorw_writer *w)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1 }, { 0 },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 2 }, { 0 },
		{ .code = BPF_JMP | BPF_CALL },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .off = 2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .src_reg = 1,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -7 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct vorw_prog_h p = {
		.name = "atomic_filter", .section = "socket",
		.form_why = "the JIT of this kernel compiles no atomic operation (instruction 7)",
		.attach = "", .type = BPF_PROG_TYPE_SOCKET_FILTER,
		.orig_insn_cnt = 10, .form = VORW_FORM_BYTECODE,
		.facts = VORW_F_CB_ACCESS | VORW_F_VERIFIER_ZEXT,
		.verified_insns = 11, .total_states = 2, .peak_states = 2,
		.attach_kind = VORW_ATTACH_SOCKET,
	};
	const struct vorw_reloc_h rels[] = {
		{ .off = 0, .kind = VORW_REL_MAP, .form = VORW_ENC_BPF_LD64 },
		{ .off = 16, .kind = VORW_REL_MAP_VALUE,
		  .form = VORW_ENC_BPF_LD64, .sym = 1, .addend = 4 },
		{ .off = 32, .kind = VORW_REL_KSYM,
		  .form = VORW_ENC_BPF_CALL },
	};
	u32 i = vorw_writer_prog(w, &p), k;

	vorw_writer_insns(w, i, insns, sizeof(insns) / sizeof(insns[0]));
	vorw_writer_used_map(w, i, 0);
	vorw_writer_used_map(w, i, 1);
	for (k = 0; k < 3; k++)
		vorw_writer_reloc(w, i, 0, &rels[k],
				  k == 2 ? "__htab_map_lookup_elem" : NULL);
}

static bool make(u8 **buf, size_t *size)
{
	struct vorw_binding_h n = {
		.build_id_len = 20, .release = "6.1.0-99-armmp",
		.target = "armv7", .cpu = "cortex-a15", .page_size = 4096,
		.hz = 250, .caps = VORW_CAPS_ALL,
	};
	static const u8 sha[32] = { 0xaa };
	struct vorw_object_h o = {
		.name = "sample", .tool = "vorw test", .license = "GPL",
		.object_sha256 = sha,
	};
	struct vorw_writer *w = vorw_writer_new(EM_ARM);
	struct vorw_diag d = { 0 };
	enum vorw_reason r;

	if (!w)
		return false;
	memcpy(n.build_id, build_id, sizeof(build_id));
	vorw_writer_binding(w, &n);
	vorw_writer_object(w, &o);
	put_maps(w);
	put_native(w);
	put_bytecode(w);
	r = vorw_writer_finish(w, buf, size, &d);
	vorw_writer_free(w);
	if (r != VORW_R_OK)
		fprintf(stderr, "mkblob: %s: %s at %u: %u, %u\n",
			vorw_reason_name(r), d.what ? d.what : "?", d.where,
			d.have, d.want);
	return r == VORW_R_OK;
}

/* No check at all: the tests want what a checking writer refuses. */
static bool append(const char *blob, const char *sig, u8 **buf, size_t *size)
{
	struct vorw_sig_hdr h = { .magic = VORW_SIG_MAGIC };
	struct vorw_err e = { 0 };
	u8 *b = NULL, *s = NULL;
	size_t nb, ns;
	bool ok;

	ok = file_read(blob, VORW_MAX_BLOB, &b, &nb, &e) &&
	     file_read(sig, 65536, &s, &ns, &e) &&
	     (*buf = malloc(nb + sizeof(h) + ns));
	if (ok) {
		h.sig_size = ns;
		memcpy(*buf, b, nb);
		memcpy(*buf + nb, &h, sizeof(h));
		memcpy(*buf + nb + sizeof(h), s, ns);
		*size = nb + sizeof(h) + ns;
	} else {
		vorw_err_print(&e);
	}
	free(b);
	free(s);
	return ok;
}

int main(int argc, char **argv)
{
	struct vorw_err e = { 0 };
	u8 *buf = NULL;
	size_t size;
	bool ok;

	if (argc == 2) {
		ok = make(&buf, &size);
	} else if (argc == 5 && !strcmp(argv[2], "--append")) {
		ok = append(argv[3], argv[4], &buf, &size);
	} else {
		fprintf(stderr, "usage: mkblob OUT [--append BLOB SIG]\n");
		return 2;
	}
	if (ok && !file_write(argv[1], buf, size, &e)) {
		vorw_err_print(&e);
		ok = false;
	}
	free(buf);
	return !ok;
}
