// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_x86_code.c - what the x86-64 code validator takes and what it refuses.
 *
 * The bytes are what GNU as makes of the text beside them.
 */
#include <stdio.h>
#include <stdlib.h>
#include "vorw_reloc.h"
#include "tests/unit_host/code.h"

#define MAX	24	/* instructions of a case */
#define FETCH		BPF_FETCH
#define TAIL_CALL	(BPF_JMP | BPF_TAIL_CALL)

/* One instruction between the entry and the exit of 6.1. */
static const struct {
	const char *text;
	struct bpf_insn insn[2];
	u32 features;
	const char *bytes;
} single[] = {
	{ "add rax, rdi", { ALU64(BPF_ADD, R0, R1) }, 0, "48 01 f8" },
	{ "sub r8d, esi", { ALU32(BPF_SUB, R5, R2) }, 0, "41 29 f0" },
	{ "xor eax, r8d", { ALU32(BPF_XOR, R0, R5) }, 0, "44 31 c0" },
	{ "and rdi, 15", { ALU64K(BPF_AND, R1, 15) }, 0, "48 83 e7 0f" },
	{ "and eax, 0x1000", { ALU32K(BPF_AND, R0, 0x1000) }, 0,
	  "25 00 10 00 00" },
	{ "or rax, -0x1000", { ALU64K(BPF_OR, R0, -0x1000) }, 0,
	  "48 0d 00 f0 ff ff" },
	{ "add r8, 0x1234", { ALU64K(BPF_ADD, R5, 0x1234) }, 0,
	  "49 81 c0 34 12 00 00" },
	{ "mov rdi, rax", { ALU64(BPF_MOV, R1, R0) }, 0, "48 89 c7" },
	{ "mov rax, rax: nothing", { ALU64(BPF_MOV, R0, R0) }, 0, "" },
	{ "mov eax, eax", { ALU32(BPF_MOV, R0, R0) }, 0, "89 c0" },
	{ "xor edi, edi", { ALU64K(BPF_MOV, R1, 0) }, 0, "31 ff" },
	{ "mov edi, 7", { ALU64K(BPF_MOV, R1, 7) }, 0, "bf 07 00 00 00" },
	{ "mov r8, -1", { ALU64K(BPF_MOV, R5, -1) }, 0,
	  "49 c7 c0 ff ff ff ff" },
	{ "mov eax, -1", { ALU32K(BPF_MOV, R0, -1) }, 0, "b8 ff ff ff ff" },
	{ "movabs rax, 0x1122334455667788", { LD64(R0, 0x55667788, 0x11223344) },
	  0, "48 b8 88 77 66 55 44 33 22 11" },
	{ "movabs rax, -2: 6.1", { LD64(R0, -2, -1) }, 0,
	  "48 b8 fe ff ff ff ff ff ff ff" },
	{ "mov rax, -2: from 6.12", { LD64(R0, -2, -1) }, 0,
	  "48 c7 c0 fe ff ff ff" },
	{ "mov eax, 0x80000000", { LD64(R0, (s32)0x80000000, 0) }, 0,
	  "b8 00 00 00 80" },
	{ "neg rax", { ALU64K(BPF_NEG, R0, 0) }, 0, "48 f7 d8" },
	{ "imul rax, rdi", { ALU64(BPF_MUL, R0, R1) }, 0, "48 0f af c7" },
	{ "imul r8d, r8d, 1000", { ALU32K(BPF_MUL, R5, 1000) }, 0,
	  "45 69 c0 e8 03 00 00" },
	{ "imul rax, rax, -7", { ALU64K(BPF_MUL, R0, -7) }, 0, "48 6b c0 f9" },
	{ "rax /= rdi", { ALU64(BPF_DIV, R0, R1) }, 0,
	  "52 31 d2 48 f7 f7 5a" },
	{ "edi %= 10", { ALU32K(BPF_MOD, R1, 10) }, 0,
	  "50 52 49 c7 c3 0a 00 00 00 89 f8 31 d2 41 f7 f3 89 d7 5a 58" },
	{ "rdx /= rax", { ALU64(BPF_DIV, R3, R0) }, 0,
	  "50 49 89 c3 48 89 d0 31 d2 49 f7 f3 48 89 c2 58" },
	{ "rax s/= rdi", { I(BPF_ALU64 | BPF_DIV | BPF_X, R0, R1, 1, 0) }, 0,
	  "52 48 99 48 f7 ff 5a" },
	{ "shl rax, 1", { ALU64K(BPF_LSH, R0, 1) }, 0, "48 d1 e0" },
	{ "sar r8d, 5", { ALU32K(BPF_ARSH, R5, 5) }, 0, "41 c1 f8 05" },
	{ "rax <<= rdi, 6.1", { ALU64(BPF_LSH, R0, R1) }, 0,
	  "51 48 89 f9 48 d3 e0 59" },
	{ "shlx rax, rax, rdi", { ALU64(BPF_LSH, R0, R1) }, VORW_CPU_X86_BMI2,
	  "c4 e2 c1 f7 c0" },
	{ "sarx r8d, r8d, eax", { ALU32(BPF_ARSH, R5, R0) },
	  VORW_CPU_X86_BMI2, "c4 42 7a f7 c0" },
	{ "rcx >>= rax, 6.1", { ALU64(BPF_RSH, R4, R0) }, 0,
	  "49 89 cb 51 48 89 c1 49 d3 eb 59 4c 89 d9" },
	{ "rcx >>= rax, 6.12", { ALU64(BPF_RSH, R4, R0) }, 0,
	  "49 89 cb 48 89 c1 49 d3 eb 4c 89 d9" },
	{ "ror ax, 8; movzx", { I(BPF_ALU | BPF_END | BPF_TO_BE, R0, 0, 0, 16) },
	  0, "66 c1 c8 08 0f b7 c0" },
	{ "bswap r8", { I(BPF_ALU | BPF_END | BPF_TO_BE, R5, 0, 0, 64) }, 0,
	  "49 0f c8" },
	{ "mov eax, eax", { I(BPF_ALU | BPF_END | BPF_TO_LE, R0, 0, 0, 32) }, 0,
	  "89 c0" },
	{ "movsx rax, dil", { I(BPF_ALU64 | BPF_MOV | BPF_X, R0, R1, 8, 0) }, 0,
	  "48 0f be c7" },
	{ "movzx rax, byte [rdi + 4]", { I(BPF_LDX | BPF_MEM | BPF_B, R0, R1, 4, 0) },
	  0, "48 0f b6 47 04" },
	{ "mov eax, [rdi + 0x100]", { I(BPF_LDX | BPF_MEM | BPF_W, R0, R1, 256, 0) },
	  0, "8b 87 00 01 00 00" },
	{ "mov rax, [rbp - 8]", { I(BPF_LDX | BPF_MEM | BPF_DW, R0, R10, -8, 0) },
	  0, "48 8b 45 f8" },
	{ "movsxd rax, [rdi]", { I(BPF_LDX | 0x80 | BPF_W, R0, R1, 0, 0) }, 0,
	  "48 63 47 00" },
	{ "mov [rax], dil", { I(BPF_STX | BPF_MEM | BPF_B, R0, R1, 0, 0) }, 0,
	  "40 88 78 00" },
	{ "mov [rax + 2], r8w", { I(BPF_STX | BPF_MEM | BPF_H, R0, R5, 2, 0) }, 0,
	  "66 44 89 40 02" },
	{ "mov word [r8], 0x1234", { I(BPF_ST | BPF_MEM | BPF_H, R5, 0, 0, 0x1234) },
	  0, "66 41 c7 40 00 34 12" },
	{ "mov qword [rax + 8], -1", { I(BPF_ST | BPF_MEM | BPF_DW, R0, 0, 8, -1) },
	  0, "48 c7 40 08 ff ff ff ff" },
	{ "lfence", { I(BPF_ST | 0xc0, 0, 0, 0, 0) }, 0, "0f ae e8" },
	{ "lock add [rdi], rax", { I(BPF_STX | BPF_ATOMIC | BPF_DW, R1, R0, 0, BPF_ADD) },
	  0, "f0 48 01 47 00" },
	{ "lock xadd [rdi], eax", { I(BPF_STX | BPF_ATOMIC | BPF_W, R1, R0, 0, BPF_ADD | FETCH) },
	  0, "f0 0f c1 47 00" },
	{ "xchg [rdi], rax: 7.2", { I(BPF_STX | BPF_ATOMIC | BPF_DW, R1, R0, 0, BPF_XCHG) },
	  0, "48 87 47 00" },
	{ "probe rax, [rdi]: 6.12", { I(BPF_LDX | 0x20 | BPF_DW, R0, R1, 0, 0) },
	  VORW_CPU_X86_USER_47, "49 c7 c2 00 00 60 ff 49 89 fb 4d 29 d3 "
	  "49 ba 00 00 a0 00 00 80 00 00 4d 39 d3 77 04 31 c0 eb 04 "
	  "48 8b 47 00" },
	{ "probe eax, [r8 + 16]: 6.12, 5 levels",
	  { I(BPF_LDX | 0x20 | BPF_W, R0, R5, 16, 0) }, VORW_CPU_X86_USER_56,
	  "49 c7 c2 00 00 60 ff 4d 89 c3 49 81 c3 10 00 00 00 4d 29 d3 "
	  "49 ba 00 00 a0 00 00 00 00 01 4d 39 d3 77 04 31 c0 eb 04 "
	  "41 8b 40 10" },
	{ "probe movsx r8, [rdi]", { I(BPF_LDX | 0x40 | BPF_H, R5, R1, 0, 0) },
	  VORW_CPU_X86_USER_47, "49 c7 c2 00 00 60 ff 49 89 fb 4d 29 d3 "
	  "49 ba 00 00 a0 00 00 80 00 00 4d 39 d3 77 05 45 31 c0 eb 05 "
	  "4c 0f bf 47 00" },
	{ "probe rax, [rdi + 8]: 6.1", { I(BPF_LDX | 0x20 | BPF_DW, R0, R1, 8, 0) },
	  VORW_CPU_X86_USER_47, "49 bb 08 00 00 00 00 80 00 00 4c 39 df 72 0c "
	  "49 89 fb 49 81 c3 08 00 00 00 73 04 31 c0 eb 04 48 8b 47 08" },
	{ "fetch and or", { I(BPF_STX | BPF_ATOMIC | BPF_DW, R1, R2, 0, BPF_OR | FETCH) },
	  0, "49 89 c2 48 8b 47 00 49 89 c3 49 09 f3 f0 4c 0f b1 5f 00 "
	     "75 ee 48 89 c6 4c 89 d0" },
};

