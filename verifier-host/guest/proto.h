/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * proto.h - what host and verification guest say to each other.
 *
 * One virtio-serial port (name PG_PORT), frames in both directions.  The
 * host asks, the agent answers each request with exactly one reply of the
 * same seq; before it the agent may send EV_PROGRESS frames.  The host trusts
 * nothing in a reply: sizes are capped, every struct is read through the
 * checked gate, text is made printable before it is shown.
 *
 * The agent is simple on purpose: it loads, dumps, and compiles what it is
 * given.  Everything clever (what is a relocation, what is canonical) is done
 * by the host, in verifier-host/.
 *
 * Little-endian, no padding; texts are NUL-padded, cut to fit.
 */
#ifndef VORW_PROTO_H
#define VORW_PROTO_H

#include <linux/types.h>

#define PG_PORT		"vorw.guest.0"
#define PG_MAGIC	0x31475756u	/* "VWG1" */
#define PG_VERSION	4
#define PG_MAX_FRAME	(64u << 20)	/* host refuses a longer one */
#define PG_SLOTS	8
#define PG_MAP_OPS	12	/* VORW_OP_MAX, and room */

struct pg_frame {
	__le32 magic;
	__le16 type;		/* enum pg_type; replies: type | PG_REPLY */
	__le16 reserved;
	__le32 seq;
	__le32 len;		/* payload bytes that follow */
	__le32 status;		/* reply: 0 or a positive errno (ENOTSUPP 524) */
	__le32 reserved2;
};
#define PG_REPLY	0x8000
/* A reply with status != 0 has a UTF-8 text as its payload: what went wrong,
 * for a failed LOAD preceded by struct pg_load_r. */

enum pg_type {
	PG_HELLO	= 1,	/* -> pg_hello_r */
	PG_OPEN		= 2,	/* pg_open_q, object bytes -> pg_open_r, progs,
				 * maps */
	PG_LOAD		= 3,	/* pg_load_q, u8 autoload[] -> pg_load_r, logs */
	PG_MAPS		= 4,	/* pg_slot_q -> pg_maps_r, pg_map[], pg_init[],
				 * data */
	PG_PROG		= 5,	/* pg_prog_q -> pg_prog_r, used maps (u32 map
				 * index), insns, and of each part pg_part_r,
				 * insns, image, pg_fault[] */
	PG_COMPILE	= 6,	/* pg_compile_q, pg_code[], insns of each ->
				 * pg_clone[], image of each; 524: the JIT
				 * left it to the interpreter */
	PG_HELPERS	= 7,	/* pg_prog_q -> pg_helper[] */
	PG_SYMS		= 8,	/* u64 address[] -> pg_sym[] (nearest symbol
				 * at or below each) */
	PG_UNLOAD	= 9,	/* pg_slot_q -> empty */
	PG_BYE		= 10,	/* -> empty, then the guest powers off */
	PG_POKES	= 11,	/* pg_prog_q -> pg_poke[] */
	PG_BTF		= 12,	/* bytes -> empty; before OPEN: the BTF that
				 * CO-RE relocations go by.  EEXIST: the kernel
				 * has its own */
	PG_FORGET	= 13,	/* -> empty; the object and its loads go, and
				 * there may be another.  Only for an object
				 * that the host trusts (template.h) */
	PG_EV_PROGRESS	= 32,	/* unasked: text, at most 200 bytes */
};

struct pg_hello_r {
	__le32 version;		/* PG_VERSION */
	__le32 machine;		/* ELF e_machine */
	__le32 word;		/* pointer bytes */
	__le32 page_size;
	__le32 hz;
	__le32 cpu_features;	/* VORW_CPU_* */
	__le32 build_id_len;
	__u8   build_id[20];
	__le64 call_base;	/* __bpf_call_base */
	__le64 call_base_args;	/* __bpf_call_base_args, 0: this kernel's
				 * interpreter has a table instead */
	char   release[64];	/* uname -r */
	char   libbpf[16];	/* version of libbpf in the agent */
	__le64 image_start;	/* the kernel's code and data are inside: */
	__le64 image_end;	/* other addresses are no symbols */
	__le64 return_thunk;	/* what x86_return_thunk points to; 0: not
				 * in use */
};

struct pg_open_q {
	char   file[64];	/* base name of the object's file: libbpf puts
				 * its start before the names of .data … */
};

struct pg_open_r {
	__le32 nprogs;
	__le32 nmaps;
	char   license[128];
	/* struct pg_oprog[nprogs], struct pg_omap[nmaps] follow */
};

struct pg_oprog {
	char   name[128];
	char   section[128];
	char   attach[256];	/* what SEC() names behind its kind */
	__le32 type;
	__le32 expected_attach_type;
	__le32 prog_flags;
	__le32 insn_cnt;	/* as libbpf would submit them */
	__le32 attach_kind;	/* enum vorw_attach_kind */
	__le32 attach_btf_id;	/* != 0: needs kernel BTF */
	__le32 autoload;	/* 0: SEC("?…") */
	__le32 attach_found;	/* PG_ATTACH_* */
};

