// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy.c - does the device's administrator want native code?
 *
 * bpf_jit_harden is neither exported nor among the symbols of a usual kernel,
 * and bpf_prog_alloc() asks it only while the JIT is on.  Its file below
 * /proc/sys is the interface that remains.  It is opened once, through a mount
 * of our own, so that nothing that is mounted over /proc later or in another
 * namespace is read instead.  The open file keeps the mount, and refers to
 * nothing of this module.
 */

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/sched/task.h>
#include "load.h"

#define HARDEN	"sys/net/core/bpf_jit_harden"

static bool native_without_jit = true;
module_param(native_without_jit, bool, 0444);
MODULE_PARM_DESC(native_without_jit,
		 "native code while bpf_jit_enable is 0 (default: yes)");

/* Sysctls may be read by the file's opener or with CAP_SYS_ADMIN only; callers
 * with CAP_BPF have neither. */
static const struct cred *reader_cred;
static struct file *harden_file;

static int read_harden(int *harden)
{
	const struct cred *old = override_creds(reader_cred);
	char text[16] = "";
	loff_t pos = 0;
	ssize_t n;

	n = kernel_read(harden_file, text, sizeof(text) - 1, &pos);
	revert_creds(old);
	if (n < 0)
		return n;
	return sscanf(text, "%d", harden) == 1 ? 0 : -EINVAL;
}

enum vorw_reason vorw_policy_native(struct vorw_job *job, const char *name,
				    const struct bpf_prog *fresh)
{
	int harden, err;

	if (!fresh->jit_requested && !native_without_jit)
		return vorw_deny(job, VORW_R_POLICY, 0,
				 "program %s: no native code while bpf_jit_enable is 0 (native_without_jit)",
				 name);
	err = read_harden(&harden);
	/* The kernel allocates a page for it: that can be out-of-memory. */
	if (err)
		return vorw_deny(job, VORW_R_POLICY, err,
				 "program %s: reading bpf_jit_harden says %d",
				 name, err);
	/* bpf_jit_blinding_enabled(): 1 is for callers without CAP_BPF, who do
	 * not get here. */
	if (harden > 1 || fresh->blinding_requested)
		return vorw_deny(job, VORW_R_POLICY, 0,
				 "program %s: device wants constants blinded (bpf_jit_harden)",
				 name);
	return VORW_R_OK;
}

static struct file *__init open_harden(void)
{
	/* Built in: no reference on a module to give back. */
	struct file_system_type *proc = get_fs_type("proc");
	struct vfsmount *mnt;
	struct file *file;

	if (!proc)
		return ERR_PTR(-ENODEV);
	mnt = kern_mount(proc);
	if (IS_ERR(mnt))
		return ERR_CAST(mnt);
	file = file_open_root_mnt(mnt, HARDEN, O_RDONLY, 0);
	kern_unmount(mnt);
	return file;
}

int __init vorw_policy_init(void)
{
	const struct cred *old;
	int harden, err;

	reader_cred = prepare_kernel_cred(&init_task);
	if (!reader_cred)
		return -ENOMEM;
	old = override_creds(reader_cred);
	harden_file = open_harden();
	revert_creds(old);
	if (IS_ERR(harden_file)) {
		err = PTR_ERR(harden_file);
	} else {
		err = read_harden(&harden);
		if (err)
			fput(harden_file);
	}
	if (err) {
		pr_err("no /proc/" HARDEN " (%d): load it in the first network namespace\n",
		       err);
		put_cred(reader_cred);
	}
	return err;
}

void vorw_policy_exit(void)
{
	fput(harden_file);
	put_cred(reader_cred);
}