/* Bytes for an instruction that does not have them. */
static const struct {
	const char *name;
	struct bpf_insn insn[2];
	const char *bytes;
} hostile[] = {
	{ "cli", { ALU64(BPF_MOV, R0, R0) }, "fa" },
	{ "hlt", { ALU64(BPF_MOV, R0, R0) }, "f4" },
	{ "syscall", { ALU64(BPF_MOV, R0, R0) }, "0f 05" },
	{ "wrmsr", { ALU64(BPF_MOV, R0, R1) }, "0f 30" },
	{ "mov cr3, rax", { ALU64(BPF_MOV, R0, R1) }, "0f 22 d8" },
	{ "out dx, al", { ALU64(BPF_MOV, R0, R1) }, "ee" },
	{ "vmcall", { ALU64(BPF_MOV, R0, R1) }, "0f 01 c1" },
	{ "int3", { ALU64(BPF_MOV, R0, R0) }, "cc" },
	{ "ret", { ALU64(BPF_MOV, R0, R0) }, "c3" },
	{ "mov rsp, rdi", { ALU64(BPF_MOV, R0, R1) }, "48 89 fc" },
	{ "another register", { ALU64(BPF_MOV, R0, R1) }, "48 89 fa" },
	{ "another constant", { ALU64K(BPF_MOV, R1, 7) }, "bf 08 00 00 00" },
	{ "another offset", { I(BPF_LDX | BPF_MEM | BPF_DW, R0, R10, -8, 0) },
	  "48 8b 45 f0" },
	{ "a store for a load", { I(BPF_LDX | BPF_MEM | BPF_DW, R0, R10, -8, 0) },
	  "48 89 45 f8" },
	{ "a call without a relocation", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 1) },
	  "e8 00 00 00 00" },
	{ "call rax", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 1) }, "ff d0" },
	{ "an address in the constant", { LD64(R0, 0, 0) },
	  "48 b8 00 00 00 00 80 88 ff ff" },
	{ "load that may fault, unchecked",
	  { I(BPF_LDX | 0x20 | BPF_DW, R0, R1, 0, 0) }, "48 8b 47 00" },
	{ "load that may fault, another limit",
	  { I(BPF_LDX | 0x20 | BPF_DW, R0, R1, 0, 0) },
	  "49 c7 c2 00 00 60 ff 49 89 fb 4d 29 d3 "
	  "49 ba 00 00 a0 00 00 40 00 00 4d 39 d3 77 04 31 c0 eb 04 "
	  "48 8b 47 00" },
	{ "load that may fault, a jump past the check",
	  { I(BPF_LDX | 0x20 | BPF_DW, R0, R1, 0, 0) },
	  "49 c7 c2 00 00 60 ff 49 89 fb 4d 29 d3 "
	  "49 ba 00 00 a0 00 00 80 00 00 4d 39 d3 77 03 31 c0 eb 04 "
	  "48 8b 47 00" },
	{ "load that may fault into the frame pointer",
	  { I(BPF_LDX | 0x20 | BPF_DW, R10, R1, 0, 0) },
	  "49 c7 c2 00 00 60 ff 49 89 fb 4d 29 d3 "
	  "49 ba 00 00 a0 00 00 80 00 00 4d 39 d3 77 04 31 ed eb 04 "
	  "48 8b 6f 00" },
	{ "unknown atomic operation", { I(BPF_STX | BPF_ATOMIC | BPF_DW, R1, R0, 0, 0x77) },
	  "f0 48 01 47 00" },
	{ "atomic operation on a byte", { I(BPF_STX | BPF_ATOMIC | BPF_B, R1, R0, 0, BPF_ADD) },
	  "f0 00 47 00" },
	{ "register 12", { ALU64(BPF_MOV, R0, 12) }, "" },
	{ "jump by register", { I(BPF_JMP | BPF_JA | BPF_X, R0, 0, 0, 0) },
	  "ff e0" },
	{ "no instruction", { I(0xff, 0, 0, 0, 0) }, "" },
};

