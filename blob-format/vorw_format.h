/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_format.h - the blob on disk: structs, limits, kinds.
 *
 * This header is the contract between `vorw verify`, the device module and
 * anybody else's reader; docs/blob-format.md is its text form.  All integers
 * are little-endian, all structs have no padding, every reserved byte is zero.
 *
 *   offset 0        struct vorw_hdr               \
 *                   struct vorw_sec[hdr.sec_cnt]   |  content: hdr.content_size
 *                   section bytes, 8-aligned,      |  bytes, what is signed
 *                   in table order, zero padded   /
 *   content_size    struct vorw_sig_hdr           \   absent in an unsigned
 *                   DER CMS SignedData            /   blob
 *
 * The content of a signed blob and the unsigned blob are the same bytes, so a
 * signature made elsewhere over the unsigned file can be appended.
 */
#ifndef VORW_FORMAT_H
#define VORW_FORMAT_H

#include "vorw_types.h"

/* First bytes of the content: file magic and signature purpose in one.  A
 * signature over anything that does not start with it is none of ours. */
#define VORW_MAGIC		"VORWBPF\x01"
#define VORW_MAGIC_LEN		8
#define VORW_SIG_MAGIC		"VORWSIG\x01"
#define VORW_VERSION		2

/* Limits.  A value above one is VORW_R_LIMIT, whatever else is wrong. */
#define VORW_MAX_BLOB		(16u << 20)	/* content plus signature */
#define VORW_MAX_SIG		4096u		/* DER bytes */
#define VORW_MAX_SECTIONS	16u
#define VORW_MAX_PROGS		256u
#define VORW_MAX_MAPS		256u		/* kernel: MAX_USED_MAPS is 64 */
#define VORW_MAX_USED_MAPS	64u		/* per program, as the kernel */
#define VORW_MAX_PARTS		256u		/* per program: BPF_MAX_SUBPROGS */
#define VORW_MAX_POKES		1024u		/* per program, as the kernel */
#define VORW_MAX_FAULTS		(1u << 20)	/* of a blob */
#define VORW_MAX_RELOCS		(1u << 20)
#define VORW_MAX_INITS		65536u
#define VORW_MAX_INSNS		1000000u	/* BPF_COMPLEXITY_LIMIT_INSNS */
#define VORW_MAX_STRING		1024u		/* with its NUL */
#define VORW_MAX_STRINGS	(256u << 10)	/* bytes of STRINGS */
#define VORW_MAX_STRING_CNT	4096u		/* looking for equal ones is n^2 */
#define VORW_MAX_NAME		127u		/* map or program, without NUL */
#define VORW_MAX_OBJECT_NAME	63u		/* without NUL */
#define VORW_MAX_HELPER		0xffffu		/* highest helper id */
#define VORW_MAX_STACK		512u		/* MAX_BPF_STACK */
#define VORW_MAX_BUILD_ID	20u

struct vorw_hdr {
	__u8   magic[VORW_MAGIC_LEN];
	__le16 version;		/* VORW_VERSION */
	__le16 hdr_size;	/* sizeof(struct vorw_hdr) */
	__le32 content_size;	/* header, table and sections; multiple of 8 */
	__le16 sec_cnt;
	__le16 machine;		/* ELF e_machine of the native code, EM_ARM … */
	__le32 flags;		/* none defined: zero */
	__u8   reserved[8];
};

struct vorw_sec {
	__le16 type;		/* enum vorw_sec_type, strictly ascending */
	__le16 entsize;		/* record size, 1 for byte sections */
	__le32 cnt;		/* records; bytes used are cnt * entsize */
	__le32 off;		/* from blob start, 8-aligned, gapless */
	__le32 reserved;
};

enum vorw_sec_type {
	VORW_SEC_STRINGS	= 1,	/* bytes; starts and ends with NUL */
	VORW_SEC_BINDING	= 2,	/* exactly one struct vorw_binding */
	VORW_SEC_OBJECT		= 3,	/* exactly one struct vorw_object */
	VORW_SEC_MAPS		= 4,	/* struct vorw_map */
	VORW_SEC_PROGS		= 5,	/* struct vorw_prog, at least one */
	VORW_SEC_USED_MAPS	= 6,	/* __le32 map indices */
	VORW_SEC_INITS		= 7,	/* struct vorw_init */
	VORW_SEC_RELOCS		= 8,	/* struct vorw_reloc */
	VORW_SEC_INSNS		= 9,	/* struct bpf_insn, 8 bytes each */
	VORW_SEC_CODE		= 10,	/* native code, bytes */
	VORW_SEC_DATA		= 11,	/* map contents, bytes */
	VORW_SEC_BTF		= 12,	/* BTF of map types, bytes */
	VORW_SEC_PARTS		= 13,	/* struct vorw_part */
	VORW_SEC_POKES		= 14,	/* struct vorw_poke */
	VORW_SEC_FAULTS		= 15,	/* struct vorw_fault */
	VORW_SEC_MAX,
};
/* STRINGS, BINDING, OBJECT and PROGS are mandatory; an empty section is left
 * out, never written with cnt 0. */

