// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* vm.c - the channel to a verification guest, and the life of its QEMU. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clock.h"
#include "file_io.h"
#include "qmp.h"
#include "vm.h"

#define CONSOLE_KEEP	4096		/* last bytes, for error messages */
#define CONSOLE_SHOW	600
/* A guest has no reason to say more than this in its life. */
#define RECV_MAX	(1ull << 30)

/* It is idle when it was so for some time in a row: on a machine that is busy
 * one that is not may have to wait, too. */
#define SETTLE_MS	250
#define SETTLE_USED_MS	8
#define SETTLED		6

/* What takes some milliseconds, on a machine that is busy. */
#define RESUME_SECONDS	60
#define CONT_SECONDS	20

struct vm {
	pid_t pid;		/* 0: none */
	int fd, console;	/* -1: none */
	int monitor;		/* of one to be saved, or copied; else -1 */
	int control;		/* of one to be copied; else -1 */
	char keep[CONSOLE_KEEP];
	size_t kept;
	uint64_t received;
	uint64_t end_ms, deadline_ms;
	bool boot_limit;	/* deadline_ms is a step's, not the VM's */
};

void vm_printable(char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n && text[i]; i++)
		if ((text[i] < ' ' && text[i] != '\n' && text[i] != '\t') ||
		    text[i] > '~')
			text[i] = '?';
}

static void keep_console(struct vm *vm, const char *p, size_t n)
{
	size_t drop;

	if (n > CONSOLE_KEEP) {
		p += n - CONSOLE_KEEP;
		n = CONSOLE_KEEP;
	}
	if (vm->kept + n > CONSOLE_KEEP) {
		drop = vm->kept + n - CONSOLE_KEEP;
		memmove(vm->keep, vm->keep + drop, vm->kept - drop);
		vm->kept -= drop;
	}
	memcpy(vm->keep + vm->kept, p, n);
	vm->kept += n;
}

/* Take what is there; at most a few buffers, so that a guest that never stops
 * printing cannot keep us here. */
static void drain_console(struct vm *vm)
{
	char buf[4096];
	ssize_t n;
	int i;

	for (i = 0; vm->console >= 0 && i < 16; i++) {
		n = recv(vm->console, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close(vm->console);
			vm->console = -1;
			return;
		}
		keep_console(vm, buf, n);
	}
}

/* "; its last words: …": from the panic on, if there was one, else the end. */
static void last_words(struct vm *vm, char *to, size_t size)
{
	char text[CONSOLE_KEEP + 1], *from = text, *p;
	size_t n = 0, i;

	*to = 0;
	for (i = 0; i < vm->kept; i++)
		if (vm->keep[i] && vm->keep[i] != '\r')
			text[n++] = vm->keep[i];
	while (n && (text[n - 1] == '\n' || text[n - 1] == ' '))
		n--;
	text[n] = 0;
	vm_printable(text, n);
	p = strstr(text, "Kernel panic");
	if (p)
		from = p;
	else if (n > CONSOLE_SHOW)
		from = text + n - CONSOLE_SHOW;
	if (*from)
		snprintf(to, size, "; its last words: %.*s", CONSOLE_SHOW,
			 from);
}

static bool vm_fail(struct vm *vm, struct vorw_err *e, const char *what)
{
	char words[CONSOLE_SHOW + 64];

	drain_console(vm);
	last_words(vm, words, sizeof(words));
	return vorw_fail(e, VORW_R_VM, "verification VM %s%s", what, words);
}

/* The channel is closed: QEMU ended, or is about to. */
static bool vm_died(struct vm *vm, struct vorw_err *e)
{
	char what[80];
	int status, i;
	pid_t pid = 0;

	for (i = 0; vm->pid && i < 200; i++) {
		pid = waitpid(vm->pid, &status, WNOHANG);
		if (pid)
			break;
		poll(NULL, 0, 10);
	}
	if (pid <= 0) {
		return vm_fail(vm, e, "closed its channel");
	}
	vm->pid = 0;
	if (WIFSIGNALED(status))
		snprintf(what, sizeof(what), "was killed by signal %d",
			 WTERMSIG(status));
	else
		snprintf(what, sizeof(what), "ended (exit status %d)",
			 WEXITSTATUS(status));
	return vm_fail(vm, e, what);
}