#define ENTRY	"0f 1f 44 00 00 66 90 55 48 89 e5 "
#define LEAVE	" c9 c3 cc"
#define HELPER(o) { .off = (o), .kind = VORW_REL_HELPER, \
		    .form = VORW_ENC_X86_CALL, .sym = 1 }
#define INSN_HELPER(o) { .off = (o), .kind = VORW_REL_HELPER, \
			 .form = VORW_ENC_BPF_CALL, .sym = 1 }
#define PERCPU(o) { .off = (o), .kind = VORW_REL_KVAR, \
		    .form = VORW_ENC_X86_PERCPU, .ksym = "this_cpu_off" }
#define CPU_NUMBER(o, f) { .off = (o), .kind = VORW_REL_KVAR, .form = (f), \
			   .ksym = "cpu_number" }
#define STACK(o, a) { .off = (o), .kind = VORW_REL_PRIV_STACK, \
		      .form = VORW_ENC_X86_MOVABS, .addend = (a) }
#define MOV_PERCPU(d, s) I(BPF_ALU64 | BPF_MOV | BPF_X, d, s, -1, 0)
#define THUNK(o) { .off = (o), .kind = VORW_REL_KSYM, \
		   .form = VORW_ENC_X86_JMP, \
		   .ksym = "__x86_indirect_thunk_rcx" }

