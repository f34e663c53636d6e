/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * t_parse.c - bytes that make no blob: one edit of a good one, one refusal.
 */
#include <stdio.h>
#include <stdlib.h>
#include "vorw_bytes.h"
#include "sample.h"
#include "tap.h"

/* Where an edit goes, besides the sections. */
enum { HDR = 0x100, TABLE, SIG, PAST };

struct edit { u32 where, index, off, width; u64 val; };

#define IN(sec, idx, type, field, val) \
	{ VORW_SEC_##sec, (idx) * sizeof(struct type) + \
			  offsetof(struct type, field), 0, \
	  sizeof(((struct type *)0)->field), val }
#define AT(where, off, width, val)	{ where, 0, off, width, val }
#define BINDING(f, v)	IN(BINDING, 0, vorw_binding, f, v)
#define OBJECT(f, v)	IN(OBJECT, 0, vorw_object, f, v)
#define MAP(i, f, v)	IN(MAPS, i, vorw_map, f, v)
#define PROG(i, f, v)	IN(PROGS, i, vorw_prog, f, v)
#define PART(i, f, v)	IN(PARTS, i, vorw_part, f, v)
#define INITREC(i, f, v) IN(INITS, i, vorw_init, f, v)
#define REL(i, f, v)	IN(RELOCS, i, vorw_reloc, f, v)
#define HEADER(f, v)	{ HDR, 0, offsetof(struct vorw_hdr, f), \
			  sizeof(((struct vorw_hdr *)0)->f), v }
#define ENTRY(t, f, v)	{ TABLE, VORW_SEC_##t, offsetof(struct vorw_sec, f), \
			  sizeof(((struct vorw_sec *)0)->f), v }
#define SIGHDR(f, v)	{ SIG, 0, offsetof(struct vorw_sig_hdr, f), \
			  sizeof(((struct vorw_sig_hdr *)0)->f), v }
#define INSN(i, off, width, v)	AT(VORW_SEC_INSNS, (i) * 8 + (off), width, v)

/* First instruction of the bytecode program: the native one shows four. */
#define BC	4

