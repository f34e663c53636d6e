// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_riscv_code.c - what the riscv64 code validator takes and what it refuses.
 *
 * Code is halfwords and words, as GNU as makes them of the text beside them.
 */
#include <stdio.h>
#include <stdlib.h>
#include "vorw_reloc.h"
#include "tests/unit_host/code.h"

#define CODE	512

#define JMP(op, d, s, o) I(BPF_JMP | (op) | BPF_X, d, s, o, 0)
#define ATOMIC(sz, d, s, o, i) I(BPF_STX | BPF_ATOMIC | (sz), d, s, o, i)

#define C	VORW_CPU_RISCV_C
#define ZBA	VORW_CPU_RISCV_ZBA
#define ZBB	VORW_CPU_RISCV_ZBB
#define ZACAS	VORW_CPU_RISCV_ZACAS

/* Entry and exit of a function that only saves FP. */
#define ENTRY	"00000013 00000013 02100813 ff010113 00813423 01010413 "
#define LEAVE	"00813403 01010113 0007851b 00008067"
#define C_ENTRY	"00000013 00000013 02100813 1141 e422 0800 "
#define C_LEAVE	"6422 0141 0007851b 8082"

/* One instruction between entry and exit, nothing compressed but what is. */
static const struct {
	const char *text;
	struct bpf_insn insn[2];
	u32 features;
	const char *code;
} single[] = {
	{ "add a5, a5, a0", { ALU64(BPF_ADD, R0, R1) }, 0, "00a787b3" },
	{ "c.add a5, a0", { ALU64(BPF_ADD, R0, R1) }, C, "97aa" },
	{ "subw a5, a5, a0", { ALU32(BPF_SUB, R0, R1) }, 0, "40a787bb" },
	{ "subw a5, a5, a0; add.uw", { ALU32(BPF_SUB, R0, R1) }, ZBA,
	  "40a787bb 080787bb" },
	{ "le32 of a function of many: add.uw",
	  { I(BPF_ALU | BPF_END | BPF_TO_LE, R0, 0, 0, 32) }, ZBA, "080787bb" },
	{ "c.subw a5, a0", { ALU32(BPF_SUB, R0, R1) }, C, "9f89" },
	{ "c.sub a5, a0", { ALU64(BPF_SUB, R0, R1) }, C, "8f89" },
	{ "c.xor a5, a0", { ALU64(BPF_XOR, R0, R1) }, C, "8fa9" },
	{ "c.or a5, a0", { ALU64(BPF_OR, R0, R1) }, C, "8fc9" },
	{ "c.and a5, a0", { ALU64(BPF_AND, R0, R1) }, C, "8fe9" },
	{ "c.mv a5, a0", { ALU64(BPF_MOV, R0, R1) }, C, "87aa" },
	{ "mul a5, a5, a0", { ALU64(BPF_MUL, R0, R1) }, 0, "02a787b3" },
	{ "divuw a5, a5, a0", { ALU32(BPF_DIV, R0, R1) }, 0, "02a7d7bb" },
	{ "rem a5, a5, a0", { I(BPF_ALU64 | BPF_MOD | BPF_X, R0, R1, 1, 0) },
	  0, "02a7e7b3" },
	{ "neg a5, a5", { ALU64K(BPF_NEG, R0, 0) }, 0, "40f007b3" },
	{ "c.addi a5, -3", { ALU64K(BPF_ADD, R0, -3) }, C, "17f5" },
	{ "addi a5, a5, 2047", { ALU64K(BPF_ADD, R0, 2047) }, 0, "7ff78793" },
	{ "addi a5, a5, -2048", { ALU64K(BPF_SUB, R0, 2048) }, 0, "80078793" },
	{ "lui t1, 1; addiw t1, t1, -2048; add", { ALU64K(BPF_ADD, R0, 2048) },
	  C, "6305 8003031b 979a" },
	{ "c.andi a5, 15", { ALU64K(BPF_AND, R0, 15) }, C, "8bbd" },
	{ "ori a5, a5, 1", { ALU64K(BPF_OR, R0, 1) }, 0, "0017e793" },
	{ "c.li a5, 7", { ALU64K(BPF_MOV, R0, 7) }, C, "479d" },
	{ "li a5, -1 << 31", { ALU64K(BPF_MOV, R0, -2147483647 - 1) }, C,
	  "800007b7 2781" },
	{ "c.slli a5, 3", { ALU64K(BPF_LSH, R0, 3) }, C, "078e" },
	{ "c.srli a5, 63", { ALU64K(BPF_RSH, R0, 63) }, C, "93fd" },
	{ "c.srai a5, 4", { ALU64K(BPF_ARSH, R0, 4) }, C, "8791" },
	{ "srliw a5, a5, 4", { ALU32K(BPF_RSH, R0, 4) }, 0, "0047d79b" },
	{ "zext: add.uw", { I(BPF_ALU | BPF_MOV | BPF_X, R0, R0, 0, 1) }, ZBA,
	  "080787bb" },
	{ "zext: c.slli, c.srli", { I(BPF_ALU | BPF_MOV | BPF_X, R0, R0, 0, 1) },
	  C, "1782 9381" },
	{ "sext.b a5, a0", { I(BPF_ALU64 | BPF_MOV | BPF_X, R0, R1, 8, 0) },
	  ZBB, "60451793" },
	{ "sext by shifts", { I(BPF_ALU64 | BPF_MOV | BPF_X, R0, R1, 16, 0) },
	  C, "03051793 97c1" },
	{ "sext.w", { I(BPF_ALU64 | BPF_MOV | BPF_X, R0, R1, 32, 0) }, 0,
	  "0005079b" },
	{ "rev8; srli", { I(BPF_ALU | BPF_END | BPF_TO_BE, R0, 0, 0, 16) },
	  ZBB | C, "6b87d793 93c1" },
	{ "bytes swapped", { I(BPF_ALU | BPF_END | BPF_TO_BE, R0, 0, 0, 16) },
	  C, "4381 0ff7f313 939a 03a2 83a1 0ff7f313 939a 879e" },
	{ "zext.h", { I(BPF_ALU | BPF_END | BPF_TO_LE, R0, 0, 0, 16) }, ZBB,
	  "0807c7bb" },
	{ "le64: nothing", { I(BPF_ALU | BPF_END | BPF_TO_LE, R0, 0, 0, 64) },
	  0, "" },
	{ "lbu a5, 4(a0)", { I(BPF_LDX | BPF_MEM | BPF_B, R0, R1, 4, 0) }, 0,
	  "00454783" },
	{ "c.ld a5, 8(a0)", { I(BPF_LDX | BPF_MEM | BPF_DW, R0, R1, 8, 0) }, C,
	  "651c" },
	{ "lw a5, (a0)", { I(BPF_LDX | 0x80 | BPF_W, R0, R1, 0, 0) }, 0,
	  "00052783" },
	{ "ld far", { I(BPF_LDX | BPF_MEM | BPF_DW, R0, R1, 4096, 0) }, C,
	  "6305 2301 932a 00033783" },
	{ "c.sw a5, 4(a0)", { I(BPF_STX | BPF_MEM | BPF_W, R1, R0, 4, 0) }, C,
	  "c15c" },
	{ "c.sd a5, (a0)", { I(BPF_STX | BPF_MEM | BPF_DW, R1, R0, 0, 0) }, C,
	  "e11c" },
	{ "sh a5, -2(a0)", { I(BPF_STX | BPF_MEM | BPF_H, R1, R0, -2, 0) }, 0,
	  "fef51f23" },
	{ "c.li t1, 1; sb", { I(BPF_ST | BPF_MEM | BPF_B, R1, 0, 0, 1) }, C,
	  "4305 00650023" },
	{ "nospec: nothing", { I(BPF_ST | 0xc0, 0, 0, 0, 0) }, 0, "" },
	{ "amoadd.d zero, a5, (a0)", { ATOMIC(BPF_DW, R1, R0, 0, BPF_ADD) }, 0,
	  "00f5302f" },
	{ "amoor.w.aqrl; zext",
	  { ATOMIC(BPF_W, R1, R0, 0, BPF_OR | BPF_FETCH) }, ZBA,
	  "46f527af 080787bb" },
	{ "addi t1; amoswap.d.aqrl", { ATOMIC(BPF_DW, R1, R0, 8, BPF_XCHG) }, 0,
	  "00850313 0ef337af" },
	{ "amocas.d.aqrl a5, a1, (a0)",
	  { ATOMIC(BPF_DW, R1, R2, 0, BPF_CMPXCHG) }, ZACAS, "2eb537af" },
	{ "lr, sc", { ATOMIC(BPF_DW, R1, R2, 0, BPF_CMPXCHG) }, C,
	  "83be 100537af 00f39863 1ab53e2f fe0e1ae3 0330000f" },
	{ "load_acquire: ld; fence r, rw",
	  { ATOMIC(BPF_DW, R0, R1, 0, 0x100) }, C, "611c 0230000f" },
	{ "store_release: fence rw, w; sw",
	  { ATOMIC(BPF_W, R1, R0, 0, 0x110) }, C, "0310000f c11c" },
	{ "lw a5, 32(tp)", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 8) }, 0,
	  "02022783" },
	{ "mv a5, tp", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 35) }, C, "8792" },
};

