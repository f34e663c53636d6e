// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_template.c - copies of a running VM: the same bytes as from a boot, nothing
 * from one copy in the next, what they may not do, and what is left of them.
 *
 *	template TARGET PRELOAD NOTHING OBJECT REFUSED [OBJECT]...
 *
 * NOTHING is a shared object that does nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "blob_build.h"
#include "file_io.h"
#include "guest.h"
#include "object.h"
#include "session.h"
#include "target.h"
#include "t_template.h"
#include "template.h"
#include "../unit/tap.h"

#define GONE_SECONDS	60

static struct vorw_target target;

struct built {
	u8 *p;
	size_t n;
	bool copied, template_failed, copy_broke;
	enum vorw_reason reason;
};

static struct built verify(const char *path, const struct template *tp,
			   const struct snapshot *from)
{
	const struct blob_opts bo = { path, "test", false, NULL, 0 };
	const struct session_opts opts = { .template = tp, .snapshot = from };
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
		b.copy_broke = s.copy_broke;
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
	ok(status_of(template, "Seccomp_filters") >=
	   status_of(getpid(), "Seccomp_filters") + 2,
	   "the template has QEMU's filter, and ours");
	is(status_of(pid, "Seccomp_filters"),
	   status_of(template, "Seccomp_filters") + 1,
	   "with a filter more than the template");
	test_apart(pid, template);
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

/* A worker with a template and a copy, killed: both go with it. */
static void test_worker_dies(const struct snapshot *from, const char *preload)
{
	struct guest_opts o = { 0 };
	struct vorw_err e = { 0 };
	struct guest_hello h;
	struct template *tp;
	struct guest *g;
	int report[2], i;
	unsigned left;
	pid_t worker, pid;
	char c = 0;

	if (pipe(report))
		return;
	/* what becomes of them is told to us */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	worker = fork();
	if (!worker) {
		close(report[0]);
		if (template_start(&tp, &target, from, preload, &e)) {
			o.template = template_guest(tp);
			if (guest_start(&g, &target, &o, &e) &&
			    guest_hello(g, &h, &e))
				c = children(&pid);
		}
		if (write(report[1], &c, 1) == 1)
			raise(SIGKILL);
		_exit(1);
	}
	close(report[1]);
	ok(read(report[0], &c, 1) == 1 && c == 2,
	   "a worker has a template and a copy");
	close(report[0]);
	waitpid(worker, NULL, 0);
	for (i = 0; i < GONE_SECONDS * 10 && (left = children(&pid)); i++) {
		waitpid(-1, NULL, WNOHANG);
		usleep(100000);
	}
	is(left, 0, "it is killed: so are both");
}

/* It does not answer: that costs the job a time limit, and no more. */
static void test_stopped(const struct snapshot *from, const char *preload,
			 const char *object, struct built want)
{
	struct vorw_err e = { 0 };
	siginfo_t info = { 0 };
	struct template *tp;
	struct built b;
	pid_t pid = 0;

	if (!ok(template_start(&tp, &target, from, preload, &e),
		"another template starts")) {
		diag("%s", e.msg);
		return;
	}
	is(children(&pid), 1, "of which the copy that was tried has ended");
	kill(pid, SIGSTOP);
	b = verify(object, tp, from);
	ok(b.template_failed && b.copied && equal(want, b),
	   "it is stopped: verified in a copy of the snapshot");
	ok(!waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	   info.si_pid == pid, "and it was ended at once");
	template_end(tp);
	is(children(&pid), 0, "no process is left");
	free(b.p);
}

/* n more objects: what is refused is refused alike. */
static void test_more(char **objects, int n, const struct template *tp,
		      const struct snapshot *from)
{
	struct built a, b;
	int i;

	for (i = 0; i < n; i++) {
		a = verify(objects[i], NULL, from);
		b = verify(objects[i], tp, NULL);
		ok(b.copied && !b.copy_broke && a.reason == b.reason &&
		   (a.reason != VORW_R_OK || equal(a, b)), "%s: the same",
		   strrchr(objects[i], '/') + 1);
		free(a.p);
		free(b.p);
	}
}

int main(int argc, char **argv)
{
	struct built cold, one, two, bad, none;
	struct snapshot *from = NULL;
	struct vorw_err e = { 0 };
	struct template *tp;
	pid_t pid = 0;

	if (argc < 6)
		return 2;
	vorw_quiet = true;
	test_filter();
	if (!vorw_target_get(argv[1], &target, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		return 2;
	}
	ok(!template_start(&tp, &target, NULL, "/nowhere.so", &e) && !tp,
	   "without its shared object there is no template");
	memset(&e, 0, sizeof(e));
	if (!ok(snapshot_boot(&from, &target, &e), "a guest boots")) {
		diag("%s", e.msg);
		return tap_done();
	}
	ok(!template_start(&tp, &target, from, argv[3], &e) && !tp &&
	   e.reason == VORW_R_VM && strstr(e.msg, "cannot be copied"),
	   "with one that does nothing there is none, either");
	diag("%s", e.msg);
	is(children(&pid), 0, "and no process");
	memset(&e, 0, sizeof(e));
	cold = verify(argv[4], NULL, NULL);
	ok(cold.p && !cold.copied, "verified in a VM that booted");
	if (!ok(template_start(&tp, &target, from, argv[2], &e),
		"a template starts")) {
		diag("%s", e.msg);
		return tap_done();
	}
	ok(template_fits(tp, &target), "it is of what is there");
	is(children(&pid), 1, "it is one process");
	one = verify(argv[4], tp, NULL);
	ok(one.copied && equal(cold, one), "a copy gives the same bytes");
	bad = verify(argv[5], tp, NULL);
	is(bad.reason, VORW_R_VERIFIER, "a copy refuses a bad program");
	ok(!bad.copy_broke, "which is no reason to end the template");
	two = verify(argv[4], tp, NULL);
	ok(two.copied && equal(cold, two), "and the next gives the same bytes");
	test_more(argv + 6, argc - 6, tp, from);
	test_process(tp, pid);
	kill(pid, SIGKILL);
	none = verify(argv[4], tp, NULL);
	ok(none.template_failed && none.copied && equal(cold, none),
	   "the template is killed: verified in a copy of its snapshot");
	template_end(tp);
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	   "no process is left");
	test_stopped(from, argv[2], argv[4], cold);
	test_worker_dies(from, argv[2]);
	snapshot_close(from);
	free(cold.p);
	free(one.p);
	free(two.p);
	free(none.p);
	return tap_done();
}