static const struct test {
	const char *name;
	enum vorw_reason reason;
	const char *what;	/* of the diagnosis */
	struct edit edit[3];
} tests[] = {
	/* found by vorw_locate() */
	{ "other magic", VORW_R_BAD_MAGIC, "magic", { AT(HDR, 3, 1, 'X') } },
	{ "magic of version 2 files", VORW_R_BAD_MAGIC, "magic",
	  { AT(HDR, 7, 1, 2) } },
	{ "newer version", VORW_R_VERSION, "format version",
	  { HEADER(version, VORW_VERSION + 1) } },
	{ "version 1", VORW_R_VERSION, "format version",
	  { HEADER(version, 1) } },
	{ "version 0", VORW_R_VERSION, "format version",
	  { HEADER(version, 0) } },
	{ "larger header", VORW_R_MALFORMED, "header size",
	  { HEADER(hdr_size, 40) } },
	{ "content above the limit", VORW_R_LIMIT, "content size",
	  { HEADER(content_size, VORW_MAX_BLOB + 8) } },
	{ "content below the header", VORW_R_MALFORMED, "content size",
	  { HEADER(content_size, 24) } },
	{ "content not a multiple of 8", VORW_R_MALFORMED, "content size",
	  { HEADER(content_size, 804) } },
	{ "content larger than the file", VORW_R_TRUNCATED, "content",
	  { HEADER(content_size, VORW_MAX_BLOB) } },
	{ "other signature magic", VORW_R_SIG_FORMAT, "signature magic",
	  { AT(SIG, 0, 1, 'v') } },
	{ "signature above the limit", VORW_R_LIMIT, "signature size",
	  { SIGHDR(sig_size, VORW_MAX_SIG + 1) } },
	{ "signature of no bytes", VORW_R_SIG_FORMAT, "signature size",
	  { SIGHDR(sig_size, 0) } },
	{ "signature header reserved", VORW_R_RESERVED, "signature header",
	  { SIGHDR(reserved, 1) } },
	{ "signature cut", VORW_R_TRUNCATED, "signature",
	  { SIGHDR(sig_size, 65) } },
	{ "bytes behind the signature", VORW_R_MALFORMED,
	  "bytes behind the signature", { SIGHDR(sig_size, 63) } },

	/* header and table */
	{ "header flags", VORW_R_RESERVED, "header flags",
	  { HEADER(flags, 1) } },
	{ "header reserved", VORW_R_RESERVED, "header",
	  { AT(HDR, 31, 1, 1) } },
	{ "another machine", VORW_R_WRONG_ARCH, "machine",
	  { HEADER(machine, 22 /* EM_S390 */) } },
	{ "features of another machine", VORW_R_RESERVED, "CPU feature bits",
	  { HEADER(machine, 183),
	    BINDING(cpu_features, VORW_CPU_ARM64_ALL + 1) } },
	{ "forms of another machine", VORW_R_UNSUPPORTED, "relocation form",
	  { HEADER(machine, 183) } },
	{ "too many sections", VORW_R_LIMIT, "section table",
	  { HEADER(sec_cnt, VORW_MAX_SECTIONS + 1) } },
	{ "no sections", VORW_R_MALFORMED, "end of sections",
	  { HEADER(sec_cnt, 0) } },
	{ "section missing at the end", VORW_R_MALFORMED, "section offset",
	  { HEADER(sec_cnt, 12) } },
	{ "section type 0", VORW_R_MALFORMED, "section order",
	  { ENTRY(STRINGS, type, 0) } },
	{ "section twice", VORW_R_MALFORMED, "section order",
	  { ENTRY(BINDING, type, VORW_SEC_STRINGS) } },
	{ "unknown section", VORW_R_UNSUPPORTED, "section type",
	  { ENTRY(BTF, type, VORW_SEC_MAX) } },
	{ "section reserved", VORW_R_RESERVED, "section entry",
	  { ENTRY(MAPS, reserved, 1) } },
	{ "larger records", VORW_R_MALFORMED, "section entsize",
	  { ENTRY(MAPS, entsize, 72) } },
	{ "too many maps", VORW_R_LIMIT, "section count",
	  { ENTRY(MAPS, cnt, VORW_MAX_MAPS + 1) } },
	{ "two bindings", VORW_R_LIMIT, "section count",
	  { ENTRY(BINDING, cnt, 2) } },
	{ "too many relocations", VORW_R_LIMIT, "section count",
	  { ENTRY(RELOCS, cnt, VORW_MAX_RELOCS + 1) } },
	{ "count that overflows 32 bits", VORW_R_LIMIT, "section count",
	  { ENTRY(INSNS, cnt, 0x20000001) } },
	{ "empty section", VORW_R_MALFORMED, "section count",
	  { ENTRY(DATA, cnt, 0) } },
	{ "gap between sections", VORW_R_MALFORMED, "section offset",
	  { ENTRY(STRINGS, off, 232) } },
	{ "sections overlap", VORW_R_MALFORMED, "section offset",
	  { ENTRY(BINDING, off, 224) } },
	{ "section beyond the content", VORW_R_MALFORMED, "section size",
	  { ENTRY(PARTS, cnt, 4) } },
	{ "section padding", VORW_R_RESERVED, "section padding",
	  { AT(VORW_SEC_BTF, 25, 1, 1) } },
	{ "content goes on behind the sections", VORW_R_MALFORMED,
	  "end of sections", { ENTRY(PARTS, cnt, 2) } },

	/* strings */
	{ "strings do not start with NUL", VORW_R_MALFORMED,
	  "strings start and end with NUL", { AT(VORW_SEC_STRINGS, 0, 1, 'a') } },
	{ "string offset beyond the section", VORW_R_MALFORMED,
	  "string offset", { BINDING(release_str, 0xfffffff0) } },
	{ "string skipped", VORW_R_MALFORMED, "string offset",
	  { BINDING(release_str, 18) } },
	{ "string left out", VORW_R_MALFORMED, "string offset",
	  { BINDING(target_str, 0) } },
	{ "tail of a string", VORW_R_MALFORMED, "string start",
	  { BINDING(target_str, 3) } },
	{ "reference to a NUL", VORW_R_MALFORMED, "string start",
	  { AT(VORW_SEC_STRINGS, 1, 1, 0) } },
	{ "control character", VORW_R_MALFORMED, "string character",
	  { AT(VORW_SEC_STRINGS, 2, 1, 0x1b) } },
	{ "character above ASCII", VORW_R_MALFORMED, "string character",
	  { AT(VORW_SEC_STRINGS, 2, 1, 0xe9) } },

	/* binding, object */
	{ "build-id too short", VORW_R_MALFORMED, "build-id length",
	  { BINDING(build_id_len, 7) } },
	{ "build-id too long", VORW_R_MALFORMED, "build-id length",
	  { BINDING(build_id_len, 21) } },
	{ "bytes behind the build-id", VORW_R_RESERVED, "build-id",
	  { AT(VORW_SEC_BINDING, 8, 1, 1) } },
	{ "page size 0", VORW_R_MALFORMED, "page size",
	  { BINDING(page_size, 0) } },
	{ "page size 4095", VORW_R_MALFORMED, "page size",
	  { BINDING(page_size, 4095) } },
	{ "HZ 0", VORW_R_MALFORMED, "HZ", { BINDING(hz, 0) } },
	{ "unknown privilege", VORW_R_RESERVED, "privilege bits",
	  { BINDING(caps, 8) } },
	{ "unknown CPU feature", VORW_R_RESERVED, "CPU feature bits",
	  { BINDING(cpu_features, 0x80000000) } },
	{ "CPU features no program needs", VORW_R_MALFORMED,
	  "CPU features of all programs", { BINDING(cpu_features, 7) } },
	{ "CPU feature hidden", VORW_R_MALFORMED,
	  "CPU features of all programs", { BINDING(cpu_features, 1) } },
	{ "binding reserved", VORW_R_RESERVED, "binding",
	  { AT(VORW_SEC_BINDING, 63, 1, 1) } },
	{ "object without a name", VORW_R_MALFORMED, "object name",
	  { OBJECT(name_str, 0) } },
	{ "object: BTF for CO-RE that is no string's start", VORW_R_MALFORMED,
	  "string start", { OBJECT(core_btf_str, 2) } },

	/* maps */
	{ "map without a name", VORW_R_MALFORMED, "map name",
	  { MAP(M_COUNTERS, name_str, 0) } },
	{ "map type 0", VORW_R_MALFORMED, "map type",
	  { MAP(M_COUNTERS, type, 0) } },
	{ "map reserved", VORW_R_RESERVED, "map",
	  { MAP(M_COUNTERS, reserved, 1) } },
	{ "unknown map flag", VORW_R_RESERVED, "map flags",
	  { MAP(M_COUNTERS, flags, 16) } },
	{ "NUMA node", VORW_R_UNSUPPORTED, "map on a NUMA node",
	  { MAP(M_COUNTERS, map_flags, BPF_F_NUMA_NODE) } },
	{ "frozen map that programs may write", VORW_R_MALFORMED,
	  "frozen map that programs may write",
	  { MAP(M_RODATA, map_flags, 0) } },
	{ "frozen hash", VORW_R_MALFORMED,
	  "frozen map that programs may write",
	  { MAP(M_COUNTERS, map_flags, BPF_F_RDONLY_PROG),
	    MAP(M_COUNTERS, flags, VORW_MAP_FROZEN) } },
	{ "internal hash", VORW_R_MALFORMED, "internal map type",
	  { MAP(M_COUNTERS, flags, VORW_MAP_INTERNAL) } },
	{ "frozen template", VORW_R_MALFORMED, "template with contents",
	  { MAP(M_TEMPLATE, map_flags, BPF_F_RDONLY_PROG),
	    MAP(M_TEMPLATE, flags, VORW_MAP_TEMPLATE | VORW_MAP_FROZEN) } },
	{ "hash with an entry for each CPU", VORW_R_MALFORMED,
	  "entries counted by CPUs",
	  { MAP(M_COUNTERS, flags, VORW_MAP_PER_CPU_MAX) } },
	{ "entries that the device will count", VORW_R_MALFORMED,
	  "entries counted by CPUs", { MAP(M_EVENTS, max_entries, 1) } },
	{ "hash with an inner map", VORW_R_MALFORMED, "inner map template",
	  { MAP(M_COUNTERS, inner, M_TEMPLATE + 1) } },
	{ "array of maps without a template", VORW_R_MALFORMED,
	  "inner map template", { MAP(M_OUTER, inner, 0) } },
	{ "array of maps, template taken by a second", VORW_R_MALFORMED,
	  "inner map template", { MAP(M_OUTER, inner, 0),
				  MAP(M_INNER, inner, M_TEMPLATE + 1) } },
	{ "inner map that is none", VORW_R_MALFORMED,
	  "inner map template", { MAP(M_COUNTERS, type, 13),
				  MAP(M_COUNTERS, inner, 100) } },
	{ "inner map that is no template", VORW_R_MALFORMED,
	  "inner map is no template", { MAP(M_COUNTERS, type, 13),
					MAP(M_COUNTERS, inner, M_INNER + 1) } },
	{ "map as its own inner map", VORW_R_MALFORMED,
	  "inner map is no template",
	  { MAP(M_COUNTERS, type, 13),
	    MAP(M_COUNTERS, inner, M_COUNTERS + 1) } },
	{ "template with an inner map", VORW_R_MALFORMED,
	  "template with an inner map",
	  { MAP(M_TEMPLATE, type, 13),
	    MAP(M_TEMPLATE, inner, M_TEMPLATE + 1) } },
	{ "template of no map", VORW_R_MALFORMED, "template of no map",
	  { MAP(M_EVENTS, flags, VORW_MAP_TEMPLATE) } },
	{ "BTF type of the key alone", VORW_R_MALFORMED,
	  "BTF type of the key alone",
	  { MAP(M_RODATA, btf_key_type_id, 1) } },
	{ "BTF of no map", VORW_R_MALFORMED, "BTF of no map",
	  { MAP(M_COUNTERS, btf_value_type_id, 0) } },
	{ "BTF with another magic", VORW_R_MALFORMED, "BTF header",
	  { AT(VORW_SEC_BTF, 0, 1, 0) } },
	{ "BTF with flags", VORW_R_MALFORMED, "BTF header",
	  { AT(VORW_SEC_BTF, 3, 1, 1) } },
	{ "BTF header of another size", VORW_R_MALFORMED, "BTF header",
	  { AT(VORW_SEC_BTF, 4, 4, 32) } },
	{ "BTF larger than it says", VORW_R_MALFORMED, "BTF extent",
	  { AT(VORW_SEC_BTF, 20, 4, 0) } },
	{ "BTF with a gap", VORW_R_MALFORMED, "BTF extent",
	  { AT(VORW_SEC_BTF, 16, 4, 1) } },
	{ "BTF types not at the start", VORW_R_MALFORMED, "BTF extent",
	  { AT(VORW_SEC_BTF, 8, 4, 1) } },
	{ "BTF extent that overflows", VORW_R_MALFORMED, "BTF extent",
	  { AT(VORW_SEC_BTF, 12, 4, 0xffffffff),
	    AT(VORW_SEC_BTF, 16, 4, 0xffffffff),
	    AT(VORW_SEC_BTF, 20, 4, 2) } },

	/* initial contents: 0 .rodata, 1 outer, 2 and 3 jumps, 4 .data */
	{ "init range out of order", VORW_R_MALFORMED, "init range",
	  { MAP(M_OUTER, init_first, 0) } },
	{ "first of an empty range", VORW_R_MALFORMED, "init range",
	  { MAP(M_COUNTERS, init_first, 1) } },
	{ "more inits than there are", VORW_R_MALFORMED, "init range",
	  { MAP(M_DATA, init_cnt, 2) } },
	{ "init count near 2^32", VORW_R_MALFORMED, "init range",
	  { MAP(M_DATA, init_cnt, 0xfffffffe) } },
	{ "an init is nobody's", VORW_R_MALFORMED, "unused inits",
	  { MAP(M_DATA, init_cnt, 0), MAP(M_DATA, init_first, 0) } },
	{ "init reserved", VORW_R_RESERVED, "init",
	  { INITREC(0, reserved, 1) } },
	{ "unknown init kind", VORW_R_UNSUPPORTED, "init kind",
	  { INITREC(0, kind, 4) } },
	{ "init kind 0", VORW_R_UNSUPPORTED, "init kind",
	  { INITREC(0, kind, 0) } },
	{ "key elsewhere", VORW_R_MALFORMED, "data offset",
	  { INITREC(0, key_off, 1) } },
	{ "value elsewhere", VORW_R_MALFORMED, "data offset",
	  { INITREC(0, value, 0) } },
	{ "value beyond the data", VORW_R_MALFORMED, "data size",
	  { MAP(M_DATA, value_size, 13) } },
	{ "value size near 2^32", VORW_R_MALFORMED, "data size",
	  { MAP(M_DATA, value_size, 0xfffffffc) } },
	{ "data left over", VORW_R_MALFORMED, "unused data",
	  { MAP(M_DATA, value_size, 11) } },
	{ "array with keys of two bytes", VORW_R_MALFORMED,
	  "key size of an array", { MAP(M_RODATA, key_size, 2) } },
	{ "key beyond the array", VORW_R_MALFORMED, "init key",
	  { AT(VORW_SEC_DATA, 0, 4, 1) } },
	{ "keys not ascending", VORW_R_MALFORMED, "init key order",
	  { AT(VORW_SEC_DATA, 24, 4, 2) } },
	{ "bytes into a program array", VORW_R_MALFORMED,
	  "init kind for map type", { INITREC(2, kind, VORW_INIT_BYTES) } },
	{ "map into an array", VORW_R_MALFORMED, "init kind for map type",
	  { INITREC(0, kind, VORW_INIT_MAP) } },
	{ "program into an array", VORW_R_MALFORMED, "init kind for map type",
	  { INITREC(0, kind, VORW_INIT_PROG) } },
	{ "bytes into a per-CPU array", VORW_R_MALFORMED,
	  "init kind for map type",
	  { MAP(M_DATA, type, BPF_MAP_TYPE_PERCPU_ARRAY),
	    MAP(M_DATA, flags, 0) } },
	{ "map that is none", VORW_R_MALFORMED, "init map",
	  { INITREC(1, value, M_CNT) } },
	{ "template as an element", VORW_R_MALFORMED,
	  "init map is not an inner map", { INITREC(1, value, M_TEMPLATE) } },
	{ "outer map as its own element", VORW_R_MALFORMED,
	  "init map is not an inner map", { INITREC(1, value, M_OUTER) } },
	{ "program that is none", VORW_R_MALFORMED, "init program",
	  { INITREC(2, value, P_CNT) } },

	/* programs */
	{ "program without a name", VORW_R_MALFORMED, "program name",
	  { PROG(0, name_str, 0) } },
	{ "program name of another", VORW_R_MALFORMED, "string offset",
	  { PROG(2, name_str, 0x10000) } },
	{ "program reserved", VORW_R_RESERVED, "program",
	  { AT(VORW_SEC_PROGS, 143, 1, 0x80) } },
	{ "program type 0", VORW_R_MALFORMED, "program type",
	  { PROG(0, type, 0) } },
	{ "no original instructions", VORW_R_MALFORMED,
	  "original instructions", { PROG(0, orig_insn_cnt, 0) } },
	{ "too many original instructions", VORW_R_LIMIT,
	  "original instructions",
	  { PROG(0, orig_insn_cnt, VORW_MAX_INSNS + 1) } },
	{ "unknown fact", VORW_R_RESERVED, "program facts",
	  { PROG(0, facts, 0x4000) } },
	{ "stack too deep", VORW_R_LIMIT, "stack depth",
	  { PROG(0, stack_depth, VORW_MAX_STACK + 1) } },
	{ "unknown attach kind", VORW_R_UNSUPPORTED, "attach kind",
	  { PROG(0, attach_kind, VORW_ATTACH_MAX) } },
	{ "program needs an unknown CPU feature", VORW_R_RESERVED,
	  "CPU feature bits", { PROG(0, cpu_features, 8) } },
	{ "unknown form", VORW_R_UNSUPPORTED, "program form",
	  { PROG(0, form, 3) } },
	{ "form 0", VORW_R_UNSUPPORTED, "program form", { PROG(0, form, 0) } },
	{ "native with a reason for bytecode", VORW_R_MALFORMED,
	  "reason for the form", { PROG(1, form, VORW_FORM_NATIVE) } },
	{ "bytecode without a reason", VORW_R_MALFORMED,
	  "reason for the form", { PROG(2, form, VORW_FORM_BYTECODE) } },
	{ "bytecode that needs a CPU feature", VORW_R_MALFORMED,
	  "code of a bytecode program", { PROG(1, cpu_features, 1) } },
	{ "bytecode with code", VORW_R_MALFORMED,
	  "code of a bytecode program", { PROG(1, part_cnt, 1) } },
	{ "bytecode with a place in the parts", VORW_R_MALFORMED,
	  "part range", { PROG(1, part_first, 1) } },
	{ "native without parts", VORW_R_MALFORMED,
	  "code of a native program", { PROG(0, part_cnt, 0) } },
	{ "parts of another program", VORW_R_MALFORMED, "part range",
	  { PROG(2, part_first, 0) } },
	{ "more parts than there are", VORW_R_MALFORMED, "part range",
	  { PROG(2, part_cnt, 3) } },
	{ "too many parts", VORW_R_LIMIT, "parts",
	  { PROG(2, part_cnt, VORW_MAX_PARTS + 1) } },
	{ "part left over", VORW_R_MALFORMED, "unused code",
	  { PROG(2, part_cnt, 1) } },
	{ "part reserved", VORW_R_RESERVED, "part",
	  { AT(VORW_SEC_PARTS, sizeof(struct vorw_part) - 1, 1, 1) } },
	{ "another machine's faults", VORW_R_UNSUPPORTED, "faults",
	  { PART(2, fault_cnt, 1) } },
	{ "faults of nothing", VORW_R_UNSUPPORTED, "faults",
	  { PART(2, fault_first, 1) } },
	{ "unknown fact of a part", VORW_R_RESERVED, "part facts",
	  { PART(2, facts, VORW_PF_ALL + 1) } },
	{ "stack of a part too deep", VORW_R_LIMIT, "stack depth",
	  { PART(2, stack_depth, VORW_MAX_STACK + 1) } },
	{ "main function with another stack", VORW_R_MALFORMED,
	  "stack depth of the main function", { PART(1, stack_depth, 8) } },

	/* used maps: 1 0 | 7 6 | 4 */
	{ "too many used maps", VORW_R_LIMIT, "used maps",
	  { PROG(0, used_map_cnt, VORW_MAX_USED_MAPS + 1) } },
	{ "used maps out of order", VORW_R_MALFORMED, "used-map range",
	  { PROG(1, used_map_first, 0) } },
	{ "more used maps than there are", VORW_R_MALFORMED, "used-map range",
	  { PROG(2, used_map_cnt, 2) } },
	{ "used maps left over", VORW_R_MALFORMED, "unused used-maps",
	  { PROG(2, used_map_cnt, 0), PROG(2, used_map_first, 0) } },
	{ "used map that is none", VORW_R_MALFORMED, "used map",
	  { AT(VORW_SEC_USED_MAPS, 0, 4, M_CNT) } },
	{ "used map is a template", VORW_R_MALFORMED,
	  "used map is a template",
	  { AT(VORW_SEC_USED_MAPS, 0, 4, M_TEMPLATE) } },
	{ "used map twice", VORW_R_MALFORMED, "used map twice",
	  { AT(VORW_SEC_USED_MAPS, 4, 4, M_RODATA) } },

	/* native code: 44 bytes, padding, 4 bytes, padding, 4 bytes */
	{ "code elsewhere", VORW_R_MALFORMED, "code offset",
	  { PART(0, code_off, 8) } },
	{ "code of two programs overlaps", VORW_R_MALFORMED, "code offset",
	  { PART(1, code_off, 40) } },
	{ "native without code", VORW_R_MALFORMED, "code size",
	  { PART(1, code_size, 0) } },
	{ "half an Arm instruction", VORW_R_MALFORMED, "code size",
	  { PART(0, code_size, 42) } },
	{ "code beyond its section", VORW_R_MALFORMED, "code size",
	  { PART(2, code_size, 8) } },
	{ "code size near 2^32", VORW_R_MALFORMED, "code size",
	  { PART(0, code_size, 0xfffffffc) } },
	{ "code padding", VORW_R_RESERVED, "code padding",
	  { AT(VORW_SEC_CODE, 45, 1, 1) } },
	{ "code left out between programs", VORW_R_MALFORMED, "code offset",
	  { PART(0, code_size, 40) } },
	{ "code left over", VORW_R_MALFORMED, "code offset",
	  { PART(0, code_size, 40), PART(1, code_off, 40) } },

	/* relocations: 4 code and 2 instruction ones of program 0, 4 of 1 */
	{ "code relocations out of order", VORW_R_MALFORMED,
	  "code relocation range", { PART(0, reloc_first, 1) } },
	{ "more code relocations than there are", VORW_R_MALFORMED,
	  "code relocation range", { PART(0, reloc_cnt, 11) } },
	{ "instruction relocation in code", VORW_R_MALFORMED,
	  "relocation form for image", { PART(0, reloc_cnt, 5) } },
	{ "code relocation in instructions", VORW_R_MALFORMED,
	  "relocation form for image",
	  { PART(0, reloc_cnt, 3), PROG(0, insn_reloc_first, 3) } },
	{ "instruction relocations out of order", VORW_R_MALFORMED,
	  "instruction relocations", { PROG(1, insn_reloc_first, 4) } },
	{ "instruction relocation count near 2^32", VORW_R_MALFORMED,
	  "instruction relocations",
	  { PROG(1, insn_reloc_cnt, 0xffffffff) } },
	{ "unknown relocation form", VORW_R_UNSUPPORTED, "relocation form",
	  { REL(0, form, VORW_ENC_MAX) } },
	{ "relocation form of another machine", VORW_R_UNSUPPORTED,
	  "relocation form", { REL(0, form, VORW_ENC_A64_MOVN) } },
	{ "relocation form 0", VORW_R_UNSUPPORTED, "relocation form",
	  { REL(0, form, 0) } },
	{ "unknown relocation kind", VORW_R_UNSUPPORTED, "relocation kind",
	  { REL(0, kind, VORW_REL_MAX) } },
	{ "relocation kind 0", VORW_R_UNSUPPORTED, "relocation kind",
	  { REL(0, kind, 0) } },
	{ "form that does not fit the kind", VORW_R_MALFORMED,
	  "relocation form for kind",
	  { REL(5, kind, VORW_REL_INTERP), REL(5, sym, 32) } },
	{ "helper 0", VORW_R_MALFORMED, "helper id", { REL(2, sym, 0) } },
	{ "helper beyond all helpers", VORW_R_LIMIT, "helper id",
	  { REL(2, sym, VORW_MAX_HELPER + 1) } },
	{ "addend of a helper", VORW_R_MALFORMED, "relocation addend",
	  { REL(2, addend, 4) } },
	{ "map that the program does not use", VORW_R_MALFORMED,
	  "map of a relocation is not used", { REL(0, sym, M_DATA) } },
	{ "map that is none in a relocation", VORW_R_MALFORMED,
	  "map of a relocation is not used", { REL(0, sym, 0xffffffff) } },
	{ "value of a hash", VORW_R_MALFORMED, "map has no direct value",
	  { REL(0, kind, VORW_REL_MAP_VALUE) } },
	{ "value of an array of two", VORW_R_MALFORMED,
	  "map has no direct value", { MAP(M_RODATA, max_entries, 2) } },
	{ "offset beyond the value", VORW_R_MALFORMED,
	  "offset into map value", { REL(1, addend, 16) } },
	{ "kernel symbol without a name", VORW_R_MALFORMED,
	  "kernel symbol name", { REL(3, sym, 0) } },
	{ "map operation that is none", VORW_R_UNSUPPORTED, "map operation",
	  { REL(0, kind, VORW_REL_MAP_OP), REL(0, addend, VORW_OP_MAX) } },
	{ "map operation in a load", VORW_R_MALFORMED,
	  "relocation form for kind", { REL(0, kind, VORW_REL_MAP_OP) } },
	{ "operation of a map that is not used", VORW_R_MALFORMED,
	  "map of a relocation is not used",
	  { REL(0, kind, VORW_REL_MAP_OP), REL(0, sym, M_DATA) } },
	{ "part that is none", VORW_R_MALFORMED, "part of a relocation",
	  { REL(0, kind, VORW_REL_PART), REL(0, sym, 1) } },
	{ "kernel variable without a name", VORW_R_MALFORMED,
	  "kernel symbol name",
	  { REL(3, kind, VORW_REL_KVAR), REL(3, sym, 0) } },
	{ "interpreter of no stack", VORW_R_MALFORMED, "interpreter stack",
	  { REL(9, sym, 0) } },
	{ "interpreter between two", VORW_R_MALFORMED, "interpreter stack",
	  { REL(9, sym, 48) } },
	{ "interpreter of too much stack", VORW_R_LIMIT,
	  "interpreter stack", { REL(9, sym, 544) } },
	{ "relocation between two instructions", VORW_R_MALFORMED,
	  "relocation alignment", { REL(1, off, 10) } },
	{ "relocations not sorted", VORW_R_MALFORMED, "relocation order",
	  { REL(1, off, 0) } },
	{ "relocations overlap", VORW_R_MALFORMED, "relocation order",
	  { REL(1, off, 4) } },
	{ "relocation beyond the code", VORW_R_MALFORMED,
	  "relocation offset", { REL(3, off, 44) } },
	{ "relocation half beyond the code", VORW_R_MALFORMED,
	  "relocation offset", { REL(3, off, 40) } },
	{ "relocation offset near 2^32", VORW_R_MALFORMED,
	  "relocation offset", { REL(3, off, 0xfffffffc) } },
	{ "relocated instruction is another", VORW_R_RELOC,
	  "relocated instruction", { REL(3, off, 24) } },
	{ "relocated field is not zero", VORW_R_RELOC,
	  "relocated instruction", { AT(VORW_SEC_CODE, 0, 1, 1) } },
	{ "relocated immediate is not zero", VORW_R_RELOC,
	  "relocated instruction", { INSN(BC + 5, 4, 4, 1) } },

	/* instructions: 4 of program 0, 11 of program 1 */
	{ "bytecode without instructions", VORW_R_MALFORMED, "instructions",
	  { PROG(1, insn_cnt, 0) } },
	{ "too many instructions", VORW_R_LIMIT, "instructions",
	  { PROG(1, insn_cnt, VORW_MAX_INSNS + 1) } },
	{ "more instructions than there are", VORW_R_MALFORMED,
	  "instruction range", { PROG(1, insn_cnt, 12) } },
	{ "instructions of another program", VORW_R_MALFORMED,
	  "instruction range", { PROG(1, insn_first, 0) } },
	{ "instructions left over", VORW_R_MALFORMED, "unused instructions",
	  { PROG(1, insn_cnt, 9), INSN(BC + 7, 2, 2, 0) } },
	{ "opcode 0xff", VORW_R_UNSUPPORTED, "instruction opcode",
	  { INSN(BC + 2, 0, 1, 0xff) } },
	{ "second half of a load alone", VORW_R_UNSUPPORTED,
	  "instruction opcode", { INSN(BC + 2, 0, 1, 0) } },
	{ "unknown atomic operation", VORW_R_UNSUPPORTED,
	  "instruction opcode", { INSN(BC + 3, 4, 4, 2) } },
	{ "atomic byte", VORW_R_UNSUPPORTED, "instruction opcode",
	  { INSN(BC + 3, 0, 1, 0xd3) } },
	{ "packet load, which is rewritten", VORW_R_UNSUPPORTED,
	  "instruction opcode", { INSN(BC + 2, 0, 1, 0x20) } },
	{ "register 12", VORW_R_MALFORMED, "instruction register",
	  { INSN(BC + 2, 1, 1, 0x0c) } },
	{ "source register 12", VORW_R_MALFORMED, "instruction register",
	  { INSN(BC + 3, 1, 1, 0xc1) } },
	{ "call without relocation", VORW_R_MALFORMED,
	  "call without relocation", { INSN(BC + 2, 0, 2, 0x85) } },
	{ "jump behind the end", VORW_R_MALFORMED, "jump target",
	  { INSN(BC + 4, 2, 2, 6) } },
	{ "jump before the start", VORW_R_MALFORMED, "jump target",
	  { INSN(BC + 4, 2, 2, (u16)-6) } },
	{ "jump into a 64-bit load", VORW_R_MALFORMED, "jump target",
	  { INSN(BC + 4, 2, 2, (u16)-4) } },
	{ "call behind the end", VORW_R_MALFORMED, "jump target",
	  { INSN(BC + 7, 2, 2, 3) } },
	{ "call by an index the interpreter has not", VORW_R_MALFORMED,
	  "interpreter", { INSN(BC + 2, 0, 4, 0x001010e5) } },
	{ "call by index behind the end", VORW_R_MALFORMED, "jump target",
	  { INSN(BC + 2, 0, 4, 0x000f10e5), INSN(BC + 2, 4, 4, 100) } },
	{ "long jump behind the end", VORW_R_MALFORMED, "jump target",
	  { INSN(BC + 2, 0, 4, 0x06), INSN(BC + 2, 4, 4, 100) } },
	{ "register in the second half of a load", VORW_R_RELOC,
	  "relocated instruction", { INSN(BC + 1, 1, 1, 1) } },
	{ "64-bit constant with a source register", VORW_R_MALFORMED,
	  "64-bit load", { INSN(BC + 2, 0, 2, 0x1018) } },
	{ "64-bit constant without a second half", VORW_R_MALFORMED,
	  "64-bit load", { INSN(BC + 2, 0, 1, 0x18) } },
	{ "half a load at the end", VORW_R_MALFORMED, "half a 64-bit load",
	  { INSN(BC + 10, 0, 1, 0x18) } },
	{ "runs off its end", VORW_R_MALFORMED, "last instruction",
	  { INSN(BC + 10, 0, 1, 0xb7) } },
};

