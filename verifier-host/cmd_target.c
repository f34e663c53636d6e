// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_target.c - `vorw target`: list targets, fetch one; the other parts have
 * files of their own. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cmd.h"
#include "file_io.h"
#include "json.h"
#include "own_dir.h"
#include "snapshot.h"
#include "target.h"

#define FETCH	"verifier-host/fetch-target"
#define PROBE	"loader/vorw-probe"
#define PROBE_MAX	65536

const char cmd_target_usage[] =
"usage: vorw target list [--json]\n"
"       vorw target show NAME [--json]\n"
"       vorw target fetch [--refresh] NAME\n"
"       vorw target check NAME [--json] [--no-device]\n"
"       vorw target snapshot [--remove] NAME\n"
"       vorw target probe\n"
"       vorw target add NAME ... | vorw target remove NAME\n"
"\n"
"A target is a kernel and a CPU to verify for.  `list` shows the known ones,\n"
"`show` what is known of one, `check` boots one and says what works and what\n"
"does not, `fetch` gets its kernel, headers and libraries; `make TARGETS=NAME`\n"
"then builds what runs in its verification VM.\n"
"\n"
"`snapshot` boots the verification VM of a target once and keeps it beside its\n"
"kernel: from then on `vorw verify` starts copies of it instead of booting.\n"
"\n"
"`add` makes a target of a kernel of your own (`vorw target add --help`).\n"
"`probe` prints a shell script for the device; what that prints there is for\n"
"`add --probe`.\n"
"\n"
"  --json     for programs\n"
"  --refresh  ask the mirror for a newer kernel\n"
"  --remove   take the snapshot away\n";

/* The start of its build-id tells one kernel from another. */
static void show(const struct vorw_target *t)
{
	char kernel[80], id[41];

	snprintf(kernel, sizeof(kernel), t->release[0] ? "%s" :
		 t->series[0] ? "%s.*" : "-",
		 t->release[0] ? t->release : t->series);
	if (t->device_build_id[0])
		strcpy(id, t->device_build_id);
	else
		target_build_id(t, id);
	printf("%-12s %-5s %-26s %-10s %-*s", t->name, t->arch, kernel, t->cpu,
	       id[0] ? 9 : 0, target_state(t));
	if (id[0])
		printf(" %.12s", id);
	putchar('\n');
	if (t->own)
		printf("  your own, from %s\n", own_dir());
	if (t->alias[0])
		printf("  also called %s\n", t->alias);
	if (t->fetched && !t->ready)
		printf("  %s\n", t->why_not);
}

static void show_json(struct json *j, const struct vorw_target *t)
{
	json_object(j, NULL);
	target_json(j, t);
	json_end(j);
}

static void list_each(char **names, struct json *j, struct vorw_err *e)
{
	struct vorw_target t;
	size_t i;

	for (i = 0; names[i]; i++) {
		if (!vorw_target_get(names[i], &t, e))
			return;
		if (j)
			show_json(j, &t);
		else
			show(&t);
	}
}

static int list(bool as_json)
{
	struct vorw_err e = { 0 };
	char **names = vorw_target_names(&e);
	struct json j;
	size_t i;

	if (!names)
		return cmd_end(&e);
	if (as_json) {
		json_start(&j, stdout);
		json_array(&j, "targets");
	}
	list_each(names, as_json ? &j : NULL, &e);
	if (as_json)
		json_finish(&j);
	for (i = 0; names[i]; i++)
		free(names[i]);
	free(names);
	return cmd_end(&e);
}

/* In the child: root is a real path. */
static void exec_fetch(const char *root, const char *name, bool refresh)
{
	char dir[PATH_MAX];

	/* paths in the facts are relative to the tree's top */
	snprintf(dir, sizeof(dir), "%s/%s", strrchr(root, '/') + 1, name);
	if (chdir(root) || chdir("..")) {
		perror("vorw: chdir");
		_exit(CMD_FAILED);
	}
	if (refresh)
		execl(FETCH, "fetch-target", "--refresh", name, dir, NULL);
	else
		execl(FETCH, "fetch-target", name, dir, NULL);
	perror("vorw: " FETCH);
	_exit(CMD_FAILED);
}

