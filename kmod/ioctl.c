// SPDX-License-Identifier: GPL-2.0-only
/* ioctl.c - /dev/vorw: one load from the blob to its descriptors. */

#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "load.h"
#include "seam.h"

static int errno_of(enum vorw_reason reason)
{
	switch (reason) {
	case VORW_R_OK:
		return 0;
	case VORW_R_UNSIGNED:
	case VORW_R_SIG_UNKNOWN_KEY:
		return -ENOKEY;
	case VORW_R_SIG_FORMAT:
	case VORW_R_SIG_BAD:
		return -EKEYREJECTED;
	case VORW_R_PRIVILEGE:
	case VORW_R_POLICY:
	case VORW_R_HELPER:
		return -EPERM;
	case VORW_R_UNSUPPORTED:
	case VORW_R_PROG_TYPE:
		return -EOPNOTSUPP;
	case VORW_R_SEAM:
		return -ENXIO;
	case VORW_R_NO_MEMORY:
		return -ENOMEM;
	case VORW_R_FAULT:
		return -EFAULT;
	default:
		return -EINVAL;
	}
}

enum vorw_reason vorw_deny(struct vorw_job *job, enum vorw_reason reason,
			   int err, const char *fmt, ...)
{
	va_list args;

	if (job->reason)
		return job->reason;
	job->reason = reason;
	job->err = err < 0 ? err : errno_of(reason);
	/* The kernel's own word for it is the better reason. */
	if (err == -ENOMEM)
		job->reason = VORW_R_NO_MEMORY;
	va_start(args, fmt);
	vscnprintf(job->detail, sizeof(job->detail), fmt, args);
	va_end(args);
	return job->reason;
}

enum vorw_reason vorw_breathe(struct vorw_job *job)
{
	cond_resched();
	if (fatal_signal_pending(current))
		return vorw_deny(job, VORW_R_PROG_LOAD, -EINTR,
				 "killed during the load");
	return VORW_R_OK;
}

/* Say what the parser compared. */
static enum vorw_reason refuse_parse(struct vorw_job *job, enum vorw_reason r,
				     const struct vorw_diag *d)
{
	return vorw_deny(job, r, 0, "%s at %u: %u, expected %u",
			 d->what ?: "blob", d->where, d->have, d->want);
}

/* The only time that the caller's memory is read. */
static enum vorw_reason copy_blob(struct vorw_job *job,
				  const struct vorw_load *u)
{
	if (u->blob_size > VORW_MAX_BLOB)
		return vorw_deny(job, VORW_R_LIMIT, 0,
				 "blob of %llu bytes, %u is the limit",
				 u->blob_size, VORW_MAX_BLOB);
	job->size = u->blob_size;
	/* kvmalloc() could round up to a power of two. */
	job->blob = __vmalloc(job->size ?: 1,
			      GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!job->blob)
		return vorw_deny(job, VORW_R_NO_MEMORY, 0,
				 "blob of %u bytes", job->size);
	if (copy_from_user(job->blob, u64_to_user_ptr(u->blob), job->size))
		return vorw_deny(job, VORW_R_FAULT, 0,
				 "blob of %u bytes cannot be read",
				 job->size);
	return VORW_R_OK;
}

static enum vorw_reason read_blob(struct vorw_job *job)
{
	struct vorw_diag d = { };
	enum vorw_reason r;

	r = vorw_locate(job->blob, job->size, &job->parts, &d);
	if (r)
		return refuse_parse(job, r, &d);
	r = vorw_sig_check(job);
	if (r)
		return r;
	r = vorw_parse(&job->parts, &job->view, &d);
	if (r) {
		memset(&job->view, 0, sizeof(job->view));
		return refuse_parse(job, r, &d);
	}
	vorw_get_object(&job->view, &job->object);
	return vorw_binding_check(job);
}

static enum vorw_reason make_room(struct vorw_job *job,
				  const struct vorw_load *u)
{
	u32 maps = vorw_count(&job->view, VORW_SEC_MAPS);
	u32 progs = vorw_count(&job->view, VORW_SEC_PROGS);
	u32 i;

	if (!(u->flags & VORW_LOAD_CHECK_ONLY) &&
	    (u->prog_cnt < progs || u->map_cnt < maps))
		return vorw_deny(job, VORW_R_ROOM, -ENOSPC,
				 "room for %u programs and %u maps, blob has %u and %u",
				 u->prog_cnt, u->map_cnt, progs, maps);
	job->maps = kvcalloc(maps, sizeof(*job->maps), GFP_KERNEL);
	job->progs = kvcalloc(progs, sizeof(*job->progs), GFP_KERNEL);
	if ((maps && !job->maps) || !job->progs)
		return vorw_deny(job, VORW_R_NO_MEMORY, 0,
				 "%u programs, %u maps", progs, maps);
	job->map_cnt = maps;
	job->prog_cnt = progs;
	for (i = 0; i < maps; i++)
		job->maps[i].fd = -1;
	for (i = 0; i < progs; i++)
		job->progs[i].fd = -1;
	return VORW_R_OK;
}

