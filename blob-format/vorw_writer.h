/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_writer.h - building a blob (host only).
 *
 * Add records in any order, then finish.  The first error sticks: later calls
 * do nothing and vorw_writer_finish() reports it, so that callers check once.
 * Everything passed in is copied.  The same calls give the same bytes.
 *
 * Records are the ones the getters return.  The writer works out, and ignores
 * in what it is given: offsets, ranges and counts into other sections, the
 * binding's cpu_features (union over the programs), and max_entries of a map
 * with VORW_MAP_PER_CPU_MAX (the device's business).
 */
#ifndef VORW_WRITER_H
#define VORW_WRITER_H

#include "vorw_parse.h"

struct vorw_writer;

/* machine: ELF e_machine.  NULL: out of memory. */
struct vorw_writer *vorw_writer_new(u16 machine);
void vorw_writer_free(struct vorw_writer *w);	/* NULL is fine */

/* Both are needed once; a second call replaces the first. */
void vorw_writer_binding(struct vorw_writer *w,
			 const struct vorw_binding_h *b);
void vorw_writer_object(struct vorw_writer *w, const struct vorw_object_h *o);

/* Both return the index of the new record, 0 after an error. */
u32 vorw_writer_map(struct vorw_writer *w, const struct vorw_map_h *m);
u32 vorw_writer_prog(struct vorw_writer *w, const struct vorw_prog_h *p);

/* Initial contents of a map; key has its key_size bytes, value value_size.
 * Arrays are sorted by key, for others the order of the calls is kept. */
void vorw_writer_init_bytes(struct vorw_writer *w, u32 map, const void *key,
			    const void *value);
/* kind: VORW_INIT_MAP or VORW_INIT_PROG, value: index of that */
void vorw_writer_init_index(struct vorw_writer *w, u32 map, u32 kind,
			    const void *key, u32 value);
void vorw_writer_btf(struct vorw_writer *w, const void *btf, size_t size);

/* Images of a program: canonical, relocated fields zero (a field that is not
 * is refused by finish).  Parts are added in order, the main function first;
 * the index of the new one is returned, 0 after an error.  insns are struct
 * bpf_insn, little-endian. */
u32 vorw_writer_part(struct vorw_writer *w, u32 prog,
		     const struct vorw_part_h *h, const void *code, u32 size);
/* A load of a part that may fault, in the order of the code. */
void vorw_writer_fault(struct vorw_writer *w, u32 prog, u32 part,
		       const struct vorw_fault_h *h);
/* A patched tail call of a native program, in the kernel's order. */
void vorw_writer_poke(struct vorw_writer *w, u32 prog,
		      const struct vorw_poke_h *h);
void vorw_writer_insns(struct vorw_writer *w, u32 prog, const void *insns,
		       u32 cnt);
/* A map that the program uses, once each; order is kept. */
void vorw_writer_used_map(struct vorw_writer *w, u32 prog, u32 map);

/* In any order.  The form says which image; part counts for native code.
 * name: what VORW_REL_KSYM and VORW_REL_KVAR mean, whose r->sym is ignored;
 * NULL for other kinds. */
void vorw_writer_reloc(struct vorw_writer *w, u32 prog, u32 part,
		       const struct vorw_reloc_h *r, const char *name);

/* Unsigned blob, malloc'd, accepted by vorw_parse(): the parser has the last
 * word, and its reason and diag are handed on.  The writer can be finished
 * again, or freed. */
enum vorw_reason vorw_writer_finish(struct vorw_writer *w, u8 **buf,
				    size_t *size, struct vorw_diag *d);

/* Put a signature (DER CMS) behind the content of a blob, in place of the one
 * that may be there.  *out is malloc'd. */
enum vorw_reason vorw_append_sig(const u8 *blob, size_t size,
				 const u8 *der, size_t der_size,
				 u8 **out, size_t *out_size,
				 struct vorw_diag *d);

#endif /* VORW_WRITER_H */
