// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_target_check.c - `vorw target check`: boots a target, says line by line
 * what works, what is missing and what that costs.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cmd.h"
#include "file_io.h"
#include "json.h"
#include "names.h"
#include "own_dir.h"
#include "probe.h"
#include "session.h"
#include "target.h"

#define DEVICE		"qemu/device"
#define DEVICE_SECONDS	"300"
/* Verified for a try: small, and every kernel with a network can take it. */
#define EXAMPLE		"examples/02-xdp-deny.o"
#define OBJECT_MAX	(1u << 20)

static const char usage_text[] =
"usage: vorw target check NAME [--json] [--no-device]\n"
"\n"
"Boot the target's kernel as a verification VM and as a device, and say what\n"
"works, what is missing, and what that costs.\n"
"\n"
"  --json       for programs\n"
"  --no-device  do not boot the device (a twin is none)\n"
"\n"
"Exit status: 0 it can be verified for and loaded on, 1 not, 2 usage.\n";

enum outcome { WORKS, COSTS, FAILS };

struct check {
	const struct vorw_target *t;
	struct json *j;			/* NULL: text */
	bool failed;
};

/* One line.  detail may be hostile: it is made printable. */
static void say(struct check *c, enum outcome how, const char *what,
		const char *fmt, ...)
{
	static const char *const words[] = { "works", "costs", "fails" };
	char detail[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	vorw_plain(detail);
	c->failed |= how == FAILS;
	if (!c->j) {
		printf("%s  %-12s  %s\n", words[how], what, detail);
		fflush(stdout);
		return;
	}
	json_object(c->j, NULL);
	json_str(c->j, "what", what);
	json_str(c->j, "outcome", words[how]);
	json_str(c->j, "detail", detail);
	json_end(c->j);
}

static void hex(char to[41], const u8 *p, unsigned n)
{
	unsigned i;

	to[0] = 0;
	for (i = 0; i < n && i < 20; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
}

/* What the CPU of the virtual machine has and that of the device has not. */
static void check_cpu(struct check *c, u32 features)
{
	/* names of /proc/cpuinfo (arch/.../kernel/setup.c, cpuinfo.c) */
	static const struct {
		const char *arch;
		u32 bit;
		const char *word;
	} known[] = {
		{ "arm", VORW_CPU_ARM_IDIVA, "idiva" },
		{ "arm", VORW_CPU_ARM_THUMB, "thumb" },
		{ "arm64", VORW_CPU_ARM64_LSE, "atomics" },
		{ "x86", VORW_CPU_X86_BMI2, "bmi2" },
	};
	char path[PATH_MAX], names[256];
	struct vorw_err e = { 0 };
	struct probe p;
	size_t i;

	cpu_feature_names(names, sizeof(names), c->t->machine, features);
	say(c, WORKS, "cpu", "%s:%s", c->t->cpu, names);
	snprintf(path, sizeof(path), "%s/%s/probe", own_dir(), c->t->name);
	if (!c->t->own || access(path, R_OK))
		return;
	if (!probe_read(path, &p, &e)) {
		say(c, FAILS, "probe", "%s", e.msg);
		probe_free(&p);
		return;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].arch, c->t->arch) ||
		    probe_has_feature(&p, known[i].word) ==
		    !!(features & known[i].bit))
			continue;
		if (features & known[i].bit)
			say(c, COSTS, "cpu",
			    "the device's CPU has no %s, %s has: programs that use it are refused there; choose another --cpu",
			    known[i].word, c->t->cpu);
		else
			say(c, COSTS, "cpu",
			    "the device's CPU has %s, %s has not: programs are slower than they could be",
			    known[i].word, c->t->cpu);
	}
	probe_free(&p);
}

/* Boots, and is the kernel that it should be? */
static bool check_boot(struct check *c)
{
	const struct guest_opts limits = { 0 };
	char want[41], have[41];
	struct vorw_err e = { 0 };
	struct guest_hello h;
	struct guest *g;
	bool ok;

	ok = guest_start(&g, c->t, &limits, &e) && guest_hello(g, &h, &e);
	guest_end(g);
	if (!ok) {
		say(c, FAILS, "boot", "%s", e.msg);
		vorw_err_free(&e);
		return false;
	}
	say(c, WORKS, "boot", "Linux %s, %u MiB, %u-byte words, pages of %u, HZ %u",
	    h.release, c->t->mem_mib, h.word, h.page_size, h.hz);
	target_build_id(c->t, want);
	hex(have, h.build_id, h.build_id_len);
	if (want[0] && strcmp(want, have)) {
		say(c, FAILS, "build-id", "the running kernel has %s, its image %s",
		    have, want);
		return false;
	}
	say(c, WORKS, "build-id", "%s", have);
	if (c->t->device_build_id[0])
		say(c, WORKS, "twin", "it verifies for the device's kernel, %s",
		    c->t->device_build_id);
	say(c, WORKS, "capture", "its module is loaded; libbpf %s", h.libbpf);
	check_cpu(c, h.cpu_features);
	return true;
}