static enum vorw_reason load_progs(struct vorw_job *job)
{
	enum vorw_reason r;
	u32 i;

	for (i = 0; i < job->prog_cnt; i++) {
		r = vorw_breathe(job) ?: vorw_seam_load(job, &job->progs[i]);
		if (r)
			return r;
	}
	return vorw_maps_fill_progs(job);
}

/* Blob order; templates of inner maps have none that outlives the load. */
static enum vorw_reason tell_fds(struct vorw_job *job,
				 const struct vorw_load *u)
{
	s32 __user *progs = u64_to_user_ptr(u->prog_fds);
	s32 __user *maps = u64_to_user_ptr(u->map_fds);
	bool failed = false;
	u32 i;

	for (i = 0; i < job->prog_cnt; i++)
		failed |= put_user(job->progs[i].fd, progs + i);
	for (i = 0; i < job->map_cnt; i++) {
		bool hide = job->maps[i].h.flags & VORW_MAP_TEMPLATE;

		failed |= put_user(hide ? -1 : job->maps[i].fd, maps + i);
	}
	if (failed)
		return vorw_deny(job, VORW_R_FAULT, 0,
				 "descriptor arrays cannot be written");
	return VORW_R_OK;
}

/* The whole load; the order is the contract (load.h). */
static enum vorw_reason run(struct vorw_job *job, const struct vorw_load *u)
{
	enum vorw_reason r;

	if (!vorw_caller_may_load())
		return vorw_deny(job, VORW_R_PRIVILEGE, 0,
				 "CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, are needed");
	/* See load.h; the count cannot rise while this task is here. */
	if (atomic_read(&current->files->count) != 1)
		return vorw_deny(job, VORW_R_POLICY, -EBUSY,
				 "the caller shares its descriptors with another task");
	r = copy_blob(job, u) ?:
	    read_blob(job) ?:
	    make_room(job, u) ?:
	    vorw_maps_create(job) ?:
	    vorw_link(job);
	if (r || u->flags & VORW_LOAD_CHECK_ONLY)
		return r;
	return load_progs(job) ?: tell_fds(job, u);
}

static void release(struct vorw_job *job, bool keep)
{
	u32 i;

	for (i = 0; i < job->prog_cnt; i++)
		if (!keep && job->progs[i].fd >= 0)
			close_fd(job->progs[i].fd);
	vorw_link_release(job);
	vorw_maps_release(job, keep);
	kvfree(job->progs);
	kvfree(job->maps);
	vfree(job->blob);
}

static long vorw_ioctl_load(struct vorw_load __user *arg)
{
	struct vorw_job *job;
	struct vorw_load u;
	bool keep;
	long err;

	if (copy_from_user(&u, arg, sizeof(u)))
		return -EFAULT;
	if (u.size != sizeof(u) || u.flags & ~VORW_LOAD_CHECK_ONLY ||
	    u.reserved)
		return -EINVAL;
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	job->btf_fd = -1;

	run(job, &u);
	if (job->reason)
		pr_notice_ratelimited("%s refused: %s: %s\n",
				      job->object.name ?: "blob",
				      vorw_reason_name(job->reason),
				      job->detail);

	/* The answer goes out while the load can still be undone. */
	u.reason = job->reason;
	u.prog_cnt = vorw_count(&job->view, VORW_SEC_PROGS);
	u.map_cnt = vorw_count(&job->view, VORW_SEC_MAPS);
	memcpy(u.detail, job->detail, sizeof(u.detail));
	err = job->err;
	if (copy_to_user(arg, &u, sizeof(u)) && !err)
		err = -EFAULT;
	keep = !err && !(u.flags & VORW_LOAD_CHECK_ONLY);
	release(job, keep);
	kfree(job);
	return err;
}

static long vorw_ioctl_info(struct vorw_info __user *arg)
{
	struct vorw_info info = { .api_version = VORW_API_VERSION };

	vorw_binding_info(&info);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

long vorw_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case VORW_IOC_INFO:
		return vorw_ioctl_info((void __user *)arg);
	case VORW_IOC_LOAD:
		return vorw_ioctl_load((void __user *)arg);
	default:
		return -ENOTTY;
	}
}
