// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * x86_flow.c - entry, exit, jumps, calls and tail calls as
 * arch/x86/net/bpf_jit_comp.c emits them, in 6.1, 6.12 and 7.2.
 *
 * Targets of jumps are compared once all instructions have a place.
 */
#include "vorw_reloc.h"
#include "x86.h"

#define NOP2		0x66, 0x90
#define NOP3		0x0f, 0x1f, 0x00
#define NOP4		0x0f, 0x1f, 0x40, 0x00
#define NOP5		0x0f, 0x1f, 0x44, 0x00, 0x00
#define ENDBR		0xf3, 0x0f, 0x1e, 0xfa
#define LFENCE		0x0f, 0xae, 0xe8

const struct vreloc *x86_insn_rel(struct x86_walk *w)
{
	return walk_insn_rel(w->c, w->insn, &w->insn_rel);
}

/* Registers that the function saves: detect_reg_usage(). */
static void find_used(struct x86_walk *w)
{
	const struct bpf_insn *in = w->c->insns;
	u32 i, k;

	for (i = 0; i < w->c->ninsns; i++, in++)
		for (k = 0; k < 4; k++)
			w->used[k] |= in->dst_reg == BPF_REG_6 + k ||
				      in->src_reg == BPF_REG_6 + k;
}

static void push_used(struct x86_walk *w)
{
	if (w->used[0])
		x86_byte(w, 0x53);
	if (w->used[1])
		X86_BYTES(w, 0x41, 0x55);
	if (w->used[2])
		X86_BYTES(w, 0x41, 0x56);
	if (w->used[3])
		X86_BYTES(w, 0x41, 0x57);
}

static void pop_used(struct x86_walk *w)
{
	if (w->used[3])
		X86_BYTES(w, 0x41, 0x5f);
	if (w->used[2])
		X86_BYTES(w, 0x41, 0x5e);
	if (w->used[1])
		X86_BYTES(w, 0x41, 0x5d);
	if (w->used[0])
		x86_byte(w, 0x5b);
}

/* 6.12's emit_prologue_tail_call(): RAX is a count or points to one. */
static void counter_pointer(struct x86_walk *w)
{
	if (w->c->part) {
		X86_BYTES(w, 0x50, 0x50);
		return;
	}
	X86_BYTES(w, 0x48, 0x83, 0xf8, MAX_TAIL_CALL_CNT);	/* cmp rax, # */
	X86_BYTES(w, 0x77, 6);				/* ja */
	X86_BYTES(w, 0x50, 0x48, 0x89, 0xe0);		/* mov rax, rsp */
	X86_BYTES(w, 0xeb, 1, 0x50, 0x50);
}

/* 7.2's emit_priv_frame_ptr(): the function's own stack of this CPU, between
 * two guard words, grows from its end. */
#define GUARD	8
static void private_stack(struct x86_walk *w)
{
	const struct vreloc want = {
		.kind = VORW_REL_PRIV_STACK,
		.addend = GUARD + ((w->c->stack_depth + 7) & ~7u),
	};

	x86_load_address(w, R9, &want);
	x86_add_percpu(w, R9);
}

/* The first nops are where trampolines are attached; then the tail call
 * counter starts, or as many nops follow. */
void x86_prologue(struct x86_walk *w)
{
	bool counts = w->tail_calls && !w->c->part;

	find_used(w);
	w->endbr = X86_SKIP(w, ENDBR);
	X86_BYTES(w, NOP5);
	if (counts ? X86_SKIP(w, 0x48, 0x31, 0xc0) : X86_SKIP(w, NOP3))
		w->counter_ptr = true;
	else if (counts)
		X86_BYTES(w, 0x31, 0xc0);
	else
		X86_BYTES(w, NOP2);
	X86_BYTES(w, 0x55, 0x48, 0x89, 0xe5);	/* push rbp; mov rbp, rsp */
	w->entry = w->pos;
	if (w->endbr)
		X86_BYTES(w, ENDBR);
	if (w->stack) {
		X86_BYTES(w, 0x48, 0x81, 0xec);	/* sub rsp, # */
		x86_imm32(w, w->stack);
	}
	if (w->tail_calls && w->counter_ptr)
		counter_pointer(w);
	else if (w->tail_calls)
		x86_byte(w, 0x50);
	push_used(w);
	if (x86_priv_stack(w))
		private_stack(w);
}

