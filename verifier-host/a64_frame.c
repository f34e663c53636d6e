// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * a64_frame.c - what arch/arm64/net/bpf_jit_comp.c emits around a program's
 * instructions: prologue, epilogue and, because they undo the frame, tail
 * calls.
 *
 * 6.1 saves all registers; 6.12 those that the program uses, and counts tail
 * calls through a pointer; 7.2 has another register for BPF_REG_0, and a stack
 * per CPU for some programs.  Kernels with CONFIG_ARM64_BTI_KERNEL are none of
 * these.
 */
#include "a64.h"

#define X(n)		(1u << (n))
#define BPF_FP		25
#define TCC		26	/* tail call counter, or pointer to it */
#define BASE		27	/* FPB of 6.1, private stack of 7.2 */
#define FP		29
#define LR		30
#define SP		31
#define ZR		31

/* x0-x4: BPF_REG_1-5; x9: BPF_REG_AX; x10-x12: scratch; ZR where a row asks */
#define SCRATCH		(0x1fu | X(9) | X(10) | X(11) | X(12) | X(ZR))

static void put(struct a64_words *s, u32 mask, u32 value, u8 fill)
{
	s->w[s->n++] = (struct seq_word){ mask, value, fill };
}

static void fixed(struct a64_words *s, u32 value)
{
	put(s, ~0u, value, FILL_FIXED);
}

static void push(struct a64_words *s, u32 a, u32 b)
{
	fixed(s, 0xa9bf0000 | b << 10 | SP << 5 | a);
}

static void pop(struct a64_words *s, u32 a, u32 b)
{
	fixed(s, 0xa8c10000 | b << 10 | SP << 5 | a);
}

/* A64_MOV(): ADD #0, in 7.2 ORR but for SP */
static void mov(struct a64_words *s, const struct a64_frame *f, u32 d, u32 n,
		bool wide)
{
	u32 sf = wide ? 1u << 31 : 0;

	if (f->layout < A64_7_2 || d == SP || n == SP)
		fixed(s, sf | 0x11000000 | n << 5 | d);
	else
		fixed(s, sf | 0x2a0003e0 | n << 16 | d);
}

/* add or sub d, n, #imm */
static void add(struct a64_words *s, u32 d, u32 n, u32 imm)
{
	fixed(s, 0x91000000 | imm << 10 | n << 5 | d);
}

static void sub(struct a64_words *s, u32 d, u32 n, u32 imm)
{
	fixed(s, 0xd1000000 | imm << 10 | n << 5 | d);
}

/* mov w10, #: where a field is in a struct */
static void field_offset(struct a64_words *s)
{
	put(s, 0xffe0001f, 0x5280000a, FILL_OFFSET);
}

/* find_used_callee_regs(), in the order in which they are saved */
static void find_used(struct a64_frame *f, const struct vcode *c)
{
	static const u8 regs[] = { 19, 20, 21, 22, BPF_FP };
	u32 i, k, used = 0;

	for (i = 0; i < c->ninsns; i++) {
		used |= X(c->insns[i].dst_reg);
		used |= X(c->insns[i].src_reg);
	}
	for (k = 0; k < sizeof(regs); k++)
		if (used & X(BPF_REG_6 + k))
			f->saved[f->nsaved++] = regs[k];
	f->uses_fp = used & X(BPF_REG_10);
	if (f->uses_fp && f->priv_stack)
		f->saved[f->nsaved++] = BASE;
}

static void save_regs(struct a64_frame *f)
{
	u32 i;

	for (i = 0; i < f->nsaved; i += 2)
		push(&f->prologue, f->saved[i],
		     i + 1 < f->nsaved ? f->saved[i + 1] : ZR);
}

static void restore_regs(const struct a64_frame *f, struct a64_words *s)
{
	u32 i;

	for (i = (f->nsaved + 1) / 2 * 2; i; i -= 2)
		pop(s, f->saved[i - 2],
		    i - 1 < f->nsaved ? f->saved[i - 1] : ZR);
}

