/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * words.h - machine code of four-byte instructions: sequences, the marking
 * that flow.h wants, and the comparison of images.
 *
 * A sequence is what a JIT emits for one thing, word for word.  Nothing but a
 * sequence's first word may be jumped to from outside.
 */
#ifndef VORW_WORDS_H
#define VORW_WORDS_H

#include "flow.h"

static inline u32 word_at(const u8 *p, u32 i)
{
	p += 4 * (size_t)i;
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

/* The relocation of this word of the code, or NULL. */
const struct vreloc *word_rel(const struct vcode *c, u32 word);

/* What the bits outside a word's mask are; an architecture adds its own. */
enum word_fill {
	FILL_FIXED,	/* nothing, or anything */
	FILL_OFFSET,	/* of a field of the kernel's structs: any, but in all
			 * code of an object alike */
	FILL_OWN,	/* the first that fill_ok() is asked about */
};

struct seq_word {
	u32 mask, value;
	u8 fill;
};

struct seq {
	const struct seq_word *w;
	u32 n;
	enum flow_mark mark;
	u32 features;		/* VORW_CPU_* */
	u32 slot;		/* of c->tail_words, for its first FILL_OFFSET */
};

#define SEQ_LEN(a)	(u32)(sizeof(a) / sizeof((a)[0]))

/* Code that is being marked, by an architecture that knows: */
struct marking {
	const struct vcode *c;
	const char *prog;
	struct flow_layout *l;
	u32 *features;
	struct vorw_err *e;
	void *own;		/* the architecture's */

	/* What may stand in a body, besides plain words. */
	const struct seq *seqs;
	u32 nseqs;

	/* Is word i right, which stands in a sequence that ends before word
	 * end, and has the word's fixed bits? */
	bool (*fill_ok)(struct marking *m, u32 i, const struct seq_word *s,
			u32 end);

	/* A plain word or constant, or a branch, at word i, in none of the
	 * sequences: mark it and return its length, or refuse and return 0. */
	u32 (*plain_at)(struct marking *m, u32 i);
};

/* Always false; says which word it is, and why. */
bool refuse(struct marking *m, u32 word, const char *why);

/* Does the sequence stand at word i? */
bool seq_at(struct marking *m, u32 i, const struct seq_word *s, u32 n);

/* Mark all between m->l->body and m->l->epilogue, or refuse. */
bool mark_body(struct marking *m);

/* ---- two images of one program ---- */

/* A walk through canonical code c, of n words, and the kernel's own image. */
struct same_walk {
	const struct vcode *c;
	const u8 *real;
	u64 address;		/* where the image runs */
	u32 n, nreal;		/* words */
	u32 i, j;		/* the next word of each */
};

struct same_ops {
	/* Relocation r of c at word i: is it that address that real loads at
	 * word j?  Moves both behind the load. */
	bool (*same_address)(struct same_walk *w, const struct vreloc *r);

	/* Same instruction, but for the displacement of a branch? */
	bool (*same_word)(u32 a, u32 b);

	/* Is it a branch?  Then where to, as a word of its code. */
	bool (*branch)(u32 word, u32 i, s32 *target);

	/* A word that may be in one and not in the other: move behind it in
	 * the one that has it.  NULL: there are none. */
	bool (*skip)(struct same_walk *w);
};

/* struct vorw_arch's same_code().  c was validated: nothing jumps into the
 * middle of a load. */
bool words_same_code(const struct same_ops *ops, const struct vcode *c,
		     const u8 *real, u32 len, u64 address, struct vorw_err *e);

#endif /* VORW_WORDS_H */