static u8 *place(u8 *buf, const struct edit *e)
{
	u32 i, cnt = vorw_le16(buf + offsetof(struct vorw_hdr, sec_cnt));
	u32 want = e->where == TABLE ? e->index : e->where;

	if (e->where == HDR)
		return buf + e->off;
	if (e->where == SIG)
		return buf + e->off +
		       vorw_le32(buf + offsetof(struct vorw_hdr,
						content_size));
	for (i = 0; i < cnt; i++) {
		u8 *p = buf + sizeof(struct vorw_hdr) +
			i * sizeof(struct vorw_sec);

		if (vorw_le16(p) != want)
			continue;
		if (e->where == TABLE)
			return p + e->off;
		return buf + vorw_le32(p + offsetof(struct vorw_sec, off)) +
		       e->index + e->off;
	}
	printf("Bail out! no section %u\n", want);
	exit(1);
}

static void put(u8 *p, u32 width, u64 val)
{
	while (width--) {
		*p++ = (u8)val;
		val >>= 8;
	}
}

static void check(const struct test *t)
{
	struct vorw_diag d = { "none", 0, 0, 0 };
	struct vorw_parts parts;
	struct vorw_view v;
	size_t size;
	u8 *buf = sample_signed(&size, 64), *at[ARRAY_LEN(t->edit)];
	enum vorw_reason r;
	u32 i;

	/* places first: an edit may hide where the next one goes */
	for (i = 0; i < ARRAY_LEN(t->edit) && t->edit[i].width; i++)
		at[i] = place(buf, &t->edit[i]);
	while (i--)
		put(at[i], t->edit[i].width, t->edit[i].val);
	r = sample_parse(buf, size, &parts, &v, &d);
	if (!ok(r == t->reason && !strcmp(d.what, t->what), "%s", t->name))
		diag("have %s: %s at %u (%u, %u), want %s: %s",
		     vorw_reason_name(r), d.what, d.where,
		     d.have, d.want,
		     vorw_reason_name(t->reason), t->what);
	free(buf);
}

