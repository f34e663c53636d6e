// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * keep.c - programs that are not freed before the guest ends.
 *
 * When a program's code is unmapped the kernel flushes the TLB for every page
 * between the lowest and the highest address that it has freed
 * (_vm_unmap_aliases(), mm/vmalloc.c); 32-bit Arm does that page by page, some
 * 50000 of them, and in an emulator that is most of what a small object costs.
 * The guest ends with its object anyway.  So a program's descriptor stays open,
 * libbpf's, too, which loads a trivial one each time to see whether loading
 * works: as long as it is small and so are the maps that it holds.  What an
 * object gets of memory for code and maps is the same to within these limits.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "agent.h"

#define KEEP_PROGS	64
#define KEEP_PAGES	256		/* 32-bit Arm has some 3500 for code */
#define KEEP_MAPS	(16u << 20)	/* bytes */
#define MAP_ENTRY	64		/* what the kernel adds, about */

static int kept[KEEP_PROGS];
static uint32_t nkept, npages;
static uint64_t map_bytes;
static bool maps_fit;

/* Linked with --wrap=close. */
int __wrap_close(int fd);
int __real_close(int fd);

static bool is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

/* About; KEEP_MAPS + 1: or more. */
static uint64_t map_size(const struct bpf_map *map)
{
	uint64_t n = bpf_map__max_entries(map), each;
	uint32_t type = bpf_map__type(map);

	each = bpf_map__value_size(map);
	if (is_per_cpu(type))
		each *= libbpf_num_possible_cpus();
	each += MAP_ENTRY + (uint64_t)bpf_map__key_size(map);
	/* its entries are bytes */
	if (type == BPF_MAP_TYPE_RINGBUF)
		each = 1;
	return n > KEEP_MAPS / each ? KEEP_MAPS + 1ull : n * each;
}

void keep_maps(const struct load *l)
{
	uint64_t sum = map_bytes;
	uint32_t i;

	for (i = 0; i < l->ndeclared; i++)
		sum += map_size(l->maps[i]);
	maps_fit = sum <= KEEP_MAPS;
	if (maps_fit)
		map_bytes = sum;
}

static bool is_prog(int fd)
{
	static const char name[] = "anon_inode:bpf-prog";
	char path[32], link[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	return n == sizeof(name) - 1 && !memcmp(link, name, n);
}

static bool small_enough(int fd)
{
	const uint64_t page = sysconf(_SC_PAGESIZE);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	uint64_t n;

	if (!maps_fit || nkept == KEEP_PROGS ||
	    bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	/* each function has pages of its own, and the program */
	n = npages + info.jited_prog_len / page + info.xlated_prog_len / page +
	    info.nr_jited_func_lens + 2;
	if (n > KEEP_PAGES)
		return false;
	npages = n;
	return true;
}

int __wrap_close(int fd)
{
	int saved = errno;

	if (is_prog(fd) && small_enough(fd)) {
		kept[nkept++] = fd;
		errno = saved;
		return 0;
	}
	errno = saved;
	return __real_close(fd);
}

void keep_end(void)
{
	while (nkept)
		__real_close(kept[--nkept]);
	npages = 0;
	map_bytes = 0;
}
