// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* probe.c - reading what loader/vorw-probe said on a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "file_io.h"
#include "probe.h"

#define PROBE_MAX	(5u << 20)
#define LINE_SHOW	60

static const char *const keys[PROBE_KEYS] = {
	[PROBE_RELEASE]		= "release",
	[PROBE_VERSION]		= "version",
	[PROBE_MACHINE]		= "machine",
	[PROBE_BUILD_ID]	= "build-id",
	[PROBE_PAGE_SIZE]	= "page-size",
	[PROBE_MEMORY]		= "memory",
	[PROBE_CPU]		= "cpu",
	[PROBE_CPU_PART]	= "cpu-part",
	[PROBE_CPU_FEATURES]	= "cpu-features",
	[PROBE_JIT_ENABLE]	= "sysctl net/core/bpf_jit_enable",
	[PROBE_JIT_HARDEN]	= "sysctl net/core/bpf_jit_harden",
	[PROBE_JIT_KALLSYMS]	= "sysctl net/core/bpf_jit_kallsyms",
	[PROBE_UNPRIVILEGED]	= "sysctl kernel/unprivileged_bpf_disabled",
	[PROBE_KPTR]		= "sysctl kernel/kptr_restrict",
	[PROBE_MODULES_OFF]	= "sysctl kernel/modules_disabled",
	[PROBE_BTF]		= "btf",
	[PROBE_MODULES]		= "modules",
	[PROBE_SIG]		= "modules-signed-only",
	[PROBE_LOCKDOWN]	= "lockdown",
	[PROBE_TAINTED]		= "tainted",
	[PROBE_KALLSYMS]	= "kallsyms",
	[PROBE_KALLSYMS_ADDR]	= "kallsyms-addresses",
	[PROBE_KALLSYMS_DATA]	= "kallsyms-data",
	[PROBE_S_CHECK]		= "symbol bpf_check",
	[PROBE_S_JIT]		= "symbol bpf_int_jit_compile",
	[PROBE_S_KPROBE]	= "symbol register_kprobe",
	[PROBE_S_FTRACE]	= "symbol ftrace_set_filter_ip",
	[PROBE_S_PKCS7]		= "symbol verify_pkcs7_signature",
	[PROBE_S_SYS_BPF]	= "symbol kern_sys_bpf",
	[PROBE_BPFFS]		= "bpffs",
	[PROBE_TRACEFS]		= "tracefs",
	[PROBE_MODDIR]		= "module-directory",
	[PROBE_CONFIG]		= "config",
};

static bool bad_line(struct vorw_err *e, const char *path, unsigned n,
		     const char *line, const char *why)
{
	return vorw_fail(e, VORW_R_TARGET, "%s:%u: %s: '%.*s'", path, n, why,
			 LINE_SHOW, line);
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* "KEY: VALUE"; keys have no colon. */
static bool take_line(struct probe *p, char *line, const char *path,
		      unsigned n, struct vorw_err *e)
{
	char *value = strstr(line, ": ");
	size_t i;

	if (!printable(line))
		return bad_line(e, path, n, line, "not printable");
	if (!value)
		return bad_line(e, path, n, line, "not KEY: VALUE");
	*value = 0;
	value += 2;
	for (i = 0; i < PROBE_KEYS; i++)
		if (!strcmp(line, keys[i]))
			break;
	if (i == PROBE_KEYS)
		return bad_line(e, path, n, line, "there is no such key");
	if (p->value[i])
		return bad_line(e, path, n, line, "a key a second time");
	p->value[i] = value;
	return true;
}

/* Lines up to "config: …"; *rest is what follows. */
static bool take_lines(struct probe *p, const char *path, char **rest,
		       struct vorw_err *e)
{
	char *line = p->text, *end;
	unsigned n = 1;

	for (; !p->value[PROBE_CONFIG]; line = end + 1, n++) {
		end = strchr(line, '\n');
		if (!end)
			return vorw_fail(e, VORW_R_TARGET,
					 "%s is cut off: no line \"config: \" in it",
					 path);
		*end = 0;
		if (n == 1) {
			if (!strcmp(line, "vorw-probe: 1"))
				continue;
			if (!strncmp(line, "vorw-probe: ", 12))
				return bad_line(e, path, n, line,
						"made by another version of vorw-probe");
			return vorw_fail(e, VORW_R_TARGET,
					 "%s is not what vorw-probe writes: it begins with another line",
					 path);
		}
		if (!take_line(p, line, path, n, e))
			return false;
	}
	*rest = line;
	return true;
}

static bool take_arch(struct probe *p, const char *path, struct vorw_err *e)
{
	static const struct {
		const char *machine, *arch;
	} archs[] = {
		{ "armv7l", "arm" }, { "armv8l", "arm" },
		{ "aarch64", "arm64" }, { "x86_64", "x86" },
		{ "riscv64", "riscv" },
	};
	size_t i;

	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		if (!strcmp(p->value[PROBE_MACHINE], archs[i].machine))
			p->arch = archs[i].arch;
	return p->arch || vorw_fail(e, VORW_R_TARGET,
				    "%s: the device is a '%.*s', a machine that vorw has no targets for",
				    path, LINE_SHOW, p->value[PROBE_MACHINE]);
}

static bool check_values(struct probe *p, const char *path,
			 struct vorw_err *e)
{
	const char *id;
	size_t i;

	for (i = 0; i < PROBE_KEYS; i++)
		if (!p->value[i])
			return vorw_fail(e, VORW_R_TARGET,
					 "%s: no line \"%s: \" in it", path,
					 keys[i]);
	id = p->value[PROBE_BUILD_ID];
	if (!strcmp(id, "?"))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: the device does not know its kernel's build-id: /sys/kernel/notes has none, or could not be read",
				 path);
	if (strlen(id) != 40 || strspn(id, "0123456789abcdef") != 40)
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: the build-id is no 40 hexadecimal digits: '%.*s'",
				 path, LINE_SHOW, id);
	if (!strcmp(p->value[PROBE_MODULES], "no"))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s: the device's kernel loads no modules (CONFIG_MODULES), so vorw's neither",
				 path);
	return take_arch(p, path, e);
}

