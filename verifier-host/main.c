// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* main.c - the host program `vorw`: the table of its commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cmd.h"

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "verify",  cmd_verify,  "verify an object for a target, make a blob" },
	{ "inspect", cmd_inspect, "show what is in a blob" },
	{ "check",   cmd_check,   "check a blob offline, as the device does" },
	{ "sign",    cmd_sign,    "sign an unsigned blob" },
	{ "cosign",  cmd_cosign,  "gather several services' signatures of a blob" },
	{ "target",  cmd_target,  "list, show, fetch, check, add and remove targets" },
	{ "signer",  cmd_signer,  "hold a key and sign for verification services" },
	{ "log",     cmd_log,     "check a signer's log" },
	{ "serve",   cmd_service, "verify for others: HTTP, workers, signer" },
	{ "worker",  cmd_service, "take jobs of a service on another machine" },
	{ "token",   cmd_service, "who may ask the service for what" },
	{ "help",    cmd_help,    "this text" },
	{ "version", cmd_version, "version of this program" },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	size_t i;

	fputs("usage: vorw COMMAND [ARGUMENT]...\n\n"
	      "Verify a BPF program once, on this host, for another machine.\n\n"
	      "commands:\n", out);
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].what);
	fputs("\n`vorw COMMAND --help` shows a command's arguments.\n", out);
}

static int no_command(const char *name)
{
	char plain[256];

	snprintf(plain, sizeof(plain), "%s", name);
	vorw_plain(plain);
	fprintf(stderr, "vorw: no command '%s'; `vorw help` lists them\n",
		plain);
	return CMD_USAGE;
}

static int cmd_help(int argc, char **argv)
{
	size_t i;

	if (argc == 1 || !strcmp(argv[1], "--help")) {
		usage(stdout);
		return CMD_OK;
	}
	for (i = 0; i < NCOMMANDS; i++) {
		char *args[] = { argv[1], "--help", NULL };

		if (argc == 2 && !strcmp(argv[1], commands[i].name))
			return commands[i].run(2, args);
	}
	if (argc > 2)
		return cmd_usage_error("help", "only one command is taken");
	return no_command(argv[1]);
}

static int cmd_version(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: vorw version");
		return CMD_OK;
	}
	if (argc != 1)
		return cmd_usage_error("version", "it takes no arguments");
	puts("vorw " VORW_TOOL_VERSION);
	return CMD_OK;
}

int main(int argc, char **argv)
{
	struct vorw_err e = { 0 };
	size_t i;
	int rc;

	if (argc < 2) {
		usage(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return CMD_OK;
	}
	if (!strcmp(argv[1], "--version"))
		return cmd_version(1, argv + 1);
	for (i = 0; i < NCOMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		rc = commands[i].run(argc - 1, argv + 1);
		/* an answer that did not reach its reader is no answer */
		if (fflush(stdout) || ferror(stdout)) {
			vorw_fail(&e, VORW_R_IO, "standard output: %s",
				  strerror(errno));
			vorw_err_print(&e);
			return CMD_FAILED;
		}
		return rc;
	}
	return no_command(argv[1]);
}
