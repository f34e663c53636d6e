// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tc.c - tc classifiers: a direct-action filter on clsact, and its way back.
 *
 * Kernels before 6.6 have no BPF link for tc.  The record of a filter is
 * written before the filter is made, so that a loader killed in between leaves
 * nothing that unload does not know; a record without a filter does no harm,
 * because only a filter that runs our program (its id and tag) is removed.
 */
#include <arpa/inet.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include "attach.h"
#include "bpf.h"
#include "netlink.h"
#include "out.h"
#include "sys.h"

#define FIRST_PRIO	49152	/* as tcf_auto_prio() of net/sched/cls_api.c */
#define OUR_HANDLE	1
#define CLSACT_PARENT	TC_H_MAKE(TC_H_CLSACT, 0)

struct filter {
	u32 ifindex, parent, prio;
	u32 prog_id;		/* 0: not a BPF program */
	u8 tag[BPF_TAG_SIZE];
};

static u32 parent_of(bool egress)
{
	return TC_H_MAKE(TC_H_CLSACT,
			 egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

static u32 filter_info(u32 prio)
{
	return TC_H_MAKE(prio << 16, htons(ETH_P_ALL));
}

/* What is known of the filters on one parent. */
struct survey {
	u32 count;
	u32 lowest_prio;
	struct filter found;	/* the last one seen */
};

static void see_filter(const struct nlmsghdr *msg, void *arg)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*tc));
	const struct rtattr *opts, *a;
	struct survey *s = arg;
	u32 prio = TC_H_MAJ(tc->tcm_info) >> 16;

	if (msg->nlmsg_type != RTM_NEWTFILTER)
		return;
	s->count++;
	if (prio < s->lowest_prio)
		s->lowest_prio = prio;
	opts = nl_find(TCA_RTA(tc), len, TCA_OPTIONS, 0);
	if (!opts)
		return;
	a = nl_find(RTA_DATA(opts), RTA_PAYLOAD(opts), TCA_BPF_ID, 4);
	if (a)
		memcpy(&s->found.prog_id, RTA_DATA(a), 4);
	a = nl_find(RTA_DATA(opts), RTA_PAYLOAD(opts), TCA_BPF_TAG,
		    BPF_TAG_SIZE);
	if (a)
		memcpy(s->found.tag, RTA_DATA(a), BPF_TAG_SIZE);
}

static int survey(u32 ifindex, u32 parent, struct survey *s)
{
	struct nl_request r;
	char text[192];

	memset(s, 0, sizeof(*s));
	s->lowest_prio = FIRST_PRIO + 1;
	nl_init(&r, RTM_GETTFILTER, NLM_F_DUMP, ifindex, parent);
	return nl_talk(&r, see_filter, s, text);
}

static void filter_request(struct nl_request *r, u16 type, u16 flags,
			   const struct filter *f)
{
	nl_init(r, type, flags, f->ifindex, f->parent);
	r->tc.tcm_handle = OUR_HANDLE;
	r->tc.tcm_info = filter_info(f->prio);
	nl_attr(r, TCA_KIND, "bpf", sizeof("bpf"));
}

/* What the kernel says when interface, qdisc or filter is not there
 * (net/sched/cls_api.c tc_get_tfilter(), net/sched/sch_api.c tc_get_qdisc()). */
static bool absent(int err)
{
	return err == -ENODEV || err == -ENOENT || err == -EINVAL;
}

/* Does the filter in this place run the program that f names?  1, 0 or
 * -errno: it cannot be told. */
static int is_ours(const struct filter *f)
{
	struct survey s = { };
	struct nl_request r;
	char text[192];
	int ret;

	filter_request(&r, RTM_GETTFILTER, 0, f);
	ret = nl_talk(&r, see_filter, &s, text);
	if (ret)
		return absent(ret) ? 0 : ret;
	return s.found.prog_id && s.found.prog_id == f->prog_id &&
	       !memcmp(s.found.tag, f->tag, BPF_TAG_SIZE);
}

static int add_clsact(u32 ifindex, bool *added, char text[192])
{
	struct nl_request r;
	int ret;

	nl_init(&r, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex,
		TC_H_CLSACT);
	r.tc.tcm_handle = CLSACT_PARENT;
	nl_attr(&r, TCA_KIND, "clsact", sizeof("clsact"));
	ret = nl_talk(&r, NULL, NULL, text);
	*added = !ret;
	return ret == -EEXIST ? 0 : ret;
}

/* Only when it holds no filter of anybody; 0 then too.  (A filter that is added between
 * the look and the removal is lost: rtnetlink has no way to say "if empty".) */
