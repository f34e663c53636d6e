// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_unload.c - vorw unload: detach and remove one load. */
#include <unistd.h>
#include "attach.h"
#include "bpf.h"
#include "cmd.h"
#include "json.h"
#include "out.h"
#include "sys.h"

static const char usage[] =
"usage: vorw unload NAME [--pin DIR] [--json]\n"
"\n"
"  Detaches and removes all of it, also when part of it is gone already.\n"
"\n"
"  --pin DIR  where loads are pinned (default " PLACE_ROOT ")\n"
"  --json     as JSON\n";

struct ids {
	u32 n, id[VORW_MAX_PROGS];
};

static void collect_ids(const struct place *pl, struct ids *ids)
{
	int dir = place_sub(pl, "progs"), fd;
	struct bpf_prog_info info;
	char name[NAME_MAX + 1] = "";

	ids->n = 0;
	while (dir >= 0 && ids->n < VORW_MAX_PROGS &&
	       place_next(dir, "", name, name)) {
		fd = place_get(pl, "progs", name);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		if (!bpf_obj_info(fd, &info, sizeof(info)))
			ids->id[ids->n++] = info.id;
		close(fd);
	}
	if (dir >= 0)
		close(dir);
}

/*
 * The kernel drops some references a little later: of a tc filter after an RCU
 * grace period (net/sched/cls_bpf.c).  What is still there after two seconds
 * somebody else holds: an application with a socket filter, another pin.
 * Leaves only those ids.
 */
static void wait_for_end(struct ids *ids)
{
	int tries = 200, fd;
	u32 i, n;

	for (; ids->n && tries; tries--) {
		for (i = n = 0; i < ids->n; i++) {
			fd = bpf_prog_fd_by_id(ids->id[i]);
			if (fd < 0)
				continue;
			close(fd);
			ids->id[n++] = ids->id[i];
		}
		ids->n = n;
		if (n)
			sys_sleep_ms(10);
	}
}

int cmd_unload(int argc, char **argv)
{
	struct err e = { };
	struct place pl;
	struct args a;
	struct ids ids;
	bool good;
	int rc;
	u32 i;

	if (!args_read(&a, argc, argv, true, usage, &rc))
		return rc;
	if (!place_open(&pl, a.root, a.operand, true, &e))
		return cmd_refused(&e, a.json);
	collect_ids(&pl, &ids);
	good = undo(&pl, &e);
	place_close(&pl);
	if (!good)
		return cmd_refused(&e, a.json);

	wait_for_end(&ids);
	if (a.json) {
		json_open(NULL, '{');
		json_str("reason", "ok");
		json_str("name", a.operand);
		json_open("still_in_use", '[');
		for (i = 0; i < ids.n; i++)
			json_u64(NULL, ids.id[i]);
		json_close(']');
		json_close('}');
		json_end();
	} else {
		for (i = 0; i < ids.n; i++)
			note("program %u lives on: something else holds it",
			     ids.id[i]);
	}
	return CMD_OK;
}
