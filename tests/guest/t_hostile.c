// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_hostile.c - a guest that lies: every malformed reply is refused as
 * VORW_R_GUEST, a dead or silent one as VORW_R_VM, and stays refused.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "fake.h"
#include "../unit/tap.h"

#define HDR(field)	offsetof(struct pg_frame, field)
#define R(type, field)	offsetof(struct pg_##type, field)
#define OPROG(field)	(sizeof(struct pg_open_r) + R(oprog, field))
#define MAP(field)	(sizeof(struct pg_maps_r) + R(map, field))
#define INIT(i, field)	(sizeof(struct pg_maps_r) +			\
			 FAKE_MAPS * sizeof(struct pg_map) +		\
			 (i) * sizeof(struct pg_init) + R(init, field))
#define USED		sizeof(struct pg_prog_r)
#define PART(field)	(USED + 4 + FAKE_INSNS * 8 + R(part_r, field))

static const struct {
	const char *name;
	struct fake f;
	enum vorw_reason want;
} cases[] = {
	{ "honest", { 0, FAKE_HONEST, 0, 0 }, VORW_R_OK },
	{ "some progress messages", { PG_LOAD, FAKE_PROGRESS, 200, 3 },
	  VORW_R_OK },
	/* the channel */
	{ "closed at once", { PG_HELLO, FAKE_CLOSE, 0, 0 }, VORW_R_VM },
	{ "closed later", { PG_PROG, FAKE_CLOSE, 0, 0 }, VORW_R_VM },
	{ "closed inside a header", { PG_OPEN, FAKE_HALF, 0, 0 }, VORW_R_VM },
	{ "closed inside a payload", { PG_MAPS, FAKE_SHORT, 1, 0 },
	  VORW_R_VM },
	{ "silent at boot", { PG_HELLO, FAKE_SILENT, 0, 0 }, VORW_R_VM },
	{ "silent later", { PG_LOAD, FAKE_SILENT, 0, 0 }, VORW_R_VM },
	/* frames */
	{ "wrong magic", { PG_HELLO, FAKE_HEADER, HDR(magic), 0x31475750 },
	  VORW_R_GUEST },
	{ "reply to another request",
	  { PG_OPEN, FAKE_HEADER, HDR(type), PG_LOAD | PG_REPLY },
	  VORW_R_GUEST },
	{ "a request", { PG_OPEN, FAKE_HEADER, HDR(type), PG_OPEN },
	  VORW_R_GUEST },
	{ "reserved half of type",
	  { PG_OPEN, FAKE_HEADER, HDR(type), 1u << 16 | PG_OPEN | PG_REPLY },
	  VORW_R_GUEST },
	{ "wrong sequence number", { PG_OPEN, FAKE_HEADER, HDR(seq), 1 },
	  VORW_R_GUEST },
	{ "frame above the limit",
	  { PG_OPEN, FAKE_HEADER, HDR(len), PG_MAX_FRAME + 1 },
	  VORW_R_GUEST },
	{ "frame of 4 GiB", { PG_OPEN, FAKE_HEADER, HDR(len), ~0u },
	  VORW_R_GUEST },
	{ "status out of range", { PG_OPEN, FAKE_HEADER, HDR(status), 4096 },
	  VORW_R_GUEST },
	{ "reserved word", { PG_OPEN, FAKE_HEADER, HDR(reserved2), 1 },
	  VORW_R_GUEST },
	{ "progress message too long", { PG_LOAD, FAKE_PROGRESS, 201, 1 },
	  VORW_R_GUEST },
	{ "progress without end", { PG_LOAD, FAKE_PROGRESS, 1, 5000 },
	  VORW_R_GUEST },
	/* errors, with a text full of escapes */
	{ "HELLO fails", { PG_HELLO, FAKE_STATUS, 0, 5 }, VORW_R_VM },
	{ "OPEN fails", { PG_OPEN, FAKE_STATUS, 0, 22 }, VORW_R_BAD_OBJECT },
	{ "LOAD fails without its struct", { PG_LOAD, FAKE_STATUS, 0, 22 },
	  VORW_R_GUEST },
	{ "MAPS fails", { PG_MAPS, FAKE_STATUS, 0, 12 }, VORW_R_VM },
	{ "the JIT gives up", { PG_COMPILE, FAKE_STATUS, 0, 524 }, VORW_R_OK },
	{ "COMPILE fails", { PG_COMPILE, FAKE_STATUS, 0, 12 }, VORW_R_VM },
	{ "no helpers for the type", { PG_HELPERS, FAKE_STATUS, 0, 95 },
	  VORW_R_PROG_TYPE },
	/* values */
	{ "protocol version", { PG_HELLO, FAKE_SET, R(hello_r, version), PG_VERSION + 1 },
	  VORW_R_GUEST },
	{ "machine", { PG_HELLO, FAKE_SET, R(hello_r, machine), 65536 },
	  VORW_R_GUEST },
	{ "word", { PG_HELLO, FAKE_SET, R(hello_r, word), 0 }, VORW_R_GUEST },
	{ "page size 0", { PG_HELLO, FAKE_SET, R(hello_r, page_size), 0 },
	  VORW_R_GUEST },
	{ "page size 5000", { PG_HELLO, FAKE_SET, R(hello_r, page_size), 5000 },
	  VORW_R_GUEST },
	{ "HZ 0", { PG_HELLO, FAKE_SET, R(hello_r, hz), 0 }, VORW_R_GUEST },
	{ "build-id too long",
	  { PG_HELLO, FAKE_SET, R(hello_r, build_id_len), 21 },
	  VORW_R_GUEST },
	{ "build-id too short",
	  { PG_HELLO, FAKE_SET, R(hello_r, build_id_len), 7 },
	  VORW_R_GUEST },
	{ "one program more", { PG_OPEN, FAKE_SET, R(open_r, nprogs), 3 },
	  VORW_R_GUEST },
	{ "one program less", { PG_OPEN, FAKE_SET, R(open_r, nprogs), 1 },
	  VORW_R_GUEST },
	{ "programs without end",
	  { PG_OPEN, FAKE_SET, R(open_r, nprogs), ~0u }, VORW_R_GUEST },
	{ "maps without end", { PG_OPEN, FAKE_SET, R(open_r, nmaps), ~0u },
	  VORW_R_GUEST },
	{ "maps whose size wraps",
	  { PG_OPEN, FAKE_SET, R(open_r, nmaps), 0x40000000 }, VORW_R_GUEST },
	{ "attach target neither there nor missing",
	  { PG_OPEN, FAKE_SET, OPROG(attach_found), PG_ATTACH_MISSING + 1 },
	  VORW_R_GUEST },
	{ "program without a name", { PG_OPEN, FAKE_SET, OPROG(name), 0 },
	  VORW_R_GUEST },
	{ "attach kind",
	  { PG_OPEN, FAKE_SET, OPROG(attach_kind), VORW_ATTACH_MAX },
	  VORW_R_GUEST },
	{ "failed program out of range",
	  { PG_LOAD, FAKE_SET, R(load_r, failed_prog), FAKE_PROGS },
	  VORW_R_GUEST },
	{ "failed map out of range",
	  { PG_LOAD, FAKE_SET, R(load_r, failed_map), FAKE_MAPS },
	  VORW_R_GUEST },
	{ "fewer logs than programs",
	  { PG_LOAD, FAKE_SET, R(load_r, nlogs), 1 }, VORW_R_GUEST },
	{ "logs without end",
	  { PG_LOAD, FAKE_SET, R(load_r, nlogs), ~0u }, VORW_R_GUEST },
	{ "log longer than the frame",
	  { PG_LOAD, FAKE_SET, sizeof(struct pg_load_r), 1000 },
	  VORW_R_GUEST },
	{ "log of 4 GiB",
	  { PG_LOAD, FAKE_SET, sizeof(struct pg_load_r), ~0u },
	  VORW_R_GUEST },
	{ "other number of maps", { PG_MAPS, FAKE_SET, R(maps_r, nmaps), 1 },
	  VORW_R_GUEST },
	{ "initialisers without end",
	  { PG_MAPS, FAKE_SET, R(maps_r, ninits), ~0u }, VORW_R_GUEST },
	{ "data longer than the frame",
	  { PG_MAPS, FAKE_SET, R(maps_r, data_len), 1000 }, VORW_R_GUEST },
	{ "BTF of 4 GiB", { PG_MAPS, FAKE_SET, R(maps_r, btf_len), ~0u },
	  VORW_R_GUEST },
	{ "template out of range",
	  { PG_MAPS, FAKE_SET, MAP(inner), FAKE_MAPS + 1 }, VORW_R_GUEST },
	{ "key of 4 GiB", { PG_MAPS, FAKE_SET, MAP(key_size), ~0u },
	  VORW_R_GUEST },
	{ "value of 4 GiB", { PG_MAPS, FAKE_SET, MAP(value_size), ~0u },
	  VORW_R_GUEST },
	{ "initialiser of map 2", { PG_MAPS, FAKE_SET, INIT(0, map), 2 },
	  VORW_R_GUEST },
	{ "initialiser of kind 0", { PG_MAPS, FAKE_SET, INIT(0, kind), 0 },
	  VORW_R_GUEST },
	{ "initialiser of kind 4", { PG_MAPS, FAKE_SET, INIT(0, kind), 4 },
	  VORW_R_GUEST },
	{ "key outside data",
	  { PG_MAPS, FAKE_SET, INIT(0, key_off), FAKE_DATA - 3 },
	  VORW_R_GUEST },
	{ "key whose end wraps",
	  { PG_MAPS, FAKE_SET, INIT(0, key_off), ~0u - 1 }, VORW_R_GUEST },
	{ "value outside data",
	  { PG_MAPS, FAKE_SET, INIT(0, value), FAKE_DATA - 7 },
	  VORW_R_GUEST },
	{ "value whose end wraps",
	  { PG_MAPS, FAKE_SET, INIT(0, value), ~0u - 3 }, VORW_R_GUEST },
	{ "program slot out of range",
	  { PG_MAPS, FAKE_SET, INIT(1, value), FAKE_PROGS }, VORW_R_GUEST },
	{ "unknown facts", { PG_PROG, FAKE_SET, R(prog_r, facts), 1u << 31 },
	  VORW_R_GUEST },
	{ "jited 2", { PG_PROG, FAKE_SET, R(prog_r, jited), 2 },
	  VORW_R_GUEST },
	{ "functions though not jited",
	  { PG_PROG, FAKE_SET, R(prog_r, jited), 0 }, VORW_R_GUEST },
	{ "65 used maps", { PG_PROG, FAKE_SET, R(prog_r, nused_maps), 65 },
	  VORW_R_GUEST },
	{ "used map out of range", { PG_PROG, FAKE_SET, USED, FAKE_MAPS },
	  VORW_R_GUEST },
	{ "no instructions", { PG_PROG, FAKE_SET, R(prog_r, insn_cnt), 0 },
	  VORW_R_GUEST },
	{ "instructions without end",
	  { PG_PROG, FAKE_SET, R(prog_r, insn_cnt), ~0u }, VORW_R_GUEST },
	{ "jited without a function",
	  { PG_PROG, FAKE_SET, R(prog_r, nparts), 0 }, VORW_R_GUEST },
	{ "a function that is not there",
	  { PG_PROG, FAKE_SET, R(prog_r, nparts), 2 }, VORW_R_GUEST },
	{ "too many functions",
	  { PG_PROG, FAKE_SET, R(prog_r, nparts), VORW_MAX_PARTS + 1 },
	  VORW_R_GUEST },
	{ "unknown facts of a function",
	  { PG_PROG, FAKE_SET, PART(facts), 1u << 31 }, VORW_R_GUEST },
	{ "function of no instructions",
	  { PG_PROG, FAKE_SET, PART(insn_cnt), 0 }, VORW_R_GUEST },
	{ "function of instructions without end",
	  { PG_PROG, FAKE_SET, PART(insn_cnt), ~0u }, VORW_R_GUEST },
	{ "image longer than the frame",
	  { PG_PROG, FAKE_SET, PART(image_len), FAKE_IMAGE + 1 },
	  VORW_R_GUEST },
	{ "image of 4 GiB",
	  { PG_PROG, FAKE_SET, PART(image_len), ~0u }, VORW_R_GUEST },
	{ "no image", { PG_PROG, FAKE_SET, PART(image_len), 0 },
	  VORW_R_GUEST },
	{ "nothing compiled", { PG_COMPILE, FAKE_CUT, 0, 0 }, VORW_R_GUEST },
	{ "empty image", { PG_COMPILE, FAKE_SET, R(clone, image_len), 0 },
	  VORW_R_GUEST },
	{ "compiled image longer than the frame",
	  { PG_COMPILE, FAKE_SET, R(clone, image_len), FAKE_IMAGE + 1 },
	  VORW_R_GUEST },
	{ "kernel without an image",
	  { PG_HELLO, FAKE_SET, R(hello_r, image_end), 0 }, VORW_R_GUEST },
	{ "helper 0", { PG_HELPERS, FAKE_SET, R(helper, id), 0 },
	  VORW_R_GUEST },
	{ "UNLOAD with a payload", { PG_UNLOAD, FAKE_GROW, 1, 0 },
	  VORW_R_GUEST },
};

