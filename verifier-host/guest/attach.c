// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach.c - where a program's section says it is to be attached, and whether
 * this kernel has that place.
 *
 * libbpf has already turned the section into type and attach type; this adds
 * the target, which libbpf (section_defs[] and attach_*() in libbpf.c) reads
 * from the rest of the section name, and the kind of attachment.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "agent.h"
#include "vorw_format.h"

#define TRACEFS	"/sys/kernel/tracing"

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

static struct buf symbols;	/* their names; empty: not read yet */

/* Calls see() with each symbol of the kernel and its modules until it says
 * that it has seen enough.  False: there is no /proc/kallsyms. */
static bool each_symbol(bool (*see)(const char *name, void *arg), void *arg)
{
	char line[600], *name;
	size_t at;
	FILE *f;

	for (at = 0; at < symbols.len; at += strlen(name) + 1) {
		name = (char *)symbols.p + at;
		if (see(name, arg))
			break;
	}
	if (symbols.len)
		return true;
	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return false;
	/* "c0100000 T name" or "bf000000 t name\t[module]" */
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\t\n")] = 0;
		name = strchr(line, ' ');
		name = name ? strchr(name + 1, ' ') : NULL;
		if (name && see(name + 1, arg))
			break;
	}
	fclose(f);
	return true;
}

static bool add_symbol(const char *name, void *arg)
{
	return !buf_add(arg, name, strlen(name) + 1);
}

/* An emulated kernel takes longer to print them all than to verify most
 * programs.  Nothing is loaded into it any more. */
void attach_remember(void)
{
	struct buf all = { 0 };

	if (symbols.len)
		return;
	each_symbol(add_symbol, &all);
	if (all.failed)
		buf_free(&all);
	else
		symbols = all;
}

struct one_symbol { const char *name; bool found; };

static bool is_symbol(const char *name, void *arg)
{
	struct one_symbol *s = arg;

	s->found = !strcmp(name, s->name);
	return s->found;
}

static bool has_symbol(const char *name)
{
	struct one_symbol s = { .name = name };

	each_symbol(is_symbol, &s);
	return s.found;
}

/* bpf_program__attach_ksyscall(): the wrapper's name where the architecture
 * has wrappers (libbpf looks for the one of bpf()), __se_sys_* elsewhere. */
static void syscall_symbol(char *to, size_t size, const char *name)
{
/* as libbpf's arch_specific_syscall_pfx() */
#if defined(__arm__)
	static const char arch[] = "arm";
#elif defined(__aarch64__)
	static const char arch[] = "arm64";
#elif defined(__x86_64__)
	static const char arch[] = "x64";
#elif defined(__riscv)
	static const char arch[] = "riscv";
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

#define MAX_WANTED	VORW_MAX_PROGS
/* include/linux/tracepoint.h __DEFINE_TRACE_EXT(), since 5.10 */
#define TRACEITER	"__traceiter_"

struct wanted {
	struct pg_oprog *prog[MAX_WANTED];
	char name[MAX_WANTED][sizeof(((struct pg_oprog *)0)->attach) +
			      sizeof(TRACEITER)];
	uint32_t n;
	bool traceiter;		/* this kernel names its tracepoints so */
};

/* The symbol behind what a program attaches to; "": there is none. */
static void symbol_of(const struct pg_oprog *p, char *to, size_t size)
{
	to[0] = 0;
	if (p->attach_kind == VORW_ATTACH_RAW_TP && p->attach[0])
		snprintf(to, size, TRACEITER "%.255s", p->attach);
	/* "function+offset" */
	if (p->attach_kind == VORW_ATTACH_KPROBE ||
	    p->attach_kind == VORW_ATTACH_KRETPROBE)
		snprintf(to, size, "%.*s", (int)strcspn(p->attach, "+"),
			 p->attach);
}

static bool see_wanted(const char *name, void *arg)
{
	struct wanted *w = arg;
	bool all = true;
	uint32_t i;

	if (!strncmp(name, TRACEITER, strlen(TRACEITER)))
		w->traceiter = true;
	for (i = 0; i < w->n; i++) {
		if (!strcmp(name, w->name[i]))
			w->prog[i]->attach_found = PG_ATTACH_THERE;
		all &= w->prog[i]->attach_found == PG_ATTACH_THERE;
	}
	return all;
}

static void find_symbols(struct pg_oprog *progs, uint32_t n)
{
	static struct wanted w;
	uint32_t i;

	w.n = 0;
	for (i = 0; i < n && w.n < MAX_WANTED; i++) {
		symbol_of(&progs[i], w.name[w.n], sizeof(w.name[0]));
		if (w.name[w.n][0])
			w.prog[w.n++] = &progs[i];
	}
	if (!w.n || !each_symbol(see_wanted, &w))
		return;
	for (i = 0; i < w.n; i++)
		if (w.prog[i]->attach_found == PG_ATTACH_UNKNOWN &&
		    (w.traceiter || w.prog[i]->attach_kind != VORW_ATTACH_RAW_TP))
			w.prog[i]->attach_found = PG_ATTACH_MISSING;
}

static void find_tracepoint(struct pg_oprog *p)
{
	char path[sizeof(p->attach) + 40];

	/* "category/name" and nothing that leads elsewhere */
	if (p->attach_kind != VORW_ATTACH_TRACEPOINT || !p->attach[0] ||
	    strstr(p->attach, "..") || access(TRACEFS "/events", F_OK))
		return;
	snprintf(path, sizeof(path), TRACEFS "/events/%.255s/format", p->attach);
	p->attach_found = access(path, F_OK) ? PG_ATTACH_MISSING :
					       PG_ATTACH_THERE;
}

void attach_find(struct pg_oprog *progs, uint32_t n)
{
	bool mounted = false;
	uint32_t i;

	find_symbols(progs, n);
	for (i = 0; i < n; i++) {
		if (progs[i].attach_kind != VORW_ATTACH_TRACEPOINT)
			continue;
		if (!mounted)
			mount("tracefs", TRACEFS, "tracefs", 0, NULL);
		mounted = true;
		find_tracepoint(&progs[i]);
	}
}
