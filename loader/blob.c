// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* blob.c - reading a blob, and handing it to the module. */
#include <fcntl.h>
#include <unistd.h>
#include <linux/stat.h>
#include <sys/mman.h>
#include "blob.h"
#include "out.h"
#include "sys.h"
#include "vorw.h"

bool blob_read(struct blob *b, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct file_facts f;
	ssize_t n;

	memset(b, 0, sizeof(*b));
	b->path = path;
	if (fd < 0)
		return fail_sys(e, errno, path);
	err = sys_stat(fd, NULL, &f);
	if (err) {
		fail_sys(e, err, path);
		goto out;
	}
	if (!S_ISREG(f.mode)) {
		fail(e, VORW_R_IO, "%s: not a regular file", path);
		goto out;
	}
	if (f.size > VORW_MAX_BLOB) {
		fail(e, VORW_R_LIMIT, "%s: %llu bytes, %u is the limit", path,
		     (unsigned long long)f.size, VORW_MAX_BLOB);
		goto out;
	}
	/* Our own copy: the file may change after the module has read it.  It
	 * lives as long as the process. */
	b->bytes = mmap(NULL, f.size + 1, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->bytes == MAP_FAILED) {
		fail(e, VORW_R_NO_MEMORY, "%s: no memory for %llu bytes", path,
		     (unsigned long long)f.size);
		goto out;
	}
	while (b->size < f.size) {
		n = read(fd, b->bytes + b->size, f.size - b->size);
		err = errno;
		if (n < 0 && err == EINTR)
			continue;
		if (n <= 0) {
			if (n)
				fail_sys(e, err, path);
			else
				fail(e, VORW_R_IO, "%s: became shorter", path);
			goto out;
		}
		b->size += n;
	}
out:
	close(fd);
	return !e->reason;
}

int module_open(struct err *e)
{
	int fd = open(VORW_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		fail(e, VORW_R_NO_MODULE, VORW_DEVICE ": %s (modprobe vorw)",
		     err_text(errno));
	else
		fail_sys(e, errno, VORW_DEVICE);
	return -1;
}

/* No parser of its own: what the module has accepted needs none, and what it
 * has not is nothing that a privileged program should look into. */
static bool open_view(struct blob *b, struct err *e)
{
	struct vorw_parts parts;
	struct vorw_diag d;

	if (vorw_locate(b->bytes, b->size, &parts, &d) ||
	    vorw_find_sections(&parts, &b->view, &d))
		return fail(e, VORW_R_INTERNAL,
			    "the module took what is not readable: %s",
			    d.what);
	vorw_get_object(&b->view, &b->object);
	return true;
}

bool module_load(int dev, struct blob *b, struct loaded_fds *fds, struct err *e)
{
	struct vorw_load l = {
		.size = sizeof(l),
		.blob = (uintptr_t)b->bytes,
		.blob_size = b->size,
		.prog_fds = (uintptr_t)fds->prog,
		.map_fds = (uintptr_t)fds->map,
		.prog_cnt = VORW_MAX_PROGS,
		.map_cnt = VORW_MAX_MAPS,
	};
	int err;

	memset(fds, 0, sizeof(*fds));
	err = sys_ioctl(dev, VORW_IOC_LOAD, &l);
	if (!err) {
		fds->progs = l.prog_cnt;
		fds->maps = l.map_cnt;
		return open_view(b, e);
	}
	l.detail[sizeof(l.detail) - 1] = '\0';
	if (l.reason)
		return fail(e, l.reason, "%s: %s: %s", b->path,
			    vorw_reason_text(l.reason), l.detail);
	return fail(e, err == -ENOMEM ? VORW_R_NO_MEMORY : VORW_R_INTERNAL,
		    "the module answered: %s (is it of the same version?)",
		    err_text(err));
}
