// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_signer.c - `vorw signer`: the program beside this one. */
#include "cmd.h"

int cmd_signer(int argc, char **argv)
{
	return cmd_beside("vorw-signer", argv);
}
