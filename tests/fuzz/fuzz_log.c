// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuzz_log.c - any bytes as a signing log.
 *
 * What is read as a line, is written as the same bytes again; a log that is
 * whole has as many good bytes as its lines have, and the rest is torn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "err.h"
#include "signer/log_chain.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void line(const char *text, size_t n)
{
	char buf[LOG_LINE_MAX];
	struct log_line l;

	if (!log_line_parse(&l, text, n))
		return;
	if (log_line_format(&l, buf) != n || memcmp(buf, text, n))
		abort();
}

static bool each(const struct log_line *l, const char *hash, void *arg,
		 struct vorw_err *e)
{
	++*(u64 *)arg;
	return strlen(hash) == 64;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct vorw_err e = { 0 };
	struct log_state s;
	u64 lines = 0;
	char *copy;

	copy = malloc(size + 1);
	if (size)
		memcpy(copy, data, size);
	copy[size] = 0;
	line(copy, size);
	line(copy, strcspn(copy, "\n"));
	free(copy);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	if (log_read(fd, "log", each, &lines, &s, &e)) {
		if (lines != s.lines || s.good + s.torn != size)
			abort();
	} else if (e.reason == VORW_R_OK) {
		abort();
	}
	vorw_err_free(&e);
	close(fd);
	return 0;
}