/* Does the next relocation name this routine? */
static bool is_ksym(const struct x86_walk *w, const char *name)
{
	const struct vreloc *r = &w->c->rel[w->rel];

	return w->mode != WALK_FIND && w->rel < w->c->nrel &&
	       r->kind == VORW_REL_KSYM && !strcmp(r->ksym, name);
}

/* To rcx */
static void indirect_jump(struct x86_walk *w)
{
	if (X86_SKIP(w, LFENCE)) {
		X86_BYTES(w, 0xff, 0xe1);
		w->features |= VORW_CPU_X86_JMP_LFENCE;
	} else if (X86_SKIP(w, 0xff, 0xe1)) {
		w->traps += X86_SKIP(w, 0xcc);
		w->features |= VORW_CPU_X86_JMP_PLAIN;
	} else if (is_ksym(w, "__x86_indirect_its_thunk_rcx")) {
		x86_internal(w, VORW_ENC_X86_JMP, VORW_REL_KSYM,
			     "__x86_indirect_its_thunk_rcx");
		w->features |= VORW_CPU_X86_JMP_ITS;
	} else {
		x86_internal(w, VORW_ENC_X86_JMP, VORW_REL_KSYM,
			     "__x86_indirect_thunk_rcx");
		w->features |= VORW_CPU_X86_JMP_RETPOLINE;
	}
}

static void function_return(struct x86_walk *w)
{
	if (X86_SKIP(w, 0xc3)) {
		w->traps += X86_SKIP(w, 0xcc);
		w->features |= VORW_CPU_X86_RET_PLAIN;
	} else {
		x86_internal(w, VORW_ENC_X86_JMP, VORW_REL_KPTR,
			     "x86_return_thunk");
		w->features |= VORW_CPU_X86_RET_THUNK;
	}
}

static void jump_to(struct x86_walk *w, s32 disp, u32 target)
{
	w->jumps[w->njumps++] = (struct walk_jump){
		.to = (s64)w->pos + disp, .from = w->pos, .target = target,
	};
}

static s32 take_disp32(struct x86_walk *w)
{
	s32 disp;

	if (w->bad || w->len - w->pos < 4) {
		w->bad = true;
		return 0;
	}
	disp = (s32)(w->p[w->pos] | w->p[w->pos + 1] << 8 |
		     w->p[w->pos + 2] << 16 | (u32)w->p[w->pos + 3] << 24);
	w->pos += 4;
	return disp;
}

static s32 take_disp8(struct x86_walk *w)
{
	if (w->bad || w->pos == w->len) {
		w->bad = true;
		return 0;
	}
	return (int8_t)w->p[w->pos++];
}

/* A jump, after the nops that keep the length of an earlier pass. */
static void jmp_to(struct x86_walk *w, u32 target)
{
	s32 disp;

	if (X86_SKIP(w, NOP3, 0xeb) || X86_SKIP(w, 0xeb)) {
		disp = take_disp8(w);
	} else {
		x86_byte(w, 0xe9);
		disp = take_disp32(w);
	}
	jump_to(w, disp, target);
}

/* JE and so on, by emit_cond_jmp; 0: not a condition. */
static u8 cond_of(u8 code)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:	return 0x74;
	case BPF_JNE:
	case BPF_JSET:	return 0x75;
	case BPF_JGT:	return 0x77;
	case BPF_JLT:	return 0x72;
	case BPF_JGE:	return 0x73;
	case BPF_JLE:	return 0x76;
	case BPF_JSGT:	return 0x7f;
	case BPF_JSLT:	return 0x7c;
	case BPF_JSGE:	return 0x7d;
	case BPF_JSLE:	return 0x7e;
	default:	return 0;
	}
}

static void compare(struct x86_walk *w, const struct bpf_insn *in)
{
	bool wide = BPF_CLASS(in->code) == BPF_JMP;
	u32 dst = x86_reg_of(in->dst_reg), src = x86_reg_of(in->src_reg);
	bool test = BPF_OP(in->code) == BPF_JSET;

	if (BPF_SRC(in->code) == BPF_X) {
		x86_rr(w, wide, test ? 0x85 : 0x39, dst, src);
	} else if (test) {
		x86_r(w, wide, 0xf7, 0, dst);
		x86_imm32(w, in->imm);
	} else if (!in->imm) {
		x86_rr(w, wide, 0x85, dst, dst);
	} else if (in->imm >= -128 && in->imm <= 127) {
		x86_r(w, wide, 0x83, 7, dst);
		x86_byte(w, in->imm);
	} else {
		x86_r(w, wide, 0x81, 7, dst);
		x86_imm32(w, in->imm);
	}
}

