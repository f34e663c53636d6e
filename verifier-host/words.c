// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* words.c - machine code of four-byte instructions, behind words.h. */
#include <stdlib.h>
#include "words.h"

const struct vreloc *word_rel(const struct vcode *c, u32 word)
{
	u32 lo = 0, hi = c->nrel;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (c->rel[mid].off < word * 4)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->nrel && c->rel[lo].off == word * 4 ? &c->rel[lo] : NULL;
}

bool refuse(struct marking *m, u32 word, const char *why)
{
	const struct vcode *c = m->c;

	return vorw_fail(m->e, VORW_R_NATIVE_CODE,
			 "program '%s': word 0x%08x at offset %u of its native code: %s",
			 m->prog,
			 word * 4 + 4 <= c->len ? word_at(c->p, word) : 0,
			 word * 4, why);
}

bool seq_at(struct marking *m, u32 i, const struct seq_word *s, u32 n)
{
	u32 k, nwords = m->c->len / 4;

	if (i > nwords || n > nwords - i)
		return false;
	for (k = 0; k < n; k++)
		if ((word_at(m->c->p, i + k) & s[k].mask) != s[k].value ||
		    (s[k].fill >= FILL_OWN &&
		     !m->fill_ok(m, i + k, &s[k], i + n)))
			return false;
	return true;
}

/* Where a field lies in a struct of the kernel does not change. */
static bool same_offsets(const struct vcode *c, u32 i, const struct seq *s)
{
	u32 k, t = s->slot;

	for (k = 0; c->tail_words && k < s->n; k++) {
		u32 w = word_at(c->p, i + k);

		if (s->w[k].fill != FILL_OFFSET)
			continue;
		if (c->tail_words[t] && c->tail_words[t] != w)
			return false;
		c->tail_words[t++] = w;
	}
	return true;
}

static const struct seq *find_seq(struct marking *m, u32 i)
{
	const struct seq *s = m->seqs;

	for (; s < m->seqs + m->nseqs; s++)
		if (seq_at(m, i, s->w, s->n))
			return s;
	return NULL;
}

bool mark_body(struct marking *m)
{
	struct flow_layout *l = m->l;
	u32 i, len;

	for (i = l->body; i < l->epilogue; i += len) {
		const struct seq *s = find_seq(m, i);

		if (!s) {
			len = m->plain_at(m, i);
			if (!len)
				return false;
			continue;
		}
		if (!same_offsets(m->c, i, s))
			return refuse(m, i,
				      "an offset unlike in the code before");
		l->mark[i] = s->mark;
		l->len[i] = len = s->n;
		*m->features |= s->features;
	}
	return i == l->epilogue ||
	       refuse(m, l->epilogue, "the epilogue is not alone");
}

/* place[i]: the word of real where word i of c went, or ~0. */
static bool walk(const struct same_ops *ops, struct same_walk *w, u32 *place)
{
	u32 r = 0, first;

	while (w->i < w->n) {
		const struct vcode *c = w->c;

		place[w->i] = w->j;
		if (r < c->nrel && c->rel[r].off == w->i * 4) {
			first = w->i;
			if (!ops->same_address(w, &c->rel[r++]))
				return false;
			while (++first < w->i && first < w->n)
				place[first] = ~0u;
			continue;
		}
		if (ops->skip && ops->skip(w))
			continue;
		if (w->j >= w->nreal ||
		    !ops->same_word(word_at(c->p, w->i),
				    word_at(w->real, w->j)))
			return false;
		w->i++;
		w->j++;
	}
	place[w->n] = w->j;
	return w->j == w->nreal && r == w->c->nrel;
}

/* With all places known: do the branches go to the same? */
static bool same_targets(const struct same_ops *ops, struct same_walk *w,
			 const u32 *place)
{
	s32 to, real_to;

	for (w->i = 0; w->i < w->n; w->i++) {
		u32 at = place[w->i];

		/* words of an address */
		if (at == ~0u || word_rel(w->c, w->i) ||
		    !ops->branch(word_at(w->c->p, w->i), w->i, &to))
			continue;
		if (to < 0 || to > (s32)w->n ||
		    !ops->branch(word_at(w->real, at), at, &real_to) ||
		    real_to != (s32)place[to])
			return false;
	}
	return true;
}

bool words_same_code(const struct same_ops *ops, const struct vcode *c,
		     const u8 *real, u32 len, u64 address, struct vorw_err *e)
{
	struct same_walk w = { .c = c, .real = real, .address = address,
			       .n = c->len / 4, .nreal = len / 4 };
	u32 *place = calloc(w.n + 1, sizeof(*place));
	bool ok;

	if (!place)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	ok = c->len % 4 == 0 && len % 4 == 0 && walk(ops, &w, place) &&
	     same_targets(ops, &w, place);
	free(place);
	return ok || vorw_fail(e, VORW_R_RELINK,
			       "the kernel's own image differs from the canonical one at offset %u",
			       w.i * 4);
}