static const struct {
	const char *text;
	struct bpf_insn insn[2];
	const char *code;
} wrong[] = {
	{ "another register", { ALU64(BPF_ADD, R0, R1) }, "00b787b3" },
	{ "another operation", { ALU64(BPF_ADD, R0, R1) }, "40a787b3" },
	{ "nothing", { ALU64(BPF_ADD, R0, R1) }, "" },
	{ "zero extension of 64 bits", { ALU64(BPF_SUB, R0, R1) },
	  "8f89 080787bb" },
	{ "twice", { ALU64(BPF_ADD, R0, R1) }, "97aa 97aa" },
	{ "ecall behind it", { ALU64(BPF_ADD, R0, R1) }, "97aa 00000073" },
	{ "c.ebreak behind it", { ALU64(BPF_ADD, R0, R1) }, "97aa 9002" },
	{ "a csr", { ALU64(BPF_MOV, R0, R1) }, "100027f3" },
	{ "a jump to a register", { ALU64(BPF_MOV, R0, R1) }, "8502" },
	{ "a call", { ALU64(BPF_MOV, R0, R1) }, "9502" },
	{ "another constant", { ALU64K(BPF_MOV, R0, 7) }, "47a1" },
	{ "a constant in two", { ALU64K(BPF_MOV, R0, 7) }, "4799 0785" },
	{ "another offset", { I(BPF_LDX | BPF_MEM | BPF_DW, R0, R1, 8, 0) },
	  "691c" },
	{ "another base", { I(BPF_STX | BPF_MEM | BPF_DW, R1, R0, 0, 0) },
	  "e19c" },
	{ "a store to the stack", { I(BPF_STX | BPF_MEM | BPF_DW, R1, R0, 0, 0) },
	  "e03e" },
	{ "a word for 64 bits", { I(BPF_STX | BPF_MEM | BPF_DW, R1, R0, 0, 0) },
	  "c11c" },
	{ "sc without release", { ATOMIC(BPF_DW, R1, R2, 0, BPF_CMPXCHG) },
	  "83be 100537af 00f39863 18b53e2f fe0e1ae3 0330000f" },
	{ "sc that is not tried again",
	  { ATOMIC(BPF_DW, R1, R2, 0, BPF_CMPXCHG) },
	  "83be 100537af 00f39863 1ab53e2f 000e1ae3 0330000f" },
	{ "no barrier", { ATOMIC(BPF_DW, R0, R1, 0, 0x100) }, "611c" },
	{ "a field at 0 of the task", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 8) },
	  "00022783" },
	{ "a call with no address", { I(BPF_JMP | BPF_CALL, 0, 0, 0, 1) },
	  "00000317 000300e7 87aa" },
	{ "an arena's address",
	  { I(BPF_ALU64 | BPF_MOV | BPF_X, R0, R1, 1, 1 << 16) }, "87aa" },
	{ "a guarded load", { I(BPF_LDX | 0x20 | BPF_DW, R0, R1, 8, 0) },
	  "651c" },
	{ "a register that there is not", { I(BPF_ALU64 | BPF_MOV | BPF_X, 13, R1, 0, 0) },
	  "87aa" },
};

