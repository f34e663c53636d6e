/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sample.h - a small blob with something of everything, for tests to change.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <linux/bpf.h>
#include "vorw_writer.h"

/* Indices into the arrays below, and into the blob. */
enum { M_COUNTERS, M_RODATA, M_OUTER, M_INNER, M_JUMPS, M_TEMPLATE, M_EVENTS,
       M_DATA, M_CNT };
enum { P_NATIVE, P_BYTECODE, P_CALLEE, P_CNT };
/* Two more than the sample fills, for tests to add. */
#define SAMPLE_EXTRA	2

struct sample {
	u16 machine;
	struct vorw_binding_h binding;
	struct vorw_object_h object;
	u8 sha256[32];
	struct vorw_map_h map[M_CNT];
	struct vorw_prog_h prog[P_CNT];
	struct { u32 map, kind, key, value; u8 bytes[16]; }
		init[5 + SAMPLE_EXTRA];
	u32 ninits;
	struct { u32 prog, map; } used[5 + SAMPLE_EXTRA];
	u32 nused;
	struct { u32 prog; struct vorw_reloc_h h; const char *ksym; }
		reloc[10 + SAMPLE_EXTRA];
	u32 nrelocs;
	u32 code[P_CNT][12], code_size[P_CNT];	/* Arm words, bytes */
	u32 second_size[P_CNT];	/* of a second part: the first words again */
	struct bpf_insn insns[P_CNT][16];
	u32 insn_cnt[P_CNT];
	u8 btf[32];
	u32 btf_size;
};

void sample_init(struct sample *s);

/* All of it into a new writer; NULL only without memory. */
struct vorw_writer *sample_writer(const struct sample *s);
enum vorw_reason sample_build(const struct sample *s, u8 **buf, size_t *size,
			      struct vorw_diag *d);

/* The untouched sample; aborts when that is refused: a broken test. */
u8 *sample_blob(size_t *size);
/* The same with a signature of n bytes that nobody made. */
u8 *sample_signed(size_t *size, size_t n);

/* Everything that can be read from a parsed blob, into a new writer. */
struct vorw_writer *sample_rewrite(const struct vorw_view *v);

/*
 * What has to hold for any blob that was accepted, found out without the
 * parser's help: all getters stay inside, and writing what was read gives the
 * same bytes, so that none was ignored.  NULL, or what does not hold.
 */
const char *sample_broken(const u8 *buf, size_t size);

/* locate, then parse */
enum vorw_reason sample_parse(const u8 *buf, size_t size,
			      struct vorw_parts *parts, struct vorw_view *v,
			      struct vorw_diag *d);

#endif
