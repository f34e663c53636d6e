/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * guest.h - one verification guest: boot, ask, end.
 *
 * Wraps proto.h: requests out, decoded and bounds-checked replies back.  All
 * memory a reply needs belongs to the struct it is returned in, freed by the
 * matching free function.  A guest that breaks the protocol, hangs or dies
 * turns every later call into the same failure (VORW_R_VM, VORW_R_GUEST).
 */
#ifndef VORW_GUEST_H
#define VORW_GUEST_H

#include <linux/bpf.h>
#include "vorw_parse.h"
#include "err.h"
#include "snapshot.h"
#include "target.h"

struct guest;
struct transcript;

struct guest_opts {
	/* Of wall clock; 0: the default, as often as the target is slow. */
	unsigned boot_seconds;	/* until HELLO answers; default 120 */
	unsigned total_seconds;	/* whole life; default 900 */
	unsigned mem_mib;	/* 0: the target's */
	const struct snapshot *from;	/* a copy of it, if not NULL */
	const struct snapshot *keep;	/* boots to be saved to it, if not NULL */
	const char *preload;	/* with from: a template (qemu.h) */
	const struct guest *template;	/* a copy of it, if not NULL */
};

struct guest_hello {
	unsigned machine, word, page_size, hz, cpu_features, build_id_len;
	u8 build_id[20];
	u64 call_base, call_base_args;
	u64 image_start, image_end;	/* of the kernel's code and data */
	u64 return_thunk;	/* 0: functions return by themselves */
	char release[65], libbpf[17];
};

struct guest_oprog {
	char name[129], section[129], attach[257];
	u32 type, expected_attach_type, prog_flags, insn_cnt, attach_kind;
	u32 attach_btf_id, attach_found;	/* PG_ATTACH_* */
	bool autoload;
};
struct guest_omap {
	char name[65];
	u32 type, key_size, value_size, max_entries, map_flags, pinning;
	u64 map_extra;
	bool inner, internal;
};
struct guest_open {
	u32 nprogs, nmaps;
	struct guest_oprog *progs;
	struct guest_omap *maps;
	char license[129];
};

struct guest_load {
	int status;		/* 0 or errno of the failed load */
	u32 failed_prog, failed_map;	/* ~0u: none */
	char *text;		/* what libbpf said, printable; or NULL */
	u32 nlogs;
	char **logs;		/* per program, printable, "" if none */
};

struct guest_map {
	char name[65];
	u32 type, key_size, value_size, max_entries, map_flags, frozen, inner;
	u64 map_extra, kaddr, value_addr;
	u32 value_len, btf_key_type_id, btf_value_type_id;
	bool template_only;
	u64 ops[VORW_OP_MAX];	/* enum vorw_map_op; 0: none */
};
struct guest_init { u32 map, kind, key_off, value; };
struct guest_maps {
	u32 nmaps, ninits;
	struct guest_map *maps;
	struct guest_init *inits;
	u8 *data; u32 data_len;	/* key_off/value bounds already checked */
	u8 *btf; u32 btf_len;
};

/* A natively compiled function. */
struct guest_part {
	u8 tag[8];
	u32 stack_depth, facts, num_exentries, size_poke_tab;
	u32 insn_cnt; struct bpf_insn *insns;	/* what the JIT was given */
	u32 image_len; u8 *image; u64 addr;
	u64 priv_stack;		/* 0: none */
	u32 nfaults; struct vorw_fault_h *faults;
};
struct guest_prog {
	u32 facts; u8 tag[8];
	u32 type, expected_attach_type, jited, jit_requested, stack_depth;
	u32 max_ctx_offset, max_pkt_offset, max_tp_access, max_rdonly_access;
	u32 max_rdwr_access, verified_insns, func_cnt, num_exentries;
	u32 size_poke_tab, used_btf_cnt, attach_btf_id;
	u32 nused_maps, *used_maps;	/* indices, checked against nmaps */
	u32 insn_cnt; struct bpf_insn *insns;
	u32 nparts; struct guest_part *parts;	/* none when not jited */
	u32 orig_insn_cnt;	/* submitted, with appended subprograms */
	u32 not_carried;	/* VORW_NC_* */
	u32 prog_flags;		/* beside those of guest_oprog */
};
/* A function to compile: its instructions, and the address that the others
 * are given for it (0: where it is), and that of its own stack (0: none). */
