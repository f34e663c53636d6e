// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * syscall-load - a BPF_PROG_TYPE_SYSCALL program that loads programs itself:
 * another caller of bpf_check() with attributes in kernel memory, as the vorw
 * module is one.  "which" says what it submits.
 */
#include "vorw_example.h"

#define INSN(c, d, s, i)	{ .code = c, .dst_reg = d, .src_reg = s, .imm = i }

enum { UNKNOWN_OPCODE, WILD_POINTER, SOUND };

/* What the module submits, too: an opcode that does not exist. */
struct bpf_insn insns[3][2] = {
	[UNKNOWN_OPCODE] = { INSN(0xff, 0, 0, 0), INSN(0xff, 0, 0, 0) },
	/* r0 = *(u64 *)(r9): reads a register that was never written */
	[WILD_POINTER] = { INSN(BPF_LDX | BPF_MEM | BPF_DW, 0, 9, 0),
			   INSN(BPF_JMP | BPF_EXIT, 0, 0, 0) },
	[SOUND] = { INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 5),
		    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0) },
};
char gpl[] = "GPL";
union bpf_attr attr;
__u32 which;

SEC("syscall")
int syscall_load(void *ctx)
{
	__u32 n = which;

	if (n > SOUND)
		return -1;
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insn_cnt = 2;
	attr.insns = (__u64)&insns[n];
	attr.license = (__u64)&gpl;
	return bpf_sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

char _license[] SEC("license") = "GPL";