/* Hexadecimal words of four or eight digits; the length in bytes. */
static u32 assemble(u8 *p, const char *text)
{
	u32 n = 0, v, k;
	int used;

	while (sscanf(text, " %x%n", &v, &used) == 1) {
		const char *digits = text + strspn(text, " ");
		u32 size = (u32)strcspn(digits, " ") / 2;

		for (k = 0; k < size; k++)
			p[n++] = (u8)(v >> 8 * k);
		text += used;
	}
	return n;
}

static bool takes_insn(const struct bpf_insn *insn, const char *code,
		       bool compressed, u32 *features)
{
	struct bpf_insn insns[2] = { *insn, EXIT };
	char text[1024];
	u8 p[CODE];
	u32 fields[VORW_TAIL_WORDS] = { 0 };
	struct vcode c = { .p = p, .insns = insns, .ninsns = 2,
			   .tail_words = fields };

	snprintf(text, sizeof(text), "%s%s %s", compressed ? C_ENTRY : ENTRY,
		 code, compressed ? C_LEAVE : LEAVE);
	c.len = assemble(p, text);
	return takes(&vorw_arch_riscv, &c, features);
}

static void check_single(void)
{
	u32 i, features;

	for (i = 0; i < ARRAY_LEN(single); i++) {
		ok(takes_insn(single[i].insn, single[i].code, false, &features),
		   "%s", single[i].text);
		is(features, single[i].features, "%s: features",
		   single[i].text);
	}
	ok(takes_insn(single[0].insn, single[0].code, true, &features) &&
	   features == C, "compressed entry and exit");
	for (i = 0; i < ARRAY_LEN(wrong); i++)
		ok(!takes_insn(wrong[i].insn, wrong[i].code, false, &features),
		   "refused: %s", wrong[i].text);
}

