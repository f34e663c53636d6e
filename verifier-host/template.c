// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* template.c - start, warm up and halt a VM that is to be copied. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "file_io.h"
#include "guest.h"
#include "object.h"
#include "qemu.h"
#include "session.h"
#include "template.h"

#define WARM_FILE	"warm.o"
#define HALT_SECONDS	60
#define SETTLE_SECONDS	30

struct template {
	struct guest *guest;
	struct snapshot *from;
};

static bool read_warm(const struct vorw_target *t, u8 **p, size_t *n,
		      struct vorw_err *e)
{
	const char *slash = strrchr(t->initrd, '/');
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s" WARM_FILE,
		 slash ? (int)(slash - t->initrd + 1) : 0, t->initrd);
	return file_read(path, OBJECT_MAX_SIZE, p, n, e);
}

/* Twice: what the first time was compiled to be run once is not all that runs
 * the second time. */
static bool warm_up(struct guest *g, const struct vorw_target *t,
		    struct vorw_err *e)
{
	bool quiet = vorw_quiet, ok;
	u8 *object = NULL;
	size_t n;

	if (!read_warm(t, &object, &n, e))
		return false;
	vorw_quiet = true;
	ok = session_warm(g, t, WARM_FILE, object, n, e) &&
	     session_warm(g, t, WARM_FILE, object, n, e);
	vorw_quiet = quiet;
	free(object);
	return ok;
}

static bool start(struct template *tp, const struct vorw_target *t,
		  const struct snapshot *s, const char *preload,
		  struct vorw_err *e)
{
	const struct guest_opts o = {
		.from = s, .preload = preload,
	};
	struct guest_hello hello;

	tp->from = snapshot_again(s, e);
	if (!tp->from)
		return false;
	if (!guest_start(&tp->guest, t, &o, e) ||
	    !guest_hello(tp->guest, &hello, e) ||
	    !warm_up(tp->guest, t, e))
		return false;
	/* The kernel frees programs behind our back, by work queues and after
	 * RCU's grace periods; done before it is halted, it is not done in
	 * each copy. */
	return guest_settle(tp->guest, SETTLE_SECONDS * t->slow, e) &&
	       guest_halt(tp->guest, HALT_SECONDS * t->slow, e) &&
	       /* QEMU's own threads: they may still be about the answer */
	       guest_settle(tp->guest, SETTLE_SECONDS * t->slow, e);
}

/* That one was made says little; it has to answer. */
static bool try_copy(const struct template *tp, const struct vorw_target *t,
		     struct vorw_err *e)
{
	const struct guest_opts o = { .template = tp->guest };
	struct guest_hello hello;
	struct guest *g;
	bool ok = guest_start(&g, t, &o, e) && guest_hello(g, &hello, e);

	guest_end(g);
	return ok;
}

static bool start_once(struct template **out, const struct vorw_target *t,
		       const struct snapshot *s, const char *preload,
		       struct vorw_err *e)
{
	struct template *tp = calloc(1, sizeof(*tp));

	if (!tp)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (start(tp, t, s, preload, e) && try_copy(tp, t, e)) {
		*out = tp;
		return true;
	}
	template_end(tp);
	return false;
}

bool template_start(struct template **out, const struct vorw_target *t,
		    const struct snapshot *s, const char *preload,
		    struct vorw_err *e)
{
	struct snapshot *own = NULL;
	struct vorw_err why = { 0 };
	bool ok;

	*out = NULL;
	if (access(preload, R_OK))
		return vorw_fail(e, VORW_R_IO, "%s: is not there", preload);
	if (!s && !snapshot_boot(&own, t, e))
		return false;
	/* On a busy machine, now and then, one has copies that do not answer
	 * (three of some forty); the next one mostly has not. */
	ok = start_once(out, t, s ? s : own, preload, &why) ||
	     start_once(out, t, s ? s : own, preload, e);
	vorw_err_free(&why);
	snapshot_close(own);
	return ok;
}

bool template_fits(const struct template *tp, const struct vorw_target *t)
{
	struct vorw_err e = { 0 };
	char *now = qemu_identity(t, t->mem_mib, &e);
	bool fits = now && !strcmp(now, tp->from->identity);

	free(now);
	return fits;
}

const struct guest *template_guest(const struct template *tp)
{
	return tp->guest;
}

const struct snapshot *template_snapshot(const struct template *tp)
{
	return tp->from;
}

void template_end(struct template *tp)
{
	if (!tp)
		return;
	guest_end(tp->guest);
	snapshot_close(tp->from);
	free(tp);
}
