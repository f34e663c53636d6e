// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_target.c - `vorw target`: list targets, fetch one. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cmd.h"
#include "json.h"
#include "target.h"

static void usage(FILE *out)
{
	fputs("usage: vorw target list [--json]\n"
	      "       vorw target fetch [--refresh] NAME\n\n"
	      "A target is a kernel and a CPU to verify for.  `list` shows the known ones,\n"
	      "`fetch` gets one's kernel, headers and libraries; `make TARGETS=NAME` then\n"
	      "builds what runs in its verification VM.\n\n"
	      "  --json     for programs\n"
	      "  --refresh  ask the mirror for a newer kernel\n", out);
}

static void show(const struct vorw_target *t)
{
	printf("%-14s %-6s %-18s %-12s %s\n", t->name, t->arch,
	       t->release[0] ? t->release : "-", t->cpu,
	       t->ready ? "ready" : "not ready");
	if (!t->ready)
		printf("               %s\n", t->why_not);
}

static void show_json(struct json *j, const struct vorw_target *t)
{
	json_object(j, NULL);
	json_str(j, "name", t->name);
	json_str(j, "arch", t->arch);
	json_u64(j, "machine", t->machine);
	json_str(j, "release", t->release[0] ? t->release : NULL);
	json_str(j, "cpu", t->cpu);
	json_u64(j, "mem_mib", t->mem_mib);
	json_bool(j, "ready", t->ready);
	json_str(j, "why_not", t->ready ? NULL : t->why_not);
	json_end(j);
}

static int list(bool as_json)
{
	struct vorw_err e = { 0 };
	struct vorw_target t;
	struct json j;
	char **names;
	size_t i;

	names = vorw_target_names(&e);
	if (!names)
		goto fail;
	if (as_json) {
		json_start(&j, stdout);
		json_array(&j, "targets");
	}
	for (i = 0; names[i]; i++) {
		if (!vorw_target_get(names[i], &t, &e))
			goto fail;
		if (as_json)
			show_json(&j, &t);
		else
			show(&t);
	}
	if (as_json)
		json_finish(&j);
	for (i = 0; names[i]; i++)
		free(names[i]);
	free(names);
	return CMD_OK;
fail:
	vorw_err_print(&e);
	vorw_err_free(&e);
	return CMD_FAILED;
}

/* The script lives in the source tree, which the build directory is in. */
static int fetch(const char *name, bool refresh)
{
	char script[PATH_MAX], dir[PATH_MAX];
	const char *root = vorw_target_root();
	struct vorw_err e = { 0 };
	struct vorw_target t;
	int status;
	pid_t pid;

	/* also says no to a name that could be a path or an option */
	if (!vorw_target_get(name, &t, &e))
		goto fail;
	snprintf(script, sizeof(script), "%s/../verifier-host/fetch-target",
		 root);
	snprintf(dir, sizeof(dir), "%s/%s", root, name);
	if (access(script, X_OK)) {
		vorw_fail(&e, VORW_R_TARGET,
			  "cannot run %s: %s (targets are fetched in the source tree)",
			  script, strerror(errno));
		goto fail;
	}
	fflush(NULL);
	pid = fork();
	if (!pid) {
		/* paths in the facts are relative to the tree's top */
		if (chdir(root) || chdir("..")) {
			perror("vorw: chdir");
			_exit(CMD_FAILED);
		}
		snprintf(dir, sizeof(dir), "%s/%s", strrchr(root, '/') ?
			 strrchr(root, '/') + 1 : root, name);
		if (refresh)
			execl("verifier-host/fetch-target", "fetch-target",
			      "--refresh", name, dir, NULL);
		else
			execl("verifier-host/fetch-target", "fetch-target",
			      name, dir, NULL);
		perror("vorw: verifier-host/fetch-target");
		_exit(CMD_FAILED);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		vorw_fail(&e, VORW_R_TARGET, "cannot run %s: %s", script,
			  strerror(errno));
		goto fail;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		vorw_fail(&e, VORW_R_TARGET, "target '%s' was not fetched",
			  name);
		goto fail;
	}
	printf("%s is fetched; now run: make TARGETS=%s\n", name, name);
	return CMD_OK;
fail:
	vorw_err_print(&e);
	vorw_err_free(&e);
	return CMD_FAILED;
}

int cmd_target(int argc, char **argv)
{
	bool flag = argc == 3 || argc == 4;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return CMD_OK;
	}
	if (argc >= 2 && !strcmp(argv[1], "list")) {
		if (argc == 2)
			return list(false);
		if (argc == 3 && !strcmp(argv[2], "--json"))
			return list(true);
	}
	if (flag && !strcmp(argv[1], "fetch")) {
		if (argc == 3 && argv[2][0] != '-')
			return fetch(argv[2], false);
		if (argc == 4 && !strcmp(argv[2], "--refresh"))
			return fetch(argv[3], true);
	}
	usage(stderr);
	return CMD_USAGE;
}
