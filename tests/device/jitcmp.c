// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * jitcmp.c - the same-code check: two programs' bytecode and machine code,
 * compared instruction by instruction, modulo how addresses are loaded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "jitcmp.h"

struct dump {
	struct bpf_prog_info info;
	struct bpf_insn *insns;
	u32 ninsns;
	u32 *code;
	u32 nwords;
	u32 map_ids[VT_MAX];
};

static void dump_free(struct dump *d)
{
	free(d->insns);
	free(d->code);
}

static int dump_get(struct dump *d, const struct vt_obj *o, const char *prog)
{
	int fd = vt_prog(o, prog);
	u32 len = sizeof(d->info);

	memset(d, 0, sizeof(*d));
	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &d->info, &len))
		return -errno;
	d->insns = malloc(d->info.xlated_prog_len + 8);
	d->code = malloc(d->info.jited_prog_len + 4);
	if (!d->insns || !d->code)
		return -ENOMEM;
	d->ninsns = d->info.xlated_prog_len / sizeof(*d->insns);
	d->nwords = d->info.jited_prog_len / sizeof(*d->code);
	memset(&d->info, 0, sizeof(d->info));
	d->info.xlated_prog_insns = (unsigned long)d->insns;
	d->info.xlated_prog_len = d->ninsns * sizeof(*d->insns);
	d->info.jited_prog_insns = (unsigned long)d->code;
	d->info.jited_prog_len = d->nwords * sizeof(*d->code);
	d->info.map_ids = (unsigned long)d->map_ids;
	d->info.nr_map_ids = VT_MAX;
	len = sizeof(d->info);
	if (bpf_obj_get_info_by_fd(fd, &d->info, &len))
		return -errno;
	if (!d->info.xlated_prog_insns || !d->info.xlated_prog_len) {
		vt_say("%s: no bytecode dump", prog);
		return -EPERM;
	}
	return 0;
}

