// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* t_memory.c - free memory, out of files as the kernel has them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "service/memory.h"
#include "unit/tap.h"

#define GIB	(1ull << 30)

static char root[] = "/tmp/vorw-memory-XXXXXX";

__attribute__((format(printf, 2, 3)))
static void file(const char *path, const char *format, ...)
{
	char at[256], *p;
	va_list args;
	FILE *f;

	snprintf(at, sizeof(at), "%s/%s", root, path);
	for (p = at + sizeof(root); (p = strchr(p, '/')); *p++ = '/') {
		*p = 0;
		mkdir(at, 0700);
	}
	f = fopen(at, "w");
	if (!f) {
		diag("%s: not written", at);
		return;
	}
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fclose(f);
}

static void group(const char *dir, u64 max, u64 high, u64 used, u64 cache)
{
	char path[200];

	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.max", dir);
	file(path, max ? "%llu\n" : "max\n", (unsigned long long)max);
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.high", dir);
	file(path, high ? "%llu\n" : "max\n", (unsigned long long)high);
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.current", dir);
	file(path, "%llu\n", (unsigned long long)used);
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.stat", dir);
	file(path, "anon 5\nfile 7\ninactive_anon 1\ninactive_file %llu\n",
	     (unsigned long long)cache);
}

int main(void)
{
	char command[64];
	u64 n;

	if (!mkdtemp(root))
		return 2;
	ok(memory_free_mib(root) > 1ull << 40, "nothing is said: no limit");
	file("proc/meminfo", "MemTotal: 9000000 kB\nMemFree: 1 kB\n"
	     "MemAvailable: 4194304 kB\n");
	is(memory_free_mib(root), 4096, "the machine's");
	file("proc/self/cgroup", "1:name=systemd:/x\n0::/a/b\n");
	is(memory_free_mib(root), 4096, "a group that says nothing");
	group("/a/b", 0, 0, GIB, 0);
	is(memory_free_mib(root), 4096, "one without a limit");
	group("/a/b", 3 * GIB, 0, GIB, 0);
	is(memory_free_mib(root), 2048, "its limit, less what it uses");
	group("/a/b", 3 * GIB, 0, GIB, GIB / 2);
	is(memory_free_mib(root), 2560, "but for pages that it gives up");
	group("/a/b", 3 * GIB, 2 * GIB, GIB, 0);
	is(memory_free_mib(root), 1024, "the limit above which it is slowed down");
	group("/a", 2 * GIB, 0, 2 * GIB - (100 << 20), 0);
	is(memory_free_mib(root), 100, "the limit of the group around it");
	group("/a", GIB, 0, 2 * GIB, 0);
	is(memory_free_mib(root), 0, "which may be exceeded");
	group("/a", 0, 0, GIB, 0);
	group("/a/b", 90 * GIB, 0, GIB, 0);
	is(memory_free_mib(root), 4096, "the machine has less than the group");
	file("proc/self/cgroup", "0::/\n");
	group("", GIB, 0, 0, 0);
	is(memory_free_mib(root), 1024, "in a container the group is the root");
	n = memory_free_mib("");
	ok(n && n < 1ull << 40, "this machine says something (%llu MiB)",
	   (unsigned long long)n);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command))
		diag("%s is left", root);
	return tap_done();
}
