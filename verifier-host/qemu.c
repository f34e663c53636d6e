// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* qemu.c - start the QEMU of a verification guest. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clone/qemu_clone.h"
#include "guest/proto.h"
#include "qemu.h"

/* QEMU's own needs above the guest's memory: code and libraries, thread
 * stacks and arenas (reserved, hardly touched), translated code. */
#define TB_MIB		64
#define OVERHEAD_MIB	1024
#define DEFAULT_PATH	"/usr/local/bin:/usr/bin:/bin"

/* Descriptor numbers inside QEMU */
enum {
	FD_CHANNEL = 3, FD_CONSOLE, FD_MONITOR, FD_RAM, FD_CONTROL, FD_REPORT
};

/* Numbers that are given out above are below this. */
#define FD_ASIDE	16
#define ARGS_MAX	64

/* A copy takes some 10 ms; on a machine that is busy, longer. */
#define COPY_MS		20000

struct args {
	char *v[ARGS_MAX];
	unsigned n;
	bool failed;
};

static void add(struct args *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct args *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text || a->n == ARGS_MAX - 1) {
		free(text);
		a->failed = true;
		return;
	}
	a->v[a->n++] = text;
}

static void free_args(struct args *a)
{
	unsigned i;

	for (i = 0; i < a->n; i++)
		free(a->v[i]);
}

/* An option and its value. */
#define opt(a, name, ...) (add(a, "-" name), add(a, __VA_ARGS__))

/* The machine, the same for a guest and its copies: QEMU loads a state only
 * into the machine that it was saved from. */
static void add_machine(struct args *a, const struct qemu_opts *o)
{
	const struct vorw_target *t = o->t;
	bool own_ram = o->start != QEMU_BOOT;

	opt(a, "M", "%s%s", t->qemu_machine,
	    own_ram ? ",memory-backend=ram" : "");
	opt(a, "cpu", "%s", t->cpu);
	opt(a, "smp", "1");
	opt(a, "m", "%u", o->mem_mib);
	/* code that is mapped twice is shared, so copies would write to one */
	opt(a, "accel", "tcg,tb-size=%u%s", TB_MIB,
	    o->start == QEMU_TEMPLATE ? ",split-wx=off" : "");
	if (own_ram)
		opt(a, "object", "memory-backend-file,id=ram,size=%uM,"
		    "mem-path=/proc/self/fd/%d,share=%s", o->mem_mib, FD_RAM,
		    o->start == QEMU_KEEP ? "on" : "off");
	opt(a, "chardev", "socket,id=console,fd=%d", FD_CONSOLE);
	opt(a, "serial", "chardev:console");
	opt(a, "chardev", "socket,id=channel,fd=%d", FD_CHANNEL);
	opt(a, "device", "%s", !strcmp(t->virtio, "mmio") ?
	    "virtio-serial-device" : "virtio-serial-pci");
	opt(a, "device", "virtserialport,chardev=channel,name=" PG_PORT);
}

/* panic=-1 with -no-reboot: a guest that dies ends its QEMU at once */
static void add_kernel(struct args *a, const struct vorw_target *t)
{
	char words[sizeof(t->guest_append)], *comma;

	strcpy(words, t->guest_append);
	while ((comma = strchr(words, ',')))
		*comma = ' ';
	opt(a, "kernel", "%s", t->kernel);
	opt(a, "initrd", "%s", t->initrd);
	opt(a, "append", "console=%s quiet panic=-1 audit=0 "
	    "cryptomgr.notests %s %s", t->console, words, t->append);
}