/* Whole functions. */
static const struct whole {
	const char *name;
	struct bpf_insn insn[MAX];
	u32 n, stack, part, facts;
	struct vreloc insn_rel[2], rel[3];
	u32 ninsn_rel, nrel;
	bool good;
	const char *bytes;
} whole[] = {
	{ "two exits",
	  { I(BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 1, 0), EXIT,
	    ALU64K(BPF_MOV, R0, 1), EXIT }, 4, .good = true,
	  .bytes = ENTRY "48 85 ff 74 03 c9 c3 cc b8 01 00 00 00 eb f6" },
	{ "two exits, a long jump back",
	  { I(BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 1, 0), EXIT,
	    ALU64K(BPF_MOV, R0, 1), EXIT }, 4, .good = true,
	  .bytes = ENTRY "48 85 ff 74 03 c9 c3 cc b8 01 00 00 00 e9 f3 ff ff ff" },
	{ "padded jumps",
	  { I(BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 1, 0), EXIT,
	    ALU64K(BPF_MOV, R0, 1), EXIT }, 4, .good = true,
	  .bytes = ENTRY "48 85 ff 0f 1f 40 00 74 03 c9 c3 cc b8 01 00 00 00 "
		   "0f 1f 00 eb f3" },
	{ "a jump that is nothing", { I(BPF_JMP | BPF_JA, 0, 0, 0, 0), EXIT },
	  2, .good = true, .bytes = ENTRY "c9 c3 cc" },
	{ "a jump that became nops", { I(BPF_JMP | BPF_JA, 0, 0, 0, 0), EXIT },
	  2, .good = true, .bytes = ENTRY "66 90 c9 c3 cc" },
	{ "another condition",
	  { I(BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 1, 0), EXIT,
	    ALU64K(BPF_MOV, R0, 1), EXIT }, 4,
	  .bytes = ENTRY "48 85 ff 75 03 c9 c3 cc b8 01 00 00 00 eb f6" },
	{ "into an instruction",
	  { I(BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 1, 0), EXIT,
	    ALU64K(BPF_MOV, R0, 1), EXIT }, 4,
	  .bytes = ENTRY "48 85 ff 74 04 c9 c3 cc b8 01 00 00 00 eb f6" },
	{ "to another instruction",
	  { I(BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 1, 0), EXIT,
	    ALU64K(BPF_MOV, R0, 1), EXIT }, 4,
	  .bytes = ENTRY "48 85 ff 74 08 c9 c3 cc b8 01 00 00 00 eb f6" },
	{ "the exit somewhere else",
	  { I(BPF_JMP | BPF_JEQ | BPF_K, R1, 0, 1, 0), EXIT,
	    ALU64K(BPF_MOV, R0, 1), EXIT }, 4,
	  .bytes = ENTRY "48 85 ff 74 03 c9 c3 cc b8 01 00 00 00 eb f7" },
	{ "a program's jump out of it",
	  { I(BPF_JMP | BPF_JA, 0, 0, 100, 0), EXIT }, 2,
	  .bytes = ENTRY "eb 00 c9 c3 cc" },
	{ "into the middle of a constant",
	  { I(BPF_JMP | BPF_JA, 0, 0, 1, 0), LD64(R0, 1, 1), EXIT }, 4,
	  .bytes = ENTRY "eb 0a 48 b8 01 00 00 00 01 00 00 00 c9 c3 cc" },
	{ "no exit", { ALU64K(BPF_MOV, R0, 0) }, 1, .bytes = ENTRY "31 c0" },
	{ "more code than program", { EXIT }, 1,
	  .bytes = ENTRY "c9 c3 cc 90" },
	{ "less code than program", { EXIT, EXIT }, 2,
	  .bytes = ENTRY "c9 c3 cc" },
	{ "stack", { EXIT }, 1, 20, .good = true,
	  .bytes = ENTRY "48 81 ec 18 00 00 00 c9 c3 cc" },
	{ "less stack than the verifier counted", { EXIT }, 1, 20,
	  .bytes = ENTRY "48 81 ec 10 00 00 00 c9 c3 cc" },
	{ "saved registers",
	  { ALU64K(BPF_MOV, R6, 1), ALU64K(BPF_MOV, 9, 1), EXIT }, 3,
	  .good = true,
	  .bytes = ENTRY "53 41 57 bb 01 00 00 00 41 bf 01 00 00 00 "
		   "41 5f 5b c9 c3 cc" },
	{ "a register not saved", { ALU64K(BPF_MOV, R6, 1), EXIT }, 2,
	  .bytes = ENTRY "bb 01 00 00 00 c9 c3 cc" },
	{ "6.12, IBT", { EXIT }, 1, .good = true,
	  .bytes = "f3 0f 1e fa 0f 1f 44 00 00 0f 1f 00 55 48 89 e5 "
		   "f3 0f 1e fa c9 c3 cc" },
	{ "no landing pad where others have one", { EXIT }, 1,
	  .bytes = "f3 0f 1e fa 0f 1f 44 00 00 0f 1f 00 55 48 89 e5 c9 c3 cc" },
	{ "no place for a trampoline", { EXIT }, 1,
	  .bytes = "66 90 55 48 89 e5 c9 c3 cc" },
	{ "helper", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT }, 2,
	  .insn_rel = { INSN_HELPER(0) }, .rel = { HELPER(11) },
	  .ninsn_rel = 1, .nrel = 1, .good = true,
	  .bytes = ENTRY "e8 00 00 00 00 c9 c3 cc" },
	{ "another helper", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT }, 2,
	  .insn_rel = { INSN_HELPER(0) },
	  .rel = { { .off = 11, .kind = VORW_REL_HELPER,
		     .form = VORW_ENC_X86_CALL, .sym = 2 } },
	  .ninsn_rel = 1, .nrel = 1,
	  .bytes = ENTRY "e8 00 00 00 00 c9 c3 cc" },
	{ "a jump for a call", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT }, 2,
	  .insn_rel = { INSN_HELPER(0) },
	  .rel = { { .off = 11, .kind = VORW_REL_HELPER,
		     .form = VORW_ENC_X86_JMP, .sym = 1 } },
	  .ninsn_rel = 1, .nrel = 1,
	  .bytes = ENTRY "e9 00 00 00 00 c9 c3 cc" },
	{ "a field that is not zero", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT },
	  2, .insn_rel = { INSN_HELPER(0) }, .rel = { HELPER(11) },
	  .ninsn_rel = 1, .nrel = 1,
	  .bytes = ENTRY "e8 00 00 00 01 c9 c3 cc" },
	{ "a relocation too many", { EXIT }, 1, .rel = { HELPER(11) },
	  .nrel = 1, .bytes = ENTRY "c9 c3 cc" },
	{ "call depth tracking: sar qword gs:[0], 5; call",
	  { I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT }, 2,
	  .insn_rel = { INSN_HELPER(0) }, .rel = { HELPER(21) },
	  .ninsn_rel = 1, .nrel = 1,
	  .bytes = ENTRY "65 48 c1 3c 25 00 00 00 00 05 e8 00 00 00 00 "
		   "c9 c3 cc" },
	{ "map", { LD64(R1, 0, 0), EXIT }, 3,
	  .insn_rel = { { .off = 0, .kind = VORW_REL_MAP,
			  .form = VORW_ENC_BPF_LD64, .sym = 3 } },
	  .rel = { { .off = 11, .kind = VORW_REL_MAP,
		     .form = VORW_ENC_X86_MOVABS, .sym = 3 } },
	  .ninsn_rel = 1, .nrel = 1, .good = true,
	  .bytes = ENTRY "48 bf 00 00 00 00 00 00 00 00 c9 c3 cc" },
	{ "map in another register", { LD64(R1, 0, 0), EXIT }, 3,
	  .insn_rel = { { .off = 0, .kind = VORW_REL_MAP,
			  .form = VORW_ENC_BPF_LD64, .sym = 3 } },
	  .rel = { { .off = 11, .kind = VORW_REL_MAP,
		     .form = VORW_ENC_X86_MOVABS, .sym = 3 } },
	  .ninsn_rel = 1, .nrel = 1,
	  .bytes = ENTRY "48 be 00 00 00 00 00 00 00 00 c9 c3 cc" },
	{ "per-CPU, 6.12: an offset",
	  { ALU32K(BPF_MOV, R0, 0x1234), MOV_PERCPU(R0, R0), EXIT }, 3,
	  .rel = { PERCPU(16) }, .nrel = 1, .good = true,
	  .bytes = ENTRY "b8 34 12 00 00 65 48 03 04 25 00 00 00 00 c9 c3 cc" },
	{ "per-CPU, r8", { MOV_PERCPU(R5, R1), EXIT }, 2,
	  .rel = { PERCPU(14) }, .nrel = 1, .good = true,
	  .bytes = ENTRY "49 89 f8 65 4c 03 04 25 00 00 00 00 c9 c3 cc" },
	{ "per-CPU, another register", { MOV_PERCPU(R5, R1), EXIT }, 2,
	  .rel = { PERCPU(14) }, .nrel = 1,
	  .bytes = ENTRY "49 89 f8 65 48 03 04 25 00 00 00 00 c9 c3 cc" },
	{ "per-CPU, another variable", { MOV_PERCPU(R0, R0), EXIT }, 2,
	  .rel = { CPU_NUMBER(11, VORW_ENC_X86_PERCPU) }, .nrel = 1,
	  .bytes = ENTRY "65 48 03 04 25 00 00 00 00 c9 c3 cc" },
	{ "per-CPU, 7.2: an address",
	  { ALU64K(BPF_MOV, R0, 0), MOV_PERCPU(R0, R0), EXIT }, 3,
	  .insn_rel = { CPU_NUMBER(0, VORW_ENC_BPF_MOVS32) },
	  .rel = { CPU_NUMBER(11, VORW_ENC_X86_MOVS32), PERCPU(18) },
	  .ninsn_rel = 1, .nrel = 2, .good = true,
	  .bytes = ENTRY "48 c7 c0 00 00 00 00 65 48 03 04 25 00 00 00 00 "
		   "c9 c3 cc" },
	{ "a stack of its own",
	  { I(BPF_ST | BPF_MEM | BPF_DW, R10, 0, -8, 7), ALU64(BPF_MOV, R1, R10),
	    I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT }, 4, 100,
	  .facts = VORW_PF_PRIV_STACK, .insn_rel = { INSN_HELPER(16) },
	  .rel = { STACK(11, 112), PERCPU(21), HELPER(43) },
	  .ninsn_rel = 1, .nrel = 3, .good = true,
	  .bytes = ENTRY "49 b9 00 00 00 00 00 00 00 00 "
		   "65 4c 03 0c 25 00 00 00 00 49 c7 41 f8 07 00 00 00 "
		   "4c 89 cf 41 51 e8 00 00 00 00 41 59 c9 c3 cc" },
	{ "less of it than the verifier counted", { EXIT }, 1, 100,
	  .facts = VORW_PF_PRIV_STACK, .rel = { STACK(11, 104), PERCPU(21) },
	  .nrel = 2,
	  .bytes = ENTRY "49 b9 00 00 00 00 00 00 00 00 "
		   "65 4c 03 0c 25 00 00 00 00 c9 c3 cc" },
	{ "its registers not kept over a call",
	  { I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT }, 2, 8,
	  .facts = VORW_PF_PRIV_STACK, .insn_rel = { INSN_HELPER(0) },
	  .rel = { STACK(11, 16), PERCPU(21), HELPER(30) },
	  .ninsn_rel = 1, .nrel = 3,
	  .bytes = ENTRY "49 b9 00 00 00 00 00 00 00 00 "
		   "65 4c 03 0c 25 00 00 00 00 e8 00 00 00 00 c9 c3 cc" },
	{ "return thunk", { EXIT }, 1, .nrel = 1, .good = true,
	  .rel = { { .off = 12, .kind = VORW_REL_KPTR,
		     .form = VORW_ENC_X86_JMP, .ksym = "x86_return_thunk" } },
	  .bytes = ENTRY "c9 e9 00 00 00 00" },
	{ "return to anywhere", { EXIT }, 1, .nrel = 1,
	  .rel = { { .off = 12, .kind = VORW_REL_KSYM,
		     .form = VORW_ENC_X86_JMP,
		     .ksym = "__x86_indirect_thunk_rcx" } },
	  .bytes = ENTRY "c9 e9 00 00 00 00" },
	{ "tail call, 6.1", { I(TAIL_CALL, 0, 0, 0, 0), EXIT }, 2, 8,
	  .rel = { THUNK(0x4b) }, .nrel = 1, .good = true,
	  .bytes = "0f 1f 44 00 00 31 c0 55 48 89 e5 48 81 ec 08 00 00 00 50 "
		   "89 d2 39 56 24 76 36 8b 85 f4 ff ff ff 83 f8 21 73 2b "
		   "83 c0 01 89 85 f4 ff ff ff 48 8b 8c d6 10 01 00 00 "
		   "48 85 c9 74 15 58 48 81 c4 08 00 00 00 48 8b 49 30 "
		   "48 83 c1 0b e9 00 00 00 00 c9 c3 cc" },
	{ "tail call, 6.12", { I(TAIL_CALL, 0, 0, 0, 0), EXIT }, 2,
	  .rel = { THUNK(0x49) }, .nrel = 1, .good = true,
	  .bytes = "0f 1f 44 00 00 48 31 c0 55 48 89 e5 48 83 f8 21 77 06 50 "
		   "48 89 e0 eb 01 50 50 89 d2 39 56 24 76 2d 48 8b 85 f0 ff "
		   "ff ff 48 83 38 21 73 20 48 8b 8c d6 10 01 00 00 48 85 c9 "
		   "74 13 48 83 00 01 58 58 48 8b 49 30 48 83 c1 0c "
		   "e9 00 00 00 00 c9 c3 cc" },
	{ "tail call past the counter", { I(TAIL_CALL, 0, 0, 0, 0), EXIT }, 2,
	  .rel = { THUNK(0x49) }, .nrel = 1,
	  .bytes = "0f 1f 44 00 00 48 31 c0 55 48 89 e5 48 83 f8 21 77 06 50 "
		   "48 89 e0 eb 01 50 50 89 d2 39 56 24 76 2d 48 8b 85 f0 ff "
		   "ff ff 48 83 38 7f 73 20 48 8b 8c d6 10 01 00 00 48 85 c9 "
		   "74 13 48 83 00 01 58 58 48 8b 49 30 48 83 c1 0c "
		   "e9 00 00 00 00 c9 c3 cc" },
	{ "poked tail call", { I(TAIL_CALL, 0, 0, 0, 1), EXIT }, 2,
	  .good = true,
	  .bytes = "0f 1f 44 00 00 31 c0 55 48 89 e5 50 "
		   "8b 85 fc ff ff ff 83 f8 21 73 14 83 c0 01 "
		   "89 85 fc ff ff ff e9 06 00 00 00 58 0f 1f 44 00 00 "
		   "c9 c3 cc" },
	{ "poked tail call in a live program: not canonical",
	  { I(TAIL_CALL, 0, 0, 0, 1), EXIT }, 2,
	  .bytes = "0f 1f 44 00 00 31 c0 55 48 89 e5 50 "
		   "8b 85 fc ff ff ff 83 f8 21 73 14 83 c0 01 "
		   "89 85 fc ff ff ff 0f 1f 44 00 00 58 e9 00 00 00 00 "
		   "c9 c3 cc" },
	{ "a subprogram's count is its caller's", { EXIT }, 1, .part = 1,
	  .facts = VORW_PF_TAIL_CALL_REACHABLE, .good = true,
	  .bytes = ENTRY "50 c9 c3 cc" },
};

