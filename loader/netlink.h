/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * netlink.h - just enough rtnetlink for traffic control.
 *
 * One request, its answers, one socket each: the loader makes a handful.
 */
#ifndef LOADER_NETLINK_H
#define LOADER_NETLINK_H

#include <linux/rtnetlink.h>
#include "vorw_types.h"

struct nl_request {
	struct nlmsghdr head;
	struct tcmsg tc;
	char attrs[256];
};

void nl_init(struct nl_request *r, u16 type, u16 flags, u32 ifindex,
	     u32 parent);
void nl_attr(struct nl_request *r, u16 type, const void *data, size_t len);
/* Open a nest, to be given to nl_nest_end(). */
struct rtattr *nl_nest(struct nl_request *r, u16 type);
void nl_nest_end(struct nl_request *r, struct rtattr *nest);

/*
 * Send and read every answer; each message that is no acknowledgement goes to
 * fn (may be NULL).  Returns 0 or the kernel's -errno; text (192 bytes) gets
 * what the kernel said besides, or "".
 */
int nl_talk(struct nl_request *r,
	    void (*fn)(const struct nlmsghdr *msg, void *arg), void *arg,
	    char text[192]);

/* The attribute of this type among len bytes at a, or NULL; its data is at
 * least min bytes long. */
const struct rtattr *nl_find(const struct rtattr *a, int len, u16 type,
			     size_t min);

#endif
