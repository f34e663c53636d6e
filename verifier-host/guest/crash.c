// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * crash.c - the agent crashes: say so to the host, and end.
 *
 * libbpf is not made for objects that somebody broke on purpose.  Such an
 * object is a bad object, not a failure of the VM: the request it came with
 * gets an answer.  Only async-signal-safe calls from here on.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agent.h"

static int crash_port;
static volatile uint32_t crash_type, crash_seq;

static void on_crash(int sig)
{
	static const char text[] = "libbpf crashed on this object";
	static struct {
		struct pg_frame frame;
		struct pg_load_r load;
	} r;
	size_t n = sizeof(r.frame);
	ssize_t ignored;

	r.frame.magic = PG_MAGIC;
	r.frame.type = crash_type | PG_REPLY;
	r.frame.seq = crash_seq;
	r.frame.len = sizeof(text) - 1;
	r.frame.status = EFAULT;
	if (crash_type == PG_LOAD) {
		r.load.failed_prog = ~0u;
		r.load.failed_map = ~0u;
		r.frame.len += sizeof(r.load);
		n += sizeof(r.load);
	}
	/* the host is waiting for this; a second failure is for the console */
	ignored = write(crash_port, &r, n);
	ignored = write(crash_port, text, sizeof(text) - 1);
	(void)ignored;
	power_off();
}

void crash_setup(int port)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	/* a stack that overflowed has no room for a handler */
	stack_t stack = { .ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ };
	struct sigaction sa = { .sa_handler = on_crash,
				.sa_flags = SA_ONSTACK | SA_RESETHAND };
	size_t i;

	crash_port = port;
	if (!stack.ss_sp || sigaltstack(&stack, NULL))
		sa.sa_flags &= ~SA_ONSTACK;
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sigaction(sigs[i], &sa, NULL);
}

void crash_request(uint32_t type, uint32_t seq)
{
	crash_type = type;
	crash_seq = seq;
}