static void add_all(struct args *a, const struct qemu_opts *o)
{
	add(a, "%s", o->t->qemu);
	add(a, "-no-user-config");
	add(a, "-nodefaults");
	opt(a, "display", "none");
	add(a, "-no-reboot");
	opt(a, "nic", "none");
	/* a template's copies give up starting processes by themselves */
	opt(a, "sandbox", "on,obsolete=deny,elevateprivileges=deny,"
	    "%sresourcecontrol=deny",
	    o->start == QEMU_TEMPLATE ? "" : "spawn=deny,");
	add_machine(a, o);
	if (o->start != QEMU_BOOT) {
		opt(a, "chardev", "socket,id=monitor,fd=%d", FD_MONITOR);
		opt(a, "mon", "chardev=monitor,mode=control");
	}
	/* a copy's kernel is in its memory */
	if (o->start == QEMU_COPY || o->start == QEMU_TEMPLATE)
		opt(a, "incoming", "defer");
	else
		add_kernel(a, o->t);
}

static void limit(int what, rlim_t n)
{
	const struct rlimit r = { n, n };

	setrlimit(what, &r);
}

/* Wall clock is ours to watch; this one holds if we are stopped. */
static rlim_t cpu_limit(unsigned seconds)
{
	return (rlim_t)seconds * 2 + 60;
}

/* To number to inside QEMU; false also if fd is not one.  Async-signal-safe. */
static bool give(int fd, int to)
{
	return dup2(fd, to) == to && !fcntl(to, F_SETFD, 0);
}

/* What the child gets: numbers of this process, -1 where there is nothing. */
struct given {
	int channel, console, monitor, ram, control, report;
};

/* Out of the way of the numbers that are given out.  Async-signal-safe. */
static bool aside(int *fd)
{
	if (*fd >= 0)
		*fd = fcntl(*fd, F_DUPFD_CLOEXEC, FD_ASIDE);
	return *fd >= 0;
}

