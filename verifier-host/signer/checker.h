/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * checker.h - evidence_check() in a process of its own, for each request.
 *
 * The process that makes them is forked before the key is read, so that no
 * memory of theirs ever held it; each of them lives for one request, without
 * files and (sandbox.h) nearly without system calls.
 */
#ifndef VORW_CHECKER_H
#define VORW_CHECKER_H

#include <sys/types.h>
#include "err.h"
#include "target.h"
#include "vorw_types.h"

/* What one of them says, through its pipe. */
struct check_result {
	u32 reason;
	char msg[1024];
	char content[65], object[65], transcript[65];	/* SHA-256 */
};

struct checker {
	pid_t pid;
	int fd;
};

/* Fork.  It ends when the caller does. */
bool checker_start(struct checker *c, struct vorw_err *e);

/* Begin with one: request is a descriptor of sign_request_size() bytes that
 * passed sign_request_parse().  Returns a pipe to read a struct check_result
 * from, or -1: the checker is gone.  An end without one: the check crashed or
 * took too long. */
int checker_ask(struct checker *c, int request, u64 size,
		const struct vorw_target *t, const char *build_id);

#endif /* VORW_CHECKER_H */