static u32 bytes(const char *text, u8 *to)
{
	u32 n = 0;
	int used;
	unsigned int v;

	while (sscanf(text, "%2x%n", &v, &used) == 1) {
		to[n++] = v;
		text += used;
	}
	return n;
}

/* Any byte of it changed: still taken?  Returns how often. */
static u32 flips(const struct vcode *c)
{
	u8 *p = malloc(c->len);
	struct vcode f = *c;
	u32 i, bit, features, taken = 0;

	memcpy(p, c->p, c->len);
	f.p = p;
	for (i = 0; i < c->len; i++)
		for (bit = 0; bit < 8; bit++) {
			p[i] ^= 1 << bit;
			if (takes(&vorw_arch_x86, &f, &features)) {
				diag("taken with bit %u of byte %u flipped",
				     bit, i);
				taken++;
			}
			p[i] ^= 1 << bit;
		}
	free(p);
	return taken;
}

/* Cut anywhere, in memory of its own so that sanitizers see a read beyond.  A
 * kernel without CONFIG_SLS has no INT3 behind RET. */
static u32 cuts(const struct vcode *c)
{
	u32 n, features, taken = 0;

	for (n = 0; n < c->len - (c->p[c->len - 1] == 0xcc); n++) {
		struct vcode f = *c;
		u8 *p = malloc(n ? n : 1);

		memcpy(p, c->p, n);
		f.p = p;
		f.len = n;
		taken += takes(&vorw_arch_x86, &f, &features);
		free(p);
	}
	return taken;
}

