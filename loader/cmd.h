/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* cmd.h - the commands, their exit status, what they share. */
#ifndef LOADER_CMD_H
#define LOADER_CMD_H

#include "err.h"

#define LOADER_VERSION	"0.1"

#define CMD_OK		0
#define CMD_FAILED	1
#define CMD_USAGE	2

/* argv[0] is the command's name. */
int cmd_load(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_unload(int argc, char **argv);
int cmd_info(int argc, char **argv);

/* Options that more than one command has. */
struct args {
	const char *operand;	/* BLOB or NAME */
	const char *root;	/* --pin */
	bool json, help;
};

/*
 * Read the options of list, show, unload, info; want_operand says whether one
 * operand is needed.  False: the command is over, with *status.
 */
bool args_read(struct args *a, int argc, char **argv, bool want_operand,
	       const char *usage, int *status);

/* "vorw: what is wrong", the usage, CMD_USAGE. */
int misuse(const char *usage, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Print a refusal, in JSON too if asked to; CMD_USAGE for VORW_R_USAGE. */
int cmd_refused(const struct err *e, bool json);

#endif
