// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * unpack.c - compressed bytes, unpacked by the machine's own programs.
 *
 * The formats are those of scripts/extract-vmlinux in the kernel's source: what
 * a kernel image or a module can be packed with.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "file_io.h"
#include "unpack.h"

static const struct {
	const char *magic;
	size_t len;
	const char *program;
} formats[] = {
	{ "\x1f\x8b\x08", 3, "gzip" },
	{ "\xfd" "7zXZ\0", 6, "xz" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd" },
	{ "\x02\x21\x4c\x18", 4, "lz4" },
	{ "\x5d\0\0", 3, "lzma" },
	{ "\x89LZO\0\r\n", 7, "lzop" },
	{ "BZh", 3, "bzip2" },
};

const char *unpack_program(const u8 *p, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (n > formats[i].len &&
		    !memcmp(p, formats[i].magic, formats[i].len))
			return formats[i].program;
	return NULL;
}

bool unpack_with(const char *program, const u8 *p, size_t n, size_t max,
		 u8 **out, size_t *size)
{
	int in = -1, to[2] = { -1, -1 };
	u8 *unpacked = NULL;
	size_t len;
	bool ok = false;
	pid_t pid;

	in = memfd_create("packed", MFD_CLOEXEC);
	if (in < 0 || fd_write(in, p, n) || lseek(in, 0, SEEK_SET) || pipe(to))
		goto out;
	pid = fork();
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		/* its complaints about what follows are no news */
		close(2);
		if (dup2(in, 0) == 0 && dup2(to[1], 1) == 1) {
			close(to[0]);
			execlp(program, program, "-dc", NULL);
		}
		_exit(127);
	}
	close(to[1]);
	to[1] = -1;
	if (pid < 0)
		goto out;
	ok = !fd_read(to[0], max, 0, &unpacked, &len) && len;
	if (ok) {
		*out = unpacked;
		*size = len;
	} else {
		free(unpacked);
	}
	close(to[0]);
	to[0] = -1;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
out:
	if (in >= 0)
		close(in);
	if (to[0] >= 0)
		close(to[0]);
	if (to[1] >= 0)
		close(to[1]);
	return ok;
}