/* In the child: only async-signal-safe calls until exec. */
static void run_child(char **argv, char **envp, const struct qemu_opts *o,
		      struct given g, pid_t parent)
{
	bool with = o->start != QEMU_BOOT;
	bool template = o->start == QEMU_TEMPLATE;
	sigset_t none;
	int null, err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	/* a terminal's ^C is for us; QEMU goes when we go.  A template's copies
	 * are of its group, too: by that they are found. */
	setpgid(0, 0);
	null = open("/dev/null", O_RDONLY);
	if (!aside(&null) || !aside(&g.channel) || !aside(&g.console) ||
	    !aside(&g.report) ||
	    (with && (!aside(&g.monitor) || !aside(&g.ram))) ||
	    (template && !aside(&g.control)))
		_exit(127);
	if (!give(null, 0) || !give(g.console, 1) || !give(g.console, 2) ||
	    !give(g.channel, FD_CHANNEL) || !give(g.console, FD_CONSOLE) ||
	    !give(g.report, FD_REPORT) ||
	    fcntl(FD_REPORT, F_SETFD, FD_CLOEXEC) ||
	    (with ? !give(g.monitor, FD_MONITOR) || !give(g.ram, FD_RAM) :
		    close_range(FD_MONITOR, FD_RAM, 0)) ||
	    (template ? !give(g.control, FD_CONTROL) :
			close_range(FD_CONTROL, FD_CONTROL, 0)) ||
	    close_range(FD_REPORT + 1, ~0u, 0))
		_exit(127);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_AS, (rlim_t)(o->mem_mib + TB_MIB + OVERHEAD_MIB) << 20);
	limit(RLIMIT_CPU, cpu_limit(o->seconds));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(argv[0], argv, envp);
	err = errno;
	if (write(FD_REPORT, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Fork and exec; *pid, or an errno. */
static int spawn(pid_t *pid, char **argv, const struct qemu_opts *o,
		 struct given g)
{
	char path_env[4096], preload[4096], control[40];
	char *envp[] = { path_env, "LC_ALL=C", NULL, NULL, NULL };
	const char *path = getenv("PATH");
	pid_t parent = getpid();
	int report[2], err = 0;

	snprintf(path_env, sizeof(path_env), "PATH=%s",
		 path ? path : DEFAULT_PATH);
	if (o->start == QEMU_TEMPLATE) {
		snprintf(preload, sizeof(preload), "LD_PRELOAD=%s",
			 o->preload);
		snprintf(control, sizeof(control), QEMU_CLONE_ENV "=%d",
			 FD_CONTROL);
		envp[2] = preload;
		envp[3] = control;
	}
	if (pipe2(report, O_CLOEXEC))
		return errno;
	g.report = report[1];
	*pid = fork();
	if (!*pid)
		run_child(argv, envp, o, g, parent);
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

static bool start(struct qemu *q, const struct qemu_opts *o, struct given g,
		  struct vorw_err *e)
{
	struct args a = { 0 };
	int err;

	add_all(&a, o);
	if (a.failed) {
		free_args(&a);
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	}
	err = spawn(&q->pid, a.v, o, g);
	free_args(&a);
	if (err)
		return vorw_fail(e, VORW_R_VM, "cannot run %s: %s%s",
				 o->t->qemu, strerror(err), err == ENOENT ?
				 " (make installs its package)" : "");
	return true;
}

#define PAIRS_MAX 4

/* n pairs of connected sockets: ours, and QEMU's. */
static bool make_pairs(int fd[PAIRS_MAX][2], unsigned n, struct vorw_err *e)
{
	unsigned i;

	for (i = 0; i < PAIRS_MAX; i++)
		fd[i][0] = fd[i][1] = -1;
	for (i = 0; i < n; i++)
		/* the fourth is for orders, which are messages */
		if (socketpair(AF_UNIX, (i == 3 ? SOCK_SEQPACKET : SOCK_STREAM) |
			       SOCK_CLOEXEC, 0, fd[i]))
			return vorw_fail(e, VORW_R_VM, "socketpair: %s",
					 strerror(errno));
	return true;
}

static void keep_pairs(struct qemu *q, int fd[PAIRS_MAX][2], bool ok)
{
	unsigned i;

	if (ok) {
		q->channel = fd[0][0];
		q->console = fd[1][0];
		q->monitor = fd[2][0];
		q->control = fd[3][0];
	}
	for (i = 0; i < PAIRS_MAX; i++) {
		if (!ok && fd[i][0] >= 0)
			close(fd[i][0]);
		if (fd[i][1] >= 0)
			close(fd[i][1]);
	}
}

bool qemu_run(struct qemu *q, const struct qemu_opts *o, struct vorw_err *e)
{
	unsigned n = o->start == QEMU_BOOT ? 2 :
		     o->start == QEMU_TEMPLATE ? 4 : 3;
	int fd[PAIRS_MAX][2];
	bool ok;

	ok = make_pairs(fd, n, e) && start(q, o, (struct given){
			.channel = fd[0][1], .console = fd[1][1],
			.monitor = fd[2][1], .control = fd[3][1],
			.ram = o->ram,
		}, e);
	keep_pairs(q, fd, ok);
	return ok;
}

/* What was ordered: a process id, or -errno. */
static int order_copy(int control, int fd[PAIRS_MAX][2])
{
	const struct qemu_clone_order o = {
		.parent = getpid(),
		.to = { FD_CHANNEL, FD_CONSOLE, FD_MONITOR },
	};
	const int fds[CLONE_FDS] = { fd[0][1], fd[1][1], fd[2][1] };
	struct pollfd p = { .fd = control, .events = POLLIN };
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(fds))];
	} c = { 0 };
	struct iovec io = { (void *)&o, sizeof(o) };
	const struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = &c, .msg_controllen = sizeof(c.room),
	};
	int32_t rc;
	int n;

	c.h = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(fds)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(&c.h), fds, sizeof(fds));
	if (sendmsg(control, &m, MSG_NOSIGNAL) != sizeof(o))
		return -EPIPE;
	do
		n = poll(&p, 1, COPY_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -ETIMEDOUT;
	return recv(control, &rc, sizeof(rc), 0) == sizeof(rc) ? rc : -EPIPE;
}

