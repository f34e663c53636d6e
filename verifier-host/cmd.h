/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd.h - the commands of the host program `vorw`, one file each.
 *
 * A command gets argv with its own name at argv[0], owns its usage text
 * (--help: stdout, exit 0), prints once and returns the exit status.
 */
#ifndef VORW_CMD_H
#define VORW_CMD_H

#define VORW_TOOL_VERSION	"0.1"

enum { CMD_OK = 0, CMD_FAILED = 1, CMD_USAGE = 2 };

int cmd_verify(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_target(int argc, char **argv);

#endif /* VORW_CMD_H */