/* A stack on the program's side of SP. */
static u32 own_stack(const struct a64_frame *f)
{
	return f->priv_stack ? 0 : f->stack;
}

/* build_prologue(), the part that all have */
static void enter(struct a64_frame *f)
{
	struct a64_words *s = &f->prologue;

	mov(s, f, 9, LR, true);
	fixed(s, A64_NOP);
	if (f->pac)
		fixed(s, 0xd503233f);		/* paciasp */
	push(s, FP, LR);
	mov(s, f, FP, SP, true);
}

static void leave(struct a64_frame *f)
{
	struct a64_words *s = &f->epilogue;

	pop(s, FP, LR);
	mov(s, f, 0, f->r0, true);
	if (f->pac)
		fixed(s, 0xd50323bf);		/* autiasp */
	fixed(s, 0xd65f03c0);			/* ret */
}

static void prologue_6_1(struct a64_frame *f, bool main)
{
	struct a64_words *s = &f->prologue;

	enter(f);
	push(s, 19, 20);
	push(s, 21, 22);
	push(s, BPF_FP, TCC);
	push(s, BASE, 28);
	mov(s, f, BPF_FP, SP, true);
	f->entry = s->n + 1;
	if (main)
		fixed(s, 0xd280001a);		/* mov x26, #0 */
	/* sub x27, x25, #: where the lowest access is */
	put(s, 0xffc003ff, 0xd100033b, A64_FILL_BASE);
	sub(s, SP, SP, f->stack);
}

static void epilogue_6_1(struct a64_frame *f)
{
	struct a64_words *s = &f->epilogue;

	add(s, SP, SP, f->stack);
	pop(s, BASE, 28);
	pop(s, BPF_FP, TCC);
	pop(s, 21, 22);
	pop(s, 19, 20);
	leave(f);
}

/* emit_percpu_ptr() for the private stack, and its end for BPF_REG_FP */
static void private_stack(struct a64_frame *f)
{
	struct a64_words *s = &f->prologue;
	u32 hw;

	put(s, 0xffe0001f, 0xd2e00000 | BASE, A64_FILL_PRIV_STACK);
	for (hw = 3; hw--; )			/* movk x27, #, lsl 16 hw */
		put(s, 0xffe0001f, 0xf2800000 | hw << 21 | BASE, FILL_FIXED);
	put(s, ~A64_MRS_TPIDR_BITS, A64_MRS_TPIDR | 10, A64_FILL_TPIDR);
	fixed(s, 0x8b0a0000 | BASE << 5 | BASE);	/* add x27, x27, x10 */
	add(s, BPF_FP, BASE, f->stack);
}

static void prologue_6_12(struct a64_frame *f, bool main)
{
	struct a64_words *s = &f->prologue;

	enter(f);
	push(s, main ? ZR : TCC, TCC);
	f->entry = s->n + 1;
	if (main)
		mov(s, f, TCC, SP, true);
	save_regs(f);
	if (f->uses_fp && f->priv_stack)
		private_stack(f);
	else if (f->uses_fp)
		mov(s, f, BPF_FP, SP, true);
	if (own_stack(f))
		sub(s, SP, SP, f->stack);
}

static void epilogue_6_12(struct a64_frame *f)
{
	struct a64_words *s = &f->epilogue;

	if (own_stack(f))
		add(s, SP, SP, f->stack);
	restore_regs(f, s);
	pop(s, ZR, TCC);
	leave(f);
}

static void out_if(struct a64_words *s, u32 branch)
{
	put(s, 0xff00001f, branch, A64_FILL_OUT);
}

