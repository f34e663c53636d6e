// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_hello.c - a target's verification guest boots and answers HELLO, or says
 * that its capture module does not load.
 *
 *	hello TARGET
 */
#include <string.h>
#include "guest.h"
#include "../unit/tap.h"

static void answer(struct guest *g, const struct vorw_target *t)
{
	struct vorw_err e = { 0 };
	struct guest_hello h;

	if (guest_hello(g, &h, &e)) {
		ok(!strcmp(h.release, t->release), "it runs Linux %s",
		   t->release);
		is(h.machine, t->machine, "it is the target's ELF machine");
		diag("kernel at 0x%llx", (unsigned long long)h.image_start);
	} else {
		/* all before it works where the build left it out */
		ok(!t->ready && strstr(e.msg, "vorw_capture.ko does not load"),
		   "it says that it has no capture module");
		diag("%s", e.msg);
	}
	vorw_err_free(&e);
}

int main(int argc, char **argv)
{
	const struct guest_opts lim = { 0 };
	struct vorw_err e = { 0 };
	struct vorw_target t, anyway;
	struct guest *g;

	if (argc != 2)
		return 2;
	if (ok(vorw_target_get(argv[1], &t, &e) && t.fetched,
	       "the target is there")) {
		anyway = t;
		anyway.ready = true;
		if (ok(guest_start(&g, &anyway, &lim, &e), "QEMU starts")) {
			answer(g, &t);
			guest_end(g);
		}
	}
	if (e.msg[0])
		diag("%s", e.msg);
	vorw_err_free(&e);
	return tap_done();
}
