// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach_perf.c - perf events, sampled on every CPU. */
#include <unistd.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include "attach.h"
#include "files.h"
#include "out.h"

#define DEFAULT_HERTZ	99	/* not in step with what runs every 10 ms */

static const struct {
	const char *name;
	u32 type, config;
} events[] = {
	{ "cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	{ "page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
	{ "minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN },
	{ "major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ },
	{ "context-switches", PERF_TYPE_SOFTWARE,
	  PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "cache-references", PERF_TYPE_HARDWARE,
	  PERF_COUNT_HW_CACHE_REFERENCES },
	{ "cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	{ "branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
};
#define NEVENTS	(sizeof(events) / sizeof(events[0]))

/* EVENT, EVENT:HERTZ or EVENT:period=N. */
static bool parse_event(const char *spec, struct perf_event_attr *attr)
{
	const char *colon = strchr(spec, ':');
	size_t len = colon ? (size_t)(colon - spec) : strlen(spec), i;
	u32 n = DEFAULT_HERTZ;
	bool period = colon && !strncmp(colon, ":period=", 8);

	if (colon && (!parse_u32(colon + (period ? 8 : 1), &n) || !n))
		return false;
	attr->freq = !period;
	if (period)
		attr->sample_period = n;
	else
		attr->sample_freq = n;
	for (i = 0; i < NEVENTS; i++) {
		if (strncmp(events[i].name, spec, len) || events[i].name[len])
			continue;
		attr->type = events[i].type;
		attr->config = events[i].config;
		return true;
	}
	return false;
}

/* Next CPU at or after cpu in a list like "0-3,7"; -1 at its end. */
static int next_cpu(const char *list, int cpu)
{
	int from, to;

	while (*list >= '0' && *list <= '9') {
		for (from = 0; *list >= '0' && *list <= '9'; list++)
			from = from * 10 + *list - '0';
		to = from;
		if (*list == '-') {
			list++;
			for (to = 0; *list >= '0' && *list <= '9'; list++)
				to = to * 10 + *list - '0';
		}
		if (cpu <= to)
			return cpu > from ? cpu : from;
		if (*list == ',')
			list++;
	}
	return -1;
}

bool attach_perf_event(const struct attachment *a, struct err *e)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	char online[256], suffix[16];
	int cpu, ret, fd;

	if (!parse_event(a->target, &attr))
		return fail(e, VORW_R_USAGE,
			    "%s: not an event: %s (EVENT[:HERTZ|:period=N])",
			    clean(a->prog->name, 64), clean(a->target, 160));
	ret = read_line("/sys/devices/system/cpu/online", online,
			sizeof(online));
	if (ret)
		return attach_failed(a, ret, "list of CPUs", e);
	for (cpu = next_cpu(online, 0); cpu >= 0;
	     cpu = next_cpu(online, cpu + 1)) {
		fmt_str(suffix, sizeof(suffix), "_cpu%d", cpu);
		fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1,
			     PERF_FLAG_FD_CLOEXEC);
		if (!attach_keep(a, perf_link(a->prog_fd, fd), suffix,
				 a->target, e))
			return false;
	}
	return true;
}
