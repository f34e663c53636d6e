// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach_trace.c - kprobes, tracepoints, raw tracepoints. */
#include <unistd.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include "attach.h"
#include "bpf.h"
#include "files.h"
#include "out.h"
#include "sys.h"

#define KPROBE_PMU	"/sys/bus/event_source/devices/kprobe/"

int perf_link(int prog_fd, int perf_fd)
{
	int link_fd, err;

	if (perf_fd < 0)
		return -errno;
	/* The link keeps the event (kernel/bpf/syscall.c bpf_perf_link). */
	link_fd = bpf_link_create(prog_fd, perf_fd, BPF_PERF_EVENT, 0);
	if (link_fd >= 0) {
		err = sys_ioctl(perf_fd, PERF_EVENT_IOC_ENABLE, NULL);
		if (err) {
			close(link_fd);
			link_fd = err;
		}
	}
	close(perf_fd);
	return link_fd;
}

/* One event on CPU 0 stands for all: programs on a probe or tracepoint run
 * before the kernel looks at the event's CPU. */
static int probe_event(struct perf_event_attr *attr)
{
	attr->size = sizeof(*attr);
	return syscall(SYS_perf_event_open, attr, -1, 0, -1,
		       PERF_FLAG_FD_CLOEXEC);
}

/* Which bit of config asks for the return of a function: "config:N". */
static int retprobe_bit(u64 *bit)
{
	char buf[32];
	u32 nr;
	int ret = read_line(KPROBE_PMU "format/retprobe", buf, sizeof(buf));

	if (ret)
		return ret;
	if (strncmp(buf, "config:", 7) || !parse_u32(buf + 7, &nr) || nr > 63)
		return -EINVAL;
	*bit = 1ull << nr;
	return 0;
}

bool attach_kprobe(const struct attachment *a, struct err *e)
{
	bool ret = a->prog->attach_kind == VORW_ATTACH_KRETPROBE;
	struct perf_event_attr attr = { };
	char func[256], *plus;
	u32 type, off = 0;
	u64 bit = 0;
	int err, fd;

	if (fmt_str(func, sizeof(func), "%s", a->target) >= sizeof(func))
		return attach_failed(a, ENAMETOOLONG, "function", e);
	plus = strchr(func, '+');
	if (plus) {
		*plus = '\0';
		if (!parse_u32(plus + 1, &off))
			return attach_failed(a, EINVAL, "offset", e);
	}
	err = read_u32(KPROBE_PMU "type", &type);
	if (!err && ret)
		err = retprobe_bit(&bit);
	if (err)
		return attach_failed(a, err, KPROBE_PMU, e);

	attr.type = type;
	attr.config = bit;
	attr.kprobe_func = (uintptr_t)func;
	attr.probe_offset = off;
	fd = perf_link(a->prog_fd, probe_event(&attr));
	if (fd == -ENOENT)
		return attach_failed(a, fd, "no such function in this kernel",
				     e);
	return attach_keep(a, fd, "", a->target, e);
}

/* tracefs has two usual places. */
static int tracepoint_id(const char *event, u32 *id)
{
	static const char *const roots[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};
	char path[512];
	int ret = 0;
	size_t i;

	for (i = 0; i < 2; i++) {
		fmt_str(path, sizeof(path), "%s/events/%s/id", roots[i],
			event);
		ret = read_u32(path, id);
		if (!ret)
			break;
	}
	return ret;
}

/* CATEGORY/NAME, and no other path. */
static bool tracepoint_valid(const char *s)
{
	unsigned int slashes = 0;
	size_t i;

	for (i = 0; s[i]; i++) {
		if (s[i] == '/')
			slashes++;
		else if (s[i] == '.' || s[i] <= ' ' || s[i] > '~')
			return false;
	}
	return slashes == 1 && i < 256;
}

bool attach_tracepoint(const struct attachment *a, struct err *e)
{
	struct perf_event_attr attr = { };
	u32 id;
	int ret;

	if (!tracepoint_valid(a->target))
		return attach_failed(a, EINVAL, "not CATEGORY/NAME", e);
	ret = tracepoint_id(a->target, &id);
	if (ret)
		return attach_failed(a, ret,
			"no such event in tracefs (is it mounted?)", e);
	attr.type = PERF_TYPE_TRACEPOINT;
	attr.config = id;
	return attach_keep(a, perf_link(a->prog_fd, probe_event(&attr)), "",
			   a->target, e);
}

bool attach_raw_tp(const struct attachment *a, struct err *e)
{
	return attach_keep(a, bpf_raw_tracepoint_open(a->prog_fd, a->target),
			   "", a->target, e);
}