/* A __le32 named *_str is an offset into STRINGS; 0 is the empty string. */

/* What has to be true on the device (shared/verifier-assumptions rows). */
struct vorw_binding {
	__u8   build_id[VORW_MAX_BUILD_ID];	/* GNU build-id of vmlinux */
	__le32 build_id_len;	/* 8..20; the rest of build_id is zero */
	__le32 release_str;	/* uname -r, for messages only */
	__le32 target_str;	/* target name, for messages only */
	__le32 cpu_str;		/* emulated CPU model, for messages only */
	__le32 page_size;	/* bytes */
	__le32 hz;		/* CONFIG_HZ the code was verified under */
	__le32 caps;		/* VORW_CAP_*: privileges in force */
	__le32 cpu_features;	/* VORW_CPU_ARM_* …: union over programs */
	__u8   reserved[12];
};

/* Privileges the verifier was told the loader has (rule: caller needs them) */
#define VORW_CAP_BPF		(1u << 0)
#define VORW_CAP_PERFMON	(1u << 1)
#define VORW_CAP_NET_ADMIN	(1u << 2)	/* kernel checks it by type */
#define VORW_CAPS_ALL		7u

/* CPU features native code needs; meaning depends on vorw_hdr.machine, and the
 * table of all is in vorw_machine.c. */
#define VORW_CPU_ARM_V7		(1u << 0)	/* MOVW/MOVT, ARMv7 */
#define VORW_CPU_ARM_IDIVA	(1u << 1)	/* UDIV/SDIV in ARM state */
#define VORW_CPU_ARM_THUMB	(1u << 2)	/* BX/BLX interworking */
#define VORW_CPU_ARM_ALL	7u

#define VORW_CPU_ARM64_LSE	(1u << 0)	/* LDADD, SWP, CAS … */
/* Where the offset of per-CPU variables is, one of: */
#define VORW_CPU_ARM64_TPIDR_EL1	(1u << 1)	/* kernel in EL1 */
#define VORW_CPU_ARM64_TPIDR_EL2	(1u << 2)	/* … in EL2, VHE */
#define VORW_CPU_ARM64_ALL	7u

/* Mitigations are chosen at boot, and the code has to be what that kernel
 * would have emitted: of each group the device has exactly one. */
#define VORW_CPU_X86_BMI2		(1u << 0)	/* SHLX … */
#define VORW_CPU_X86_RET_PLAIN		(1u << 1)	/* returns: RET */
#define VORW_CPU_X86_RET_THUNK		(1u << 2)	/* x86_return_thunk */
#define VORW_CPU_X86_JMP_PLAIN		(1u << 3)	/* jumps: by register */
#define VORW_CPU_X86_JMP_LFENCE		(1u << 4)
#define VORW_CPU_X86_JMP_RETPOLINE	(1u << 5)
#define VORW_CPU_X86_CALL_PLAIN		(1u << 6)	/* no call depth */
#define VORW_CPU_X86_USER_47		(1u << 7)	/* bits of user addresses */
#define VORW_CPU_X86_USER_56		(1u << 8)	/* 5-level paging */
#define VORW_CPU_X86_JMP_ITS		(1u << 9)	/* ITS-safe thunks */
#define VORW_CPU_X86_ALL		0x3ffu

#define VORW_CPU_RISCV_C	(1u << 0)	/* compressed instructions */
#define VORW_CPU_RISCV_ZBA	(1u << 1)	/* SH3ADD, ADD.UW */
#define VORW_CPU_RISCV_ZBB	(1u << 2)	/* REV8, SEXT, ZEXT.H */
#define VORW_CPU_RISCV_ZACAS	(1u << 3)	/* AMOCAS */
#define VORW_CPU_RISCV_ALL	0xfu

/* Identity and provenance; nothing here changes what the device installs. */
struct vorw_object {
	__le32 name_str;	/* default pin name: [A-Za-z0-9_-]{1,63} */
	__le32 tool_str;	/* tool and version */
	__u8   object_sha256[32];	/* of the ELF object */
	__le32 license_str;
	__le32 core_btf_str;	/* kernel BTF that was given for CO-RE: SHA-256
				 * in hexadecimal, a space, bytes; or empty */
};