static void cond_jmp(struct x86_walk *w, const struct bpf_insn *in)
{
	u8 cond = cond_of(in->code);
	s32 disp;

	if (!cond) {
		w->bad = true;
		return;
	}
	compare(w, in);
	if (X86_SKIP(w, NOP4, cond) || X86_SKIP(w, cond)) {
		disp = take_disp8(w);
	} else {
		X86_BYTES(w, 0x0f, cond + 0x10);
		disp = take_disp32(w);
	}
	jump_to(w, disp, w->insn + 1 + in->off);
}

/* Does this instruction have no code? */
static bool is_empty(const struct bpf_insn *in)
{
	if (in->code == (BPF_ALU64 | BPF_MOV | BPF_X))
		return in->dst_reg == in->src_reg && !in->off;
	if (in->code == (BPF_ALU | BPF_END | BPF_TO_LE))
		return in->imm == 64;
	return in->code == (BPF_JMP | BPF_JA) && !in->off;
}

/* One over nothing is left out; what an earlier pass had becomes nops. */
static void goto_insn(struct x86_walk *w, s32 off)
{
	u32 i, target = w->insn + 1 + off;

	for (i = w->insn + 1; off >= 0 && i < target && i < w->c->ninsns; i++)
		if (!is_empty(&w->c->insns[i]))
			break;
	if (off >= 0 && i == target) {
		if (!X86_SKIP(w, NOP2))
			X86_SKIP(w, NOP5);
		return;
	}
	jmp_to(w, target);
}

static void load_counter(struct x86_walk *w)
{
	X86_BYTES(w, 0x48, 0x8b, 0x85);	/* mov rax, [rbp - #] */
	x86_imm32(w, -(s32)w->stack - (w->counter_ptr ? 16 : 8));
}

static void call(struct x86_walk *w, const struct bpf_insn *in)
{
	const struct vreloc *r = x86_insn_rel(w);

	/* 7.2 hands the counter to functions of the program only */
	if (w->tail_calls && (in->src_reg == BPF_PSEUDO_CALL ||
			      !w->counter_ptr ||
			      (w->pos < w->len && w->p[w->pos] == 0x48)))
		load_counter(w);
	if (x86_priv_stack(w))
		X86_BYTES(w, 0x41, 0x51);	/* push r9 */
	x86_address(w, VORW_ENC_X86_CALL, r);
	if (x86_priv_stack(w))
		X86_BYTES(w, 0x41, 0x59);
	w->features |= VORW_CPU_X86_CALL_PLAIN;
}

/* A jump forward inside the sequence of a tail call, to its end. */
static void out_jump(struct x86_walk *w, u8 cond, u32 *out)
{
	s32 disp;

	x86_byte(w, cond);
	disp = take_disp8(w);
	if (disp <= 0 || (*out && w->pos + disp != *out))
		w->bad = true;
	*out = w->pos + disp;
}

/* An offset into a struct of the kernel, the same in every tail call. */
static void field_offset(struct x86_walk *w, u32 n, bool wide)
{
	u32 *known = w->c->tail_words ? &w->c->tail_words[n] : NULL;
	s32 off = wide ? take_disp32(w) : take_disp8(w);

	if (off <= 0 || (known && *known && *known != (u32)off))
		w->bad = true;
	else if (known)
		*known = off;
}

/* Count; out when there were too many. */
static void count_call(struct x86_walk *w, u32 *out)
{
	s32 counter = -(s32)w->stack - (w->counter_ptr ? 16 : 4);

	if (w->counter_ptr) {
		X86_BYTES(w, 0x48, 0x8b, 0x85);	/* mov rax, [rbp - #] */
		x86_imm32(w, counter);
		X86_BYTES(w, 0x48, 0x83, 0x38, MAX_TAIL_CALL_CNT);
		out_jump(w, 0x73, out);
		return;
	}
	X86_BYTES(w, 0x8b, 0x85);		/* mov eax, [rbp - #] */
	x86_imm32(w, counter);
	X86_BYTES(w, 0x83, 0xf8, MAX_TAIL_CALL_CNT);
	out_jump(w, 0x73, out);
	X86_BYTES(w, 0x83, 0xc0, 1, 0x89, 0x85);	/* mov [rbp - #], eax */
	x86_imm32(w, counter);
}

