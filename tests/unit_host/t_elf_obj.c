// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_elf_obj.c - comparing object files: one of ours, as the compiler wrote it,
 * with what damage makes of it.  (What differs between two that a compiler
 * wrote: tests/suites/17-twin.)
 */
#include <stdlib.h>
#include <string.h>
#include "elf_obj.h"
#include "file_io.h"
#include "../unit/tap.h"

#define OBJECT	"build/obj/verifier-host/walk.o"

static bool is_walk(const char *name)
{
	return !strcmp(name, "walk_jumps_right");
}

/* Reads a copy of exactly n bytes, so that a look behind them is seen, and
 * compares; false: refused, or another one. */
static bool same(const struct elf_obj *whole, const u8 *data, size_t n)
{
	struct vorw_err e = { 0 };
	struct elf_obj o;
	char where[128] = "";
	u8 *copy = malloc(n + !n);
	bool ret = false;

	memcpy(copy, data, n);
	if (elf_obj_open(&o, "damaged", copy, n, &e)) {
		elf_obj_find(&o, is_walk);
		ret = elf_obj_same(whole, &o, where, sizeof(where));
		if (!ret && !*where)
			ok(false, "a difference has a place");
		elf_obj_same(&o, whole, where, sizeof(where));
		elf_obj_close(&o);
	}
	free(copy);
	return ret;
}

int main(void)
{
	struct vorw_err e = { 0 };
	struct elf_obj whole;
	size_t size, i;
	unsigned n;
	u8 *data;

	if (!ok(file_read(OBJECT, 1 << 24, &data, &size, &e) &&
		elf_obj_open(&whole, OBJECT, data, size, &e), "an object"))
		return tap_done();
	ok(elf_obj_find(&whole, is_walk), "a function in it is found");
	ok(same(&whole, data, size), "it is the same as itself");
	for (n = 0, i = 0; i < size; i += 7)
		n += same(&whole, data, i);
	/* the table of sections comes last */
	is(n, 0, "cut anywhere, it is not");
	for (n = 0, i = 0; i < size; i++) {
		data[i] ^= 0x80;
		n += !same(&whole, data, size);
		data[i] ^= 0x81;
		n += !same(&whole, data, size);
		data[i] ^= 0x01;
	}
	ok(n > 0 && same(&whole, data, size), "with any bit flipped, it is read or refused");
	elf_obj_close(&whole);
	free(data);
	return tap_done();
}