static void one(const struct bpf_insn *in, const char *text, bool good,
		u32 want, const char *name)
{
	struct bpf_insn insns[3];
	bool two = in[0].code == (BPF_LD | BPF_IMM | BPF_DW);
	u32 n = 0, features;
	struct vcode c = { .insns = insns };
	u8 buf[128];

	insns[n++] = in[0];
	if (two)
		insns[n++] = in[1];
	insns[n++] = (struct bpf_insn)EXIT;
	c.ninsns = n;
	c.len = bytes(ENTRY, buf);
	c.len += bytes(text, buf + c.len);
	c.len += bytes(LEAVE, buf + c.len);
	c.p = buf;
	is(takes(&vorw_arch_x86, &c, &features), good, "%s: %s", name,
	   good ? "taken" : "refused");
	if (!good)
		return;
	is(features, want | VORW_CPU_X86_RET_PLAIN, "%s: features", name);
	is(flips(&c) + cuts(&c), 0, "%s: not with any bit changed, nor cut",
	   name);
}

static void wholes(void)
{
	u8 buf[256];
	u32 i, features;

	for (i = 0; i < ARRAY_LEN(whole); i++) {
		const struct whole *t = &whole[i];
		struct vcode c = {
			.p = buf, .len = bytes(t->bytes, buf),
			.insns = t->insn, .ninsns = t->n,
			.insn_rel = t->insn_rel, .ninsn_rel = t->ninsn_rel,
			.rel = t->rel, .nrel = t->nrel,
			.stack_depth = t->stack, .part = t->part,
			.facts = t->facts,
		};

		is(takes(&vorw_arch_x86, &c, &features), t->good, "%s: %s", t->name,
		   t->good ? "taken" : "refused");
		if (!t->good)
			continue;
		if (!strncmp(t->name, "tail call", 9))
			continue;	/* offsets of fields are free */
		is(flips(&c) + cuts(&c), 0,
		   "%s: not with any bit changed, nor cut", t->name);
	}
}