/* emit_bpf_tail_call(): x0-x2 are its arguments, x11 is the program */
static void tail_call(struct a64_frame *f)
{
	struct a64_words *s = &f->tail_call;
	bool pointer = f->layout >= A64_6_12;

	field_offset(s);
	fixed(s, 0xb86a682a);			/* ldr w10, [x1, x10] */
	mov(s, f, 2, 2, false);
	fixed(s, 0x6b0a005f);			/* cmp w2, w10 */
	out_if(s, 0x54000002);			/* b.cs out */
	fixed(s, 0x5280042a);			/* mov w10, #33 */
	if (pointer) {
		fixed(s, 0xf940034c);		/* ldr x12, [x26] */
		fixed(s, 0xeb0a019f);		/* cmp x12, x10 */
	} else {
		fixed(s, 0xeb0a035f);		/* cmp x26, x10 */
	}
	out_if(s, 0x54000002);
	if (pointer)
		add(s, 12, 12, 1);
	else
		add(s, TCC, TCC, 1);
	field_offset(s);
	fixed(s, 0x8b0a002a);			/* add x10, x1, x10 */
	fixed(s, 0xd37df04b);			/* lsl x11, x2, #3 */
	fixed(s, 0xf86b694b);			/* ldr x11, [x10, x11] */
	out_if(s, 0xb400000b);			/* cbz x11, out */
	if (pointer) {
		fixed(s, 0xf900034c);		/* str x12, [x26] */
		if (own_stack(f))
			add(s, SP, SP, f->stack);
		restore_regs(f, s);
	}
	field_offset(s);
	fixed(s, 0xf86a696a);			/* ldr x10, [x11, x10] */
	add(s, 10, 10, f->entry * 4);
	if (!pointer)
		add(s, SP, SP, f->stack);
	fixed(s, 0xd61f0140);			/* br x10 */
}

/* BPF_JMP | BPF_CALL */
static void call(struct a64_frame *f)
{
	struct a64_words *s = &f->call;

	put(s, 0xffe0001f, 0x9280000a, A64_FILL_CALL);	/* movn x10, # */
	put(s, 0xffe0001f, 0xf2a0000a, FILL_FIXED);	/* movk, lsl 16 */
	put(s, 0xffe0001f, 0xf2c0000a, FILL_FIXED);	/* movk, lsl 32 */
	fixed(s, 0xd63f0140);				/* blr x10 */
	mov(s, f, f->r0, 0, true);
}

/* bpf_get_smp_processor_id() and bpf_get_current_task(), inlined */
static void current_task(struct a64_frame *f)
{
	fixed(&f->cpu_id, A64_MRS_SP_EL0 | 10);
	/* ldr w0, [x10, #]: thread_info.cpu */
	put(&f->cpu_id, 0xffc003ff, 0xb9400140 | f->r0, FILL_OFFSET);
	fixed(&f->task, A64_MRS_SP_EL0 | f->r0);
}

void a64_make_frame(struct a64_frame *f, enum a64_layout layout, bool pac,
		    const struct vcode *c)
{
	bool main = c->part == 0;
	u32 i;

	*f = (struct a64_frame){
		.layout = layout, .pac = pac,
		.r0 = layout < A64_7_2 ? 7 : 8,
		.stack = (c->stack_depth + 15) & ~15u,
		.priv_stack = layout >= A64_7_2 &&
			      c->facts & VORW_PF_PRIV_STACK,
	};
	f->regs = SCRATCH | X(f->r0);
	f->base = layout >= A64_6_12 && !f->priv_stack ? SP : BASE;
	if (layout == A64_6_1) {
		f->regs |= X(19) | X(20) | X(21) | X(22) | X(BPF_FP);
		prologue_6_1(f, main);
		epilogue_6_1(f);
	} else {
		find_used(f, c);
		for (i = 0; i < f->nsaved; i++)
			f->regs |= X(f->saved[i]);
		f->regs &= ~X(BASE);
		prologue_6_12(f, main);
		epilogue_6_12(f);
		current_task(f);
	}
	tail_call(f);
	call(f);
}
