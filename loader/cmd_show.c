// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_show.c - vorw show: everything about one load. */
#include "cmd.h"
#include "json.h"
#include "loaded.h"
#include "out.h"

static const char usage[] =
"usage: vorw show NAME [--pin DIR] [--json]\n"
"\n"
"  Programs, maps, links and where the object came from.\n"
"\n"
"  --pin DIR  where loads are pinned (default " PLACE_ROOT ")\n"
"  --json     as JSON\n";

int cmd_show(int argc, char **argv)
{
	struct err e = { };
	struct place pl;
	struct args a;
	int rc;

	if (!args_read(&a, argc, argv, true, usage, &rc))
		return rc;
	if (!place_open(&pl, a.root, a.operand, false, &e))
		return cmd_refused(&e, a.json);
	if (a.json) {
		json_open(NULL, '{');
		json_str("reason", "ok");
		loaded_json(&pl);
		json_close('}');
		json_end();
	} else {
		loaded_text(&pl);
	}
	place_close(&pl);
	return CMD_OK;
}