struct vorw_map {
	__le32 name_str;	/* full name in the object */
	__le32 type;		/* enum bpf_map_type */
	__le32 key_size;
	__le32 value_size;
	__le32 max_entries;
	__le32 map_flags;	/* BPF_F_* as passed to BPF_MAP_CREATE */
	__le64 map_extra;
	__le32 inner;		/* index of the inner template + 1, 0: none */
	__le32 flags;		/* VORW_MAP_* */
	__le32 btf_key_type_id;	/* 0 without BTF */
	__le32 btf_value_type_id;
	__le32 init_first;	/* range in INITS */
	__le32 init_cnt;
	__u8   reserved[8];
};
#define VORW_MAP_FROZEN		(1u << 0)	/* fill, freeze, read back */
#define VORW_MAP_TEMPLATE	(1u << 1)	/* only an inner template */
#define VORW_MAP_PER_CPU_MAX	(1u << 2)	/* max_entries: possible CPUs */
#define VORW_MAP_INTERNAL	(1u << 3)	/* .rodata/.data/.bss/.kconfig */
#define VORW_MAP_FLAGS_ALL	15u

struct vorw_init {
	__le32 kind;		/* VORW_INIT_* */
	__le32 key_off;		/* in DATA; key_size bytes of the map */
	__le32 value;		/* DATA offset, map index or program index */
	__le32 reserved;
};
#define VORW_INIT_BYTES		1	/* value_size bytes at DATA[value] */
#define VORW_INIT_MAP		2	/* slot of a map-in-map */
#define VORW_INIT_PROG		3	/* slot of a program array */

struct vorw_prog {
	__le32 name_str;	/* C function name; kernel sees 15 bytes */
	__le32 section_str;	/* ELF section, SEC("…") */
	__le32 type;		/* enum bpf_prog_type */
	__le32 expected_attach_type;
	__le32 prog_flags;	/* BPF_F_* of BPF_PROG_LOAD */
	__le32 orig_insn_cnt;	/* instructions submitted to the verifier */
	__le32 form;		/* VORW_FORM_* */
	__le32 form_why_str;	/* why bytecode; empty when native */
	__u8   tag[8];		/* of the original instructions */
	__le32 facts;		/* VORW_F_*: bits bpf_check() left behind */
	__le32 stack_depth;	/* bytes */
	__le32 max_ctx_offset;
	__le32 max_pkt_offset;
	__le32 max_tp_access;
	__le32 max_rdonly_access;
	__le32 max_rdwr_access;
	__le32 verified_insns;	/* instructions the verifier processed */
	__le32 total_states;
	__le32 peak_states;
	__le32 cpu_features;	/* this program's share of binding's */
	__le32 attach_kind;	/* enum vorw_attach_kind */
	__le32 attach_str;	/* target as libbpf reads it from SEC() */
	__le32 used_map_first;	/* range in USED_MAPS */
	__le32 used_map_cnt;
	__le32 part_first;	/* range in PARTS; native only, at least one */
	__le32 part_cnt;
	__le32 insn_first;	/* range in INSNS: bytecode form, or display */
	__le32 insn_cnt;
	__le32 insn_reloc_first;
	__le32 insn_reloc_cnt;
	__le32 poke_first;	/* range in POKES; native only */
	__le32 poke_cnt;
	__le32 reserved[3];
};
#define VORW_FORM_NATIVE	1
#define VORW_FORM_BYTECODE	2

/* Named after the fields of struct bpf_prog and struct bpf_prog_aux. */
#define VORW_F_CB_ACCESS		(1u << 0)
#define VORW_F_DST_NEEDED		(1u << 1)
#define VORW_F_KPROBE_OVERRIDE		(1u << 2)
#define VORW_F_HAS_CALLCHAIN_BUF	(1u << 3)
#define VORW_F_CALL_GET_STACK		(1u << 4)
#define VORW_F_CALL_GET_FUNC_IP		(1u << 5)
#define VORW_F_ENFORCE_EXPECTED_ATTACH	(1u << 6)
#define VORW_F_TSTAMP_TYPE_ACCESS	(1u << 7)
#define VORW_F_TAIL_CALL_REACHABLE	(1u << 8)
#define VORW_F_VERIFIER_ZEXT		(1u << 9)
/* kernels from 6.12 on */
#define VORW_F_CHANGES_PKT_DATA		(1u << 10)
/* 7.2 */
#define VORW_F_MIGHT_SLEEP		(1u << 11)
#define VORW_F_JIT_REQUIRED		(1u << 12)
#define VORW_F_KPROBE_WRITE_CTX		(1u << 13)
#define VORW_F_ALL			0x3fffu

