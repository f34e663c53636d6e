/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capture.h - the ioctls between the guest's agent and vorw_capture.ko.
 *
 * Both are built from one tree and run in one guest, so this is no stable
 * interface.  Buffers are the agent's; a buffer that is too small is -ENOSPC
 * with the needed count filled in.  Addresses are kernel addresses.
 */
#ifndef VORW_CAPTURE_H
#define VORW_CAPTURE_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define CAP_DEVICE	"vorw_capture"

struct cap_hello {
	__u32 page_size, hz, cpu_features, build_id_len;
	__u8  build_id[20];
	__u32 reserved;
	__u64 call_base, call_base_args;
	__u64 image_start, image_end;	/* of the kernel */
	__u64 return_thunk;
};

/* What a load left in struct bpf_prog and bpf_prog_aux; names are theirs. */
struct cap_prog {
	__s32 fd;
	__u32 facts;			/* VORW_F_* */
	__u8  tag[8];
	__u32 type, expected_attach_type, jited, jit_requested;
	__u32 stack_depth, max_ctx_offset, max_pkt_offset, max_tp_access;
	__u32 max_rdonly_access, max_rdwr_access, verified_insns;
	__u32 func_cnt, num_exentries, size_poke_tab, used_btf_cnt;
	__u32 attach_btf_id;
	__u64 kaddr, bpf_func;
	/* in: capacity in records or bytes; out: what there is */
	__u32 maps_cnt, insns_cnt;
	__u32 parts_cnt;		/* out: 0 when not jited */
	__u32 not_carried;		/* VORW_NC_* */
	__u32 prog_flags;		/* BPF_F_* that the kernel kept */
	__u32 reserved;
	__u64 maps;			/* __u64[]: struct bpf_map * */
	__u64 insns;			/* struct bpf_insn[] */
};

/* One natively compiled function of a program. */
struct cap_part {
	__s32 fd;
	__u32 index;			/* below parts_cnt */
	__u8  tag[8];
	__u32 stack_depth, facts;	/* VORW_PF_* */
	__u32 num_exentries, size_poke_tab;
	__u64 bpf_func;
	__u32 insns_cnt, image_len;	/* in: capacity; out: what there is */
	__u64 insns, image;
	__u64 priv_stack;		/* 0: none */
	__u32 faults_cnt, reserved;	/* in: capacity; out: what there is */
	__u64 faults;			/* struct cap_fault[] */
};
struct cap_fault { __u32 off; __u16 skip, reg; };

/* A function to compile. */
struct cap_code {
	__u64 addr;			/* in: where others find it, 0: where
					 * it is; out: where it was */
	__u64 priv_stack;		/* 0: none */
	__u32 insns_cnt;
	__u32 image_len;		/* in: capacity; out: length */
	__u64 insns, image;
};
struct cap_compile {
	__s32 fd;			/* whose other facts are used */
	__u32 parts_cnt;
	__u64 parts;			/* struct cap_code[] */
};

struct cap_map {
	__s32 fd;
	__u32 type, key_size, value_size, max_entries, map_flags, frozen, id;
	__u64 map_extra, kaddr, value_addr;
	__u32 value_len, btf_key_type_id, btf_value_type_id;
	__u32 special;			/* 1: BTF is part of what it is */
	/* template of a map-in-map, as the kernel keeps it */
	__u32 has_inner, inner_type, inner_key_size, inner_value_size;
	__u32 inner_max_entries, inner_map_flags;
	__u32 inner_has_btf, inner_special;
	__u64 ops[12];			/* enum vorw_map_op */
};

/* Filled slots of an array that holds maps or programs. */
struct cap_slot { __u32 index, reserved; __u64 kaddr; };
struct cap_slots {
	__s32 fd;
	__u32 cnt;			/* in: capacity; out: filled slots */
	__u64 slots;
};

struct cap_helper { __u32 id, reserved; __u64 addr; };
struct cap_helpers {
	__s32 fd;			/* a program of the type */
	__u32 cnt;
	__u64 helpers;
};

struct cap_sym {
	__u64 query;			/* in */
	__u64 addr;			/* out: 0 when no symbol is near */
	__u32 same_name, module;
	char  name[128];
};
struct cap_syms {
	__u32 cnt, reserved;
	__u64 syms;			/* in and out */
};

/* Descriptors of patched tail calls, in the program's order. */
struct cap_poke { __u64 map; __u32 key, reserved; };
struct cap_pokes {
	__s32 fd;
	__u32 cnt;			/* in: capacity; out: what there is */
	__u64 pokes;
};

#define CAP_HELLO	_IOR('V', 1, struct cap_hello)
#define CAP_PROG	_IOWR('V', 2, struct cap_prog)
#define CAP_COMPILE	_IOWR('V', 3, struct cap_compile)
#define CAP_MAP		_IOWR('V', 4, struct cap_map)
#define CAP_SLOTS	_IOWR('V', 5, struct cap_slots)
#define CAP_HELPERS	_IOWR('V', 6, struct cap_helpers)
#define CAP_SYMS	_IOWR('V', 7, struct cap_syms)
#define CAP_PART	_IOWR('V', 8, struct cap_part)
#define CAP_POKES	_IOWR('V', 9, struct cap_pokes)

#endif /* VORW_CAPTURE_H */
