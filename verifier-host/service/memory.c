// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* memory.c - free memory, as /proc/meminfo and control groups say it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"

#define NO_LIMIT	(~0ull)

/* The number behind key in a file of "key number" lines; key "": the file is
 * but the number.  "max", and no such file: otherwise. */
static u64 number(const char *dir, const char *file, const char *key,
		  u64 otherwise)
{
	char path[PATH_MAX], line[256], *end;
	size_t n = strlen(key);
	u64 value = otherwise, found;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >=
	    (int)sizeof(path))
		return otherwise;
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, n) || (n && line[n] != ' '))
			continue;
		found = strtoull(line + n, &end, 10);
		if (end != line + n)
			value = found;
		break;
	}
	if (f)
		fclose(f);
	return value;
}

/* Of one group.  Pages of files that nobody has used for a while are charged,
 * too, and given up at once (Documentation/admin-guide/cgroup-v2.rst). */
static u64 group_free(const char *dir)
{
	u64 max = number(dir, "memory.max", "", NO_LIMIT);
	u64 high = number(dir, "memory.high", "", NO_LIMIT);
	u64 used = number(dir, "memory.current", "", 0);
	u64 cache = number(dir, "memory.stat", "inactive_file", 0);
	u64 limit = high < max ? high : max;

	used = used > cache ? used - cache : 0;
	return limit == NO_LIMIT ? NO_LIMIT : limit > used ? limit - used : 0;
}

/* Our group of version 2, by its path; false: there is none. */
static bool own_group(const char *root, char path[PATH_MAX])
{
	char file[PATH_MAX];
	bool found = false;
	FILE *f;

	snprintf(file, sizeof(file), "%s/proc/self/cgroup", root);
	f = fopen(file, "re");
	while (f && !found && fgets(file, sizeof(file), f)) {
		file[strcspn(file, "\n")] = 0;
		found = !strncmp(file, "0::/", 4) && !strstr(file, "/..") &&
			snprintf(path, PATH_MAX, "%s/sys/fs/cgroup%s", root,
				 file + 3) < PATH_MAX;
	}
	if (f)
		fclose(f);
	return found;
}

static u64 groups_free(const char *root)
{
	char path[PATH_MAX], *slash;
	u64 least = NO_LIMIT, n;
	size_t top = strlen(root) + strlen("/sys/fs/cgroup");

	if (!own_group(root, path))
		return NO_LIMIT;
	/* up to the one that this namespace calls the root */
	while (strlen(path) >= top) {
		n = group_free(path);
		least = n < least ? n : least;
		slash = strrchr(path, '/');
		*slash = 0;
	}
	return least;
}

u64 memory_free_mib(const char *root)
{
	char proc[PATH_MAX];
	u64 machine, groups;

	snprintf(proc, sizeof(proc), "%s/proc", root);
	machine = number(proc, "meminfo", "MemAvailable:", NO_LIMIT >> 10);
	groups = groups_free(root);
	return (machine < groups >> 10 ? machine : groups >> 10) >> 10;
}