/*
 * Native code of one function.  Part 0 of a program is its main function; the
 * others are BPF-to-BPF subprograms and callbacks, numbered as the kernel's
 * prog->aux->func[].
 */
struct vorw_part {
	__u8   tag[8];		/* of the part's instructions */
	__le32 code_off;	/* in CODE, 8-aligned */
	__le32 code_size;
	__le32 reloc_first;	/* range in RELOCS */
	__le32 reloc_cnt;
	__le32 stack_depth;	/* bytes */
	__le32 facts;		/* VORW_PF_* */
	__le32 fault_first;	/* range in FAULTS */
	__le32 fault_cnt;
	__u8   reserved[8];
};
#define VORW_PF_TAIL_CALL_REACHABLE	(1u << 0)
#define VORW_PF_PRIV_STACK		(1u << 1)	/* a stack of its own */
#define VORW_PF_ALL			3u

/*
 * A load that may fault (BPF_PROBE_MEM): then the register becomes zero, and
 * the code goes on behind it.  What is in the kernel's exception table.
 * x86-64 only.
 */
struct vorw_fault {
	__le32 off;		/* bytes into the part's code; ascending */
	__le16 skip;		/* bytes of the instruction */
	__le16 reg;		/* its register: offset in struct pt_regs */
};

/*
 * A tail call to a constant slot of a map, which the kernel keeps patched while
 * the program lives: struct bpf_jit_poke_descriptor of include/linux/bpf.h.
 * While the slot is empty, five bytes at bypass jump over what is before
 * target, and the five at target are nops.  x86-64 only.
 */
struct vorw_poke {
	__le32 part;		/* of the program */
	__le32 map;		/* map index, one that the program uses */
	__le32 key;
	__le32 bypass;		/* bytes into the part's code */
	__le32 target;
	__le32 adj_off;		/* where tail calls enter, behind the entry */
	__u8   reserved[8];
};
#define VORW_POKE_SIZE		5u	/* X86_PATCH_SIZE */

enum vorw_attach_kind {
	VORW_ATTACH_NONE	= 0,	/* section names no kind we attach */
	VORW_ATTACH_KPROBE	= 1,	/* attach_str: symbol[+off] */
	VORW_ATTACH_KRETPROBE	= 2,
	VORW_ATTACH_TRACEPOINT	= 3,	/* category/name */
	VORW_ATTACH_RAW_TP	= 4,	/* name */
	VORW_ATTACH_PERF_EVENT	= 5,	/* target from the user */
	VORW_ATTACH_XDP		= 6,	/* interface from the user */
	VORW_ATTACH_TC		= 7,	/* interface[:ingress|:egress] */
	VORW_ATTACH_CGROUP	= 8,	/* cgroup path from the user */
	VORW_ATTACH_SOCKET	= 9,	/* an application's SO_ATTACH_BPF */
	VORW_ATTACH_MAX,
};

/*
 * Relocations, sorted by off within one part or one program's instructions;
 * none overlap.  The field that the form describes is zero in the blob.
 */
