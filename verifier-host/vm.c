// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* vm.c - start, limit, talk to and end the QEMU of a verification guest. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "guest/proto.h"
#include "vm.h"

/* QEMU's own needs above the guest's memory: code and libraries, thread
 * stacks and arenas (reserved, hardly touched), translated code. */
#define TB_MIB		64
#define OVERHEAD_MIB	1024
#define CONSOLE_KEEP	4096		/* last bytes, for error messages */
#define CONSOLE_SHOW	600
/* A guest has no reason to say more than this in its life. */
#define RECV_MAX	(1ull << 30)

/* Descriptor numbers inside QEMU */
#define FD_CHANNEL	3
#define FD_CONSOLE	4

struct vm {
	pid_t pid;		/* 0: none */
	int fd, console;	/* -1: none */
	char keep[CONSOLE_KEEP];
	size_t kept;
	uint64_t received;
	uint64_t end_ms, deadline_ms;
	bool boot_limit;	/* deadline_ms is a step's, not the VM's */
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

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

void vm_end(struct vm *vm)
{
	if (!vm)
		return;
	if (vm->pid) {
		kill(vm->pid, SIGKILL);
		while (waitpid(vm->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->console >= 0)
		close(vm->console);
	free(vm);
}

static void limit(int what, rlim_t n)
{
	const struct rlimit r = { n, n };

	setrlimit(what, &r);
}

/* In the child: only async-signal-safe calls until exec. */
static void run_qemu(char **argv, char **envp, const char *path, int channel,
		     int console, int report, pid_t parent,
		     uint64_t mem_bytes, unsigned seconds)
{
	int null, err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	/* a terminal's ^C is for us; QEMU goes when we go */
	setpgid(0, 0);
	null = open("/dev/null", O_RDONLY);
	if (null < 0 ||
	    /* out of the way of the numbers that are given out below */
	    (channel = fcntl(channel, F_DUPFD, 16)) < 0 ||
	    (console = fcntl(console, F_DUPFD, 16)) < 0 ||
	    (report = fcntl(report, F_DUPFD, 16)) < 0 ||
	    dup2(null, 0) < 0 || dup2(console, 1) < 0 ||
	    dup2(console, 2) < 0 || dup2(channel, FD_CHANNEL) < 0 ||
	    dup2(console, FD_CONSOLE) < 0 || dup2(report, 5) < 0 ||
	    fcntl(5, F_SETFD, FD_CLOEXEC) < 0 ||
	    close_range(6, ~0u, 0))
		_exit(127);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_AS, mem_bytes);
	/* wall clock is ours to watch; this one holds if we are stopped */
	limit(RLIMIT_CPU, seconds * 2 + 60);
	execvpe(path, argv, envp);
	err = errno;
	if (write(5, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Fork and exec; *pid, or an errno. */
static int spawn(pid_t *pid, char **argv, int channel, int console,
		 uint64_t mem_bytes, unsigned seconds)
{
	char path_env[4096];
	char *envp[] = { path_env, "LC_ALL=C", NULL };
	const char *path = getenv("PATH");
	pid_t parent = getpid();
	int report[2], err = 0;

	snprintf(path_env, sizeof(path_env), "PATH=%s",
		 path ? path : "/usr/local/bin:/usr/bin:/bin");
	if (pipe2(report, O_CLOEXEC))
		return errno;
	*pid = fork();
	if (!*pid)
		run_qemu(argv, envp, argv[0], channel, console, report[1],
			 parent, mem_bytes, seconds);
	close(report[1]);
	if (*pid < 0) {
		err = errno;
		*pid = 0;
	} else if (read(report[0], &err, sizeof(err)) != sizeof(err)) {
		err = 0;
	}
	close(report[0]);
	if (err && *pid) {
		waitpid(*pid, NULL, 0);
		*pid = 0;
	}
	return err;
}

static bool launch(struct vm *vm, const struct vorw_target *t,
		   unsigned mem_mib, unsigned seconds, int channel,
		   int console, struct vorw_err *e)
{
	char mem[16], accel[32], append[512], chan_arg[64], con_arg[64];
	bool mmio = !strcmp(t->virtio, "mmio");
	char *argv[] = {
		(char *)t->qemu, "-no-user-config", "-nodefaults",
		"-display", "none", "-no-reboot", "-nic", "none",
		"-sandbox", "on,obsolete=deny,elevateprivileges=deny,"
			    "spawn=deny,resourcecontrol=deny",
		"-M", (char *)t->qemu_machine, "-cpu", (char *)t->cpu,
		"-smp", "1", "-m", mem, "-accel", accel,
		"-kernel", (char *)t->kernel, "-initrd", (char *)t->initrd,
		"-append", append,
		"-chardev", con_arg, "-serial", "chardev:console",
		"-chardev", chan_arg,
		"-device", mmio ? "virtio-serial-device" : "virtio-serial-pci",
		"-device", "virtserialport,chardev=channel,name=" PG_PORT,
		NULL
	};
	char *comma;
	int err;

	snprintf(mem, sizeof(mem), "%u", mem_mib);
	snprintf(accel, sizeof(accel), "tcg,tb-size=%u", TB_MIB);
	/* panic=-1 with -no-reboot: a guest that dies ends its QEMU at once */
	snprintf(append, sizeof(append), "console=%s quiet panic=-1 "
		 "audit=0 cryptomgr.notests %s", t->console, t->guest_append);
	while ((comma = strchr(append, ',')))
		*comma = ' ';
	snprintf(con_arg, sizeof(con_arg), "socket,id=console,fd=%d",
		 FD_CONSOLE);
	snprintf(chan_arg, sizeof(chan_arg), "socket,id=channel,fd=%d",
		 FD_CHANNEL);
	err = spawn(&vm->pid, argv, channel, console,
		    (uint64_t)(mem_mib + TB_MIB + OVERHEAD_MIB) << 20,
		    seconds);
	if (err)
		return vorw_fail(e, VORW_R_VM, "cannot run %s: %s%s", t->qemu,
				 strerror(err), err == ENOENT ?
				 " (make installs its package)" : "");
	return true;
}

bool vm_start(struct vm **out, const struct vorw_target *t, unsigned mem_mib,
	      unsigned total_seconds, struct vorw_err *e)
{
	int channel[2] = { -1, -1 }, console[2] = { -1, -1 };
	struct vm *vm;
	bool ok = false;

	if (!vm_new(out, total_seconds, e))
		return false;
	vm = *out;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, console)) {
		vorw_fail(e, VORW_R_VM, "socketpair: %s", strerror(errno));
		goto out;
	}
	ok = launch(vm, t, mem_mib, total_seconds, channel[1], console[1], e);
	vm->fd = channel[0];
	vm->console = console[0];
	channel[0] = -1;
	console[0] = -1;
out:
	if (channel[0] >= 0)
		close(channel[0]);
	if (channel[1] >= 0)
		close(channel[1]);
	if (console[0] >= 0)
		close(console[0]);
	if (console[1] >= 0)
		close(console[1]);
	if (!ok) {
		vm_end(vm);
		*out = NULL;
	}
	return ok;
}