/* Wait until fd can be read (or written), draining the console. */
static bool vm_wait(struct vm *vm, short events, struct vorw_err *e)
{
	struct pollfd p[2];
	uint64_t now;
	int n;

	for (;;) {
		now = now_ms();
		if (now >= vm->deadline_ms)
			return vm_fail(vm, e, vm->boot_limit ?
				       "did not answer in time" :
				       "reached its time limit");
		p[0] = (struct pollfd){ .fd = vm->fd, .events = events };
		p[1] = (struct pollfd){ .fd = vm->console, .events = POLLIN };
		n = poll(p, 2, vm->deadline_ms - now > 1000 ? 1000 :
			 (int)(vm->deadline_ms - now));
		if (n < 0 && errno != EINTR)
			return vorw_fail(e, VORW_R_VM, "poll: %s",
					 strerror(errno));
		if (n <= 0)
			continue;
		if (p[1].revents)
			drain_console(vm);
		if (p[0].revents)
			return true;
	}
}

bool vm_send(struct vm *vm, const void *from, size_t n, struct vorw_err *e)
{
	const u8 *p = from;
	ssize_t put;

	while (n) {
		put = send(vm->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put > 0) {
			p += put;
			n -= put;
		} else if (put < 0 && errno != EAGAIN && errno != EINTR) {
			return vm_died(vm, e);
		} else if (!vm_wait(vm, POLLOUT, e)) {
			return false;
		}
	}
	return true;
}

bool vm_recv(struct vm *vm, void *to, size_t n, struct vorw_err *e)
{
	u8 *p = to;
	ssize_t got;

	if (n > RECV_MAX - vm->received)
		return vm_fail(vm, e, "sent more than it may");
	vm->received += n;
	while (n) {
		if (!vm_wait(vm, POLLIN, e))
			return false;
		got = recv(vm->fd, p, n, MSG_DONTWAIT);
		if (got > 0) {
			p += got;
			n -= got;
		} else if (!got || (errno != EAGAIN && errno != EINTR)) {
			return vm_died(vm, e);
		}
	}
	return true;
}

void vm_deadline(struct vm *vm, unsigned seconds)
{
	uint64_t t = now_ms() + seconds * 1000ull;

	vm->boot_limit = seconds && t < vm->end_ms;
	vm->deadline_ms = vm->boot_limit ? t : vm->end_ms;
}

static bool vm_new(struct vm **out, unsigned total_seconds,
		   struct vorw_err *e)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	*out = vm;
	if (!vm)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	vm->fd = -1;
	vm->console = -1;
	vm->monitor = -1;
	vm->control = -1;
	vm->end_ms = now_ms() + total_seconds * 1000ull;
	vm_deadline(vm, 0);
	return true;
}

bool vm_from_fd(struct vm **out, int fd, unsigned total_seconds,
		struct vorw_err *e)
{
	if (!vm_new(out, total_seconds, e)) {
		close(fd);
		return false;
	}
	(*out)->fd = fd;
	return true;
}

/* Copies of a template are of its process group: also one that was made too
 * late for anybody to have heard of it.  While it is not reaped, nobody else
 * gets its number. */
static void end_copies(const struct vm *vm)
{
	kill(-vm->pid, SIGKILL);
	while (waitpid(-vm->pid, NULL, 0) > 0 || errno == EINTR)
		;
}