bool qemu_takes_orders(int control, struct vorw_err *e)
{
	int32_t rc = -ENOSYS;

	return (recv(control, &rc, sizeof(rc), MSG_DONTWAIT) == sizeof(rc) &&
		!rc) ||
	       vorw_fail(e, VORW_R_VM, "this QEMU cannot be copied: %s",
			 strerror(rc < 0 ? -rc : EPROTO));
}

/* As the template's are: QEMU expects them so (qio_channel_set_blocking()). */
static bool dont_block(int fd[PAIRS_MAX][2], unsigned n, struct vorw_err *e)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (fcntl(fd[i][1], F_SETFL, O_RDWR | O_NONBLOCK))
			return vorw_fail(e, VORW_R_VM, "fcntl: %s",
					 strerror(errno));
	return true;
}

bool qemu_copy(struct qemu *q, int control, unsigned seconds,
	       struct vorw_err *e)
{
	const rlim_t cpu = cpu_limit(seconds);
	const struct rlimit r = { cpu, cpu };
	int fd[PAIRS_MAX][2], rc;
	bool ok = make_pairs(fd, CLONE_FDS, e) &&
		  dont_block(fd, CLONE_FDS, e);

	if (ok) {
		rc = order_copy(control, fd);
		ok = rc > 0 || vorw_fail(e, VORW_R_VM, "copying QEMU: %s",
					 strerror(-rc));
		q->pid = ok ? rc : 0;
		if (ok)
			prlimit(rc, RLIMIT_CPU, &r, NULL);
	}
	keep_pairs(q, fd, ok);
	return ok;
}

/* Where execvpe() finds it. */
static bool stat_program(const char *name, struct stat *st)
{
	const char *path = getenv("PATH"), *end;
	char file[4096];

	if (strchr(name, '/'))
		return !stat(name, st);
	for (path = path ? path : DEFAULT_PATH; ; path = end + 1) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s/%s", (int)(end - path),
			 path, name);
		if (!stat(file, st) && S_ISREG(st->st_mode) &&
		    !access(file, X_OK))
			return true;
		if (!*end)
			return false;
	}
}

static void print_file(FILE *f, const char *what, const struct stat *st)
{
	fprintf(f, "%s %ju:%ju %jd bytes %jd.%09ld %jd.%09ld\n", what,
		(uintmax_t)st->st_dev, (uintmax_t)st->st_ino,
		(intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		st->st_mtim.tv_nsec, (intmax_t)st->st_ctim.tv_sec,
		st->st_ctim.tv_nsec);
}

char *qemu_identity(const struct vorw_target *t, unsigned mem_mib,
		    struct vorw_err *e)
{
	struct vorw_target same = *t;
	const struct qemu_opts o = {
		.t = &same, .start = QEMU_KEEP, .mem_mib = mem_mib,
	};
	struct stat qemu, kernel, initrd;
	struct args a = { 0 };
	char *text = NULL;
	size_t size;
	unsigned i;
	FILE *f;

	if (!stat_program(t->qemu, &qemu) || stat(t->kernel, &kernel) ||
	    stat(t->initrd, &initrd)) {
		vorw_fail(e, VORW_R_VM, "target '%s': %s, its kernel or its initramfs is not there",
			  t->name, t->qemu);
		return NULL;
	}
	/* what they are counts, not by which way they were found */
	same.kernel[0] = 0;
	same.initrd[0] = 0;
	f = open_memstream(&text, &size);
	add_all(&a, &o);
	if (f && !a.failed) {
		for (i = 0; i < a.n; i++)
			fprintf(f, "%s\n", a.v[i]);
		print_file(f, "qemu", &qemu);
		print_file(f, "kernel", &kernel);
		print_file(f, "initrd", &initrd);
	}
	free_args(&a);
	if (!f || ferror(f) | fclose(f) || a.failed) {
		free(text);
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
		return NULL;
	}
	return text;
}
