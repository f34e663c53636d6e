// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kconfig_needs.c - the options of a kernel that vorw's parts use, and what
 * there is not without each.
 *
 * NEED_MUST: without it the kernel cannot be a target, nor with NEED_VM, which
 * is for the virtual machine only.  NEED_LOSS: it can, with something missing.  docs/own-kernels.md has the same table for people.
 */
#include <stdio.h>
#include <string.h>
#include "kconfig.h"

/* kmod/seam_ftrace.c says why not on Arm */
#define KPROBES_OR_FTRACE \
	"KPROBES|DYNAMIC_FTRACE_WITH_REGS|DYNAMIC_FTRACE_WITH_ARGS"

static const struct {
	const char *arch;	/* NULL: all */
	struct need need;
} needs[] = {
	/* programs and their installation */
	{ NULL, { NEED_MUST, "BPF_SYSCALL", "there is no bpf(2)" } },
	{ NULL, { NEED_MUST, "BPF_JIT", "vorw's modules are not built without the JIT" } },
	{ NULL, { NEED_MUST, "MODULES", "neither device nor verification module can be loaded" } },
	{ "arm", { NEED_MUST, "KPROBES", "the modules cannot get in before the verifier" } },
	{ "arm64", { NEED_MUST, KPROBES_OR_FTRACE, "the modules cannot get in before the verifier" } },
	{ "x86", { NEED_MUST, KPROBES_OR_FTRACE, "the modules cannot get in before the verifier" } },
	{ "riscv", { NEED_MUST, KPROBES_OR_FTRACE, "the modules cannot get in before the verifier" } },
	{ NULL, { NEED_MUST, "KALLSYMS", "the modules find no function by name" } },
	{ NULL, { NEED_MUST, "SYSTEM_DATA_VERIFICATION", "the module cannot check a signature" } },
	{ NULL, { NEED_MUST, "CRYPTO_RSA", "the module cannot check a signature" } },
	{ NULL, { NEED_MUST, "CRYPTO_SHA256", "the module cannot check a signature" } },
	{ NULL, { NEED_MUST, "CRASH_CORE|VMCORE_INFO", "the kernel has no record of its build-id (PROC_KCORE or KEXEC brings it)" } },
	{ NULL, { NEED_MUST, "!MODULE_SIG_FORCE", "the verification module is unsigned and would be refused" } },
	{ NULL, { NEED_MUST, "!LOCK_DOWN_KERNEL_FORCE_INTEGRITY", "locked down, it takes no unsigned module" } },
	{ NULL, { NEED_MUST, "!LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY", "locked down, it takes no unsigned module, nor a kprobe" } },
	{ NULL, { NEED_MUST, "!CFI_CLANG", "functions found by name cannot be called" } },
	{ NULL, { NEED_MUST, "!CFI", "functions found by name cannot be called" } },
	{ "arm", { NEED_MUST, "!THUMB2_KERNEL", "the JIT's Thumb code is not known to vorw" } },
	{ "arm", { NEED_MUST, "!CPU_BIG_ENDIAN", "big-endian code is not known to vorw" } },
	{ "arm64", { NEED_MUST, "!CPU_BIG_ENDIAN", "big-endian code is not known to vorw" } },
	{ "x86", { NEED_MUST, "X86_64", "32-bit x86 code is not known to vorw" } },

	/* the virtual machine */
	{ NULL, { NEED_VM, "BLK_DEV_INITRD", "the virtual machine's programs are in an initramfs" } },
	{ NULL, { NEED_MUST, "BINFMT_ELF", "no program runs" } },
	{ NULL, { NEED_MUST, "PROC_FS", "the virtual machine's programs need /proc" } },
	{ NULL, { NEED_MUST, "PROC_SYSCTL", "the JIT cannot be switched on and off" } },
	{ NULL, { NEED_VM, "SYSFS", "the virtual machine's programs need /sys" } },
	{ NULL, { NEED_VM, "DEVTMPFS", "the virtual machine's programs need /dev" } },
	{ NULL, { NEED_MUST, "NET", "/proc/sys/net/core has the JIT's switch" } },
	{ NULL, { NEED_VM, "VIRTIO_MMIO|VIRTIO_PCI", "the virtual machine cannot be talked to: docs/own-kernels.md says what to add" } },
	{ NULL, { NEED_VM, "VIRTIO_CONSOLE", "the virtual machine cannot be talked to: docs/own-kernels.md says what to add" } },
	{ "arm", { NEED_LOSS, "SERIAL_AMBA_PL011_CONSOLE", "a kernel that dies in the virtual machine does so without a word" } },
	{ "arm64", { NEED_LOSS, "SERIAL_AMBA_PL011_CONSOLE", "a kernel that dies in the virtual machine does so without a word" } },

	/* what programs can do */
	{ NULL, { NEED_LOSS, "!BPF_JIT_ALWAYS_ON", "no interpreter: a program that the JIT cannot compile is refused" } },
	{ NULL, { NEED_LOSS, "BPF_EVENTS", "no kprobe, tracepoint or perf event programs" } },
	{ NULL, { NEED_LOSS, "KPROBE_EVENTS", "kprobe programs cannot be attached" } },
	{ NULL, { NEED_LOSS, "UPROBE_EVENTS", "uprobe programs cannot be attached" } },
	{ NULL, { NEED_LOSS, "CGROUP_BPF", "no cgroup programs" } },
	{ NULL, { NEED_LOSS, "NET_CLS_BPF", "no tc programs" } },
	{ NULL, { NEED_LOSS, "NET_CLS_ACT", "no tc programs" } },
	{ NULL, { NEED_LOSS, "DEBUG_INFO_BTF", "CO-RE objects need `vorw verify --btf FILE`" } },
	{ NULL, { NEED_LOSS, "IKCONFIG_PROC", "`vorw target probe` cannot read the configuration on the device" } },
	{ NULL, { NEED_LOSS, "FILE_LOCKING", "two loaders can get in each other's way" } },
	{ NULL, { NEED_LOSS, "STRICT_KERNEL_RWX", "code in memory is not protected from being written to" } },
};

static bool is_met(const struct kconfig *c, const char *option)
{
	const char *p = option;
	char name[64];
	size_t n;

	if (*p == '!')
		return !kconfig_on(c, p + 1);
	do {
		n = strcspn(p, "|");
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		if (kconfig_on(c, name))
			return true;
		p += n;
	} while (*p++);
	return false;
}

const struct need *need_next(const struct kconfig *c, const char *arch,
			     size_t *i)
{
	for (; *i < sizeof(needs) / sizeof(needs[0]); ++*i) {
		if (needs[*i].arch && strcmp(needs[*i].arch, arch))
			continue;
		if (!is_met(c, needs[*i].need.option))
			return &needs[(*i)++].need;
	}
	return NULL;
}

/* PCI where there is a bridge that the machine has; on Arm that is not always
 * so, and then its virtio-mmio slots are there. */
const char *kconfig_virtio(const struct kconfig *c, const char *arch)
{
	bool pci = kconfig_on(c, "PCI") && kconfig_on(c, "VIRTIO_PCI") &&
		   (!strcmp(arch, "x86") || kconfig_on(c, "PCI_HOST_GENERIC"));

	return pci || !kconfig_on(c, "VIRTIO_MMIO") ? "pci" : "mmio";
}