/* The whole way, without a blob at its end. */
static void check_verify(struct check *c)
{
	const struct session_opts opts = { 0 };
	char path[PATH_MAX];
	struct vorw_err e = { 0 };
	struct session s = { 0 };
	size_t size;
	u8 *obj;

	snprintf(path, sizeof(path), "%s/%s/" EXAMPLE, vorw_target_root(),
		 c->t->name);
	if (!file_read(path, OBJECT_MAX, &obj, &size, &e)) {
		say(c, FAILS, "verify", "%s", e.msg);
		return;
	}
	if (!session_run(&s, c->t, path, obj, size, &opts, &e))
		say(c, FAILS, "verify", "%s: %s [%s]", EXAMPLE, e.msg,
		    vorw_reason_name(e.reason));
	else if (s.nnative)
		say(c, WORKS, "verify", "%s: %u native program%s", EXAMPLE,
		    s.nnative, s.nnative == 1 ? "" : "s");
	else
		say(c, COSTS, "verify",
		    "%s: bytecode only, the JIT compiles nothing of it",
		    EXAMPLE);
	session_end(&s);
	vorw_err_free(&e);
	free(obj);
}

static void check_config(struct check *c)
{
	const struct need *n;
	struct vorw_err e = { 0 };
	struct kconfig k;
	size_t i;

	if (!kconfig_read(c->t->config, &k, &e)) {
		say(c, FAILS, "config", "%s", e.msg);
		return;
	}
	for (i = 0; (n = need_next(&k, c->t->arch, &i)); )
		say(c, n->kind == NEED_LOSS ? COSTS : FAILS, "config",
		    "CONFIG_%s %s: %s", n->option + (*n->option == '!'),
		    *n->option == '!' ? "is set" : "is not set", n->cost);
	kconfig_free(&k);
}

/* In the child: out and err are one stream. */
static void exec_device(const char *script, const char *name, int out)
{
	dup2(out, 1);
	dup2(out, 2);
	setenv("VORW_TARGETS", vorw_target_root(), 1);
	execl(script, "device", name, "--timeout", DEVICE_SECONDS, "--",
	      "vorw", "info", "--json", NULL);
	perror(script);
	_exit(127);
}

/* What a command prints, at most size - 1 bytes of its end; its status, or
 * -1. */
static int run_device(const char *script, const char *name, char *to,
		      size_t size)
{
	int fd[2], status = -1;
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(fd))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid)
		exec_device(script, name, fd[1]);
	close(fd[1]);
	while (pid > 0) {
		if (have == size - 1) {
			memmove(to, to + size / 2, have - size / 2);
			have -= size / 2;
		}
		n = read(fd[0], to + have, size - 1 - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += n;
	}
	to[have] = 0;
	close(fd[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The value of "key": "…" in what `vorw info --json` printed. */
static bool has_value(const char *text, const char *key, char *to, size_t size)
{
	char start[64];
	const char *p;

	snprintf(start, sizeof(start), "\"%s\": \"", key);
	p = strstr(text, start);
	if (!p)
		return false;
	p += strlen(start);
	snprintf(to, size, "%.*s", (int)strcspn(p, "\"\n"), p);
	return true;
}

static void check_device(struct check *c)
{
	char script[PATH_MAX], text[8192], seam[64];
	char *end;
	int rc;

	snprintf(script, sizeof(script), "%s/../" DEVICE, vorw_target_root());
	rc = run_device(script, c->t->name, text, sizeof(text));
	if (rc || !has_value(text, "seam", seam, sizeof(seam))) {
		end = text + strlen(text);
		while (end > text && end[-1] == '\n')
			*--end = 0;
		end = strrchr(text, '\n');
		say(c, FAILS, "device", "%s (status %d)",
		    end ? end + 1 : text, rc);
	} else if (!strcmp(seam, "none")) {
		say(c, FAILS, "device",
		    "the module is loaded, but does not stand before bpf_check()");
	} else {
		say(c, WORKS, "device", "boots, the module is loaded, seam: %s",
		    seam);
	}
}

static bool check(const char *name, bool as_json, bool device,
		  struct vorw_err *e)
{
	struct vorw_target t;
	struct check c = { .t = &t };
	struct json j;

	if (!vorw_target_get(name, &t, e))
		return false;
	if (!t.ready)
		return vorw_fail(e, VORW_R_TARGET, "target '%s': %s", t.name,
				 t.why_not);
	vorw_quiet = true;
	if (as_json) {
		json_start(&j, stdout);
		json_str(&j, "target", t.name);
		json_array(&j, "checks");
		c.j = &j;
	}
	if (check_boot(&c))
		check_verify(&c);
	check_config(&c);
	if (device && !t.device_build_id[0])
		check_device(&c);
	if (as_json) {
		json_end(&j);
		json_bool(&j, "usable", !c.failed);
		json_finish(&j);
	}
	return !c.failed || vorw_fail(e, VORW_R_TARGET,
				      "target '%s' is not usable as it is",
				      t.name);
}

int cmd_target_check(int argc, char **argv)
{
	bool json = false, no_device = false;
	const struct cmd_option options[] = {
		{ "json", .flag = &json },
		{ "no-device", .flag = &no_device },
	};
	const struct cmd_syntax syntax = {
		"target check", usage_text, "target", options, 2
	};
	struct vorw_err e = { 0 };
	const char *name;
	int rc = cmd_parse(argc, argv, &syntax, &name);

	if (rc >= 0)
		return rc;
	check(name, json, !no_device, &e);
	return cmd_end(&e);
}
