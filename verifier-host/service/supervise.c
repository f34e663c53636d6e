// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* supervise.c - children that are started again when they die. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clock.h"
#include "logline.h"
#include "supervise.h"

/* Between a death and the next start; one that lived long begins anew. */
#define PAUSE_MIN_MS	100
#define PAUSE_MAX_MS	30000
#define LONG_MS		60000

static void become(const struct child *c, pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	/* a terminal's ^C is for the one that ends them in order */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (c->keep_fd >= 0)
		fcntl(c->keep_fd, F_SETFD, 0);
	execve(c->argv[0], c->argv, c->envp ? c->envp : environ);
	_exit(127);
}

static void start(struct child *c)
{
	pid_t parent = getpid(), pid;
	char text[16];

	if (c->prepare)
		c->prepare(c);
	c->started_ms = now_ms();
	pid = fork();
	if (!pid)
		become(c, parent);
	if (pid < 0) {
		c->again_ms = now_ms() + PAUSE_MAX_MS;
		return;
	}
	c->pid = pid;
	snprintf(text, sizeof(text), "%d", (int)pid);
	log_line("serve", "info", "started", c->part, "pid", text, NULL);
}

/* A signal is not its own fault: it may start the next time. */
static bool cannot_start(struct child *c, int status)
{
	bool bad = WIFEXITED(status) && WEXITSTATUS(status) &&
		   WEXITSTATUS(status) != c->ran;

	c->settled |= !bad && (WIFEXITED(status) ||
			       now_ms() - c->started_ms > LONG_MS);
	return c->fatal && bad && !c->settled;
}

/* The one that must start and cannot, or NULL. */
static struct child *reap(struct child *children, unsigned n, bool again)
{
	struct child *hopeless = NULL;
	char text[16], how[40];
	struct child *c;
	int status;
	unsigned i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < n && children[i].pid != pid; i++)
			;
		if (i == n)
			continue;
		c = &children[i];
		c->pid = 0;
		snprintf(text, sizeof(text), "%d", (int)pid);
		snprintf(how, sizeof(how), WIFSIGNALED(status) ?
			 "signal %d" : "exit status %d", WIFSIGNALED(status) ?
			 WTERMSIG(status) : WEXITSTATUS(status));
		log_line("serve", again ? "warn" : "info", "ended", c->part,
			 "pid", text, "how", how, NULL);
		if (c->ended)
			c->ended(c);
		if (now_ms() - c->started_ms > LONG_MS)
			c->pause_ms = 0;
		if (cannot_start(c, status))
			hopeless = c;
		c->pause_ms = !c->pause_ms ? PAUSE_MIN_MS :
			      c->pause_ms * 2 < PAUSE_MAX_MS ?
			      c->pause_ms * 2 : PAUSE_MAX_MS;
		c->again_ms = now_ms() + c->pause_ms;
	}
	return hopeless;
}

/* Those from first on: all are told at once, then waited for. */
static void end_from(struct child *children, unsigned n, unsigned first,
		     unsigned grace)
{
	u64 end = now_ms() + grace * 1000ull;
	unsigned i, left;

	for (i = first; i < n; i++)
		if (children[i].pid)
			kill(children[i].pid, SIGTERM);
	do {
		reap(children, n, false);
		for (i = first, left = 0; i < n; i++)
			left += children[i].pid != 0;
		if (left)
			poll(NULL, 0, 10);
	} while (left && now_ms() < end);
	for (i = first; i < n; i++) {
		if (!children[i].pid)
			continue;
		kill(children[i].pid, SIGKILL);
		waitpid(children[i].pid, NULL, 0);
		children[i].pid = 0;
	}
}

bool supervise(struct child *children, unsigned n, unsigned grace,
	       void (*stopping)(void *arg), void *arg, struct vorw_err *e)
{
	struct child *hopeless = NULL;
	struct signalfd_siginfo info;
	struct pollfd fd;
	sigset_t set;
	unsigned i;
	u64 now;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	fd.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	fd.events = POLLIN;
	if (fd.fd < 0)
		return vorw_fail(e, VORW_R_IO, "signalfd: %s", strerror(errno));
	while (!hopeless) {
		now = now_ms();
		for (i = 0; i < n; i++)
			if (!children[i].pid && now >= children[i].again_ms)
				start(&children[i]);
		poll(&fd, 1, 100);
		if (read(fd.fd, &info, sizeof(info)) == sizeof(info) &&
		    info.ssi_signo != SIGCHLD)
			break;
		hopeless = reap(children, n, true);
	}
	close(fd.fd);
	stopping(arg);
	/* the first is what the others may still need */
	end_from(children, n, n > 1, grace);
	end_from(children, n, 0, grace);
	return !hopeless ||
	       vorw_fail(e, hopeless->fatal, "the %s does not start; its own message stands above",
			 hopeless->part);
}
