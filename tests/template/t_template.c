// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_template.c - copies of a running VM: the same bytes as from a boot, nothing
 * from one copy in the next, what they may not do, and what is left of them.
 *
 *	template TARGET PRELOAD OBJECT REFUSED
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "blob_build.h"
#include "file_io.h"
#include "guest.h"
#include "object.h"
#include "session.h"
#include "target.h"
#include "template.h"
#include "../unit/tap.h"

static struct vorw_target target;

struct built {
	u8 *p;
	size_t n;
	bool copied, template_failed;
	enum vorw_reason reason;
};

static struct built verify(const char *path, const struct template *tp)
{
	const struct blob_opts bo = { path, "test", false, NULL, 0 };
	const struct session_opts opts = { .template = tp };
	struct vorw_err e = { 0 };
	struct built b = { 0 };
	struct session s = { 0 };
	u8 *object;
	size_t n;

	if (file_read(path, OBJECT_MAX_SIZE, &object, &n, &e)) {
		if (session_run(&s, &target, path, object, n, &opts, &e))
			blob_build(&s, &bo, object, n, &b.p, &b.n, &e);
		b.copied = s.copied;
		b.template_failed = s.template_failed;
		session_end(&s);
		free(object);
	}
	b.reason = e.reason;
	if (e.reason != VORW_R_OK)
		diag("%s: %s", path, e.msg);
	vorw_err_free(&e);
	return b;
}

static bool equal(struct built a, struct built b)
{
	return a.p && b.p && a.n == b.n && !memcmp(a.p, b.p, a.n);
}

/* A number out of /proc/PID/status. */
static int status_of(pid_t pid, const char *key)
{
	char path[64], line[256];
	int n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), ": %d", &n);
	if (f)
		fclose(f);
	return n;
}

/* Children of ours that live, the last one in *pid. */
static unsigned children(pid_t *pid)
{
	char path[64];
	unsigned n = 0;
	int child;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &child) == 1) {
		*pid = child;
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

static void test_process(const struct template *tp, pid_t template)
{
	const struct guest_opts o = { .template = template_guest(tp) };
	struct guest *a, *b;
	struct guest_hello h;
	struct vorw_err e = { 0 };
	pid_t pid = 0;

	ok(guest_start(&a, &target, &o, &e) && guest_hello(a, &h, &e),
	   "a copy answers");
	is(children(&pid), 2, "it is a child of ours");
	is(status_of(pid, "Seccomp"), 2, "under seccomp");
	is(status_of(pid, "Seccomp_filters"),
	   status_of(template, "Seccomp_filters") + 1,
	   "with a filter more than the template");
	is(status_of(pid, "Threads"), status_of(template, "Threads"),
	   "and as many threads");
	ok(guest_start(&b, &target, &o, &e) && guest_hello(b, &h, &e),
	   "so does a second one beside it");
	kill(pid, SIGKILL);
	ok(!guest_hello(a, &h, &e) && e.reason == VORW_R_VM,
	   "the first is killed: that is noticed");
	vorw_err_free(&e);
	memset(&e, 0, sizeof(e));
	ok(guest_hello(b, &h, &e), "the second goes on");
	guest_end(a);
	guest_end(b);
	is(children(&pid), 1, "only the template is left");
}

int main(int argc, char **argv)
{
	struct built cold, one, two, bad, none;
	struct vorw_err e = { 0 };
	struct template *tp;
	pid_t pid = 0;

	if (argc != 5)
		return 2;
	vorw_quiet = true;
	if (!vorw_target_get(argv[1], &target, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		return 2;
	}
	ok(!template_start(&tp, &target, NULL, "/nowhere.so", &e) && !tp,
	   "without its shared object there is no template");
	memset(&e, 0, sizeof(e));
	cold = verify(argv[3], NULL);
	ok(cold.p && !cold.copied, "verified in a VM that booted");
	if (!ok(template_start(&tp, &target, NULL, argv[2], &e),
		"a template starts")) {
		diag("%s", e.msg);
		return tap_done();
	}
	ok(template_fits(tp, &target), "it is of what is there");
	is(children(&pid), 1, "it is one process");
	one = verify(argv[3], tp);
	ok(one.copied && equal(cold, one), "a copy gives the same bytes");
	bad = verify(argv[4], tp);
	is(bad.reason, VORW_R_VERIFIER, "a copy refuses a bad program");
	two = verify(argv[3], tp);
	ok(two.copied && equal(cold, two), "and the next gives the same bytes");
	test_process(tp, pid);
	kill(pid, SIGKILL);
	none = verify(argv[3], tp);
	ok(none.template_failed && !none.copied && equal(cold, none),
	   "the template is killed: verified in a VM that booted");
	template_end(tp);
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	   "no process is left");
	free(cold.p);
	free(one.p);
	free(two.p);
	free(none.p);
	return tap_done();
}
