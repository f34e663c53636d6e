// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * t_snapshot.c - snapshot files that are not there, old, damaged or others',
 * and what a good one is loaded to.  Nothing is booted.
 *
 *	snapshot DIR		DIR: for files of the test, empty
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "qemu.h"
#include "snapshot.h"
#include "../unit/tap.h"

#define PAGE	4096
#define MIB	(1u << 20)

static struct vorw_target target = {
	.name = "made-up", .arch = "arm", .machine = 40, .cpu = "any",
	.qemu = "sh", .qemu_machine = "virt", .console = "tty", .slow = 1,
	.virtio = "mmio", .mem_mib = 1, .ready = true,
};
static char file[600];

static const char state[] = "the state of all devices";

struct head {
	char magic[8];
	u32 version, mem_mib, identity_len, state_len;
};

static void touch(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static char *identity(void)
{
	struct vorw_err e = { 0 };

	return qemu_identity(&target, target.mem_mib, &e);
}

/* A snapshot as it should be, of a memory with one page that is not zero.  Its
 * head is the caller's to spoil; cut: so many bytes less at the end. */
static void write_snapshot(struct head h, unsigned cut)
{
	char *id = identity();
	off_t ram = (sizeof(h) + strlen(id) + sizeof(state) + PAGE - 1) /
		    PAGE * PAGE;
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (!h.identity_len)
		h.identity_len = strlen(id);
	if (pwrite(fd, &h, sizeof(h), 0) < 0 ||
	    pwrite(fd, id, strlen(id), sizeof(h)) < 0 ||
	    pwrite(fd, state, sizeof(state), sizeof(h) + strlen(id)) < 0 ||
	    pwrite(fd, "memory", 6, ram + 5 * PAGE) < 0 ||
	    ftruncate(fd, ram + MIB - cut) < 0)
		perror(file);
	close(fd);
	free(id);
}

static struct head good(void)
{
	return (struct head){ .magic = "vorwsnap", .version = 1, .mem_mib = 1,
			      .state_len = sizeof(state) };
}

/* says NULL: no snapshot, and no failure. */
static void refused(const char *name, const char *says)
{
	struct vorw_err e = { 0 };
	struct snapshot *s;
	bool opened = snapshot_open(&s, &target, &e);

	ok(!s && opened == !says && (!says || strstr(e.msg, says)),
	   "not used: %s", name);
	if (e.msg[0])
		diag("%s", e.msg);
	snapshot_close(s);
	vorw_err_free(&e);
}

static void test_refused(void)
{
	struct head h;

	refused("there is none", NULL);
	write_snapshot(good(), 0);
	chmod(file, 0620);
	refused("its group may write to it", "others may write");
	unlink(file);
	if (symlink("elsewhere", file))
		perror(file);
	refused("a symbolic link", strerror(ELOOP));
	unlink(file);
	mkdir(file, 0700);
	refused("a directory", "others may write");
	rmdir(file);
	touch(file, "");
	refused("an empty file", "damaged");
	write_snapshot(good(), 1);
	refused("a byte is missing at the end", "damaged");
	h = good();
	h.magic[0] ^= 1;
	write_snapshot(h, 0);
	refused("another magic", "damaged");
	h = good();
	h.version = 2;
	write_snapshot(h, 0);
	refused("another version", NULL);
	h = good();
	h.mem_mib = 0;
	write_snapshot(h, 0);
	refused("no memory", "damaged");
	h = good();
	h.mem_mib = ~0u;
	write_snapshot(h, 0);
	refused("more memory than the file has", "damaged");
	h = good();
	h.state_len = 0;
	write_snapshot(h, 0);
	refused("no state", "damaged");
	h = good();
	h.state_len = ~0u;
	write_snapshot(h, 0);
	refused("more state than there can be", "damaged");
	h = good();
	h.identity_len = ~0u;
	write_snapshot(h, 0);
	refused("an identity longer than the file", NULL);
}

static void test_old(const char *kernel)
{
	char mem[8], cpu[64];

	write_snapshot(good(), 0);
	touch(kernel, "another kernel");
	refused("the kernel was built again since", NULL);
	write_snapshot(good(), 0);
	snprintf(mem, sizeof(mem), "%u", target.mem_mib);
	target.mem_mib = 2;
	refused("the target has more memory since", NULL);
	target.mem_mib = 1;
	strcpy(cpu, target.cpu);
	strcpy(target.cpu, "other");
	refused("the target has another CPU since", NULL);
	strcpy(target.cpu, cpu);
	strcpy(target.qemu, "cat");
	refused("another QEMU", NULL);
	strcpy(target.qemu, "no-such-qemu");
	refused("no QEMU", "is not there");
	strcpy(target.qemu, "sh");
}

static bool same_bytes(int fd, off_t at, const char *want, size_t n)
{
	char have[64];

	return pread(fd, have, n, at) == (ssize_t)n && !memcmp(have, want, n);
}

static void test_loaded(void)
{
	struct vorw_err e = { 0 };
	struct snapshot *s;
	struct stat st = { 0 };
	char path[40];
	char *p;
	int fd;

	write_snapshot(good(), 0);
	if (!ok(snapshot_open(&s, &target, &e) && s, "a good one is loaded")) {
		diag("%s", e.msg);
		return;
	}
	ok(same_bytes(s->state, 0, state, sizeof(state)), "its state is there");
	ok(same_bytes(s->ram, 5 * PAGE, "memory", 6), "and its memory");
	is(lseek(s->ram, 0, SEEK_END), MIB, "which has its size");
	ok(!fstat(s->ram, &st) && st.st_blocks * 512 <= 16 * PAGE,
	   "and takes no more than is in it");

	/* as QEMU opens it */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->ram);
	fd = open(path, O_RDWR);
	ok(fd >= 0 && pwrite(fd, "x", 1, 0) < 0 && errno == EPERM,
	   "nobody can write to the memory");
	ok(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
	   MAP_FAILED, "nor through a shared mapping");
	p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ok(p != MAP_FAILED, "a private mapping can be written to");
	if (p != MAP_FAILED) {
		memcpy(p + 5 * PAGE, "MEMORY", 6);
		munmap(p, MIB);
	}
	ok(same_bytes(s->ram, 5 * PAGE, "memory", 6),
	   "and changes nothing for the next one");
	ok(pwrite(s->state, "x", 1, 0) < 0, "nor can the state be written to");
	close(fd);
	snapshot_close(s);
}

static void test_remove(void)
{
	struct vorw_err e = { 0 };

	write_snapshot(good(), 0);
	ok(snapshot_remove(&target, &e) && access(file, F_OK), "removed");
	ok(!snapshot_remove(&target, &e) && e.reason == VORW_R_TARGET,
	   "not removed: there is none");
	vorw_err_free(&e);
}

int main(int argc, char **argv)
{
	char kernel[512];

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	snprintf(kernel, sizeof(kernel), "%.400s/kernel", argv[1]);
	strcpy(target.kernel, kernel);
	snprintf(target.initrd, sizeof(target.initrd), "%.400s/initrd",
		 argv[1]);
	snprintf(file, sizeof(file), "%.400s/snapshot", argv[1]);
	touch(kernel, "kernel");
	touch(target.initrd, "initrd");
	test_refused();
	test_old(kernel);
	test_loaded();
	test_remove();
	unlink(kernel);
	unlink(target.initrd);
	return tap_done();
}
