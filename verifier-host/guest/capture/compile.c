// SPDX-License-Identifier: GPL-2.0-only
/*
 * compile.c - the JIT once more, with other instructions.
 *
 * As jit_subprogs() of kernel/bpf/verifier.c: every function is compiled by
 * itself, then again with the addresses of all.  Those may be other ones than
 * where the functions are, to see where they end up in the code.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "capture.h"
#include "capture_int.h"
#include "compat.h"
#include "cpu.h"
#include "vorw_format.h"

struct clone {
	struct cap_code q;
	struct bpf_prog *prog;		/* NULL: none */
	struct bpf_prog *callee;	/* what the others see of it */
};

struct clones {
	u32 n;
	struct clone *c;
	struct bpf_prog **func;		/* c[].callee */
};

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) &&
	       insn->src_reg == BPF_PSEUDO_CALL;
}

static bool is_callback(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       insn->src_reg == BPF_PSEUDO_FUNC;
}

/* off is the callee's number, as jit_subprogs() leaves it there. */
static int check_insns(const struct bpf_prog *clone, u32 nparts)
{
	const struct bpf_insn *insn = clone->insnsi;
	u32 i;

	for (i = 0; i < clone->len; i++, insn++) {
		if ((is_call(insn) || is_callback(insn)) &&
		    (insn->off < 0 || insn->off >= nparts))
			return -EINVAL;
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW)) {
			if (++i == clone->len)
				return -EINVAL;
			insn++;
		}
	}
	return 0;
}

/* x86-64 of 6.12 is shorter where the sign extends, as in all its code. */
#ifdef CONFIG_X86_64
#define NO_ADDRESS	MODULES_VADDR
#else
#define NO_ADDRESS	(1ull << 32 | 1)
#endif

/* func NULL: no address is known yet, and no JIT may take what stands there
 * for one that fits 32 bits. */
static void set_addresses(struct bpf_prog *clone, struct bpf_prog **func)
{
	struct bpf_insn *insn = clone->insnsi;
	u64 addr;
	u32 i;

	for (i = 0; i < clone->len; i++, insn++) {
		if (is_call(insn)) {
			insn->imm = func ?
				BPF_CALL_IMM(func[insn->off]->bpf_func) : 1;
		} else if (is_callback(insn)) {
			addr = func ? (unsigned long)func[insn->off]->bpf_func :
				      NO_ADDRESS;
			insn[0].imm = (u32)addr;
			insn[1].imm = addr >> 32;
		}
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW)) {
			i++;
			insn++;
		}
	}
}

/*
 * Other instructions, and everything else that a JIT looks at from the
 * program.  It makes an exception table of the clone's own.
 */
static int make_clone(struct clone *c, const struct bpf_prog *from, u32 index,
		      u32 nparts)
{
	const struct bpf_prog_aux *aux = from->aux;
	struct bpf_prog *clone;

	if ((aux->num_exentries && !CAPTURE_FAULTS) ||
	    vorw_gen_not_carried(from))
		return -EOPNOTSUPP;
	if (!c->q.insns_cnt || c->q.insns_cnt > BPF_COMPLEXITY_LIMIT_INSNS)
		return -E2BIG;
	clone = bpf_prog_alloc(bpf_prog_size(c->q.insns_cnt), GFP_USER);
	if (!clone)
		return -ENOMEM;
	c->prog = clone;
	if (copy_from_user(clone->insnsi, (void __user *)(unsigned long)c->q.insns,
			   (size_t)c->q.insns_cnt * sizeof(struct bpf_insn)))
		return -EFAULT;
	clone->len = c->q.insns_cnt;
	clone->type = from->type;
	clone->expected_attach_type = from->expected_attach_type;
	clone->gpl_compatible = from->gpl_compatible;
	clone->jit_requested = 1;
	clone->blinding_requested = 0;
	vorw_gen_put_facts(clone, vorw_gen_get_facts(from));
	vorw_gen_sleepable(clone) = vorw_gen_sleepable(from);
	clone->is_func = nparts > 1;
	clone->aux->func_idx = index;
	clone->aux->stack_depth = aux->stack_depth;
	clone->aux->num_exentries = aux->num_exentries;
	vorw_gen_set_priv_stack(clone->aux, c->q.priv_stack);
	clone->aux->max_ctx_offset = aux->max_ctx_offset;
	clone->aux->max_pkt_offset = aux->max_pkt_offset;
	return check_insns(clone, nparts) ?: clone_pokes(clone, from);
}

/* What the others see: the clone, or something at the wanted address. */
static int make_callee(struct clone *c)
{
	if (!c->q.addr) {
		c->callee = c->prog;
		return 0;
	}
	c->callee = kzalloc(sizeof(*c->callee), GFP_KERNEL);
	if (!c->callee)
		return -ENOMEM;
	c->callee->bpf_func = (void *)(unsigned long)c->q.addr;
	return 0;
}