static bool loads_map(const struct bpf_insn *i)
{
	return i->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       (i->src_reg == BPF_PSEUDO_MAP_FD ||
		i->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/* Where in the object is the map with this id? */
static int map_name(const struct vt_obj *o, u32 id, const char **name)
{
	for (u32 i = 0; i < o->nmaps; i++)
		if (o->map[i].id == id) {
			*name = o->map[i].name;
			return 0;
		}
	return -ENOENT;
}

bool jc_same_bytecode(const struct vt_obj *a, const struct vt_obj *b,
		      const char *prog)
{
	struct dump da = {}, db = {};
	bool same = false;

	if (dump_get(&da, a, prog) || dump_get(&db, b, prog))
		goto out;
	if (da.ninsns != db.ninsns) {
		vt_say("%s: %u against %u instructions", prog, da.ninsns,
		       db.ninsns);
		goto out;
	}
	for (u32 i = 0; i < da.ninsns; i++) {
		struct bpf_insn ia = da.insns[i], ib = db.insns[i];

		if (loads_map(&ia)) {
			const char *na = "?", *nb = "??";

			map_name(a, ia.imm, &na);
			map_name(b, ib.imm, &nb);
			if (strcmp(na, nb)) {
				vt_say("%s: insn %u: map %s against %s", prog,
				       i, na, nb);
				goto out;
			}
			ia.imm = ib.imm = 0;
		}
		if (memcmp(&ia, &ib, sizeof(ia))) {
			vt_say("%s: insn %u: %016llx against %016llx", prog, i,
			       *(unsigned long long *)&da.insns[i],
			       *(unsigned long long *)&db.insns[i]);
			goto out;
		}
	}
	same = true;
out:
	dump_free(&da);
	dump_free(&db);
	return same;
}

/* One decoded step: a constant into a register, a branch, or the word. */
struct step {
	enum { WORD, CONST, BRANCH } kind;
	u32 word;	/* without the constant or distance */
	u64 value;	/* constant, or index of the target step */
	u32 at;		/* word index in the image */
};

#if defined(__arm__)
#define AL		0xe0000000u
#define RD(w)		((w) & 0xf000u)
#define IMM16(w)	((((w) >> 4) & 0xf000u) | ((w) & 0xfffu))

/* arch/arm/net/bpf_jit_32.c emit_mov_i(): steps, targets as word indices. */
static u32 decode_words(const u32 *code, u32 n, struct step *s)
{
	u32 cnt = 0;

	for (u32 i = 0; i < n; i++) {
		struct step *t = &s[cnt++];
		u32 w = code[i];

		*t = (struct step){ .kind = WORD, .word = w, .at = i };
		if ((w & 0xfff00000) == (AL | 0x03000000)) {	/* MOVW */
			t->kind = CONST;
			t->word = RD(w);
			t->value = IMM16(w);
			if (i + 1 < n && RD(code[i + 1]) == RD(w) &&
			    (code[i + 1] & 0xfff00000) == (AL | 0x03400000)) {
				i++;					/* MOVT */
				t->value |= (u64)IMM16(code[i]) << 16;
			}
		} else if ((w & 0xffff0000) == (AL | 0x03a00000)) { /* MOV */
			u32 rot = (w >> 8 & 15) * 2, imm = w & 0xff;

			t->kind = CONST;
			t->word = RD(w);
			t->value = rot ? imm >> rot | imm << (32 - rot) : imm;
		} else if ((w & 0x0e000000) == 0x0a000000) {	/* B, BL */
			t->kind = BRANCH;
			t->word = w & 0xff000000;
			/* distance in words, from two words ahead */
			t->value = i + 2 + ((int)(w << 8) >> 8);
		}
	}
	return cnt;
}
#elif defined(__aarch64__)
#define RD(w)		((w) & 31u)
#define HALF(w)		((w) >> 21 & 3u)
#define IMM16(w)	((u64)((w) >> 5 & 0xffffu) << 16 * HALF(w))

/* arch/arm64/net/bpf_jit_comp.c emit_a64_mov_i64() */
static u32 decode_words(const u32 *code, u32 n, struct step *s)
{
	u32 cnt = 0;

	for (u32 i = 0; i < n; i++) {
		struct step *t = &s[cnt++];
		u32 w = code[i], kind = w & 0x7f800000;

		*t = (struct step){ .kind = WORD, .word = w, .at = i };
		if (kind == 0x12800000 || kind == 0x52800000) {
			u64 v = IMM16(w);		/* MOVN, MOVZ */

			if (kind == 0x12800000)
				v = w >> 31 ? ~v : (u32)~v;
			for (; i + 1 < n && RD(code[i + 1]) == RD(w) &&
			       (code[i + 1] & 0x7f800000) == 0x72800000; i++) {
				u32 k = code[i + 1];	/* MOVK */

				v &= ~(0xffffull << 16 * HALF(k));
				v |= IMM16(k);
			}
			t->kind = CONST;
			t->word = RD(w);
			t->value = v;
		} else if ((w & 0x7c000000) == 0x14000000) {	/* B, BL */
			t->kind = BRANCH;
			t->word = w & 0xfc000000;
			t->value = i + ((int)(w << 6) >> 6);
		} else if ((w & 0xff000010) == 0x54000000 ||	/* B.cond */
			   (w & 0x7e000000) == 0x34000000) {	/* CBZ, CBNZ */
			t->kind = BRANCH;
			t->word = w & 0xff00001f;
			t->value = i + ((int)(w << 8) >> 13);
		}
	}
	return cnt;
}
#else
#error "how does this architecture's JIT load a constant?"
#endif

static u32 decode(const u32 *code, u32 n, struct step *s)
{
	u32 cnt = decode_words(code, n, s);

	/* Targets from word indices to step indices. */
	for (u32 i = 0; i < cnt; i++) {
		u32 lo = 0;

		if (s[i].kind != BRANCH)
			continue;
		while (lo < cnt && s[lo].at != s[i].value)
			lo++;
		s[i].value = lo;	/* cnt: outside, never equal by luck */
	}
	return cnt;
}

bool jc_same_code_as(const struct vt_obj *a, const char *prog,
		     const struct vt_obj *b, const char *prog_b)
{
	struct step *sa = NULL, *sb = NULL;
	struct dump da = {}, db = {};
	u32 na, nb, differ = 0, map_loads = 0;
	bool same = false;

	if (dump_get(&da, a, prog) || dump_get(&db, b, prog_b))
		goto out;
	if (!da.nwords || !db.nwords) {
		vt_say("%s: %u against %u words of machine code", prog,
		       da.nwords, db.nwords);
		goto out;
	}
	sa = malloc(da.nwords * sizeof(*sa));
	sb = malloc(db.nwords * sizeof(*sb));
	if (!sa || !sb)
		goto out;
	for (u32 i = 0; i < da.ninsns; i++)
		map_loads += loads_map(&da.insns[i]);
	na = decode(da.code, da.nwords, sa);
	nb = decode(db.code, db.nwords, sb);
	for (u32 i = 0; i < na && i < nb; i++) {
		struct step *x = &sa[i], *y = &sb[i];

		if (x->kind != y->kind || x->word != y->word ||
		    (x->kind == BRANCH &&
		     (x->value != y->value || x->value == na))) {
			vt_say("%s: step %u: %08x %llx against %08x %llx",
			       prog, i, x->word, (unsigned long long)x->value,
			       y->word, (unsigned long long)y->value);
			goto out;
		}
		if (x->kind != CONST || x->value == y->value)
			continue;
		differ++;
		/* What stood for this address before stands for it again. */
		for (u32 j = 0; j < i; j++)
			if (sa[j].kind == CONST &&
			    sa[j].value != sb[j].value &&
			    (sa[j].value == x->value) !=
			    (sb[j].value == y->value)) {
				vt_say("%s: steps %u and %u: %llx %llx against %llx %llx",
				       prog, j, i,
				       (unsigned long long)sa[j].value,
				       (unsigned long long)x->value,
				       (unsigned long long)sb[j].value,
				       (unsigned long long)y->value);
				goto out;
			}
	}
	if (na != nb || differ != map_loads) {
		vt_say("%s: %u against %u steps, %u constants differ, %u map addresses",
		       prog, na, nb, differ, map_loads);
		goto out;
	}
	same = true;
out:
	free(sa);
	free(sb);
	dump_free(&da);
	dump_free(&db);
	return same;
}

bool jc_same_code(const struct vt_obj *a, const struct vt_obj *b,
		  const char *prog)
{
	return jc_same_code_as(a, prog, b, prog);
}