static int remove_clsact(u32 ifindex)
{
	struct survey in, eg = { };
	struct nl_request r;
	char text[192];
	int ret;

	ret = survey(ifindex, parent_of(false), &in) ?:
	      survey(ifindex, parent_of(true), &eg);
	if (ret || in.count || eg.count)
		return ret;
	nl_init(&r, RTM_DELQDISC, 0, ifindex, TC_H_CLSACT);
	r.tc.tcm_handle = CLSACT_PARENT;
	nl_attr(&r, TCA_KIND, "clsact", sizeof("clsact"));
	ret = nl_talk(&r, NULL, NULL, text);
	return absent(ret) ? 0 : ret;
}

static int add_filter(const struct filter *f, int prog_fd, const char *name,
		      char text[192])
{
	u32 flags = TCA_BPF_FLAG_ACT_DIRECT, fd = prog_fd;
	struct rtattr *opts;
	struct nl_request r;

	filter_request(&r, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, f);
	opts = nl_nest(&r, TCA_OPTIONS);
	nl_attr(&r, TCA_BPF_FD, &fd, sizeof(fd));
	nl_attr(&r, TCA_BPF_NAME, name, strlen(name) + 1);
	nl_attr(&r, TCA_BPF_FLAGS, &flags, sizeof(flags));
	nl_nest_end(&r, opts);
	return nl_talk(&r, NULL, NULL, text);
}

/* The next record of a filter; "" at first. */
static bool next_tc(const struct place *pl, char name[NAME_MAX + 1])
{
	errno = 0;	/* no records, no filters */
	return pl->info_fd >= 0 &&
	       place_next(pl->info_fd, TC_RECORDS, name, name);
}

/* Did another load of ours bring this interface's clsact?  Then it is as good
 * as our own: the last of us removes it. */
static bool sibling_owns_clsact(const struct attachment *a, u32 ifindex)
{
	char name[NAME_MAX + 1] = "", tc[NAME_MAX + 1];
	int root = place_root(a->root, &(struct err){ });
	struct record r;
	struct place pl;
	bool owns = false;

	while (root >= 0 && !owns && place_next(root, "", name, name)) {
		if (!place_name_valid(name) ||
		    !place_open(&pl, a->root, name, false, &(struct err){ }))
			continue;
		tc[0] = '\0';
		while (next_tc(&pl, tc))
			if (!record_read(pl.info_fd, tc, &r) &&
			    record_get_u32(&r, "ifindex") == ifindex)
				owns |= record_get_u32(&r, "clsact");
		place_close(&pl);
	}
	if (root >= 0)
		close(root);
	return owns;
}

static bool record_filter(const struct attachment *a, const struct filter *f,
			  const char *iface, bool egress, bool clsact,
			  char pin[16], struct err *e)
{
	struct record r;
	u32 nr = 1;

	while (fmt_str(pin, 16, "%u", nr), place_recall(a->place, "tc", pin, &r))
		nr++;
	record_init(&r);
	record_str(&r, "prog", a->pin);
	record_str(&r, "kind", "tc");
	record_str(&r, "target", a->target);
	record_str(&r, "ifname", iface);
	record_u32(&r, "ifindex", f->ifindex);
	record_u32(&r, "egress", egress);
	record_u32(&r, "prio", f->prio);
	record_u32(&r, "handle", OUR_HANDLE);
	record_u32(&r, "clsact", clsact);
	record_u32(&r, "prog_id", f->prog_id);
	record_hex(&r, "tag", f->tag, BPF_TAG_SIZE);
	return place_record(a->place, "tc", pin, &r, e);
}

struct qdisc_search {
	u32 ifindex;
	bool clsact;
};

static void see_qdisc(const struct nlmsghdr *msg, void *arg)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	struct qdisc_search *s = arg;
	const struct rtattr *a;

	if ((u32)tc->tcm_ifindex != s->ifindex)
		return;
	a = nl_find(TCA_RTA(tc), msg->nlmsg_len - NLMSG_LENGTH(sizeof(*tc)),
		    TCA_KIND, sizeof("clsact"));
	if (a && !memcmp(RTA_DATA(a), "clsact", sizeof("clsact")))
		s->clsact = true;
}

/* The older "ingress" qdisc sits in the same place, and would take a filter
 * meant for egress as one for ingress.  1, 0 or -errno. */
static int have_clsact(u32 ifindex)
{
	struct qdisc_search s = { ifindex, false };
	struct nl_request r;
	char text[192];

	nl_init(&r, RTM_GETQDISC, NLM_F_DUMP, 0, 0);
	return nl_talk(&r, see_qdisc, &s, text) ?: s.clsact;
}

static bool tc_failed(const struct attachment *a, int err, const char *text,
		      const char *what, struct err *e)
{
	return attach_failed(a, err, *text ? text : what, e);
}