/* A serial console ends lines with CR LF. */
static void drop_cr(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (s[0] != '\r' || s[1] != '\n')
			*to++ = *s;
	*to = 0;
}

bool probe_read(const char *path, struct probe *p, struct vorw_err *e)
{
	static const char end[] = "end: vorw-probe\n";
	size_t n, len;
	char *rest = NULL;
	u8 *text;

	memset(p, 0, sizeof(*p));
	if (!file_read(path, PROBE_MAX, &text, &n, e))
		return false;
	p->text = (char *)text;
	if (memchr(text, 0, n))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is not what vorw-probe writes: there are zero bytes in it",
				 path);
	drop_cr(p->text);
	if (!take_lines(p, path, &rest, e))
		return false;
	len = strlen(rest);
	if (len < sizeof(end) - 1 ||
	    strcmp(rest + len - (sizeof(end) - 1), end))
		return vorw_fail(e, VORW_R_TARGET,
				 "%s is cut off: its last line is not \"end: vorw-probe\"",
				 path);
	if (!check_values(p, path, e))
		return false;
	if (strcmp(p->value[PROBE_CONFIG], "yes"))
		return true;
	return kconfig_of(path, rest, len - (sizeof(end) - 1), &p->c, e);
}

void probe_free(struct probe *p)
{
	free(p->text);
	kconfig_free(&p->c);
	memset(p, 0, sizeof(*p));
}

const char *probe_next(const struct probe *p, size_t *i, char *buf,
		       size_t size)
{
	/* bad: the values that cost something, each between spaces */
	static const struct {
		enum probe_key key;
		const char *bad, *cost;
	} settings[] = {
		{ PROBE_MODULES_OFF, " 1 ", "no module can be loaded until the next boot" },
		{ PROBE_SIG, " Y 1 ", "vorw.ko has to be signed with a key that the kernel trusts" },
		{ PROBE_LOCKDOWN, "[integrity] [confidentiality]", "locked down: vorw.ko has to be signed, and kprobes may be refused" },
		{ PROBE_JIT_HARDEN, " 1 2 ", "blobs with native code are refused (device-policy): they are made without hardening" },
		{ PROBE_S_CHECK, " no ", "bpf_check() is not in its symbols: there is no way in for vorw" },
		{ PROBE_S_KPROBE, " no ", "register_kprobe() is not in its symbols: there is no way in for vorw" },
		{ PROBE_S_PKCS7, " no ", "verify_pkcs7_signature() is not in its symbols: a signature cannot be checked" },
		{ PROBE_KALLSYMS, " no ", "/proc/kallsyms cannot be read; the module needs the kernel's symbols" },
		{ PROBE_BPFFS, " no ", "no BPF filesystem is mounted: mount -t bpf bpf /sys/fs/bpf" },
		{ PROBE_TRACEFS, " no ", "tracefs is not mounted: tracepoint and kprobe programs cannot be attached" },
		{ PROBE_CONFIG, " no ", "it does not tell its configuration: --config is what is believed" },
	};
	const size_t n = sizeof(settings) / sizeof(settings[0]);
	const char *value;
	char word[64];
	bool found;

	for (; *i < n; ++*i) {
		value = p->value[settings[*i].key];
		if (settings[*i].bad[0] == '[') {
			/* "none [integrity] confidentiality": one is chosen */
			const char *from = strchr(value, '[');

			snprintf(word, sizeof(word), "%.*s",
				 from ? (int)strcspn(from, "]") + 1 : 0,
				 from ? from : "");
			found = word[0] && strstr(settings[*i].bad, word);
		} else {
			snprintf(word, sizeof(word), " %.32s ", value);
			found = strstr(settings[*i].bad, word);
		}
		if (!found)
			continue;
		snprintf(buf, size, "%s is %.40s: %s", keys[settings[*i].key],
			 value, settings[*i].cost);
		++*i;
		return buf;
	}
	return NULL;
}

bool probe_has_feature(const struct probe *p, const char *word)
{
	const char *at = p->value[PROBE_CPU_FEATURES];
	size_t n = strlen(word);

	while ((at = strstr(at, word))) {
		if ((at == p->value[PROBE_CPU_FEATURES] || at[-1] == ' ') &&
		    (at[n] == ' ' || !at[n]))
			return true;
		at += n;
	}
	return false;
}