/* if (r1 > r2) r0 = 1; exit, in all lengths of a branch */
static const struct bpf_insn jump_insns[] = {
	ALU64K(BPF_MOV, R0, 0), JMP(BPF_JGT, R1, R2, 1), ALU64K(BPF_MOV, R0, 1),
	EXIT,
};
static const struct { const char *name, *code; bool good; } jumps[] = {
	{ "branch", "4781 00a5e363 4785", true },
	{ "branch around a jump", "4781 00a5f463 0060006f 4785", true },
	{ "branch around two", "4781 00a5f663 00000317 00a30067 4785", true },
	{ "branch to another place", "4781 00a5e263 4785", false },
	{ "branch on another condition", "4781 00a5f363 4785", false },
	{ "branch on other registers", "4781 00b56363 4785", false },
	{ "branch into an instruction", "4781 00a5e463 0007879b 4785", false },
	{ "branch out of the code", "4781 7ea5ee63 4785", false },
	{ "branch into the jump", "4781 00a5f263 0060006f 4785", false },
	{ "jump that links", "4781 00a5f463 006000ef 4785", false },
	{ "jump by way of ra", "4781 00a5f663 00000097 00a08067 4785", false },
};

static void check_jumps(void)
{
	char text[512];
	u8 p[CODE];
	u32 i, features;
	struct vcode c = { .p = p, .insns = jump_insns,
			   .ninsns = ARRAY_LEN(jump_insns) };

	for (i = 0; i < ARRAY_LEN(jumps); i++) {
		snprintf(text, sizeof(text), "%s%s %s", C_ENTRY, jumps[i].code,
			 C_LEAVE);
		c.len = assemble(p, text);
		is(takes(&vorw_arch_riscv, &c, &features), jumps[i].good, "%s%s",
		   jumps[i].good ? "" : "refused: ", jumps[i].name);
	}
}

