/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd.h - the commands of the host program `vorw`, one file each, and what
 * they share.
 *
 * A command gets argv with its own name at argv[0], owns its usage text
 * (--help: stdout, exit 0), prints once and returns the exit status.
 */
#ifndef VORW_CMD_H
#define VORW_CMD_H

#include <stddef.h>
#include "err.h"

#define VORW_TOOL_VERSION	"0.1"

enum { CMD_OK = 0, CMD_FAILED = 1, CMD_USAGE = 2 };

int cmd_verify(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_target(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_cosign(int argc, char **argv);
int cmd_signer(int argc, char **argv);
int cmd_service(int argc, char **argv);

/* Become that program of this one's directory, with argv; returns only when
 * that is not possible, having said why.  (cmd_beside.c) */
int cmd_beside(const char *program, char **argv);

/* Usage text of all of `vorw target`, and its parts in files of their own. */
extern const char cmd_target_usage[];
int cmd_target_show(int argc, char **argv);
int cmd_target_add(int argc, char **argv);
int cmd_target_remove(int argc, char **argv);
int cmd_target_check(int argc, char **argv);

/* ---- shared (cmd.c) ---- */

/* An option that may be given more than once. */
struct cmd_texts {
	const char **text;
	size_t n, max;
};

/* --name, and -letter unless that is 0.  Exactly one of the three says where
 * it goes: a flag takes no argument. */
struct cmd_option {
	const char *name;
	char letter;
	bool *flag;
	const char **text;
	struct cmd_texts *texts;
};

#define CMD_OPTIONS_MAX	24

/* --help and -h are understood by every command. */
struct cmd_syntax {
	const char *command;	/* as typed behind `vorw` */
	const char *usage;	/* all of it, for --help */
	const char *operand;	/* what the one operand is, or NULL */
	const struct cmd_option *options;
	size_t noptions;
};

/* -1: go on, *operand is set (NULL when there is to be none); else the exit status, all has been said. */
int cmd_parse(int argc, char **argv, const struct cmd_syntax *s,
	      const char **operand);

/* One line on stderr: what is wrong with the command line, and where to read
 * on.  Returns CMD_USAGE. */
int cmd_usage_error(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is it 1 to max letters, digits and characters of more? */
bool cmd_made_of(const char *text, const char *more, size_t max);

/* Path of a file in the directory of this program, malloc'd; NULL: no memory,
 * or it is not known which that is. */
char *cmd_file_beside(const char *leaf);

/* Print and free *e if there is something in it; the exit status. */
int cmd_end(struct vorw_err *e);

/* The same of a command that was asked for JSON: the refusal is its answer,
 * too.  Nothing has been written to stdout when there is one. */
int cmd_end_json(struct vorw_err *e);

#endif /* VORW_CMD_H */