/* The script lives in the source tree, which the build directory is in. */
static bool fetch(const char *name, bool refresh, struct vorw_err *e)
{
	char root[PATH_MAX], script[PATH_MAX + 40];
	struct vorw_target t;
	int status;
	pid_t pid;

	/* also says no to a name that could be a path or an option */
	if (!vorw_target_get(name, &t, e))
		return false;
	if (t.own)
		return vorw_fail(e, VORW_R_TARGET,
				 "'%s' is a kernel of your own: there is nothing to fetch; run make TARGETS=%s",
				 name, name);
	if (!realpath(vorw_target_root(), root))
		return vorw_fail(e, VORW_R_TARGET, "%s: %s",
				 vorw_target_root(), strerror(errno));
	snprintf(script, sizeof(script), "%s/../" FETCH, root);
	if (access(script, X_OK))
		return vorw_fail(e, VORW_R_TARGET,
				 "cannot run %s: %s (targets are fetched in the source tree)",
				 script, strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		exec_fetch(root, name, refresh);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return vorw_fail(e, VORW_R_TARGET, "cannot run %s: %s", script,
				 strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return vorw_fail(e, VORW_R_TARGET,
				 "target '%s' was not fetched", name);
	printf("%s is fetched; now run: make TARGETS=%s\n", name, name);
	return true;
}

static int cmd_list(int argc, char **argv)
{
	bool json = false;
	const struct cmd_option options[] = { { "json", .flag = &json } };
	const struct cmd_syntax syntax = {
		"target list", cmd_target_usage, NULL, options, 1
	};
	const char *none;
	int rc = cmd_parse(argc, argv, &syntax, &none);

	return rc >= 0 ? rc : list(json);
}

/* The script is for the device: print it. */
static int cmd_probe(int argc, char **argv)
{
	const struct cmd_syntax syntax = {
		"target probe", cmd_target_usage, NULL, NULL, 0
	};
	struct vorw_err e = { 0 };
	char path[PATH_MAX];
	const char *none;
	size_t n;
	u8 *text;
	int rc = cmd_parse(argc, argv, &syntax, &none);

	if (rc >= 0)
		return rc;
	snprintf(path, sizeof(path), "%s/../" PROBE, vorw_target_root());
	if (file_read(path, PROBE_MAX, &text, &n, &e)) {
		fwrite(text, 1, n, stdout);
		free(text);
	}
	return cmd_end(&e);
}

static int cmd_fetch(int argc, char **argv)
{
	bool refresh = false;
	const struct cmd_option options[] = {
		{ "refresh", .flag = &refresh }
	};
	const struct cmd_syntax syntax = {
		"target fetch", cmd_target_usage, "target", options, 1
	};
	struct vorw_err e = { 0 };
	const char *name;
	int rc = cmd_parse(argc, argv, &syntax, &name);

	if (rc >= 0)
		return rc;
	fetch(name, refresh, &e);
	return cmd_end(&e);
}

static int cmd_snapshot(int argc, char **argv)
{
	bool remove = false;
	const struct cmd_option options[] = { { "remove", .flag = &remove } };
	const struct cmd_syntax syntax = {
		"target snapshot", cmd_target_usage, "target", options, 1
	};
	struct vorw_err e = { 0 };
	struct vorw_target t;
	const char *name;
	u64 size;
	int rc = cmd_parse(argc, argv, &syntax, &name);

	if (rc >= 0)
		return rc;
	if (!vorw_target_get(name, &t, &e))
		return cmd_end(&e);
	if (remove) {
		snapshot_remove(&t, &e);
	} else {
		vorw_progress("booting %s (Linux %s, %s)", t.name, t.release,
			      t.cpu);
		if (snapshot_make(&t, &size, &e))
			printf("%s: a snapshot of %llu MiB\n", t.name,
			       (unsigned long long)size >> 20);
	}
	return cmd_end(&e);
}

int cmd_target(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} parts[] = {
		{ "list", cmd_list },
		{ "show", cmd_target_show },
		{ "fetch", cmd_fetch },
		{ "check", cmd_target_check },
		{ "probe", cmd_probe },
		{ "snapshot", cmd_snapshot },
		{ "add", cmd_target_add },
		{ "remove", cmd_target_remove },
	};
	size_t i;

	if (argc < 2)
		return cmd_usage_error("target",
				       "list, show, fetch, check, probe, snapshot, add or remove is needed");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(cmd_target_usage, stdout);
		return CMD_OK;
	}
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(argv[1], parts[i].name))
			return parts[i].run(argc - 1, argv + 1);
	return cmd_usage_error("target", "it has no '%s'", argv[1]);
}
