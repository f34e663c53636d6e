// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_list.c - vorw list: what is loaded. */
#include <unistd.h>
#include "cmd.h"
#include "json.h"
#include "loaded.h"
#include "out.h"

static const char usage[] =
"usage: vorw list [--pin DIR] [--json]\n"
"\n"
"  Every load with its programs: id, type, form, what they are attached to.\n"
"\n"
"  --pin DIR  where loads are pinned (default " PLACE_ROOT ")\n"
"  --json     all details, as JSON\n";

int cmd_list(int argc, char **argv)
{
	char name[NAME_MAX + 1] = "";
	struct err e = { };
	struct place pl;
	struct args a;
	int root, rc;

	if (!args_read(&a, argc, argv, false, usage, &rc))
		return rc;
	root = place_root(a.root, &e);
	if (e.reason)
		return cmd_refused(&e, a.json);
	if (a.json) {
		json_open(NULL, '{');
		json_str("reason", "ok");
		json_open("loaded", '[');
	}
	while (root >= 0 && place_next(root, "", name, name)) {
		/* Somebody else's directory, or one that was just removed. */
		struct err other = { };

		if (!place_name_valid(name) ||
		    !place_open(&pl, a.root, name, false, &other))
			continue;
		if (a.json) {
			json_open(NULL, '{');
			loaded_json(&pl);
			json_close('}');
		} else {
			loaded_brief(&pl);
		}
		place_close(&pl);
	}
	if (root >= 0 && errno)
		fail_sys(&e, errno, a.root);
	if (a.json) {
		json_close(']');
		json_close('}');
		json_end();
	}
	if (root >= 0)
		close(root);
	return e.reason ? cmd_refused(&e, false) : CMD_OK;
}