struct guest_code {
	const struct bpf_insn *insns;
	u32 n;
	u64 addr, priv_stack;
};
struct guest_clone { u8 *image; u32 len; u64 addr; };
struct guest_helpers { u32 n; struct { u32 id; u64 addr; } *h; };
struct guest_poke { u32 map, key; };
struct guest_sym { char name[129]; u64 addr; u32 same_name; bool module; };

/* Start QEMU for this target; *g is NULL on failure.  guest_end() always
 * works, also on NULL, and leaves no process, socket or file behind. */
bool guest_start(struct guest **g, const struct vorw_target *t,
		 const struct guest_opts *o, struct vorw_err *e);
void guest_end(struct guest *g);

/* It was started with keep: complete that.  Nothing can be asked after. */
bool guest_save(struct guest *g, const struct snapshot *keep, unsigned seconds,
		struct vorw_err *e);

/* Wait until it has nothing to do any more, or for so many seconds. */
bool guest_settle(struct guest *g, unsigned seconds, struct vorw_err *e);
/* It was started with preload: it answers no more, and can be copied. */
bool guest_halt(struct guest *g, unsigned seconds, struct vorw_err *e);
/* It is as before guest_open(); only for an object of our own. */
bool guest_forget(struct guest *g, struct vorw_err *e);

/* A guest that answers what is in this transcript, which has to outlive it. */
bool guest_replay(struct guest **g, const struct vorw_target *t,
		  const u8 *transcript, size_t n, struct vorw_err *e);
/* VORW_R_GUEST: the transcript goes on. */
bool guest_replayed(const struct guest *g, struct vorw_err *e);
/* From now on, add each reply to t, or stop with NULL. */
void guest_record(struct guest *g, struct transcript *t);

bool guest_hello(struct guest *g, struct guest_hello *h, struct vorw_err *e);
/* What CO-RE relocations go by, where the kernel has no BTF; before the object
 * is opened.  VORW_R_TARGET: the kernel has BTF. */
bool guest_btf(struct guest *g, const u8 *btf, size_t size,
	       struct vorw_err *e);
/* path is where the object came from: its last part goes into map names, as
 * libbpf does it.  VORW_R_BAD_OBJECT: what libbpf said is in e->log. */
bool guest_open(struct guest *g, const char *path, const u8 *obj, size_t size,
		struct guest_open *o, struct vorw_err *e);
/* autoload: one byte per program.  True also when the kernel refused: look
 * at l->status.  False only for VM trouble. */
bool guest_load(struct guest *g, u32 slot, bool jit, u32 log_level,
		const u8 *autoload, u32 nprogs, struct guest_load *l,
		struct vorw_err *e);
bool guest_unload(struct guest *g, u32 slot, struct vorw_err *e);
bool guest_maps(struct guest *g, u32 slot, struct guest_maps *m,
		struct vorw_err *e);
/* nmaps: bound for the used-map indices */
bool guest_prog(struct guest *g, u32 slot, u32 prog, u32 nmaps,
		struct guest_prog *p, struct vorw_err *e);
/* JIT these n functions with the program's other facts.  to has room for n;
 * to[0].image NULL and true: the JIT gave up. */
bool guest_compile(struct guest *g, u32 slot, u32 prog,
		   const struct guest_code *code, u32 n,
		   struct guest_clone *to, struct vorw_err *e);
void guest_clones_free(struct guest_clone *c, u32 n);
/* *p has n patched tail calls, malloc'd; maps below nmaps. */
bool guest_pokes(struct guest *g, u32 slot, u32 prog, u32 nmaps,
		 struct guest_poke **p, u32 *n, struct vorw_err *e);
bool guest_helpers(struct guest *g, u32 slot, u32 prog,
		   struct guest_helpers *h, struct vorw_err *e);
bool guest_syms(struct guest *g, const u64 *addrs, u32 n,
		struct guest_sym *syms, struct vorw_err *e);

void guest_open_free(struct guest_open *o);
void guest_load_free(struct guest_load *l);
void guest_maps_free(struct guest_maps *m);
void guest_prog_free(struct guest_prog *p);
void guest_helpers_free(struct guest_helpers *h);

#endif