/* The tail call of 6.12 up to its jump by rcx; jumps to behind it. */
#define TAIL(a, b, c)							\
	"0f 1f 44 00 00 48 31 c0 55 48 89 e5 48 83 f8 21 77 06 50 "	\
	"48 89 e0 eb 01 50 50 89 d2 39 56 24 76 " a " 48 8b 85 f0 ff "	\
	"ff ff 48 83 38 21 73 " b " 48 8b 8c d6 10 01 00 00 48 85 c9 "	\
	"74 " c " 48 83 00 01 58 58 48 8b 49 30 48 83 c1 0c "

/* emit_indirect_jump(): what the kernel chose at boot; features 0: no way. */
static const struct {
	const char *name, *bytes, *thunk;
	u32 features;
} jumps[] = {
	{ "jmp rcx", TAIL("2a", "1d", "10") "ff e1 c9 c3 cc", NULL,
	  VORW_CPU_X86_JMP_PLAIN },
	{ "jmp rcx; int3", TAIL("2b", "1e", "11") "ff e1 cc c9 c3 cc", NULL,
	  VORW_CPU_X86_JMP_PLAIN },
	{ "lfence; jmp rcx", TAIL("2d", "20", "13") "0f ae e8 ff e1 c9 c3 cc",
	  NULL, VORW_CPU_X86_JMP_LFENCE },
	{ "retpoline", TAIL("2d", "20", "13") "e9 00 00 00 00 c9 c3 cc",
	  "__x86_indirect_thunk_rcx", VORW_CPU_X86_JMP_RETPOLINE },
	{ "ITS thunk", TAIL("2d", "20", "13") "e9 00 00 00 00 c9 c3 cc",
	  "__x86_indirect_its_thunk_rcx", VORW_CPU_X86_JMP_ITS },
	{ "jmp rax", TAIL("2a", "1d", "10") "ff e0 c9 c3 cc", NULL, 0 },
	{ "lfence; jmp rdx", TAIL("2d", "20", "13") "0f ae e8 ff e2 c9 c3 cc",
	  NULL, 0 },
	{ "mfence; jmp rcx", TAIL("2d", "20", "13") "0f ae f0 ff e1 c9 c3 cc",
	  NULL, 0 },
	{ "retpoline of another register",
	  TAIL("2d", "20", "13") "e9 00 00 00 00 c9 c3 cc",
	  "__x86_indirect_thunk_rax", 0 },
	{ "retpoline that tracks call depth",
	  TAIL("2d", "20", "13") "e9 00 00 00 00 c9 c3 cc",
	  "__x86_indirect_jump_thunk_rcx", 0 },
};