static int compile(struct bpf_prog **prog)
{
	struct bpf_prog *clone = *prog;

	clone = vorw_gen_jit(ksym(bpf_int_jit_compile), clone);
	*prog = clone;
	return clone->jited ? 0 : -ENOTSUPP;
}

/*
 * Both passes.  A function that had its first one always gets its second, as
 * the JIT keeps memory between them.
 */
static int compile_all(struct clones *cs)
{
	struct bpf_prog *clone;
	u32 i, done;
	int err = 0;

	if (cs->n == 1)
		return compile(&cs->c[0].prog);
	for (done = 0; done < cs->n && !err; done++) {
		set_addresses(cs->c[done].prog, NULL);
		err = compile(&cs->c[done].prog);
		if (!err)
			err = make_callee(&cs->c[done]);
		cond_resched();
	}
	for (i = 0; i < cs->n; i++)
		cs->func[i] = cs->c[i].callee ?: cs->c[i].prog;
	for (i = 0; i < done; i++) {
		clone = cs->c[i].prog;
		if (!clone->jited)
			continue;
		if (done == cs->n && !err)
			set_addresses(clone, cs->func);
		clone->aux->func = cs->func;
		vorw_gen_func_cnt(clone, cs->n);
		/* some JITs leave the first pass's answer when they fail */
		clone->jited = 0;
		if (compile(&cs->c[i].prog) && !err)
			err = -ENOTSUPP;
		/* freeing a program frees what is there */
		clone->aux->func = NULL;
		vorw_gen_func_cnt(clone, 0);
		cond_resched();
	}
	return err;
}

static int put_image(struct clone *c)
{
	u32 room = c->q.image_len;

	c->q.addr = (unsigned long)c->prog->bpf_func;
	c->q.image_len = c->prog->jited_len + CAPTURE_CODE_TAIL;
	if (c->q.image_len > room)
		return -ENOSPC;
	return copy_to_user((void __user *)(unsigned long)c->q.image,
			    c->prog->bpf_func, c->q.image_len) ? -EFAULT : 0;
}

/*
 * Unmapping code makes the kernel flush the TLB for every page between the
 * lowest and the highest address that it has freed (_vm_unmap_aliases()); on
 * 32-bit Arm that is one instruction each, for hundreds of MiB.  So the first
 * ones are not freed: the guest ends with its object.
 */
#define KEEP_PAGES 1024

static bool keep(const struct bpf_prog *clone)
{
	static u32 kept;
	u32 n = clone->pages + DIV_ROUND_UP(clone->jited_len, PAGE_SIZE) + 1;

	if (!clone->jited || kept + n > KEEP_PAGES)
		return false;
	kept += n;
	return true;
}

static void free_clones(struct clones *cs)
{
	u32 i;

	for (i = 0; cs->c && i < cs->n; i++) {
		if (cs->c[i].callee != cs->c[i].prog)
			kfree(cs->c[i].callee);
		if (!cs->c[i].prog)
			continue;
		/* it never was memory */
		vorw_gen_set_priv_stack(cs->c[i].prog->aux, 0);
		if (!keep(cs->c[i].prog))
			bpf_prog_free(cs->c[i].prog);
	}
	kfree(cs->func);
	kvfree(cs->c);
}

static int compile_parts(struct clones *cs, struct bpf_prog *prog,
			 struct cap_code __user *codes)
{
	int err = 0, space = 0;
	u32 i;

	for (i = 0; i < cs->n && !err; i++) {
		if (copy_from_user(&cs->c[i].q, &codes[i], sizeof(codes[i])))
			return -EFAULT;
		err = make_clone(&cs->c[i], prog->aux->func_cnt ?
				 prog->aux->func[i] : prog, i, cs->n);
	}
	if (!err)
		err = compile_all(cs);
	for (i = 0; i < cs->n && !err; i++) {
		err = put_image(&cs->c[i]);
		if (err == -ENOSPC) {
			space = err;
			err = 0;
		}
		if (copy_to_user(&codes[i], &cs->c[i].q, sizeof(codes[i])))
			err = -EFAULT;
	}
	return err ?: space;
}

int cap_compile(void __user *arg)
{
	struct clones cs = {};
	struct bpf_prog *prog;
	struct cap_compile q;
	int err = -ENOMEM;

	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	prog = ksym(bpf_prog_get)(q.fd);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	/* one that the interpreter runs has one part, if the JIT takes it */
	if (!q.parts_cnt || q.parts_cnt != (prog->aux->func_cnt ?: 1)) {
		err = -EINVAL;
		goto out;
	}
	cs.n = q.parts_cnt;
	cs.c = kvcalloc(cs.n, sizeof(*cs.c), GFP_KERNEL);
	cs.func = kcalloc(cs.n, sizeof(*cs.func), GFP_KERNEL);
	if (cs.c && cs.func)
		err = compile_parts(&cs, prog,
				    (void __user *)(unsigned long)q.parts);
	free_clones(&cs);
out:
	bpf_prog_put(prog);
	return err;
}