struct vorw_reloc {
	__le32 off;		/* bytes into the code / into the insns */
	__le16 kind;		/* VORW_REL_* : what the address means */
	__le16 form;		/* VORW_ENC_* : how the address sits there */
	__le32 sym;		/* what the kind says */
	__le32 addend;		/* what the kind says; else 0 */
};
/* Append, never renumber; so for forms and map operations. */
enum vorw_reloc_kind {
	VORW_REL_HELPER		= 1,	/* sym: enum bpf_func_id */
	VORW_REL_MAP		= 2,	/* sym: map index; struct bpf_map * */
	VORW_REL_MAP_VALUE	= 3,	/* sym: map index; value + addend */
	VORW_REL_KSYM		= 4,	/* sym: string; kernel routine */
	VORW_REL_INTERP		= 5,	/* sym: stack bytes 32,64…512:
					 * __bpf_prog_run_args<sym> */
	VORW_REL_PART		= 6,	/* sym: part of the same program */
	VORW_REL_MAP_OP		= 7,	/* sym: map index, addend:
					 * enum vorw_map_op of its ops */
	VORW_REL_KVAR		= 8,	/* sym: string; kernel variable */
	VORW_REL_KPTR		= 9,	/* sym: string; what the kernel
					 * variable of that name points to */
	VORW_REL_PRIV_STACK	= 10,	/* the part's own stack + addend, as a
					 * per-CPU pointer */
	VORW_REL_MAX,
};
/* Forms of one architecture stand in one range, with room to append. */
enum vorw_reloc_form {
	VORW_ENC_ARM_MOVW_MOVT	= 1,	/* MOVW rd; MOVT rd, 8 bytes */
	VORW_ENC_BPF_LD64	= 2,	/* BPF_LD_IMM64, imm of both halves */
	VORW_ENC_BPF_CALL	= 3,	/* imm = address - __bpf_call_base */
	VORW_ENC_BPF_CALL_ARGS	= 4,	/* imm = address - __bpf_call_base_args*/
	VORW_ENC_BPF_MOVS32	= 5,	/* BPF_MOV64_IMM, sign extended */
	VORW_ENC_A64_MOVZ	= 8,	/* MOVZ rd, lsl 48; 3 MOVK: 64 bits */
	VORW_ENC_A64_MOVN	= 9,	/* MOVN rd; 2 MOVK: 48 bits, then ones */
	VORW_ENC_A64_LITERAL	= 10,	/* the word of an LDR (literal) */
	VORW_ENC_X86_MOVABS	= 16,	/* MOV r64, imm64 */
	VORW_ENC_X86_MOVS32	= 17,	/* MOV r64, imm32, sign extended */
	VORW_ENC_X86_CALL	= 18,	/* CALL rel32 */
	VORW_ENC_X86_JMP	= 19,	/* JMP rel32 */
	VORW_ENC_X86_PERCPU	= 20,	/* ADD r64, gs:[disp32] */
	VORW_ENC_RISCV_LI	= 24,	/* LUI rd; ADDIW; 3 SLLI 12, ADDI */
	VORW_ENC_RISCV_LI_C	= 25,	/* the same with C.SLLI */
	VORW_ENC_RISCV_CALL	= 26,	/* AUIPC t1; JALR ra, t1 */
	VORW_ENC_RISCV_ADDR	= 27,	/* AUIPC rd; ADDI rd */
	VORW_ENC_MAX		= 32,
};
/* Members of struct bpf_map_ops that the verifier calls directly, see
 * do_misc_fixups() in kernel/bpf/verifier.c. */
enum vorw_map_op {
	VORW_OP_LOOKUP_ELEM	= 0,
	VORW_OP_UPDATE_ELEM	= 1,
	VORW_OP_DELETE_ELEM	= 2,
	VORW_OP_PUSH_ELEM	= 3,
	VORW_OP_POP_ELEM	= 4,
	VORW_OP_PEEK_ELEM	= 5,
	VORW_OP_REDIRECT	= 6,
	VORW_OP_FOR_EACH	= 7,	/* map_for_each_callback */
	VORW_OP_LOOKUP_PERCPU	= 8,	/* map_lookup_percpu_elem */
	VORW_OP_MAX,
};
/* Which kind may use which form is a table in vorw_reloc.c. */

/* Behind the content of a signed blob; total size is content_size +
 * sizeof(struct vorw_sig_hdr) + sig_size, exactly. */
struct vorw_sig_hdr {
	__u8   magic[VORW_MAGIC_LEN];	/* VORW_SIG_MAGIC */
	__le32 sig_size;		/* DER bytes that follow */
	__le32 reserved;
};

VORW_STATIC_ASSERT(sizeof(struct vorw_hdr) == 32, "hdr");
VORW_STATIC_ASSERT(sizeof(struct vorw_sec) == 16, "sec");
VORW_STATIC_ASSERT(sizeof(struct vorw_binding) == 64, "binding");
VORW_STATIC_ASSERT(sizeof(struct vorw_object) == 48, "object");
VORW_STATIC_ASSERT(sizeof(struct vorw_map) == 64, "map");
VORW_STATIC_ASSERT(sizeof(struct vorw_init) == 16, "init");
VORW_STATIC_ASSERT(sizeof(struct vorw_prog) == 144, "prog");
VORW_STATIC_ASSERT(sizeof(struct vorw_part) == 48, "part");
VORW_STATIC_ASSERT(sizeof(struct vorw_poke) == 32, "poke");
VORW_STATIC_ASSERT(sizeof(struct vorw_fault) == 8, "fault");
VORW_STATIC_ASSERT(sizeof(struct vorw_reloc) == 16, "reloc");
VORW_STATIC_ASSERT(sizeof(struct vorw_sig_hdr) == 16, "sig_hdr");

#endif /* VORW_FORMAT_H */
