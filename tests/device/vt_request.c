// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vt_request.c - what the kernel is asked for by a native load and by ours.
 *
 * security_bpf(cmd, attr, size) sees every bpf() command with the kernel's own
 * copy of its attributes, before anything is done with them: a probe there
 * writes the members of BPF_PROG_LOAD into the trace buffer.  Where it cannot
 * (KPROBE_EVENTS is empty in the environment) nothing is compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "vt.h"

#define TRACING		"/sys/kernel/tracing/"
#define EVENT		"vt/prog_load"

/* Documentation/trace/kprobetrace.rst: the first two arguments' registers */
#if defined(__arm__)
#define ARG1	"%%r0"
#define ARG2	"%%r1"
#elif defined(__aarch64__)
#define ARG1	"%%x0"
#define ARG2	"%%x1"
#elif defined(__x86_64__)
#define ARG1	"%%di"
#define ARG2	"%%si"
#elif defined(__riscv)
#define ARG1	"%%a0"
#define ARG2	"%%a1"
/* behind ftrace's instructions, where kernels before 6.16 let no probe be */
#define ENTRY	"+8"
#else
#error "which registers hold a function's first arguments?"
#endif
#ifndef ENTRY
#define ENTRY	""
#endif

static int put(const char *file, int flags, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC | flags), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static bool can_trace(void)
{
	const char *events = getenv("KPROBE_EVENTS");

	return !events || *events;
}

static void stop(void)
{
	put(TRACING "events/" EVENT "/enable", 0, "0");
	put(TRACING "kprobe_events", O_APPEND, "-:" EVENT);
	put(TRACING "trace", O_TRUNC, "");
}

int vt_requests_start(void)
{
	char text[300];
	int err;

	if (!can_trace())
		return 0;
	stop();
#define AT(member)	(int)offsetof(union bpf_attr, member)
	snprintf(text, sizeof(text),
		 "p:" EVENT " security_bpf" ENTRY " cmd=" ARG1 ":u32 name=+%d(" ARG2
		 "):string type=+%d(" ARG2 "):u32 cnt=+%d(" ARG2
		 "):u32 flags=+%d(" ARG2 "):u32 at=+%d(" ARG2 "):u32",
		 AT(prog_name), AT(prog_type), AT(insn_cnt), AT(prog_flags),
		 AT(expected_attach_type));
	err = put(TRACING "kprobe_events", O_APPEND, text);
	if (!err) {
		snprintf(text, sizeof(text), "cmd == %d", BPF_PROG_LOAD);
		err = put(TRACING "events/" EVENT "/filter", 0, text);
	}
	err = err ?: put(TRACING "events/" EVENT "/enable", 0, "1");
	if (err)
		vt_say("no trace of BPF_PROG_LOAD: %s", strerror(-err));
	return err;
}

/* From "name=" to the end, of every line with this name; are all equal, and
 * are there two at least? */
static bool same_lines(FILE *trace, const char *name)
{
	char want[40], first[300] = "", line[400];
	u32 n = 0;

	snprintf(want, sizeof(want), "name=\"%s\" ", name);
	rewind(trace);
	while (fgets(line, sizeof(line), trace)) {
		char *p = strstr(line, want);

		if (!p)
			continue;
		p[strcspn(p, "\n")] = 0;
		if (n++ && strcmp(p, first)) {
			vt_say("asked for %s", first);
			vt_say("      and %s", p);
			return false;
		}
		snprintf(first, sizeof(first), "%s", p);
	}
	if (n < 2)
		vt_say("%u requests for %s", n, name);
	return n >= 2;
}

bool vt_requests_same(const struct vt_obj *o)
{
	FILE *trace;
	bool same;

	if (!can_trace())
		return true;
	trace = fopen(TRACING "trace", "re");
	same = trace;
	for (u32 i = 0; trace && i < o->nprogs; i++)
		same &= same_lines(trace, o->prog[i].name);
	if (trace)
		fclose(trace);
	stop();
	return same;
}
