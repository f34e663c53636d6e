// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vt_net.c - a private network in which the same traffic gives the same
 * packets every time: no IPv6 chatter, no ARP, fixed ports.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "vt.h"

static void timeout(int fd, int seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

int vt_ifindex(const char *ifname)
{
	return if_nametoindex(ifname);
}

static int link_up(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), err = 0;
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr))
		err = -errno;
	ifr.ifr_flags |= IFF_UP;
	if (!err && ioctl(fd, SIOCSIFFLAGS, &ifr))
		err = -errno;
	close(fd);
	return err;
}

struct nl_buf {
	struct nlmsghdr h;
	struct ifinfomsg i;
	char attrs[256];
};

static struct rtattr *put(struct nl_buf *b, u16 type, const void *p, u16 n)
{
	struct rtattr *a = (void *)b + NLMSG_ALIGN(b->h.nlmsg_len);

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(n);
	if (n)
		memcpy(RTA_DATA(a), p, n);
	b->h.nlmsg_len = NLMSG_ALIGN(b->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void end(struct nl_buf *b, struct rtattr *a)
{
	a->rta_len = (char *)b + b->h.nlmsg_len - (char *)a;
}

/* ip link add va type veth peer name vb */
static int veth_pair(void)
{
	struct nl_buf b = {
		.h = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(b.i)),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE |
				       NLM_F_EXCL | NLM_F_ACK,
		},
	};
	struct { struct nlmsghdr h; struct nlmsgerr e; char rest[512]; } r;
	struct rtattr *info, *data, *peer;
	struct ifinfomsg none = {};
	int fd, err = 0;

	put(&b, IFLA_IFNAME, "va", 3);
	info = put(&b, IFLA_LINKINFO, NULL, 0);
	put(&b, IFLA_INFO_KIND, "veth", 4);
	data = put(&b, IFLA_INFO_DATA, NULL, 0);
	peer = put(&b, VETH_INFO_PEER, &none, sizeof(none));
	put(&b, IFLA_IFNAME, "vb", 3);
	end(&b, peer);
	end(&b, data);
	end(&b, info);

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (fd < 0 || send(fd, &b, b.h.nlmsg_len, 0) < 0 ||
	    recv(fd, &r, sizeof(r), 0) < 0)
		err = -errno;
	else if (r.h.nlmsg_type == NLMSG_ERROR)
		err = r.e.error;
	close(fd);
	return err;
}

int vt_netns(bool veth)
{
	static const char *const off[] = {
		"/proc/sys/net/ipv6/conf/all/disable_ipv6",
		"/proc/sys/net/ipv6/conf/default/disable_ipv6",
	};
	int err;

	if (unshare(CLONE_NEWNET)) {
		err = -errno;
		goto fail;
	}
	for (u32 i = 0; i < 2; i++) {
		int fd = open(off[i], O_WRONLY);

		if (fd >= 0) {
			if (write(fd, "1", 1) != 1)
				vt_say("%s: %s", off[i], strerror(errno));
			close(fd);
		}
	}
	err = link_up("lo");
	if (!err && veth)
		err = veth_pair() ?: link_up("va") ?: link_up("vb");
	/* A link is up some time after it was set up. */
	if (!err && veth)
		usleep(200 * 1000);
fail:
	if (err)
		vt_say("private network: %s", strerror(-err));
	return err;
}

int vt_packet_socket(const char *ifname)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	struct sockaddr_ll sa = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = vt_ifindex(ifname),
	};

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return -errno;
	timeout(fd, 5);
	return fd;
}

int vt_udp(const char *addr, u16 port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = inet_addr(addr),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return -errno;
	timeout(fd, 5);
	return fd;
}

int vt_udp_send(int fd, const char *to, u16 port, u32 size)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = inet_addr(to),
	};
	char buf[1500];

	memset(buf, 'v', sizeof(buf));
	if (sendto(fd, buf, size, 0, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return 0;
}

static u16 checksum(const void *p, u32 n)
{
	const u8 *b = p;
	u32 sum = 0;

	for (u32 i = 0; i < n; i++)
		sum += i & 1 ? b[i] : b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

u32 vt_frame(u8 *buf, const char *saddr, const char *daddr, u8 proto,
	     u16 sport, u16 dport, u32 payload)
{
	struct ethhdr *eth = (void *)buf;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	u32 len = sizeof(*ip) + sizeof(*udp) + payload;

	memset(buf, 0, sizeof(*eth) + len);
	memset(eth->h_dest, 0xff, ETH_ALEN);
	eth->h_source[0] = 2;
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(len);
	ip->ttl = 64;
	ip->protocol = proto;
	ip->saddr = inet_addr(saddr);
	ip->daddr = inet_addr(daddr);
	ip->check = checksum(ip, sizeof(*ip));
	udp->source = htons(sport);
	udp->dest = htons(dport);
	udp->len = htons(sizeof(*udp) + payload);
	memset(udp + 1, 'p', payload);
	return sizeof(*eth) + len;
}

int vt_ping(void)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct icmphdr echo = { .type = ICMP_ECHO, .un.echo.id = htons(7) };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), err = 0;
	u8 buf[256];
	ssize_t n;

	if (fd < 0)
		return -errno;
	timeout(fd, 5);
	echo.checksum = checksum(&echo, sizeof(echo));
	if (sendto(fd, &echo, sizeof(echo), 0, (struct sockaddr *)&sa,
		   sizeof(sa)) < 0)
		err = -errno;
	do {	/* a raw socket on loopback sees the question, too */
		n = err ? -1 : recv(fd, buf, sizeof(buf), 0);
	} while (n >= 28 && buf[20] != ICMP_ECHOREPLY);
	if (!err && n < 28)
		err = -ETIMEDOUT;
	close(fd);
	return err;
}

int vt_tcp_refused(u16 port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), err;

	err = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
	close(fd);
	return err == -ECONNREFUSED ? 0 : err ?: -EISCONN;
}
