// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_forms.c - programs that meet in a program array have one form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fake_guest.h"
#include "tests/unit/tap.h"

#define MOST		256

static struct bpf_insn compiles[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
	{ .code = BPF_JMP | BPF_EXIT },
};
static struct bpf_insn does_not[] = {
	{ .code = BPF_ALU64 | BPF_DIV | BPF_X, .src_reg = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static struct session s;
static struct guest_prog ref[MOST];
static struct vprog progs[MOST];
static struct guest_map maps[MOST];
static struct guest_init inits[VORW_MAX_INITS];
static u32 used[MOST];

/* n programs that the JIT takes, of one type, and as many program arrays,
 * with nobody in them. */
static void setup(u32 n)
{
	u32 i;

	memset(&s, 0, sizeof(s));
	memset(ref, 0, sizeof(ref));
	memset(progs, 0, sizeof(progs));
	memset(maps, 0, sizeof(maps));
	fake = (struct fake_guest){ .lie_at = ~0u };
	s.arch = &vorw_arch_arm;
	strcpy(s.hello.release, "6.1.0");
	s.progs = progs;
	s.ref = ref;
	s.maps.maps = maps;
	s.maps.inits = inits;
	s.open.nprogs = s.maps.nmaps = n;
	for (i = 0; i < n; i++) {
		progs[i].load = true;
		used[i] = i;
		ref[i].insns = compiles;
		ref[i].insn_cnt = 2;
		ref[i].type = BPF_PROG_TYPE_SOCKET_FILTER;
		maps[i].type = BPF_MAP_TYPE_PROG_ARRAY;
		snprintf(maps[i].name, sizeof(maps[i].name), "map%u", i);
	}
}

static void uses_map(u32 prog, u32 map)
{
	ref[prog].used_maps = &used[map];
	ref[prog].nused_maps = 1;
}

static void put(u32 map, u32 prog)
{
	inits[s.maps.ninits++] = (struct guest_init){
		.map = map, .kind = VORW_INIT_PROG, .value = prog,
	};
}

static void forms(const char *want, const char *name)
{
	char got[MOST + 1] = "";
	struct vorw_err e = { 0 };
	u32 i;

	ok(forms_choose(&s, false, &e), "%s: chosen", name);
	for (i = 0; i < s.open.nprogs; i++)
		got[i] = progs[i].native ? 'n' : 'b';
	if (!ok(!strcmp(got, want), "%s", name))
		diag("want %s, got %s", want, got);
	vorw_err_free(&e);
}

/* Every map links two neighbours, the last program is for the interpreter,
 * and a pass over the maps in their order moves that by one. */
static void test_largest(void)
{
	struct vorw_err e = { 0 };
	u32 i;

	setup(MOST);
	ref[MOST - 1].insns = does_not;
	for (i = 0; i + 1 < MOST; i++) {
		put(i, i);
		put(i, i + 1);
	}
	while (s.maps.ninits < VORW_MAX_INITS)
		put(MOST - 1, MOST - 1);
	ok(forms_choose(&s, false, &e) && s.nnative == 0,
	   "as many programs, maps and slots as there may be");
	ok(strstr(progs[0].why, "'map0' with 'test'"), "and why");
	vorw_err_free(&e);
}

int main(void)
{
	struct vorw_err e = { 0 };

	setup(3);
	ref[1].insns = does_not;
	forms("nbn", "strangers");

	setup(3);
	ref[1].insns = does_not;
	uses_map(0, 0);
	put(0, 1);
	forms("bbb", "same type: may be put into the array");
	ref[2].type = BPF_PROG_TYPE_XDP;
	forms("bbn", "another type may not");
	maps[0].type = BPF_MAP_TYPE_ARRAY;
	forms("nbn", "an array of something else");
	maps[0].type = BPF_MAP_TYPE_DEVMAP;
	forms("bbn", "a devmap: who uses it and who is in it");

	setup(4);
	ref[3].insns = does_not;
	uses_map(0, 1);
	ref[1].type = ref[3].type = BPF_PROG_TYPE_XDP;
	put(1, 1);
	put(2, 1);
	put(2, 3);
	forms("bbbb", "through a second array");

	setup(2);
	ref[1].insns = does_not;
	progs[1].load = false;
	put(0, 0);
	put(0, 1);
	forms("nb", "one that is left out counts for nothing");

	setup(1);
	ref[0].insns = does_not;
	ok(!forms_choose(&s, true, &e) && e.reason == VORW_R_NEED_NATIVE &&
	   !strstr(e.msg, "more"), "--require-native");
	vorw_err_free(&e);

	setup(4);
	ref[1].insns = ref[2].insns = ref[3].insns = does_not;
	memset(&e, 0, sizeof(e));
	ok(!forms_choose(&s, true, &e) && strstr(e.msg, "(and 2 more)"),
	   "--require-native says how many");
	vorw_err_free(&e);
	test_largest();
	return tap_done();
}
