// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * boot.c - what PID 1 does before it can serve: mounts, limits, modules, the
 * port; and the end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"

/* What the port needs that is not part of the kernel image: one file a line,
 * in the order to load them (rules.mk writes it). */
#define MODULES		"/lib/modules.load"

static const struct {
	const char *path, *text;
} settings[] = {
	/* hardening randomises images; the addresses are what we are here for */
	{ "/proc/sys/net/core/bpf_jit_harden", "0" },
	{ "/proc/sys/kernel/kptr_restrict", "0" },
};

#define CAPTURE		"/lib/vorw_capture.ko"

#define PORT_WAIT_MS	20000
#define PORT_STEP_MS	2

int write_file(const char *path, const char *text)
{
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* PID 1 must not return: the kernel would panic, which also ends it */
	for (;;)
		pause();
}

static int load_module(const char *path)
{
	int fd, err = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0))
		err = -errno;
	close(fd);
	return err == -EEXIST ? 0 : err;
}

static int complain(int err, const char *what)
{
	fprintf(stderr, "vorw agent: %s: %s\n", what, strerror(-err));
	return err;
}

static int load_modules(void)
{
	char path[256];
	int err = 0;
	FILE *in;

	in = fopen(MODULES, "re");
	if (!in)
		return complain(-errno, MODULES);
	while (!err && fgets(path, sizeof(path), in)) {
		path[strcspn(path, "\n")] = 0;
		err = load_module(path);
		if (err)
			complain(err, path);
	}
	fclose(in);
	return err;
}

/* The port's device node, by the name the host gave it. */
static bool find_port(char *node, size_t size)
{
	static const char dir[] = "/sys/class/virtio-ports";
	char path[300], name[64];
	struct dirent *d;
	bool found = false;
	ssize_t n;
	DIR *dp;
	int fd;

	dp = opendir(dir);
	if (!dp)
		return false;
	while (!found && (d = readdir(dp))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%.64s/name", dir, d->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, name, sizeof(name) - 1);
		close(fd);
		if (n <= 0)
			continue;
		name[n] = 0;
		name[strcspn(name, "\n")] = 0;
		if (strcmp(name, PG_PORT))
			continue;
		snprintf(node, size, "/dev/%.64s", d->d_name);
		found = true;
	}
	closedir(dp);
	return found;
}

static int open_port(void)
{
	const struct timespec step = { .tv_nsec = PORT_STEP_MS * 1000000L };
	char node[80];
	int i, fd;

	/* the port is announced by a message, some time after the probe */
	for (i = 0; i < PORT_WAIT_MS / PORT_STEP_MS; i++) {
		if (find_port(node, sizeof(node))) {
			fd = open(node, O_RDWR | O_CLOEXEC);
			if (fd >= 0)
				return fd;
			if (errno != ENOENT && errno != ENXIO)
				return -errno;
		}
		nanosleep(&step, NULL);
	}
	return -ENODEV;
}

int boot(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const struct rlimit files = { 65536, 65536 };
	size_t i;
	int err;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL) ||
	    (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) &&
	     errno != EBUSY))
		return complain(-errno, "mount");
	setrlimit(RLIMIT_MEMLOCK, &all);
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		err = write_file(settings[i].path, settings[i].text);
		if (err)
			return complain(err, settings[i].path);
	}
	err = load_modules();
	if (err)
		return err;
	/* Without the capture module nothing works, but HELLO can say so. */
	capture_open(load_module(CAPTURE));
	err = open_port();
	return err < 0 ? complain(err, "no port " PG_PORT) : err;
}
