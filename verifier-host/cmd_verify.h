/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* cmd_verify.h - between the two ways that `vorw verify` goes. */
#ifndef VORW_CMD_VERIFY_H
#define VORW_CMD_VERIFY_H

#include "cmd.h"

struct verify_args {
	const char *object, *target, *output, *key, *cert, *name, *log, *btf;
	const char *cpu, *append, *signer, *remote, *token_file;
	const char *ca, *client_cert, *client_key;
	bool no_sign, require_native, json, quiet, xlated, cold;
};

/* Before it is done for nothing: may we read and write what we have to? */
bool verify_check_files(const struct verify_args *a, const char *output,
			struct vorw_err *e);
bool verify_write_log(const char *path, const char *log, struct vorw_err *e);

/* All of it, by the service at a->remote. */
bool verify_remote(const struct verify_args *a, const char *output,
		   const char *name, struct vorw_err *e);

#endif
