// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * failing.c - run a command, one of whose system calls fails.
 *
 *	failing CALL NR ERRNO COMMAND [ARGUMENT]...
 *
 * The NRth CALL of the command (0: every one) does nothing and returns ERRNO.
 * Exits as the command does, or with 99 when there were fewer such calls, or
 * with 98 when it could not be tried.  A seccomp filter stops each of these
 * calls until we say how it goes on (Documentation/userspace-api/
 * seccomp_filter.rst, "Userspace Notification").
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define NOT_REACHED	99
#define NOT_TRIED	98

/* A C library calls what its architecture has: both forms go by one name. */
static const struct {
	const char *name;
	int nr[2];
} calls[] = {
#ifdef SYS_mkdir
	{ "mkdir", { SYS_mkdir, SYS_mkdirat } },
	{ "open", { SYS_open, SYS_openat } },
	{ "rmdir", { SYS_rmdir, SYS_rmdir } },
#else
	{ "mkdir", { SYS_mkdirat, SYS_mkdirat } },
	{ "open", { SYS_openat, SYS_openat } },
	{ "rmdir", { SYS_unlinkat, SYS_unlinkat } },	/* AT_REMOVEDIR */
#endif
	{ "bpf", { SYS_bpf, SYS_bpf } },
	{ "flock", { SYS_flock, SYS_flock } },
	{ "getdents", { SYS_getdents64, SYS_getdents64 } },
	{ "ioctl", { SYS_ioctl, SYS_ioctl } },
	{ "perf_event_open", { SYS_perf_event_open, SYS_perf_event_open } },
	{ "read", { SYS_read, SYS_read } },
	{ "sendto", { SYS_sendto, SYS_sendto } },
	{ "socket", { SYS_socket, SYS_socket } },
	{ "statx", { SYS_statx, SYS_statx } },
	{ "symlink", { SYS_symlinkat, SYS_symlinkat } },
	{ "unlink", { SYS_unlinkat, SYS_unlinkat } },
};
#define NCALLS	(sizeof(calls) / sizeof(calls[0]))

static const struct { const char *name; int err; } errors[] = {
	{ "EINTR", EINTR }, { "EIO", EIO }, { "ENOLCK", ENOLCK },
	{ "ENOMEM", ENOMEM }, { "ENOSYS", ENOSYS }, { "EPERM", EPERM },
	{ "EWOULDBLOCK", EWOULDBLOCK },
};
#define NERRORS	(sizeof(errors) / sizeof(errors[0]))

static int give_up(const char *what)
{
	fprintf(stderr, "failing: %s: %s\n", what, strerror(errno));
	return NOT_TRIED;
}

/* Every such call of ours from now on waits for the listener. */
static int install(const int nr[2])
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr[0], 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr[1], 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(f) / sizeof(f[0]), f };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

/* The child: tell the parent the listener's number, wait until it has it. */
static int run(char **argv, const int nr[2], int sock)
{
	int listener = install(nr);
	struct iovec number = { &listener, sizeof(listener) };
	char go;

	/* none of these is among the calls that may have to fail */
	if (writev(sock, &number, 1) < 0)
		return NOT_TRIED;
	if (listener < 0 || recv(sock, &go, 1, 0) != 1)
		return give_up("seccomp");
	close(listener);
	close(sock);
	execvp(argv[0], argv);
	return give_up(argv[0]);
}

static int take_listener(int pidfd, int sock)
{
	int theirs = -1, fd;

	if (recv(sock, &theirs, sizeof(theirs), 0) != sizeof(theirs) ||
	    theirs < 0)
		return -1;
	fd = syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	send(sock, "", 1, 0);
	return fd;
}

/* Answer until the command has ended; true when one call failed. */
static bool serve(int listener, int pidfd, unsigned long nr, int err)
{
	struct pollfd p[] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};
	unsigned long seen = 0;

	while (poll(p, 2, -1) < 0 || !p[0].revents) {
		struct seccomp_notif q = { 0 };
		struct seccomp_notif_resp r = { 0 };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &q))
			continue;	/* killed while it waited */
		r.id = q.id;
		if (!nr || ++seen == nr)
			r.error = -err;
		else
			r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		if (!nr)
			seen = 1;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
	return seen && seen >= nr;
}

int main(int argc, char **argv)
{
	int sock[2], pidfd, listener, status;
	size_t c = 0, e = 0;
	bool reached;
	pid_t pid;

	while (argc > 4 && c < NCALLS && strcmp(calls[c].name, argv[1]))
		c++;
	while (argc > 4 && e < NERRORS && strcmp(errors[e].name, argv[3]))
		e++;
	if (argc < 5 || c == NCALLS || e == NERRORS) {
		fputs("usage: failing CALL NR ERRNO COMMAND...\n", stderr);
		return NOT_TRIED;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return give_up("socketpair");
	pid = fork();
	if (pid < 0)
		return give_up("fork");
	if (!pid) {
		close(sock[0]);
		_exit(run(argv + 4, calls[c].nr, sock[1]));
	}
	close(sock[1]);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	listener = take_listener(pidfd, sock[0]);
	if (listener < 0)
		kill(pid, SIGKILL);
	reached = listener >= 0 && serve(listener, pidfd,
					 strtoul(argv[2], NULL, 10),
					 errors[e].err);
	if (waitpid(pid, &status, 0) < 0 || listener < 0)
		return give_up("the command");
	if (!reached)
		return NOT_REACHED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_TRIED;
}
