// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* netlink.c - just enough rtnetlink for traffic control. */
#include <unistd.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "netlink.h"
#include "out.h"

void nl_init(struct nl_request *r, u16 type, u16 flags, u32 ifindex,
	     u32 parent)
{
	memset(r, 0, sizeof(*r));
	r->head.nlmsg_len = NLMSG_LENGTH(sizeof(r->tc));
	r->head.nlmsg_type = type;
	r->head.nlmsg_flags = NLM_F_REQUEST | flags;
	r->tc.tcm_family = AF_UNSPEC;
	r->tc.tcm_ifindex = ifindex;
	r->tc.tcm_parent = parent;
}

static struct rtattr *tail(struct nl_request *r)
{
	return (struct rtattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));
}

/* Requests are all our own and short: attrs holds any of them. */
void nl_attr(struct nl_request *r, u16 type, const void *data, size_t len)
{
	struct rtattr *a = tail(r);

	if ((char *)a + RTA_SPACE(len) > (char *)r + sizeof(*r))
		return;
	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->head.nlmsg_len = (char *)a + RTA_SPACE(len) - (char *)r;
}

struct rtattr *nl_nest(struct nl_request *r, u16 type)
{
	struct rtattr *a = tail(r);

	nl_attr(r, type, NULL, 0);
	return a;
}

void nl_nest_end(struct nl_request *r, struct rtattr *nest)
{
	nest->rta_len = (char *)tail(r) - (char *)nest;
}

const struct rtattr *nl_find(const struct rtattr *a, int len, u16 type,
			     size_t min)
{
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return RTA_PAYLOAD(a) >= min ? a : NULL;
	return NULL;
}

/* Behind the request's header come attributes, one of them text. */
static void read_text(const struct nlmsghdr *msg, char text[192])
{
	const struct nlmsgerr *err = NLMSG_DATA(msg);
	size_t off = NLMSG_LENGTH(sizeof(*err));
	const struct rtattr *a;

	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(msg->nlmsg_flags & NLM_F_CAPPED))
		off += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	if (off >= msg->nlmsg_len)
		return;
	a = nl_find((const void *)((const char *)msg + off),
		    msg->nlmsg_len - off, NLMSGERR_ATTR_MSG, 1);
	if (a)
		fmt_str(text, 192, "%s", (const char *)RTA_DATA(a));
}

/* 1: there is more to come. */
static int read_answer(int fd, void (*fn)(const struct nlmsghdr *, void *),
		       void *arg, char text[192])
{
	static char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *msg = (void *)buf;
	/* signed: the macros may count below zero at the end */
	int len = recv(fd, buf, sizeof(buf), MSG_TRUNC);

	if (len < 0)
		return errno == EINTR ? 1 : -errno;
	if (len > (int)sizeof(buf))
		return -EMSGSIZE;
	for (; NLMSG_OK(msg, len); msg = NLMSG_NEXT(msg, len)) {
		if (msg->nlmsg_type == NLMSG_DONE)
			return 0;
		if (msg->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *err = NLMSG_DATA(msg);

			if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*err)))
				return -EPROTO;
			read_text(msg, text);
			return err->error;
		}
		if (fn && msg->nlmsg_len >= NLMSG_LENGTH(sizeof(struct tcmsg)))
			fn(msg, arg);
	}
	return 1;
}

int nl_talk(struct nl_request *r,
	    void (*fn)(const struct nlmsghdr *msg, void *arg), void *arg,
	    char text[192])
{
	int fd, ret, one = 1;

	text[0] = '\0';
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	/* without it there is only a number; libc's has time options in it */
	syscall(SYS_setsockopt, fd, SOL_NETLINK, NETLINK_EXT_ACK, &one,
		sizeof(one));
	r->head.nlmsg_seq = 1;
	/* NLM_F_EXCL of a new object is one of the two bits of NLM_F_DUMP. */
	if ((r->head.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		r->head.nlmsg_flags |= NLM_F_ACK;
	if (send(fd, r, r->head.nlmsg_len, 0) < 0) {
		ret = -errno;
	} else {
		do {
			ret = read_answer(fd, fn, arg, text);
		} while (ret == 1);
	}
	close(fd);
	return ret;
}