static void indirect_jumps(void)
{
	static const struct bpf_insn insns[] = {
		I(TAIL_CALL, 0, 0, 0, 0), EXIT,
	};
	u8 buf[256];
	u32 i, features;

	for (i = 0; i < ARRAY_LEN(jumps); i++) {
		struct vreloc rel = {
			.off = 0x49, .kind = VORW_REL_KSYM,
			.form = VORW_ENC_X86_JMP,
		};
		struct vcode c = {
			.p = buf, .len = bytes(jumps[i].bytes, buf),
			.insns = insns, .ninsns = ARRAY_LEN(insns),
			.rel = &rel, .nrel = jumps[i].thunk ? 1 : 0,
		};

		if (jumps[i].thunk)
			strcpy(rel.ksym, jumps[i].thunk);
		is(takes(&vorw_arch_x86, &c, &features), !!jumps[i].features,
		   "jump by register, %s: %s", jumps[i].name,
		   jumps[i].features ? "taken" : "refused");
		if (jumps[i].features)
			is(features, jumps[i].features | VORW_CPU_X86_RET_PLAIN,
			   "jump by register, %s: features", jumps[i].name);
	}
}

/* Offsets into the kernel's structs are the same in a whole object. */
static void tail_words(void)
{
	const struct whole *t = NULL;
	u32 words[VORW_TAIL_WORDS] = {}, i, features;
	u8 buf[256];

	for (i = 0; i < ARRAY_LEN(whole); i++)
		if (!strcmp(whole[i].name, "tail call, 6.1"))
			t = &whole[i];
	struct vcode c = {
		.p = buf, .len = bytes(t->bytes, buf),
		.insns = t->insn, .ninsns = t->n, .rel = t->rel,
		.nrel = t->nrel, .stack_depth = t->stack,
		.tail_words = words,
	};

	is(takes(&vorw_arch_x86, &c, &features), true, "offsets are learnt");
	is(words[0], 0x24, "where the number of entries is");
	is(words[1], 0x110, "where the entries are");
	is(words[2], 0x30, "where a program's code is");
	is(flips(&c), 0, "and then no bit can be changed");
}

/* With addresses in it, at some place, is it the canonical one? */
static void same_code(void)
{
	static const struct bpf_insn insns[] = {
		LD64(R1, 0, 0), I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT,
	};
	static const struct vreloc insn_rel[] = {
		{ .off = 0, .kind = VORW_REL_MAP, .form = VORW_ENC_BPF_LD64 },
		INSN_HELPER(16),
	};
	struct vreloc rel[] = {
		{ .off = 11, .kind = VORW_REL_MAP,
		  .form = VORW_ENC_X86_MOVABS, .addr = 0xffff888001234560 },
		HELPER(21),
	};
	const u64 at = 0xffffffffc0001000;
	struct vorw_err e = {};
	u8 canon[64], real[64];
	struct vcode c = {
		.p = canon, .insns = insns, .ninsns = ARRAY_LEN(insns),
		.insn_rel = insn_rel, .ninsn_rel = 2, .rel = rel, .nrel = 2,
	};
	u32 n;

	rel[1].addr = 0xffffffff81000000;
	c.len = bytes(ENTRY "48 bf 00 00 00 00 00 00 00 00 e8 00 00 00 00 "
		      "c9 c3 cc", canon);
	n = bytes(ENTRY "48 bf 60 45 23 01 80 88 ff ff e8 e6 ef ff c0 "
		  "c9 c3 cc", real);
	ok(vorw_arch_x86.same_code(&c, real, n, at, &e), "the kernel's own");
	ok(!vorw_arch_x86.same_code(&c, real, n, at + 16, &e),
	   "not at another place");
	real[13] ^= 1;
	ok(!vorw_arch_x86.same_code(&c, real, n, at, &e),
	   "not with another map");
	rel[0].addr = 0xffffffff81234560;
	n = bytes(ENTRY "48 c7 c7 60 45 23 81 e8 e9 ef ff c0 c9 c3 cc", real);
	ok(vorw_arch_x86.same_code(&c, real, n, at, &e),
	   "a shorter way to load the address");
	real[3] ^= 1;
	ok(!vorw_arch_x86.same_code(&c, real, n, at, &e),
	   "not with another instruction");
}

/* What the relocation finder relies on. */
static void sentinels(void)
{
	struct vaddr_space a = { .call_base = 0xffffffff81000000,
				 .code = 0xffffffffc0000abc };
	u32 n, set, k, bad = 0;
	u64 v, w;
	s64 d;

	for (n = 0; n < vorw_arch_x86.max_sentinels; n += 9973)
		for (set = 0; set < VORW_SENTINEL_SETS; set++) {
			v = vorw_arch_x86.sentinel(&a, set, n, true);
			d = (s64)(v - a.code);
			bad += d > 0 || d < -(1ll << 30) ||
			       (s64)(v - a.call_base) != (s32)(v - a.call_base);
			w = vorw_arch_x86.sentinel(&a, set, n, false);
			bad += w >> 32 == 0 || w >> 31 == 0x1ffffffff;
			for (k = 0; k < set; k++)
				bad += v == vorw_arch_x86.sentinel(&a, k, n, true) ||
				       w == vorw_arch_x86.sentinel(&a, k, n, false);
		}
	is(bad, 0, "sentinels: calls in reach, loads in full length, sets differ");
}

int main(void)
{
	u32 i;

	for (i = 0; i < ARRAY_LEN(single); i++)
		one(single[i].insn, single[i].bytes, true, single[i].features,
		    single[i].text);
	for (i = 0; i < ARRAY_LEN(hostile); i++)
		one(hostile[i].insn, hostile[i].bytes, false, 0,
		    hostile[i].name);
	wholes();
	indirect_jumps();
	tail_words();
	same_code();
	sentinels();
	return tap_done();
}
