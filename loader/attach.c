// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach.c - which kind of program is attached how, and the way back. */
#include <unistd.h>
#include "attach.h"
#include "bpf.h"
#include "out.h"

static const struct kind {
	const char *name;
	bool (*attach)(const struct attachment *a, struct err *e);
	const char *syntax;	/* without attach: why not */
} kinds[VORW_ATTACH_MAX] = {
	[VORW_ATTACH_NONE] = { "none", NULL,
		"its section names nothing that vorw attaches to" },
	[VORW_ATTACH_KPROBE] = { "kprobe", attach_kprobe,
		"FUNCTION[+OFFSET]" },
	[VORW_ATTACH_KRETPROBE] = { "kretprobe", attach_kprobe, "FUNCTION" },
	[VORW_ATTACH_TRACEPOINT] = { "tracepoint", attach_tracepoint,
		"CATEGORY/NAME" },
	[VORW_ATTACH_RAW_TP] = { "raw_tracepoint", attach_raw_tp, "NAME" },
	[VORW_ATTACH_PERF_EVENT] = { "perf_event", attach_perf_event,
		"EVENT[:HERTZ|:period=N]" },
	[VORW_ATTACH_XDP] = { "xdp", attach_xdp, "IFACE[:native|:generic]" },
	[VORW_ATTACH_TC] = { "tc", attach_tc, "IFACE[:ingress|:egress]" },
	[VORW_ATTACH_CGROUP] = { "cgroup", attach_cgroup, "CGROUP-DIRECTORY" },
	[VORW_ATTACH_SOCKET] = { "socket", NULL,
		"a filter lives with its socket: an application sets "
		"SO_ATTACH_BPF" },
};

static const struct kind *kind_of(const struct vorw_prog_h *prog)
{
	u32 kind = prog->attach_kind;

	return &kinds[kind < VORW_ATTACH_MAX ? kind : VORW_ATTACH_NONE];
}

const char *attach_kind_name(const struct vorw_prog_h *prog)
{
	return kind_of(prog)->name;
}

const char *attach_syntax(const struct vorw_prog_h *prog)
{
	const struct kind *k = kind_of(prog);

	return k->attach ? k->syntax : NULL;
}

const char *attach_why_not(const struct vorw_prog_h *prog)
{
	return kind_of(prog)->syntax;
}

bool attach_has_target(const struct vorw_prog_h *prog)
{
	switch (prog->attach_kind) {
	case VORW_ATTACH_KPROBE:
	case VORW_ATTACH_KRETPROBE:
	case VORW_ATTACH_TRACEPOINT:
	case VORW_ATTACH_RAW_TP:
		return *prog->attach != '\0';
	default:
		return false;
	}
}

bool attach(const struct attachment *a, struct err *e)
{
	const struct kind *k = kind_of(a->prog);

	if (!k->attach)
		return fail(e, VORW_R_USAGE, "%s cannot be attached: %s",
			    a->prog->name, k->syntax);
	return k->attach(a, e);
}

bool attach_failed(const struct attachment *a, int err, const char *what,
		   struct err *e)
{
	return fail(e, VORW_R_ATTACH, "%s to %s: %s: %s",
		    clean(a->prog->name, 64), clean(a->target, 160), what,
		    err_text(err));
}

bool attach_keep(const struct attachment *a, int link_fd, const char *suffix,
		 const char *target, struct err *e)
{
	const char *kind = attach_kind_name(a->prog);
	char want[PIN_NAME * 2], pin[PIN_NAME];
	struct record r;
	bool good;

	if (link_fd < 0)
		return attach_failed(a, link_fd, kind, e);
	fmt_str(want, sizeof(want), "%s%s", a->pin, suffix);
	good = place_pin(a->place, "links", want, link_fd, pin, e);
	close(link_fd);
	if (!good)
		return false;
	record_init(&r);
	record_str(&r, "prog", a->pin);
	record_str(&r, "kind", kind);
	record_str(&r, "target", target);
	return place_record(a->place, "link", pin, &r, e);
}

int attach_option(const char *spec, const char *const *words, char *target,
		  size_t size)
{
	const char *colon = strrchr(spec, ':');
	int i;

	for (i = 0; colon && words[i]; i++) {
		if (strcmp(colon + 1, words[i]))
			continue;
		fmt_str(target, size, "%s", spec);
		if ((size_t)(colon - spec) < size)
			target[colon - spec] = '\0';
		return i;
	}
	fmt_str(target, size, "%s", spec);
	return -1;
}

bool attach_iface(const struct attachment *a, const char *const *words,
		  char *iface, size_t size, int *word, struct err *e)
{
	*word = attach_option(a->target, words, iface, size);
	if (!strchr(*word < 0 ? a->target : iface, ':'))
		return true;
	return fail(e, VORW_R_USAGE, "%s: not an interface: %s (%s)",
		    clean(a->prog->name, 64), clean(a->target, 160),
		    attach_syntax(a->prog));
}

/*
 * Removing the pin drops only our reference.  A link that somebody else holds
 * is cut here where its kind can be (XDP, cgroup); others live on until the
 * last holder is gone.
 */
static void detach_links(struct place *pl)
{
	char name[NAME_MAX + 1] = "";
	int dir = place_sub(pl, "links");

	while (dir >= 0 && place_next(dir, "", name, name)) {
		int fd = place_get(pl, "links", name);

		if (fd >= 0) {
			bpf_link_detach(fd);
			close(fd);
		}
	}
	if (dir >= 0)
		close(dir);
}

bool undo(struct place *pl, struct err *e)
{
	/* Filters first: their records go with the directory. */
	if (!tc_undo(pl, e))
		return false;
	detach_links(pl);
	return place_remove(pl, e);
}