/* Every reason the parser may give, and no other, is in the table. */
static void check_reasons(void)
{
	static const enum vorw_reason may[] = {
		VORW_R_TRUNCATED, VORW_R_BAD_MAGIC, VORW_R_VERSION,
		VORW_R_MALFORMED, VORW_R_LIMIT, VORW_R_RESERVED,
		VORW_R_UNSUPPORTED, VORW_R_SIG_FORMAT, VORW_R_WRONG_ARCH,
		VORW_R_RELOC,
	};
	bool seen[256] = { false };
	u32 i, other = 0;

	for (i = 0; i < ARRAY_LEN(tests); i++)
		seen[tests[i].reason] = true;
	for (i = 0; i < ARRAY_LEN(may); i++) {
		ok(seen[may[i]], "%s is reached", vorw_reason_name(may[i]));
		seen[may[i]] = false;
	}
	for (i = 0; i < 256; i++)
		other += seen[i];
	is(other, 0, "no other reason");
}

/* A size that does not belong to the content, as from a wrong caller. */
static void check_parts(void)
{
	struct vorw_parts parts;
	struct vorw_diag d;
	struct vorw_view v;
	size_t size;
	u8 *buf = sample_blob(&size);

	vorw_locate(buf, size, &parts, &d);
	parts.content_size -= 8;
	is(vorw_parse(&parts, &v, &d), VORW_R_TRUNCATED, "parts too small");
	vorw_put32(buf + offsetof(struct vorw_hdr, content_size),
		   (u32)size - 16);
	is(vorw_parse(&parts, &v, &d), VORW_R_MALFORMED, "parts too large");
	is(vorw_parse(&parts, &v, NULL), VORW_R_MALFORMED, "no diag wanted");
	free(buf);
	is(vorw_locate((const u8 *)"", 0, &parts, &d), VORW_R_TRUNCATED,
	   "empty file");
	is(vorw_locate((const u8 *)VORW_MAGIC, VORW_MAX_BLOB + 1, &parts, &d),
	   VORW_R_LIMIT, "file above the limit");
}

