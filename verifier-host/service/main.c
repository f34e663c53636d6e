// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - vorw-service: the commands that need HTTP and databases, started by
 * `vorw serve`, `vorw worker` and `vorw token`.
 */
#include <stdio.h>
#include <string.h>
#include "cmd.h"
#include "service.h"

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "serve", cmd_serve },
		{ "worker", cmd_worker },
		{ "token", cmd_token },
	};
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	fputs("usage: vorw serve|worker|token [ARGUMENT]...\n", stderr);
	return CMD_USAGE;
}