/* r0 = r6 = map; call; the call saves RA, r6 is s1 */
#define CALL_ENTRY \
	"00000013 00000013 02100813 1101 ec06 e822 e426 1000 "
#define CALL_LEAVE "60e2 6442 64a2 6105 0007851b 8082"
#define LI_S1 "000004b7 0004849b 04b2 00048493 04b2 00048493 04b2 00048493 "
#define CALL "00000317 000300e7 87aa "
static const struct bpf_insn call_insns[] = {
	I(BPF_LD | BPF_IMM | BPF_DW, R6, 0, 0, 0), I(0, 0, 0, 0, 0),
	I(BPF_JMP | BPF_CALL, 0, 0, 0, 0), EXIT,
};
static const struct vreloc call_rels[] = {
	{ .off = 0, .kind = VORW_REL_MAP, .form = VORW_ENC_BPF_LD64,
	  .addr = 0xff60000012345678 },
	{ .off = 16, .kind = VORW_REL_HELPER, .form = VORW_ENC_BPF_CALL,
	  .sym = 1, .addr = 0xffffffff80190228 },
};
#define REAL_AT 0xffffffff02345000ull

static u32 call_code(u8 *p, struct vreloc *rel)
{
	memcpy(rel, call_rels, sizeof(call_rels));
	rel[0].off = 22;	/* behind the entry */
	rel[0].form = VORW_ENC_RISCV_LI_C;
	rel[1].off = 48;
	rel[1].form = VORW_ENC_RISCV_CALL;
	return assemble(p, CALL_ENTRY LI_S1 CALL CALL_LEAVE);
}

static void check_addresses(void)
{
	const struct vorw_arch *a = &vorw_arch_riscv;
	struct vorw_place place = { .at = REAL_AT, .word = 8 };
	struct vorw_err e = { 0 };
	struct vreloc rel[2];
	u8 p[CODE], real[CODE];
	struct vcode c = { .p = p, .insns = call_insns, .ninsns = 4,
			   .insn_rel = call_rels, .ninsn_rel = 2,
			   .rel = rel, .nrel = 2 };
	struct vfield *f = NULL;
	u32 features, n = 0, len, k;

	c.len = call_code(p, rel);
	ok(takes(&vorw_arch_riscv, &c, &features), "a map and a call");
	ok(a->find_fields(&c, 0x1000, "p", &f, &n, &e) && n == 2 &&
	   f[0].off == 22 && f[0].form == VORW_ENC_RISCV_LI_C &&
	   f[1].off == 48 && f[1].form == VORW_ENC_RISCV_CALL,
	   "their fields are found");
	free(f);
	for (k = 0; k < 6; k++) {
		c.len = call_code(p, rel);
		switch (k) {
		case 0:	rel[0].sym = 1; break;
		case 1:	rel[0].kind = VORW_REL_MAP_VALUE; break;
		case 2:	rel[1].sym = 2; break;
		case 3:	rel[0].off += 2; break;
		case 4:	c.nrel = 1; break;
		case 5:	p[24] ^= 0x10; break;	/* a field that is not 0 */
		}
		ok(!takes(&vorw_arch_riscv, &c, &features), "refused: address, case %u", k);
		c.nrel = 2;
	}
	c.len = call_code(p, rel);
	/* lui s1, 0xb0000; c.addiw 9; c.slli 13; addi 0x345; c.slli 12; addi
	 * 0x678: emit_imm() of the map's address */
	len = assemble(real, CALL_ENTRY "b00004b7 24a5 04b6 34548493 04b2 "
		       "67848493 " CALL CALL_LEAVE);
	for (k = 0; k + 8 <= len; k += 2)
		if (vorw_reloc_check(VORW_ENC_RISCV_CALL, real + k) == VORW_R_OK)
			break;
	place.at += k;
	vorw_reloc_apply(VORW_ENC_RISCV_CALL, real + k, rel[1].addr, &place);
	ok(a->same_code(&c, real, len, REAL_AT, &e), "the kernel's own: %s",
	   e.msg);
	ok(!a->same_code(&c, real, len, REAL_AT + 2, &e), "… but not elsewhere");
	rel[0].addr++;
	ok(!a->same_code(&c, real, len, REAL_AT, &e), "… nor for another map");
}