/* Is what attach names there in this kernel, with the modules it has now? */
enum { PG_ATTACH_UNKNOWN, PG_ATTACH_THERE, PG_ATTACH_MISSING };

struct pg_omap {		/* as declared, before anything is created */
	char   name[64];
	__le32 type, key_size, value_size, max_entries, map_flags;
	__le32 inner;		/* 1: has an inner template (appended to the
				 * maps after the declared ones) */
	__le64 map_extra;
	__le32 internal;	/* .rodata/.data/.bss/.kconfig */
	__le32 pinning;		/* LIBBPF_PIN_*: ignored, reported */
};

struct pg_slot_q { __le32 slot; __le32 reserved; };
struct pg_prog_q { __le32 slot; __le32 prog; };

struct pg_load_q {
	__le32 slot;		/* 0..PG_SLOTS-1, must be empty */
	__le32 jit;		/* bpf_jit_enable during the load */
	__le32 log_level;	/* 1, 2 full; 4 statistics only */
	__le32 nprogs;		/* autoload bytes that follow */
};
struct pg_load_r {
	__le32 failed_prog;	/* index, or ~0: not one program's fault */
	__le32 failed_map;	/* index of a map that could not be created,
				 * or ~0 */
	__le32 nlogs;		/* programs; each: __le32 len, text */
	__le32 reserved;
};

struct pg_maps_r { __le32 nmaps; __le32 ninits; __le32 data_len; __le32 btf_len; };
/* then pg_map[nmaps], pg_init[ninits], data, the object's BTF when some map
 * needs it (btf_len 0: none does) */
struct pg_map {			/* as the kernel has it, map_flags as passed to
				 * it; order of PG_OPEN's maps, then inner
				 * templates */
	char   name[64];
	__le32 type, key_size, value_size, max_entries, map_flags;
	__le32 frozen;
	__le32 inner;		/* index + 1 of the template, 0 */
	__le32 id;
	__le64 map_extra;
	__le64 kaddr;		/* struct bpf_map * */
	__le64 value_addr;	/* direct value address of offset 0, or 0 */
	__le32 value_len;	/* bytes addressable there */
	__le32 btf_key_type_id, btf_value_type_id;
	__le32 template_only;	/* 1: never given to a program */
	__le64 ops[PG_MAP_OPS];	/* enum vorw_map_op: address, 0: none */
};
struct pg_init {
	__le32 map, kind;	/* VORW_INIT_* */
	__le32 key_off, value;	/* DATA offsets, or map/program index */
};

struct pg_prog_r {		/* names: struct bpf_prog, bpf_prog_aux */
	__le32 facts;		/* VORW_F_* */
	__u8   tag[8];
	__le32 type, expected_attach_type, jited, jit_requested;
	__le32 stack_depth, max_ctx_offset, max_pkt_offset, max_tp_access;
	__le32 max_rdonly_access, max_rdwr_access, verified_insns;
	__le32 func_cnt, num_exentries, size_poke_tab;
	__le32 used_btf_cnt;
	__le32 attach_btf_id;
	__le32 nused_maps;
	__le32 insn_cnt;	/* rewritten instructions, as prog->insnsi */
	__le32 nparts;		/* 0: not jited */
	__le32 orig_insn_cnt;	/* as libbpf submitted them, with the
				 * subprograms it appended */
	__le32 not_carried;	/* VORW_NC_* */
	__le32 prog_flags;	/* BPF_F_* that a section's name stands for,
				 * which pg_oprog does not know */
};

/* A natively compiled function: prog itself, or prog->aux->func[]. */
struct pg_part_r {
	__u8   tag[8];
	__le32 stack_depth;
	__le32 facts;		/* VORW_PF_* */
	__le32 num_exentries, size_poke_tab;
	__le32 insn_cnt;	/* what the JIT was given */
	__le32 image_len;
	__le64 addr;		/* bpf_func */
	__le64 priv_stack;	/* its own stack, a per-CPU pointer; 0: none */
	__le32 nfaults;		/* num_exentries, or 0 where the guest cannot
				 * read this architecture's */
	__le32 reserved;
};
struct pg_fault { __le32 off; __le16 skip; __le16 reg; };	/* vorw_fault */

/* Compile these instructions as jit_subprogs() does, with all else as in the
 * program. */
struct pg_compile_q { __le32 slot; __le32 prog; __le32 nparts; __le32 reserved; };
struct pg_code {
	__le64 addr;		/* where calls and callbacks of other parts
				 * are to find it; 0: where it is */
	__le64 priv_stack;	/* as in pg_part_r, where that has one */
	__le32 insn_cnt;
	__le32 reserved;
};
struct pg_clone { __le64 addr; __le32 image_len; __le32 reserved; };

/* Of a patched tail call, in the program's order. */
struct pg_poke { __le32 map; __le32 key; };	/* map: index */

struct pg_helper { __le32 id; __le32 reserved; __le64 addr; };

struct pg_sym {
	char   name[128];	/* "" when no symbol is near */
	__le64 addr;		/* start of the symbol */
	__le32 same_name;	/* how many symbols of vmlinux have this name */
	__le32 module;		/* 1: not in vmlinux */
};

#endif /* VORW_PROTO_H */
