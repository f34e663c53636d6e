// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* target_json.c - what is said of every target, for programs. */
#include "json.h"
#include "target.h"

const char *target_state(const struct vorw_target *t)
{
	if (t->ready)
		return "ready";
	if (t->fetched)
		return "not ready";
	return t->built ? "buildable" : "fetchable";
}

static const char *or_null(const char *s)
{
	return s[0] ? s : NULL;
}

void target_json(struct json *j, const struct vorw_target *t)
{
	char build_id[41];

	target_build_id(t, build_id);
	json_str(j, "name", t->name);
	json_str(j, "alias", or_null(t->alias));
	json_str(j, "arch", t->arch);
	json_u64(j, "machine", t->machine);
	json_str(j, "series", or_null(t->series));
	json_str(j, "release", or_null(t->release));
	json_str(j, "build_id", or_null(build_id));
	json_str(j, "device_build_id", or_null(t->device_build_id));
	json_str(j, "cpu", t->cpu);
	json_u64(j, "mem_mib", t->mem_mib);
	json_bool(j, "own", t->own);
	json_str(j, "state", target_state(t));
	json_bool(j, "ready", t->ready);
	json_str(j, "why_not", t->ready ? NULL : t->why_not);
}