/* JAL where the kernel's own image is near the function; r6 = callback. */
static void check_near(void)
{
	const struct vorw_arch *a = &vorw_arch_riscv;
	struct vorw_place place = { .at = REAL_AT + 22, .word = 8 };
	struct vorw_err e = { 0 };
	struct vreloc rel[2], insn_rel[2];
	u8 p[CODE], real[CODE];
	struct vcode c = { .p = p, .insns = call_insns, .ninsns = 4,
			   .insn_rel = insn_rel, .ninsn_rel = 2,
			   .rel = rel, .nrel = 2 };
	static const s64 bad[] = { 0, 0x1002, -0x1000, 0x101000, -0xff000 };
	struct vfield *f = NULL;
	u32 features, n = 0, len, k;

	memcpy(insn_rel, call_rels, sizeof(insn_rel));
	memcpy(rel, call_rels, sizeof(rel));
	insn_rel[0].kind = rel[0].kind = VORW_REL_PART;
	rel[0].off = 22;
	rel[0].form = VORW_ENC_RISCV_ADDR;
	rel[0].addr = REAL_AT - 0x345678;
	rel[1].off = 30;
	rel[1].form = VORW_ENC_RISCV_CALL;
	rel[1].addr = REAL_AT + 30 + 0x1000;

	c.len = assemble(p, CALL_ENTRY "00000517 00050513 " CALL CALL_LEAVE);
	ok(!takes(a, &c, &features), "refused: a callback in another register");
	c.len = assemble(p, CALL_ENTRY "00000497 00048493 " CALL CALL_LEAVE);
	ok(takes(a, &c, &features), "a callback");
	ok(a->find_fields(&c, REAL_AT, "p", &f, &n, &e) && n == 2 &&
	   f[0].off == 22 && f[0].form == VORW_ENC_RISCV_ADDR &&
	   f[1].off == 30 && f[1].form == VORW_ENC_RISCV_CALL,
	   "its field is found");
	free(f);
	rel[0].kind = VORW_REL_MAP;
	ok(!takes(a, &c, &features), "refused: a map at a distance");
	rel[0].kind = VORW_REL_PART;

	/* jal .+0x1000 */
	len = assemble(real, CALL_ENTRY "00000497 00048493 000010ef 87aa "
		       CALL_LEAVE);
	vorw_reloc_apply(VORW_ENC_RISCV_ADDR, real + 22, rel[0].addr, &place);
	ok(a->same_code(&c, real, len, REAL_AT, &e), "jal to a near function: %s",
	   e.msg);
	for (k = 0; k < ARRAY_LEN(bad); k++) {
		rel[1].addr = REAL_AT + 30 + (u64)bad[k];
		ok(!a->same_code(&c, real, len, REAL_AT, &e),
		   "… but not to one %lld bytes on", (long long)bad[k]);
	}
}

int main(void)
{
	check_single();
	check_jumps();
	check_addresses();
	check_near();
	return tap_done();
}
