// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - coming and going of vorw.ko.
 *
 * /dev/vorw is registered last and goes first.  An open file pins the module,
 * so nothing here has to wait for a load; programs and maps that were loaded
 * do not refer to the module and outlive it.
 */

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include "compat.h"
#include "load.h"
#include "seam.h"

static const struct file_operations vorw_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vorw_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice vorw_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vorw",
	.fops = &vorw_fops,
	.mode = 0600,
};

static int __init vorw_init(void)
{
	int err;

	err = vorw_compat_init();
	if (err)
		goto err_out;
	err = vorw_binding_init();
	if (err)
		goto err_out;
	err = vorw_sig_init();
	if (err)
		goto err_out;
	err = vorw_policy_init();
	if (err)
		goto err_sig;
	err = vorw_seam_init();
	if (err)
		goto err_policy;
	err = misc_register(&vorw_dev);
	if (err)
		goto err_seam;
	pr_info("trusted certificates: %u\n", vorw_sig_count());
	return 0;

err_seam:
	vorw_seam_exit();
err_policy:
	vorw_policy_exit();
err_sig:
	vorw_sig_exit();
err_out:
	return err;
}

static void __exit vorw_exit(void)
{
	misc_deregister(&vorw_dev);
	vorw_seam_exit();
	vorw_policy_exit();
	vorw_sig_exit();
}

module_init(vorw_init);
module_exit(vorw_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Loads BPF programs that were verified elsewhere");
