// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_info.c - vorw info: the module, this kernel and this CPU. */
#include <string.h>
#include <unistd.h>
#include <sys/utsname.h>
#include "blob.h"
#include "cmd.h"
#include "json.h"
#include "out.h"
#include "sys.h"
#include "vorw.h"
#include "vorw_machine.h"

static const char usage[] =
"usage: vorw info [--json]\n"
"\n"
"  The module, its hook, and what blobs are bound to: the kernel's build-id\n"
"  and CPU features.\n";

static const char *seam_name(u32 seam)
{
	switch (seam) {
	case VORW_SEAM_KPROBE:
		return "kprobe";
	case VORW_SEAM_FTRACE:
		return "ftrace";
	default:
		return "none";
	}
}

static void print_text(const struct vorw_info *i, const struct utsname *u)
{
	char names[VORW_FEATURE_NAMES];
	u32 n;

	out("module    loaded, interface %u\n", i->api_version);
	out("seam      %s\n", seam_name(i->seam));
	out("signers   %u certificate%s built in\n", i->ncerts,
	    i->ncerts == 1 ? "" : "s");
	out("kernel    %s\nbuild-id  ", clean(u->release, 60));
	for (n = 0; n < i->build_id_len; n++)
		out("%02x", i->build_id[n]);
	out("\ncpu      %s\n",
	    vorw_feature_names(VORW_EM_SELF, i->cpu_features, names));
}

static void print_json(const struct vorw_info *i, const struct utsname *u)
{
	char names[VORW_FEATURE_NAMES], *name, *next;

	json_open(NULL, '{');
	json_str("reason", "ok");
	json_u64("api_version", i->api_version);
	json_str("seam", seam_name(i->seam));
	json_u64("certificates", i->ncerts);
	json_str("release", u->release);
	json_hex("build_id", i->build_id, i->build_id_len);
	json_open("cpu_features", '[');
	vorw_feature_names(VORW_EM_SELF, i->cpu_features, names);
	for (name = *names ? names : NULL; name; name = next) {
		next = strchr(name + 1, ' ');
		if (next)
			*next = 0;
		json_str(NULL, name + 1);
	}
	json_close(']');
	json_close('}');
	json_end();
}

int cmd_info(int argc, char **argv)
{
	struct vorw_info info = { };
	struct utsname u = { };
	struct err e = { };
	struct args a;
	int dev, rc;

	if (!args_read(&a, argc, argv, false, usage, &rc))
		return rc;
	dev = module_open(&e);
	if (dev < 0)
		return cmd_refused(&e, a.json);
	rc = sys_ioctl(dev, VORW_IOC_INFO, &info);
	close(dev);
	if (rc)
		fail(&e, VORW_R_INTERNAL, "%s: %s", VORW_DEVICE, err_text(rc));
	else if (info.api_version != VORW_API_VERSION)
		fail(&e, VORW_R_UNSUPPORTED,
		     "module has interface %u, this program %u",
		     info.api_version, VORW_API_VERSION);
	if (e.reason)
		return cmd_refused(&e, a.json);
	if (info.build_id_len > sizeof(info.build_id))
		info.build_id_len = sizeof(info.build_id);
	uname(&u);
	if (a.json)
		print_json(&info, &u);
	else
		print_text(&info, &u);
	return CMD_OK;
}
