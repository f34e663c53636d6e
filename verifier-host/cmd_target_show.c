// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_target_show.c - `vorw target show`: what is known of one target. */
#include <stdio.h>
#include <string.h>
#include "cmd.h"
#include "json.h"
#include "own_dir.h"
#include "target.h"

static const char *or_null(const char *s)
{
	return s[0] ? s : NULL;
}

static void print_json(const struct vorw_target *t)
{
	struct json j;

	json_start(&j, stdout);
	target_json(&j, t);
	json_str(&j, "title", or_null(t->title));
	json_str(&j, "package_version", or_null(t->package));
	json_str(&j, "qemu", or_null(t->qemu));
	json_str(&j, "qemu_machine", or_null(t->qemu_machine));
	json_str(&j, "kernel", t->ready ? t->kernel : NULL);
	json_finish(&j);
}

static void line(const char *what, const char *is)
{
	char buf[1024];

	printf("%-12s  %s\n", what,
	       is[0] ? text_fit(buf, sizeof(buf), is) : "not known");
}

static void print_text(const struct vorw_target *t, const char *build_id)
{
	char buf[256];

	line("target", t->name);
	if (t->alias[0])
		line("also called", t->alias);
	if (t->title[0])
		line("what it is", t->title);
	snprintf(buf, sizeof(buf), "%s (ELF machine %u)", t->arch,
		 t->machine);
	line("architecture", buf);
	line("kernel", t->release);
	line("package", t->package);
	line("build-id", t->device_build_id[0] ? t->device_build_id : build_id);
	if (t->device_build_id[0])
		line("its twin's", build_id);
	line("CPU", t->cpu);
	snprintf(buf, sizeof(buf), "%s -M %s", t->qemu, t->qemu_machine);
	line("machine", buf);
	snprintf(buf, sizeof(buf), "%u MiB", t->mem_mib);
	line("memory", buf);
	line("image", t->ready ? t->kernel : "");
	if (t->own) {
		snprintf(buf, sizeof(buf), "%.180s/%s", own_dir(), t->name);
		line("added in", buf);
		line("System.map", t->system_map);
		line("BTF file", t->btf[0] ? t->btf : "none");
	}
	line("ready", t->ready ? "yes" : t->why_not);
}

int cmd_target_show(int argc, char **argv)
{
	bool json = false;
	const struct cmd_option options[] = { { "json", .flag = &json } };
	const struct cmd_syntax syntax = {
		"target show", cmd_target_usage, "target", options, 1
	};
	char build_id[41];
	struct vorw_err e = { 0 };
	struct vorw_target t;
	const char *name;
	int rc = cmd_parse(argc, argv, &syntax, &name);

	if (rc >= 0)
		return rc;
	if (!vorw_target_get(name, &t, &e))
		return json ? cmd_end_json(&e) : cmd_end(&e);
	target_build_id(&t, build_id);
	if (json)
		print_json(&t);
	else
		print_text(&t, build_id);
	return CMD_OK;
}