void vm_end(struct vm *vm)
{
	if (!vm)
		return;
	if (vm->pid && vm->control >= 0) {
		end_copies(vm);
	} else if (vm->pid) {
		kill(vm->pid, SIGKILL);
		while (waitpid(vm->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->console >= 0)
		close(vm->console);
	if (vm->monitor >= 0)
		close(vm->monitor);
	if (vm->control >= 0)
		close(vm->control);
	free(vm);
}

/* What is not shared, the devices' state, is all that is saved to fd or loaded
 * from it (QEMU qapi/migration.json, MigrationCapability). */
static bool migrate(struct vm *vm, const char *command, int fd,
		    const char *event, struct vorw_err *e)
{
	struct qmp *q = malloc(sizeof(*q));
	bool ok;

	if (!q)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	ok = qmp_open(q, vm->monitor, vm->deadline_ms, e) &&
	     qmp_give(q, fd, "state", e) &&
	     qmp_command(q, "migrate-set-capabilities",
			 "{\"capabilities\":[{\"capability\":"
			 "\"x-ignore-shared\",\"state\":true}]}", NULL, e) &&
	     qmp_command(q, command, "{\"uri\":\"fd:state\"}", event, e);
	if (q->closed)
		vm_died(vm, e);
	free(q);
	return ok;
}

/* All that QEMU says before it closes the channel. */
static bool take_state(struct vm *vm, int to, struct vorw_err *e)
{
	char buf[65536];
	size_t all = 0;
	ssize_t n;
	int err;

	while (vm_wait(vm, POLLIN, e)) {
		n = recv(vm->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (!n)
			return true;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return vm_died(vm, e);
		if (n < 0)
			continue;
		all += n;
		if (all > VM_STATE_MAX)
			return vm_fail(vm, e, "has more state than it may");
		err = fd_write(to, (const u8 *)buf, n);
		if (err)
			return vorw_fail(e, VORW_R_NO_MEMORY,
					 "memory for a snapshot: %s",
					 strerror(err));
	}
	return false;
}

bool vm_save(struct vm *vm, int to, unsigned seconds, struct vorw_err *e)
{
	int fd[2], channel = vm->fd;
	bool ok;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return vorw_fail(e, VORW_R_VM, "socketpair: %s",
				 strerror(errno));
	vm_deadline(vm, seconds);
	ok = migrate(vm, "migrate", fd[1], NULL, e);
	close(fd[1]);
	/* the guest's stays open: it would power off */
	vm->fd = fd[0];
	ok = ok && take_state(vm, to, e);
	vm->fd = channel;
	close(fd[0]);
	return ok;
}

/* A description of its own: copies read from their own offset. */
static bool resume(struct vm *vm, int state, struct vorw_err *e)
{
	char path[40];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", state);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return vorw_fail(e, VORW_R_VM, "%s: %s", path,
				 strerror(errno));
	ok = migrate(vm, "migrate-incoming", fd, "RESUME", e);
	close(fd);
	return ok;
}

static void take(struct vm *vm, const struct qemu *q)
{
	vm->pid = q->pid;
	vm->fd = q->channel;
	vm->console = q->console;
	vm->monitor = q->monitor;
	vm->control = q->control;
}

/* From here on the guest is given hostile input. */
static void close_monitor(struct vm *vm)
{
	close(vm->monitor);
	vm->monitor = -1;
}

/* state: of a copy. */
static bool run(struct vm *vm, const struct qemu_opts *o, int state,
		struct vorw_err *e)
{
	struct qemu q = { .control = -1 };
	bool ok;

	if (!qemu_run(&q, o, e))
		return false;
	take(vm, &q);
	if (o->start != QEMU_COPY && o->start != QEMU_TEMPLATE)
		return true;
	vm_deadline(vm, RESUME_SECONDS * o->t->slow);
	ok = resume(vm, state, e);
	vm_deadline(vm, 0);
	if (o->start == QEMU_COPY)
		close_monitor(vm);
	return ok;
}

bool vm_start(struct vm **out, const struct qemu_opts *o, int state,
	      struct vorw_err *e)
{
	if (!vm_new(out, o->seconds, e))
		return false;
	if (run(*out, o, state, e))
		return true;
	vm_end(*out);
	*out = NULL;
	return false;
}

/* The monitor of a template, or of a copy that was made of one. */
static bool command(struct vm *vm, const char *name, const char *event,
		    struct vorw_err *e)
{
	struct qmp *q = malloc(sizeof(*q));
	bool ok;

	if (!q)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	qmp_again(q, vm->monitor, vm->deadline_ms);
	ok = qmp_command(q, name, NULL, event, e);
	if (q->closed)
		vm_died(vm, e);
	free(q);
	return ok;
}

static u64 cpu_ms(const struct vm *vm)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(vm->pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

bool vm_settle(struct vm *vm, unsigned seconds, struct vorw_err *e)
{
	u64 end = now_ms() + seconds * 1000ull, before = cpu_ms(vm), used;
	unsigned idle = 0;

	while (idle < SETTLED && now_ms() < end) {
		poll(NULL, 0, SETTLE_MS);
		used = cpu_ms(vm) - before;
		before += used;
		idle = used > SETTLE_USED_MS ? 0 : idle + 1;
		drain_console(vm);
	}
	return !vm->pid || !kill(vm->pid, 0) || vm_died(vm, e);
}

bool vm_halt(struct vm *vm, unsigned seconds, struct vorw_err *e)
{
	vm_deadline(vm, seconds);
	return command(vm, "stop", "STOP", e) &&
	       qemu_takes_orders(vm->control, e);
}

bool vm_copy(struct vm **out, const struct vm *template, unsigned seconds,
	     struct vorw_err *e)
{
	struct qemu q = { .control = -1 };

	if (!vm_new(out, seconds, e))
		return false;
	if (qemu_copy(&q, template->control, seconds, e)) {
		take(*out, &q);
		vm_deadline(*out, CONT_SECONDS);
		if (command(*out, "cont", "RESUME", e)) {
			vm_deadline(*out, 0);
			close_monitor(*out);
			return true;
		}
	}
	vm_end(*out);
	*out = NULL;
	/* the order may still be waiting; what comes of it ends by itself */
	if (template->pid)
		kill(template->pid, SIGKILL);
	return false;
}
