// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* main.c - the device program `vorw`: the table of its commands. */
#include <signal.h>
#include "cmd.h"
#include "json.h"
#include "out.h"
#include "place.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "load",   cmd_load },
	{ "list",   cmd_list },
	{ "show",   cmd_show },
	{ "unload", cmd_unload },
	{ "info",   cmd_info },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char usage[] =
"usage: vorw COMMAND [ARGUMENT]...\n"
"\n"
"Load BPF programs that were verified elsewhere.\n"
"\n"
"commands:\n"
"  load BLOB    check a blob, load and pin what is in it, attach if asked to\n"
"  list         what is loaded\n"
"  show NAME    everything about one load\n"
"  unload NAME  detach and remove it\n"
"  info         the module, this kernel and this CPU\n"
"\n"
"`vorw COMMAND --help` shows a command's arguments.\n";

bool args_read(struct args *a, int argc, char **argv, bool want_operand,
	       const char *text, int *status)
{
	bool options = true;
	int i;

	memset(a, 0, sizeof(*a));
	a->root = PLACE_ROOT;
	for (i = 1; i < argc; i++) {
		const char *s = argv[i];

		if (options && !strcmp(s, "--")) {
			options = false;
		} else if (options && !strcmp(s, "--json")) {
			a->json = true;
		} else if (options && (!strcmp(s, "--help") ||
				       !strcmp(s, "-h"))) {
			out_text(text);
			*status = CMD_OK;
			return false;
		} else if (options && !strcmp(s, "--pin") && i + 1 < argc) {
			a->root = argv[++i];
		} else if (options && *s == '-') {
			*status = misuse(text, "unknown or incomplete option '%s'",
					 clean(s, 80));
			return false;
		} else if (!want_operand || a->operand) {
			*status = misuse(text, "one argument too many: '%s'",
					 clean(s, 80));
			return false;
		} else {
			a->operand = s;
		}
	}
	if (want_operand && !a->operand) {
		*status = misuse(text, "%s needs an argument", argv[0]);
		return false;
	}
	return true;
}

int misuse(const char *text, const char *fmt, ...)
{
	char buf[512];
	va_list args;

	va_start(args, fmt);
	fmt_args(buf, sizeof(buf), fmt, args);
	va_end(args);
	note("%s\n", buf);
	note_text(text);
	return CMD_USAGE;
}

int cmd_refused(const struct err *e, bool json)
{
	if (json) {
		json_open(NULL, '{');
		json_str("reason", vorw_reason_name(e->reason));
		json_str("message", e->msg);
		json_close('}');
		json_end();
	}
	note("%s [%s]", e->msg, vorw_reason_name(e->reason));
	return e->reason == VORW_R_USAGE ? CMD_USAGE : CMD_FAILED;
}

static int run(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return misuse(usage, "no command");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		out_text(usage);
		return CMD_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		out("vorw " LOADER_VERSION "\n");
		return CMD_OK;
	}
	for (i = 0; i < NCOMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return misuse(usage, "no command '%s'", clean(argv[1], 80));
}

int main(int argc, char **argv)
{
	sigset_t pipe;
	int status;

	/* A reader that went away is a failed write, not our death in the
	 * middle of something. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, NULL);
	status = run(argc, argv);
	if (!out_flush() && status == CMD_OK) {
		note("standard output: %s", err_text(errno));
		return CMD_FAILED;
	}
	return status;
}