/* What is said of a number has to make sense to who reads it. */
static void check_numbers(void)
{
	static const struct {
		const char *name;
		u32 at, width, val, where, have, want;
	} t[] = {
		{ "content size, not a multiple of 8", 12, 4, 804, 12, 804, 800 },
		{ "content size, less than the header", 12, 4, 28, 12, 28, 32 },
	};
	struct vorw_parts parts;
	struct vorw_diag d;
	size_t size, i;

	for (i = 0; i < ARRAY_LEN(t); i++) {
		u8 *buf = sample_blob(&size);

		put(buf + t[i].at, t[i].width, t[i].val);
		vorw_locate(buf, size, &parts, &d);
		if (!ok(d.where == t[i].where && d.have == t[i].have &&
			d.want == t[i].want, "%s", t[i].name))
			diag("%s at %u: %u, expected %u", d.what, d.where,
			     d.have, d.want);
		free(buf);
	}
}

/* Two spellings of one blob must not exist. */
static void check_string_twice(void)
{
	struct vorw_diag d = { "none", 0, 0, 0 };
	struct vorw_parts parts;
	struct vorw_view v;
	size_t size, i;
	u8 *buf = sample_blob(&size);

	for (i = 0; i + 5 < size && memcmp(buf + i, "jumps", 6); i++)
		;
	memcpy(buf + i, "armv7", 5);
	ok(sample_parse(buf, size, &parts, &v, &d) == VORW_R_MALFORMED &&
	   !strcmp(d.what, "string twice"), "string twice");
	free(buf);
}

int main(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tests); i++)
		check(&tests[i]);
	check_reasons();
	check_parts();
	check_numbers();
	check_string_twice();
	return tap_done();
}