/* In front of all other filters there, as `tc filter add` does. */
static bool place_filter(const struct attachment *a, struct filter *f,
			 const char *iface, bool egress, bool clsact,
			 struct err *e)
{
	char text[192] = "", pin[16];
	struct survey s;
	int ret = survey(f->ifindex, f->parent, &s);

	if (ret)
		return attach_failed(a, ret, "reading filters", e);
	for (f->prio = s.lowest_prio - 1; f->prio > 0; f->prio--) {
		if (!record_filter(a, f, iface, egress, clsact, pin, e))
			return false;
		ret = add_filter(f, a->prog_fd, a->pin, text);
		if (!ret)
			return true;
		if (ret != -EEXIST)
			return tc_failed(a, ret, text, "tc filter", e);
		/* somebody took this priority since we looked */
		place_forget(a->place, "tc", pin);
	}
	return attach_failed(a, ENOSPC, "no filter priority is free", e);
}

bool attach_tc(const struct attachment *a, struct err *e)
{
	static const char *const words[] = { "ingress", "egress", NULL };
	struct filter f = { .prog_id = a->prog_id };
	char iface[IFACE_NAME + 1], text[192];
	bool egress, added, clsact;
	int word, ret;

	if (!attach_iface(a, words, iface, sizeof(iface), &word, e))
		return false;
	egress = word == 1;
	ret = sys_ifindex(iface);
	if (ret < 0)
		return attach_failed(a, ret, "interface", e);
	f.ifindex = ret;
	f.parent = parent_of(egress);
	memcpy(f.tag, a->prog_tag, BPF_TAG_SIZE);

	clsact = sibling_owns_clsact(a, f.ifindex);
	ret = add_clsact(f.ifindex, &added, text);
	if (ret)
		return tc_failed(a, ret, text, "clsact qdisc", e);
	ret = added ? 1 : have_clsact(f.ifindex);
	if (ret <= 0)
		return attach_failed(a, ret ?: EBUSY, ret ? "reading qdiscs" :
			"another ingress qdisc is in the way of clsact", e);
	if (place_filter(a, &f, iface, egress, clsact || added, e))
		return true;
	/* the record may not have been written */
	if (added)
		remove_clsact(f.ifindex);
	return false;
}

static void filter_of(const struct record *r, struct filter *f)
{
	char tag[2 * BPF_TAG_SIZE + 1], byte[5] = "0x";
	u32 i, v;

	memset(f, 0, sizeof(*f));
	f->ifindex = record_get_u32(r, "ifindex");
	f->parent = parent_of(record_get_u32(r, "egress"));
	f->prio = record_get_u32(r, "prio");
	f->prog_id = record_get_u32(r, "prog_id");
	record_get(r, "tag", tag, sizeof(tag));
	if (strlen(tag) != sizeof(tag) - 1)
		return;
	for (i = 0; i < BPF_TAG_SIZE; i++) {
		memcpy(byte + 2, tag + 2 * i, 2);
		byte[4] = '\0';
		if (parse_u32(byte, &v))
			f->tag[i] = v;
	}
}

bool tc_present(const struct record *r)
{
	struct filter f;

	filter_of(r, &f);
	return is_ours(&f) != 0;
}

static bool undo_filter(const struct record *r, struct err *e)
{
	char iface[IFACE_NAME] = "", was[IFACE_NAME + 1], text[192];
	struct nl_request req;
	struct filter f;
	int ours, ret;

	filter_of(r, &f);
	ours = ret = is_ours(&f);
	if (ours > 0) {
		filter_request(&req, RTM_DELTFILTER, 0, &f);
		ret = nl_talk(&req, NULL, NULL, text);
		if (absent(ret))
			ret = 0;
	}
	/* A new interface may have got the number of one that is gone. */
	record_get(r, "ifname", was, sizeof(was));
	if (!ret && record_get_u32(r, "clsact") &&
	    (ours || (!sys_ifname(f.ifindex, iface) && !strcmp(iface, was))))
		ret = remove_clsact(f.ifindex);
	return !ret || fail_sys(e, ret, "removing a tc filter");
}

bool tc_undo(struct place *pl, struct err *e)
{
	char name[NAME_MAX + 1] = "";
	struct record r;
	bool good = true;
	int ret;

	while (next_tc(pl, name)) {
		ret = record_read(pl->info_fd, name, &r);
		if (ret && !absent(ret))
			good = fail_sys(e, ret, name);
		else if (!ret && !undo_filter(&r, e))
			good = false;
		else
			unlinkat(pl->info_fd, name, 0);
	}
	if (errno)
		return fail_sys(e, errno, pl->dir);
	return good;
}