static bool printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			return false;
	return true;
}

/* What is shown of a log, line by line. */
static bool printable_lines(const char *s)
{
	for (; s && *s; s++)
		if (*s != '\n' && *s != '\t' &&
		    ((unsigned char)*s < ' ' || (unsigned char)*s > '~'))
			return false;
	return true;
}

static void test_cases(void)
{
	struct vorw_err e;
	unsigned step;
	bool final;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		enum vorw_reason got = fake_play(&cases[i].f, &step, &e,
						 &final);
		bool at = got == VORW_R_OK ||
			  fake_order[step] == cases[i].f.type;

		ok(got == cases[i].want && at && final && printable(e.msg) &&
		   printable_lines(e.log) && (got == VORW_R_OK || e.msg[0]), "%s", cases[i].name);
		if (got != cases[i].want)
			diag("wanted %s, got %s: %s",
			     vorw_reason_name(cases[i].want),
			     vorw_reason_name(got), e.msg);
		vorw_err_free(&e);
	}
}

/* Every shorter payload of every reply, and a longer one.  Of HELPERS any
 * multiple of a record is a table. */
static void test_lengths(void)
{
	struct fake f = { .how = FAKE_CUT };
	unsigned step, i;
	struct vorw_err e;
	u8 buf[FAKE_MAX];
	size_t full;
	bool final;

	for (i = 0; i < FAKE_STEPS; i++) {
		unsigned bad = 0;

		f.type = fake_order[i];
		full = fake_payload(f.type, buf);
		f.how = FAKE_CUT;
		for (f.at = 0; f.at < full; f.at++) {
			if (f.type == PG_HELPERS &&
			    f.at % sizeof(struct pg_helper) == 0)
				continue;
			/* what follows LOAD's logs is text of any length */
			bad += fake_play(&f, &step, &e, &final) !=
			       VORW_R_GUEST || !final;
			vorw_err_free(&e);
		}
		is(bad, 0, "request %u: all %zu cut replies refused", f.type,
		   full);
		if (f.type == PG_LOAD)
			continue;
		f.how = FAKE_GROW;
		f.at = 1;
		is(fake_play(&f, &step, &e, &final), VORW_R_GUEST,
		   "request %u: one byte more refused", f.type);
		vorw_err_free(&e);
	}
}

/* Garbage: nothing to expect but a decision, and sanitizers that stay quiet. */
static void test_noise(void)
{
	struct fake f = { .how = FAKE_NOISE };
	unsigned step, i, other = 0;
	struct vorw_err e;
	bool final;

	for (i = 0; i < 2000; i++) {
		enum vorw_reason got;

		f.type = fake_order[i % FAKE_STEPS];
		f.value = i;
		got = fake_play(&f, &step, &e, &final);
		other += got != VORW_R_OK && got != VORW_R_GUEST &&
			 got != VORW_R_VM;
		vorw_err_free(&e);
	}
	is(other, 0, "2000 replies of noise");
}

int main(void)
{
	vorw_quiet = true;
	test_cases();
	test_lengths();
	test_noise();
	return tap_done();
}
