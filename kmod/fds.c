// SPDX-License-Identifier: GPL-2.0-only
/* fds.c - descriptors that live in a table which others may change. */

#include <linux/file.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include "load.h"

/* Take over descriptor nr, which a bpf() command just returned. */
enum vorw_reason vorw_fd_take(struct vorw_job *job, struct vorw_fd *fd, int nr)
{
	fd->file = fget(nr);
	if (!fd->file)
		return vorw_deny(job, VORW_R_POLICY, -EBUSY,
				   "descriptor %d was closed during the load",
				   nr);
	fd->nr = nr;
	return VORW_R_OK;
}

/* Does the number still name the file? */
bool vorw_fd_intact(const struct vorw_fd *fd)
{
	struct file *now;

	if (!fd->file)
		return false;
	now = fget(fd->nr);
	if (now)
		fput(now);
	return now == fd->file;
}

/*
 * Undo: close the number if it is still ours, drop the reference.  A thread
 * that replaces the number between the two steps gets its own descriptor
 * closed; close(2) itself offers it nothing better.
 */
void vorw_fd_close(struct vorw_fd *fd)
{
	if (!fd->file)
		return;
	if (vorw_fd_intact(fd))
		close_fd(fd->nr);
	vorw_fd_keep(fd);
	fd->nr = -1;
}

/* The number now belongs to the caller; only our reference goes. */
void vorw_fd_keep(struct vorw_fd *fd)
{
	if (!fd->file)
		return;
	fput(fd->file);
	fd->file = NULL;
}