/* Undo the frame, but for RBP, which is the next program's. */
static void leave_frame(struct x86_walk *w)
{
	if (w->counter_ptr)
		X86_BYTES(w, 0x48, 0x83, 0x00, 1);	/* add [rax], 1 */
	pop_used(w);
	x86_byte(w, 0x58);
	if (w->counter_ptr)
		x86_byte(w, 0x58);
	if (w->stack) {
		X86_BYTES(w, 0x48, 0x81, 0xc4);		/* add rsp, # */
		x86_imm32(w, w->stack);
	}
}

/* emit_bpf_tail_call_indirect() */
static void tail_call(struct x86_walk *w)
{
	u32 out = 0;

	X86_BYTES(w, 0x89, 0xd2, 0x39, 0x56);	/* cmp [rsi + #], edx */
	field_offset(w, 0, false);
	out_jump(w, 0x76, &out);
	count_call(w, &out);
	X86_BYTES(w, 0x48, 0x8b, 0x8c, 0xd6);	/* mov rcx, [rsi+rdx*8+#] */
	field_offset(w, 1, true);
	X86_BYTES(w, 0x48, 0x85, 0xc9);
	out_jump(w, 0x74, &out);
	leave_frame(w);
	X86_BYTES(w, 0x48, 0x8b, 0x49);		/* mov rcx, [rcx + #] */
	field_offset(w, 2, false);
	X86_BYTES(w, 0x48, 0x83, 0xc1, w->entry);	/* add rcx, # */
	indirect_jump(w);
	if (w->pos != out)
		w->bad = true;
}

/*
 * emit_bpf_tail_call_direct(): a jump around what comes next, and five bytes
 * of nops behind it.  When the map's slot is filled, the kernel turns the nops
 * into a jump and the jump into nops; a live program can be found so.
 */
static void tail_call_poke(struct x86_walk *w)
{
	struct vpoke *poke = &w->pokes[w->npokes++];
	bool live = w->mode == WALK_REAL;
	u32 out = 0, bypass_end;
	s32 disp = 0;
	bool jumps;

	count_call(w, &out);
	poke->insn = w->insn;
	poke->adj_off = w->entry;
	poke->bypass = w->pos;
	jumps = X86_SKIP(w, 0xe9);
	if (jumps)
		disp = take_disp32(w);
	else if (live)
		X86_BYTES(w, NOP5);
	else
		w->bad = true;
	bypass_end = w->pos;
	leave_frame(w);
	poke->target = w->pos;
	if (!X86_SKIP(w, NOP5)) {
		if (!live)
			w->bad = true;
		x86_byte(w, 0xe9);
		take_disp32(w);
	}
	if (w->pos != out || (jumps && bypass_end + disp != out))
		w->bad = true;
}

static void exit_insn(struct x86_walk *w)
{
	if (w->exit != WALK_NOWHERE) {
		/* jump to the first one's code */
		jmp_to(w, w->c->ninsns + 1);
		return;
	}
	w->exit = w->pos;
	pop_used(w);
	x86_byte(w, 0xc9);	/* leave */
	function_return(w);
}

void x86_jmp(struct x86_walk *w, const struct bpf_insn *in)
{
	bool jmp32 = BPF_CLASS(in->code) == BPF_JMP32;

	switch (BPF_OP(in->code)) {
	case BPF_JA:
		if (BPF_SRC(in->code) != BPF_K)
			w->bad = true;	/* to an address in a register */
		else
			goto_insn(w, jmp32 ? in->imm : in->off);
		break;
	case BPF_CALL:
		if (jmp32)
			w->bad = true;
		else
			call(w, in);
		break;
	case BPF_EXIT:
		if (jmp32)
			w->bad = true;
		else
			exit_insn(w);
		break;
	case BPF_TAIL_CALL:
		if (jmp32 || !w->tail_calls)
			w->bad = true;
		else if (in->imm)
			tail_call_poke(w);
		else
			tail_call(w);
		break;
	default:
		cond_jmp(w, in);
	}
}
