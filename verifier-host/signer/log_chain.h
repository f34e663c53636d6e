/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* log_chain.h - reading a signing log and checking that it is whole. */
#ifndef VORW_LOG_CHAIN_H
#define VORW_LOG_CHAIN_H

#include "log_line.h"

struct log_state {
	u64 lines;
	char head[65];		/* hash of the last line; zeros: there is none */
	u64 good;		/* bytes of all lines */
	u64 torn;		/* and behind them, of one that was cut */
	char torn_sha256[65];
};

/* hash: of the line.  False, with *e, ends the reading. */
typedef bool log_each(const struct log_line *l, const char *hash, void *arg,
		      struct vorw_err *e);

/*
 * Read all of fd: each line numbered, well-formed, and with the hash of the
 * one before.  VORW_R_LOG names the first line that is not; VORW_R_IO.
 *
 * What a crash leaves behind the last line is no such fault: a piece without
 * an end, or (a file system that lost power) one with NULs in it.  No
 * signature was given away for it, because that waits for the disk.
 */
bool log_read(int fd, const char *path, log_each *each, void *arg,
	      struct log_state *s, struct vorw_err *e);

#endif /* VORW_LOG_CHAIN_H */
