// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach.c - where a program's section says it is to be attached.
 *
 * libbpf has already turned the section into type and attach type; this adds
 * the target, which libbpf (section_defs[] and attach_*() in libbpf.c) reads
 * from the rest of the section name, and the kind of attachment.
 */
#include <stdio.h>
#include <string.h>
#include "agent.h"
#include "vorw_format.h"

/* Like libbpf's "NAME+": the section is NAME or NAME/target. */
static const struct {
	const char *name;
	uint32_t type, kind;
} sections[] = {
	{ "kprobe", BPF_PROG_TYPE_KPROBE, VORW_ATTACH_KPROBE },
	{ "kretprobe", BPF_PROG_TYPE_KPROBE, VORW_ATTACH_KRETPROBE },
	{ "ksyscall", BPF_PROG_TYPE_KPROBE, VORW_ATTACH_KPROBE },
	{ "kretsyscall", BPF_PROG_TYPE_KPROBE, VORW_ATTACH_KRETPROBE },
	{ "tracepoint", BPF_PROG_TYPE_TRACEPOINT, VORW_ATTACH_TRACEPOINT },
	{ "tp", BPF_PROG_TYPE_TRACEPOINT, VORW_ATTACH_TRACEPOINT },
	{ "raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT, VORW_ATTACH_RAW_TP },
	{ "raw_tp", BPF_PROG_TYPE_RAW_TRACEPOINT, VORW_ATTACH_RAW_TP },
	{ "raw_tracepoint.w", BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
	  VORW_ATTACH_RAW_TP },
	{ "raw_tp.w", BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
	  VORW_ATTACH_RAW_TP },
};

/* Types whose target the user names. */
static const struct {
	uint32_t type, kind;
} types[] = {
	{ BPF_PROG_TYPE_PERF_EVENT, VORW_ATTACH_PERF_EVENT },
	{ BPF_PROG_TYPE_SCHED_CLS, VORW_ATTACH_TC },
	{ BPF_PROG_TYPE_SCHED_ACT, VORW_ATTACH_TC },
	{ BPF_PROG_TYPE_CGROUP_SKB, VORW_ATTACH_CGROUP },
	{ BPF_PROG_TYPE_CGROUP_SOCK, VORW_ATTACH_CGROUP },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, VORW_ATTACH_CGROUP },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, VORW_ATTACH_CGROUP },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL, VORW_ATTACH_CGROUP },
	{ BPF_PROG_TYPE_CGROUP_DEVICE, VORW_ATTACH_CGROUP },
	{ BPF_PROG_TYPE_SOCK_OPS, VORW_ATTACH_CGROUP },
	{ BPF_PROG_TYPE_SOCKET_FILTER, VORW_ATTACH_SOCKET },
};

static bool has_symbol(const char *name)
{
	char line[300], sym[256];
	bool found = false;
	FILE *f;

	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %255s", sym) == 1 &&
			!strcmp(sym, name);
	fclose(f);
	return found;
}

/* bpf_program__attach_ksyscall(): the wrapper's name where the architecture
 * has wrappers (libbpf looks for the one of bpf()), __se_sys_* elsewhere. */
static void syscall_symbol(char *to, size_t size, const char *name)
{
#if defined(__arm__)
	static const char arch[] = "arm";
#else
#error "no system call prefix for this architecture"
#endif
	static int wrapped = -1;
	char probe[64];

	if (wrapped < 0) {
		snprintf(probe, sizeof(probe), "__%s_sys_bpf", arch);
		wrapped = has_symbol(probe);
	}
	if (wrapped)
		snprintf(to, size, "__%s_sys_%s", arch, name);
	else
		snprintf(to, size, "__se_sys_%s", name);
}

void attach_info(const struct bpf_program *prog, struct pg_oprog *to)
{
	const char *sec = bpf_program__section_name(prog);
	uint32_t type = bpf_program__type(prog);
	char target[sizeof(to->attach)] = "";
	size_t i, n;

	to->attach_kind = VORW_ATTACH_NONE;
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		n = strlen(sections[i].name);
		if (sections[i].type != type ||
		    strncmp(sec, sections[i].name, n) ||
		    (sec[n] && sec[n] != '/'))
			continue;
		to->attach_kind = sections[i].kind;
		if (!sec[n])
			break;
		if (strstr(sections[i].name, "syscall"))
			syscall_symbol(target, sizeof(target), sec + n + 1);
		else
			snprintf(target, sizeof(target), "%s", sec + n + 1);
		break;
	}
	put_text(to->attach, sizeof(to->attach), target);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			to->attach_kind = types[i].kind;
	/* programs of a devmap or cpumap are no interface's */
	if (type == BPF_PROG_TYPE_XDP &&
	    bpf_program__expected_attach_type(prog) != BPF_XDP_DEVMAP &&
	    bpf_program__expected_attach_type(prog) != BPF_XDP_CPUMAP)
		to->attach_kind = VORW_ATTACH_XDP;
}
