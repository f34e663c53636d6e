// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * messages.c - which of libbpf's lines explains a failure.
 *
 * libbpf reports a failure where it happens, and then again at each level on
 * the way out (libbpf.c, pr_warn() in bpf_object_load() and its callees): the
 * first line is the reason, what follows are its consequences.
 */
#include <stdio.h>
#include <string.h>
#include "messages.h"

#define PREFIX	"libbpf: "

bool message_is_noise(const char *line, size_t len)
{
	static const char *const words[] = {
		"btf_vmlinux is malformed",
		"reg type unsupported for arg#",
		"-- libbpf", "BPF program load failed", "failed to load",
		"BEGIN PROG LOAD LOG", "END PROG LOAD LOG",
		"skipping unrecognized data section",
		"Kernel doesn't support BTF, skipping",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(line, len, words[i], strlen(words[i])))
			return true;
	return false;
}

static bool skip(const char **line, size_t *len, const char *what)
{
	size_t n = strlen(what);

	if (*len < n || memcmp(*line, what, n))
		return false;
	*line += n;
	*len -= n;
	return true;
}

static void trim(const char **line, size_t *len)
{
	skip(line, len, PREFIX);
	while (*len && (*line)[*len - 1] == ' ')
		--*len;
}

const char *message_line(const char *text, const char *prog, char *buf,
			 size_t size)
{
	const char *p = text ? text : "", *line;
	char name[160];
	size_t len;

	buf[0] = 0;
	for (; *p; p += *p == '\n') {
		line = p;
		len = strcspn(p, "\n");
		p += len;
		trim(&line, &len);
		if (!len || message_is_noise(line, len))
			continue;
		snprintf(name, sizeof(name), "prog '%s': ", prog ? prog : "");
		if (prog)
			skip(&line, &len, name);
		snprintf(buf, size, "%.*s", (int)len, line);
		break;
	}
	return buf;
}

bool message_repeats(const char *line, size_t len, const char *msg)
{
	const char *rest;

	trim(&line, &len);
	/* the message has its own way to name a program */
	rest = memmem(line, len, "': ", 3);
	if (rest) {
		len -= rest + 3 - line;
		line = rest + 3;
	}
	return memmem(msg, strlen(msg), line, len);
}
