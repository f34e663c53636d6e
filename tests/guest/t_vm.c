// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_vm.c - VMs that do not come up, hang or are killed: VORW_R_VM, in time,
 * and neither a process nor a descriptor stays behind.
 *
 *	vm TARGET DIR		DIR: for files of the test, empty
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"
#include "../unit/tap.h"

enum trick { NOTHING, NO_KERNEL, JUNK_KERNEL, NO_INITRD, JUNK_INITRD, NO_QEMU,
	     BAD_CPU, BAD_MACHINE, LITTLE_MEMORY, KILL, STOP };

static const struct {
	const char *name;
	enum trick trick;
	unsigned boot, total;	/* seconds */
	unsigned within;	/* the answer has to come: long before the limit
				 * that the case is not about */
	const char *says[2];	/* part of the message; the second: of a QEMU
				 * that looks at it itself, as for x86 */
} cases[] = {
	{ "kernel image is missing", NO_KERNEL, 600, 900, 300, { "no-such-kernel" } },
	{ "kernel image is junk", JUNK_KERNEL, 3, 900, 300,
	  { "in time", "too old to load a ram disk" } },
	{ "initramfs is missing", NO_INITRD, 600, 900, 300, { "no-such-initrd" } },
	{ "initramfs is junk", JUNK_INITRD, 600, 900, 300, { "anic" } },
	{ "QEMU is missing", NO_QEMU, 600, 900, 300, { "no-such-qemu" } },
	{ "QEMU does not know the CPU", BAD_CPU, 600, 900, 300, { "no-such-cpu" } },
	{ "QEMU does not know the machine", BAD_MACHINE, 600, 900, 300,
	  { "machine type" } },
	{ "too little memory to boot", LITTLE_MEMORY, 5, 900, 300, { "" } },
	{ "boot takes too long", NOTHING, 1, 900, 300, { "in time" } },
	{ "life is too short", NOTHING, 600, 1, 300, { "time limit" } },
	{ "QEMU is killed", KILL, 600, 900, 300, { "signal 9" } },
	{ "QEMU is stopped", STOP, 2, 900, 300, { "in time" } },
};

static struct vorw_target target;
static const char *dir;

static unsigned now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static unsigned count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* First child of this process, 0: none. */
static pid_t child_of(pid_t parent)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent,
		 parent);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%d", &pid) != 1)
			pid = 0;
		fclose(f);
	}
	return pid;
}

static void junk(char *to, size_t size, const char *name)
{
	FILE *f;
	int i;

	snprintf(to, size, "%s/%s", dir, name);
	f = fopen(to, "we");
	for (i = 0; f && i < 20000; i++)
		fputs("this is no kernel. ", f);
	if (f)
		fclose(f);
}

static void spoil(struct vorw_target *t, enum trick trick)
{
	switch (trick) {
	case NO_KERNEL:	  strcpy(t->kernel, "/no-such-kernel"); break;
	case JUNK_KERNEL: junk(t->kernel, sizeof(t->kernel), "kernel"); break;
	case NO_INITRD:	  strcpy(t->initrd, "/no-such-initrd"); break;
	case JUNK_INITRD: junk(t->initrd, sizeof(t->initrd), "initrd"); break;
	case NO_QEMU:	  strcpy(t->qemu, "no-such-qemu"); break;
	case BAD_CPU:	  strcpy(t->cpu, "no-such-cpu"); break;
	case BAD_MACHINE: strcpy(t->qemu_machine, "no-such-machine"); break;
	case LITTLE_MEMORY: t->mem_mib = 8; break;
	default:	  break;
	}
}

static void run_case(size_t i)
{
	struct guest_opts lim = { .boot_seconds = cases[i].boot,
				    .total_seconds = cases[i].total };
	unsigned fds = count_fds(), start = now(), took;
	struct vorw_target t = target;
	struct guest_hello hello;
	struct vorw_err e = { 0 };
	struct guest *g;
	bool said;
	pid_t pid;

	spoil(&t, cases[i].trick);
	if (guest_start(&g, &t, &lim, &e)) {
		pid = child_of(getpid());
		if (cases[i].trick == KILL)
			kill(pid, SIGKILL);
		if (cases[i].trick == STOP)
			kill(pid, SIGSTOP);
		guest_hello(g, &hello, &e);
	}
	guest_end(g);
	took = now() - start;
	said = strstr(e.msg, cases[i].says[0]) ||
	       (cases[i].says[1] && strstr(e.msg, cases[i].says[1]));
	ok(e.reason == VORW_R_VM && said &&
	   took <= cases[i].within, "%s", cases[i].name);
	diag("%s after %u s: %s", vorw_reason_name(e.reason), took, e.msg);
	ok(!child_of(getpid()) && count_fds() == fds,
	   "%s: nothing left behind", cases[i].name);
	vorw_err_free(&e);
}

/* A process that is gone, or dead and waiting for its parent's wait(). */
static bool gone(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return true;
	if (fscanf(f, "%*d %*s %c", &state) != 1)
		state = 0;
	fclose(f);
	return !state || state == 'Z' || state == 'X';
}

/* The host process is killed: its VM must not outlive it. */
static void test_parent_killed(void)
{
	struct guest_opts lim = { 0 };
	struct vorw_err e = { 0 };
	int report[2], i, status;
	pid_t host, qemu = 0;
	struct guest *g;
	char c;

	if (pipe(report))
		exit(1);
	host = fork();
	if (!host) {
		if (!guest_start(&g, &target, &lim, &e))
			_exit(1);
		if (write(report[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(report[1]);
	if (read(report[0], &c, 1) == 1)
		qemu = child_of(host);
	close(report[0]);
	kill(host, SIGKILL);
	waitpid(host, &status, 0);
	for (i = 0; qemu && i < 100 && !gone(qemu); i++)
		usleep(50000);
	ok(qemu && gone(qemu), "the VM dies with a killed host process");
}

int main(int argc, char **argv)
{
	struct vorw_err e = { 0 };
	size_t i;

	if (argc != 3) {
		fprintf(stderr, "usage: vm TARGET DIR\n");
		return 2;
	}
	vorw_quiet = true;
	dir = argv[2];
	if (!vorw_target_get(argv[1], &target, &e) || !target.ready) {
		fprintf(stderr, "target not ready: %s%s\n", e.msg,
			target.why_not);
		return 2;
	}
	for (i = 0; i < ARRAY_LEN(cases); i++)
		run_case(i);
	test_parent_killed();
	return tap_done();
}
