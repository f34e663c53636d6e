/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log_line.h - a line of the signing log.
 *
 * A JSON object without white space, its members in one order, strings without
 * escapes: one way to write each line, so that a line's hash says all.  "prev"
 * is the SHA-256 of the line before, without its newline; zeros in the first.
 *
 *	{"seq":7,"time":"2026-11-21T16:32:40Z","what":"sign",…,"prev":"…"}
 *
 *	sign	content, blob (with its signature), object, transcript: SHA-256
 *		of each; target, build_id, name; job, token as the client says;
 *		uid of the client; cert: SHA-256 of the signer's certificate
 *	repair	behind the line before, so many bytes with this SHA-256 were
 *		dropped: a line that a crash cut, whose signature was not given
 *		away
 */
#ifndef VORW_LOG_LINE_H
#define VORW_LOG_LINE_H

#include "err.h"
#include "signer_client.h"

#define LOG_LINE_MAX	2048	/* with its newline */

enum log_what { LOG_SIGN, LOG_REPAIR };

struct log_line {
	enum log_what what;
	u64 seq;
	char time[24];
	char content[65], blob[65], object[65], transcript[65], cert[65];
	char build_id[41];	/* "": in old lines, not known */
	char target[SIGN_TEXT_MAX + 1], name[SIGN_TEXT_MAX + 1];
	char job[SIGN_TEXT_MAX + 1], token[SIGN_TEXT_MAX + 1];
	u64 uid;
	u64 dropped;
	char sha256[65];	/* of what was dropped */
	char prev[65];
};

/* Into buf, without a newline; the length.  Texts are sign_text_ok(). */
size_t log_line_format(const struct log_line *l, char buf[LOG_LINE_MAX]);
/* False for what log_line_format() does not write. */
bool log_line_parse(struct log_line *l, const char *text, size_t n);

/* SHA-256 in hex, as lines have it: of a digest, of n bytes. */
void log_hex(const u8 digest[32], char to[65]);
void log_hash(const void *p, size_t n, char to[65]);

#endif /* VORW_LOG_LINE_H */
