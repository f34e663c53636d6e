// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_apart.c - descriptors and memory of a copy, against its template's. */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "t_template.h"
#include "../unit/tap.h"

#define FDS_MAX	1024

/* What a descriptor is: an event's own number, else what it links to. */
static bool read_fd(pid_t pid, int fd, char to[PATH_MAX])
{
	char path[64], line[128];
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(path, to, PATH_MAX - 1);
	if (n < 0)
		return false;
	to[n] = 0;
	if (strcmp(to, "anon_inode:[eventfd]"))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "eventfd-id:", 11))
			snprintf(to, PATH_MAX, "event %s", line + 11);
	if (f)
		fclose(f);
	return true;
}

static unsigned read_fds(pid_t pid, char (*to)[PATH_MAX])
{
	char path[64];
	struct dirent *d;
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && n < FDS_MAX && (d = readdir(dir)))
		if (d->d_name[0] != '.' && read_fd(pid, atoi(d->d_name),
						   to[n]))
			n++;
	if (dir)
		closedir(dir);
	return n;
}

/* All may have these. */
static bool is_harmless(const char *what)
{
	return !strcmp(what, "/dev/null") || !strncmp(what, "/memfd:", 7) ||
	       !strcmp(what, "anon_inode:[signalfd]");
}

static unsigned shared_mappings(pid_t pid, unsigned *all)
{
	char path[64], line[PATH_MAX + 128], mode[8];
	unsigned n = 0;
	FILE *f;

	*all = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %7s", mode) != 1)
			continue;
		++*all;
		if (mode[1] == 'w' && mode[3] == 's') {
			diag("%s", line);
			n++;
		}
	}
	if (f)
		fclose(f);
	return n;
}

void test_apart(pid_t copy, pid_t template)
{
	static char of[FDS_MAX][PATH_MAX], its[FDS_MAX][PATH_MAX];
	unsigned n, m, i, k, all, same = 0, sockets = 0;

	/* they are not dumpable: only root may look */
	if (geteuid()) {
		diag("descriptors and mappings are compared as root only");
		return;
	}
	n = read_fds(copy, its);
	m = read_fds(template, of);
	for (i = 0; i < n; i++) {
		sockets += !strncmp(its[i], "socket:", 7);
		for (k = 0; k < m && strcmp(its[i], of[k]); k++)
			;
		if (k < m && !is_harmless(its[i])) {
			diag("shared: %s", its[i]);
			same++;
		}
	}
	ok(n && m && n < FDS_MAX, "its %u descriptors are seen", n);
	is(same, 0, "shares none that matters");
	/* the monitor's is being closed */
	ok(sockets == 4 || sockets == 5,
	   "%u sockets: a channel, a console three times", sockets);
	is(shared_mappings(copy, &all), 0, "none of its memory is shared");
	ok(all > 20, "of %u mappings", all);
}
