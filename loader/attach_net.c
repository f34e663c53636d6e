// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach_net.c - XDP on an interface, programs on a cgroup. */
#include <fcntl.h>
#include <unistd.h>
#include <linux/if_link.h>
#include "attach.h"
#include "bpf.h"
#include "out.h"
#include "sys.h"

bool attach_xdp(const struct attachment *a, struct err *e)
{
	static const char *const words[] = { "native", "generic", NULL };
	static const u32 flags[] = { XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE };
	char iface[IFACE_NAME + 1], target[64];
	int mode, ifindex, fd;

	if (!attach_iface(a, words, iface, sizeof(iface), &mode, e))
		return false;
	ifindex = sys_ifindex(iface);
	if (ifindex < 0)
		return attach_failed(a, ifindex, "interface", e);
	/* Without a mode the kernel takes the driver's if there is one. A
	 * driver may still say no to this program; the generic hook takes it. */
	fd = bpf_link_create(a->prog_fd, ifindex, BPF_XDP,
			     mode < 0 ? 0 : flags[mode]);
	if (fd < 0 && fd != -EBUSY && fd != -EEXIST && mode < 0) {
		int again = bpf_link_create(a->prog_fd, ifindex, BPF_XDP,
					    XDP_FLAGS_SKB_MODE);

		if (again >= 0) {
			fd = again;
			mode = 1;
		}
	}
	if (fd == -EBUSY)
		return attach_failed(a, fd,
			"another XDP program is on the interface", e);
	fmt_str(target, sizeof(target), "%s%s%s", iface, mode < 0 ? "" : ":",
		mode < 0 ? "" : words[mode]);
	return attach_keep(a, fd, "", target, e);
}

/* Types with one attach type, which their section need not say. */
static u32 cgroup_attach_type(const struct vorw_prog_h *prog)
{
	switch (prog->type) {
	case BPF_PROG_TYPE_CGROUP_DEVICE:
		return BPF_CGROUP_DEVICE;
	case BPF_PROG_TYPE_CGROUP_SYSCTL:
		return BPF_CGROUP_SYSCTL;
	case BPF_PROG_TYPE_SOCK_OPS:
		return BPF_CGROUP_SOCK_OPS;
	case BPF_PROG_TYPE_CGROUP_SOCK:
		return prog->expected_attach_type ?: BPF_CGROUP_INET_SOCK_CREATE;
	default:
		return prog->expected_attach_type;
	}
}

/* "cgroup/skb" leaves the direction open: ":egress" behind the path says it. */
bool attach_cgroup(const struct attachment *a, struct err *e)
{
	static const char *const words[] = { "ingress", "egress", NULL };
	static const u32 types[] = {
		BPF_CGROUP_INET_INGRESS, BPF_CGROUP_INET_EGRESS,
	};
	u32 type = cgroup_attach_type(a->prog);
	char path[PATH_MAX];
	int word = -1, dir, fd;

	if (a->prog->type == BPF_PROG_TYPE_CGROUP_SKB)
		word = attach_option(a->target, words, path, sizeof(path));
	else
		fmt_str(path, sizeof(path), "%s", a->target);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return attach_failed(a, errno, "cgroup directory", e);
	fd = bpf_link_create(a->prog_fd, dir, word < 0 ? type : types[word], 0);
	close(dir);
	if (fd == -EBADF)
		return attach_failed(a, fd, "not a cgroup v2 directory", e);
	return attach_keep(a, fd, "", a->target, e);
}
