// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_info.c - vorw info: the module, this kernel and this CPU. */
#include <unistd.h>
#include <sys/utsname.h>
#include "blob.h"
#include "cmd.h"
#include "json.h"
#include "out.h"
#include "sys.h"
#include "vorw.h"

static const char usage[] =
"usage: vorw info [--json]\n"
"\n"
"  The module, its hook, and what blobs are bound to: the kernel's build-id\n"
"  and CPU features.\n";

static const struct {
	u32 bit;
	const char *name;
} features[] = {
#if defined(__x86_64__)
	{ VORW_CPU_X86_BMI2, "bmi2" },
	{ VORW_CPU_X86_RET_PLAIN, "plain-return" },
	{ VORW_CPU_X86_RET_THUNK, "return-thunk" },
	{ VORW_CPU_X86_JMP_PLAIN, "plain-jump" },
	{ VORW_CPU_X86_JMP_LFENCE, "lfence-jump" },
	{ VORW_CPU_X86_JMP_RETPOLINE, "retpoline" },
	{ VORW_CPU_X86_CALL_PLAIN, "plain-call" },
	{ VORW_CPU_X86_USER_47, "4-level" },
	{ VORW_CPU_X86_USER_56, "5-level" },
	{ VORW_CPU_X86_JMP_ITS, "its-jump" },
#elif defined(__aarch64__)
	{ VORW_CPU_ARM64_LSE, "lse" },
	{ VORW_CPU_ARM64_TPIDR_EL1, "el1" },
	{ VORW_CPU_ARM64_TPIDR_EL2, "el2" },
#elif defined(__riscv)
	{ VORW_CPU_RISCV_C, "c" },
	{ VORW_CPU_RISCV_ZBA, "zba" },
	{ VORW_CPU_RISCV_ZBB, "zbb" },
	{ VORW_CPU_RISCV_ZACAS, "zacas" },
#else
	{ VORW_CPU_ARM_V7, "armv7" },
	{ VORW_CPU_ARM_IDIVA, "idiva" },
	{ VORW_CPU_ARM_THUMB, "thumb" },
#endif
};
#define NFEATURES (sizeof(features) / sizeof(features[0]))

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
	u32 n;

	out("module    loaded, interface %u\n", i->api_version);
	out("seam      %s\n", seam_name(i->seam));
	out("signers   %u certificate%s built in\n", i->ncerts,
	    i->ncerts == 1 ? "" : "s");
	out("kernel    %s\nbuild-id  ", clean(u->release, 60));
	for (n = 0; n < i->build_id_len; n++)
		out("%02x", i->build_id[n]);
	out("\ncpu      ");
	for (n = 0; n < NFEATURES; n++)
		if (i->cpu_features & features[n].bit)
			out(" %s", features[n].name);
	out_char('\n');
}

static void print_json(const struct vorw_info *i, const struct utsname *u)
{
	u32 n;

	json_open(NULL, '{');
	json_str("reason", "ok");
	json_u64("api_version", i->api_version);
	json_str("seam", seam_name(i->seam));
	json_u64("certificates", i->ncerts);
	json_str("release", u->release);
	json_hex("build_id", i->build_id, i->build_id_len);
	json_open("cpu_features", '[');
	for (n = 0; n < NFEATURES; n++)
		if (i->cpu_features & features[n].bit)
			json_str(NULL, features[n].name);
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
